//! Who gets an event: from who speaks, who is concerned and who brought it, to destinations. Pure.
//!
//! What several platforms behind one node need goes to that node once. What came from a peer goes on only to the app and to
//! the platforms hosted here, and never back to the platform that it came from: so there is no echo and no loop.

use crate::directory::{Directory, Reach};
use crate::room::Room;
use crate::store::PlatformNum;

/// Who brought an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    /// The app that embeds this node.
    App,
    /// A plain platform that is hosted here.
    Plain(PlatformNum),
    /// A node.
    Peer(PlatformNum),
}

impl Source {
    /// The peer, if it was one.
    pub(crate) fn peer(self) -> Option<PlatformNum> {
        match self {
            Source::Peer(peer) => Some(peer),
            Source::App | Source::Plain(_) => None,
        }
    }
}

/// Where an event goes.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Route {
    /// It is for the app.
    pub own: bool,
    /// The lanes that carry it, each once.
    pub lanes: Vec<PlatformNum>,
    /// The platforms that it is for, with the lane of each; the app's own is not among them.
    pub to: Vec<(PlatformNum, PlatformNum)>,
}

/// The route to these platforms of what `speaker` says.
pub(crate) fn route(
    directory: &Directory,
    source: Source,
    speaker: PlatformNum,
    concerned: impl IntoIterator<Item = PlatformNum>,
) -> Route {
    let mut route = Route::default();
    for platform in concerned {
        if platform == speaker {
            continue;
        }
        match directory.reach(platform) {
            Reach::Own => route.own = true,
            Reach::Lane(lane) => {
                let allowed = match source.peer() {
                    Some(peer) => lane == platform && directory.is_hosted(platform) && platform != peer,
                    None => lane != speaker,
                };
                if allowed && !route.to.iter().any(|(p, _)| *p == platform) {
                    route.to.push((platform, lane));
                    if !route.lanes.contains(&lane) {
                        route.lanes.push(lane);
                    }
                }
            }
            Reach::None => {}
        }
    }
    route
}

/// Every platform: users and public rooms are for all.
pub(crate) fn everybody(directory: &Directory) -> Vec<PlatformNum> {
    directory.active().map(|row| row.num).collect()
}

/// The platforms that a message in this room is for.
pub(crate) fn audience(directory: &Directory, room: &Room) -> Vec<PlatformNum> {
    if room.row.public { everybody(directory) } else { room.members.keys().copied().collect() }
}

/// The platforms that an announcement of a room is for: who has a member in it, and who had one before.
pub(crate) fn announced_to(directory: &Directory, before: Option<&Room>, now: &Room) -> Vec<PlatformNum> {
    let mut platforms = audience(directory, now);
    for platform in before.map(|room| audience(directory, room)).unwrap_or_default() {
        if !platforms.contains(&platform) {
            platforms.push(platform);
        }
    }
    platforms
}
