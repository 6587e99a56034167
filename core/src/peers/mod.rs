//! Who else is there: whether it is up ([`presence`], [`notes`]), what it is ([`ping`]), its users ([`import`]), when to ask
//! ([`contact`]), and how to [`join`] them. What is wrong with all this is found out by [`check`].

pub(crate) mod check;
pub(crate) mod contact;
pub(crate) mod import;
pub(crate) mod join;
pub(crate) mod notes;
pub(crate) mod ping;
pub(crate) mod presence;
pub(crate) mod probe;

#[cfg(test)]
mod contact_tests;
#[cfg(test)]
mod down_tests;
#[cfg(test)]
mod presence_tests;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use tokio::sync::Notify;
use tokio::time::Instant;

use crate::inbox::Inbox;
use crate::model::{Finding, PlatformState};
use crate::rules::tell_change;
use crate::shared::Shared;
use crate::store::PlatformNum;
use crate::transport::Transport;
use crate::util::lock::MutexExt;
use crate::util::seldom::seldom;
use crate::util::shown::{Shown, in_words, without_words};

use presence::Presence;

/// What a lane that rests listens for.
#[derive(Default)]
pub(crate) struct Signs {
    /// Something verified came from the platform.
    pub alive: Notify,
    /// It was asked, and answers again.
    pub answers: Notify,
}

impl Signs {
    /// Earlier signs say nothing about what comes after a try.
    pub(crate) async fn forget(&self) {
        for sign in [&self.alive, &self.answers] {
            tokio::select! {
                biased;
                () = sign.notified() => {}
                () = std::future::ready(()) => {}
            }
        }
    }
}

/// The other platforms, as this process sees them.
pub(crate) struct Peers {
    pub shared: Arc<Shared>,
    pub transport: Arc<dyn Transport>,
    pub presence: Presence,
    inbox: Arc<Inbox>,
    signs: Mutex<HashMap<PlatformNum, Arc<Signs>>>,
    /// The lanes that this process runs.
    lanes: Mutex<HashMap<PlatformNum, bool>>,
    /// Pings under way, and whether another is asked for.
    pinging: Mutex<HashMap<PlatformNum, bool>>,
    synced: Mutex<HashMap<PlatformNum, Instant>>,
}

impl Peers {
    pub(crate) fn new(shared: Arc<Shared>, transport: Arc<dyn Transport>, inbox: Arc<Inbox>) -> Self {
        Peers {
            shared,
            transport,
            presence: Presence::default(),
            inbox,
            signs: Mutex::default(),
            lanes: Mutex::default(),
            pinging: Mutex::default(),
            synced: Mutex::default(),
        }
    }

    /// What shows that this platform lives.
    pub(crate) fn signs(&self, num: PlatformNum) -> Arc<Signs> {
        self.signs.hold().entry(num).or_default().clone()
    }

    pub(crate) fn holds_lane(&self, dest: PlatformNum, holds: bool) {
        self.lanes.hold().insert(dest, holds);
        // Perhaps it is for this process now to import its users.
        self.presence.wake.notify_one();
    }

    /// It answered. After it was away its users are imported again.
    pub(crate) fn is_up(&self, num: PlatformNum) {
        self.presence.alarm(num, None);
        if let Some(hint) = self.presence.up(num) {
            let name = self.shared.directory.read().name(num);
            if let Some(times) = seldom("up", &name) {
                tracing::info!(platform = %name, "up{times}");
            }
            self.inbox.hint([hint]);
            self.synced.hold().remove(&num);
            self.presence.wake.notify_one();
            self.signs(num).answers.notify_one();
        }
    }

    pub(crate) fn is_down(&self, num: PlatformNum, why: &str) {
        // What is broken off at the end says nothing of the other side.
        if self.shared.stopping() {
            return;
        }
        let why = &in_words(why);
        let before = self.presence.why_down(num);
        let hint = self.presence.down(num, why);
        let cause = without_words(why).to_string();
        let name = || self.shared.directory.read().name(num);
        if let Some(hint) = hint {
            let name = name();
            if let Some(times) = seldom("down", &name) {
                tracing::warn!(platform = %name, "down: {cause}{times}");
            }
            self.inbox.hint([hint]);
        } else if before.is_some_and(|before| without_words(&before).to_string() != cause) {
            let name = name();
            if let Some(times) = seldom("still down", &name) {
                tracing::warn!(platform = %name, "still down, by now since: {cause}{times}");
            }
        }
    }

    /// What a node's ping showed to be wrong. What is new of it is logged.
    pub(crate) fn found(&self, num: PlatformNum, findings: Vec<Finding>) {
        for finding in self.presence.found(num, findings) {
            let name = self.shared.directory.read().name(num);
            if let Some(times) = seldom("found", &name) {
                tracing::warn!(platform = %name, "{}; {}{times}", Shown(&finding.what), Shown(&finding.to_do));
            }
        }
    }

    /// A peer answered 401 or 403: a wrong token or a wrong registry.
    pub(crate) fn refused(&self, num: PlatformNum, why: &str) {
        // It may not have heard of this node yet.
        if self.shared.directory.read().way(num).is_some_and(|way| way.pair.borrowed) {
            return;
        }
        let why = &in_words(why);
        if self.presence.alarm(num, Some(why.to_owned())) {
            let name = self.shared.directory.read().name(num);
            if let Some(times) = seldom("refused", &name) {
                tracing::error!(platform = %name,
                    "it refuses us: {}; compare the tokens and the registries of both sides{times}", without_words(why));
            }
            let why = why.to_owned();
            let _ = self.shared.writer.lazily(move |job| tell_change(job, num, PlatformState::Refused, Some(&why)));
        }
    }

    /// Something verified came from this platform.
    pub(crate) fn heard(&self, num: PlatformNum) {
        if self.presence.heard(num) {
            self.presence.ask(num);
        }
        // Also of one that is up: it may have refused what is first in its lane.
        self.signs(num).alive.notify_one();
    }

    /// Notes that a ping begins. False while one is under way; then another follows it, since whoever asked may want to know
    /// what has changed since.
    pub(crate) fn begins_ping(&self, num: PlatformNum) -> bool {
        let mut pinging = self.pinging.hold();
        let free = !pinging.contains_key(&num);
        pinging.insert(num, !free);
        free
    }

    /// Notes that a ping ended. True if another was asked for meanwhile.
    pub(crate) fn ends_ping(&self, num: PlatformNum) -> bool {
        self.pinging.hold().remove(&num).unwrap_or(false)
    }

    /// Whether it is time to import this platform's users, and for this process to do it. Notes that it is done.
    pub(crate) fn imports(&self, num: PlatformNum) -> bool {
        if self.presence.contact(num).up != Some(true) || self.lanes.hold().get(&num) != Some(&true) {
            return false;
        }
        let every = self.shared.config.sync_interval;
        let mut synced = self.synced.hold();
        let due = synced.get(&num).is_none_or(|at| !every.is_zero() && at.elapsed() >= every);
        if due {
            synced.insert(num, Instant::now());
        }
        due
    }
}
