//! What every store must do, as tests over any `Fn() -> impl Store` that opens one and the same store each time it is
//! called (after the last one was dropped). [`fulfilled_by!`] makes the tests for one kind of store.
//!
//! What needs several processes is tested with each store.

mod directory;
mod inbox;
mod membership;
mod merging;
mod messages;
mod outbox;

use bytes::Bytes;
use uuid::{Builder, Uuid};

use super::{EventRow, PlatformNum, Seq, Store, Tx};
use crate::Result;
use crate::model::EventKind;

/// Makes a test of each function of a module of the contract; `$open` is made anew for each.
macro_rules! for_store {
    ($open:expr; $($module:ident: $($name:ident),+;)+) => {
        $(mod $module {
            $(#[test]
            fn $name() {
                $crate::store::contract::$module::$name(&$open);
            })+
        })+
    };
}

/// Makes all tests of the contract for one kind of store.
macro_rules! fulfilled_by {
    ($store:ident, $open:expr) => {
        mod $store {
            for_store! {
                $open;
                directory:
                what_was_put_is_loaded_after_reopening,
                a_row_that_is_put_again_replaces_the_one_before,
                a_number_and_a_text_that_read_alike_are_one_id_written_as_it_came_last,
                changes_are_the_rows_of_later_versions,
                the_version_moves_only_with_directory_rows,
                how_old_the_store_is_is_written_along_with_other_things_or_once_an_hour,
                an_error_leaves_nothing_behind,
                a_panic_leaves_nothing_behind_and_the_store_works_on,
                own_commits_are_not_those_of_others,
                what_command_lines_are_told_is_kept_and_replaced,
                a_lease_has_one_holder_until_it_is_dropped;
                outbox:
                an_event_waits_for_each_of_its_destinations_in_order,
                what_waits_is_read_within_limits_but_never_nothing,
                settling_ends_the_waiting_of_one_lane_only,
                positions_never_come_again,
                an_event_for_nobody_has_a_position_and_does_not_wait,
                lanes_settled_in_any_order_keep_exactly_what_waits,
                dead_letters_are_found_by_each_filter_and_taken_once,
                a_delivery_tells_what_waits_what_passed_and_every_fate,
                a_delivery_is_found_for_each_of_many_publications_of_one_transaction,
                pruning_forgets_what_ended_and_never_what_waits,
                pruning_a_receipt_takes_its_fates_along,
                pruning_is_done_in_pieces_and_passes_over_what_waits;
                inbox:
                an_id_is_seen_once_per_platform,
                ids_that_count_up_are_each_seen_and_their_neighbours_are_not,
                the_last_hundred_thousand_ids_are_remembered,
                nothing_that_came_within_ten_minutes_is_forgotten_however_much_came,
                events_for_the_app_keep_their_order_and_bodies,
                the_marks_of_a_room_are_kept_and_replaced,
                deleting_counts_what_was_there,
                a_key_is_found_until_it_is_pruned,
                parked_events_come_back_in_order_and_are_counted,
                what_is_parked_too_long_is_taken_oldest_first;
                messages:
                a_message_is_remembered_with_its_room_and_other_events_are_none,
                the_last_hundred_thousand_messages_are_remembered_and_older_ones_are_known_to_be_too_old,
                what_counts_of_a_message_is_kept_and_replaced,
                what_waits_for_a_message_waits_for_no_room_and_is_found_by_it;
                membership:
                who_joined_is_loaded_and_followed_however_it_stands,
                an_invite_is_found_listed_replaced_and_deleted,
                an_errand_is_taken_once_and_its_answer_too,
                of_two_that_are_one_the_one_that_joined_is_the_files;
                merging:
                platforms_that_are_merged_are_one_in_every_table,
                a_platform_that_nothing_was_taken_from_inherits_what_was_seen;
            }
        }
    };
}

fulfilled_by!(sqlite, {
    let folder = tempfile::tempdir().unwrap();
    move || crate::store::sqlite::open(&folder.path().join("store.db"), None).unwrap()
});
fulfilled_by!(memory, {
    let disk = crate::store::memory::Disk::default();
    move || disk.open()
});

/// When things happen where it does not matter.
const NOW: i64 = 1_790_000_000_000;

/// A time-ordered id: the `n`th of the millisecond `at`.
fn id(at: i64, n: u32) -> Uuid {
    let mut random = [0; 10];
    random[6..].copy_from_slice(&n.to_be_bytes());
    Builder::from_unix_timestamp_millis(at as u64, &random).into_uuid()
}

fn message(id: Uuid, at: i64, body: &str) -> EventRow {
    EventRow {
        id,
        kind: EventKind::Message,
        platform: 1,
        source: None,
        room: Some(3),
        at,
        again: false,
        body: Bytes::copy_from_slice(body.as_bytes()),
    }
}

/// Runs `work` in a transaction and returns what it returns.
fn transact<T>(store: &impl Store, mut work: impl FnMut(&mut dyn Tx) -> Result<T>) -> Result<T> {
    let mut result = None;
    store.transact(&mut |tx| {
        result = Some(work(tx)?);
        Ok(())
    })?;
    Ok(result.unwrap())
}

/// Stores an event under the id `n`, entered at `n`.
fn put(store: &impl Store, n: u32, dests: &[PlatformNum]) -> Seq {
    transact(store, |tx| tx.put_event(&message(id(i64::from(n), n), i64::from(n), &format!("body {n}")), dests))
        .unwrap()
}

/// The positions that wait for a destination.
fn waiting(store: &impl Store, dest: PlatformNum) -> Vec<Seq> {
    store.waiting(dest, 0, usize::MAX, usize::MAX).unwrap().iter().map(|w| w.seq).collect()
}
