//! How the store was left: beside its file stands how far it had come. A file that is not like that was restored from a backup,
//! copied or moved, and has forgotten what came in since: it gets a new id, so that the others tell it again what it missed.
//!
//! Only the file of the locks says it, which no backup of the store holds. It is written after a commit without being synced:
//! what a crash of the machine undoes of it makes the file look newer than it was left, never older. While one commit follows
//! the other it is written every [`LAG`] only: each write costs the next sync something.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, UNIX_EPOCH};

use uuid::Uuid;

use super::beside;
use super::lock::Locks;
use super::query::Counters;
use crate::Result;
use crate::util::fork::Private;

/// How far behind the store its note may be.
pub(super) const LAG: Duration = Duration::from_millis(10);

pub(super) struct Witness {
    store: PathBuf,
    file: Private<File>,
    /// When something was last noted.
    noted: Option<Instant>,
    /// Something was committed since.
    behind: bool,
    /// What stood there when the store was opened. None: nothing, or nothing that can be read.
    left: Option<Left>,
    /// Nobody has the store open, so what stood there is what must be found.
    alone: bool,
    /// There was no store yet.
    new: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Left {
    id: Uuid,
    /// What was given out in all; it never becomes less.
    steps: u64,
    main: Main,
}

/// The file without its log, as the system sees it: it changes only when the log is copied into it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Main {
    bytes: u64,
    /// Nanoseconds since the epoch.
    changed: u128,
}

impl Witness {
    /// To be called when it is this process's turn, before the file is opened.
    pub(super) fn open(locks: &Locks, store: &Path) -> Result<Self> {
        let file = locks.file("left")?;
        let mut text = String::new();
        let read = (&*file).read_to_string(&mut text);
        let left = read.ok().and_then(|_| Left::parse(&text));
        let new = fs::metadata(store).is_ok_and(|store| store.len() == 0);
        Ok(Witness {
            store: store.to_owned(),
            file,
            noted: None,
            behind: false,
            left,
            alone: !locks.others_live(),
            new,
        })
    }

    /// Whether the log beside the file may be that of another file, which was here before: a process has died and left one, and
    /// the file has changed since.
    pub(super) fn doubts_the_log(&self) -> bool {
        let left_behind = fs::metadata(beside(&self.store, "-wal")).is_ok_and(|log| log.len() > 0);
        self.alone && left_behind && self.left.map(|left| left.main) != Main::of(&self.store)
    }

    /// Whether this is not the store that was left here, or has gone back in time. `was_older`: an earlier version had it last,
    /// and may have left nothing here.
    pub(super) fn is_overtaken_by(&self, id: Uuid, counters: &Counters, was_older: bool) -> bool {
        let as_left = self.left.map_or(was_older, |left| left.id == id && left.steps <= steps(counters));
        self.alone && !self.new && !as_left
    }

    /// After a commit: notes how far the store has come, unless it has just been noted.
    pub(super) fn follow(&mut self, id: Uuid, counters: &Counters) -> io::Result<()> {
        self.behind = true;
        if self.noted.is_some_and(|at| at.elapsed() < LAG) { Ok(()) } else { self.note(id, counters) }
    }

    /// Whether something was committed that is not noted yet.
    pub(super) fn is_behind(&self) -> bool {
        self.behind
    }

    /// Notes how far the store has come.
    pub(super) fn note(&mut self, id: Uuid, counters: &Counters) -> io::Result<()> {
        let Some(main) = Main::of(&self.store) else { return Ok(()) };
        let mut file = &*self.file;
        file.seek(SeekFrom::Start(0))?;
        // Always as long, so that nothing is cut off, which would need two steps.
        file.write_all(Left { id, steps: steps(counters), main }.text().as_bytes())?;
        (self.noted, self.behind) = (Some(Instant::now()), false);
        Ok(())
    }

    /// The first time: also a crash of the machine must leave the file as long as it is.
    pub(super) fn note_for_good(&mut self, id: Uuid, counters: &Counters) -> io::Result<()> {
        self.note(id, counters)?;
        self.file.sync_all()
    }
}

fn steps(counters: &Counters) -> u64 {
    let Counters { event, inbox, dead, parked, receipt, version, .. } = *counters;
    [event, inbox, dead, parked, receipt].iter().fold(version, |sum, n| sum.wrapping_add(n.cast_unsigned()))
}

impl Left {
    fn text(&self) -> String {
        let Left { id, steps, main: Main { bytes, changed } } = self;
        format!("{id} {steps:020} {bytes:020} {changed:039}\n")
    }

    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.strip_suffix('\n')?.split(' ');
        let id = parts.next()?.parse().ok()?;
        let steps = parts.next()?.parse().ok()?;
        let main = Main { bytes: parts.next()?.parse().ok()?, changed: parts.next()?.parse().ok()? };
        parts.next().is_none().then_some(Left { id, steps, main })
    }
}

impl Main {
    fn of(store: &Path) -> Option<Self> {
        let now = fs::metadata(store).ok()?;
        let changed = now.modified().ok()?.duration_since(UNIX_EPOCH).ok()?.as_nanos();
        Some(Main { bytes: now.len(), changed })
    }
}
