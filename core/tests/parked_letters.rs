//! A message whose room never came is a dead letter; a command line that has it retried has the node judge it anew, since
//! only the node knows the registry.

#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use integrador::{Config, DeadLetterFilter, Node};
use serde_json::{Value, json};

const TOKEN: &str = "a-shared-token-of-the-peer";

/// A standalone node that hosts `legacy`, and a peer; nobody answers under their endpoints.
fn config(folder: &Path) -> Config {
    let nowhere = "http://127.0.0.1:9/";
    let registry = json!([
        {"id": 1, "name": "GWT_CHAT", "endpoint": nowhere, "token": TOKEN},
        {"id": 2, "name": "legacy", "endpoint": nowhere, "token": "token-of-legacy"},
    ]);
    std::fs::write(folder.join("platforms.json"), registry.to_string()).unwrap();
    Config::standalone("plaza", folder.join("hub.db")).platforms(folder.join("platforms.json"))
}

/// Posts as the peer does.
async fn post(node: &Node, path: &str, body: Value) -> u16 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let id = uuid::Builder::from_unix_timestamp_millis(now.as_millis() as u64, &[7; 10]).into_uuid().to_string();
    let (now, body) = (now.as_secs(), body.to_string());
    let signer = standardwebhooks::Webhook::from_bytes(TOKEN.as_bytes().to_vec()).unwrap();
    let request = http::Request::post(format!("/{path}"))
        .header("content-type", "application/json")
        .header("webhook-id", &id)
        .header("webhook-timestamp", now.to_string())
        .header("webhook-signature", signer.sign(&id, now.cast_signed(), body.as_bytes()).unwrap())
        .header("integrador-node", "GWT_CHAT")
        .body(Bytes::from(body))
        .unwrap();
    node.handle(request).await.status().as_u16()
}

async fn eventually(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(20);
    while !is_so().await {
        assert!(Instant::now() < end, "it never came true that {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn waiting_for_legacy(node: &Node) -> u64 {
    node.status().await.unwrap().platforms.iter().find(|p| &*p.name == "legacy").unwrap().waiting
}

/// Shows promise 8.
#[tokio::test(flavor = "multi_thread")]
async fn what_waited_for_its_room_in_vain_and_is_retried_by_an_administrator_reaches_the_hosted_platform() {
    let folder = tempfile::tempdir().unwrap();
    let mut impatient = config(folder.path());
    impatient.retention = Duration::from_millis(500);
    let node = Node::open(impatient).await.unwrap();
    let message = json!({"roomOriginalPlatform": "GWT_CHAT", "roomId": 4, "senderId": 1, "text": "¿hola?", "platform": "GWT_CHAT"});
    assert_eq!(post(&node, "message", message).await, 202);
    eventually("it is a dead letter", async || node.dead_letters(&DeadLetterFilter::All).await.unwrap().len() == 1)
        .await;
    node.close().await.unwrap();

    let node = Node::open(config(folder.path())).await.unwrap();
    let users = json!([{"GWT_CHAT": [1]}, {"legacy": [2]}]);
    let room = json!({"id": 4, "name": "Sala", "type": "private", "users": users, "platform": "GWT_CHAT"});
    assert_eq!(post(&node, "room", room).await, 200);
    let before = waiting_for_legacy(&node).await;
    node.close().await.unwrap();

    let admin = Node::open(Config::standalone("anybody", folder.path().join("hub.db")).admin()).await.unwrap();
    assert_eq!(admin.retry(&DeadLetterFilter::All).await.unwrap(), 1);
    assert_eq!(admin.dead_letters(&DeadLetterFilter::All).await.unwrap().len(), 0);
    admin.close().await.unwrap();

    let node = Node::open(config(folder.path())).await.unwrap();
    eventually("it waits for the hosted platform", async || waiting_for_legacy(&node).await == before + 1).await;
    assert_eq!(node.dead_letters(&DeadLetterFilter::All).await.unwrap().len(), 0);
}
