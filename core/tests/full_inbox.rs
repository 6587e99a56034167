//! An app that does not take its events in: what is for it is refused for the time being, and nothing else.

#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use integrador::{Config, EventBody, Node};
use serde_json::{Value, json};

const TOKEN: &str = "a-shared-token-of-the-peer";

/// A node of `BuasApp` that also hosts `legacy`, with a peer; nobody answers under their endpoints.
fn config(folder: &Path) -> Config {
    let nowhere = "http://127.0.0.1:9/";
    let registry = json!([
        {"id": 1, "name": "GWT_CHAT", "endpoint": nowhere, "token": TOKEN},
        {"id": 2, "name": "legacy", "endpoint": nowhere, "token": "token-of-legacy"},
    ]);
    std::fs::write(folder.join("platforms.json"), registry.to_string()).unwrap();
    Config::new("BuasApp", folder.join("node.db")).platforms(folder.join("platforms.json"))
}

/// Posts as the peer does.
async fn post(node: &Node, path: &str, body: Value) -> u16 {
    send(node, path, "application/json", body.to_string()).await.status().as_u16()
}

async fn send(node: &Node, path: &str, media: &str, body: String) -> http::Response<Bytes> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let (id, now) = (uuid::Uuid::now_v7().to_string(), now.as_secs());
    let signer = standardwebhooks::Webhook::from_bytes(TOKEN.as_bytes().to_vec()).unwrap();
    let request = http::Request::post(format!("/{path}"))
        .header("content-type", media)
        .header("webhook-id", &id)
        .header("webhook-timestamp", now.to_string())
        .header("webhook-signature", signer.sign(&id, now.cast_signed(), body.as_bytes()).unwrap())
        .header("integrador-node", "GWT_CHAT")
        .body(Bytes::from(body))
        .unwrap();
    node.handle(request).await
}

fn room(id: u64, platform: &str) -> Value {
    json!({"id": id, "name": "Sala", "platform": "GWT_CHAT", "type": "private",
           "users": [{"GWT_CHAT": [1]}, {platform: [5]}]})
}

fn message(room: u64, text: &str) -> Value {
    json!({"roomOriginalPlatform": "GWT_CHAT", "roomId": room, "senderId": 1, "text": text, "platform": "GWT_CHAT"})
}

async fn messages(node: &Node) -> Vec<String> {
    let mut texts = Vec::new();
    let mut events = node.consumer();
    while let Some(event) = events.next(Duration::from_millis(100)).await.unwrap() {
        if let EventBody::Message(message) = event.body {
            texts.push(message.text);
        }
        events.done();
    }
    events.close().await.unwrap();
    texts
}

async fn inbox(node: &Node) -> u64 {
    node.status().await.unwrap().inbox
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_only_for_platforms_behind_a_node_does_not_wait_for_its_own_app() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::open(config(folder.path())).await.unwrap();
    assert_eq!(post(&node, "room", room(1, "BuasApp")).await, 200);
    assert_eq!(post(&node, "room", room(2, "legacy")).await, 200);
    let depth = inbox(&node).await;
    node.close().await.unwrap();
    let mut full = config(folder.path());
    full.max_inbox = depth;
    let node = Node::open(full).await.unwrap();
    assert_eq!(post(&node, "message", message(1, "para BuasApp")).await, 503);
    assert_eq!(post(&node, "message", message(2, "para legacy")).await, 200);
    // In a batch too, and it is the node that asks for patience: its sender gives no event up for that.
    let line = json!({"id": uuid::Uuid::now_v7(), "kind": "message", "body": message(1, "en un lote")});
    let answer = send(&node, "batch", "application/x-ndjson", line.to_string()).await;
    assert_eq!((answer.status().as_u16(), answer.headers()["retry-after"].to_str().unwrap()), (200, "1"));
    assert_eq!(serde_json::from_slice::<Value>(answer.body()).unwrap()["status"], 503);
    messages(&node).await;
    assert_eq!(post(&node, "message", message(1, "para BuasApp")).await, 200);
    assert_eq!(messages(&node).await, ["para BuasApp"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waited_for_its_room_finds_its_place_in_a_full_inbox_and_dies_of_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::open(config(folder.path())).await.unwrap();
    for n in 0..5 {
        assert_eq!(post(&node, "message", message(1, &n.to_string())).await, 202);
    }
    let depth = inbox(&node).await;
    node.close().await.unwrap();
    let mut nearly_full = config(folder.path());
    nearly_full.max_inbox = depth + 1;
    let node = Node::open(nearly_full).await.unwrap();
    assert_eq!(post(&node, "room", room(1, "BuasApp")).await, 200);
    assert!(node.dead_letters(&integrador::DeadLetterFilter::All).await.unwrap().is_empty());
    assert_eq!(messages(&node).await, ["0", "1", "2", "3", "4"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_taken_once_is_handed_over_whatever_the_limits_are_by_then() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::open(config(folder.path())).await.unwrap();
    let long = "largo ".repeat(100);
    assert_eq!(post(&node, "message", message(2, &long)).await, 202);
    assert_eq!(post(&node, "room", room(1, "BuasApp")).await, 200);
    assert_eq!(post(&node, "message", message(1, &long)).await, 200);
    node.close().await.unwrap();
    let mut strict = config(folder.path());
    (strict.limits.text, strict.limits.name, strict.limits.members) = (10, 3, 1);
    let node = Node::open(strict).await.unwrap();
    assert_eq!(messages(&node).await, std::slice::from_ref(&long));
    assert_eq!(post(&node, "message", message(1, &long)).await, 400, "what comes in today is judged by today's limits");
    node.close().await.unwrap();
    // What waited for its room too.
    let node = Node::open(config(folder.path())).await.unwrap();
    assert_eq!(post(&node, "room", room(2, "BuasApp")).await, 200);
    assert_eq!(messages(&node).await, [long]);
    assert!(node.dead_letters(&integrador::DeadLetterFilter::All).await.unwrap().is_empty());
}
