//! How an event gets to a platform: by a lane of its own, through the node that hosts it, or not at all.

use super::state::Directory;
use crate::store::{PlatformKind, PlatformNum, PlatformRow};

/// How an event gets to a platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// It is the app itself.
    Own,
    /// Through the lane of this platform: itself, or the node that hosts it.
    Lane(PlatformNum),
    /// Not at all: unknown, disabled, vanished, or a standalone node (which is no platform).
    None,
}

/// Where an event goes.
#[derive(Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Route {
    /// It is for the app.
    pub own: bool,
    /// The lanes that carry it, each once.
    pub lanes: Vec<PlatformNum>,
    /// The platforms that it is for, with the lane of each; the app's own is not among them.
    pub to: Vec<(PlatformNum, PlatformNum)>,
}

impl Route {
    /// The platforms that it is for, the app's own excepted.
    pub(crate) fn platforms(&self) -> impl Iterator<Item = PlatformNum> {
        self.to.iter().map(|(platform, _)| *platform)
    }
}

impl Directory {
    pub(crate) fn reach(&self, num: PlatformNum) -> Reach {
        if Some(num) == self.own {
            return Reach::Own;
        }
        if self.is_lane(num) {
            let standalone = self.platforms.get(&num).is_some_and(|row| row.standalone);
            return if standalone { Reach::None } else { Reach::Lane(num) };
        }
        match self.via(num) {
            // Only a node hosts others; one that has not answered yet may be one.
            Some(host) if self.is_lane(host) && self.kind(host) != PlatformKind::Plain => Reach::Lane(host),
            _ => Reach::None,
        }
    }

    /// The node that hosts this platform, by the registry or by that node's own word.
    pub(crate) fn via(&self, num: PlatformNum) -> Option<PlatformNum> {
        match self.entries.get(&num) {
            Some(entry) if entry.enabled => entry.via.as_deref().and_then(|name| self.resolve(name)),
            Some(_) => None,
            None => self.platforms.get(&num).filter(|row| !row.filed).and_then(|row| row.via),
        }
    }

    /// An entry with an endpoint that is in force: a lane of its own.
    pub(crate) fn is_lane(&self, num: PlatformNum) -> bool {
        num != self.node && self.entries.get(&num).is_some_and(|e| e.enabled && e.via.is_none())
    }

    /// The platforms with a lane of their own.
    pub(crate) fn lanes(&self) -> impl Iterator<Item = PlatformNum> {
        self.entries.keys().copied().filter(|num| self.is_lane(*num))
    }

    /// The platforms that this lane carries to.
    pub(crate) fn behind(&self, lane: PlatformNum) -> Vec<PlatformNum> {
        self.platforms.keys().copied().filter(|num| self.reach(*num) == Reach::Lane(lane)).collect()
    }

    /// Every platform that takes part, this app's own included.
    pub(crate) fn active(&self) -> impl Iterator<Item = &PlatformRow> {
        self.platforms.values().filter(|row| self.reach(row.num) != Reach::None)
    }

    /// A platform whose gateway this node is (or may be: it has not answered yet).
    pub(crate) fn is_hosted(&self, num: PlatformNum) -> bool {
        self.is_lane(num) && self.kind(num) != PlatformKind::Node
    }

    /// Whether what this platform says enters here.
    pub(crate) fn is_local(&self, num: PlatformNum) -> bool {
        Some(num) == self.own || self.is_hosted(num)
    }

    /// A node that this one knows as a peer.
    pub(crate) fn is_peer(&self, num: PlatformNum) -> bool {
        self.is_lane(num) && self.kind(num) == PlatformKind::Node
    }
}
