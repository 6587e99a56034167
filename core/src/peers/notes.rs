//! Notes in the store how the other platforms stand, for command lines, which look at it from a process of their own.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::Peers;
use super::presence::Contact;
use crate::Result;
use crate::commit::job::Job;
use crate::store::{ContactRow, PlatformNum};
use crate::util::apart::apart;
use crate::util::tick::tick;

/// The last contact alone is noted again when it is this many milliseconds later: writing must not keep pace with messages.
const LATER: u64 = 5_000;

/// Keeps the notes until the node closes; then nobody knows any more who is up.
pub(crate) async fn keep(peers: Arc<Peers>) {
    let mut noted: HashMap<PlatformNum, ContactRow> = HashMap::new();
    // Of an earlier run: a platform may have left the registry since.
    let store = peers.shared.store.clone();
    let known = apart(move || store.contacts()).await.unwrap_or_default();
    let known: HashMap<PlatformNum, ContactRow> = known.into_iter().map(|row| (row.platform, row)).collect();
    let mut registry = peers.shared.registry_changes();
    registry.mark_changed();
    let mut closing = false;
    while !closing {
        let changed = async {
            peers.presence.changed.notified().await;
            tick().await;
        };
        tokio::select! {
            () = changed => {}
            _ = registry.changed() => {}
            () = peers.shared.stopped() => closing = true,
        }
        let mut rows = rows(&peers, &known);
        if closing {
            for row in &mut rows {
                (row.up, row.since, row.next_try) = (None, None, None);
            }
        }
        rows.retain(|row| noted.get(&row.platform).is_none_or(|before| differs(before, row)));
        if rows.is_empty() {
            continue;
        }
        noted.extend(rows.iter().map(|row| (row.platform, row.clone())));
        // Lost with a crash, or when the store can't be written, it is noted at the next change.
        let _ = peers.shared.writer.lazily(move |job| put(job, &rows));
    }
}

/// Every platform that was tried or heard of, that has a lane, or that was noted before.
fn rows(peers: &Peers, known: &HashMap<PlatformNum, ContactRow>) -> Vec<ContactRow> {
    let mut contacts: BTreeMap<PlatformNum, Contact> = peers.presence.contacts().into_iter().collect();
    let directory = peers.shared.directory.read();
    for num in directory.lanes().chain(known.keys().copied()) {
        contacts.entry(num).or_default();
    }
    let row = |(num, contact): (PlatformNum, Contact)| {
        let mut row = contact.row(num, directory.is_lane(num));
        row.last = row.last.or_else(|| known.get(&num).and_then(|before| before.last));
        row
    };
    contacts.into_iter().map(row).collect()
}

fn put(job: &mut Job<'_>, rows: &[ContactRow]) -> Result<()> {
    rows.iter().try_for_each(|row| job.tx.put_contact(row))
}

fn differs(before: &ContactRow, now: &ContactRow) -> bool {
    let later = match (before.last, now.last) {
        // By the wall clock, which may have been set back.
        (Some(before), Some(now)) => now.abs_diff(before) >= LATER,
        (before, now) => before != now,
    };
    later || ContactRow { last: now.last, ..before.clone() } != *now
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contact_is_noted_when_it_changes_and_now_and_then_while_it_lasts() {
        let presence = crate::peers::presence::Presence::default();
        presence.up(1);
        let row = presence.contact(1).row(1, true);
        let row = ContactRow { since: Some(1), last: Some(10), ..row };
        assert!(!differs(&row, &row));
        assert!(!differs(&row, &ContactRow { last: Some(5_000), ..row.clone() }));
        assert!(differs(&row, &ContactRow { last: Some(5_010), ..row.clone() }));
        assert!(differs(&row, &ContactRow { last: Some(-5_000), ..row.clone() }), "the clock was put right");
        assert!(differs(&row, &ContactRow { up: Some(false), ..row.clone() }));
        assert!(differs(&row, &ContactRow { alarm: Some("401".into()), ..row.clone() }));
        assert!(differs(&row, &ContactRow { import_error: Some("odd".into()), ..row.clone() }));
        assert!(differs(&row, &ContactRow { error: Some("503".into()), ..row.clone() }));
        assert!(differs(&row, &ContactRow { is_lane: false, ..row.clone() }), "it has left the registry");
    }
}
