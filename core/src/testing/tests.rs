//! The mesh itself: time that stands, platforms that are down, and processes that die.

use std::sync::mpsc::channel;
use std::time::Duration;

use uuid::Uuid;

use super::{Mesh, blocking};
use crate::{DeadLetterFilter, DeliveryState, Event, EventBody, NewMessage, Node, RoomKind};

const HOUR: Duration = Duration::from_secs(3_600);

/// Two platforms, and a public room of the first, in which its user 1 writes.
async fn two() -> Mesh {
    let net = Mesh::open(["Norte", "Sur"]).await.unwrap();
    let norte = net.node("Norte").unwrap();
    norte.publish_user(1, "Ana").await.unwrap();
    norte.publish_room(7, "Plaza", RoomKind::Public, vec![]).await.unwrap();
    net.settle().await.unwrap();
    net
}

async fn say(node: &Node, text: &str) -> Uuid {
    node.publish_message(NewMessage::new(7, 1, text)).await.unwrap().event.unwrap()
}

fn text(event: &Event) -> Option<String> {
    match &event.body {
        EventBody::Message(message) => Some(message.text.clone()),
        _ => None,
    }
}

/// The messages that wait for the app; it has handled them, and all else.
async fn taken(node: &Node) -> Vec<String> {
    let mut texts = Vec::new();
    loop {
        let events = node.next_events(100, Duration::ZERO).await.unwrap();
        if events.is_empty() {
            return texts;
        }
        node.ack(&events.iter().map(|event| event.id).collect::<Vec<_>>()).await.unwrap();
        texts.extend(events.iter().filter_map(text));
    }
}

async fn state(node: &Node, event: Uuid) -> DeliveryState {
    node.delivery(event).await.unwrap()[0].state
}

#[tokio::test]
async fn all_that_can_be_delivered_has_been_when_the_mesh_has_settled() {
    let net = two().await;
    let (norte, sur) = (net.node("Norte").unwrap(), net.node("Sur").unwrap());
    for n in 0..50 {
        say(&norte, &n.to_string()).await;
    }
    net.settle().await.unwrap();
    assert_eq!(taken(&sur).await, (0..50).map(|n| n.to_string()).collect::<Vec<_>>());
    assert!(norte.status().await.unwrap().platforms[0].waiting == 0);
}

#[tokio::test]
async fn time_stands_until_it_is_moved() {
    let net = two().await;
    let begin = tokio::time::Instant::now();
    tokio::task::spawn_blocking(|| std::thread::sleep(Duration::from_millis(30))).await.unwrap();
    assert_eq!(tokio::time::Instant::now(), begin);
    let first = say(&net.node("Norte").unwrap(), "antes").await;
    net.advance(24 * HOUR).await.unwrap();
    assert_eq!(begin.elapsed().as_secs(), 24 * 3_600);
    let second = say(&net.node("Norte").unwrap(), "después").await;
    let seconds = |id: Uuid| id.get_timestamp().unwrap().to_unix().0;
    assert_eq!(seconds(second) - seconds(first), 24 * 3_600, "ids move with it");
}

/// Shows promises 2 and 4.
#[tokio::test]
async fn what_is_for_a_platform_that_is_down_waits_and_arrives_in_order_when_it_is_back() {
    let net = two().await;
    let (norte, sur) = (net.node("Norte").unwrap(), net.node("Sur").unwrap());
    net.down("Sur").unwrap();
    let first = say(&norte, "uno").await;
    net.settle().await.unwrap();
    net.advance(HOUR).await.unwrap();
    say(&norte, "dos").await;
    assert_eq!(state(&norte, first).await, DeliveryState::Waiting);
    assert_eq!(norte.status().await.unwrap().platforms[0].up, Some(false));
    assert!(taken(&sur).await.is_empty());
    net.up("Sur").unwrap();
    net.settle().await.unwrap();
    assert_eq!(state(&norte, first).await, DeliveryState::Delivered);
    assert_eq!(taken(&sur).await, ["uno", "dos"]);
}

#[tokio::test]
async fn what_nobody_takes_within_the_retention_is_a_dead_letter() {
    let net = Mesh::open_with(["Norte", "Sur"], |config| config.retention = 2 * HOUR).await.unwrap();
    let norte = net.node("Norte").unwrap();
    norte.publish_room(7, "Plaza", RoomKind::Public, vec![]).await.unwrap();
    net.settle().await.unwrap();
    net.down("Sur").unwrap();
    let lost = say(&norte, "tarde").await;
    net.advance(HOUR).await.unwrap();
    assert!(norte.dead_letters(&DeadLetterFilter::All).await.unwrap().is_empty());
    net.advance(HOUR + HOUR / 2).await.unwrap();
    let dead = norte.dead_letters(&DeadLetterFilter::All).await.unwrap();
    assert_eq!(dead.iter().map(|letter| letter.event).collect::<Vec<_>>(), [lost]);
}

/// Shows promise 1.
#[tokio::test]
async fn a_crash_loses_nothing_that_was_acknowledged_and_what_was_out_comes_again() {
    let net = two().await;
    let (norte, sur) = (net.node("Norte").unwrap(), net.node("Sur").unwrap());
    taken(&sur).await;
    say(&norte, "uno").await;
    say(&norte, "dos").await;
    net.settle().await.unwrap();
    let out = sur.next_events(1, Duration::ZERO).await.unwrap();
    assert_eq!(text(&out[0]).as_deref(), Some("uno"));
    net.crash("Sur").await.unwrap();
    assert_eq!(sur.ack(&[out[0].id]).await.unwrap_err().kind(), crate::ErrorKind::Closed);
    assert_eq!(net.node("Sur").unwrap_err().kind(), crate::ErrorKind::Closed);
    say(&norte, "tres").await;
    net.settle().await.unwrap();

    let sur = net.reopen("Sur").await.unwrap();
    net.settle().await.unwrap();
    let again = sur.next_events(100, Duration::ZERO).await.unwrap();
    assert_eq!(again.iter().map(|event| event.attempt).next(), Some(2), "it was out when its process died");
    assert_eq!(text(&again[0]).as_deref(), Some("uno"));
    sur.ack(&[again[0].id]).await.unwrap();
    assert_eq!(taken(&sur).await, ["dos", "tres"]);
}

#[tokio::test]
async fn a_handler_in_a_task_of_its_own_has_ended_when_the_mesh_has_settled_and_fails_again_when_time_moves() {
    let net = two().await;
    let mut events = net.node("Sur").unwrap().consumer();
    let (tell, told) = channel();
    let handler = tokio::spawn(async move {
        while let Ok(Some(event)) = events.next(Duration::MAX).await {
            if let Some(text) = text(&event) {
                tell.send((text, event.attempt)).unwrap();
                if event.attempt == 1 {
                    events.failed("not today").await.unwrap();
                    continue;
                }
            }
            events.done();
        }
    });
    say(&net.node("Norte").unwrap(), "uno").await;
    net.settle().await.unwrap();
    assert_eq!(told.try_iter().collect::<Vec<_>>(), [("uno".to_owned(), 1)]);
    net.advance(Duration::from_secs(5)).await.unwrap();
    assert_eq!(told.try_iter().collect::<Vec<_>>(), [("uno".to_owned(), 2)]);
    drop(net);
    handler.await.unwrap();
}

#[tokio::test]
async fn who_waits_for_what_does_not_come_waits_for_real() {
    let net = two().await;
    let sur = net.node("Sur").unwrap();
    taken(&sur).await;
    let begin = tokio::time::Instant::now();
    assert!(sur.next_events(1, Duration::from_millis(20)).await.unwrap().is_empty());
    let mut consumer = sur.consumer();
    assert!(consumer.next(Duration::from_millis(20)).await.unwrap().is_none());
    assert_eq!(tokio::time::Instant::now(), begin);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_runtime_whose_time_cannot_stand_is_refused() {
    let refused = Mesh::open(["Norte", "Sur"]).await.unwrap_err();
    assert_eq!(refused.kind(), crate::ErrorKind::Config);
    assert!(refused.to_string().contains("one thread"), "{refused}");
}

#[test]
fn a_handler_in_a_thread_of_its_own_has_ended_when_the_mesh_has_settled() {
    let net = blocking::Mesh::open(["Norte", "Sur"]).unwrap();
    let (norte, sur) = (net.node("Norte").unwrap(), net.node("Sur").unwrap());
    norte.publish_room(7, "Plaza", RoomKind::Public, vec![]).unwrap();
    let (tell, told) = channel();
    let handler = std::thread::spawn(move || {
        let mut events = sur.consumer().unwrap();
        while let Ok(Some(event)) = events.next(Duration::MAX) {
            if let Some(text) = text(&event) {
                std::thread::sleep(Duration::from_millis(2));
                tell.send(text).unwrap();
            }
            events.done().unwrap();
        }
    });
    net.wait_for_handler("Sur").unwrap();
    for round in 0..20 {
        norte.publish_message(NewMessage::new(7, 1, round.to_string())).unwrap();
        net.settle().unwrap();
        assert_eq!(told.try_iter().collect::<Vec<_>>(), [round.to_string()]);
    }
    net.advance(HOUR).unwrap();
    drop(net);
    handler.join().unwrap();
}

#[test]
fn handles_of_a_process_that_died_are_closed_and_the_new_one_is_another() {
    let net = blocking::Mesh::open(["Norte", "Sur"]).unwrap();
    let before = net.node("Norte").unwrap();
    before.publish_user(1, "Ana").unwrap();
    net.crash("Norte").unwrap();
    assert!(before.is_closed());
    let after = net.reopen("Norte").unwrap();
    assert_eq!(after.users(Some("Norte")).unwrap()[0].name, "Ana");
    let again = net.reopen("Norte").unwrap();
    assert!(after.is_closed() && !again.is_closed());
    assert_eq!(net.node("Oeste").unwrap_err().kind(), crate::ErrorKind::UnknownPlatform);
}
