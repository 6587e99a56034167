//! The writing side of a store in memory.

use std::mem;
use std::sync::Arc;

use uuid::Uuid;

use super::tables::{Errand, Tables, bind_key};
use super::{merge, prune};
use crate::Result;
use crate::model::Id;
use crate::store::{
    AnnouncementRow, AskedRow, BindingRow, ChangedKey, ContactRow, Counting, Dead, DeadFilter, DeadRow, DeliveryRows,
    Directory, ErrandRow, EventRow, FateRow, InboxEvent, InboxHead, InviteRow, JoinedRow, KeyRow, LaneRow, MarkRow,
    OwnerRow, ParkedRow, Past, PlatformNum, PlatformRow, ReceiptRow, Remembered, RoomNum, RoomRow, Run, Seq,
    TellingRow, Tx, UserRow, Waiting,
};
use crate::util::ages::{AgeMark, is_due};

/// So many ids of a platform are remembered at least, and so long, milliseconds.
const REMEMBERED: usize = 100_000;
const REMEMBERED_FOR: i64 = 2 * 300_000;

pub(super) struct MemoryTx {
    now: Tables,
    began_with: u64,
    others_wrote: bool,
    age: Option<AgeMark>,
    changed: bool,
}

impl MemoryTx {
    pub(super) fn new(now: Tables, others_wrote: bool) -> Self {
        MemoryTx { began_with: now.version, age: now.age, now, others_wrote, changed: false }
    }

    /// The tables as the transaction leaves them, if it has changed any.
    pub(super) fn changed(mut self) -> Option<Tables> {
        if is_due(self.now.age, self.age, self.changed) {
            let age = self.age;
            self.edit().age = age;
        }
        self.changed.then_some(self.now)
    }

    fn edit(&mut self) -> &mut Tables {
        self.changed = true;
        &mut self.now
    }

    /// The version to put with a directory row.
    fn stamp(&mut self) -> u64 {
        let version = self.version();
        self.edit().version = version;
        version
    }

    /// Takes what waits of these runs out of a lane; returns how many.
    fn take_out(&mut self, dest: PlatformNum, done: &[Run]) -> u64 {
        let tables = self.edit();
        let ended: Vec<Seq> = done
            .iter()
            .flat_map(|(from, upto)| tables.outbox.range((dest, *from)..=(dest, *upto)))
            .map(|((_, seq), ())| *seq)
            .collect();
        for seq in &ended {
            tables.outbox.edit().remove(&(dest, *seq));
            let events = tables.events.edit();
            if let Some((_, lanes)) = events.get_mut(seq) {
                *lanes -= 1;
                if *lanes == 0 {
                    events.remove(seq);
                }
            }
        }
        ended.len() as u64
    }

    /// Notes an id that comes, with the room of a message. False if it is noted already.
    fn note(&mut self, platform: PlatformNum, id: Uuid, room: Option<RoomNum>, now: i64, span: i64) -> Result<bool> {
        if self.seen(platform, id)? {
            return Ok(false);
        }
        let taken = Arc::make_mut(self.edit().taken.edit().entry(platform).or_default());
        taken.ids.insert(id, room);
        taken.order.push((id, now));
        // Half of them at once, since the rest has to be moved then.
        if taken.order.len() > 2 * REMEMBERED && (span == 0 || taken.order[REMEMBERED].1 + span < now) {
            let kept = taken.order.split_off(REMEMBERED);
            for (id, _) in mem::replace(&mut taken.order, kept) {
                taken.ids.remove(&id);
                taken.forgotten = taken.forgotten.max(Some(id));
            }
        }
        Ok(true)
    }

    /// Takes parked events out.
    fn take_parked_rows(&mut self, nums: &[i64]) -> Vec<ParkedRow> {
        let parked = self.edit().parked.edit();
        nums.iter().filter_map(|num| parked.remove(num)).collect()
    }
}

impl Tx for MemoryTx {
    fn others_wrote(&self) -> bool {
        self.others_wrote
    }

    fn changes(&mut self, version: u64) -> Result<Directory> {
        Ok(self.now.directory(version, self.began_with))
    }

    fn version(&self) -> u64 {
        self.began_with + 1
    }

    fn put_platform(&mut self, row: &PlatformRow) -> Result<()> {
        let version = self.stamp();
        self.now.platforms.edit().insert(row.num, (row.clone(), version));
        Ok(())
    }

    fn put_user(&mut self, row: &UserRow) -> Result<()> {
        let row = UserRow { version: self.stamp(), ..row.clone() };
        let users = self.now.users.edit();
        // The key too is as it came last: a number and a text that read alike are one.
        users.remove(&(row.platform, row.id.clone()));
        users.insert((row.platform, row.id.clone()), row);
        Ok(())
    }

    fn put_room(&mut self, row: &RoomRow) -> Result<()> {
        let row = RoomRow { version: self.stamp(), ..row.clone() };
        self.now.rooms.edit().insert(row.num, row);
        Ok(())
    }

    fn put_asked(&mut self, row: &AskedRow) -> Result<()> {
        let version = self.stamp();
        self.now.asked.edit().insert(row.room, (row.clone(), version));
        Ok(())
    }

    fn put_announcement(&mut self, row: &AnnouncementRow) -> Result<()> {
        let version = self.stamp();
        self.now.announcements.edit().insert((row.room, row.by), (row.clone(), version));
        Ok(())
    }

    fn put_binding(&mut self, row: &BindingRow) -> Result<()> {
        let version = self.stamp();
        self.now.bindings.edit().insert(bind_key(row.kind, row.platform, &row.id), (row.clone(), version));
        Ok(())
    }

    fn put_mark(&mut self, row: MarkRow) -> Result<()> {
        self.edit().marks.edit().insert((row.room, row.platform), row);
        Ok(())
    }

    fn marks(&mut self, room: RoomNum) -> Result<Vec<MarkRow>> {
        Ok(self.now.marks.range((room, 0)..=(room, PlatformNum::MAX)).map(|(_, row)| *row).collect())
    }

    fn put_lane(&mut self, row: LaneRow) -> Result<()> {
        self.edit().lanes.edit().insert(row.dest, row);
        Ok(())
    }

    fn put_telling(&mut self, row: &TellingRow) -> Result<()> {
        self.edit().tellings.edit().insert((row.lane, row.platform), row.clone());
        Ok(())
    }

    fn delete_telling(&mut self, lane: PlatformNum, platform: PlatformNum) -> Result<()> {
        self.edit().tellings.edit().remove(&(lane, platform));
        Ok(())
    }

    fn merge_platforms(&mut self, from: PlatformNum, into: PlatformNum) -> Result<()> {
        let version = self.stamp();
        merge::platforms(&mut self.now, from, into, version);
        Ok(())
    }

    fn put_owner(&mut self, row: OwnerRow) -> Result<()> {
        self.edit().owner = Some(row);
        Ok(())
    }

    fn put_contact(&mut self, row: &ContactRow) -> Result<()> {
        self.edit().contacts.edit().insert(row.platform, row.clone());
        Ok(())
    }

    fn put_age(&mut self, mark: AgeMark) {
        self.age = Some(mark);
    }

    fn put_last_id(&mut self, id: Uuid) -> Result<()> {
        self.edit().last_id = Some(id);
        Ok(())
    }

    fn put_event(&mut self, event: &EventRow, dests: &[PlatformNum]) -> Result<Seq> {
        let tables = self.edit();
        tables.last.event += 1;
        let seq = tables.last.event;
        if !dests.is_empty() {
            tables.events.edit().insert(seq, (Arc::new(event.clone()), dests.len()));
            tables.outbox.edit().extend(dests.iter().map(|dest| ((*dest, seq), ())));
        }
        Ok(seq)
    }

    fn waiting(&mut self, dest: PlatformNum, after: Seq, events: usize, bytes: usize) -> Result<Vec<Waiting>> {
        Ok(self.now.waiting(dest, after, events, bytes))
    }

    fn put_receipt(&mut self, row: &ReceiptRow) -> Result<()> {
        self.edit().receipts.edit().insert(row.event, row.clone());
        Ok(())
    }

    fn delivery(&mut self, event: Uuid) -> Result<Option<DeliveryRows>> {
        Ok(self.now.delivery(event))
    }

    fn put_fate(&mut self, row: &FateRow) -> Result<()> {
        self.edit().fates.edit().insert((row.event, row.platform), row.clone());
        Ok(())
    }

    fn settle(&mut self, dest: PlatformNum, done: &[Run], at: i64) -> Result<u64> {
        let settled = self.take_out(dest, done);
        if let Some((_, upto)) = done.last()
            && settled > 0
        {
            let upto = *upto.min(&self.now.last.event);
            self.now.passed.edit().insert((dest, upto), Some(at));
        }
        Ok(settled)
    }

    fn replace(&mut self, dest: PlatformNum, seq: Seq) -> Result<bool> {
        Ok(self.take_out(dest, &[(seq, seq)]) > 0)
    }

    fn put_dead(&mut self, dead: &Dead) -> Result<()> {
        let tables = self.edit();
        tables.last.dead += 1;
        tables.dead.edit().insert(tables.last.dead, dead.clone());
        Ok(())
    }

    fn take_dead(&mut self, filter: &DeadFilter, limit: usize) -> Result<Vec<DeadRow>> {
        let rows = self.now.dead(filter, limit);
        let dead = self.edit().dead.edit();
        rows.iter().for_each(|row| drop(dead.remove(&row.num)));
        Ok(rows)
    }

    fn see(&mut self, platform: PlatformNum, id: Uuid, now: i64) -> Result<bool> {
        self.note(platform, id, None, now, REMEMBERED_FOR)
    }

    fn see_message(&mut self, platform: PlatformNum, id: Uuid, room: RoomNum, at: i64) -> Result<bool> {
        self.note(platform, id, Some(room), at, REMEMBERED_FOR)
    }

    fn put_message(&mut self, platform: PlatformNum, id: Uuid, room: RoomNum, at: i64) -> Result<()> {
        if !self.note(platform, id, Some(room), at, 0)? {
            Arc::make_mut(self.edit().taken.edit().entry(platform).or_default()).ids.insert(id, Some(room));
        }
        Ok(())
    }

    fn message(&mut self, platform: PlatformNum, id: Uuid) -> Result<Remembered> {
        let Some(taken) = self.now.taken.get(&platform) else { return Ok(Remembered::NotYet) };
        Ok(match taken.ids.get(&id) {
            Some(Some(room)) => Remembered::Message(*room),
            Some(None) => Remembered::No,
            None if taken.forgotten.is_some_and(|forgotten| id <= forgotten) => Remembered::No,
            None => Remembered::NotYet,
        })
    }

    fn changed(&mut self, key: &ChangedKey) -> Result<Option<Counting>> {
        Ok(self.now.changed.get(key).map(|(counting, _)| *counting))
    }

    fn put_changed(&mut self, key: &ChangedKey, counting: Counting, holder: PlatformNum) -> Result<()> {
        self.edit().changed.edit().insert(key.clone(), (counting, holder));
        Ok(())
    }

    fn seen(&mut self, platform: PlatformNum, id: Uuid) -> Result<bool> {
        Ok(self.now.taken.get(&platform).is_some_and(|taken| taken.ids.contains_key(&id)))
    }

    fn key(&mut self, platform: PlatformNum, key: &str) -> Result<Option<KeyRow>> {
        Ok(self.now.keys.get(&(platform, key.to_owned())).cloned())
    }

    fn put_key(&mut self, row: &KeyRow) -> Result<()> {
        self.edit().keys.edit().insert((row.platform, row.key.clone()), row.clone());
        Ok(())
    }

    fn put_inbox(&mut self, event: &InboxEvent) -> Result<Seq> {
        let tables = self.edit();
        tables.last.inbox += 1;
        tables.inbox.edit().insert(tables.last.inbox, event.clone());
        Ok(tables.last.inbox)
    }

    fn inbox_depth(&self) -> u64 {
        self.now.inbox.len() as u64
    }

    fn delete_inbox(&mut self, seqs: &[Seq]) -> Result<u64> {
        let inbox = self.edit().inbox.edit();
        Ok(seqs.iter().filter(|seq| inbox.remove(seq).is_some()).count() as u64)
    }

    fn set_inbox_attempts(&mut self, seq: Seq, attempts: u32) -> Result<()> {
        if let Some(event) = self.edit().inbox.edit().get_mut(&seq) {
            (event.attempts, event.suspect) = (attempts, false);
        }
        Ok(())
    }

    fn suspect_inbox(&mut self, seq: Seq) -> Result<()> {
        if let Some(event) = self.edit().inbox.edit().get_mut(&seq) {
            (event.attempts, event.suspect) = (event.attempts + 1, true);
        }
        Ok(())
    }

    fn inbox_heads(&mut self, after: Seq) -> Result<Vec<InboxHead>> {
        Ok(self.now.inbox_heads(after))
    }

    fn put_parked(&mut self, row: &ParkedRow) -> Result<()> {
        let tables = self.edit();
        tables.last.parked += 1;
        tables.parked.edit().insert(tables.last.parked, row.clone());
        Ok(())
    }

    fn parked_count(&mut self, peer: PlatformNum) -> Result<u64> {
        Ok(self.now.parked.values().filter(|row| row.peer == peer).count() as u64)
    }

    fn take_parked(&mut self, origin: PlatformNum, room_id: &Id) -> Result<Vec<ParkedRow>> {
        let meant = self
            .now
            .parked
            .iter()
            .filter(|(_, row)| row.of.is_none() && row.origin == origin && row.room_id == *room_id);
        let nums: Vec<i64> = meant.map(|(num, _)| *num).collect();
        Ok(self.take_parked_rows(&nums))
    }

    fn take_parked_before(&mut self, at: i64, limit: usize) -> Result<Vec<ParkedRow>> {
        let meant =
            self.now.parked.iter().filter(|(_, row)| (row.event.at < at && row.of.is_none()) || row.to_be_judged);
        let mut nums: Vec<(i64, i64)> = meant.map(|(num, row)| (row.event.at, *num)).collect();
        nums.sort_unstable();
        let nums: Vec<i64> = nums.into_iter().map(|(_, num)| num).take(limit).collect();
        Ok(self.take_parked_rows(&nums))
    }

    fn awaited(&mut self) -> Result<Vec<(PlatformNum, Uuid)>> {
        let mut awaited: Vec<_> = self.now.parked.values().filter_map(|row| row.of).collect();
        awaited.sort_unstable();
        awaited.dedup();
        Ok(awaited)
    }

    fn take_awaiting(&mut self, platform: PlatformNum, event: Uuid) -> Result<Vec<ParkedRow>> {
        let meant = self.now.parked.iter().filter(|(_, row)| row.of == Some((platform, event)));
        let nums: Vec<i64> = meant.map(|(num, _)| *num).collect();
        Ok(self.take_parked_rows(&nums))
    }

    fn take_awaiting_before(&mut self, at: i64, limit: usize) -> Result<Vec<ParkedRow>> {
        let meant = self.now.parked.iter().filter(|(_, row)| row.event.at < at && row.of.is_some());
        let nums: Vec<i64> = meant.map(|(num, _)| *num).take(limit).collect();
        Ok(self.take_parked_rows(&nums))
    }

    fn put_joined(&mut self, row: &JoinedRow) -> Result<()> {
        let version = self.stamp();
        self.now.joined.edit().insert(row.platform, (row.clone(), version));
        Ok(())
    }

    fn put_invite(&mut self, row: &InviteRow) -> Result<()> {
        let known = self.now.invites.iter().find(|(_, known)| known.id == row.id).map(|(num, _)| *num);
        let tables = self.edit();
        let num = known.unwrap_or_else(|| {
            tables.last.invite += 1;
            tables.last.invite
        });
        tables.invites.edit().insert(num, row.clone());
        Ok(())
    }

    fn delete_invite(&mut self, id: &str) -> Result<bool> {
        let before = self.now.invites.len();
        self.edit().invites.edit().retain(|_, row| &*row.id != id);
        Ok(self.now.invites.len() < before)
    }

    fn invite(&mut self, id: &str) -> Result<Option<InviteRow>> {
        Ok(self.now.invite(id))
    }

    fn invites(&mut self) -> Result<Vec<InviteRow>> {
        Ok(self.now.invites.values().cloned().collect())
    }

    fn put_errand(&mut self, order: &str, at: i64) -> Result<i64> {
        let tables = self.edit();
        tables.last.errand += 1;
        let errand = Errand { order: Some(order.to_owned()), answer: None, at };
        tables.errands.edit().insert(tables.last.errand, errand);
        Ok(tables.last.errand)
    }

    fn take_errand(&mut self) -> Result<Option<ErrandRow>> {
        let Some(num) = self.now.errands.iter().find(|(_, row)| row.order.is_some()).map(|(num, _)| *num) else {
            return Ok(None);
        };
        let row = self.edit().errands.edit().get_mut(&num);
        Ok(row.and_then(|row| row.order.take()).map(|order| ErrandRow { num, order }))
    }

    fn answer_errand(&mut self, num: i64, answer: &str, at: i64) -> Result<()> {
        self.edit().errands.edit().insert(num, Errand { order: None, answer: Some(answer.to_owned()), at });
        Ok(())
    }

    fn take_errand_answer(&mut self, num: i64) -> Result<Option<String>> {
        if self.now.errands.get(&num).is_none_or(|row| row.answer.is_none()) {
            return Ok(None);
        }
        Ok(self.edit().errands.edit().remove(&num).and_then(|row| row.answer))
    }

    fn forget_errands(&mut self, at: i64) -> Result<bool> {
        if !self.now.errands.values().any(|row| row.at < at) {
            return Ok(false);
        }
        self.edit().errands.edit().retain(|_, row| row.at >= at);
        Ok(true)
    }

    fn prune(&mut self, past: Past) -> Result<bool> {
        prune::prune(self.edit(), past);
        Ok(false)
    }
}
