//! Who gets an event: from who speaks, who is concerned and who brought it, to destinations. Pure.
//!
//! What several platforms behind one node need goes to that node once. What came from a peer goes on only to the app and to
//! the platforms hosted here, and never back to the platform that it came from: so there is no echo and no loop.

use crate::directory::room::Room;
use crate::directory::{Directory, Reach, Route};
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

/// The platforms that what happens in this room is for.
pub(crate) fn audience(directory: &Directory, room: &Room) -> Vec<PlatformNum> {
    if room.row.public { everybody(directory) } else { room.platforms().collect() }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use proptest::prelude::*;

    use super::*;
    use crate::registry::Registry;
    use crate::store::{self, PlatformKind, PlatformRow};

    const OWN: PlatformNum = 1;
    const PEER: PlatformNum = 2;
    const OTHER_PEER: PlatformNum = 3;
    const HOSTED: PlatformNum = 4;
    const OTHER_HOSTED: PlatformNum = 5;
    const BEHIND_PEER: PlatformNum = 6;
    const ALSO_BEHIND_PEER: PlatformNum = 7;
    const MENTIONED: PlatformNum = 8;
    const HUB: PlatformNum = 9;
    const ALL: [PlatformNum; 9] =
        [OWN, PEER, OTHER_PEER, HOSTED, OTHER_HOSTED, BEHIND_PEER, ALSO_BEHIND_PEER, MENTIONED, HUB];

    /// A node with an app, two peers, two hosted platforms, two behind a peer, one that is only mentioned, and a hub.
    fn directory() -> Directory {
        let platform = |num| PlatformRow {
            num,
            name: format!("P{num}").into(),
            kind: if matches!(num, PEER | OTHER_PEER | HUB) { PlatformKind::Node } else { PlatformKind::Plain },
            standalone: num == HUB,
            batch: true,
            receipts: true,
            kinds: None,
            store: None,
            via: matches!(num, BEHIND_PEER | ALSO_BEHIND_PEER).then_some(PEER),
            support_audio: true,
            support_image: true,
            known: num != MENTIONED,
            lists_users: false,
            filed: false,
            named_by: None,
            told: None,
            token: None,
        };
        let entry = |num: &PlatformNum| {
            format!(r#"{{"id": {num}, "name": "P{num}", "endpoint": "http://p{num}/", "token": "t{num}"}}"#)
        };
        let entries: Vec<String> = [PEER, OTHER_PEER, HOSTED, OTHER_HOSTED, HUB].iter().map(entry).collect();
        let registry = format!("[{}]", entries.join(","));
        let mut directory = Directory::default();
        (directory.node, directory.own) = (OWN, Some(OWN));
        directory.apply(store::Directory { platforms: ALL.map(platform).into(), ..store::Directory::default() });
        let registry = Registry::parse(registry.as_bytes(), "P1", Path::new("platforms.json")).unwrap();
        directory.install(&std::sync::Arc::new(registry));
        directory
    }

    #[test]
    fn what_the_app_says_goes_to_everybody_and_once_to_each_node() {
        let route = route(&directory(), Source::App, OWN, ALL);
        assert!(!route.own);
        assert_eq!(route.lanes, [PEER, OTHER_PEER, HOSTED, OTHER_HOSTED]);
        let behind = [(BEHIND_PEER, PEER), (ALSO_BEHIND_PEER, PEER)];
        assert!(behind.iter().all(|pair| route.to.contains(pair)));
        assert!(!route.to.iter().any(|(platform, _)| [MENTIONED, HUB].contains(platform)));
    }

    /// How something gets to a platform.
    #[derive(Debug, Clone, Copy, PartialEq)]
    enum Way {
        App,
        Lane(PlatformNum),
        Not,
    }
    use Way::{App, Lane, Not};

    /// Who says it, and who brings it.
    const SAID: [(Source, PlatformNum); 4] = [
        (Source::App, OWN),
        (Source::Plain(HOSTED), HOSTED),
        (Source::Peer(PEER), PEER),
        (Source::Peer(PEER), BEHIND_PEER),
    ];

    /// For each platform, in the order of `SAID`.
    const TABLE: [(PlatformNum, [Way; 4]); 9] = [
        (OWN, [Not, App, App, App]),
        (PEER, [Lane(PEER), Lane(PEER), Not, Not]),
        (OTHER_PEER, [Lane(OTHER_PEER), Lane(OTHER_PEER), Not, Not]),
        (HOSTED, [Lane(HOSTED), Not, Lane(HOSTED), Lane(HOSTED)]),
        (OTHER_HOSTED, [Lane(OTHER_HOSTED); 4]),
        (BEHIND_PEER, [Lane(PEER), Lane(PEER), Not, Not]),
        (ALSO_BEHIND_PEER, [Lane(PEER), Lane(PEER), Not, Not]),
        (MENTIONED, [Not; 4]),
        (HUB, [Not; 4]),
    ];

    /// Shows promise 6.
    #[test]
    fn what_is_said_gets_to_a_platform_by_whoever_carries_for_it_and_from_a_peer_only_to_whom_this_node_hosts() {
        let directory = directory();
        for (platform, ways) in TABLE {
            for ((source, speaker), way) in SAID.into_iter().zip(ways) {
                let lanes = if let Lane(lane) = way { vec![lane] } else { Vec::new() };
                let to = lanes.iter().map(|lane| (platform, *lane)).collect();
                let expected = Route { own: way == App, lanes, to };
                assert_eq!(
                    route(&directory, source, speaker, [platform]),
                    expected,
                    "{platform} by {source:?} {speaker}"
                );
            }
        }
    }

    proptest! {
        /// Shows promise 6.
        #[test]
        fn nothing_goes_back_to_where_it_came_from_and_no_lane_is_named_twice(
            speaker in 1..=9_u32, by in 0..3_u8, concerned in proptest::collection::vec(1..=9_u32, 0..20)
        ) {
            let source = match by {
                0 => Source::App,
                1 => Source::Plain(speaker),
                _ => Source::Peer(PEER),
            };
            let route = route(&directory(), source, speaker, concerned.iter().copied());
            prop_assert!(!route.lanes.contains(&speaker) && route.to.iter().all(|(platform, _)| *platform != speaker));
            prop_assert!(source.peer().is_none_or(|peer| !route.lanes.contains(&peer)));
            prop_assert!(route.to.iter().all(|(platform, lane)| concerned.contains(platform) && route.lanes.contains(lane)));
            let mut lanes = route.lanes.clone();
            lanes.sort_unstable();
            lanes.dedup();
            prop_assert_eq!(lanes.len(), route.lanes.len());
        }
    }
}
