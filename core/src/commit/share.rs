//! What waits because of whom, as far as this process has seen it: so that a sender's announcements don't pile up where the
//! latest is all that counts, and a sender's flood leaves room for others. In memory alone; it begins anew whenever another
//! process has written or a transaction failed.

use crate::store::{PlatformNum, RoomNum, Seq};
use crate::util::hash::HashMap;

/// What an announcement is about. The latest one replaces those that still wait.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Subject {
    User(PlatformNum, crate::model::Id),
    /// A room, as this platform announces it.
    Room(RoomNum, PlatformNum),
}

/// More subjects than this are not remembered.
const MOST_SUBJECTS: usize = 100_000;

#[derive(Debug, Default)]
pub(super) struct Share {
    /// The position of the latest announcement.
    announced: HashMap<Subject, Seq>,
    /// The position of the latest message in a room, and of the latest that a platform wrote.
    in_room: HashMap<RoomNum, Seq>,
    by: HashMap<PlatformNum, Seq>,
    /// How many events of a sender wait for a destination.
    held: HashMap<(PlatformNum, PlatformNum), u64>,
}

impl Share {
    pub(super) fn clear(&mut self) {
        *self = Share::default();
    }

    /// Notes an announcement. Returns the position of an earlier one that it replaces: nothing that builds on that one, and not
    /// on this one, was said since.
    pub(super) fn announce(&mut self, subject: &Subject, seq: Seq) -> Option<Seq> {
        if self.announced.len() >= MOST_SUBJECTS {
            self.announced.clear();
        }
        let said = match subject {
            Subject::User(platform, _) => self.by.get(platform),
            Subject::Room(room, _) => self.in_room.get(room),
        };
        let said = said.copied();
        self.announced.insert(subject.clone(), seq).filter(|before| said.is_none_or(|said| said < *before))
    }

    /// Notes a message.
    pub(super) fn say(&mut self, by: PlatformNum, room: Option<RoomNum>, seq: Seq) {
        self.by.insert(by, seq);
        if let Some(room) = room {
            self.in_room.insert(room, seq);
        }
    }

    /// Whether one more event of this sender may wait for a destination for which `waiting` do. The app may fill its queue;
    /// any other sender may hold as much as is left free, so that there is always room for the next one.
    pub(super) fn admits(&self, dest: PlatformNum, sender: Sender, waiting: u64, most: u64) -> bool {
        match sender {
            Sender::App => {
                let others: u64 = self.held.iter().filter(|((to, _), _)| *to == dest).map(|(_, count)| count).sum();
                waiting.saturating_sub(others) < most
            }
            Sender::Other(by) => self.held.get(&(dest, by)).copied().unwrap_or(0) < most.saturating_sub(waiting),
        }
    }

    pub(super) fn add(&mut self, dest: PlatformNum, sender: Sender) {
        if let Sender::Other(by) = sender {
            *self.held.entry((dest, by)).or_default() += 1;
        }
    }

    pub(super) fn remove(&mut self, dest: PlatformNum, sender: Sender, events: u64) {
        if let Sender::Other(by) = sender
            && let Some(count) = self.held.get_mut(&(dest, by))
        {
            *count = count.saturating_sub(events);
            if *count == 0 {
                self.held.remove(&(dest, by));
            }
        }
    }
}

/// Who brought an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Sender {
    App,
    Other(PlatformNum),
}

#[cfg(test)]
mod tests {
    use super::*;

    const P: PlatformNum = 2;
    const HOSTILE: Sender = Sender::Other(3);
    const HONEST: Sender = Sender::Other(4);

    #[test]
    fn a_flood_of_one_sender_leaves_room_for_the_others_and_for_the_app() {
        let (mut share, mut waiting, most) = (Share::default(), 0, 1_000);
        while share.admits(P, HOSTILE, waiting, most) {
            share.add(P, HOSTILE);
            waiting += 1;
        }
        assert_eq!(waiting, most / 2);
        assert!(share.admits(P, HONEST, waiting, most));
        for _ in 0..most {
            assert!(share.admits(P, Sender::App, waiting, most), "the app's own queue is not taken by others");
            waiting += 1;
        }
        assert!(!share.admits(P, Sender::App, waiting, most));
        share.remove(P, HOSTILE, most / 2);
        assert!(share.held.is_empty());
    }

    #[test]
    fn an_announcement_replaces_an_earlier_one_unless_something_was_said_in_between() {
        let mut share = Share::default();
        let (room, user) = (Subject::Room(7, 3), Subject::User(3, 1.into()));
        assert_eq!((share.announce(&room, 1), share.announce(&user, 2)), (None, None));
        assert_eq!((share.announce(&room, 3), share.announce(&user, 4)), (Some(1), Some(2)));
        share.say(3, Some(7), 5);
        assert_eq!((share.announce(&room, 6), share.announce(&user, 7)), (None, None), "the message builds on them");
        share.say(9, Some(8), 8);
        assert_eq!(
            (share.announce(&room, 9), share.announce(&user, 10)),
            (Some(6), Some(7)),
            "another room, another platform"
        );
        assert_eq!(share.announce(&Subject::Room(7, 4), 11), None, "another platform announces members of its own");
    }
}
