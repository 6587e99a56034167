//! What a job of the writer works with: the transaction, the directory, new ids, and what the commit sets in motion.

use std::collections::HashSet;
use std::sync::Arc;

use parking_lot::{RwLock, RwLockUpgradableReadGuard};
use uuid::Uuid;

use super::effects::Batch;
use super::marks::Marks;
use super::note::{self, DeathNote};
use super::share::{Sender, Share, Subject};
use crate::config::Config;
use crate::directory::{Directory, Reach};
use crate::model::name::fold;
use crate::model::{DeliveryState, EventKind};
use crate::registry::Registry;
use crate::store::{
    AnnouncementRow, AskedRow, BindingRow, Dead, EventRow, FateRow, InboxEvent, LaneRow, OwnerRow, PlatformKind,
    PlatformNum, PlatformRow, RoomNum, RoomRow, Run, Seq, TellingRow, Tx, UserRow, Waiting,
};
use crate::util::ages::Moment;
use crate::util::event_id::{EventIds, Floor};
use crate::util::seldom::seldom;
use crate::util::shown::without_words;
use crate::{Error, ErrorKind, Result};

/// So many platforms that nobody named before may one peer mention in its rooms: one that makes names up can't grow memory
/// without end, and takes no place from another.
pub(crate) const MOST_MENTIONED: usize = 1_000;
/// So many may it name before it claims to host one more: those that are made up leave room for those that are there.
pub(crate) const MOST_CLAIMED: usize = 2 * MOST_MENTIONED;

/// What a job works with. The directory in memory is changed only together with the store, by the methods here.
pub(crate) struct Job<'a> {
    pub tx: &'a mut dyn Tx,
    /// Others read beside it; nobody else changes it.
    directory: RwLockUpgradableReadGuard<'a, Directory>,
    pub config: &'a Config,
    /// By the wall clock, epoch milliseconds: for ids, and for what is only shown.
    pub now: i64,
    /// By the clock of ages, milliseconds: for every row that is judged by how old it is.
    pub age: i64,
    batch: &'a mut Batch,
    kept: &'a mut Kept,
}

/// What the writer keeps from one transaction to the next.
pub(super) struct Kept {
    pub ids: EventIds,
    pub share: Share,
    pub marks: Marks,
}

impl Kept {
    /// Forgets what others may have changed.
    pub(super) fn clear(&mut self) {
        self.share.clear();
        self.marks.clear();
    }
}

impl<'a> Job<'a> {
    pub(super) fn new(
        tx: &'a mut dyn Tx,
        directory: &'a RwLock<Directory>,
        config: &'a Config,
        batch: &'a mut Batch,
        kept: &'a mut Kept,
        moment: Moment,
    ) -> Self {
        let Moment { wall: now, age } = moment;
        Job { tx, directory: directory.upgradable_read(), config, now, age, batch, kept }
    }

    /// What is known, as it is with all that this transaction has done so far.
    pub(crate) fn directory(&self) -> &Directory {
        &self.directory
    }

    /// A new event id, of an event that is in no room.
    pub(crate) fn new_id(&mut self) -> Uuid {
        self.new_id_after(None)
    }

    /// A new event id, greater than `floor` if that is in reach.
    pub(crate) fn new_id_after(&mut self, floor: Option<Uuid>) -> Uuid {
        self.batch.made_ids = true;
        self.kept.ids.next_after(self.now, floor.map(|id| Floor { id, ours: false }))
    }

    /// A new event id for what this platform says in this room, greater than every id in reach that was seen there, and than
    /// the announcement in force that it is to follow.
    pub(crate) fn new_id_in(&mut self, room: RoomNum, platform: PlatformNum, in_force: Option<Uuid>) -> Result<Uuid> {
        self.batch.made_ids = true;
        let now = self.now;
        let seen = self.kept.marks.seen(self.tx, &self.directory, room, now)?.floor(now);
        let in_force = in_force.filter(|id| seen.is_none_or(|seen| seen.id < *id));
        let floor = in_force.map(|id| Floor { id, ours: false }).or(seen);
        let id = self.kept.ids.next_after(now, floor);
        // One that was made in order is less than any that follows anyway; one that was lifted has to be remembered.
        if id > self.kept.ids.last() {
            self.kept.marks.seen(self.tx, &self.directory, room, now)?.note(id, true, now);
            self.mark(room, platform, id)?;
        }
        Ok(id)
    }

    /// Whether a new id that has this one for its floor will be greater.
    pub(crate) fn can_exceed(&self, id: Uuid) -> bool {
        self.kept.ids.will_exceed(id, self.now)
    }

    /// Notes an event of a room that must be exceeded. Returns whether it comes late.
    pub(crate) fn mark(&mut self, room: RoomNum, platform: PlatformNum, event: Uuid) -> Result<bool> {
        self.kept.marks.note(self.tx, &self.directory, (room, platform), event, self.now)
    }

    // Directory rows go to the store and to memory together.

    pub(crate) fn put_platform(&mut self, row: PlatformRow) -> Result<()> {
        self.tx.put_platform(&row)?;
        self.change_rows(|directory| directory.put_platform(row));
        Ok(())
    }

    pub(crate) fn put_user(&mut self, mut row: UserRow) -> Result<()> {
        row.version = self.tx.version();
        self.tx.put_user(&row)?;
        self.change_rows(|directory| directory.put_user(row));
        Ok(())
    }

    /// Puts an announcement in force, with the room's row as it makes it.
    pub(crate) fn announce(&mut self, mut room: RoomRow, announcement: AnnouncementRow) -> Result<()> {
        room.version = self.tx.version();
        self.tx.put_room(&room)?;
        self.tx.put_announcement(&announcement)?;
        self.kept.marks.announced(&announcement, self.now);
        self.change_rows(|directory| {
            directory.put_room(room);
            directory.announce(announcement);
        });
        Ok(())
    }

    /// Notes whom the app asked for in a room of its own.
    pub(crate) fn put_asked(&mut self, row: AskedRow) -> Result<()> {
        self.tx.put_asked(&row)?;
        self.change_rows(|directory| directory.put_asked(row));
        Ok(())
    }

    pub(crate) fn put_binding(&mut self, row: &BindingRow) -> Result<()> {
        self.tx.put_binding(row)?;
        self.change_rows(|directory| directory.put_binding(row));
        Ok(())
    }

    fn change<T>(&mut self, change: impl FnOnce(&mut Directory) -> T) -> T {
        self.directory.with_upgraded(change)
    }

    /// Changes what the transaction gives its version to.
    fn change_rows(&mut self, change: impl FnOnce(&mut Directory)) {
        let version = self.tx.version();
        self.change(|directory| {
            directory.version = directory.version.max(version);
            change(directory);
        });
    }

    /// Notes whose store this is; `before`: what the store says. Nothing is written where it says so already, so that a node
    /// opens on a full disk too.
    pub(crate) fn put_owner(&mut self, row: OwnerRow, before: Option<OwnerRow>) -> Result<()> {
        if before != Some(row) {
            self.tx.put_owner(row)?;
        }
        self.change(|directory| directory.belongs_to(row));
        Ok(())
    }

    /// Puts the registry's entries in force; each has a platform row.
    pub(crate) fn install(&mut self, registry: &Arc<Registry>) {
        self.change(|directory| directory.install(registry));
    }

    /// Puts no spelling of the registry in force any more: what was an alias may be a platform of its own by now.
    pub(crate) fn forget_spellings(&mut self) {
        self.change(|directory| directory.rename([]));
    }

    /// Whether this peer may name these platforms: those that nobody named before are its own share.
    pub(crate) fn may_name<'n>(
        &self,
        peer: PlatformNum,
        most: usize,
        names: impl IntoIterator<Item = &'n str>,
    ) -> Result<()> {
        let directory = self.directory();
        let new: HashSet<String> =
            names.into_iter().filter(|name| directory.resolve(name).is_none()).map(fold).collect();
        if !new.is_empty() && directory.named_by(peer) + new.len() > most {
            let why = format!("more than {most} platforms that are unknown here are named by {}", directory.name(peer));
            return Err(Error::new(ErrorKind::Forbidden, why).within("users"));
        }
        Ok(())
    }

    /// The number of the platform of this name; a new one if there is none yet. What the registry names is always let in.
    pub(crate) fn platform_num(&mut self, name: &str) -> Result<PlatformNum> {
        self.named(name, None)
    }

    /// The number of the platform of this name, which a peer gives ([`Job::may_name`] says whether it may).
    pub(crate) fn platform_num_by(&mut self, peer: Option<PlatformNum>, name: &str) -> Result<PlatformNum> {
        self.named(name, peer)
    }

    fn named(&mut self, name: &str, named_by: Option<PlatformNum>) -> Result<PlatformNum> {
        let (found, num) = (self.directory().resolve(name), self.directory().next_platform_num());
        if let Some(num) = found {
            return Ok(num);
        }
        self.put_platform(PlatformRow {
            num,
            name: name.trim().into(),
            kind: PlatformKind::Unknown,
            standalone: false,
            batch: false,
            receipts: false,
            store: None,
            via: None,
            support_audio: true,
            support_image: true,
            known: false,
            filed: false,
            named_by,
            lists_users: false,
            told: None,
            token: None,
        })?;
        Ok(num)
    }

    /// `from` turned out to be `into`. Nothing may wait in the lane of `from`.
    pub(crate) fn merge_platforms(&mut self, from: PlatformNum, into: PlatformNum) -> Result<()> {
        self.put_lanes_and_marks()?;
        self.tx.merge_platforms(from, into)?;
        let rows = self.tx.changes(0)?;
        self.change_rows(|directory| directory.replace(rows));
        self.batch.lanes.remove(&from);
        self.batch.queued.remove(&from);
        self.kept.marks.clear();
        Ok(())
    }

    // What lanes tell. The store keeps a position for it, no rows.

    pub(crate) fn put_telling(&mut self, row: TellingRow) -> Result<()> {
        self.tx.put_telling(&row)?;
        self.batch.queued.entry(row.lane).or_default();
        self.change(|directory| directory.put_telling(row));
        Ok(())
    }

    pub(crate) fn delete_telling(&mut self, lane: PlatformNum, platform: PlatformNum) -> Result<()> {
        self.tx.delete_telling(lane, platform)?;
        // Perhaps there is more to tell.
        self.batch.queued.entry(lane).or_default();
        self.change(|directory| directory.delete_telling(lane, platform));
        Ok(())
    }

    /// Stores an event for these destinations. One whose queue is full gets a dead letter, the others proceed.
    pub(crate) fn enqueue(&mut self, event: EventRow, lanes: &[PlatformNum]) -> Result<Seq> {
        let (sender, most) = (self.sender(&event), self.config.max_pending);
        let (open, full): (Vec<_>, Vec<_>) = lanes
            .iter()
            .partition(|dest| self.kept.share.admits(**dest, sender, self.directory().waiting(**dest), most));
        for dest in full {
            let dead = Dead { dest, event: event.clone(), inbound: false, why: "full".into(), died: self.now };
            self.bury(dead)?;
        }
        let seq = self.tx.put_event(&event, &open)?;
        if event.kind == EventKind::Message {
            self.kept.share.say(event.platform, event.room, seq);
        }
        let event = Arc::new(event);
        for dest in &open {
            self.kept.share.add(*dest, sender);
            self.batch.lanes.insert(*dest);
            self.batch.queued.entry(*dest).or_default().push(Waiting { seq, event: event.clone() });
        }
        self.change(|directory| open.iter().for_each(|dest| directory.waits(*dest)));
        Ok(seq)
    }

    /// Stores an announcement. It takes the place of an earlier one of the same subject that still waits.
    pub(crate) fn enqueue_latest(&mut self, event: EventRow, subject: &Subject, lanes: &[PlatformNum]) -> Result<Seq> {
        let sender = self.sender(&event);
        let seq = self.enqueue(event, lanes)?;
        let Some(before) = self.kept.share.announce(subject, seq) else { return Ok(seq) };
        for dest in lanes {
            if self.tx.replace(*dest, before)? {
                self.change(|directory| directory.waits_no_more(*dest, 1));
                self.kept.share.remove(*dest, sender, 1);
                self.batch.replaced.entry(*dest).or_default().push(before);
                if let Some(queued) = self.batch.queued.get_mut(dest) {
                    queued.retain(|waiting| waiting.seq != before);
                }
            }
        }
        Ok(seq)
    }

    /// Who brought an event: the peer that sent it, else whoever speaks.
    fn sender(&self, event: &EventRow) -> Sender {
        let by = event.source.unwrap_or(event.platform);
        if self.directory().own == Some(by) || self.directory().node == by { Sender::App } else { Sender::Other(by) }
    }

    /// These positions in the lane of `dest` came to an end; `events` are those that waited there.
    pub(crate) fn settle<'e>(
        &mut self,
        dest: PlatformNum,
        done: &[Run],
        events: impl IntoIterator<Item = &'e EventRow>,
    ) -> Result<()> {
        let settled = self.tx.settle(dest, done, self.age)?;
        for event in events {
            let sender = self.sender(event);
            self.kept.share.remove(dest, sender, 1);
        }
        self.change(|directory| directory.waits_no_more(dest, settled));
        self.batch.lanes.insert(dest);
        Ok(())
    }

    /// Whether the app's inbox has no room for another event.
    pub(crate) fn inbox_full(&self) -> bool {
        self.tx.inbox_depth() >= self.config.max_inbox
    }

    /// Stores an event for the app.
    pub(crate) fn hand_in(&mut self, mut event: InboxEvent) -> Result<()> {
        if let Some(room) = event.room
            && event.kind == EventKind::Message
        {
            event.late = self.mark(room, event.platform, event.id)?;
        }
        let seq = self.tx.put_inbox(&event)?;
        self.batch.heads.push(event.head(seq));
        Ok(())
    }

    /// Makes a dead letter, and tells the app if the event was its own.
    pub(crate) fn bury(&mut self, dead: Dead) -> Result<()> {
        let name = self.directory().name(dead.dest);
        if let Some(times) = seldom("dead letter", &name) {
            tracing::warn!(platform = %name, event = %dead.event.id, kind = dead.event.kind.as_str(),
                why = %without_words(&dead.why), "dead letter{times}");
        }
        let own = self.directory().own;
        let ours = !dead.inbound && own == Some(dead.event.platform) && dead.event.source.is_none();
        if ours && dead.event.kind != EventKind::Receipt && dead.event.kind != EventKind::Platform {
            self.tell_death(dead.dest, dead.why.clone(), dead.event.id);
            self.tx.put_fate(&FateRow {
                event: dead.event.id,
                platform: dead.dest,
                state: DeliveryState::Dead,
                why: Some(dead.why.clone()),
                at: self.age,
            })?;
            if dead.event.again {
                self.end_elsewhere(dead.event.id, dead.dest, DeliveryState::Dead, Some(&dead.why))?;
            }
        }
        self.tx.put_dead(&dead)
    }

    /// A publication that followed platforms into the lane of the node that hosts them now came to an end in that lane.
    pub(crate) fn end_elsewhere(
        &mut self,
        event: Uuid,
        lane: PlatformNum,
        state: DeliveryState,
        why: Option<&Arc<str>>,
    ) -> Result<()> {
        for fate in self.tx.delivery(event)?.map(|rows| rows.fates).unwrap_or_default() {
            let waits = fate.state == DeliveryState::Waiting && fate.platform != lane;
            if waits && self.directory().reach(fate.platform) == Reach::Lane(lane) {
                self.tx.put_fate(&FateRow { state, why: why.cloned(), at: self.age, ..fate })?;
            }
        }
        Ok(())
    }

    /// Tells the app that an event of its own died. Those of one cause in a row are told as one, with a count.
    pub(crate) fn tell_death(&mut self, platform: PlatformNum, why: Arc<str>, event: Uuid) {
        match self.batch.died.last_mut() {
            Some(note) if note.platform == platform && note.why == why => note.count += 1,
            _ => self.batch.died.push(DeathNote { event, platform, why, count: 1 }),
        }
    }

    /// Hints to the app, after the commit, that an event of its own was delivered.
    pub(crate) fn hint_delivered(&mut self, event: Uuid, platform: PlatformNum) {
        self.batch.delivered.push((event, platform));
    }

    /// What stands in per-transaction rows is written once, at the end.
    pub(crate) fn finish(&mut self) -> Result<()> {
        for note in std::mem::take(&mut self.batch.died) {
            let Some(own) = self.directory().own else { continue };
            let event = InboxEvent {
                id: self.new_id(),
                kind: EventKind::Delivery,
                platform: own,
                room: None,
                late: false,
                attempts: 0,
                suspect: false,
                body: note::body(&note),
            };
            self.hand_in(event)?;
        }
        self.put_lanes_and_marks()?;
        if self.batch.made_ids {
            self.tx.put_last_id(self.kept.ids.last())?;
        }
        Ok(())
    }

    fn put_lanes_and_marks(&mut self) -> Result<()> {
        let waiting = |dest: &PlatformNum| LaneRow { dest: *dest, waiting: self.directory().waiting(*dest) };
        let lanes: Vec<LaneRow> = self.batch.lanes.iter().map(waiting).collect();
        for row in lanes {
            self.tx.put_lane(row)?;
        }
        self.kept.marks.write(self.tx, self.now)?;
        self.batch.inbox = self.tx.inbox_depth();
        Ok(())
    }
}
