//! Promise 7: nobody speaks for another platform. The hostile peer of these tests holds the token that it shares with the
//! node, and signs with the reference implementation of Standard Webhooks.

use std::time::{SystemTime, UNIX_EPOCH};

use integrador::{Id, RoomKind};
use integrador_tests::{App, Net, Plain, eventually, ext, free_port, http, token};
use serde_json::{Value, json};
use uuid::Uuid;

/// Posts as the node `signer` would.
pub(super) fn signed(url: &str, path: &str, signer: &str, key: &str, id: &str, at: i64, body: &str) -> http::Answer {
    let webhook = standardwebhooks::Webhook::from_bytes(key.as_bytes().to_vec()).expect("a key");
    let signature = webhook.sign(id, at, body.as_bytes()).expect("a signature");
    let at = at.to_string();
    let headers = [
        ("webhook-id", id),
        ("webhook-timestamp", &at),
        ("webhook-signature", &signature),
        ("integrador-node", signer),
    ];
    let kind = if path == "batch" { "application/x-ndjson" } else { "application/json" };
    http::typed("POST", url, path, kind, &headers, body).expect("an answer")
}

pub(super) fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("the clock");
    i64::try_from(since.as_secs()).expect("the clock")
}

pub(super) fn id() -> String {
    Uuid::now_v7().to_string()
}

/// A node of `A`; its peers `Evil`, played here, and `B`, which is down; and a plain platform that it hosts.
fn world(net: &Net) -> (App, String, Plain) {
    let port = free_port();
    let plain = Plain::start("P");
    net.registry("A", &[("Evil", "http://127.0.0.1:9/"), ("B", "http://127.0.0.1:9/b/"), ("P", &plain.url())]);
    let a = App::open(net.config("A", port));
    a.node.publish_user(1, "Ana").expect("a user");
    let all = ["A", "B", "P", "Evil"].map(|name| (name.to_owned(), vec![Id::from(1)]));
    a.node.publish_room(1, "Grupo", RoomKind::Private, all.into()).expect("a room");
    a.node
        .publish_room(
            2,
            "Nosotros",
            RoomKind::Private,
            vec![("A".into(), vec![1.into()]), ("P".into(), vec![1.into()])],
        )
        .expect("a room");
    (a, format!("http://127.0.0.1:{port}/"), plain)
}

fn message(platform: &str, room: i64, sender: i64, text: &str) -> Value {
    json!({"roomOriginalPlatform": "A", "roomId": room, "senderId": sender, "text": text, "platform": platform})
}

/// Shows promise 7.
#[test]
fn a_peer_speaks_for_itself_and_for_nobody_else() {
    let net = Net::new();
    let (a, url, plain) = world(&net);
    let key = token("A", "Evil");
    let send = |body: &Value| signed(&url, "message", "Evil", &key, &id(), now(), &body.to_string()).status;

    assert_eq!(send(&message("Evil", 1, 1, "hello")), 200);
    assert_eq!(send(&message("B", 1, 1, "as B")), 403, "a peer of its own");
    assert_eq!(send(&message("P", 1, 1, "as P")), 403, "hosted elsewhere");
    assert_eq!(send(&message("A", 1, 1, "as the node itself")), 403);
    assert_eq!(send(&message("Evil", 2, 1, "in a room of others")), 403, "a private room without it");
    assert_eq!(send(&message("Evil", 1, 9, "a stranger")), 403, "a private room without this user");
    let status = send(&message("Nobody", 1, 1, "as somebody unknown"));
    assert!(matches!(status, 403 | 503), "{status}: whether it hosts that platform it can't show");

    // Neither in a batch: each line is judged by itself, and the good one is taken.
    let lines: String = [message("B", 1, 1, "as B, in a batch"), message("Evil", 1, 1, "good")]
        .iter()
        .map(|body| format!("{}\n", json!({"id": id(), "kind": "message", "body": body})))
        .collect();
    assert_eq!(signed(&url, "batch", "Evil", &key, &id(), now(), &lines).status, 200);
    // Nor by announcing a room of another, or users of another in it.
    let stolen = json!({"id": 1, "name": "Mío", "type": "public", "users": [], "platform": "A"});
    assert_eq!(signed(&url, "room", "Evil", &key, &id(), now(), &stolen.to_string()).status, 403);
    let foreign = json!({"id": 1, "name": "Grupo", "type": "private", "users": [{"B": [2]}], "platform": "Evil", "roomOriginalPlatform": "A"});
    assert_eq!(signed(&url, "room", "Evil", &key, &id(), now(), &foreign.to_string()).status, 403);

    let user = json!({"id": 1, "name": "Impostor", "platform": "A"});
    assert_eq!(signed(&url, "user", "Evil", &key, &id(), now(), &user.to_string()).status, 403);
    eventually("what is its own arrives", || a.texts() == ["hello", "good"] && plain.texts() == ["hello", "good"]);
    let ana = a.node.users(Some("A")).expect("it is open");
    assert_eq!(ana[0].name, "Ana");
}

#[test]
fn an_event_without_a_kind_or_under_what_is_no_event_id_is_refused_alone() {
    let net = Net::new();
    let (a, url, plain) = world(&net);
    let key = token("A", "Evil");
    let user = |n: i64| json!({"id": n, "name": "Evita", "platform": "Evil"});
    let lines = [
        json!({"id": id(), "body": user(1)}),
        json!({"id": id(), "kind": 5, "body": user(2)}),
        json!({"id": "9b1deb4d-3b7d-4bad-9bdd-2b0d7b3dcb6d", "kind": "user", "body": user(3)}),
        json!({"id": id(), "kind": "user", "body": user(4)}),
    ];
    let body: String = lines.iter().map(|line| format!("{line}\n")).collect();
    assert_eq!(signed(&url, "batch", "Evil", &key, &id(), now(), &body).status, 200);
    for wrong in ["x", "9b1deb4d-3b7d-4bad-9bdd-2b0d7b3dcb6d", "ffffffff-ffff-ffff-ffff-ffffffffffff"] {
        assert_eq!(signed(&url, "user", "Evil", &key, wrong, now(), &user(5).to_string()).status, 401, "{wrong}");
    }
    eventually("the good one arrives", || plain.took("user").iter().any(|post| post.body["id"] == 4));
    let users = a.node.users(Some("Evil")).expect("it is open");
    assert_eq!(users.iter().map(|user| user.id.id.clone()).collect::<Vec<_>>(), [Id::from(4)]);
}

#[test]
fn names_that_a_peer_makes_up_keep_out_no_platform_of_the_registry() {
    let net = Net::new();
    let (a, url, plain) = world(&net);
    let key = token("A", "Evil");
    let users: Vec<Value> = (0..12_000).map(|n| json!({format!("made up {n}"): [1]})).collect();
    let room = json!({"id": 1, "name": "Multitud", "type": "public", "users": users, "platform": "Evil"});
    assert_eq!(signed(&url, "room", "Evil", &key, &id(), now(), &room.to_string()).status, 403);
    let new = Plain::start("Q");
    net.registry("A", &[("Evil", "http://127.0.0.1:9/"), ("P", &plain.url()), ("Q", &new.url())]);
    eventually("the new one is known", || a.knows(&["Q"]));
    a.node.publish_user(2, "Berta").expect("a user");
    eventually("and is told", || new.took("user").iter().any(|post| post.body["name"] == "Berta"));
}

/// Shows promise 7.
#[test]
fn what_is_unsigned_stale_or_altered_is_refused() {
    let net = Net::new();
    let (a, url, _plain) = world(&net);
    let key = token("A", "Evil");
    let body = message("Evil", 1, 1, "hello").to_string();
    let status = |key: &str, signer: &str, at: i64| signed(&url, "message", signer, key, &id(), at, &body).status;
    assert_eq!(status("another key", "Evil", now()), 401);
    assert_eq!(status(&key, "Evil", now() - 400), 401, "recorded and played back");
    assert_eq!(status(&key, "Evil", now() + 400), 401);
    let unsigned = http::request("POST", &url, "message", &[("webhook-id", &id())], &body).expect("an answer");
    assert_eq!(unsigned.status, 401);
    // Another's token makes it that other, whatever name it gives.
    assert_eq!(status(&token("A", "B"), "Evil", now()), 403, "signed by B, who may not speak for Evil");
    assert!(a.texts().is_empty());
    assert_eq!(status(&key, "a wrong name", now()), 200, "the name only spares trying the tokens");
    eventually("that one arrives", || a.texts() == ["hello"]);
}

/// Shows promises 3 and 7.
#[test]
fn a_peer_cannot_use_up_the_ids_of_another_and_its_own_count_once() {
    let net = Net::new();
    let (a, url, plain) = world(&net);
    let same = id();
    let send = |signer: &str, text: &str| {
        let body = message(signer, 1, 1, text).to_string();
        signed(&url, "message", signer, &token("A", signer), &same, now(), &body)
    };
    assert_eq!(send("Evil", "mine").status, 200);
    let again = send("Evil", "mine");
    assert_eq!((again.status, again.body["message"].as_str()), (200, Some("duplicate")));
    assert_eq!(send("B", "from B, under an id that Evil has used").status, 200);
    eventually("both arrive, once", || a.texts().len() == 2 && plain.texts().len() == 2);
    assert_eq!(a.texts()[1], "from B, under an id that Evil has used");
}

/// Shows promise 7.
#[test]
fn the_token_of_a_node_is_no_plain_platforms_in_the_body_or_as_bearer() {
    let net = Net::new();
    let (pa, pb) = (free_port(), free_port());
    let url = format!("http://127.0.0.1:{pa}/");
    net.registry("A", &[("B", &format!("http://127.0.0.1:{pb}/"))]);
    net.registry("B", &[("A", &url)]);
    let (a, b) = (App::open(net.config("A", pa)), App::open(net.config("B", pb)));
    a.node.publish_room(1, "Plaza", RoomKind::Public, Vec::new()).expect("a room");
    eventually("they know each other", || b.node.room(ext("A:1")).expect("it is open").is_some());
    let key = token("A", "B");
    let bearer = format!("Bearer {key}");
    for path in ["user", "room", "message"] {
        let mut body = match path {
            "message" => message("B", 1, 1, "unsigned"),
            "room" => json!({"id": 1, "name": "Otra", "type": "public", "users": []}),
            _ => json!({"id": 1, "name": "Bruno"}),
        };
        let as_bearer = http::post(&url, path, &[("Authorization", &bearer)], &body).expect("an answer");
        body["token"] = key.as_str().into();
        let in_body = http::post(&url, path, &[], &body).expect("an answer");
        for answer in [as_bearer, in_body] {
            assert_eq!(answer.status, 403, "{path}: {answer:?}");
            let said = answer.body["message"].as_str().unwrap_or_default();
            assert!(said.contains("signs") && said.contains("webhook-signature") && !said.contains(&key), "{said}");
        }
    }
    assert!(a.node.users(Some("B")).expect("it is open").is_empty() && a.texts().is_empty());
}
