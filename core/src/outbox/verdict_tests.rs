//! What each status does to an event, by the way in which the event was sent, played by the scripted transport.

use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use serde_json::json;
use uuid::Uuid;

use crate::testing::{Stage, entry};
use crate::transport::Request;
use crate::transport::scripted::{Reply, Scripted};
use crate::util::lock::MutexExt;
use crate::wire::write;
use crate::{Config, DeliveryState, NewMessage, RoomKind};

/// How the event reaches the platform that answers.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Sent {
    /// Alone, to a plain platform.
    Plain,
    /// Alone, to a node that takes no batches.
    Alone,
    /// In a batch that is answered line by line.
    Line,
    /// In a batch that is refused as a whole.
    Batch,
}

/// What became of it while the platform answered like that.
#[derive(Debug, Clone, Copy, PartialEq)]
enum End {
    Delivered,
    Parked,
    Dead,
    /// It is tried again.
    Waits,
}
use End::{Dead, Delivered, Parked, Waits};

fn holds(request: &Request, text: &str) -> bool {
    request.body.as_ref().is_some_and(|body| body.windows(text.len()).any(|part| part == text.as_bytes()))
}

/// How often the message was sent.
fn hola(requests: &[Request]) -> usize {
    requests.iter().filter(|request| holds(request, "hola")).count()
}

/// What is looked at as soon as it is known what an answer to the message means. Before anything else is sent: a ping may be
/// answered well after that, as a paused clock leaps while the store works.
type Look = Arc<OnceLock<Box<dyn Fn() + Send + Sync>>>;

/// A platform that answers a message with this status, in this way, and all else well.
fn platform(sent: Sent, status: u16, look: Look) -> Arc<Scripted> {
    let pong = write::pong::<&str>("P", &[], Uuid::from_u128(7), false, None);
    let without_batches = String::from_utf8(pong.clone()).unwrap().replace(r#""batch":true"#, r#""batch":false"#);
    let answer = move |request: &Request| match (request.path, sent) {
        ("ping", Sent::Plain) => Reply::json(404, "{}"),
        ("ping", Sent::Alone) => Reply::json(200, without_batches.clone()),
        ("ping", _) => Reply::json(200, pong.clone()),
        ("message", Sent::Plain | Sent::Alone) => Reply::status(status),
        ("batch", Sent::Line) if holds(request, "hola") => Reply::batch(request, status),
        ("batch", Sent::Batch) if holds(request, "hola") => Reply::status(status),
        ("batch", _) => Reply::batch(request, 200),
        ("users" | "platforms", _) => Reply::json(200, "[]"),
        _ => Reply::json(200, "{}"),
    };
    Scripted::new(move |request| {
        let (answer, look) = (answer(request), look.clone());
        if !holds(request, "hola") {
            return answer;
        }
        // Whoever gets the answer judges it before this task has its turn.
        answer.then(move || drop(tokio::spawn(async move { look.get().into_iter().for_each(|look| look()) })))
    })
}

async fn node(transport: &Arc<Scripted>, poison_after: Duration) -> Stage {
    // So that no ping says meanwhile that it is up, but the first one, before there is anything to send.
    let config = |store| Config { poison_after, ping_interval: Duration::from_secs(3_600), ..Config::new("A", store) };
    let node = Stage::open_as(config, json!([entry("P")]), transport.clone()).await;
    node.eventually("it is up", async |node| node.up("P").await == Some(true)).await;
    node.publish_room(4, "Todos", RoomKind::Public, Vec::new()).await.unwrap();
    node
}

/// Sends one message: what became of it, and whether the platform counted as up and there was an alarm after the last try.
async fn send(sent: Sent, status: u16) -> (End, bool, bool) {
    let look = Look::default();
    let transport = platform(sent, status, look.clone());
    let node = node(&transport, Duration::from_secs(900)).await;
    let (peers, num, seen) = (node.peers().clone(), node.num("P"), Arc::new(Mutex::default()));
    let note = {
        let seen = seen.clone();
        move || *seen.hold() = Some(peers.presence.contact(num))
    };
    assert!(look.set(Box::new(note)).is_ok());
    let event = node.publish_message(NewMessage::new(4, 1, "hola")).await.unwrap().event.unwrap();
    let waited = async {
        loop {
            let state = node.delivery(event, "P").await.unwrap().state;
            match state {
                DeliveryState::Delivered => return Delivered,
                DeliveryState::Parked => return Parked,
                DeliveryState::Dead => return Dead,
                _ if hola(&transport.requests()) >= 6 => return Waits,
                _ => tokio::time::sleep(Duration::from_millis(100)).await,
            }
        }
    };
    let end =
        tokio::time::timeout(Duration::from_secs(120), waited).await.expect("it comes to an end, or to a sixth try");
    let contact = seen.hold().take().expect("it was tried");
    node.close_in_real_time().await;
    (end, contact.up == Some(true), contact.alarm.is_some())
}

/// By status: what becomes of the event sent plainly, alone, by a line, and in a batch that is refused; and for which of these
/// the platform is down or there is an alarm.
type Row = (u16, [End; 4], &'static [Sent], &'static [Sent]);
const ALL: [Sent; 4] = [Sent::Plain, Sent::Alone, Sent::Line, Sent::Batch];
const TABLE: &[Row] = &[
    (200, [Delivered, Delivered, Delivered, Delivered], &[], &[]),
    (202, [Delivered, Parked, Parked, Delivered], &[], &[]),
    (301, [Dead, Waits, Dead, Waits], &[Sent::Alone, Sent::Batch], &[]),
    (400, [Dead, Dead, Dead, Delivered], &[], &[]),
    (401, [Dead, Waits, Waits, Waits], &[], &[Sent::Alone, Sent::Line, Sent::Batch]),
    (403, [Dead, Dead, Dead, Delivered], &[], &[Sent::Alone, Sent::Line]),
    (404, [Dead, Dead, Dead, Delivered], &[], &[]),
    (405, [Dead, Dead, Dead, Delivered], &[], &[]),
    (408, [Waits, Waits, Waits, Waits], &[], &[]),
    (409, [Dead, Dead, Dead, Delivered], &[], &[]),
    (410, [Dead, Dead, Dead, Delivered], &[], &[]),
    (413, [Dead, Dead, Dead, Delivered], &[], &[]),
    (415, [Dead, Dead, Dead, Delivered], &[], &[]),
    (422, [Dead, Dead, Dead, Delivered], &[], &[]),
    (425, [Waits, Waits, Waits, Waits], &[], &[]),
    (429, [Waits, Waits, Waits, Waits], &[], &[]),
    // After the third in a row the first event of a batch goes alone.
    (500, [Waits, Waits, Waits, Delivered], &[], &[]),
    (502, [Waits, Waits, Waits, Delivered], &[Sent::Plain, Sent::Alone], &[]),
    (503, [Waits, Waits, Waits, Delivered], &[Sent::Plain, Sent::Alone], &[]),
    (504, [Waits, Waits, Waits, Delivered], &[Sent::Plain, Sent::Alone], &[]),
];

/// Shows promise 2.
#[tokio::test(start_paused = true)]
async fn each_status_means_for_an_event_what_the_protocol_says_however_it_was_sent() {
    let mut wrong = Vec::new();
    for (status, ends, down, alarmed) in TABLE {
        for (sent, expected) in ALL.into_iter().zip(ends) {
            let expected = (*expected, !down.contains(&sent), alarmed.contains(&sent));
            let found = send(sent, *status).await;
            if found != expected {
                wrong.push(format!("{status}, {sent:?}: expected (end, up, alarm) {expected:?}, found {found:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Shows promise 2.
#[tokio::test(start_paused = true)]
async fn an_event_that_a_node_never_takes_is_given_up_unless_the_node_asks_for_patience_with_all() {
    for (patience, dies) in [(None, true), (Some("1"), false)] {
        let pong = write::pong::<&str>("P", &[], Uuid::from_u128(7), false, None);
        let transport = Scripted::new(move |request| match (request.path, patience) {
            ("ping", _) => Reply::json(200, pong.clone()),
            ("batch", None) if holds(request, "hola") => Reply::batch(request, 503),
            ("batch", Some(header)) if holds(request, "hola") => Reply::batch(request, 503).retry_after(header),
            ("batch", _) => Reply::batch(request, 200),
            _ => Reply::json(200, "[]"),
        });
        let node = node(&transport, Duration::from_millis(1)).await;
        let event = node.publish_message(NewMessage::new(4, 1, "hola")).await.unwrap().event.unwrap();
        let waited = async {
            loop {
                let tries = hola(&transport.requests());
                let state = node.delivery(event, "P").await.unwrap().state;
                if state == DeliveryState::Dead || tries >= 20 {
                    return state;
                }
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        };
        let state = tokio::time::timeout(Duration::from_secs(3_600), waited).await.unwrap();
        assert_eq!(state == DeliveryState::Dead, dies, "{patience:?}: {state:?}");
        node.close_in_real_time().await;
    }
}
