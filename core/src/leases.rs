//! Waiting for leases that other processes hold. All that are wanted are asked for together, once a second ([`crate::tasks`]), apart from the
//! tasks that must not wait for the disk; so it costs a process that stands by the same, however many lanes there are.

use std::collections::BTreeMap;
use std::sync::Mutex;

use tokio::sync::{Notify, oneshot};

use crate::store::{Lease, Store};
use crate::util::apart::apart;
use crate::util::lock::MutexExt;
use crate::util::seldom::seldom;

type Held = Box<dyn Lease>;

#[derive(Default)]
pub(crate) struct Leases {
    /// By the name of the lease, who waits for it.
    wanted: Mutex<BTreeMap<String, oneshot::Sender<Held>>>,
    more: Notify,
}

impl Leases {
    /// Waits until this process has the lease of this name; at most one waits for a name. None if the node closes.
    pub(crate) async fn take(&self, name: String) -> Option<Held> {
        let (found, lease) = oneshot::channel();
        self.wanted.hold().insert(name, found);
        self.more.notify_one();
        lease.await.ok()
    }

    /// Whether somebody waits.
    pub(crate) fn are_wanted(&self) -> bool {
        !self.wanted.hold().is_empty()
    }

    /// Waits until one more is wanted.
    pub(crate) async fn more(&self) {
        self.more.notified().await;
    }

    /// Asks for all of them once; those that others hold are wanted still.
    pub(crate) fn ask(&self, store: &dyn Store) {
        let wanted = std::mem::take(&mut *self.wanted.hold());
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
        self.wanted.hold().entry(name).or_insert(found);
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
