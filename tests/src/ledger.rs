//! The files that `chatter` keeps, and what is checked in them once the dust has settled. Both ends count: what was
//! acknowledged to the sender must have reached the receiver's handler, once, in order.

use std::collections::{BTreeMap, HashSet};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A line of either file.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "line", rename_all = "lowercase")]
pub enum Line {
    /// The node acknowledged the `n`th message to this room.
    Said {
        /// The room's external id.
        room: String,
        /// From 1.
        n: u64,
        /// The event's id.
        event: Uuid,
    },
    /// The handler got a message.
    Got {
        /// The event's id.
        id: Uuid,
        /// The process whose handler it was.
        pid: u32,
        /// The room's external id.
        room: String,
        /// The sender's external id.
        sender: String,
        /// The text.
        text: String,
        /// Whether it said that it comes late.
        late: bool,
    },
    /// The node took the acknowledgement of a message.
    Acked {
        /// The event's id.
        id: Uuid,
    },
}

/// A file to which lines are added.
pub struct Ledger(File);

impl Ledger {
    /// Opens or makes it. A line that a crash cut short is ended.
    ///
    /// # Errors
    /// Of the file system.
    pub fn open(path: &Path) -> io::Result<Ledger> {
        let mut file = File::options().create(true).read(true).append(true).open(path)?;
        if file.metadata()?.len() > 0 {
            let mut last = [0];
            file.seek(SeekFrom::End(-1))?;
            file.read_exact(&mut last)?;
            if last != *b"\n" {
                file.write_all(b"\n")?;
            }
        }
        Ok(Ledger(file))
    }

    /// Adds these lines; they are on disk when it returns.
    ///
    /// # Errors
    /// Of the file system.
    pub fn add(&mut self, lines: &[Line]) -> io::Result<()> {
        let mut text = String::new();
        for line in lines {
            text.push_str(&serde_json::to_string(line)?);
            text.push('\n');
        }
        self.0.write_all(text.as_bytes())?;
        self.0.sync_data()
    }
}

/// The lines of a file; what a crash cut short is left out.
fn lines(path: &Path) -> Vec<Line> {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

/// How many messages were acknowledged, by room.
pub fn said(path: &Path) -> BTreeMap<String, u64> {
    let mut by_room = BTreeMap::new();
    for line in lines(path) {
        if let Line::Said { room, n, .. } = line {
            let last = by_room.entry(room).or_insert(0);
            *last = n.max(*last);
        }
    }
    by_room
}

/// What a handler got.
pub struct Heard {
    lines: Vec<Line>,
}

impl Heard {
    /// Reads the file as it is now.
    pub fn read(path: &Path) -> Heard {
        Heard { lines: lines(path) }
    }

    /// How many different messages came.
    pub fn count(&self) -> u64 {
        let got = |line: &Line| match line {
            Line::Got { id, .. } => Some(*id),
            _ => None,
        };
        self.lines.iter().filter_map(got).collect::<HashSet<_>>().len() as u64
    }

    /// The numbers (and nothing that is none) that came from this sender in this room, each the first time that it came.
    pub fn numbers(&self, room: &str, sender: &str) -> Vec<u64> {
        let mut seen = HashSet::new();
        let got = |line: &Line| match line {
            Line::Got { id, room: r, sender: s, text, .. } if r == room && s == sender && seen.insert(*id) => {
                text.parse().ok()
            }
            _ => None,
        };
        self.lines.iter().filter_map(got).collect()
    }

    /// How many times a message came again, after a handler was killed before it had acknowledged it.
    pub fn repeated(&self) -> usize {
        let mut seen = HashSet::new();
        self.lines.iter().filter(|line| matches!(line, Line::Got { id, .. } if !seen.insert(*id))).count()
    }

    /// Checks what holds whatever was killed: nothing comes again that was acknowledged, or to the same process; in each
    /// process the numbers of a sender in a room grow; nothing is called late.
    pub fn check(&self) {
        let (mut acked, mut got) = (HashSet::new(), HashSet::new());
        let mut last: BTreeMap<(u32, &str, &str), u64> = BTreeMap::new();
        for line in &self.lines {
            match line {
                Line::Acked { id } => {
                    acked.insert(*id);
                }
                Line::Got { id, pid, room, sender, text, late } => {
                    assert!(!acked.contains(id), "handed over again after it was acknowledged: {line:?}");
                    assert!(got.insert((*pid, *id)), "handed over twice to one process: {line:?}");
                    assert!(!late, "called late: {line:?}");
                    let n = text.parse().expect("a number");
                    let before = last.insert((*pid, room, sender), n);
                    assert!(before.is_none_or(|before| before < n), "{before:?} came before {line:?}");
                }
                Line::Said { .. } => {}
            }
        }
    }

    /// Checks that from this sender in this room all that was acknowledged came, the numbers 1 to `upto`, in order.
    pub fn check_all(&self, room: &str, sender: &str, upto: u64) {
        assert_all_came(&format!("{sender} in {room}"), &self.numbers(room, sender), upto);
    }
}

/// Checks that these are the numbers 1 to `acknowledged` in order. One more may have come: the one that a speaker was
/// publishing when it was killed.
pub fn assert_all_came(whose: &str, numbers: &[u64], acknowledged: u64) {
    let one_more = numbers.len() as u64 == acknowledged + 1;
    assert_in_order(whose, numbers, acknowledged + u64::from(one_more));
}

/// Checks that these are the numbers 1 to `upto` in order, and says where they first are not.
pub fn assert_in_order(whose: &str, numbers: &[u64], upto: u64) {
    let wrong = numbers.iter().zip(1..).find(|(n, expected)| **n != *expected);
    assert!(
        wrong.is_none(),
        "{whose}: got {} where {} was due",
        wrong.unwrap_or((&0, 0)).0,
        wrong.unwrap_or((&0, 0)).1
    );
    assert_eq!(numbers.len() as u64, upto, "{whose}: how many came, and how many were acknowledged");
}
