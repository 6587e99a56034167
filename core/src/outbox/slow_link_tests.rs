//! A lane over a link that carries only so much at once, played by the scripted transport.

use std::time::Duration;

use serde_json::json;
use uuid::Uuid;

use crate::testing::{Stage, entry};
use crate::transport::Request;
use crate::transport::scripted::{Gate, Reply, Scripted};
use crate::wire::write;
use crate::{NewMessage, RoomKind};

fn lines(request: &Request) -> usize {
    request.body.as_ref().map_or(0, |body| body.iter().filter(|byte| **byte == b'\n').count())
}

/// Shows promise 5.
#[tokio::test]
async fn a_batch_that_is_not_answered_in_time_is_halved_until_it_gets_through_and_grows_again() {
    const CARRIES: usize = 100;
    const MESSAGES: usize = 700;
    // It is known what B is only when all of it waits.
    let known = Gate::shut();
    let gate = known.clone();
    let transport = Scripted::new(move |request| match request.path {
        "ping" => Reply::json(200, write::pong::<&str>("B", &[], Uuid::from_u128(7), false, None)).after(&gate),
        "batch" if lines(request) > CARRIES => Reply::never(),
        "batch" => Reply::batch(request, 200),
        _ => Reply::json(200, "[]"),
    });
    let node = Stage::open("A", json!([entry("B")]), transport.clone()).await;
    node.publish_user(1, "Ana").await.unwrap();
    node.publish_room(4, "Todos", RoomKind::Public, vec![("A".into(), vec![1.into()])]).await.unwrap();
    for n in 0..MESSAGES {
        node.publish_message(NewMessage::new(4, 1, format!("{n}"))).await.unwrap();
    }
    known.open();
    tokio::time::pause();
    let gets_through = |request: &&Request| request.path == "batch" && lines(request) <= CARRIES;
    transport.wait_until(|all| all.iter().find(gets_through).map(drop)).await;
    let batches = transport
        .wait_until(|all| {
            let batches: Vec<_> = all.iter().filter(|request| request.path == "batch").cloned().collect();
            let through = batches.iter().map(lines).filter(|lines| *lines <= CARRIES).sum::<usize>();
            (through >= MESSAGES + 2).then_some(batches)
        })
        .await;
    let through: Vec<usize> = batches.iter().map(lines).filter(|lines| *lines <= CARRIES).collect();
    assert!(through.windows(2).any(|pair| pair[1] > pair[0]), "it grows again: {through:?}");
    assert!(batches.len() < 30, "{} requests", batches.len());
    tokio::time::resume();
    tokio::time::timeout(Duration::from_secs(60), node.close()).await.unwrap().unwrap();
}
