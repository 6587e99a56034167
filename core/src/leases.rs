//! Waiting for leases that other processes hold. All that are wanted are asked for together, once a second
//! ([`crate::tasks`]), apart from the tasks that must not wait for the disk; so it costs a process that stands by the same,
//! however many lanes there are.

use std::collections::BTreeMap;
use std::sync::Mutex;

use tokio::sync::{Notify, oneshot};

use crate::store::{Lease, Store};
use crate::util::apart::apart;
use crate::util::lock::MutexExt;
use crate::util::seldom::seldom;

type Held = Box<dyn Lease>;

pub(crate) struct Leases {
    /// By the name of the lease, who waits for it. None: the node closes, and nobody is given one any more.
    wanted: Mutex<Option<BTreeMap<String, oneshot::Sender<Held>>>>,
    more: Notify,
}

impl Default for Leases {
    fn default() -> Self {
        Leases { wanted: Mutex::new(Some(BTreeMap::new())), more: Notify::new() }
    }
}

impl Leases {
    /// Waits until this process has the lease of this name; at most one waits for a name. None if the node closes.
    pub(crate) async fn take(&self, name: String) -> Option<Held> {
        let (found, lease) = oneshot::channel();
        self.wanted.hold().as_mut()?.insert(name, found);
        self.more.notify_one();
        lease.await.ok()
    }

    /// Whether somebody waits.
    pub(crate) fn are_wanted(&self) -> bool {
        self.wanted.hold().as_ref().is_some_and(|wanted| !wanted.is_empty())
    }

    /// Waits until one more is wanted.
    pub(crate) async fn more(&self) {
        self.more.notified().await;
    }

    /// Asks for all of them once; those that others hold are wanted still.
    pub(crate) fn ask(&self, store: &dyn Store) {
        let wanted = self.wanted.hold().as_mut().map(std::mem::take).unwrap_or_default();
        for (name, found) in wanted.into_iter().filter(|(_, found)| !found.is_closed()) {
            match store.lease(&name) {
                // Nobody waits any more: it is given back.
                Ok(Some(lease)) => drop(found.send(lease)),
                Ok(None) => self.want_again(name, found),
                Err(e) => {
                    if let Some(times) = seldom("lease", &name) {
                        tracing::error!("the lease {name} can't be taken: {e}{times}");
                    }
                    self.want_again(name, found);
                }
            }
        }
    }

    fn want_again(&self, name: String, found: oneshot::Sender<Held>) {
        if let Some(wanted) = self.wanted.hold().as_mut() {
            wanted.entry(name).or_insert(found);
        }
    }

    /// The node closes: whoever waits, or asks from now on, is given none.
    pub(crate) fn end(&self) {
        *self.wanted.hold() = None;
    }
}

/// Gives a lease back, apart from the tasks that must not wait: a file is removed for it.
pub(crate) async fn give_back(lease: Held) {
    let _ = apart(move || {
        drop(lease);
        Ok(())
    })
    .await;
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::store::memory::Disk;

    #[tokio::test]
    async fn who_waits_for_what_another_process_holds_gets_it_then_or_nothing_when_the_node_closes() {
        let disk = Disk::default();
        let (other, own) = (disk.open(), disk.open());
        let leases = Arc::new(Leases::default());
        let want = |name: &str| {
            let (leases, name) = (leases.clone(), name.to_owned());
            tokio::spawn(async move { leases.take(name).await.is_some() })
        };
        let held = other.lease("port").unwrap().unwrap();
        let waits = want("port");
        leases.more().await;
        leases.ask(&own);
        assert!(leases.are_wanted() && !waits.is_finished());
        drop(held);
        leases.ask(&own);
        assert!(waits.await.unwrap() && !leases.are_wanted());

        let _held = other.lease("port").unwrap().unwrap();
        let waits = want("port");
        leases.more().await;
        leases.end();
        leases.ask(&own);
        assert!(!waits.await.unwrap(), "it waited when the node closed");
        assert!(!want("lane-1").await.unwrap(), "it came when the node closed");
    }
}
