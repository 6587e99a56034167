//! What a node does on a full disk: a store that may have few pages is told the same by SQLite.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use serde_json::json;

use super::Node;
use crate::registry::Registry;
use crate::store::sqlite;
use crate::testing::{entry, sent, texts};
use crate::transport::scripted::{Reply, Scripted};
use crate::util::event_id::unique;
use crate::util::time::SystemClock;
use crate::wire::write;
use crate::{Config, ErrorKind, NewMessage, RoomKind};

/// The node `Norte`, whose store may have this many pages of 8 KiB.
pub(super) async fn open(store: &Path, pages: u32, transport: Arc<Scripted>) -> Node {
    let config = Config::new("Norte", store);
    let entries = json!([entry("Sur")]).to_string();
    let registry = Registry::parse(entries.as_bytes(), "Norte", &store.with_extension("json")).unwrap();
    let store = Arc::new(sqlite::open(store, Some(pages)).unwrap());
    Node::open_with(config, None, registry, store, transport, Arc::new(SystemClock)).await.unwrap()
}

/// The network of the node `Sur`, which answers once it is up.
pub(super) fn network(up: &Arc<AtomicBool>) -> Arc<Scripted> {
    let (up, store) = (up.clone(), unique());
    Scripted::new(move |request| match request.path {
        _ if !up.load(Ordering::SeqCst) => Reply::unreachable(),
        "ping" => Reply::json(200, write::pong::<&str>("Sur", &[], store, false, None)),
        "batch" => Reply::batch(request, 200),
        _ => Reply::json(200, "[]"),
    })
}

/// Shows promise 1.
#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_refuses_and_loses_nothing_and_when_there_is_room_again_all_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let (store, up) = (folder.path().join("norte.db"), Arc::new(AtomicBool::new(false)));
    let transport = network(&up);
    let node = open(&store, 300, transport.clone()).await;
    node.publish_room(1, "Plaza", RoomKind::Public, Vec::new()).await.unwrap();
    let mut acknowledged = 0;
    let error = loop {
        let text = format!("{acknowledged:05} {}", "x".repeat(500));
        match node.publish_message(NewMessage::new(1, 1, text)).await {
            Ok(_) => acknowledged += 1,
            Err(e) => break e,
        }
        assert!(acknowledged < 100_000, "the disk is never full");
    };
    assert_eq!(error.kind(), ErrorKind::Store, "{error}");
    assert!(error.to_string().contains("full"), "{error}");
    let ping = http::Request::get("/ping").body(Bytes::new()).unwrap();
    assert_eq!(node.handle(ping).await.status(), 200, "it still answers");
    // The last progress may not be written either.
    let _ = node.close().await;

    let node = open(&store, 3_000, transport.clone()).await;
    node.publish_message(NewMessage::new(1, 1, "otra vez")).await.unwrap();
    up.store(true, Ordering::SeqCst);
    let all = tokio::time::timeout(
        Duration::from_secs(60),
        transport.wait_until(|requests| {
            let messages = sent(requests, "sur", "message");
            (messages.last().is_some_and(|last| last.body["text"] == "otra vez")).then_some(messages)
        }),
    );
    let mut said: Vec<String> =
        texts(&all.await.unwrap()).into_iter().map(|text| text.chars().take(5).collect()).collect();
    // What was tried while nobody was there was asked too.
    said.sort();
    said.dedup();
    let mut expected: Vec<String> = (0..acknowledged).map(|n| format!("{n:05}")).collect();
    expected.push("otra ".into());
    assert_eq!(said, expected);
    node.close().await.unwrap();
}
