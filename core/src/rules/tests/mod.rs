//! What a node does when others come, go, move and change, with a network that is played.

mod names;
mod telling;
mod ways;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::registry::{Registry, Secret};
use crate::store::sqlite;
use crate::transport::scripted::{Reply, Scripted};
use crate::transport::{Request, Transport};
use crate::util::event_id::unique;
use crate::util::lock::MutexExt;
use crate::wire::signature;
use crate::{Config, Delivery, Id, NewMessage, Node, RoomKind, tasks};

const PATIENCE: Duration = Duration::from_secs(30);

/// How a platform of the played network answers.
#[derive(Clone)]
struct Played {
    /// None: plain.
    node: Option<PlayedNode>,
    /// What it answers to what is posted; None: nobody is there.
    posts: Option<u16>,
    /// What it answers when it is asked for users.
    users: u16,
}

#[derive(Clone)]
struct PlayedNode {
    name: String,
    store: Uuid,
    hosts: Vec<String>,
    standalone: bool,
}

fn plain() -> Played {
    Played { node: None, posts: Some(200), users: 200 }
}

/// A node with a store of its own.
fn node(name: &str) -> Played {
    let node = PlayedNode { name: name.into(), store: unique(), hosts: Vec::new(), standalone: false };
    Played { node: Some(node), ..plain() }
}

impl Played {
    fn down(mut self) -> Played {
        self.posts = None;
        self
    }

    fn hosting(mut self, hosts: &[&str]) -> Played {
        let node = self.node.as_mut().expect("a node");
        node.hosts = hosts.iter().map(|name| (*name).into()).collect();
        self
    }

    fn standalone(mut self) -> Played {
        self.node.as_mut().expect("a node").standalone = true;
        self
    }

    fn answer(&self, request: &Request) -> Reply {
        let Some(posts) = self.posts else { return Reply::unreachable() };
        match (request.path, &self.node) {
            ("ping", Some(node)) => {
                let body = json!({"status": 200, "platform": node.name, "integrador": {"version": 1, "batch": true,
                    "receipts": true, "hosts": node.hosts, "store": node.store, "standalone": node.standalone}});
                Reply::json(200, body.to_string())
            }
            ("ping", None) => Reply::status(if posts == 200 { 404 } else { posts }),
            ("users", _) => Reply::json(self.users, "[]"),
            ("platforms", _) => Reply::json(200, "[]"),
            ("batch", _) if posts == 200 => Reply::batch(request, 200),
            _ => Reply::status(posts),
        }
    }
}

type Network = Arc<Mutex<HashMap<String, Played>>>;

/// The node of the app `A`, and the network around it. The host of every platform's endpoint is its name in lower case.
struct World {
    node: Node,
    transport: Arc<Scripted>,
    network: Network,
    config: Config,
    _folder: tempfile::TempDir,
}

fn entry(name: &str) -> Value {
    let host = name.to_lowercase().replace('_', "-");
    json!({"id": name, "name": name, "endpoint": format!("http://{host}/"), "token": token(name)})
}

fn token(name: &str) -> String {
    format!("the-token-of-{name}")
}

fn via(name: &str, node: &str) -> Value {
    json!({"id": name, "name": name, "via": node})
}

fn members(list: &[(&str, &[i64])]) -> Vec<(String, Vec<Id>)> {
    list.iter().map(|(name, ids)| ((*name).into(), ids.iter().map(|id| Id::from(*id)).collect())).collect()
}

/// An event that was sent: its path or kind, its id, its body.
#[derive(Debug, Clone)]
struct Sent {
    kind: String,
    id: String,
    body: Value,
}

/// The events in a request.
fn events(request: &Request) -> Vec<Sent> {
    let body = request.body.clone().unwrap_or_default();
    let parsed = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).expect("JSON");
    if request.path != "batch" {
        return vec![Sent { kind: request.path.into(), id: request.id.clone(), body: parsed(&body) }];
    }
    let lines = body.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).map(parsed);
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    lines.map(|line| Sent { kind: text(&line["kind"]), id: text(&line["id"]), body: line["body"].clone() }).collect()
}

fn sent(requests: &[Request], host: &str, kind: &str) -> Vec<Sent> {
    let posts = requests.iter().filter(|r| r.body.is_some() && r.endpoint.host_str() == Some(host));
    posts.flat_map(events).filter(|event| event.kind == kind).collect()
}

impl World {
    async fn open(entries: Value, platforms: &[(&str, Played)]) -> World {
        World::open_as(|store| Config::new("A", store), entries, platforms).await
    }

    async fn open_as(config: impl FnOnce(PathBuf) -> Config, entries: Value, platforms: &[(&str, Played)]) -> World {
        let folder = tempfile::tempdir().unwrap();
        let network: Network = Network::default();
        network.hold().extend(platforms.iter().map(|(host, played)| ((*host).into(), played.clone())));
        let played = network.clone();
        let transport = Scripted::new(move |request| {
            let host = request.endpoint.host_str().unwrap_or_default();
            played.hold().get(host).map_or_else(Reply::unreachable, |played| played.answer(request))
        });
        let config = config(folder.path().join("node.db"));
        let node = start(&config, &entries, transport.clone()).await;
        World { node, transport, network, config, _folder: folder }
    }

    /// Closes the node and opens it again with these entries.
    async fn again(&mut self, entries: Value) {
        self.node.close().await.unwrap();
        self.node = start(&self.config, &entries, self.transport.clone()).await;
    }

    /// Puts other entries in force, as a change of the file does.
    async fn registry(&self, entries: Value) {
        let registry = registry(&self.config, &entries);
        tasks::install(self.node.shared(), Arc::new(registry)).await.unwrap();
    }

    /// Has a platform answer like this from now on.
    fn play(&self, host: &str, played: Played) {
        self.network.hold().insert(host.into(), played);
    }

    /// Posts a batch signed by this platform, as it would; the answer's status, and those of its lines.
    async fn batch(&self, from: &str, events: &[(&str, Value)]) -> (u16, Vec<u16>) {
        let lines: Vec<String> =
            events.iter().map(|(kind, body)| json!({"id": unique(), "kind": kind, "body": body}).to_string()).collect();
        let response = self.signed(from, "batch", lines.join("\n")).await;
        let lines = response.body().split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        let status = |line: &[u8]| serde_json::from_slice::<Value>(line).unwrap()["status"].as_u64().unwrap() as u16;
        let statuses = if response.status() == 200 { lines.map(status).collect() } else { Vec::new() };
        (response.status().as_u16(), statuses)
    }

    /// Posts events that a node tells, until it is known here that it is one.
    async fn told(&self, from: &str, events: &[(&str, Value)]) {
        let end = Instant::now() + PATIENCE;
        loop {
            let (status, lines) = self.batch(from, events).await;
            if status == 200 && lines.iter().all(|status| matches!(status, 200 | 202)) {
                return;
            }
            assert!(Instant::now() < end && lines.iter().all(|s| matches!(s, 200 | 202 | 503)), "{status} {lines:?}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// A node shows a sign of life, by its ping.
    async fn lives(&self, from: &str) {
        assert_eq!(self.signed(from, "ping", String::new()).await.status(), 200);
    }

    async fn signed(&self, from: &str, path: &str, body: String) -> http::Response<Bytes> {
        let id = unique().to_string();
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        let key = Secret::new(&token(from)).unwrap();
        let content = if path == "batch" { "application/x-ndjson" } else { "application/json" };
        let request = http::Request::post(format!("/{path}"))
            .header("content-type", content)
            .header("webhook-id", &id)
            .header("webhook-timestamp", now.to_string())
            .header("webhook-signature", signature::sign(&[&key], &id, now as i64, body.as_bytes()))
            .header("integrador-node", from)
            .body(Bytes::from(body))
            .unwrap();
        self.node.handle(request).await
    }

    /// Waits until this many events of a kind were sent to a host, and returns all that were.
    async fn sent(&self, host: &str, kind: &str, count: usize) -> Vec<Sent> {
        let wanted = |all: &[Request]| Some(sent(all, host, kind)).filter(|found| found.len() >= count);
        self.transport.wait_until(wanted).await
    }

    fn sent_now(&self, host: &str, kind: &str) -> Vec<Sent> {
        sent(&self.transport.requests(), host, kind)
    }

    async fn eventually(&self, what: &str, mut is_so: impl AsyncFnMut(&World) -> bool) {
        let end = Instant::now() + PATIENCE;
        while !is_so(self).await {
            assert!(Instant::now() < end, "it never came true that {what}; status: {:#?}", self.node.status().await);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    async fn waiting(&self, name: &str) -> u64 {
        let status = self.node.status().await.unwrap();
        status.platforms.iter().find(|platform| &*platform.name == name).map_or(0, |platform| platform.waiting)
    }

    async fn up(&self, name: &str) -> Option<bool> {
        let status = self.node.status().await.unwrap();
        status.platforms.iter().find(|platform| &*platform.name == name).and_then(|platform| platform.up)
    }

    async fn kind(&self, name: &str) -> &'static str {
        let status = self.node.status().await.unwrap();
        status.platforms.iter().find(|platform| &*platform.name == name).map_or("none", |platform| platform.kind)
    }

    async fn room(&self, id: i64, kind: RoomKind, of: &[(&str, &[i64])]) {
        self.node.publish_room(id, format!("Sala {id}"), kind, members(of)).await.unwrap();
    }

    async fn say(&self, room: i64, text: &str) -> Uuid {
        self.node.publish_message(NewMessage::new(room, 1, text)).await.unwrap().event.unwrap()
    }

    async fn delivery(&self, event: Uuid, platform: &str) -> Option<Delivery> {
        let all = self.node.delivery(event).await.unwrap();
        all.into_iter().find(|delivery| &*delivery.platform == platform)
    }

    async fn dead(&self) -> Vec<String> {
        let letters = self.node.dead_letters(&crate::DeadLetters::All).await.unwrap();
        letters.into_iter().map(|letter| format!("{} {}: {}", letter.kind, letter.platform, letter.why)).collect()
    }
}

fn registry(config: &Config, entries: &Value) -> Registry {
    let label = config.store.with_file_name("platforms.json");
    Registry::parse(entries.to_string().as_bytes(), config.node_name(), &label).unwrap()
}

async fn start(config: &Config, entries: &Value, transport: Arc<dyn Transport>) -> Node {
    let store = Arc::new(sqlite::open(&config.store, None).unwrap());
    Node::open_with(config.clone(), None, registry(config, entries), store, transport).await.unwrap()
}

fn texts(sent: &[Sent]) -> Vec<&str> {
    sent.iter().map(|sent| sent.body["text"].as_str().unwrap_or_default()).collect()
}
