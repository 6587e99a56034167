//! The rules of several nodes together, without a network: real stores, writers and directories; what one node sends is
//! handed to the other in any order, at any time by any clock.

mod announcements;
mod load;
mod mesh;
mod order;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use uuid::Uuid;

use crate::commit::effects::Effects;
use crate::commit::job::Job;
use crate::commit::shared_directory::SharedDirectory;
use crate::commit::writer::{Desk, SPAN, Writer};
use crate::config::{Config, Limits};
use crate::directory::Directory;
use crate::model::{DeliveryState, EventKind, ExternalId, Extras, Id, NewMessage, RoomKind};
use crate::registry::Registry;
use crate::rules::routing::Source;
use crate::rules::{self, Arrival, Outcome, Taken, accept, platform};
use crate::store::{Dead, EventRow, InboxHead, InboxRow, PlatformKind, PlatformNum, Seq, Store, Waiting, sqlite};
use crate::util::ages::Ages;
use crate::util::event_id;
use crate::util::time::{Clock, TestClock};
use crate::wire::{Body, Members, RoomBody, UserBody, json, read};
use crate::{ErrorKind, Result};

const NOW: i64 = 1_790_000_000_000;
const MINUTE: i64 = 60_000;

/// Nodes that know each other, of these names; the first of them hosts a plain platform.
struct World {
    nodes: Vec<Node>,
    _folder: tempfile::TempDir,
}

/// What the plain platform behind the first node is called.
const PLAIN: &str = "Plain";

impl World {
    fn new(names: &[&'static str]) -> World {
        World::with(names, Limits::default())
    }

    fn with(names: &[&'static str], limits: Limits) -> World {
        let folder = tempfile::tempdir().unwrap();
        let nodes = names.iter().map(|name| Node::new(folder.path(), name, names, limits)).collect();
        World { nodes, _folder: folder }
    }

    /// Hands over what is first on the way from one node to another. None: nothing was, or it is to be tried again.
    fn hand_over(&self, from: usize, to: usize, twice: bool) -> Option<Handed> {
        let (from, to) = (&self.nodes[from], &self.nodes[to]);
        let lane = from.num(to.name);
        let waiting = from.first_waiting(lane)?;
        let event = (*waiting.event).clone();
        // What a node must not get from another is left out when it is sent.
        let result = event.source.is_none().then(|| {
            if event_id::incredible(event.id, to.clock.now()) {
                return None;
            }
            let result = to.take(from.name, &from.spelled(event.platform), &event);
            Some(if twice { to.take(from.name, &from.spelled(event.platform), &event) } else { result })
        });
        let (outcome, why) = match result {
            None => (None, None),
            Some(None) => return None,
            Some(Some(Ok(taken))) => (Some(taken.outcome), None),
            Some(Some(Err(e))) if e.kind() == ErrorKind::Busy => return None,
            Some(Some(Err(e))) => (None, Some(e)),
        };
        let dead = why.as_ref().map(|e| Dead {
            dest: lane,
            event: event.clone(),
            inbound: false,
            why: e.to_string().into(),
            died: from.clock.now(),
        });
        from.run(move |job| {
            dead.map_or(Ok(()), |dead| job.bury(dead))?;
            job.settle(lane, &[(waiting.seq, waiting.seq)], [&*waiting.event])
        })
        .unwrap();
        Some(Handed { event, outcome, refused: why })
    }

    /// Hands everything over until nothing is on the way any more.
    fn settle(&self) -> Vec<Handed> {
        let mut handed = Vec::new();
        loop {
            let before = handed.len();
            for from in 0..self.nodes.len() {
                for to in (0..self.nodes.len()).filter(|to| *to != from) {
                    while let Some(one) = self.hand_over(from, to, false) {
                        handed.push(one);
                    }
                }
            }
            if handed.len() == before {
                return handed;
            }
        }
    }
}

/// An event that was handed over, and what became of it.
#[derive(Debug)]
struct Handed {
    event: EventRow,
    outcome: Option<Outcome>,
    refused: Option<crate::Error>,
}

struct Node {
    name: &'static str,
    path: PathBuf,
    config: Arc<Config>,
    registry: Arc<Registry>,
    clock: Arc<TestClock>,
    runtime: tokio::runtime::Runtime,
    open: Option<Open>,
}

struct Open {
    store: Arc<dyn Store>,
    directory: SharedDirectory,
    writer: Writer,
}

/// Nobody waits for commits here: what they set in motion is read from the store.
struct Unheard;

impl Effects for Unheard {
    fn queued(&self, _: PlatformNum, _: Vec<Waiting>) {}
    fn replaced(&self, _: PlatformNum, _: &[Seq]) {}
    fn others_wrote(&self) {}
    fn arrived(&self, _: &[InboxHead]) {}
    fn ended(&self, _: Vec<(Uuid, PlatformNum, DeliveryState)>) {}
    fn follows_inbox(&self) -> bool {
        false
    }
    fn membership_changed(&self) {}

    fn inbox_depth(&self, _: u64) {}
}

fn registry(own: &str, names: &[&str]) -> Registry {
    let entry = |name: &&str| {
        let pair = if *name < own { format!("{name}-{own}") } else { format!("{own}-{name}") };
        format!(r#"{{"id": 1, "name": "{name}", "endpoint": "http://{name}/", "token": "token-{pair}"}}"#)
    };
    let mut entries: Vec<String> = names.iter().filter(|name| **name != own).map(entry).collect();
    entries.push(match names[0] == own {
        true => format!(r#"{{"id": 2, "name": "{PLAIN}", "endpoint": "http://plain/", "token": "token-plain"}}"#),
        false => format!(r#"{{"id": 2, "name": "{PLAIN}", "via": "{}"}}"#, names[0]),
    });
    Registry::parse(format!("[{}]", entries.join(",")).as_bytes(), own, Path::new("platforms.json")).unwrap()
}

impl Node {
    fn new(folder: &Path, name: &'static str, names: &[&'static str], limits: Limits) -> Node {
        let path = folder.join(format!("{name}.db"));
        let mut config = Config::new(name, &path);
        config.limits = limits;
        let mut node = Node {
            name,
            path,
            config: Arc::new(config),
            registry: Arc::new(registry(name, names)),
            clock: Arc::new(TestClock::at(NOW)),
            runtime: tokio::runtime::Builder::new_current_thread().build().unwrap(),
            open: None,
        };
        node.start();
        let peers: Vec<PlatformNum> = names.iter().filter(|peer| **peer != name).map(|peer| node.num(peer)).collect();
        let plain = node.num(PLAIN);
        node.run(move |job| {
            let kinds = peers.into_iter().map(|num| (num, PlatformKind::Node));
            for (num, kind) in kinds.chain([(plain, PlatformKind::Plain)]) {
                let mut row = job.directory().platform(num).cloned().unwrap();
                (row.kind, row.batch, row.receipts) = (kind, true, kind == PlatformKind::Node);
                job.put_platform(row)?;
            }
            Ok(())
        })
        .unwrap();
        node
    }

    fn start(&mut self) {
        let store: Arc<dyn Store> = Arc::new(sqlite::open(&self.path, None).unwrap());
        let rows = store.load().unwrap();
        let last_id = rows.last_id;
        let mut directory = Directory::default();
        let ages = Arc::new(Ages::resume(self.clock.clone(), rows.age));
        directory.apply(rows);
        let desk = Desk {
            store: store.clone(),
            config: self.config.clone(),
            effects: Arc::new(Unheard),
            ages,
            last_id,
            commits: Arc::default(),
            span: SPAN,
        };
        let (writer, directory) = Writer::start(desk, directory).unwrap();
        self.open = Some(Open { store, directory, writer });
        let (registry, name) = (self.registry.clone(), self.name);
        self.run(move |job| platform::install(job, &registry, name, false, None)).unwrap();
    }

    fn restart(&mut self) {
        if let Some(open) = self.open.take() {
            drop(open.writer);
            open.store.close();
        }
        self.start();
    }

    fn open(&self) -> &Open {
        self.open.as_ref().unwrap()
    }

    fn run<T: Send + 'static>(&self, job: impl FnOnce(&mut Job<'_>) -> Result<T> + Send + 'static) -> Result<T> {
        self.runtime.block_on(self.open().writer.run(job))
    }

    /// The number of this platform here.
    fn num(&self, name: &str) -> PlatformNum {
        self.open().directory.read().resolve(name).unwrap()
    }

    fn spelled(&self, num: PlatformNum) -> String {
        self.open().directory.read().name(num).to_string()
    }

    fn first_waiting(&self, lane: PlatformNum) -> Option<Waiting> {
        self.open().store.waiting(lane, 0, 1, usize::MAX).unwrap().pop()
    }

    /// Takes an event in that a peer sends for one of its platforms.
    fn take(&self, peer: &str, speaker: &str, event: &EventRow) -> Result<Taken> {
        let (peer, speaker) = (self.num(peer), self.num(speaker));
        let body = read::body(event.kind, &json::parse(&event.body).unwrap(), &Limits::default())?;
        let text = std::str::from_utf8(&event.body).unwrap();
        let written = read::written(text, &Limits::default()).map(|found| found.map(|_| event.body.clone()));
        let arrival = Arrival { source: Source::Peer(peer), speaker, id: Some(event.id), parked: false };
        let id = event.id;
        self.run(move |job| {
            let known = written.map(|message| rules::message::written(job, peer, id, &message)).transpose()?.flatten();
            known.map_or_else(|| accept(job, arrival, body), Ok)
        })
    }

    /// Takes something in that a peer sends under an id of its own choice.
    fn take_as(&self, peer: &str, id: Uuid, body: Body) -> Result<Taken> {
        let num = self.num(peer);
        let arrival = Arrival { source: Source::Peer(num), speaker: num, id: Some(id), parked: false };
        self.run(move |job| accept(job, arrival, body))
    }

    /// Takes a post of the plain platform in.
    fn post(&self, body: Body) -> Result<Taken> {
        let plain = self.num(PLAIN);
        let arrival = Arrival { source: Source::Plain(plain), speaker: plain, id: None, parked: false };
        self.run(move |job| accept(job, arrival, body))
    }

    fn own(&self) -> PlatformNum {
        self.num(self.name)
    }

    fn publish_room(&self, id: i64, kind: RoomKind, users: &[(&str, &[i64])]) -> Result<Taken> {
        let (own, body) = (self.own(), room(id, kind, users, None));
        self.run(move |job| rules::own_room::publish(job, own, body))
    }

    fn membership(&self, room: (&str, i64), user: i64, joins: bool) -> Result<Taken> {
        let (own, room) = (self.own(), ExternalId::new(room.0, room.1).into());
        self.run(move |job| rules::own_room::membership(job, own, &room, &user.into(), joins))
    }

    fn say(&self, room: (&str, i64), user: i64, text: &str) -> Result<Taken> {
        let own = self.own();
        let message = NewMessage::new(ExternalId::new(room.0, room.1), user, text);
        self.run(move |job| rules::own_message::publish(job, own, message))
    }

    fn publish_user(&self, id: i64, name: &str) -> Result<Taken> {
        let (own, body) = (self.own(), user(id, name));
        self.run(move |job| rules::user::publish(job, own, body))
    }

    /// The members of a room, by the names of their platforms; None where it is not known.
    fn members(&self, origin: &str, id: i64) -> Option<Vec<(String, Vec<String>)>> {
        let directory = self.open().directory.read();
        let room = directory.find_room(directory.resolve(origin)?, &id.into())?;
        let of = |p| {
            let mut ids: Vec<String> = room.members(p).map(|id| id.to_string()).collect();
            ids.sort();
            (directory.name(p).to_string(), ids)
        };
        let mut members: Vec<_> = room.platforms().map(of).collect();
        members.sort();
        Some(members)
    }

    fn inbox(&self) -> Vec<InboxRow> {
        let store = &self.open().store;
        let seqs: Vec<_> = store.inbox_heads(0).unwrap().iter().map(|head| head.seq).collect();
        store.inbox(&seqs).unwrap()
    }

    /// The messages that the app got, by their texts.
    fn messages(&self) -> Vec<(String, Uuid)> {
        let messages = self.inbox().into_iter().filter(|row| row.event.kind == EventKind::Message);
        let text = |body: &[u8]| read::message(&json::parse(body).unwrap(), read::Measure::Stored).unwrap().text;
        messages.map(|row| (text(&row.event.body), row.event.id)).collect()
    }
}

fn users(users: &[(&str, &[i64])]) -> Members {
    users.iter().map(|(name, ids)| ((*name).to_owned(), ids.iter().map(|id| Id::from(*id)).collect())).collect()
}

/// A room's announcement, of another's if it has an origin.
fn user(id: i64, name: &str) -> UserBody {
    UserBody { id: id.into(), name: name.into(), active: true, extras: Extras::default() }
}

fn room(id: i64, kind: RoomKind, members: &[(&str, &[i64])], origin: Option<&str>) -> RoomBody {
    RoomBody {
        id: id.into(),
        name: "Sala".into(),
        kind,
        members: users(members),
        origin: origin.map(str::to_owned),
        again: Members::new(),
        banned: Vec::new(),
        extras: Extras::default(),
    }
}

/// An id made at this time, the `n`th.
fn made_at(ms: i64, n: u64) -> Uuid {
    let mut random = [0; 10];
    random[2..].copy_from_slice(&n.to_be_bytes());
    uuid::Builder::from_unix_timestamp_millis(ms.unsigned_abs(), &random).into_uuid()
}
