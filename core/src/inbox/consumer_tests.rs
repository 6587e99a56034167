//! What a consumer promises, over a node with a store in memory.

mod ends;

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::json;

use super::consumer::Consumer;
use crate::commit::job::Job;
use crate::model::EventKind;
use crate::store::InboxEvent;
use crate::testing::{Stage, entry, members, nobody, token};
use crate::util::event_id::unique;
use crate::{Config, ErrorKind, Event, EventBody, RoomKind};

const PATIENCE: Duration = Duration::from_secs(20);

/// An app with three rooms, in each somebody of `legacy`, a plain platform.
async fn stage() -> Stage {
    stage_with(|_| {}).await
}

async fn stage_with(change: impl FnOnce(&mut Config)) -> Stage {
    let config = |store| {
        let mut config = Config::new("A", store);
        change(&mut config);
        config
    };
    let stage = Stage::open_as(config, json!([entry("legacy")]), nobody()).await;
    stage.publish_user(1, "Ana").await.unwrap();
    for room in 1..=3 {
        stage.publish_room(room, "Sala", RoomKind::Private, members(&[("A", &[1]), ("legacy", &[4])])).await.unwrap();
    }
    post(&stage, "user", json!({"id": 4, "name": "Juan"})).await;
    stage
}

async fn post(stage: &Stage, path: &str, mut body: serde_json::Value) {
    body["token"] = json!(token("legacy"));
    let request = http::Request::post(format!("/{path}")).body(body.to_string().into()).unwrap();
    assert_eq!(stage.handle(request).await.status(), 200);
}

async fn say(stage: &Stage, room: i64, texts: &[&str]) {
    for text in texts {
        let body = json!({"roomOriginalPlatform": "A", "roomId": room, "senderId": 4, "text": text});
        post(stage, "message", body).await;
    }
}

/// The next message. All else is done.
async fn next(consumer: &mut Consumer) -> Option<(Event, String)> {
    while let Some(event) = consumer.next(PATIENCE).await.unwrap() {
        match &event.body {
            EventBody::Message(message) => {
                let text = message.text.clone();
                return Some((event, text));
            }
            _ => consumer.done(),
        }
    }
    None
}

async fn text(consumer: &mut Consumer) -> String {
    next(consumer).await.expect("a message").1
}

/// A consumer that has handled so much so quickly that it takes many at once.
async fn quick(stage: &Stage) -> Consumer {
    let mut consumer = stage.consumer();
    for _ in 0..6 {
        say(stage, 1, &["quick"]).await;
        assert_eq!(text(&mut consumer).await, "quick");
        consumer.done();
    }
    consumer
}

async fn waits(stage: &Stage, events: u64) {
    stage
        .eventually(&format!("{events} events wait"), async |stage| stage.status().await.unwrap().inbox == events)
        .await;
}

/// Shows promise 3.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_done_is_acknowledged_soon_however_long_the_next_event_takes() {
    let stage = stage().await;
    let mut consumer = quick(&stage).await;
    waits(&stage, 0).await;
    say(&stage, 1, &["1", "2", "3"]).await;
    assert_eq!(text(&mut consumer).await, "1");
    consumer.done();
    assert_eq!(text(&mut consumer).await, "2");
    waits(&stage, 2).await;
    consumer.done();
    assert_eq!(text(&mut consumer).await, "3");
    consumer.done();
    consumer.close().await.unwrap();
    assert_eq!(stage.status().await.unwrap().inbox, 0);
    stage.close().await.unwrap();
}

/// Shows promise 4.
#[tokio::test(flavor = "multi_thread")]
async fn a_failed_event_comes_again_with_the_later_ones_of_its_room_and_other_rooms_go_on() {
    let stage = stage().await;
    let mut consumer = quick(&stage).await;
    say(&stage, 1, &["a1", "a2"]).await;
    say(&stage, 2, &["b1"]).await;
    assert_eq!(text(&mut consumer).await, "a1");
    consumer.failed("no").await.unwrap();
    let mut told = Vec::new();
    for _ in 0..3 {
        let (event, text) = next(&mut consumer).await.unwrap();
        told.push((text, event.attempt));
        consumer.done();
    }
    assert_eq!(told, [("b1".into(), 1), ("a1".into(), 2), ("a2".into(), 1)]);
    waits(&stage, 0).await;
    stage.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_is_neither_done_nor_failed_has_failed() {
    let stage = stage().await;
    let mut consumer = stage.consumer();
    say(&stage, 1, &["1"]).await;
    for attempt in 1..=3 {
        let (event, text) = next(&mut consumer).await.unwrap();
        assert_eq!((event.attempt, &*text), (attempt, "1"));
    }
    consumer.done();
    waits(&stage, 0).await;
    stage.close().await.unwrap();
}

/// Shows promise 4.
#[tokio::test(flavor = "multi_thread")]
async fn consumers_of_one_node_share_its_rooms_each_event_comes_to_one_and_each_room_stays_in_order() {
    let stage = stage().await;
    let all: Vec<String> = (0..60).map(|n| n.to_string()).collect();
    for room in 1..=3 {
        say(&stage, room, &all.iter().map(String::as_str).collect::<Vec<_>>()).await;
    }
    let told = std::sync::Mutex::new(BTreeMap::<String, Vec<String>>::new());
    let work = async |mut consumer: Consumer| {
        let mut failed = 0;
        while let Some(event) = consumer.next(Duration::from_secs(3)).await.unwrap() {
            let EventBody::Message(message) = &event.body else {
                consumer.done();
                continue;
            };
            if message.text.ends_with('7') && event.attempt == 1 {
                failed += 1;
                consumer.failed("at first").await.unwrap();
                continue;
            }
            told.lock().unwrap().entry(message.room.to_string()).or_default().push(message.text.clone());
            tokio::task::yield_now().await;
            consumer.done();
        }
        failed
    };
    let failed = tokio::join!(work(stage.consumer()), work(stage.consumer()), work(stage.consumer()));
    assert_eq!(failed.0 + failed.1 + failed.2, 3 * 6);
    let told = told.into_inner().unwrap();
    assert_eq!(told.len(), 3);
    told.values().for_each(|texts| assert_eq!(*texts, all));
    stage.close().await.unwrap();
}

/// Gives way this often.
async fn yields(times: usize) {
    for _ in 0..times {
        tokio::task::yield_now().await;
    }
}

/// Begins a call, and drops it at the first await that is not over at once; whether there was one.
async fn begun_and_dropped(call: impl Future) -> bool {
    tokio::time::timeout(Duration::ZERO, call).await.is_err()
}

/// Shows promise 3.
#[tokio::test(flavor = "multi_thread")]
async fn a_wait_that_is_dropped_at_any_time_loses_no_event_and_none_comes_twice() {
    let stage = stage().await;
    let mut consumer = stage.consumer();
    let all: Vec<String> = (0..200).map(|n| n.to_string()).collect();
    let (mut told, mut dropped) = (Vec::new(), 0);
    let texts: Vec<&str> = all.iter().map(String::as_str).collect();
    tokio::join!(say(&stage, 1, &texts), async {
        for patience in (0..10).map(|n| if n == 9 { usize::MAX } else { n * n }).cycle() {
            if told.len() == all.len() {
                break;
            }
            tokio::select! {
                biased;
                event = consumer.next(PATIENCE) => {
                    let event = event.unwrap().unwrap();
                    assert_eq!(event.attempt, 1);
                    if let EventBody::Message(message) = event.body {
                        told.push(message.text);
                    }
                    consumer.done();
                }
                () = yields(patience) => dropped += 1,
            }
        }
    });
    assert_eq!(told, all);
    assert!(dropped > 0);
    waits(&stage, 0).await;
    stage.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_is_one_even_if_nobody_waits_until_it_is_noted() {
    let stage = stage().await;
    let mut consumer = stage.consumer();
    say(&stage, 1, &["1"]).await;
    assert_eq!(text(&mut consumer).await, "1");
    begun_and_dropped(consumer.failed("no")).await;
    begun_and_dropped(consumer.failed("again")).await;
    assert_eq!(next(&mut consumer).await.unwrap().0.attempt, 2, "and it is one failure");
    consumer.done();
    waits(&stage, 0).await;
    stage.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_behind_a_slow_handler_goes_to_another_consumer_and_has_not_failed() {
    let stage = stage_with(|config| config.handler_timeout = Duration::from_secs(10)).await;
    let mut slow = quick(&stage).await;
    waits(&stage, 0).await;
    say(&stage, 1, &["a1", "a2"]).await;
    say(&stage, 2, &["b1"]).await;
    assert_eq!(text(&mut slow).await, "a1");
    let mut other = stage.consumer();
    let (event, text) = next(&mut other).await.unwrap();
    assert_eq!((&*text, event.attempt), ("b1", 1));
    other.done();
    waits(&stage, 2).await;
    slow.done();
    let (event, text) = next(&mut slow).await.unwrap();
    assert_eq!((&*text, event.attempt), ("a2", 1));
    slow.done();
    waits(&stage, 0).await;
    stage.close().await.unwrap();
}

/// Shows promise 4.
#[tokio::test(flavor = "multi_thread")]
async fn one_that_is_done_too_late_does_not_end_what_another_consumer_has_been_given_since() {
    let stage = stage_with(|config| config.handler_timeout = Duration::from_secs(1)).await;
    let (mut late, mut other) = (stage.consumer(), stage.consumer());
    say(&stage, 1, &["1"]).await;
    assert_eq!(text(&mut late).await, "1");
    let (event, text) = next(&mut other).await.unwrap();
    assert_eq!((&*text, event.attempt), ("1", 2));
    late.done();
    late.close().await.unwrap();
    assert_eq!(stage.status().await.unwrap().inbox, 1, "the other has it");
    other.failed("no").await.unwrap();
    assert_eq!(next(&mut other).await.unwrap().0.attempt, 3);
    other.done();
    waits(&stage, 0).await;
    stage.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_was_taken_together_is_at_hand() {
    let stage = stage().await;
    let mut consumer = quick(&stage).await;
    say(&stage, 1, &["1", "2"]).await;
    assert_eq!(text(&mut consumer).await, "1");
    assert!(consumer.at_hand().is_none(), "1 is neither done nor failed");
    consumer.done();
    let event = consumer.at_hand().unwrap();
    assert!(matches!(event.body, EventBody::Message(message) if message.text == "2"));
    consumer.done();
    stage.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_taken_beside_an_unreadable_event_comes_again_if_nobody_waits_until_that_is_buried() {
    let stage = stage().await;
    quick(&stage).await.close().await.unwrap();
    let (kind, platform, body) = (EventKind::Delivery, stage.num("legacy"), "no JSON".into());
    let event = InboxEvent { id: unique(), kind, platform, room: None, late: false, attempts: 0, suspect: false, body };
    stage.shared().writer.run(move |job| job.hand_in(event)).await.unwrap();
    say(&stage, 1, &["beside it"]).await;

    // Nothing is buried while something else is being written.
    let (begun, begins) = tokio::sync::oneshot::channel();
    let (go_on, goes_on) = std::sync::mpsc::channel();
    let shared = stage.shared().clone();
    let written = tokio::spawn(async move {
        let write = move |_: &mut Job<'_>| {
            let _ = begun.send(());
            let _ = goes_on.recv_timeout(PATIENCE);
            Ok(())
        };
        shared.writer.run(write).await
    });
    begins.await.unwrap();
    let dropped = tokio::time::timeout(Duration::from_millis(500), stage.next_events(10, PATIENCE)).await;
    assert!(dropped.is_err());
    go_on.send(()).unwrap();
    written.await.unwrap().unwrap();

    let mut consumer = stage.consumer();
    let (event, text) = next(&mut consumer).await.expect("what was beside it");
    assert_eq!((&*text, event.attempt), ("beside it", 1));
    consumer.done();
    waits(&stage, 0).await;
    assert_eq!(stage.dead().await.len(), 1, "the other is buried, once");
    stage.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn who_waits_until_an_event_is_at_hand_and_leaves_has_handed_none_out() {
    let stage = stage_with(|config| config.max_handler_attempts = 1).await;
    let mut consumer = quick(&stage).await;
    say(&stage, 1, &["1"]).await;
    assert!(consumer.ready(PATIENCE).await.unwrap());
    assert!(consumer.ready(PATIENCE).await.unwrap(), "it is still there");
    drop(consumer);
    let mut consumer = stage.consumer();
    let (event, text) = next(&mut consumer).await.unwrap();
    assert_eq!((event.attempt, text.as_str()), (1, "1"));
    consumer.done();
    assert!(!consumer.ready(Duration::ZERO).await.unwrap());
    waits(&stage, 0).await;
    assert!(stage.dead().await.is_empty());
    stage.close().await.unwrap();
    assert_eq!(consumer.ready(PATIENCE).await.unwrap_err().kind(), ErrorKind::Closed);
}
