//! Forgetting what is past its time; all of it at once.

use uuid::Uuid;

use super::tables::Tables;
use crate::store::{Past, PlatformNum, ReceiptRow, Seq};
use crate::util::event_id::made_at;

/// Forgets what is past.
pub(super) fn prune(tables: &mut Tables, past: Past) {
    let Past { receipts, keys, .. } = past;
    forget_marks(tables, receipts);
    let over: Vec<Uuid> =
        tables.receipts.values().filter(|receipt| is_past(tables, receipt, past)).map(|r| r.event).collect();
    for event in over {
        tables.receipts.edit().remove(&event);
        tables.fates.edit().retain(|(of, _), _| *of != event);
    }
    let known = tables.receipts.clone();
    tables.fates.edit().retain(|(event, _), fate| fate.at >= receipts || known.contains_key(event));
    tables.keys.edit().retain(|_, row| row.at >= keys);
}

/// Replaces the marks of each lane that are past their time by one that says "long ago".
fn forget_marks(tables: &mut Tables, before: i64) {
    let mut kept: Option<(PlatformNum, Seq)> = None;
    for (key, at) in tables.passed.clone().iter().filter(|(_, at)| at.is_none_or(|at| at < before)) {
        if let Some(earlier) = kept.filter(|(lane, _)| *lane == key.0) {
            tables.passed.edit().remove(&earlier);
        }
        if at.is_some() {
            tables.passed.edit().insert(*key, None);
        }
        kept = Some(*key);
    }
}

fn is_past(tables: &Tables, receipt: &ReceiptRow, past: Past) -> bool {
    let lanes = receipt.to.iter().map(|(_, lane)| *lane);
    if lanes.clone().any(|lane| tables.outbox.contains_key(&(lane, receipt.seq))) {
        return false;
    }
    let passed = lanes.filter_map(|lane| tables.passed_at(lane, receipt.seq).flatten()).max();
    let ended = passed.max(tables.fates_of(receipt.event).map(|fate| fate.at).max());
    ended.map_or_else(|| made_at(receipt.event) < past.made, |ended| ended < past.receipts)
}
