//! The pump beside a store that can't be written for a while.

use integrador::{Config, Node};
use rusqlite::Connection;
use tokio::sync::Notify;

use super::*;
use crate::db::Db;
use crate::live::Live;

#[tokio::test(flavor = "multi_thread")]
async fn an_ack_that_cannot_be_stored_is_tried_again_until_it_can() {
    let folder = tempfile::tempdir().unwrap();
    let (registry, store) = (folder.path().join("platforms.json"), folder.path().join("node.db"));
    std::fs::write(&registry, r#"[{"id": 1, "name": "Norte", "endpoint": "http://127.0.0.1:9/", "token": "t"}]"#)
        .unwrap();
    let node = Node::open(Config::new("RustChat", &store).platforms(registry)).await.unwrap();
    let db = Arc::new(Db::open(&folder.path().join("chat.db"), "RustChat", &[]).unwrap());
    let integration = Integration { node: node.clone(), db, live: Live::new(), written: Notify::new() };
    // That Norte has joined.
    let events = node.next_events(10, Duration::from_secs(10)).await.unwrap();
    assert_eq!((events.len(), node.status().await.unwrap().inbox), (1, 1));

    // For longer than the pump waits between two tries.
    let other = Connection::open(&store).unwrap();
    let broken = "CREATE TRIGGER broken BEFORE DELETE ON inbox BEGIN SELECT RAISE(ABORT, 'it is broken'); END";
    other.execute_batch(broken).unwrap();
    let repaired = tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(1_500)).await;
        other.execute_batch("DROP TRIGGER broken").unwrap();
        other
    });
    integration.handle(events).await.unwrap();
    let _other = repaired.await.unwrap();
    assert_eq!(node.status().await.unwrap().inbox, 0, "it is acknowledged");
    node.close().await.unwrap();
}
