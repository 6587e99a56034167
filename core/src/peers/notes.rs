//! Notes in the store how the other platforms stand, for command lines, which look at it from a process of their own.

use std::collections::HashMap;
use std::sync::Arc;

use super::Peers;
use crate::Result;
use crate::commit::job::Job;
use crate::store::{ContactRow, PlatformNum};
use crate::util::tick::tick;

/// The last contact alone is noted again when it is this many milliseconds later: writing must not keep pace with messages.
const LATER: u64 = 5_000;

/// Keeps the notes until the node closes; then nobody knows any more who is up.
pub(crate) async fn keep(peers: Arc<Peers>) {
    let mut noted: HashMap<PlatformNum, ContactRow> = HashMap::new();
    let mut closing = false;
    while !closing {
        let changed = async {
            peers.presence.changed.notified().await;
            tick().await;
        };
        tokio::select! {
            () = changed => {}
            () = peers.shared.stopped() => closing = true,
        }
        let mut rows: Vec<_> = peers.presence.contacts().into_iter().map(|(num, contact)| contact.row(num)).collect();
        if closing {
            for row in &mut rows {
                (row.up, row.since) = (None, None);
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
        let row =
            ContactRow { platform: 1, up: Some(true), since: Some(1), last: Some(10), alarm: None, import_error: None };
        assert!(!differs(&row, &row));
        assert!(!differs(&row, &ContactRow { last: Some(5_000), ..row.clone() }));
        assert!(differs(&row, &ContactRow { last: Some(5_010), ..row.clone() }));
        assert!(differs(&row, &ContactRow { last: Some(-5_000), ..row.clone() }), "the clock was put right");
        assert!(differs(&row, &ContactRow { up: Some(false), ..row.clone() }));
        assert!(differs(&row, &ContactRow { alarm: Some("401".into()), ..row.clone() }));
        assert!(differs(&row, &ContactRow { import_error: Some("odd".into()), ..row.clone() }));
    }
}
