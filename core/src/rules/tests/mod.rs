//! What a node does when others come, go, move and change, with a network that is played.

mod bans;
mod changes;
mod clocks;
mod names;
mod parked;
mod plans;
mod reroute;
mod table;
mod telling;

use std::collections::HashMap;
use std::ops::{Deref, DerefMut};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::testing::{Sent, Stage, entry, events, ext, members, sent, texts, token, via};
use crate::transport::Request;
use crate::transport::scripted::{Reply, Scripted};
use crate::util::event_id::unique;
use crate::util::lock::MutexExt;
use crate::util::time::{Clock, SystemClock};
use crate::{Config, EventKind, ExternalId, Id, NewMessage, Ref, RoomKind};

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
    /// None: it says nothing of the kinds that it takes.
    kinds: Option<Vec<&'static str>>,
}

fn plain() -> Played {
    Played { node: None, posts: Some(200), users: 200 }
}

/// A node with a store of its own.
fn node(name: &str) -> Played {
    let node = PlayedNode {
        name: name.into(),
        store: unique(),
        hosts: Vec::new(),
        standalone: false,
        kinds: Some(EventKind::TRAVELLING.map(EventKind::as_str).into()),
    };
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

    /// As 0.1 answers, which knew no changes of messages.
    fn of_0_1(mut self) -> Played {
        self.node.as_mut().expect("a node").kinds = None;
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
                let mut body = json!({"status": 200, "platform": node.name, "integrador": {"version": 1, "batch": true,
                    "receipts": true, "hosts": node.hosts, "store": node.store, "standalone": node.standalone}});
                if let Some(kinds) = &node.kinds {
                    body["integrador"]["kinds"] = json!(kinds);
                }
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

/// The node of the app `A`, and the network around it.
struct World {
    stage: Stage,
    network: Network,
}

impl Deref for World {
    type Target = Stage;

    fn deref(&self) -> &Stage {
        &self.stage
    }
}

impl DerefMut for World {
    fn deref_mut(&mut self) -> &mut Stage {
        &mut self.stage
    }
}

impl World {
    async fn open(entries: Value, platforms: &[(&str, Played)]) -> World {
        World::open_as(|store| Config::new("A", store), entries, platforms).await
    }

    async fn open_as(config: impl FnOnce(PathBuf) -> Config, entries: Value, platforms: &[(&str, Played)]) -> World {
        World::open_by(Arc::new(SystemClock), config, entries, platforms).await
    }

    /// The same, by this clock.
    async fn open_by(
        clock: Arc<dyn Clock>,
        config: impl FnOnce(PathBuf) -> Config,
        entries: Value,
        platforms: &[(&str, Played)],
    ) -> World {
        let network: Network = Network::default();
        network.hold().extend(platforms.iter().map(|(host, played)| ((*host).into(), played.clone())));
        let played = network.clone();
        let transport = Scripted::new(move |request| {
            let host = request.endpoint.host_str().unwrap_or_default();
            played.hold().get(host).map_or_else(Reply::unreachable, |played| played.answer(request))
        });
        World { stage: Stage::open_by(clock, config, entries, transport).await, network }
    }

    /// Waits until it is known of each of these platforms what it is.
    async fn are_known(&self, platforms: &[(&str, &str)]) {
        for (name, kind) in platforms {
            self.eventually("it is known what a platform is", async |stage| stage.kind(name).await == *kind).await;
        }
    }

    /// Has a platform answer like this from now on.
    fn play(&self, host: &str, played: Played) {
        self.network.hold().insert(host.into(), played);
    }
}
