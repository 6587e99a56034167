//! What a poster is told, by the answers of a whole node.

use std::time::Duration;

use http::Request;
use serde_json::json;

use uuid::Uuid;

use super::*;
use crate::testing::{Stage, entry, nobody};
use crate::util::event_id;
use crate::util::secret::Secret;
use crate::wire::signature::{self, ID_HEADER, SIGNATURE_HEADER, TIMESTAMP_HEADER};
use crate::{EventBody, Id, Node};

const OF_LEGACY: &str = "the-token-of-legacy";
const OF_SUR: &str = "the-token-of-Sur";

/// An app's node that hosts `legacy` and has the peer `Sur`; nobody answers under their endpoints.
async fn node() -> Stage {
    Stage::open("Norte", json!([entry("legacy"), entry("Sur")]), nobody()).await
}

/// Posts as a plain platform does; the answer's status and what it says.
async fn plain(node: &Node, path: &str, key: Option<&str>, body: serde_json::Value) -> (u16, serde_json::Value) {
    let mut request = Request::post(format!("/{path}"));
    if let Some(key) = key {
        request = request.header("idempotency-key", key);
    }
    answer(node, request, body).await
}

/// Posts as the peer does, under this id.
async fn peer(node: &Stage, path: &str, id: &str, body: serde_json::Value) -> (u16, serde_json::Value) {
    let answer = node.signed("Sur", path, id, body.to_string()).await;
    (answer.status().as_u16(), serde_json::from_slice(answer.body()).unwrap())
}

async fn answer(node: &Node, request: http::request::Builder, body: serde_json::Value) -> (u16, serde_json::Value) {
    let answer = node.handle(request.body(Bytes::from(body.to_string())).unwrap()).await;
    (answer.status().as_u16(), serde_json::from_slice(answer.body()).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plain_platform_is_told_the_event_id_of_what_it_posts_and_the_same_one_under_the_same_key() {
    let node = node().await;
    let users = json!([{"legacy": [4]}, {"Norte": [1]}]);
    let posts = [
        ("user", json!({"id": 4, "name": "Juan", "token": OF_LEGACY})),
        ("room", json!({"id": 7, "name": "Sala", "type": "private", "users": users, "token": OF_LEGACY})),
        (
            "message",
            json!({"roomOriginalPlatform": "legacy", "roomId": 7, "senderId": 4, "text": "hola", "token": OF_LEGACY}),
        ),
    ];
    let mut told = Vec::new();
    for (path, body) in posts {
        let (status, first) = plain(&node, path, Some(path), body.clone()).await;
        assert_eq!((status, &first["message"]), (200, &json!("ok")), "{path}");
        let (status, again) = plain(&node, path, Some(path), body.clone()).await;
        assert_eq!((status, &again["message"], &again["id"]), (200, &json!("duplicate"), &first["id"]), "{path}");
        let (_, other) = plain(&node, path, None, body).await;
        assert!(other["id"].is_string() && other["id"] != first["id"], "without a key it is another event: {other}");
        told.extend([first, other].map(|answer| answer["id"].as_str().unwrap().to_owned()));
    }
    assert!(told.is_sorted(), "{told:?}");

    // The id under which the others get it.
    let mut messages = Vec::new();
    while messages.len() < 2 {
        let events = node.next_events(10, Duration::from_secs(10)).await.unwrap();
        assert!(!events.is_empty(), "the messages did not come");
        let taken: Vec<Uuid> = events.iter().map(|event| event.id).collect();
        messages.extend(events.iter().filter(|e| matches!(e.body, EventBody::Message(_))).map(|e| e.id.to_string()));
        node.ack(&taken).await.unwrap();
    }
    assert_eq!(messages, told[4..]);
    node.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_is_told_the_id_that_it_gave_whether_the_event_is_new_waits_changes_nothing_or_was_here() {
    let node = node().await;
    let id = |n| event_id::parse(&format!("01990000-0000-7000-8000-00000000000{n}")).unwrap().to_string();
    let user = |name: &str| json!({"id": 4, "name": name, "platform": "Sur"});
    let lost = json!({"roomOriginalPlatform": "Sur", "roomId": 9, "senderId": 4, "text": "hola", "platform": "Sur"});
    for (what, path, n, body, status, message) in [
        ("new", "user", 2, user("Juan"), 200, "ok"),
        ("overtaken", "user", 1, user("Pedro"), 200, "ok"),
        ("again", "user", 2, user("Juan"), 200, "duplicate"),
        ("waiting", "message", 3, lost, 202, "stored; it waits for its room to be announced"),
    ] {
        let told = peer(&node, path, &id(n), body).await;
        assert_eq!(told, (status, json!({"status": status, "message": message, "id": id(n)})), "{what}");
    }
    node.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_has_no_event_id() {
    let node = node().await;
    for body in [json!({"id": 4, "token": OF_LEGACY}), json!({"id": 4, "name": "Juan", "token": "of nobody"})] {
        let (status, told) = plain(&node, "user", None, body).await;
        assert!(status >= 400 && told.get("id").is_none(), "{told}");
    }
    node.close().await.unwrap();
}

/// A UUIDv7 of this time, epoch milliseconds.
fn id_at(ms: i64) -> String {
    event_id::EventIds::new().next(ms).to_string()
}

/// Shows promise 7.
#[tokio::test(flavor = "multi_thread")]
async fn a_signed_text_that_is_cut_anew_is_no_other_request() {
    let node = node().await;
    let now = event_id::now_ms() / 1000;
    let get = |id: String, signature: &str| {
        Request::get("/users")
            .header(ID_HEADER, id)
            .header(TIMESTAMP_HEADER, now.to_string())
            .header(SIGNATURE_HEADER, signature)
            .body(Bytes::new())
            .unwrap()
    };
    let id = event_id::unique().to_string();
    let key = Secret::new(OF_SUR).unwrap();
    assert_eq!(node.handle(get(id.clone(), &signature::sign(&[&key], &id, now, b""))).await.status(), 200);
    // A body that somebody had the peer sign, and behind the same signature a GET whose id is all of it.
    let signed = signature::sign(&[&key], &id, now, format!("hola.{now}.").as_bytes());
    let answer = node.handle(get(format!("{id}.{now}.hola"), &signed)).await;
    assert_eq!(answer.status(), 401);
    assert!(String::from_utf8_lossy(answer.body()).contains("`webhook-id`"), "{answer:?}");
    node.close().await.unwrap();
}

/// Shows promise 7.
#[tokio::test(flavor = "multi_thread")]
async fn an_id_that_is_none_or_lies_more_than_an_hour_ahead_is_a_401_alone_and_in_a_batch() {
    let node = node().await;
    let minutes = |n: i64| id_at(event_id::now_ms() + n * 60_000);
    let user = |n: usize| json!({"id": n, "name": "Juan", "platform": "Sur"});
    let cases = [
        (minutes(0), 200),
        (minutes(59), 200),
        (minutes(62), 401),
        ("ffffffff-ffff-7fff-bfff-ffffffffffff".to_owned(), 401),
        ("9b1deb4d-3b7d-4bad-9bdd-2b0d7b3dcb6d".to_owned(), 401),
        ("msg-1".to_owned(), 401),
    ];
    for (n, (id, status)) in cases.iter().enumerate() {
        let (told, body) = peer(&node, "user", id, user(n)).await;
        assert_eq!(told, *status, "{id}: {body}");
        assert!(told == 200 || body["message"].as_str().unwrap().starts_with("`webhook-id`: "), "{body}");
    }
    let known: Vec<String> = node.users(Some("Sur")).unwrap().iter().map(|user| user.id.id.to_string()).collect();
    assert_eq!(known, ["0", "1"]);

    let line = |n: usize, id: &str| json!({"id": id, "kind": "user", "body": user(10 + n)}).to_string();
    let batch: Vec<String> = cases.iter().enumerate().map(|(n, (id, _))| line(n, id)).collect();
    let answer = node.signed("Sur", "batch", &event_id::unique().to_string(), batch.join("\n")).await;
    assert_eq!(answer.status(), 200);
    let lines: Vec<serde_json::Value> =
        answer.body().split(|b| *b == b'\n').filter_map(|line| serde_json::from_slice(line).ok()).collect();
    let told: Vec<_> =
        lines.iter().map(|line| (line["id"].as_str().unwrap().to_owned(), line["status"].clone())).collect();
    // The first two were here before, alone.
    let expected: Vec<_> = cases.iter().map(|(id, status)| (id.clone(), json!(status))).collect();
    assert_eq!(told, expected);
    node.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn large_integers_are_strings_for_whoever_reads_the_directory_with_a_token_and_integers_for_a_node() {
    let node = node().await;
    const LARGE: i64 = (1 << 53) + 1;
    for (path, ids) in [("users", "/0/id"), ("platforms", "/0/users/0/id")] {
        node.publish_user(7, "Ana").await.unwrap();
        node.publish_users([(Id::from(LARGE), "Ana")]).await.unwrap();
        let token = Request::get(format!("/{path}?token={OF_LEGACY}")).body(Bytes::new()).unwrap();
        let (id, now) = (event_id::unique().to_string(), event_id::now_ms() / 1000);
        let signed = Request::get(format!("/{path}"))
            .header(SIGNATURE_HEADER, signature::sign(&[&Secret::new(OF_SUR).unwrap()], &id, now, b""))
            .header(ID_HEADER, id)
            .header(TIMESTAMP_HEADER, now.to_string());
        for (request, expected) in
            [(token, json!(LARGE.to_string())), (signed.body(Bytes::new()).unwrap(), json!(LARGE))]
        {
            let answer = node.handle(request).await;
            let body: serde_json::Value = serde_json::from_slice(answer.body()).unwrap();
            assert_eq!(body.pointer(ids), Some(&expected), "{path}: {body}");
        }
    }
    node.close().await.unwrap();
}

/// The answer to a request that may have any headers.
async fn raw(
    node: &Node,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &'static str,
) -> http::Response<Bytes> {
    let mut request = Request::builder().method(method).uri(format!("/{path}"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    node.handle(request.body(Bytes::from_static(body.as_bytes())).unwrap()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_a_server_in_between_swallowed_is_a_503_that_says_so() {
    let node = node().await;
    let signed = [(ID_HEADER, "1"), (SIGNATURE_HEADER, "v1,x"), (TIMESTAMP_HEADER, "1")];
    for (path, headers) in [
        ("message", &[("transfer-encoding", "chunked")][..]),
        ("message", &[("content-length", "17")]),
        ("batch", &signed),
    ] {
        let answer = raw(&node, "POST", path, headers, "").await;
        assert_eq!(answer.status(), 503, "{headers:?}");
        assert!(answer.headers().contains_key("retry-after"));
        assert!(String::from_utf8_lossy(answer.body()).contains("arrived empty"));
    }
    assert_eq!(raw(&node, "POST", "message", &[("content-length", "0")], "").await.status(), 400);
    node.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ping_with_a_token_or_a_signature_of_nobody_is_a_401_and_one_that_claims_nothing_is_answered() {
    let node = node().await;
    let bearer = |token: &str| format!("Bearer {token}");
    let (right, wrong) = (bearer(OF_LEGACY), bearer("of nobody"));
    let signed = [(ID_HEADER, "1"), (SIGNATURE_HEADER, "v1,x"), (TIMESTAMP_HEADER, "1")];
    for (method, headers, body, status) in [
        ("GET", &[][..], "", 200),
        ("POST", &[], "{}", 200),
        ("POST", &[], "", 200),
        ("GET", &[("authorization", &*right)], "", 200),
        ("POST", &[], r#"{"token": "the-token-of-legacy"}"#, 200),
        ("GET", &[("authorization", &*wrong)], "", 401),
        ("POST", &[], r#"{"token": "of nobody"}"#, 401),
        ("GET", &signed, "", 401),
    ] {
        assert_eq!(raw(&node, method, "ping", headers, body).await.status(), status, "{method} {headers:?} {body}");
    }
    node.close().await.unwrap();
}

/// Shows promise 5.
#[tokio::test(flavor = "multi_thread")]
async fn a_list_is_made_once_for_each_state_of_the_directory() {
    let node = node().await;
    let bearer = format!("Bearer {OF_LEGACY}");
    let list =
        async |tag: &str| raw(&node, "GET", "users", &[("authorization", &bearer), ("if-none-match", tag)], "").await;
    let first = list("").await;
    let again = list("").await;
    assert_eq!(first.body().as_ptr(), again.body().as_ptr(), "all get the same bytes");
    let tag = first.headers()["etag"].to_str().unwrap();
    assert_eq!(list(tag).await.status(), 304);
    node.publish_user(1, "Ana").await.unwrap();
    let changed = list(tag).await;
    assert_eq!(changed.status(), 200);
    assert!(String::from_utf8_lossy(changed.body()).contains("Ana"));
    node.close().await.unwrap();
}

/// Shows promise 5.
#[tokio::test(flavor = "multi_thread")]
async fn what_one_platform_posts_waits_for_its_turn_and_others_need_not_wait_for_it() {
    const MANY: usize = 300;
    let node = Stage::open("Norte", json!([entry("many"), entry("one")]), nobody()).await;
    let server = node.server().clone();
    // Nothing is written from here on until the gate is open.
    let (gate, closed) = std::sync::mpsc::channel::<()>();
    let (holds, holding) = tokio::sync::oneshot::channel();
    let writer = server.clone();
    let held = tokio::spawn(async move {
        let job = writer.shared.writer.run(move |_| {
            let _ = holds.send(());
            let _ = closed.recv_timeout(Duration::from_secs(30));
            Ok(())
        });
        job.await
    });
    tokio::time::timeout(Duration::from_secs(20), holding).await.unwrap().unwrap();
    let post = |name: &'static str, id: usize| {
        let node = node.node.clone();
        let user = json!({"id": id, "name": "x", "token": format!("the-token-of-{name}")});
        tokio::spawn(async move {
            let (status, answer) = plain(&node, "user", None, user).await;
            assert_eq!(status, 200, "{answer}");
            answer["id"].as_str().unwrap().to_owned()
        })
    };
    let many: Vec<_> = (0..MANY).map(|n| post("many", n)).collect();
    let at_the_writer = async |name: &str, turns: usize| {
        let num = server.shared.directory.read().resolve(name).unwrap();
        let reached = async {
            while server.turns.taken(num) < turns {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), reached).await.expect("they are at the writer");
    };
    at_the_writer("many", turns::AT_ONCE as usize).await;
    let one = post("one", 1);
    at_the_writer("one", 1).await;
    gate.send(()).unwrap();
    held.await.unwrap().unwrap();
    // Ids are given in the order in which the writer takes things up.
    let one = one.await.unwrap();
    let mut before = 0;
    for post in many {
        before += usize::from(post.await.unwrap() < one);
    }
    assert!(before <= turns::AT_ONCE as usize, "{before} of {MANY} went before it");
    node.close().await.unwrap();
}
