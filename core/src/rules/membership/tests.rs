//! Joining, introductions, tokens and removal, by real nodes on a network in memory.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use serde_json::{Value, json};

use super::leaving;
use crate::commit::job::Job;
use crate::store::{InviteRow, Standing, Way};
use crate::testing::{Mesh, Stage, entry, ext};
use crate::transport::scripted::{Reply, Scripted};
use crate::util::event_id::unique;
use crate::util::pair::Pair;
use crate::util::secret::Secret;
use crate::wire::invite::InviteText;
use crate::wire::signature::{self, ID_HEADER, NODE_HEADER, SIGNATURE_HEADER, TIMESTAMP_HEADER};
use crate::{Config, DeadLetterFilter, ErrorKind, EventBody, Introductions, NewMessage, Node, PlatformState, RoomKind};

const NAMES: [&str; 4] = ["A", "B", "C", "N"];
const DAY_MS: i64 = 24 * 3_600_000;

/// Where others reach a node of [`NAMES`].
fn url(name: &str) -> String {
    let index = NAMES.iter().position(|known| *known == name).unwrap();
    format!("http://platform-{index}/")
}

/// A, B and C, which know each other, and N, which knows nobody.
async fn mesh(configure: impl Fn(&mut Config)) -> Mesh {
    let mesh = Mesh::with_strangers(NAMES, &["N"], configure).await.unwrap();
    mesh.settle().await.unwrap();
    mesh
}

async fn invite(mesh: &Mesh, by: &str) -> String {
    mesh.node(by).unwrap().invite(Some(&url(by))).await.unwrap().text().to_owned()
}

/// N joins by an invite of A.
async fn joined(configure: impl Fn(&mut Config)) -> Mesh {
    let mesh = mesh(configure).await;
    let invite = invite(&mesh, "A").await;
    mesh.node("N").unwrap().join(&invite, Some(&url("N"))).await.unwrap();
    mesh.settle().await.unwrap();
    mesh
}

/// Forgets what is past its time by a clock that is ahead by this much.
async fn pass(node: &Node, ms: i64) {
    let sweep = move |job: &mut Job<'_>| {
        (job.age, job.now) = (job.age + ms, job.now + ms);
        leaving::sweep(job)
    };
    node.shared().writer.run(sweep).await.unwrap();
}

fn names(node: &Node) -> Vec<String> {
    let mut names: Vec<String> = node.platforms().into_iter().map(|platform| platform.name.to_string()).collect();
    names.sort();
    names
}

/// How `node` reaches a platform that joined.
fn way(mesh: &Mesh, node: &str, of: &str) -> Option<Way> {
    let node = mesh.node(node).unwrap();
    let directory = node.shared().directory.read();
    directory.resolve(of).and_then(|num| directory.way(num)).cloned()
}

/// Posts to a node, signed with this token in this name; the status and the body of the answer.
async fn post(node: &Node, from: &str, token: &str, path: &str, body: &Value) -> (u16, Value) {
    let (id, body) = (unique().to_string(), Bytes::from(body.to_string()));
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let key = Secret::new(token).unwrap();
    let request = http::Request::post(format!("/{path}"))
        .header("content-type", "application/json")
        .header(ID_HEADER, &id)
        .header(TIMESTAMP_HEADER, now.to_string())
        .header(SIGNATURE_HEADER, signature::sign(&[&key], &id, now as i64, &body))
        .header(NODE_HEADER, from);
    let answer = node.handle(request.body(body).unwrap()).await;
    (answer.status().as_u16(), serde_json::from_slice(answer.body()).unwrap_or_default())
}

/// Posts a `join` by hand.
async fn ask(inviter: &Node, invite: &str, name: &str, endpoint: &str) -> (u16, Value) {
    let InviteText { id, secret, .. } = InviteText::decode(invite).unwrap();
    post(inviter, name, secret.as_str(), "join", &json!({"invite": id, "name": name, "endpoint": endpoint})).await
}

async fn texts(node: &Node) -> Vec<String> {
    let mut texts = Vec::new();
    loop {
        let events = node.next_events(100, Duration::ZERO).await.unwrap();
        if events.is_empty() {
            return texts;
        }
        for event in events {
            if let EventBody::Message(message) = &event.body {
                texts.push(message.text.clone());
            }
            node.ack(&[event.id]).await.unwrap();
        }
    }
}

#[tokio::test]
async fn a_newcomer_knows_everybody_and_everybody_the_newcomer_with_users_and_public_rooms() {
    let mesh = mesh(|_| {}).await;
    let (a, b, c, n) =
        (mesh.node("A").unwrap(), mesh.node("B").unwrap(), mesh.node("C").unwrap(), mesh.node("N").unwrap());
    b.publish_user(2, "Bruno").await.unwrap();
    b.publish_room(7, "Plaza", RoomKind::Public, vec![]).await.unwrap();
    n.publish_user(9, "Nora").await.unwrap();
    n.publish_room(1, "Norte", RoomKind::Public, vec![]).await.unwrap();
    mesh.settle().await.unwrap();
    let invite = invite(&mesh, "A").await;
    let joined = n.join(&invite, Some(&url("N"))).await.unwrap();
    assert_eq!((&*joined.inviter, joined.platforms), ("A", vec!["B".to_owned(), "C".to_owned()]));
    mesh.settle().await.unwrap();
    for name in NAMES {
        let node = mesh.node(name).unwrap();
        assert_eq!(names(&node), NAMES, "{name}");
        let users: Vec<_> = node.users(None).unwrap().into_iter().map(|user| user.name).collect();
        assert!(users.contains(&"Bruno".to_owned()) && users.contains(&"Nora".to_owned()), "{name}: {users:?}");
        assert!(node.room(ext("B:7")).unwrap().is_some() && node.room(ext("N:1")).unwrap().is_some(), "{name}");
        assert!(node.status().await.unwrap().platforms.iter().all(|other| other.alarm.is_none()), "{name}");
    }
    n.publish_message(NewMessage::new(ext("B:7"), 9, "hola a todos")).await.unwrap();
    b.publish_message(NewMessage::new(ext("N:1"), 2, "hola, Nora")).await.unwrap();
    mesh.settle().await.unwrap();
    assert_eq!(texts(&n).await, ["hola, Nora"]);
    assert_eq!(texts(&b).await, ["hola a todos"]);
    for node in [&a, &c] {
        let mut heard = texts(node).await;
        heard.sort();
        assert_eq!(heard, ["hola a todos", "hola, Nora"]);
    }
}

#[tokio::test]
async fn the_inviter_can_speak_for_neither_side_afterwards() {
    let mesh = mesh(|_| {}).await;
    let (a, b, n) = (mesh.node("A").unwrap(), mesh.node("B").unwrap(), mesh.node("N").unwrap());
    let invite = invite(&mesh, "A").await;
    // What the inviter knows is what it answers.
    let (status, answer) = ask(&a, &invite, "N", &url("N")).await;
    assert_eq!(status, 200, "{answer}");
    let of_b = answer["platforms"].as_array().unwrap().iter().find(|member| member["name"] == "B").unwrap();
    let (for_a, for_b) = (answer["token"].as_str().unwrap(), of_b["token"].as_str().unwrap());
    n.join(&invite, Some(&url("N"))).await.unwrap();
    mesh.settle().await.unwrap();
    let user = |platform: &str| json!({"id": 1, "name": "Impostor", "platform": platform});
    assert_eq!(post(&b, "N", for_b, "user", &user("N")).await.0, 401, "for the newcomer, to a peer");
    assert_eq!(post(&n, "B", for_b, "user", &user("B")).await.0, 401, "for a peer, to the newcomer");
    assert_eq!(post(&n, "A", for_a, "user", &user("A")).await.0, 401, "not even for itself by what was answered");
    let own = way(&mesh, "A", "N").unwrap().pair.token;
    assert_eq!(post(&n, "A", own.as_str(), "user", &user("A")).await.0, 200, "for itself");
    assert_eq!(post(&n, "A", own.as_str(), "user", &user("B")).await.0, 403, "for a peer by its own token");
    for (one, other) in [("N", "A"), ("N", "B"), ("N", "C")] {
        let (here, there) = (way(&mesh, one, other), way(&mesh, other, one));
        let pairs: Vec<_> = here.into_iter().chain(there).map(|way| way.pair).collect();
        assert_eq!(pairs.len(), 2);
        assert_eq!(pairs[0].token, pairs[1].token, "{one} and {other}");
        // A former one may be good for a day if one of the two made it.
        let of_theirs = |pair: &Pair| pair.former.iter().all(|former| former.event.is_some());
        assert!(pairs.iter().all(|pair| !pair.borrowed && !pair.pending && of_theirs(pair)), "{pairs:?}");
    }
    let (status, _) = ask(&a, &invite, "N", &url("N")).await;
    assert_eq!(status, 401, "what was answered has arrived, and is not told again");
}

#[tokio::test]
async fn a_peer_that_was_down_meanwhile_learns_of_the_newcomer_when_it_is_back() {
    let mesh = mesh(|_| {}).await;
    mesh.crash("B").await.unwrap();
    let invite = invite(&mesh, "A").await;
    let n = mesh.node("N").unwrap();
    n.publish_room(1, "Norte", RoomKind::Public, vec![]).await.unwrap();
    n.join(&invite, Some(&url("N"))).await.unwrap();
    mesh.settle().await.unwrap();
    mesh.advance(Duration::from_secs(600)).await.unwrap();
    let b = mesh.reopen("B").await.unwrap();
    mesh.settle().await.unwrap();
    assert_eq!(names(&b), NAMES);
    assert!(b.room(ext("N:1")).unwrap().is_some());
    assert_eq!(way(&mesh, "B", "N").unwrap().pair.token, way(&mesh, "N", "B").unwrap().pair.token);
    n.publish_message(NewMessage::new(1, 9, "ya estás")).await.unwrap();
    mesh.settle().await.unwrap();
    assert_eq!(texts(&b).await, ["ya estás"]);
    assert!(b.status().await.unwrap().platforms.iter().all(|other| other.alarm.is_none()));
}

#[tokio::test]
async fn an_answer_that_was_lost_is_given_again_to_the_same_newcomer_and_to_nobody_else() {
    let mesh = mesh(|_| {}).await;
    let a = mesh.node("A").unwrap();
    let line = invite(&mesh, "A").await;
    let (_, first) = ask(&a, &line, "N", &url("N")).await;
    mesh.crash("A").await.unwrap();
    let a = mesh.reopen("A").await.unwrap();
    let (status, again) = ask(&a, &line, " n ", &url("N")).await;
    assert_eq!((status, &again), (200, &first));
    for (name, endpoint) in [("N", "http://elsewhere/"), ("M", &*url("N"))] {
        assert_eq!(ask(&a, &line, name, endpoint).await.0, 401, "{name} {endpoint}");
    }
    mesh.node("N").unwrap().join(&line, Some(&url("N"))).await.unwrap();
    mesh.settle().await.unwrap();
    assert_eq!(names(&mesh.node("C").unwrap()), NAMES);
}

#[tokio::test]
async fn an_invite_is_good_once_for_a_day_until_it_is_revoked_and_a_join_that_is_refused_does_not_use_it_up() {
    let mesh = mesh(|_| {}).await;
    let a = mesh.node("A").unwrap();
    let line = invite(&mesh, "A").await;
    for (name, endpoint, status, word) in [
        ("B", "http://x/", 409, "taken"),
        ("b", "http://x/", 409, "taken"),
        ("A", "http://x/", 409, "taken"),
        ("\u{410}", "http://x/", 409, "taken for"),
        ("a:b", "http://x/", 400, "name"),
        ("X", "nowhere", 400, "endpoint"),
        ("X", "http://169.254.169.254/latest/", 400, "endpoint"),
    ] {
        let (got, answer) = ask(&a, &line, name, endpoint).await;
        assert!(
            got == status && answer["message"].as_str().unwrap().contains(word),
            "{name} {endpoint}: {got} {answer}"
        );
    }
    assert_eq!(ask(&a, &line, "X", "http://x/").await.0, 200);
    let listed = a.invites().await.unwrap();
    assert_eq!((listed.len(), listed[0].used_by.as_deref()), (1, Some("X")));

    let revoked = a.invite(Some(&url("A"))).await.unwrap();
    a.revoke_invite(&revoked.id).await.unwrap();
    assert_eq!(a.revoke_invite(&revoked.id).await.unwrap_err().kind(), ErrorKind::Invalid);
    assert_eq!(ask(&a, revoked.text(), "Y", "http://y/").await.0, 401);
    let late = invite(&mesh, "A").await;
    let mut forged = InviteText::decode(&late).unwrap();
    forged.secret = Secret::new("guessed").unwrap();
    assert_eq!(ask(&a, &forged.encode(), "Y", "http://y/").await.0, 401);
    let id = InviteText::decode(&late).unwrap().id;
    let expires = move |job: &mut Job<'_>| {
        let row = job.tx.invite(&id)?.unwrap();
        job.tx.delete_invite(&id)?;
        job.tx.put_invite(&InviteRow { expires: job.now, ..row })
    };
    a.shared().writer.run(expires).await.unwrap();
    assert_eq!(ask(&a, &late, "Y", "http://y/").await.0, 401);
    pass(&a, DAY_MS).await;
    assert!(a.shared().store.invites().unwrap().is_empty(), "they are forgotten with all that they hold");
}

#[tokio::test]
async fn who_asks_first_is_let_in_when_that_is_accepted_and_who_takes_no_introductions_says_so() {
    let mesh = mesh(|config| match &*config.platform {
        "B" => config.introductions = Introductions::Ask,
        "C" => config.introductions = Introductions::Off,
        _ => {}
    })
    .await;
    let (a, b, c, n) =
        (mesh.node("A").unwrap(), mesh.node("B").unwrap(), mesh.node("C").unwrap(), mesh.node("N").unwrap());
    let line = invite(&mesh, "A").await;
    n.join(&line, Some(&url("N"))).await.unwrap();
    mesh.advance(Duration::from_secs(5)).await.unwrap();
    assert_eq!(
        (names(&b), names(&c)),
        (vec!["A".into(), "B".into(), "C".into()], vec!["A".into(), "B".into(), "C".into()])
    );
    let asks = b.status().await.unwrap().introductions;
    assert_eq!((asks.len(), &*asks[0].name, &*asks[0].by, &*asks[0].endpoint), (1, "N", "A", &*url("N")));
    let dead = a.dead_letters(&DeadLetterFilter::All).await.unwrap();
    assert!(dead.len() == 1 && &*dead[0].platform == "C" && dead[0].why.contains("introductions"), "{dead:?}");
    assert!(
        dead[0].body.contains("\"…\"") && !dead[0].body.contains(way(&mesh, "N", "C").unwrap().pair.token.as_str())
    );

    assert_eq!(b.accept_introduction("M").await.unwrap_err().kind(), ErrorKind::UnknownPlatform);
    b.refuse_introduction("N").await.unwrap();
    assert!(b.status().await.unwrap().introductions.is_empty());
    a.introduce("N", "B").await.unwrap();
    mesh.advance(Duration::from_secs(5)).await.unwrap();
    b.accept_introduction("n").await.unwrap();
    assert_eq!(names(&b), NAMES);
}

#[tokio::test]
async fn a_token_is_replaced_while_the_other_side_is_down_and_what_the_file_names_is_changed_only_there() {
    let mesh = joined(|_| {}).await;
    let (a, n) = (mesh.node("A").unwrap(), mesh.node("N").unwrap());
    let before = way(&mesh, "A", "N").unwrap().pair.token;
    mesh.down("N").unwrap();
    assert_eq!(a.rotate_token("N").await.unwrap(), None);
    assert_eq!(a.rotate_token("N").await.unwrap_err().kind(), ErrorKind::Conflict, "one at a time");
    mesh.advance(Duration::from_secs(600)).await.unwrap();
    // However long it is down, the former one is good until it has heard of the new one.
    pass(&a, 3 * DAY_MS).await;
    mesh.up("N").unwrap();
    mesh.settle().await.unwrap();
    let (here, there) = (way(&mesh, "A", "N").unwrap().pair, way(&mesh, "N", "A").unwrap().pair);
    assert!(here.token == there.token && here.token != before && !here.pending);
    let user = json!({"id": 1, "name": "Ana", "platform": "A"});
    assert_eq!(post(&n, "A", before.as_str(), "user", &user).await.0, 200, "for a day both are good");
    pass(&n, DAY_MS).await;
    assert_eq!(post(&n, "A", before.as_str(), "user", &user).await.0, 401);
    assert_eq!(post(&n, "A", here.token.as_str(), "user", &user).await.0, 200);
    for error in [a.rotate_token("B").await.unwrap_err(), a.remove_platform("B").await.unwrap_err()] {
        assert!(error.kind() == ErrorKind::Conflict && error.to_string().contains("registry file"), "{error}");
    }
}

#[tokio::test]
async fn nothing_is_accepted_of_who_was_removed_and_what_waits_for_it_becomes_dead_letters() {
    let mesh = joined(|_| {}).await;
    let (a, b) = (mesh.node("A").unwrap(), mesh.node("B").unwrap());
    let token = way(&mesh, "A", "N").unwrap().pair.token;
    a.publish_room(1, "Plaza", RoomKind::Public, vec![]).await.unwrap();
    mesh.settle().await.unwrap();
    mesh.down("N").unwrap();
    a.publish_message(NewMessage::new(1, 1, "nadie lo lee")).await.unwrap();
    a.remove_platform("N").await.unwrap();
    assert_eq!(a.remove_platform("N").await.unwrap_err().kind(), ErrorKind::UnknownPlatform);
    mesh.settle().await.unwrap();
    let dead = a.dead_letters(&DeadLetterFilter::All).await.unwrap();
    let messages: Vec<_> = dead.iter().filter(|letter| letter.body.contains("nadie lo lee")).collect();
    assert!(messages.len() == 1 && messages[0].why.contains("removed"), "{dead:?}");
    let user = json!({"id": 1, "name": "Nora", "platform": "N"});
    assert_eq!(post(&a, "N", token.as_str(), "user", &user).await.0, 401);
    for node in [&a, &b] {
        assert_eq!(names(node), ["A", "B", "C"], "who introduced it takes that back");
        let directory = node.shared().directory.read();
        let num = directory.resolve("N").unwrap();
        assert_eq!(directory.joined(num).unwrap().standing, Standing::Removed);
    }
    let changes = a.next_events(100, Duration::ZERO).await.unwrap();
    let change = |state| {
        changes.iter().any(|e| matches!(&e.body, EventBody::Platform(p) if &*p.platform == "N" && p.change == state))
    };
    assert!(change(PlatformState::Joined) && change(PlatformState::Removed), "{changes:?}");

    // It may come back, with a store of its own or a new one.
    mesh.up("N").unwrap();
    let n = mesh.node("N").unwrap();
    for name in ["A", "B", "C"] {
        n.remove_platform(name).await.unwrap();
    }
    assert_eq!(names(&n), ["N"]);
    let line = invite(&mesh, "A").await;
    n.join(&line, Some(&url("N"))).await.unwrap();
    mesh.settle().await.unwrap();
    assert_eq!(names(&b), NAMES);
}

#[tokio::test]
async fn who_is_removed_is_told_and_sends_nothing_more() {
    let mesh = joined(|_| {}).await;
    let (a, n) = (mesh.node("A").unwrap(), mesh.node("N").unwrap());
    a.remove_platform("N").await.unwrap();
    mesh.advance(Duration::from_secs(5)).await.unwrap();
    assert!(way(&mesh, "N", "A").is_none() && way(&mesh, "N", "B").is_some());
    assert!(n.status().await.unwrap().platforms.iter().all(|other| other.alarm.is_none() && &*other.name != "A"));
}

#[tokio::test]
async fn what_the_file_names_wins_over_who_joined_under_that_name() {
    let stage = Stage::open("A", json!([]), Scripted::new(|_| Reply::unreachable())).await;
    let token = stage.node.add_platform("Legacy", "http://legacy/").await.unwrap();
    let holder = |token: &str| {
        let directory = stage.node.shared().directory.read();
        directory.by_token(&Secret::new(token).unwrap())
    };
    assert!(holder(token.reveal()).is_some());
    stage.registry(json!([entry("Legacy")])).await;
    assert!(holder(token.reveal()).is_none());
    assert!(holder("the-token-of-Legacy").is_some());
    assert_eq!(stage.node.rotate_token("Legacy").await.unwrap_err().kind(), ErrorKind::Conflict);
    stage.registry(json!([])).await;
    assert!(holder(token.reveal()).is_none(), "one that has vanished from the file is suspended");
    stage.node.close().await.unwrap();
}

#[tokio::test]
async fn a_plain_platform_that_was_added_posts_with_its_token_and_for_a_day_with_the_one_before() {
    let stage = Stage::open(
        "A",
        json!([]),
        Scripted::new(|request| match request.path {
            "users" => Reply::json(200, "[]"),
            "ping" => Reply::status(404),
            _ => Reply::status(200),
        }),
    )
    .await;
    let token = stage.node.add_platform("Legacy", "http://legacy/api").await.unwrap();
    assert!(!format!("{token:?}").contains(token.reveal()));
    assert_eq!(stage.node.add_platform("legacy", "http://x/").await.unwrap_err().kind(), ErrorKind::Conflict);
    stage.eventually("it is plain", async |stage| stage.kind("Legacy").await == "plain").await;
    let post = async |token: &str| {
        let body = json!({"id": 4, "name": "Olga", "token": token}).to_string();
        stage.node.handle(http::Request::post("/user").body(body.into()).unwrap()).await.status().as_u16()
    };
    assert_eq!(post(token.reveal()).await, 200);
    let new = stage.node.rotate_token("Legacy").await.unwrap().unwrap();
    assert_eq!((post(token.reveal()).await, post(new.reveal()).await), (200, 200));
    stage.node.publish_user(1, "Ana").await.unwrap();
    let sent = stage.transport.wait_until(|all| all.iter().rev().find(|r| r.path == "user").cloned()).await;
    assert_eq!(sent.token.unwrap().as_str(), new.reveal());
    assert_eq!(sent.beside.unwrap().as_str(), token.reveal());
    stage.node.remove_platform("Legacy").await.unwrap();
    assert_eq!((post(token.reveal()).await, post(new.reveal()).await), (401, 401));
    stage.node.close().await.unwrap();
}

#[tokio::test]
async fn a_command_line_has_the_node_do_it_that_runs_on_the_store() {
    let stage = Stage::open("A", json!([entry("B")]), Scripted::new(|_| Reply::unreachable())).await;
    let admin = stage.admin().await;
    let line = admin.invite(Some("http://127.0.0.1:5000/")).await.unwrap();
    assert_eq!(InviteText::decode(line.text()).unwrap().url.as_str(), "http://127.0.0.1:5000/");
    assert_eq!(admin.invites().await.unwrap().len(), 1);
    let token = admin.add_platform("Legacy", "http://legacy/").await.unwrap();
    let held = stage.node.shared().directory.read().by_token(&Secret::new(token.reveal()).unwrap());
    assert!(held.is_some());
    let error = admin.remove_platform("B").await.unwrap_err();
    assert!(error.kind() == ErrorKind::Conflict && error.to_string().contains("registry file"), "{error}");
    let error = admin.join("hunter2", Some("http://a/")).await.unwrap_err();
    assert!(error.kind() == ErrorKind::Invalid && !error.to_string().contains("hunter2"), "{error}");
    admin.close().await.unwrap();
    stage.node.close().await.unwrap();
}
