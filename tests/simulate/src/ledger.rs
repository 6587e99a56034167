//! What was said and what was heard: every message must arrive once at each other member of its room, and those of one sender
//! in the order in which they were said.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

use crate::Failed;
use crate::world::Room;

/// What a message says: which one it is.
#[derive(Serialize, Deserialize)]
pub(crate) struct Said {
    room: u64,
    sender: String,
    number: u64,
}

/// By room and sender, how many messages.
type Counts = HashMap<(u64, String), u64>;

#[derive(Default)]
pub(crate) struct Ledger {
    said: BTreeMap<(u64, String), (u64, Vec<String>)>,
    heard: HashMap<String, Counts>,
    arrived: u64,
}

impl Ledger {
    /// The next of a sender in a room.
    pub(crate) fn said(&mut self, room: &Room, sender: &str) -> Said {
        let others = || room.members.iter().filter(|member| **member != sender).cloned().collect();
        let (count, _) = self.said.entry((room.id, sender.to_owned())).or_insert_with(|| (0, others()));
        *count += 1;
        Said { room: room.id, sender: sender.to_owned(), number: *count }
    }

    /// A platform has got this message.
    pub(crate) fn heard(&mut self, by: &str, said: Said) -> Result<(), Failed> {
        let counts = self.heard.entry(by.to_owned()).or_default();
        let Said { room, sender, number } = said;
        let last = counts.entry((room, sender.clone())).or_default();
        if number != *last + 1 {
            return Err(format!("in room {room}, {by} gets message {number} of {sender} after message {last}").into());
        }
        *last = number;
        self.arrived += 1;
        Ok(())
    }

    /// How many messages were said, and how often one arrived: all that should have, or this is an error.
    pub(crate) fn must_be_even(&self) -> Result<(u64, u64), Failed> {
        for ((room, sender), (count, others)) in &self.said {
            for other in others {
                let key = (*room, sender.clone());
                let heard = self.heard.get(other).and_then(|counts| counts.get(&key)).copied().unwrap_or(0);
                if heard != *count {
                    return Err(format!("in room {room}, {other} got {heard} of {count} messages of {sender}").into());
                }
            }
        }
        Ok((self.said.values().map(|(count, _)| count).sum(), self.arrived))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn room() -> Room {
        Room { id: 1, members: vec!["a".into(), "b".into()] }
    }

    fn one(number: u64) -> Said {
        Said { room: 1, sender: "a".into(), number }
    }

    #[test]
    fn a_message_that_is_missing_doubled_or_early_is_an_error() {
        let mut ledger = Ledger::default();
        ledger.said(&room(), "a");
        assert_eq!(ledger.must_be_even().unwrap_err().to_string(), "in room 1, b got 0 of 1 messages of a");
        assert!(ledger.heard("b", one(2)).is_err());
        ledger.heard("b", one(1)).unwrap();
        assert_eq!(ledger.must_be_even().unwrap(), (1, 1));
        assert!(ledger.heard("b", one(1)).is_err());
    }
}
