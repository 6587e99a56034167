//! What the rules have found out about who writes where, kept for as long as the directory is what it was: most messages are of
//! somebody who wrote in the same room before. In memory alone.

use std::sync::Arc;

use crate::directory::Route;
use crate::model::{Id, Ref};
use crate::store::{PlatformNum, RoomNum};
use crate::util::hash::{HashMap, HashSet};

/// Of the app, and of all peers together, this many are kept.
const MOST: usize = 10_000;

/// What becomes of a message of this user in this room, whatever it says.
#[derive(Debug, PartialEq)]
pub(crate) struct Plan {
    pub room: RoomNum,
    /// Whose user writes.
    pub speaker: PlatformNum,
    /// Who writes, if nobody has announced them here.
    pub stranger: Option<Id>,
    pub way: Arc<Way>,
    /// How the body begins, up to the text.
    pub head: Box<[u8]>,
    /// The speaker's name.
    pub platform: Arc<str>,
}

/// Where it goes. Many plans share one, so that it stays at hand.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct Way {
    pub route: Route,
    /// The platforms of the route.
    pub to: Arc<[PlatformNum]>,
}

impl Way {
    pub(crate) fn new(route: Route) -> Arc<Way> {
        Arc::new(Way { to: route.platforms().collect(), route })
    }
}

/// The room and the sender that an app names.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Addressed {
    /// Of the room.
    pub origin: PlatformNum,
    pub room: Id,
    pub sender: Id,
}

/// The plan for a message of the app's own.
#[derive(Debug, PartialEq)]
pub(crate) struct OwnPlan {
    pub addressed: Addressed,
    pub plan: Plan,
}

/// The plans that are in force.
#[derive(Debug, Default)]
pub(super) struct Plans {
    /// Of which state of the directory they are.
    state: u64,
    own: HashMap<OwnKey, Arc<OwnPlan>>,
    peers: HashMap<Box<[u8]>, Arc<Plan>>,
    ways: HashSet<Arc<Way>>,
    /// Where keys are put together.
    key: Vec<u8>,
}

/// The room and the sender, as the app names them; an integer and a text may differ in what they become.
#[derive(Debug, PartialEq, Eq, Hash)]
struct OwnKey {
    room: Ref,
    sender: Ref,
    numbers: (bool, bool),
}

impl OwnKey {
    fn new(room: &Ref, sender: &Ref) -> Self {
        OwnKey { room: room.clone(), sender: sender.clone(), numbers: (room.id().is_number(), sender.id().is_number()) }
    }
}

impl Plans {
    /// Those that hold in this state of the directory.
    fn in_state(&mut self, state: u64) -> &mut Self {
        if self.state != state {
            self.own.clear();
            self.peers.clear();
            self.ways.clear();
            self.state = state;
        }
        self
    }

    /// The plan, with its way shared with others.
    fn sharing(&mut self, mut plan: Plan) -> Plan {
        match self.ways.get(&*plan.way) {
            Some(way) => plan.way = way.clone(),
            None => drop(self.ways.insert(plan.way.clone())),
        }
        plan
    }

    pub(super) fn own(&mut self, state: u64, room: &Ref, sender: &Ref) -> Option<Arc<OwnPlan>> {
        self.in_state(state).own.get(&OwnKey::new(room, sender)).cloned()
    }

    pub(super) fn keep_own(&mut self, state: u64, room: &Ref, sender: &Ref, known: OwnPlan) -> Arc<OwnPlan> {
        let plans = self.in_state(state);
        if plans.own.len() >= MOST {
            plans.own.clear();
        }
        let known = Arc::new(OwnPlan { plan: plans.sharing(known.plan), ..known });
        plans.own.insert(OwnKey::new(room, sender), known.clone());
        known
    }

    /// The plan for a message of this peer that begins so, and that this platform's user writes.
    pub(super) fn of_peer(&mut self, state: u64, peer: PlatformNum, head: &[u8], platform: &str) -> Option<Arc<Plan>> {
        let plans = self.in_state(state);
        plans.set_key(peer, head, platform);
        plans.peers.get(&*plans.key).cloned()
    }

    pub(super) fn keep_of_peer(&mut self, state: u64, peer: PlatformNum, plan: Plan) {
        let plans = self.in_state(state);
        if plans.peers.len() >= MOST {
            plans.peers.clear();
        }
        plans.set_key(peer, &plan.head, &plan.platform);
        let plan = plans.sharing(plan);
        plans.peers.insert(plans.key.as_slice().into(), Arc::new(plan));
    }

    fn set_key(&mut self, peer: PlatformNum, head: &[u8], platform: &str) {
        self.key.clear();
        self.key.extend_from_slice(&peer.to_le_bytes());
        // A head is JSON, in which this byte is not.
        [head, &[0], platform.as_bytes()].into_iter().for_each(|part| self.key.extend_from_slice(part));
    }
}
