//! Who takes part, and how each of them is reached: a platform with a node inside, or one behind a gateway.

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use fastrand::Rng;
use integrador::testing::{Crowd, PlainPlatform};
use integrador::{Config, EventBody, ExternalId, Id, NewMessage, Node, RoomKind};
use serde_json::{Value, json};

use crate::ledger::{Ledger, Said};
use crate::measure::total;
use crate::{Failed, Shape};

/// How often nodes ping those of whom they hear nothing: not as by default, so that what is said costs what it costs alone.
pub(crate) const PING: Duration = Duration::from_secs(600);
/// Events that an application takes at a time.
const TAKEN: usize = 1_000;
/// The user of each platform who talks.
pub(crate) const USER: i64 = 1;

/// Everything that is played.
pub(crate) struct World {
    pub shape: Shape,
    pub crowd: Rc<Crowd>,
    pub rng: Rng,
    pub gateways: Vec<(String, Node)>,
    pub platforms: Vec<Platform>,
    /// How many rooms there are.
    pub rooms: u64,
    pub ledger: Ledger,
    /// How many have come so far, who are gone included.
    pub came: usize,
}

/// One that takes part.
pub(crate) struct Platform {
    pub name: String,
    /// Platforms of one group can be in one room.
    pub group: usize,
    pub seat: Seat,
}

/// How it takes part.
pub(crate) enum Seat {
    Node(Node),
    /// Behind the gateway of this index.
    Behind {
        gateway: usize,
        token: String,
        plain: Arc<PlainPlatform>,
    },
}

/// A private room, of the first of its members.
pub(crate) struct Room {
    pub id: u64,
    pub members: Vec<String>,
}

impl World {
    pub(crate) fn new(shape: Shape) -> Result<World, Failed> {
        Ok(World {
            shape,
            crowd: Rc::new(Crowd::new(shape.seed)?),
            rng: Rng::with_seed(shape.seed),
            gateways: Vec::new(),
            platforms: Vec::new(),
            rooms: 0,
            ledger: Ledger::default(),
            came: 0,
        })
    }

    /// How many platforms a group has at most.
    pub(crate) fn group_size(&self) -> usize {
        self.shape.group.unwrap_or(self.shape.platforms) as usize
    }

    pub(crate) fn config(name: &str) -> Config {
        let mut config = Config::new(name, format!("{name}.db"));
        config.ping_interval = PING;
        config
    }

    pub(crate) fn index(&self, name: &str) -> Option<usize> {
        self.platforms.iter().position(|platform| platform.name == name)
    }

    pub(crate) fn platform(&self, name: &str) -> Result<&Platform, Failed> {
        let index = self.index(name).ok_or_else(|| format!("there is no platform called {name}"))?;
        Ok(&self.platforms[index])
    }

    /// Those of a group.
    pub(crate) fn group(&self, group: usize) -> impl Iterator<Item = &Platform> {
        self.platforms.iter().filter(move |platform| platform.group == group)
    }

    /// A user of a platform is announced. The first of those behind a gateway are not: they are known by what they say.
    pub(crate) async fn announce_user(&self, platform: &Platform, id: i64) -> Result<(), Failed> {
        match &platform.seat {
            Seat::Node(node) => drop(node.publish_user(id, "user").await?),
            Seat::Behind { .. } => self.post(platform, "user", json!({"id": id, "name": "user"})).await?,
        }
        Ok(())
    }

    /// A room of the first of these comes, whose members are the users of all of them.
    pub(crate) async fn open_room(&mut self, members: Vec<String>) -> Result<Room, Failed> {
        let room = Room { id: self.rooms + 1, members };
        let origin = self.platform(&room.members[0])?;
        match &origin.seat {
            Seat::Node(node) => {
                let members = room.members.iter().map(|name| (name.clone(), vec![Id::from(USER)])).collect();
                node.publish_room(room.id as i64, "room", RoomKind::Private, members).await?;
            }
            Seat::Behind { .. } => {
                let users: Vec<Value> = room.members.iter().map(|name| json!({name: [USER]})).collect();
                let body = json!({"id": room.id, "name": "room", "type": "private", "users": users});
                self.post(origin, "room", body).await?;
            }
        }
        self.rooms += 1;
        Ok(room)
    }

    /// A member says something in a room.
    pub(crate) async fn say(&mut self, room: &Room, sender: &str) -> Result<(), Failed> {
        let origin = room.members[0].clone();
        let text = serde_json::to_string(&self.ledger.said(room, sender))?;
        let platform = self.platform(sender)?;
        match &platform.seat {
            Seat::Node(node) if origin == sender => {
                node.publish_message(NewMessage::new(room.id as i64, USER, text)).await?;
            }
            Seat::Node(node) => {
                let external = ExternalId::new(origin.as_str(), room.id as i64);
                node.publish_message(NewMessage::new(external, USER, text)).await?;
            }
            Seat::Behind { .. } => {
                let body = json!({"roomOriginalPlatform": origin, "roomId": room.id, "senderId": USER, "text": text});
                self.post(platform, "message", body).await?;
            }
        }
        Ok(())
    }

    /// The applications take all that is there for them; what was said goes into the ledger.
    pub(crate) async fn take(&mut self) -> Result<(), Failed> {
        for platform in &self.platforms {
            match &platform.seat {
                Seat::Node(node) => {
                    for text in taken(node).await? {
                        self.ledger.heard(&platform.name, serde_json::from_str::<Said>(&text)?)?;
                    }
                }
                Seat::Behind { plain, .. } => {
                    for body in plain.messages() {
                        let body: Value = serde_json::from_slice(&body)?;
                        let text = body["text"].as_str().ok_or("a message without a text")?;
                        self.ledger.heard(&platform.name, serde_json::from_str::<Said>(text)?)?;
                    }
                }
            }
        }
        // A gateway has no users of its own, but hears of platforms.
        for (_, node) in &self.gateways {
            taken(node).await?;
        }
        Ok(())
    }

    /// Returns when nothing is going on at this moment; what rests for a while goes on later.
    pub(crate) async fn quiet(&self) {
        loop {
            let before = total(&self.crowd).requests;
            self.crowd.advance(Duration::from_millis(1)).await;
            if total(&self.crowd).requests == before {
                return;
            }
        }
    }

    /// Returns when all that can be delivered has been.
    pub(crate) async fn settle(&self) -> Result<(), Failed> {
        let nodes = self.platforms.iter().filter(|platform| matches!(platform.seat, Seat::Node(_)));
        let names: Vec<&str> = nodes.map(|platform| &*platform.name).collect();
        let gateways: Vec<&str> = self.gateways.iter().map(|(name, _)| &**name).collect();
        Ok(self.crowd.settle(&[names, gateways].concat()).await?)
    }

    async fn post(&self, platform: &Platform, path: &'static str, mut body: Value) -> Result<(), Failed> {
        let Seat::Behind { gateway, token, .. } = &platform.seat else {
            return Err(format!("{} has a node of its own", platform.name).into());
        };
        body["token"] = json!(token);
        let status = self.crowd.post(&self.gateways[*gateway].0, path, body.to_string()).await?;
        if status != 200 {
            return Err(format!("{}: its {path} is answered {status}: {body}", platform.name).into());
        }
        Ok(())
    }
}

/// The texts of the messages that an application finds; it has handled them, and all else.
async fn taken(node: &Node) -> Result<Vec<String>, Failed> {
    let mut texts = Vec::new();
    loop {
        let events = node.next_events(TAKEN, Duration::ZERO).await?;
        if events.is_empty() {
            return Ok(texts);
        }
        node.ack(&events.iter().map(|event| event.id).collect::<Vec<_>>()).await?;
        texts.extend(events.into_iter().filter_map(|event| match event.body {
            EventBody::Message(message) => Some(message.text),
            _ => None,
        }));
    }
}
