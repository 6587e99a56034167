//! Who is up: in memory, from what was heard of each platform with a lane of its own. No I/O.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::{Duration, SystemTime};

use tokio::sync::Notify;
use tokio::time::Instant;

use crate::inbox::Hint;
use crate::model::Finding;
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
    /// Why it counts as down.
    pub down: Option<String>,
    /// Why its lane rests, and until when.
    pub rest: Option<(String, SystemTime)>,
    /// When it is pinged next while it is down.
    pub next_ping: Option<SystemTime>,
    /// What its last ping showed to be wrong.
    pub findings: Vec<Finding>,
    /// How many of its pings in a row named a node, or a platform that it hosts: it did not know yet which.
    doubts: u32,
    /// Read from a note: the node had a lane for it.
    pub is_lane: bool,
    heard: Option<Instant>,
    /// When it was asked back, since it had pinged.
    asked_back: Option<Instant>,
}

impl Contact {
    /// As far as can be told of a platform that this node hosts: it can't be reached while that one is down.
    pub(crate) fn behind(&mut self, gateway: &Contact, name: &str) {
        (self.up, self.since) = (None, None);
        if gateway.up == Some(false) {
            (self.up, self.since) = (Some(false), gateway.since);
            self.down = Some(format!("{name}, which hosts it, is down"));
            self.next_ping = gateway.next_try();
        }
    }

    /// Why it counts as down, or why its lane rests.
    pub(crate) fn error(&self) -> Option<&str> {
        let rest = self.rest.as_ref().map(|(why, _)| why);
        self.down.as_ref().or(rest).map(String::as_str)
    }

    /// When it is tried again; None while nothing is wrong.
    pub(crate) fn next_try(&self) -> Option<SystemTime> {
        let ping = self.next_ping.filter(|_| self.up == Some(false));
        let rest = self.rest.as_ref().map(|(_, until)| *until);
        [ping, rest].into_iter().flatten().filter(|at| *at > SystemTime::now()).min()
    }

    /// As command lines beside this process find it.
    pub(crate) fn row(&self, platform: PlatformNum, is_lane: bool) -> ContactRow {
        let findings = (!self.findings.is_empty()).then(|| serde_json::to_string(&self.findings).ok()).flatten();
        ContactRow {
            platform,
            up: self.up,
            since: self.since.map(epoch_ms),
            last: self.last.map(epoch_ms),
            alarm: self.alarm.as_deref().map(Into::into),
            import_error: self.import_error.as_deref().map(Into::into),
            error: self.error().map(Into::into),
            next_try: self.next_try().map(epoch_ms),
            findings: findings.map(Into::into),
            is_lane,
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
            down: row.error.as_deref().map(str::to_owned),
            next_ping: row.next_try.map(instant),
            is_lane: row.is_lane,
            findings: row.findings.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default(),
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

    #[cfg(feature = "testing")]
    pub(crate) fn is_up(&self, num: PlatformNum) -> bool {
        self.contacts.hold().get(&num).is_some_and(|contact| contact.up == Some(true))
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
        contact.down = None;
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
        if contact.down.as_deref() != Some(why) {
            contact.down = Some(why.to_owned());
            self.changed.notify_one();
        }
        if contact.up == Some(false) {
            return None;
        }
        self.changed.notify_one();
        contact.up = Some(false);
        contact.since = Some(SystemTime::now());
        Some(Hint::Down(num, why.to_owned()))
    }

    /// Why it counts as down, if it does.
    pub(crate) fn why_down(&self, num: PlatformNum) -> Option<String> {
        self.contacts.hold().get(&num).and_then(|contact| contact.down.clone())
    }

    /// Its lane rests, for this reason and until then.
    pub(crate) fn rests(&self, num: PlatformNum, why: &str, until: SystemTime) {
        self.contacts.hold().entry(num).or_default().rest = Some((why.to_owned(), until));
        self.changed.notify_one();
    }

    /// Something in its lane came to an end.
    pub(crate) fn goes_on(&self, num: PlatformNum) {
        if self.contacts.hold().get_mut(&num).is_some_and(|contact| contact.rest.take().is_some()) {
            self.changed.notify_one();
        }
    }

    /// When it is pinged next if it stays down.
    pub(crate) fn pings_again(&self, num: PlatformNum, at: SystemTime) {
        let mut contacts = self.contacts.hold();
        let contact = contacts.entry(num).or_default();
        contact.next_ping = Some(at);
        if contact.up == Some(false) {
            self.changed.notify_one();
        }
    }

    /// How many pings before its last one left open who of its platforms is a node, if that one did too: by now it may know.
    pub(crate) fn doubted(&self, num: PlatformNum) -> Option<u32> {
        self.contacts.hold().get(&num).and_then(|contact| contact.doubts.checked_sub(1))
    }

    /// Its last ping left that open, or not.
    pub(crate) fn doubts(&self, num: PlatformNum, in_doubt: bool) {
        let mut contacts = self.contacts.hold();
        let contact = contacts.entry(num).or_default();
        contact.doubts = if in_doubt { contact.doubts.saturating_add(1) } else { 0 };
    }

    /// What its last ping showed to be wrong. Returns what of it is new.
    pub(crate) fn found(&self, num: PlatformNum, findings: Vec<Finding>) -> Vec<Finding> {
        let mut contacts = self.contacts.hold();
        let before = &mut contacts.entry(num).or_default().findings;
        if *before == findings {
            return Vec::new();
        }
        let new = findings.iter().filter(|finding| !before.contains(finding)).cloned().collect();
        *before = findings;
        self.changed.notify_one();
        new
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
