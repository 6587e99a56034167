//! Who may change which message: cases of a hub with three plain platforms, as `README.md` beside them says.

use bytes::Bytes;
use serde_json::{Value, json};

use super::{Case, cases};
use crate::Config;
use crate::testing::{Stage, entry, nobody, token};
use crate::util::event_id::unique;

const PLATFORMS: [&str; 3] = ["BuasApp", "GWT_CHAT", "net core"];

/// What a platform posts is answered: the status, and the event's id.
async fn post(hub: &Stage, by: &str, path: &str, mut body: Value) -> (u64, Value) {
    body["token"] = json!(token(by));
    let answer = hub.handle(http::Request::post(format!("/{path}")).body(Bytes::from(body.to_string())).unwrap()).await;
    let answer: Value = serde_json::from_slice(answer.body()).unwrap();
    (answer["status"].as_u64().unwrap(), answer["id"].clone())
}

/// The message that a case is about.
async fn message(hub: &Stage, of: &str) -> Value {
    let says = |room: i64| json!({"roomOriginalPlatform": "BuasApp", "roomId": room, "senderId": 1, "text": "hola"});
    match of {
        "nobody" => json!(unique()),
        "private" => post(hub, "GWT_CHAT", "message", says(5)).await.1,
        "edit" => {
            let mut edit = says(4);
            edit["of"] = post(hub, "GWT_CHAT", "message", says(4)).await.1;
            post(hub, "GWT_CHAT", "edit", edit).await.1
        }
        author => post(hub, author, "message", says(4)).await.1,
    }
}

async fn found(hub: &Stage, kind: &str, case: &Case) -> u64 {
    let mut body = json!({"roomOriginalPlatform": "BuasApp", "roomId": 4, "senderId": 1});
    body["of"] = message(hub, case.str("of")).await;
    body.as_object_mut().unwrap().extend(case.get("in").unwrap().as_object().unwrap().clone());
    post(hub, case.str("by"), kind, body).await.0
}

/// Shows promise 7.
#[tokio::test]
async fn a_message_is_changed_by_whoever_may() {
    let entries: Vec<Value> = PLATFORMS
        .map(|name| {
            let mut entry = entry(&name.replace(' ', "-"));
            (entry["name"], entry["token"]) = (json!(name), json!(token(name)));
            entry
        })
        .into();
    let hub = Stage::open_as(|store| Config::standalone("hub", store), json!(entries), nobody()).await;
    let room = |id: i64, kind: &str, users: Value| json!({"id": id, "name": "Sala", "type": kind, "users": users});
    let private = json!([{"BuasApp": [1]}, {"GWT_CHAT": [1]}]);
    for room in [room(4, "public", json!([])), room(5, "private", private)] {
        assert_eq!(post(&hub, "BuasApp", "room", room).await.0, 200);
    }
    let mut wrong = Vec::new();
    for (file, kind) in [("edit.json", "edit"), ("delete.json", "delete"), ("reaction.json", "reaction")] {
        for case in cases(file).iter().filter(|case| case.get("status").is_some()) {
            let (found, expected) = (found(&hub, kind, case).await, case.int("status").cast_unsigned());
            if found != expected {
                wrong.push(format!("{file}, {}: expected {expected}, found {found}", case.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    hub.node.close().await.unwrap();
}
