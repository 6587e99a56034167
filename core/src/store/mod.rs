//! What is on disk: the trait that every store fulfils, and the rows that cross it.
//!
//! A store knows no HTTP and decides nothing. It keeps three kinds of things:
//!
//! * the **directory** (platforms, users, rooms with their announcements, bindings): loaded into memory at open, changed
//!   only inside a transaction, each change stamped with the transaction's version so that other processes can follow;
//! * the **outbox**: events, the destinations that still wait for them, what became of them, dead letters;
//! * the **inbox**: events for the app, what was seen already, what waits for its room.
//!
//! All writing happens inside [`Store::transact`], exclusively among all processes that share the store, and is durable
//! when it returns. One transaction carries many events: [`crate::commit::writer`] gathers them.
//!
//! Nothing here is particular to SQLite: sequence numbers, leases and "has somebody else written" exist in every database.

mod membership;
#[cfg(any(test, feature = "testing"))]
pub(crate) mod memory;
mod rows;
pub(crate) mod sqlite;

#[cfg(test)]
mod contract;

pub(crate) use membership::*;
pub(crate) use rows::*;

use std::sync::Arc;

use tokio::sync::Notify;
use uuid::Uuid;

use crate::Result;
use crate::model::Id;
use crate::util::ages::AgeMark;

/// The writing side. Everything done through it is durable together, or not at all.
pub(crate) trait Tx {
    /// Whether another process has written since this one last did (then the index in memory must follow first).
    fn others_wrote(&self) -> bool;
    /// The directory rows that changed after `version` (lanes and what they tell: all). Costs no more than those.
    fn changes(&mut self, version: u64) -> Result<Directory>;
    /// The version that this transaction gives to the directory rows that it puts: one more than the last transaction's
    /// that put any.
    fn version(&self) -> u64;

    fn put_platform(&mut self, row: &PlatformRow) -> Result<()>;
    /// `row.version` is not read; the transaction's is written.
    fn put_user(&mut self, row: &UserRow) -> Result<()>;
    fn put_room(&mut self, row: &RoomRow) -> Result<()>;
    fn put_asked(&mut self, row: &AskedRow) -> Result<()>;
    fn put_announcement(&mut self, row: &AnnouncementRow) -> Result<()>;
    fn put_binding(&mut self, row: &BindingRow) -> Result<()>;
    fn put_mark(&mut self, row: MarkRow) -> Result<()>;
    /// The marks of a room: the greatest event of each platform that spoke there.
    fn marks(&mut self, room: RoomNum) -> Result<Vec<MarkRow>>;
    fn put_lane(&mut self, row: LaneRow) -> Result<()>;
    /// Replaces what this lane tells of this platform.
    fn put_telling(&mut self, row: &TellingRow) -> Result<()>;
    fn delete_telling(&mut self, lane: PlatformNum, platform: PlatformNum) -> Result<()>;
    /// `from` turned out to be `into`: everything that names the one names the other from now on, and what both have becomes
    /// one. Nothing may wait in the lane of `from`. Its number is never given out again.
    fn merge_platforms(&mut self, from: PlatformNum, into: PlatformNum) -> Result<()>;
    fn put_owner(&mut self, row: OwnerRow) -> Result<()>;
    fn put_contact(&mut self, row: &ContactRow) -> Result<()>;
    /// Remembers the greatest event id made here.
    fn put_last_id(&mut self, id: Uuid) -> Result<()>;
    /// How far the clock of ages is. It is written with what else this transaction writes, once a minute, and on its own once
    /// an hour; the mark that is loaded is the last that was written.
    fn put_age(&mut self, mark: AgeMark);

    /// Stores an event and the destinations that wait for it; returns its position.
    fn put_event(&mut self, event: &EventRow, dests: &[PlatformNum]) -> Result<Seq>;
    /// What waits for `dest` after a position, as [`Store::waiting`].
    fn waiting(&mut self, dest: PlatformNum, after: Seq, events: usize, bytes: usize) -> Result<Vec<Waiting>>;
    fn put_receipt(&mut self, row: &ReceiptRow) -> Result<()>;
    /// As [`Store::delivery`].
    fn delivery(&mut self, event: Uuid) -> Result<Option<DeliveryRows>>;
    /// Replaces what is known of this event at this platform.
    fn put_fate(&mut self, row: &FateRow) -> Result<()>;
    /// What waits of these positions in the lane of `dest` came to an end at `at`: none of it waits any more. The runs are in
    /// order and don't overlap; what else is in them is left alone. Events that wait for nobody are deleted. Returns how many
    /// waited.
    fn settle(&mut self, dest: PlatformNum, done: &[Run], at: i64) -> Result<u64>;
    /// Something later took the place of this position in the lane of `dest`: it waits no more, and the lane has not passed it
    /// yet. Returns whether it waited.
    fn replace(&mut self, dest: PlatformNum, seq: Seq) -> Result<bool>;
    fn put_dead(&mut self, dead: &Dead) -> Result<()>;
    /// Takes out and returns dead letters, at most `limit`, oldest first.
    fn take_dead(&mut self, filter: &DeadFilter, limit: usize) -> Result<Vec<DeadRow>>;

    /// Notes that this event of this platform was taken at the age `at` (milliseconds). False if it was noted before. At least
    /// the last 100,000 of each platform are remembered, and all of the last ten minutes; error of kind `busy` for more than
    /// can be.
    fn see(&mut self, platform: PlatformNum, id: Uuid, at: i64) -> Result<bool>;
    /// Whether this event of this platform is noted.
    fn seen(&mut self, platform: PlatformNum, id: Uuid) -> Result<bool>;
    /// The same for a message in this room; it is remembered as long as its id is.
    fn see_message(&mut self, platform: PlatformNum, id: Uuid, room: RoomNum, at: i64) -> Result<bool>;
    /// Remembers a message that was made here, or that was noted before its room was known. At least the last 100,000 of each
    /// platform are remembered.
    fn put_message(&mut self, platform: PlatformNum, id: Uuid, room: RoomNum, at: i64) -> Result<()>;
    /// What is remembered of the message of this id.
    fn message(&mut self, platform: PlatformNum, id: Uuid) -> Result<Remembered>;
    /// What counts of the changes of a message; None: nothing has changed, or that is forgotten.
    fn changed(&mut self, key: &ChangedKey) -> Result<Option<Counting>>;
    /// Replaces that; `holder`: the platform whose change it is. The last 100,000 of each holder are kept.
    fn put_changed(&mut self, key: &ChangedKey, counting: Counting, holder: PlatformNum) -> Result<()>;
    fn key(&mut self, platform: PlatformNum, key: &str) -> Result<Option<KeyRow>>;
    fn put_key(&mut self, row: &KeyRow) -> Result<()>;

    /// Stores an event for the app; returns its position.
    fn put_inbox(&mut self, event: &InboxEvent) -> Result<Seq>;
    /// How many events wait for the app.
    fn inbox_depth(&self) -> u64;
    /// Deletes; returns how many were there.
    fn delete_inbox(&mut self, seqs: &[Seq]) -> Result<u64>;
    /// Handling it has failed this often, and its handler did not kill its process this time.
    fn set_inbox_attempts(&mut self, seq: Seq, attempts: u32) -> Result<()>;
    /// A process died while it was out: that is one failure more, and a reason to suspect it.
    fn suspect_inbox(&mut self, seq: Seq) -> Result<()>;
    /// What waits for the app after a position.
    fn inbox_heads(&mut self, after: Seq) -> Result<Vec<InboxHead>>;

    fn put_parked(&mut self, row: &ParkedRow) -> Result<()>;
    /// How many events of this peer are parked.
    fn parked_count(&mut self, peer: PlatformNum) -> Result<u64>;
    /// Takes out and returns what waits for this room, in the order in which it came.
    fn take_parked(&mut self, origin: PlatformNum, room_id: &Id) -> Result<Vec<ParkedRow>>;
    /// Takes out and returns what is to be judged anew or has been parked for a room since before the age `at` (milliseconds),
    /// at most `limit`.
    fn take_parked_before(&mut self, at: i64, limit: usize) -> Result<Vec<ParkedRow>>;
    /// The messages for which something waits, each once.
    fn awaited(&mut self) -> Result<Vec<(PlatformNum, Uuid)>>;
    /// Takes out and returns what waits for this message, in the order in which it came.
    fn take_awaiting(&mut self, platform: PlatformNum, event: Uuid) -> Result<Vec<ParkedRow>>;
    /// Takes out and returns what has waited for a message since before the age `at` (milliseconds), at most `limit`.
    fn take_awaiting_before(&mut self, at: i64, limit: usize) -> Result<Vec<ParkedRow>>;

    fn put_joined(&mut self, row: &JoinedRow) -> Result<()>;
    fn put_invite(&mut self, row: &InviteRow) -> Result<()>;
    /// Returns whether it was there.
    fn delete_invite(&mut self, id: &str) -> Result<bool>;
    fn invite(&mut self, id: &str) -> Result<Option<InviteRow>>;
    /// All of them, in the order in which they were made.
    fn invites(&mut self) -> Result<Vec<InviteRow>>;
    /// Stores what is asked of the node that runs; returns its number.
    fn put_errand(&mut self, order: &str, at: i64) -> Result<i64>;
    /// Takes out the oldest that is not answered yet.
    fn take_errand(&mut self) -> Result<Option<ErrandRow>>;
    /// The answer for whoever asked, as of the age `at`.
    fn answer_errand(&mut self, num: i64, answer: &str, at: i64) -> Result<()>;
    /// Takes out the answer, if it is there.
    fn take_errand_answer(&mut self, num: i64) -> Result<Option<String>>;
    /// Forgets errands and answers from before the age `at`; returns whether there were any.
    fn forget_errands(&mut self, at: i64) -> Result<bool>;

    /// Forgets what is past its time, and all receipts but the last million. Never what still waits. Bounded work per call:
    /// true if there is more to forget.
    fn prune(&mut self, past: Past) -> Result<bool>;
}

/// A store that several processes may share.
pub(crate) trait Store: Send + Sync + 'static {
    /// The id of the store, made with it.
    fn id(&self) -> Uuid;

    /// Runs `work` in one transaction, alone among all processes, and commits it durably. An error, of `work` or of the
    /// commit, leaves nothing behind.
    fn transact(&self, work: &mut dyn FnMut(&mut dyn Tx) -> Result<()>) -> Result<()>;

    /// The whole directory.
    fn load(&self) -> Result<Directory>;

    /// Is notified soon after another process has committed: within some milliseconds, unless the machine is overloaded.
    fn others(&self) -> Arc<Notify>;

    /// What waits for `dest` after a position, oldest first, at most `events` and (but for the first) `bytes` of bodies.
    fn waiting(&self, dest: PlatformNum, after: Seq, events: usize, bytes: usize) -> Result<Vec<Waiting>>;

    /// At which age the oldest of what waits for `dest` entered (milliseconds).
    fn oldest(&self, dest: PlatformNum) -> Result<Option<i64>>;

    fn inbox_heads(&self, after: Seq) -> Result<Vec<InboxHead>>;
    fn inbox_depth(&self) -> Result<u64>;
    /// Notes that these events, and no others, are out at the app of this process. It costs no commit: it survives the death
    /// of the process, not that of the machine.
    fn note_out(&self, out: &[Seq]) -> Result<()>;
    /// Whether another process has the store open, or had when [`Store::left_out`] was last asked. Costs nothing; a process that
    /// comes may be noticed some seconds later.
    fn is_shared(&self) -> bool;
    /// The events that were out when other processes died, each told once: they have failed once more, and are under
    /// suspicion. Opening a store looks for them too.
    fn left_out(&self) -> Result<Vec<Seq>>;
    /// The events at these positions, in their order; those that are gone are left out.
    fn inbox(&self, seqs: &[Seq]) -> Result<Vec<InboxRow>>;

    fn dead(&self, filter: &DeadFilter, limit: usize) -> Result<Vec<DeadRow>>;
    /// The greatest number that was given to a dead letter.
    fn last_dead(&self) -> Result<i64>;
    /// (destination, number of dead letters)
    fn dead_counts(&self) -> Result<Vec<(PlatformNum, u64)>>;
    fn delivery(&self, event: Uuid) -> Result<Option<DeliveryRows>>;
    /// None before a node has used the store.
    fn owner(&self) -> Result<Option<OwnerRow>>;
    fn contacts(&self) -> Result<Vec<ContactRow>>;
    fn invite(&self, id: &str) -> Result<Option<InviteRow>>;
    /// All invites, in the order in which they were made.
    fn invites(&self) -> Result<Vec<InviteRow>>;

    /// Takes a lease that no other process holds, or None. It ends when it is dropped or this process dies. Within one
    /// process the caller sees to it that it asks for each name once.
    fn lease(&self, name: &str) -> Result<Option<Box<dyn Lease>>>;

    /// Does what can wait until nothing is written for a moment. To be called when that is so; closing does it too.
    fn rest(&self);

    /// Waits for what is being done, closes, and lets another opening in. All else is an error of kind `closed` from then on.
    fn close(&self);
}

/// Held until dropped.
pub(crate) trait Lease: Send + Sync {}
