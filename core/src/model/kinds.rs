//! Which kinds of events somebody takes.

use super::EventKind;

/// A set of kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(crate) struct Kinds(u32);

impl Kinds {
    /// What every node takes, whatever its version.
    pub(crate) const OF_EVERY_NODE: Kinds =
        Kinds::of(&[EventKind::User, EventKind::Room, EventKind::Message, EventKind::Platform]);
    /// What every plain platform takes.
    pub(crate) const OF_EVERY_PLATFORM: Kinds = Kinds::of(&[EventKind::User, EventKind::Room, EventKind::Message]);
    /// What a plain platform may take beyond that, if its entry says so.
    pub(crate) const OPTIONAL: [EventKind; 3] = [EventKind::Edit, EventKind::Delete, EventKind::Reaction];

    pub(crate) const fn of(kinds: &[EventKind]) -> Kinds {
        let (mut bits, mut n) = (0, 0);
        while n < kinds.len() {
            bits |= 1 << kinds[n] as u32;
            n += 1;
        }
        Kinds(bits)
    }

    pub(crate) fn contains(self, kind: EventKind) -> bool {
        self.0 & (1 << kind as u32) != 0
    }

    pub(crate) fn with(self, kind: EventKind) -> Kinds {
        Kinds(self.0 | 1 << kind as u32)
    }

    pub(crate) fn and(self, others: Kinds) -> Kinds {
        Kinds(self.0 | others.0)
    }

    /// As a store keeps it: a bit for the number of each kind.
    pub(crate) fn bits(self) -> u32 {
        self.0
    }

    pub(crate) fn from_bits(bits: u32) -> Kinds {
        Kinds(bits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_holds_what_was_put_into_it_and_nothing_else() {
        let set = Kinds::of(&[EventKind::Edit]).with(EventKind::Reaction);
        let held: Vec<EventKind> = EventKind::ALL.into_iter().filter(|kind| set.contains(*kind)).collect();
        assert_eq!(held, [EventKind::Edit, EventKind::Reaction]);
        assert_eq!(Kinds::from_bits(set.bits()), set);
        assert!(Kinds::OPTIONAL.into_iter().all(|kind| !Kinds::OF_EVERY_NODE.contains(kind)));
    }
}
