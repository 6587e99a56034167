//! The directory as others see it: who is in it, and when it is sent again.

use bytes::Bytes;
use http::{Request, Response, header};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::testing::{Stage, entry, token};
use crate::transport::scripted::{Reply, Scripted};
use crate::util::event_id::unique;
use crate::wire::write;

/// The node of the app `Norte`, which hosts `legacy`; what it knows of `Sur` came from there.
async fn stage() -> Stage {
    let network = Scripted::new(|request| match (request.path, request.endpoint.host_str()) {
        ("ping", Some("sur")) => Reply::json(200, write::pong::<&str>("Sur", &[], Uuid::from_u128(7), false, None)),
        ("ping", _) => Reply::json(404, "{}"),
        // None to be compared with what was announced.
        ("users", _) => Reply::status(503),
        ("batch", _) => Reply::batch(request, 200),
        _ => Reply::json(200, "[]"),
    });
    let stage = Stage::open("Norte", json!([entry("legacy"), entry("Sur")]), network).await;
    let known = async |stage: &Stage| stage.kind("Sur").await == "node";
    stage.eventually("Sur is a node", known).await;
    stage.publish_user(1, "Ana").await.unwrap();
    for (from, name) in [("legacy", "Juan"), ("Sur", "Inés")] {
        let body = json!({"id": 4, "name": name, "token": token(from), "platform": from}).to_string();
        let answer = match from {
            "Sur" => stage.signed(from, "user", &unique().to_string(), body).await,
            _ => stage.handle(Request::post("/user").body(body.into()).unwrap()).await,
        };
        assert_eq!(answer.status(), 200);
    }
    stage
}

async fn get(stage: &Stage, path: &str, known: &[&str]) -> Response<Bytes> {
    let mut request = Request::get(format!("/{path}")).header("authorization", format!("Bearer {}", token("legacy")));
    for known in known {
        request = request.header(header::IF_NONE_MATCH, *known);
    }
    stage.handle(request.body(Bytes::new()).unwrap()).await
}

fn list(answer: &Response<Bytes>) -> Value {
    serde_json::from_slice(answer.body()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_is_not_sent_again_to_who_has_it_however_that_is_said() {
    let stage = stage().await;
    let first = get(&stage, "users", &[]).await;
    let tag = first.headers()[header::ETAG].to_str().unwrap();
    let (weak, others) = (format!("W/{tag}"), format!("\"other\", {tag}"));
    let table: &[(&[&str], u16)] = &[
        (&[tag], 304),
        (&[&weak], 304),
        (&[&others], 304),
        (&["\"other\"", tag], 304),
        (&["*"], 304),
        (&["\"other\""], 200),
        (&[tag.trim_matches('"')], 200),
        (&[""], 200),
    ];
    for (known, status) in table {
        let answer = get(&stage, "users", known).await;
        assert_eq!(answer.status(), *status, "{known:?}");
        assert_eq!(answer.headers()[header::ETAG], tag, "{known:?}");
        let (media, body) = (answer.headers().contains_key(header::CONTENT_TYPE), !answer.body().is_empty());
        assert_eq!((media, body), (*status == 200, *status == 200), "{known:?}");
    }
    let platforms = get(&stage, "platforms", &[]).await;
    assert_ne!(platforms.headers()[header::ETAG], tag, "another list");
    stage.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn all_who_are_there_are_listed_or_only_those_of_here_and_what_is_hosted_here() {
    let stage = stage().await;
    let (ana, juan, ines) = (
        json!({"id": 1, "name": "Ana", "platform": "Norte"}),
        json!({"id": 4, "name": "Juan", "platform": "legacy"}),
        json!({"id": 4, "name": "Inés", "platform": "Sur"}),
    );
    let sorted = |answer: Response<Bytes>| {
        let mut users = list(&answer).as_array().unwrap().clone();
        users.sort_by_key(|user| user["name"].as_str().unwrap().to_owned());
        users
    };
    assert_eq!(sorted(get(&stage, "users", &[]).await), [ana.clone(), ines.clone(), juan.clone()]);
    assert_eq!(sorted(get(&stage, "users?scope=local", &[]).await), [ana.clone(), juan.clone()]);
    assert_eq!(sorted(get(&stage, "users?scope=else", &[]).await), [ana.clone(), ines.clone(), juan.clone()]);
    let platforms = list(&get(&stage, "platforms", &[]).await);
    let legacy = platforms.as_array().unwrap().iter().find(|platform| platform["name"] == "legacy").unwrap();
    assert_eq!(*legacy, json!({"name": "legacy", "supportAudio": true, "supportImage": true, "users": [juan]}));
    stage.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_gone_and_what_is_disabled_is_not_listed() {
    let stage = stage().await;
    stage.publish_users(Vec::<crate::NewUser>::new()).await.unwrap();
    let mut disabled = entry("Sur");
    disabled["enabled"] = json!(false);
    stage.registry(json!([entry("legacy"), disabled])).await;
    let users = list(&get(&stage, "users", &[]).await);
    assert_eq!(users, json!([{"id": 4, "name": "Juan", "platform": "legacy"}]));
    let platforms = list(&get(&stage, "platforms", &[]).await);
    let names: Vec<&str> = platforms.as_array().unwrap().iter().map(|all| all["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["Norte", "legacy"]);
    stage.close().await.unwrap();
}
