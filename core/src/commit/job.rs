//! What a job of the writer works with: the transaction, the directory, new ids, and what the commit sets in motion.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, RwLock, RwLockWriteGuard};

use indexmap::IndexMap;
use uuid::Uuid;

use crate::config::Config;
use crate::directory::Directory;
use crate::directory::room::Room;
use crate::model::DeliveryState;
use crate::store::{
    AnnouncementRow, BindingRow, DeadRow, EventKind, EventRow, FateRow, InboxHead, InboxRow, LaneRow, MarkRow,
    PlatformKind, PlatformNum, PlatformRow, RoomNum, RoomRow, Seq, Tx, UserRow, Waiting,
};
use crate::util::event_id::{EventIds, now_ms};
use crate::util::lock::RwLockExt;
use crate::wire::write;
use crate::{Error, ErrorKind, Result};

/// So many platforms are remembered before a room mentions one more: a peer that makes names up can't grow memory without
/// end.
pub(crate) const MOST_MENTIONED: PlatformNum = 10_000;
/// So many before a peer claims to host one more: those that are made up leave room for those that are there.
pub(crate) const MOST_CLAIMED: PlatformNum = 2 * MOST_MENTIONED;

/// What the commit of a transaction sets in motion.
pub(crate) trait Effects: Send + Sync + 'static {
    /// These events wait in this lane from now on.
    fn queued(&self, dest: PlatformNum, events: Vec<Waiting>);
    /// Another process has written: lanes must look at the store again.
    fn others_wrote(&self);
    /// These events wait for the app from now on.
    fn arrived(&self, heads: &[InboxHead]);
    /// These publications of the app were delivered: hints.
    fn delivered(&self, events: Vec<(Uuid, PlatformNum)>);
    /// How many events wait for the app.
    fn inbox_depth(&self) -> u64;
}

/// What a job works with.
pub(crate) struct Cx<'a> {
    pub tx: &'a mut dyn Tx,
    pub directory: &'a RwLock<Directory>,
    pub config: &'a Config,
    pub now: i64,
    ids: &'a mut EventIds,
    batch: &'a mut Batch,
    effects: &'a dyn Effects,
}

/// What one transaction gathers.
#[derive(Default)]
pub(crate) struct Batch {
    queued: BTreeMap<PlatformNum, Vec<Waiting>>,
    heads: Vec<InboxHead>,
    lanes: BTreeSet<PlatformNum>,
    marks: BTreeSet<(RoomNum, PlatformNum)>,
    made_ids: bool,
    /// (destination, why) of events of the app that died: the first, and how many.
    died: Vec<(PlatformNum, Arc<str>, Uuid, u64)>,
    delivered: Vec<(Uuid, PlatformNum)>,
}

impl<'a> Cx<'a> {
    pub(crate) fn new(
        tx: &'a mut dyn Tx,
        directory: &'a RwLock<Directory>,
        config: &'a Config,
        ids: &'a mut EventIds,
        batch: &'a mut Batch,
        effects: &'a dyn Effects,
    ) -> Self {
        Cx { tx, directory, config, now: now_ms(), ids, batch, effects }
    }

    /// A new event id, greater than `floor`.
    pub(crate) fn new_id(&mut self, floor: Option<Uuid>) -> Uuid {
        self.batch.made_ids = true;
        self.ids.next_after(self.now, floor)
    }

    // Directory rows go to the store and to memory together.

    pub(crate) fn put_platform(&mut self, row: PlatformRow) -> Result<()> {
        self.tx.put_platform(&row)?;
        self.changed().put_platform(row);
        Ok(())
    }

    pub(crate) fn put_user(&mut self, mut row: UserRow) -> Result<()> {
        row.version = self.tx.version();
        self.tx.put_user(&row)?;
        self.changed().put_user(row);
        Ok(())
    }

    pub(crate) fn put_room(&mut self, room: Room, by: PlatformNum) -> Result<()> {
        self.tx.put_room(&room.row)?;
        let row = {
            let directory = self.directory.reading();
            let nobody = IndexMap::new();
            let (event, members) = match room.others.get(&by) {
                _ if by == room.row.origin => (room.origin.0, room.origin.1.clone()),
                Some((event, own)) => (*event, IndexMap::from([(by, own.clone())])),
                None => (room.row.event, nobody),
            };
            let members = write::members(&Room::named(&members, |p| directory.name(p)));
            let members = String::from_utf8(members).unwrap_or_default();
            AnnouncementRow { room: room.num(), by, event, members: members.into() }
        };
        self.tx.put_announcement(&row)?;
        self.changed().put_whole_room(room);
        Ok(())
    }

    /// Changes a room's row alone.
    pub(crate) fn put_room_row(&mut self, row: RoomRow) -> Result<()> {
        self.tx.put_room(&row)?;
        self.changed().put_room(row);
        Ok(())
    }

    pub(crate) fn put_binding(&mut self, row: &BindingRow) -> Result<()> {
        self.tx.put_binding(row)?;
        self.changed().put_binding(row);
        Ok(())
    }

    fn changed(&mut self) -> RwLockWriteGuard<'_, Directory> {
        let version = self.tx.version();
        let mut directory = self.directory.writing();
        directory.version = directory.version.max(version);
        directory
    }

    /// The number of the platform of this name, which a peer gives; a new one while there are at most so many.
    pub(crate) fn platform_num_within(&mut self, most: PlatformNum, name: &str) -> Result<PlatformNum> {
        {
            let directory = self.directory.reading();
            if directory.resolve(name).is_none() && directory.next_platform_num() > most {
                let why = format!("`users`: more than {most} platforms are mentioned");
                return Err(Error::new(ErrorKind::Forbidden, why));
            }
        }
        self.platform_num(name)
    }

    /// The number of the platform of this name; a new one if there is none yet. What the registry names is always let in.
    pub(crate) fn platform_num(&mut self, name: &str) -> Result<PlatformNum> {
        let (found, num) = {
            let directory = self.directory.reading();
            (directory.resolve(name), directory.next_platform_num())
        };
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
            lists_users: false,
            told: false,
            token: None,
        })?;
        Ok(num)
    }

    /// Stores an event for these destinations. One whose queue is full gets a dead letter, the others proceed.
    pub(crate) fn enqueue(&mut self, event: EventRow, lanes: &[PlatformNum]) -> Result<Seq> {
        let (open, full): (Vec<_>, Vec<_>) = {
            let directory = self.directory.reading();
            let waiting = |dest: &PlatformNum| directory.waiting.get(dest).copied().unwrap_or(0);
            lanes.iter().partition(|dest| waiting(dest) < self.config.max_pending)
        };
        for dest in full {
            self.bury(DeadRow {
                num: 0,
                dest,
                event: event.clone(),
                inbound: false,
                why: "full".into(),
                died: self.now,
            })?;
        }
        if open.is_empty() {
            return Ok(0);
        }
        let seq = self.tx.put_event(&event, &open)?;
        let event = Arc::new(event);
        let mut directory = self.directory.writing();
        for dest in open {
            *directory.waiting.entry(dest).or_default() += 1;
            self.batch.lanes.insert(dest);
            self.batch.queued.entry(dest).or_default().push(Waiting { seq, event: event.clone() });
        }
        Ok(seq)
    }

    /// The lane of `dest` has passed everything up to `upto`.
    pub(crate) fn settle(&mut self, dest: PlatformNum, upto: Seq) -> Result<()> {
        let settled = self.tx.settle(dest, upto, self.now)?;
        let mut directory = self.directory.writing();
        let waiting = directory.waiting.entry(dest).or_default();
        *waiting = waiting.saturating_sub(settled);
        self.batch.lanes.insert(dest);
        Ok(())
    }

    /// Whether the app's inbox has no room for another event.
    pub(crate) fn inbox_full(&self) -> bool {
        self.effects.inbox_depth() + self.batch.heads.len() as u64 >= self.config.max_inbox
    }

    /// Stores an event for the app.
    pub(crate) fn hand_in(&mut self, mut row: InboxRow) -> Result<()> {
        if row.room != 0 && row.kind == EventKind::Message {
            let mut directory = self.directory.writing();
            let mark = directory.marks.entry((row.room, row.platform)).or_insert(row.id);
            row.late = row.id < *mark;
            *mark = row.id.max(*mark);
            self.batch.marks.insert((row.room, row.platform));
        }
        let seq = self.tx.put_inbox(&row)?;
        self.batch.heads.push(InboxHead { seq, room: row.room, kind: row.kind, platform: row.platform });
        Ok(())
    }

    /// Makes a dead letter, and tells the app if the event was its own.
    pub(crate) fn bury(&mut self, dead: DeadRow) -> Result<()> {
        tracing::warn!(platform = %self.directory.reading().name(dead.dest), event = %dead.event.id, kind = dead.event.kind.as_str(),
            why = %dead.why, "dead letter");
        let own = self.directory.reading().own;
        let ours = !dead.inbound && own == Some(dead.event.platform) && dead.event.source.is_none();
        if ours && dead.event.kind != EventKind::Receipt && dead.event.kind != EventKind::Platform {
            self.tell_death(dead.dest, dead.why.clone(), dead.event.id);
            self.tx.put_fate(&FateRow {
                event: dead.event.id,
                platform: dead.dest,
                state: DeliveryState::Dead,
                why: Some(dead.why.clone()),
                at: dead.died,
            })?;
        }
        self.tx.put_dead(&dead)
    }

    /// Tells the app that an event of its own died. Those of one cause in a row are told as one, with a count.
    pub(crate) fn tell_death(&mut self, platform: PlatformNum, why: Arc<str>, event: Uuid) {
        match self.batch.died.last_mut() {
            Some((p, w, _, count)) if *p == platform && *w == why => *count += 1,
            _ => self.batch.died.push((platform, why, event, 1)),
        }
    }

    /// Hints to the app, after the commit, that an event of its own was delivered.
    pub(crate) fn hint_delivered(&mut self, event: Uuid, platform: PlatformNum) {
        self.batch.delivered.push((event, platform));
    }

    /// What stands in per-transaction rows is written once, at the end.
    pub(crate) fn finish(&mut self) -> Result<()> {
        for (platform, why, event, count) in std::mem::take(&mut self.batch.died) {
            let id = self.new_id(None);
            let (own, name) = {
                let directory = self.directory.reading();
                (directory.own.unwrap_or(0), directory.name(platform))
            };
            let body =
                serde_json::json!({"event": event, "platform": name, "state": "dead", "why": why, "count": count});
            let row = InboxRow {
                seq: 0,
                id,
                kind: EventKind::Delivery,
                platform: own,
                room: 0,
                late: false,
                attempts: 0,
                body: body.to_string().into(),
            };
            self.hand_in(row)?;
        }
        let lanes: Vec<LaneRow> = {
            let directory = self.directory.reading();
            let waiting = |dest: &PlatformNum| directory.waiting.get(dest).copied().unwrap_or(0);
            self.batch.lanes.iter().map(|dest| LaneRow { dest: *dest, waiting: waiting(dest) }).collect()
        };
        for row in lanes {
            self.tx.put_lane(row)?;
        }
        let marks: Vec<MarkRow> = {
            let directory = self.directory.reading();
            let rows = self.batch.marks.iter().filter_map(|key| directory.marks.get(key).map(|event| (*key, *event)));
            rows.map(|((room, platform), event)| MarkRow { room, platform, event }).collect()
        };
        for row in marks {
            self.tx.put_mark(row)?;
        }
        if self.batch.made_ids {
            self.tx.put_last_id(self.ids.last())?;
        }
        Ok(())
    }
}

impl Batch {
    /// Sets in motion what was committed. Returns the last position of the inbox, if it grew.
    pub(crate) fn committed(self, effects: &dyn Effects) -> Option<Seq> {
        for (dest, events) in self.queued {
            effects.queued(dest, events);
        }
        if !self.delivered.is_empty() {
            effects.delivered(self.delivered);
        }
        if !self.heads.is_empty() {
            effects.arrived(&self.heads);
        }
        self.heads.last().map(|head| head.seq)
    }
}
