//! What `check` finds in a network of real nodes: each thing that can be wrong, and nothing where all is right.

#![allow(clippy::unwrap_used)]
#![cfg(feature = "axum")]

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use integrador::{Config, Finding, Node};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

#[path = "../../tests/src/ports.rs"]
#[allow(unreachable_pub, reason = "it belongs to a library")]
mod ports;

use ports::free_port;

const PATIENCE: Duration = Duration::from_secs(30);

/// Nodes by name, each with a port.
struct World {
    folder: tempfile::TempDir,
    ports: Vec<(&'static str, u16)>,
}

impl World {
    fn new(names: &[&'static str]) -> World {
        let ports = names.iter().map(|name| (*name, free_port())).collect();
        World { folder: tempfile::tempdir().unwrap(), ports }
    }

    fn port(&self, name: &str) -> u16 {
        self.ports.iter().find(|(own, _)| *own == name).unwrap().1
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(format!("{name}.json"))
    }

    /// What an entry for `name` says in the file of `own`.
    fn entry(&self, own: &str, name: &str) -> Value {
        let mut pair = [own, name];
        pair.sort_unstable();
        let endpoint = format!("http://127.0.0.1:{}/", self.port(name));
        json!({"id": name, "name": name, "endpoint": endpoint, "token": format!("the-token-of-{}", pair.join("-and-"))})
    }

    fn write(&self, own: &str, entries: &[Value]) {
        std::fs::write(self.file(own), json!(entries).to_string()).unwrap();
    }

    /// The file of `own` with these entries as they should be.
    fn knows(&self, own: &str, names: &[&str]) {
        self.write(own, &names.iter().map(|name| self.entry(own, name)).collect::<Vec<_>>());
    }

    async fn open(&self, name: &str) -> Node {
        self.open_as(name, name).await
    }

    /// The node at the port and with the file of `name`, which calls itself `called`.
    async fn open_as(&self, name: &str, called: &str) -> Node {
        let store = self.folder.path().join(format!("{name}.db"));
        let mut config = Config::new(called, store).platforms(self.file(name));
        config.ping_interval = Duration::from_secs(1);
        Node::open(config.listen(format!("127.0.0.1:{}", self.port(name)))).await.unwrap()
    }
}

/// What is found, in short: platform, kind, the other name.
fn short(findings: &[Finding]) -> BTreeSet<String> {
    let short = |finding: &Finding| {
        let (platform, other) = (finding.platform.as_deref(), finding.other.as_deref());
        format!("{} {} {}", platform.unwrap_or("-"), finding.kind, other.unwrap_or("-"))
    };
    findings.iter().map(short).collect()
}

/// Checks until this is what is found: who is a node is learned by and by.
async fn finds(node: &Node, expected: &[&str]) -> Vec<Finding> {
    let expected: BTreeSet<String> = expected.iter().map(|finding| (*finding).to_owned()).collect();
    let end = Instant::now() + PATIENCE;
    loop {
        let findings = node.check().await.unwrap();
        if short(&findings) == expected {
            return findings;
        }
        assert!(Instant::now() < end, "expected {expected:?}, found {findings:#?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Answers every request the same.
async fn answering(status: &'static str) -> u16 {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut read = [0; 4096];
            let _ = stream.read(&mut read).await;
            let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    port
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_found_where_all_know_each_other() {
    let world = World::new(&["A", "B", "C"]);
    world.knows("A", &["B", "C"]);
    world.knows("B", &["A", "C"]);
    world.knows("C", &["A", "B"]);
    let nodes = [world.open("A").await, world.open("B").await, world.open("C").await];
    for node in &nodes {
        finds(node, &[]).await;
    }
    for node in nodes {
        node.close().await.unwrap();
        node.check().await.unwrap_err();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_answer_refuses_us_or_is_somebody_else_is_found_with_what_to_do() {
    let world = World::new(&["A", "Gone", "Strict", "Renamed"]);
    let odd = answering("404 Not Found").await;
    let (mut itself, mut elsewhere) = (world.entry("A", "Gone"), world.entry("A", "Gone"));
    (itself["name"], itself["endpoint"]) = (json!("Mirror"), json!(format!("http://127.0.0.1:{}/", world.port("A"))));
    (elsewhere["name"], elsewhere["endpoint"]) = (json!("Elsewhere"), json!(format!("http://127.0.0.1:{odd}/")));
    (itself["token"], elsewhere["token"]) = (json!("the-token-of-a-mirror"), json!("the-token-of-elsewhere"));
    let stranded = json!({"id": 9, "name": "Stranded", "via": "Asleep"});
    let asleep = json!({"id": 8, "name": "Asleep", "endpoint": "http://127.0.0.1:9/", "enabled": false,
                        "token": "the-token-of-one-asleep"});
    let entries = ["Gone", "Strict", "Renamed"].map(|name| world.entry("A", name));
    world.write("A", &[&entries[..], &[itself, elsewhere, stranded, asleep]].concat());
    let mut other_token = world.entry("Strict", "A");
    other_token["token"] = json!("a-token-of-an-earlier-time");
    world.write("Strict", &[other_token]);
    world.knows("Renamed", &["A"]);
    let (strict, renamed) = (world.open("Strict").await, world.open_as("Renamed", "Otherwise").await);
    let a = world.open("A").await;
    let findings = finds(
        &a,
        &[
            "Gone unreachable -",
            "Strict refused -",
            "Renamed other_name Otherwise",
            "Mirror itself -",
            "Elsewhere odd -",
            "Stranded registry Asleep",
        ],
    )
    .await;
    for finding in &findings {
        let text = format!("{} {}", finding.what, finding.to_do);
        assert!(!finding.what.is_empty() && !finding.to_do.is_empty() && !text.contains("the-token-of"), "{finding:?}");
    }
    for node in [a, strict, renamed] {
        node.close().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_not_known_to_whom_is_found_from_either_side() {
    let world = World::new(&["A", "B", "C"]);
    world.knows("A", &["B"]);
    world.knows("B", &["A", "C"]);
    world.knows("C", &["B"]);
    let nodes = [world.open("A").await, world.open("B").await, world.open("C").await];
    finds(&nodes[0], &["B not_known_here C"]).await;
    finds(&nodes[1], &["A not_known_there C", "C not_known_there A"]).await;
    // Once both have an entry for the other, all is well.
    world.knows("A", &["B", "C"]);
    world.knows("C", &["A", "B"]);
    for node in &nodes {
        finds(node, &[]).await;
    }
    for node in nodes {
        node.close().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_calls_this_node_otherwise_is_found() {
    let world = World::new(&["A", "B"]);
    world.knows("A", &["B"]);
    let mut entry = world.entry("B", "A");
    entry["name"] = json!("Somebody");
    world.write("B", &[entry]);
    let nodes = [world.open("A").await, world.open("B").await];
    finds(&nodes[0], &["B not_known_here Somebody", "B not_known_there A"]).await;
    finds(&nodes[1], &["Somebody other_name A"]).await;
    for node in nodes {
        node.close().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_registry_file_is_looked_at_as_it_is_now() {
    let world = World::new(&["A", "B"]);
    world.knows("A", &["B"]);
    world.knows("B", &["A"]);
    let nodes = [world.open("A").await, world.open("B").await];
    finds(&nodes[0], &[]).await;
    let mut unknown_field = world.entry("A", "B");
    unknown_field["colour"] = json!("red");
    world.write("A", &[unknown_field]);
    let findings = finds(&nodes[0], &["B registry -"]).await;
    assert!(findings[0].what.contains("colour"), "{findings:?}");
    std::fs::write(world.file("A"), "[{").unwrap();
    let findings = finds(&nodes[0], &["- registry -"]).await;
    assert!(findings[0].what.contains("line 1") && findings[0].to_do.contains("stays in force"), "{findings:?}");
    for node in nodes {
        node.close().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_that_take_one_plain_platform_for_theirs_are_found_with_the_cure() {
    let world = World::new(&["A", "B"]);
    let port = answering("200 OK").await;
    let go_chat = |token: &str| json!({"id": 7, "name": "GoChat", "endpoint": format!("http://127.0.0.1:{port}/"), "token": token});
    world.write("A", &[world.entry("A", "B"), go_chat("the-token-of-gochat-at-a")]);
    world.write("B", &[world.entry("B", "A"), go_chat("the-token-of-gochat-at-b")]);
    let nodes = [world.open("A").await, world.open("B").await];
    let findings = finds(&nodes[0], &["B hosted_twice GoChat"]).await;
    assert!(findings[0].to_do.contains("`via`"), "{findings:?}");
    finds(&nodes[1], &["A hosted_twice GoChat"]).await;
    // Without being asked for it is in the status, too.
    shown_in_the_status(&nodes[0], "B", "hosted_twice").await;

    world.write("B", &[world.entry("B", "A"), json!({"id": 7, "name": "GoChat", "via": "A"})]);
    for node in &nodes {
        finds(node, &[]).await;
    }
    for node in nodes {
        node.close().await.unwrap();
    }
}

/// Waits until the status of this platform has a finding of this kind.
async fn shown_in_the_status(node: &Node, name: &str, kind: &str) {
    let end = Instant::now() + PATIENCE;
    loop {
        let status = node.status().await.unwrap();
        let platform = status.platforms.iter().find(|platform| &*platform.name == name).unwrap();
        if platform.findings.iter().any(|finding| finding.kind.as_str() == kind) {
            return;
        }
        assert!(Instant::now() < end, "no {kind} in {status:#?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_was_added_to_one_file_only_shows_in_the_status_of_the_others() {
    let world = World::new(&["A", "B", "C"]);
    world.knows("A", &["B"]);
    world.knows("B", &["A", "C"]);
    world.knows("C", &["B"]);
    let nodes = [world.open("A").await, world.open("B").await, world.open("C").await];
    shown_in_the_status(&nodes[0], "B", "not_known_here").await;
    shown_in_the_status(&nodes[2], "B", "not_known_here").await;
    shown_in_the_status(&nodes[1], "A", "not_known_there").await;
    world.knows("A", &["B", "C"]);
    world.knows("C", &["A", "B"]);
    let end = Instant::now() + PATIENCE;
    for node in &nodes {
        while node.status().await.unwrap().platforms.iter().any(|platform| !platform.findings.is_empty()) {
            assert!(Instant::now() < end, "{:#?}", node.status().await);
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
    for node in nodes {
        node.close().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn members_that_nobody_announced_and_a_private_room_without_any_are_found() {
    let world = World::new(&["A", "B"]);
    world.knows("A", &["B"]);
    world.knows("B", &["A"]);
    let nodes = [world.open("A").await, world.open("B").await];
    nodes[0].publish_user(1, "Ana").await.unwrap();
    let members = |ids: &[i64]| vec![("A".to_owned(), ids.iter().map(|id| (*id).into()).collect())];
    nodes[0].publish_room(7, "Plaza", integrador::RoomKind::Private, members(&[1, 99])).await.unwrap();
    nodes[0].publish_room(8, "Nadie", integrador::RoomKind::Private, vec![]).await.unwrap();
    let findings = finds(&nodes[0], &["A members -"]).await;
    let what: Vec<_> = findings.iter().map(|finding| finding.what.as_str()).collect();
    assert!(what.len() == 2 && what[0].contains("A:99") && what[1].contains("no members"), "{what:?}");
    nodes[0].publish_user(99, "Zoe").await.unwrap();
    nodes[0].publish_room(8, "Nadie", integrador::RoomKind::Private, members(&[1])).await.unwrap();
    finds(&nodes[0], &[]).await;
    for node in nodes {
        node.close().await.unwrap();
    }
}
