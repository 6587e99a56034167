//! Who is up: in memory, from what was heard of each platform with a lane of its own. No I/O.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::{Duration, SystemTime};

use tokio::sync::Notify;
use tokio::time::Instant;

use crate::inbox::Hint;
use crate::store::{ContactRow, PlatformNum};
use crate::util::lock::MutexExt;
use crate::util::time::{epoch_ms, instant};

#[derive(Debug, Clone, Default)]
pub(crate) struct Contact {
    /// None until it was tried.
    pub up: Option<bool>,
    pub since: Option<SystemTime>,
    pub last: Option<SystemTime>,
    /// What it refused: a wrong token or a wrong registry.
    pub alarm: Option<String>,
    /// What was wrong when its users were imported last.
    pub import_error: Option<String>,
    heard: Option<Instant>,
    /// When it was asked back, since it had pinged.
    asked_back: Option<Instant>,
}

impl Contact {
    /// As command lines beside this process find it.
    pub(crate) fn row(&self, platform: PlatformNum) -> ContactRow {
        ContactRow {
            platform,
            up: self.up,
            since: self.since.map(epoch_ms),
            last: self.last.map(epoch_ms),
            alarm: self.alarm.as_deref().map(Into::into),
            import_error: self.import_error.as_deref().map(Into::into),
        }
    }
}

impl From<ContactRow> for Contact {
    fn from(row: ContactRow) -> Self {
        Contact {
            up: row.up,
            since: row.since.map(instant),
            last: row.last.map(instant),
            alarm: row.alarm.as_deref().map(str::to_owned),
            import_error: row.import_error.as_deref().map(str::to_owned),
            ..Contact::default()
        }
    }
}

/// Claims to speak for a platform whose hosting is not known: asked about, and refused once a ping that began later than
/// the question did not confirm it.
#[derive(Debug, Clone, Copy)]
enum Claim {
    Asked(Instant),
    Refused(Instant),
}

/// A node that pings more often than this is asked back a little later.
const ASK_BACK: Duration = Duration::from_secs(1);

/// How long a refused claim is not asked about again.
const CLAIM_REFUSED: Duration = Duration::from_secs(10);

#[derive(Default)]
pub(crate) struct Presence {
    contacts: Mutex<HashMap<PlatformNum, Contact>>,
    claims: Mutex<HashMap<(PlatformNum, String), Claim>>,
    /// Peers that should be pinged at once.
    urgent: Mutex<Vec<PlatformNum>>,
    /// Contacts are looked at at once.
    pub wake: Notify,
    /// They are looked at within a second.
    pub soon: Notify,
    /// A contact has changed.
    pub changed: Notify,
}

impl Presence {
    pub(crate) fn contact(&self, num: PlatformNum) -> Contact {
        self.contacts.hold().get(&num).cloned().unwrap_or_default()
    }

    /// Every platform that was tried or heard of, as it stands.
    pub(crate) fn contacts(&self) -> Vec<(PlatformNum, Contact)> {
        self.contacts.hold().iter().map(|(num, contact)| (*num, contact.clone())).collect()
    }

    /// It answered. Returns the hint to give if it was down, or seen for the first time.
    pub(crate) fn up(&self, num: PlatformNum) -> Option<Hint> {
        let mut contacts = self.contacts.hold();
        let contact = contacts.entry(num).or_default();
        contact.last = Some(SystemTime::now());
        contact.heard = Some(Instant::now());
        self.changed.notify_one();
        if contact.up == Some(true) {
            return None;
        }
        contact.up = Some(true);
        contact.since = Some(SystemTime::now());
        Some(Hint::Up(num))
    }

    /// It did not answer, or not as it should. Returns the hint to give if it was up before.
    pub(crate) fn down(&self, num: PlatformNum, why: &str) -> Option<Hint> {
        let mut contacts = self.contacts.hold();
        let contact = contacts.entry(num).or_default();
        if contact.up == Some(false) {
            return None;
        }
        self.changed.notify_one();
        contact.up = Some(false);
        contact.since = Some(SystemTime::now());
        Some(Hint::Down(num, why.to_owned()))
    }

    /// Something verified came from it. Returns whether it was thought to be down (or not known).
    pub(crate) fn heard(&self, num: PlatformNum) -> bool {
        let mut contacts = self.contacts.hold();
        let contact = contacts.entry(num).or_default();
        contact.last = Some(SystemTime::now());
        contact.heard = Some(Instant::now());
        self.changed.notify_one();
        contact.up != Some(true)
    }

    /// It refused us (true: for the first time in a row), or no longer does.
    pub(crate) fn alarm(&self, num: PlatformNum, why: Option<String>) -> bool {
        let mut contacts = self.contacts.hold();
        let contact = contacts.entry(num).or_default();
        let new = why.is_some() && contact.alarm.is_none();
        if contact.alarm != why {
            contact.alarm = why;
            self.changed.notify_one();
        }
        new
    }

    /// How the import of its users went: None, or what was wrong.
    pub(crate) fn imported(&self, num: PlatformNum, wrong: Option<String>) {
        self.contacts.hold().entry(num).or_default().import_error = wrong;
    }

    /// Whether nothing was heard of it for this long.
    pub(crate) fn silent(&self, num: PlatformNum, span: Duration) -> bool {
        self.contacts.hold().get(&num).and_then(|c| c.heard).is_none_or(|at| at.elapsed() >= span)
    }

    /// Has this peer pinged at once.
    pub(crate) fn ask(&self, num: PlatformNum) {
        self.note_urgent(num);
        self.wake.notify_one();
    }

    /// Has this peer pinged within a second.
    fn ask_soon(&self, num: PlatformNum) {
        self.note_urgent(num);
        self.soon.notify_one();
    }

    fn note_urgent(&self, num: PlatformNum) {
        let mut urgent = self.urgent.hold();
        if !urgent.contains(&num) {
            urgent.push(num);
        }
    }

    /// A node has pinged. Perhaps it has just been opened, with another store than before: only its own ping tells.
    pub(crate) fn ask_back(&self, num: PlatformNum) {
        let at_once = {
            let mut contacts = self.contacts.hold();
            let asked = &mut contacts.entry(num).or_default().asked_back;
            let at_once = asked.is_none_or(|at| at.elapsed() >= ASK_BACK);
            *asked = Some(Instant::now());
            at_once
        };
        if at_once {
            self.ask(num);
        } else {
            self.ask_soon(num);
        }
    }

    pub(crate) fn take_urgent(&self) -> Vec<PlatformNum> {
        std::mem::take(&mut *self.urgent.hold())
    }

    /// Whether a claim of this peer to speak for that platform is refused for sure. If it isn't, the peer is asked.
    pub(crate) fn claim_refused(&self, peer: PlatformNum, platform: &str) -> bool {
        let mut claims = self.claims.hold();
        if claims.len() > 10_000 {
            claims.clear();
        }
        let key = (peer, crate::model::name::fold(platform));
        match claims.get(&key) {
            Some(Claim::Refused(at)) if at.elapsed() < CLAIM_REFUSED => return true,
            Some(Claim::Asked(_)) => {}
            _ => {
                claims.insert(key, Claim::Asked(Instant::now()));
            }
        }
        drop(claims);
        self.ask(peer);
        false
    }

    /// A ping of this peer that began at `began` was answered: what was asked before and is not confirmed is refused.
    pub(crate) fn answered(&self, peer: PlatformNum, began: Instant) {
        for ((claimant, _), claim) in self.claims.hold().iter_mut() {
            if *claimant == peer && matches!(claim, Claim::Asked(asked) if *asked <= began) {
                *claim = Claim::Refused(Instant::now());
            }
        }
    }
}
