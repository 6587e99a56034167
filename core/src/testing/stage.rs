//! For tests of the parts: a whole node with a store in memory, around which the network is played, and what tests ask of it.
//!
//! A part that needs no node is tested without one.

use std::ops::Deref;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use serde_json::{Value, json};
use uuid::Uuid;

use super::sent::{Sent, sent};
use crate::registry::Registry;
use crate::store::PlatformNum;
use crate::store::memory::Disk;
use crate::transport::scripted::{Reply, Scripted};
use crate::transport::{Request, Transport};
use crate::util::event_id::unique;
use crate::util::secret::Secret;
use crate::util::time::{Clock, SystemClock};
use crate::wire::signature::{self, ID_HEADER, NODE_HEADER, SIGNATURE_HEADER, TIMESTAMP_HEADER};
use crate::{Config, DeadLetterFilter, Delivery, ExternalId, Id, NewMessage, Node, PlatformStatus, RoomKind, tasks};

/// How long a test waits for what does not come.
const PATIENCE: Duration = Duration::from_secs(30);

/// What a registry says of a platform with an endpoint: its host is the platform's name in lower case, with `-` for `_`.
pub(crate) fn entry(name: &str) -> Value {
    let host = name.to_lowercase().replace('_', "-");
    json!({"id": name, "name": name, "endpoint": format!("http://{host}/"), "token": token(name)})
}

/// The token in that entry.
pub(crate) fn token(name: &str) -> String {
    format!("the-token-of-{name}")
}

/// What a registry says of a platform that another node hosts.
pub(crate) fn via(name: &str, node: &str) -> Value {
    json!({"id": name, "name": name, "via": node})
}

/// A network in which nobody answers.
pub(crate) fn nobody() -> Arc<Scripted> {
    Scripted::new(|_| Reply::unreachable())
}

/// An external id, from its text.
pub(crate) fn ext(text: &str) -> ExternalId {
    text.parse().unwrap()
}

/// The members of a room, by platform.
pub(crate) fn members(list: &[(&str, &[i64])]) -> Vec<(String, Vec<Id>)> {
    list.iter().map(|(name, ids)| ((*name).into(), ids.iter().map(|id| Id::from(*id)).collect())).collect()
}

/// A node, with a store of its own. What is called of a [`Node`] can be called of it.
pub(crate) struct Stage {
    pub node: Node,
    pub transport: Arc<Scripted>,
    pub config: Config,
    pub disk: Disk,
    clock: Arc<dyn Clock>,
    _folder: tempfile::TempDir,
}

impl Deref for Stage {
    type Target = Node;

    fn deref(&self) -> &Node {
        &self.node
    }
}

impl Stage {
    /// Opens the node of the app `name` with these entries in its registry.
    pub(crate) async fn open(name: &str, entries: Value, transport: Arc<Scripted>) -> Stage {
        Stage::open_as(|store| Config::new(name, store), entries, transport).await
    }

    /// Opens a node as it is configured for the path of its store.
    pub(crate) async fn open_as(
        config: impl FnOnce(PathBuf) -> Config,
        entries: Value,
        transport: Arc<Scripted>,
    ) -> Stage {
        Stage::open_by(Arc::new(SystemClock), config, entries, transport).await
    }

    /// The same, by this clock.
    pub(crate) async fn open_by(
        clock: Arc<dyn Clock>,
        config: impl FnOnce(PathBuf) -> Config,
        entries: Value,
        transport: Arc<Scripted>,
    ) -> Stage {
        let folder = tempfile::tempdir().unwrap();
        let config = config(folder.path().join("node.db"));
        let disk = Disk::default();
        let node = start(&config, &disk, &entries, transport.clone(), clock.clone()).await;
        Stage { node, transport, config, disk, clock, _folder: folder }
    }

    /// Closes the node and opens it again with these entries.
    pub(crate) async fn again(&mut self, entries: Value) {
        self.node.close().await.unwrap();
        self.node = start(&self.config, &self.disk, &entries, self.transport.clone(), self.clock.clone()).await;
    }

    /// What an administrator opens beside the node, or after it.
    pub(crate) async fn admin(&self) -> Node {
        start(&self.config.clone().admin(), &self.disk, &json!([]), self.transport.clone(), self.clock.clone()).await
    }

    /// Closes it where the clock is paused: in real time, since a paused clock leaps over what the disk takes.
    pub(crate) async fn close_in_real_time(self) {
        tokio::time::resume();
        tokio::time::timeout(Duration::from_secs(60), self.node.close()).await.unwrap().unwrap();
        tokio::time::pause();
    }

    /// Puts other entries in force, as a change of the file does.
    pub(crate) async fn registry(&self, entries: Value) {
        let registry = registry(&self.config, &entries);
        tasks::install(self.node.shared(), Arc::new(registry)).await.unwrap();
    }

    /// The number of this platform.
    pub(crate) fn num(&self, name: &str) -> PlatformNum {
        self.node.shared().directory.read().resolve(name).unwrap()
    }

    // What others send.

    /// Posts under this id, signed by this platform.
    pub(crate) async fn signed(
        &self,
        from: &str,
        path: &str,
        id: &str,
        body: impl Into<Bytes>,
    ) -> http::Response<Bytes> {
        let body = body.into();
        let content = if path == "batch" { "application/x-ndjson" } else { "application/json" };
        let request = signed(http::Request::post(format!("/{path}")), from, id, &body).header("content-type", content);
        self.node.handle(request.body(body).unwrap()).await
    }

    /// Posts a batch signed by this platform, as it would; the answer's status, and those of its lines.
    pub(crate) async fn batch(&self, from: &str, events: &[(&str, Value)]) -> (u16, Vec<u16>) {
        let lines: Vec<String> =
            events.iter().map(|(kind, body)| json!({"id": unique(), "kind": kind, "body": body}).to_string()).collect();
        let response = self.signed(from, "batch", &unique().to_string(), lines.join("\n")).await;
        let lines = response.body().split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        let status = |line: &[u8]| serde_json::from_slice::<Value>(line).unwrap()["status"].as_u64().unwrap() as u16;
        let statuses = if response.status() == 200 { lines.map(status).collect() } else { Vec::new() };
        (response.status().as_u16(), statuses)
    }

    /// Posts events that a node tells, until it is known here that it is one.
    pub(crate) async fn told(&self, from: &str, events: &[(&str, Value)]) {
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
    pub(crate) async fn lives(&self, from: &str) {
        assert_eq!(self.signed(from, "ping", &unique().to_string(), "").await.status(), 200);
    }

    // What is sent to others.

    /// Waits until this many events of a kind were sent to a host, and returns all that were.
    pub(crate) async fn sent(&self, host: &str, kind: &str, count: usize) -> Vec<Sent> {
        let wanted = |all: &[Request]| Some(sent(all, host, kind)).filter(|found| found.len() >= count);
        self.transport.wait_until(wanted).await
    }

    /// The events of a kind that were sent to a host so far.
    pub(crate) fn sent_now(&self, host: &str, kind: &str) -> Vec<Sent> {
        sent(&self.transport.requests(), host, kind)
    }

    // What is asked of the node.

    /// Waits until something is so: real time at most, so that the clock may be paused.
    pub(crate) async fn eventually(&self, what: &str, mut is_so: impl AsyncFnMut(&Stage) -> bool) {
        let end = Instant::now() + PATIENCE;
        while !is_so(self).await {
            assert!(Instant::now() < end, "it never came true that {what}; status: {:#?}", self.node.status().await);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// A platform in the status.
    pub(crate) async fn platform(&self, name: &str) -> Option<PlatformStatus> {
        let status = self.node.status().await.unwrap();
        status.platforms.into_iter().find(|platform| &*platform.name == name)
    }

    pub(crate) async fn waiting(&self, name: &str) -> u64 {
        self.platform(name).await.map_or(0, |platform| platform.waiting)
    }

    pub(crate) async fn up(&self, name: &str) -> Option<bool> {
        self.platform(name).await.and_then(|platform| platform.up)
    }

    pub(crate) async fn kind(&self, name: &str) -> &'static str {
        self.platform(name).await.map_or("none", |platform| platform.kind.as_str())
    }

    pub(crate) async fn delivery(&self, event: Uuid, platform: &str) -> Option<Delivery> {
        let all = self.node.delivery(event).await.unwrap();
        all.into_iter().find(|delivery| &*delivery.platform == platform)
    }

    /// The dead letters, each in a line.
    pub(crate) async fn dead(&self) -> Vec<String> {
        let letters = self.node.dead_letters(&DeadLetterFilter::All).await.unwrap();
        letters.into_iter().map(|letter| format!("{} {}: {}", letter.kind, letter.platform, letter.why)).collect()
    }

    // What its app does.

    pub(crate) async fn room(&self, id: i64, kind: RoomKind, of: &[(&str, &[i64])]) {
        self.node.publish_room(id, format!("Sala {id}"), kind, members(of)).await.unwrap();
    }

    /// User 1 says something in a room.
    pub(crate) async fn say(&self, room: i64, text: &str) -> Uuid {
        self.node.publish_message(NewMessage::new(room, 1, text)).await.unwrap().event.unwrap()
    }
}

/// A request with the headers by which this platform signs its body under this id.
pub(crate) fn signed(request: http::request::Builder, from: &str, id: &str, body: &[u8]) -> http::request::Builder {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let key = Secret::new(&token(from)).unwrap();
    request
        .header(ID_HEADER, id)
        .header(TIMESTAMP_HEADER, now.to_string())
        .header(SIGNATURE_HEADER, signature::sign(&[&key], id, now as i64, body))
        .header(NODE_HEADER, from)
}

fn registry(config: &Config, entries: &Value) -> Registry {
    let label = config.store.with_file_name("platforms.json");
    Registry::parse(entries.to_string().as_bytes(), config.node_name(), &label).unwrap()
}

async fn start(
    config: &Config,
    disk: &Disk,
    entries: &Value,
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
) -> Node {
    let store = Arc::new(disk.open());
    Node::open_with(config.clone(), None, registry(config, entries), store, transport, clock).await.unwrap()
}
