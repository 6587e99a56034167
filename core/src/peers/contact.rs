//! Keeps in contact with the other platforms: pings who is silent, imports users when it is time.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::time::Instant;

use super::{Peers, import, ping};
use crate::store::{PlatformKind, PlatformNum};
use crate::util::shown::Shown;
use crate::util::tick::{tick, ticks};

/// How often it is looked who is silent, unless pings are more frequent.
const LOOK: Duration = Duration::from_secs(3);

/// Keeps in contact until the node closes.
pub(crate) async fn keep(peers: Arc<Peers>) {
    let mut pinged: HashMap<PlatformNum, (Instant, u64)> = HashMap::new();
    let mut registry = peers.shared.registry_changes();
    while !peers.shared.stopping() {
        let generation = registry.borrow_and_update().file;
        let urgent = peers.presence.take_urgent();
        let lanes: Vec<PlatformNum> = {
            let directory = peers.shared.directory.read();
            directory.lanes().collect()
        };
        // Who was removed and comes back is new.
        pinged.retain(|num, _| lanes.contains(num));
        for num in lanes {
            let due = match pinged.get(&num) {
                None => true,
                Some((_, seen)) if *seen != generation => true,
                Some((at, _)) => {
                    let every = peers.shared.config.ping_interval;
                    let doubted = peers.presence.doubted(num).map(|times| doubt(times).min(every));
                    urgent.contains(&num)
                        || (at.elapsed() >= every && is_pinged(&peers, num) && peers.presence.silent(num, every))
                        || doubted.is_some_and(|span| at.elapsed() >= span)
                }
            };
            if due && peers.begins_ping(num) {
                pinged.insert(num, (Instant::now(), generation));
                peers.presence.pings_again(num, SystemTime::now() + peers.shared.config.ping_interval);
                let (asking, asked) = (peers.clone(), urgent.contains(&num));
                peers.shared.spawn(async move {
                    let _ = if asked { ping::ping(&asking, num).await } else { ping::greet(&asking, num).await };
                    if asking.ends_ping(num) {
                        asking.presence.ask(num);
                    }
                });
            }
            if peers.imports(num) {
                peers.shared.spawn(import(peers.clone(), num));
            }
        }
        let soon = async {
            peers.presence.soon.notified().await;
            tick().await;
        };
        tokio::select! {
            () = ticks(LOOK.min(peers.shared.config.ping_interval / 10).as_secs()) => {}
            () = soon => {}
            _ = registry.changed() => {}
            () = peers.presence.wake.notified() => {}
            () = peers.shared.stopped() => {}
        }
    }
}

/// How long after its last ping one is asked that did not know yet, for the nth time, who of its platforms is a node.
fn doubt(times: u32) -> Duration {
    LOOK.saturating_mul(1 << times.min(8))
}

/// Nodes are pinged all the time, plain platforms only until it is known what they are, and while they are down.
fn is_pinged(peers: &Peers, num: PlatformNum) -> bool {
    let plain = peers.shared.directory.read().kind(num) == PlatformKind::Plain;
    !plain || peers.presence.contact(num).up == Some(false)
}

async fn import(peers: Arc<Peers>, num: PlatformNum) {
    if let Err(e) = import::import(&peers, num).await {
        tracing::warn!(platform = %peers.shared.directory.read().name(num), "its users were not imported: {}", Shown(&e));
    }
}
