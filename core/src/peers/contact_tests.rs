//! When others are asked: while they are silent, when they are back, and when they come.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use serde_json::json;
use uuid::Uuid;

use crate::Config;
use crate::testing::{Stage, entry};
use crate::transport::Request;
use crate::transport::scripted::{Reply, Scripted};
use crate::util::event_id::unique;
use crate::wire::write;

/// The node of the app `Norte`, which pings who is silent as often as it can, beside the node `Sur`, the plain platform
/// `legacy`, and `lejos`, where nobody is while it is away.
async fn stage(away: &Arc<AtomicBool>) -> Stage {
    static STORE: LazyLock<Uuid> = LazyLock::new(unique);
    let away = away.clone();
    let network = Scripted::new(move |request| match (request.endpoint.host_str().unwrap(), request.path) {
        ("lejos", _) if away.load(Ordering::Relaxed) => Reply::unreachable(),
        ("sur", "ping") => Reply::json(200, write::pong::<&str>("Sur", &[], *STORE, false, None)),
        (_, "ping") => Reply::json(404, "{}"),
        _ => Reply::json(200, "[]"),
    });
    let config = |store| {
        let mut config = Config::new("Norte", store);
        config.ping_interval = Duration::from_millis(1);
        config
    };
    Stage::open_as(config, json!([entry("Sur"), entry("legacy"), entry("lejos")]), network).await
}

fn count(all: &[Request], host: &str, path: &str) -> usize {
    all.iter().filter(|request| request.endpoint.host_str() == Some(host) && request.path == path).count()
}

#[tokio::test(start_paused = true)]
async fn a_silent_node_is_pinged_again_and_a_plain_platform_only_while_it_is_down() {
    let stage = stage(&Arc::new(AtomicBool::new(true))).await;
    let known = async |stage: &Stage| (stage.kind("legacy").await, stage.up("legacy").await) == ("plain", Some(true));
    stage.eventually("it is known what legacy is", known).await;
    // By then it may have been asked twice: when it was greeted, and by its lane, which wanted to know what it is.
    let mut pings_of_legacy = Vec::new();
    for more in [5, 10] {
        let pinged = |all: &[Request]| ["sur", "lejos"].iter().all(|host| count(all, host, "ping") >= more);
        stage.transport.wait_until(|all| pinged(all).then_some(())).await;
        pings_of_legacy.push(count(&stage.transport.requests(), "legacy", "ping"));
    }
    assert_eq!(pings_of_legacy[0], pings_of_legacy[1]);
    stage.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn users_are_imported_when_a_platform_is_seen_first_and_when_it_is_back() {
    let away = Arc::new(AtomicBool::new(false));
    let stage = stage(&away).await;
    let num = async |stage: &Stage| stage.kind("lejos").await == "plain";
    stage.eventually("it is known what it is", num).await;
    // One import, and perhaps a look whether a platform without a ping is there.
    let imported = async |stage: &Stage| {
        let lejos = stage.num("lejos");
        stage.node.shared().directory.read().platform(lejos).unwrap().lists_users
    };
    stage.eventually("its users are imported", imported).await;
    away.store(true, Ordering::Relaxed);
    stage.node.peers().is_down(stage.num("lejos"), "as a lane would say");
    let down = async |stage: &Stage| count(&stage.transport.requests(), "lejos", "ping") >= 2;
    stage.eventually("it is pinged while it is away", down).await;
    assert_eq!(stage.up("lejos").await, Some(false));
    let before = count(&stage.transport.requests(), "lejos", "users");
    away.store(false, Ordering::Relaxed);
    stage.node.peers().heard(stage.num("lejos"));
    // Whether it is there, and then who is.
    let again = |all: &[Request]| (count(all, "lejos", "users") >= before + 2).then_some(());
    stage.transport.wait_until(again).await;
    assert_eq!(stage.up("lejos").await, Some(true));
    stage.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_pings_is_asked_back_and_its_own_asking_back_is_not() {
    let stage = stage(&Arc::new(AtomicBool::new(true))).await;
    let node = async |stage: &Stage| stage.kind("Sur").await == "node";
    stage.eventually("it is known what it is", node).await;
    stage.lives("Sur").await;
    let asked_back = |all: &[Request]| {
        let mut pings =
            all.iter().filter(|request| request.endpoint.host_str() == Some("sur") && request.path == "ping");
        pings.any(|request| request.query == Some(super::ping::BACK)).then_some(())
    };
    stage.transport.wait_until(asked_back).await;
    stage.close().await.unwrap();
}
