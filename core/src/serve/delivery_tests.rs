//! Promise: a platform that is hosted here can ask what became of what it posted, and of nothing else.

use bytes::Bytes;
use http::{Request, Response};
use serde_json::{Value, json};

use crate::model::EventBody;
use crate::testing::{Stage, entry, token};
use crate::transport::scripted::{Reply, Scripted};
use crate::util::event_id::unique;

/// The node of the app `Norte`, which hosts `legacy` and `other`; `other` refuses messages.
async fn stage() -> Stage {
    let network = Scripted::new(|request| match (request.path, request.endpoint.host_str()) {
        ("ping", _) => Reply::json(404, "{}"),
        ("message", Some("other")) => Reply::json(400, "{}"),
        _ => Reply::json(200, "[]"),
    });
    let stage = Stage::open("Norte", json!([entry("legacy"), entry("other")]), network).await;
    let known = async |stage: &Stage| stage.kind("legacy").await == "plain" && stage.kind("other").await == "plain";
    stage.eventually("both are plain platforms", known).await;
    stage
}

/// What `legacy` posts; returns the id of the event.
async fn post(stage: &Stage, path: &str, mut body: Value) -> String {
    body["token"] = token("legacy").into();
    let request = Request::post(format!("/{path}")).body(body.to_string().into()).unwrap();
    let answer = stage.handle(request).await;
    assert_eq!(answer.status(), 200, "{answer:?}");
    json_of(&answer)["id"].as_str().unwrap().to_owned()
}

async fn ask(stage: &Stage, who: &str, query: &str) -> Response<Bytes> {
    let request = Request::get(format!("/delivery{query}")).header("authorization", format!("Bearer {}", token(who)));
    stage.handle(request.body(Bytes::new()).unwrap()).await
}

fn json_of(answer: &Response<Bytes>) -> Value {
    serde_json::from_slice(answer.body()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hosted_platform_sees_where_its_message_stands_at_each_platform() {
    let stage = stage().await;
    post(&stage, "room", json!({"id": 4, "name": "Plaza", "type": "public", "users": []})).await;
    let message = json!({"roomOriginalPlatform": "legacy", "roomId": 4, "senderId": 1, "text": "hola"});
    let id = post(&stage, "message", message).await;
    let states = async |stage: &Stage| {
        let answer = ask(stage, "legacy", &format!("?id={id}")).await;
        assert_eq!(answer.status(), 200, "{answer:?}");
        let mut states: Vec<(String, String)> = json_of(&answer)
            .as_array()
            .unwrap()
            .iter()
            .map(|row| (row["platform"].as_str().unwrap().into(), row["state"].as_str().unwrap().into()))
            .collect();
        states.sort();
        states
    };
    let ended: Vec<(String, String)> = vec![("Norte".into(), "delivered".into()), ("other".into(), "dead".into())];
    stage.eventually("the app has it, the other refused it", async |stage| states(stage).await == ended).await;
    let answer = json_of(&ask(&stage, "legacy", &format!("?id={id}")).await);
    let dead = answer.as_array().unwrap().iter().find(|row| row["state"] == "dead").unwrap();
    assert!(dead["why"].as_str().unwrap().contains("400") && dead["at"].is_string(), "{dead}");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_anothers_events_and_of_unknown_ones_nobody_learns_anything() {
    let stage = stage().await;
    let id = post(&stage, "user", json!({"id": 1, "name": "Juan"})).await;
    assert_eq!(ask(&stage, "legacy", &format!("?id={id}")).await.status(), 200);
    let (other, unknown) =
        (ask(&stage, "other", &format!("?id={id}")).await, ask(&stage, "legacy", &format!("?id={}", unique())).await);
    assert_eq!((other.status().as_u16(), other.body()), (404, unknown.body()));
    let nobody = stage.handle(Request::get(format!("/delivery?id={id}")).body(Bytes::new()).unwrap()).await;
    assert_eq!(nobody.status(), 401);
    for query in ["", "?id=", "?id=7"] {
        let answer = ask(&stage, "legacy", query).await;
        assert_eq!(answer.status(), 400, "{query}");
        assert!(json_of(&answer)["message"].as_str().unwrap().starts_with("`id`:"), "{query}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_app_is_told_nothing_of_the_ends_of_others_events() {
    let stage = stage().await;
    post(&stage, "room", json!({"id": 4, "name": "Plaza", "type": "public", "users": []})).await;
    let message = json!({"roomOriginalPlatform": "legacy", "roomId": 4, "senderId": 1, "text": "hola"});
    let id = post(&stage, "message", message).await;
    let event = id.parse().unwrap();
    let dead = async |stage: &Stage| stage.delivery(event, "other").await.is_some_and(|d| d.state.as_str() == "dead");
    stage.eventually("it is dead at the other", dead).await;
    let told = stage.node.next_events(100, std::time::Duration::ZERO).await.unwrap();
    assert!(told.iter().any(|event| matches!(event.body, EventBody::Room(_))), "{told:?}");
    assert!(!told.iter().any(|event| matches!(event.body, EventBody::Delivery(_))), "{told:?}");
}
