//! What becomes of each of many messages, and of who publishes beside them.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::channel;

use serde_json::json;

use super::*;
use crate::node::full_disk_tests::{self, network};
use crate::testing::{Stage, entry, texts};
use crate::transport::scripted::{Reply, Scripted};
use crate::{ErrorKind, RoomKind};

/// The app's node with a public room, and the platform GWT_CHAT, which takes everything.
async fn open() -> Stage {
    let stage = Stage::open("BuasApp", json!([entry("GWT_CHAT")]), Scripted::new(|_| Reply::status(200))).await;
    stage.room(4, RoomKind::Public, &[]).await;
    stage
}

fn message(n: usize) -> NewMessage {
    NewMessage::new(4, 3, format!("{n}")).key(format!("row-{n}"))
}

#[tokio::test]
async fn each_of_many_messages_has_its_receipt_or_why_it_was_refused_and_keeps_no_other_out() {
    let stage = open().await;
    let mut messages: Vec<_> = (0..MOST + 7).map(message).collect();
    messages[1] = NewMessage::new(5, 3, "in a room that is not there");
    messages[2] = NewMessage::new(4, "", "of nobody");
    messages[MOST + 2] = message(0).attach(crate::Attachment {
        kind: crate::AttachmentKind::File,
        url: Some("no URL".into()),
        data: None,
        mime: None,
        name: None,
        size: None,
    });
    messages[MOST + 3] = NewMessage::new(4, 3, "another content").key("row-0");
    let done = stage.publish_messages(messages).await.unwrap();
    assert_eq!(done.len(), MOST + 7);
    let refused = done.iter().filter_map(|done| done.as_ref().err());
    let refused: Vec<_> = refused.map(|e| (e.kind(), e.field().unwrap().to_owned())).collect();
    let expected = [
        (ErrorKind::UnknownRoom, "messages[1].room".to_owned()),
        (ErrorKind::Invalid, "messages[2].sender".to_owned()),
        (ErrorKind::Invalid, format!("messages[{}].attachments[0].url", MOST + 2)),
        (ErrorKind::Conflict, format!("messages[{}].key", MOST + 3)),
    ];
    assert_eq!(refused, expected);
    let receipts: Vec<_> = done.into_iter().flatten().collect();
    assert!(receipts.iter().all(|receipt| *receipt.destinations == ["GWT_CHAT".into()] && !receipt.duplicate));
    assert!(receipts.is_sorted_by(|a, b| a.event < b.event), "in the order in which they were given");
    let sent = stage.sent("gwt-chat", "message", receipts.len()).await;
    let left = (0..MOST + 7).filter(|n| ![1, 2, MOST + 2, MOST + 3].contains(n)).map(|n| n.to_string());
    assert_eq!(texts(&sent), left.collect::<Vec<_>>());
    assert_eq!(stage.publish_messages(Vec::new()).await.unwrap().len(), 0);
    stage.close().await.unwrap();
}

#[tokio::test]
async fn many_messages_that_are_published_again_under_their_keys_are_the_same() {
    let stage = open().await;
    let first = stage.publish_messages((0..10).map(message).collect()).await.unwrap();
    let again = stage.publish_messages((5..15).map(message).collect()).await.unwrap();
    let [first, again] = [first, again].map(|done| done.into_iter().map(Result::unwrap).collect::<Vec<_>>());
    let events = |receipts: &[Receipt]| receipts.iter().map(|receipt| receipt.event).collect::<Vec<_>>();
    assert_eq!(events(&again[..5]), events(&first[5..]));
    assert!(again.iter().enumerate().all(|(n, receipt)| receipt.duplicate == (n < 5)));
    stage.close().await.unwrap();
}

#[tokio::test]
async fn a_message_that_is_published_beside_many_waits_for_one_portion_of_them_at_most() {
    let stage = open().await;
    let (open, opened) = channel::<()>();
    // While the writer is held up all of them are handed in, one after the other.
    let held = stage.shared().writer.run(move |_| {
        let _ = opened.recv();
        Ok(())
    });
    let many = stage.publish_messages((0..3 * MOST).map(message).collect());
    let one = stage.publish_message(NewMessage::new(4, 3, "one"));
    let (held, many, one, ()) = tokio::join!(held, many, one, async { open.send(()).unwrap() });
    held.unwrap();
    let many: Vec<_> = many.unwrap().into_iter().map(|receipt| receipt.unwrap().event).collect();
    let one = one.unwrap().event;
    assert!(many[MOST - 1] < one && one < many[MOST]);
    stage.close().await.unwrap();
}

#[tokio::test]
async fn where_the_store_fails_the_messages_before_are_published_and_none_after() {
    let folder = tempfile::tempdir().unwrap();
    let nobody = network(&Arc::new(AtomicBool::new(false)));
    let node = full_disk_tests::open(&folder.path().join("norte.db"), 300, nobody).await;
    node.publish_room(4, "Sala", RoomKind::Public, Vec::new()).await.unwrap();
    let waiting = async || node.status().await.unwrap().platforms.iter().map(|platform| platform.waiting).sum::<u64>();
    // Who writes there, and what else is told of it, is not counted.
    node.publish_message(NewMessage::new(4, 3, "first")).await.unwrap();
    let before = waiting().await;
    let messages = (0..10_000).map(|n| NewMessage::new(4, 3, format!("{n:05}{}", "x".repeat(500))));
    let done = node.publish_messages(messages.collect()).await.unwrap();
    let published = done.iter().take_while(|done| done.is_ok()).count();
    assert_eq!(done.len(), 10_000);
    assert!(published > 0 && published % MOST == 0, "{published}");
    for (place, done) in done.iter().enumerate().skip(published) {
        let error = done.as_ref().unwrap_err();
        assert_eq!((error.kind(), error.field()), (ErrorKind::Store, Some(&*format!("messages[{place}]"))));
    }
    assert_eq!(waiting().await - before, published as u64);
    node.close().await.unwrap();
}

#[test]
fn a_portion_is_bounded_by_what_its_messages_say_and_holds_one_at_least() {
    let long = |bytes: usize| Ok(NewMessage::new(4, 3, "x".repeat(bytes)));
    let mut left = vec![long(MOST_BYTES + 1), long(MOST_BYTES - 1), long(1), long(1)].into_iter().peekable();
    let portions = std::iter::from_fn(|| {
        left.peek()?;
        let (portion, bytes) = portion(&mut left);
        Some((portion.len(), bytes))
    });
    assert_eq!(portions.collect::<Vec<_>>(), [(1, MOST_BYTES + 1), (2, MOST_BYTES), (1, 1)]);
}
