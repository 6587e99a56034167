//! One order for all, and the same members everywhere: three nodes and a plain platform, clocks that differ and go wrong,
//! announcements and messages that cross each other in any order, come twice, or meet a node that was restarted.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use proptest::prelude::*;
use uuid::Uuid;

use super::{Handed, MINUTE, Node, PLAIN, World, room};
use crate::model::{DeliveryState, EventKind, RoomKind};
use crate::rules::Taken;
use crate::util::event_id::out_of_reach;
use crate::util::time::Clock;
use crate::wire::{Body, MessageBody, UserBody, json, read};
use crate::{ErrorKind, Result};

const NAMES: [&str; 3] = ["A", "B", "C"];
/// Who speaks: an app, or the plain platform behind the first node.
const SPEAKERS: [&str; 4] = ["A", "B", "C", PLAIN];
/// The users of each platform.
const USERS: [i64; 3] = [1, 2, 3];

#[derive(Debug, Clone)]
enum Step {
    /// A room of its own, with these users of all platforms.
    Announce {
        by: usize,
        public: bool,
        members: u16,
    },
    /// A user of its own joins or leaves the room of somebody.
    Membership {
        by: usize,
        of: usize,
        user: usize,
        joins: bool,
    },
    Say {
        by: usize,
        of: usize,
        user: usize,
    },
    Rename {
        by: usize,
        user: usize,
    },
    HandOver {
        from: usize,
        to: usize,
        twice: bool,
    },
    /// Time goes on for all, milliseconds.
    Wait(i64),
    /// Somebody moves the clock of a node.
    Clock {
        of: usize,
        minutes: i64,
    },
    Restart(usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let who = || 0..SPEAKERS.len();
    let step = prop_oneof![
        3 => (who(), any::<bool>(), any::<u16>()).prop_map(|(by, public, members)| Step::Announce { by, public, members }),
        4 => (who(), who(), 0..3_usize, any::<bool>())
            .prop_map(|(by, of, user, joins)| Step::Membership { by, of, user, joins }),
        6 => (who(), who(), 0..3_usize).prop_map(|(by, of, user)| Step::Say { by, of, user }),
        2 => (who(), 0..3_usize).prop_map(|(by, user)| Step::Rename { by, user }),
        16 => (0..3_usize, 1..3_usize, any::<bool>())
            .prop_map(|(from, on, twice)| Step::HandOver { from, to: (from + on) % 3, twice }),
        2 => (1..5_000_i64).prop_map(Step::Wait),
        1 => (0..3_usize, -25..25_i64).prop_map(|(of, minutes)| Step::Clock { of, minutes }),
        1 => (0..3_usize).prop_map(Step::Restart),
    ];
    proptest::collection::vec(step, 10..60)
}

/// The nodes, and what was seen of them.
struct Model {
    world: World,
    /// Every id that a node made.
    made: [HashSet<Uuid>; 3],
    /// By node and room, the ids that it has seen there.
    seen: HashMap<(usize, usize), BTreeSet<Uuid>>,
    /// The messages: the text is a number, and with it goes who made it, its room, its id and whom it is for.
    said: Vec<Said>,
    /// Messages that the gateway took when its own app was in their room no longer: for the plain platform alone.
    came_for_plain: HashSet<Uuid>,
    names: usize,
}

struct Said {
    by: usize,
    id: Uuid,
    to: Vec<String>,
}

/// The node at which somebody speaks.
fn node_of(speaker: usize) -> usize {
    if SPEAKERS[speaker] == PLAIN { 0 } else { speaker }
}

/// All rooms are called 1: there is one of each platform.
const ROOM: i64 = 1;

impl Model {
    fn new(minutes: [i64; 3]) -> Model {
        let world = World::new(&NAMES);
        for (node, minutes) in world.nodes.iter().zip(minutes) {
            node.clock.set(node.clock.now() + minutes * MINUTE);
        }
        Model {
            world,
            made: Default::default(),
            seen: HashMap::new(),
            said: Vec::new(),
            came_for_plain: HashSet::new(),
            names: 0,
        }
    }

    fn play(&mut self, step: &Step) {
        match *step {
            Step::Announce { by, public, members } => {
                let bits = |platform: usize| {
                    let has = move |user: &usize| members >> (platform * USERS.len() + user) & 1 == 1;
                    (0..USERS.len()).filter(has).map(|user| USERS[user]).collect::<Vec<_>>()
                };
                let lists: Vec<_> = (0..SPEAKERS.len()).map(|p| (SPEAKERS[p], bits(p))).collect();
                let lists: Vec<(&str, &[i64])> = lists.iter().map(|(name, list)| (*name, list.as_slice())).collect();
                let kind = if public { RoomKind::Public } else { RoomKind::Private };
                let body = room(ROOM, kind, &lists, None);
                let taken = self.speak(by, by, Body::Room(body), |node| node.publish_room(ROOM, kind, &lists));
                Model::refused_only_as(taken, &[ErrorKind::Conflict]);
            }
            Step::Membership { by, of, user, joins } => self.membership(by, of, USERS[user], joins),
            Step::Say { by, of, user } => self.say(by, of, USERS[user]),
            Step::Rename { by, user } => {
                self.names += 1;
                let name = format!("name {}", self.names);
                let body =
                    UserBody { id: USERS[user].into(), name: name.clone(), active: true, extras: Default::default() };
                let node = &self.world.nodes[node_of(by)];
                let taken = match SPEAKERS[by] {
                    PLAIN => node.post(Body::User(body)),
                    _ => node.publish_user(USERS[user], &name),
                };
                if let Some(id) = Model::refused_only_as(taken, &[ErrorKind::Conflict]).and_then(|taken| taken.event) {
                    assert!(self.made[node_of(by)].insert(id), "two ids are equal");
                }
            }
            Step::HandOver { from, to, twice } => drop(self.hand_over(from, to, twice)),
            Step::Wait(ms) => {
                self.world.nodes.iter().for_each(|node| node.clock.pass(ms));
            }
            Step::Clock { of, minutes } => {
                let clock = &self.world.nodes[of].clock;
                clock.set(clock.now() + minutes * MINUTE);
            }
            Step::Restart(node) => self.world.nodes[node].restart(),
        }
    }

    fn refused_only_as(taken: Result<Taken>, kinds: &[ErrorKind]) -> Option<Taken> {
        match taken {
            Ok(taken) => Some(taken),
            Err(e) => {
                assert!(kinds.contains(&e.kind()), "{e:?}");
                None
            }
        }
    }

    /// Somebody says something in the room of somebody. The id is checked if there is one.
    fn speak(
        &mut self,
        by: usize,
        of: usize,
        posted: Body,
        published: impl FnOnce(&Node) -> Result<Taken>,
    ) -> Result<Taken> {
        let at = node_of(by);
        let node = &self.world.nodes[at];
        let taken = if SPEAKERS[by] == PLAIN { node.post(posted) } else { published(node) }?;
        if let Some(id) = taken.event {
            assert!(self.made[at].insert(id), "two ids that {} made are equal", node.name);
            let (now, seen) = (node.clock.now(), self.seen.entry((at, of)).or_default());
            let above = seen.iter().rev().find(|seen| !out_of_reach(**seen, now));
            assert!(above.is_none_or(|above| *above < id), "{id} is no answer to {above:?} at {}", node.name);
            seen.insert(id);
        }
        Ok(taken)
    }

    fn membership(&mut self, by: usize, of: usize, user: i64, joins: bool) {
        let origin = SPEAKERS[of];
        let taken = if SPEAKERS[by] == PLAIN {
            if by == of {
                return;
            }
            let (members, kind) = {
                let directory = self.world.nodes[0].open().directory.read();
                let (plain, origin) = (directory.resolve(PLAIN).unwrap(), directory.resolve(origin).unwrap());
                let Some(room) = directory.find_room(origin, &ROOM.into()) else { return };
                let members: Vec<i64> = room.members(plain).filter_map(|id| id.as_i64()).collect();
                (members, room.kind())
            };
            let mut members: Vec<i64> = members.into_iter().filter(|member| *member != user).collect();
            members.extend(joins.then_some(user));
            let body = room(ROOM, kind, &[(PLAIN, &members)], Some(origin));
            self.speak(by, of, Body::Room(body), |_| unreachable!())
        } else {
            let body = room(ROOM, RoomKind::Public, &[], None);
            self.speak(by, of, Body::Room(body), |node| node.membership((origin, ROOM), user, joins))
        };
        Model::refused_only_as(taken, &[ErrorKind::Conflict, ErrorKind::Forbidden, ErrorKind::UnknownRoom]);
    }

    fn say(&mut self, by: usize, of: usize, user: i64) {
        let (origin, text) = (SPEAKERS[of], self.said.len().to_string());
        let body = MessageBody {
            room_platform: origin.into(),
            room_id: ROOM.into(),
            sender: user.into(),
            text: text.clone(),
            sent_at: None,
            reply_to: None,
            traceparent: None,
            attachments: Vec::new(),
            ext: None,
        };
        let taken = self.speak(by, of, Body::Message(body), |node| node.say((origin, ROOM), user, &text));
        if let Some(taken) = Model::refused_only_as(taken, &[ErrorKind::NotAMember, ErrorKind::UnknownRoom]) {
            let node = &self.world.nodes[node_of(by)];
            let to = taken.to.iter().map(|num| node.spelled(*num)).collect();
            self.said.push(Said { by, id: taken.event.unwrap(), to });
        }
    }

    fn hand_over(&mut self, from: usize, to: usize, twice: bool) -> bool {
        let Some(handed) = self.world.hand_over(from, to, twice) else { return false };
        if let Some(e) = &handed.refused {
            // Whoever was thrown out meanwhile may have written; nobody else is refused anything.
            assert_eq!((handed.event.kind, e.kind()), (EventKind::Message, ErrorKind::NotAMember), "{e:?}");
        }
        if to == 0 && handed.event.kind == EventKind::Message {
            self.note_for_plain(&handed);
        }
        self.note_seen(to);
        true
    }

    fn note_for_plain(&mut self, handed: &Handed) {
        let gateway = &self.world.nodes[0];
        let directory = gateway.open().directory.read();
        let body = read::message(&json::parse(&handed.event.body).unwrap(), read::Measure::Stored).unwrap();
        let origin = directory.resolve(&body.room_platform).unwrap();
        let room = directory.find_room(origin, &body.room_id);
        // What waits for its room may find it so too.
        if room.is_none_or(|room| !room.row.public && !room.has_any(directory.own.unwrap())) {
            self.came_for_plain.insert(handed.event.id);
        }
    }

    /// What has come to the app of a node was seen there.
    fn note_seen(&mut self, at: usize) {
        let node = &self.world.nodes[at];
        let directory = node.open().directory.read();
        for row in node.inbox() {
            let Some(room) = row.event.room.and_then(|num| directory.room(num)) else { continue };
            let of = SPEAKERS.iter().position(|name| *name == directory.spelled(room.row.origin)).unwrap();
            self.seen.entry((at, of)).or_default().insert(row.event.id);
        }
    }

    /// The clocks are right again, and everything arrives.
    fn settle(&mut self) {
        let latest = self.world.nodes.iter().map(|node| node.clock.now()).max().unwrap();
        self.world.nodes.iter().for_each(|node| node.clock.set(latest + 120 * MINUTE));
        let pairs = [(0, 1), (1, 0), (0, 2), (2, 0), (1, 2), (2, 1)];
        while pairs.into_iter().fold(false, |moved, (from, to)| self.hand_over(from, to, false) || moved) {}
        assert!(pairs.iter().all(|(from, to)| {
            let (from, to) = (&self.world.nodes[*from], &self.world.nodes[*to]);
            from.first_waiting(from.num(to.name)).is_none()
        }));
    }

    fn check_members(&self) {
        for origin in SPEAKERS {
            let node = &self.world.nodes[node_of(SPEAKERS.iter().position(|name| *name == origin).unwrap())];
            let Some(members) = node.members(origin, ROOM) else { continue };
            let public = {
                let directory = node.open().directory.read();
                directory.find_room(directory.resolve(origin).unwrap(), &ROOM.into()).unwrap().row.public
            };
            for other in &self.world.nodes {
                let behind = |platform: &str| platform == other.name || (platform == PLAIN && other.name == NAMES[0]);
                if public || members.iter().any(|(platform, _)| behind(platform)) {
                    assert_eq!(other.members(origin, ROOM).as_ref(), Some(&members), "{origin}:1 at {}", other.name);
                }
            }
        }
    }

    fn check_names(&self) {
        for platform in SPEAKERS {
            for user in USERS {
                let name = |node: &Node| {
                    let directory = node.open().directory.read();
                    let user = directory.user(directory.resolve(platform).unwrap(), &user.to_string());
                    user.filter(|user| !user.placeholder).map(|user| user.name.clone())
                };
                let names: Vec<_> = self.world.nodes.iter().map(name).collect();
                assert!(names.windows(2).all(|pair| pair[0] == pair[1]), "user {user} of {platform}: {names:?}");
            }
        }
    }

    /// Every message has one id, and has arrived wherever it was for, or its sender knows that it has not.
    fn check_messages(&self) {
        let got: Vec<BTreeMap<String, Uuid>> =
            self.world.nodes.iter().map(|node| node.messages().into_iter().collect()).collect();
        for (text, said) in self.said.iter().enumerate() {
            let text = text.to_string();
            for (node, got) in self.world.nodes.iter().zip(&got) {
                assert!(got.get(&text).is_none_or(|id| *id == said.id), "{text} has two ids at {}", node.name);
            }
            let sender = &self.world.nodes[node_of(said.by)];
            for to in said.to.iter().filter(|to| *to != PLAIN) {
                let at = NAMES.iter().position(|name| name == to).unwrap();
                if got[at].contains_key(&text) || SPEAKERS[said.by] == PLAIN {
                    continue;
                }
                if at == 0 && self.came_for_plain.contains(&said.id) {
                    continue;
                }
                let fates = sender.open().store.delivery(said.id).unwrap().unwrap().fates;
                let told = fates.iter().any(|f| f.platform == sender.num(to) && f.state == DeliveryState::Dead);
                assert!(told, "message {text} for {to} is gone, and nobody knows: {fates:?}");
            }
        }
    }
}

/// Each opens three stores, so there are few, unless somebody asks for more.
fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(24)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), ..ProptestConfig::default() })]

    /// Shows promise 9.
    #[test]
    fn whatever_crosses_whatever_all_agree_in_the_end_and_answers_stand_after_what_they_answer(
        minutes in [-40..40_i64, -40..40_i64, -40..40_i64], steps in steps()
    ) {
        let mut model = Model::new(minutes);
        for step in &steps {
            model.play(step);
        }
        model.settle();
        model.check_members();
        model.check_names();
        model.check_messages();
    }
}
