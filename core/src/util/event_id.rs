//! Event ids: UUIDv7 (RFC 9562 §5.7), strictly increasing even when the clock goes back.

use std::time::SystemTime;

use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::util::time::epoch_ms;

/// Milliseconds since the epoch.
pub(crate) fn now_ms() -> i64 {
    epoch_ms(SystemTime::now())
}

/// The 122 bits of a UUIDv7 that are not version and variant, as a number that orders as the id does.
const RANDOM_BITS: u32 = 74;
const FREE_BITS: u32 = 122;

fn pack(id: Uuid) -> u128 {
    let n = id.as_u128();
    let ms = n >> 80;
    let a = (n >> 64) & 0xfff;
    let b = n & ((1 << 62) - 1);
    (ms << RANDOM_BITS) | (a << 62) | b
}

fn unpack(n: u128) -> Uuid {
    let ms = n >> RANDOM_BITS;
    let a = (n >> 62) & 0xfff;
    let b = n & ((1 << 62) - 1);
    Uuid::from_u128((ms << 80) | (7 << 76) | (a << 64) | (2 << 62) | b)
}

fn random() -> u128 {
    let mut bytes = [0; 16];
    // Without randomness ids of this node stay unique by counting; those of two nodes differ by their platform.
    let _ = getrandom::fill(&mut bytes);
    // The top bit stays free, so that counting up within one millisecond does not run into the next.
    u128::from_le_bytes(bytes) & ((1 << (RANDOM_BITS - 1)) - 1)
}

/// Makes the ids of one node. Used inside the writer's transaction, so that ids and positions order alike.
#[derive(Debug)]
pub(crate) struct EventIds {
    last: u128,
}

impl EventIds {
    pub(crate) fn new() -> Self {
        EventIds { last: 0 }
    }

    /// Never again an id up to this one.
    pub(crate) fn follow(&mut self, id: Uuid) {
        self.last = self.last.max(pack(id));
    }

    /// The last id that was made in order.
    pub(crate) fn last(&self) -> Uuid {
        unpack(self.last)
    }

    /// The next id at this time (epoch milliseconds).
    pub(crate) fn next(&mut self, now_ms: i64) -> Uuid {
        let ms = u128::try_from(now_ms).unwrap_or(0) & ((1 << 48) - 1);
        self.last = if ms > self.last >> RANDOM_BITS { (ms << RANDOM_BITS) | random() } else { self.last + 1 };
        unpack(self.last)
    }

    /// The next id that is also greater than `floor`. A floor from a clock that runs ahead lifts this one id only.
    pub(crate) fn next_after(&mut self, now_ms: i64, floor: Option<Uuid>) -> Uuid {
        let id = self.next(now_ms);
        match floor {
            Some(floor) if floor >= id => above(floor),
            _ => id,
        }
    }
}

fn above(floor: Uuid) -> Uuid {
    let mut n = pack(floor);
    let max = (1 << FREE_BITS) - 1;
    while n < max {
        n += 1;
        let id = unpack(n);
        if id > floor {
            return id;
        }
        n |= (1 << RANDOM_BITS) - 1;
    }
    unpack(max)
}

/// The event id in this text: a UUIDv7 in the one form in which ids are written. Others would order with these by chance.
pub(crate) fn parse(text: &str) -> Option<Uuid> {
    let id = if text.len() == 36 { Uuid::try_parse(text).ok()? } else { return None };
    (id.get_version_num() == 7 && id.get_variant() == uuid::Variant::RFC4122).then_some(id)
}

/// How far ahead of the receiver's clock an id may lie, milliseconds.
const CREDIBLE: i64 = 60 * 60_000;

/// Why an id from outside does not get in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BadId {
    /// It is no UUID of version 7. A signature would not even fix where it ends.
    NoUuid,
    /// Its time lies more than an hour ahead of this clock (epoch milliseconds): it would be exceeded by all that follow.
    Ahead,
}

impl std::fmt::Display for BadId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            BadId::NoUuid => "expected a UUID of version 7",
            BadId::Ahead => "its time is more than an hour ahead; compare the clocks of both sides",
        })
    }
}

/// The event id in a text from outside, if it may get in at this time (epoch milliseconds).
pub(crate) fn judge(text: &str, now_ms: i64) -> Result<Uuid, BadId> {
    let id = parse(text).ok_or(BadId::NoUuid)?;
    let made = i64::try_from(id.as_u128() >> 80).unwrap_or(i64::MAX);
    if made.saturating_sub(now_ms) > CREDIBLE { Err(BadId::Ahead) } else { Ok(id) }
}

/// An id for what is no event: a request, a hint. Unique, in no order.
pub(crate) fn unique() -> Uuid {
    let ms = u128::try_from(now_ms()).unwrap_or(0) & ((1 << 48) - 1);
    unpack((ms << RANDOM_BITS) | random())
}

/// An id for what has none of its own, the same whenever it is made of the same parts. Its time is 0: it is older than any.
pub(crate) fn derived(parts: &[&[u8]]) -> Uuid {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash.finalize()[..16]);
    unpack(u128::from_le_bytes(bytes) & ((1 << RANDOM_BITS) - 1))
}

/// How much later than its id an event entered if it entered again, milliseconds.
const AGAIN: i64 = 1_000;

fn made(id: Uuid) -> i64 {
    i64::try_from(id.as_u128() >> 80).unwrap_or(i64::MAX)
}

/// Whether an event entered (epoch milliseconds) later than its id was made: it is a dead letter that was retried, or it
/// followed a platform into another lane.
pub(crate) fn entered_again(id: Uuid, at: i64) -> bool {
    at.saturating_sub(made(id)) > AGAIN
}

/// When (epoch milliseconds) an event enters that does so again now.
pub(crate) fn enters_again(id: Uuid, now: i64) -> i64 {
    now.max(made(id).saturating_add(AGAIN + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_increase_while_the_clock_goes_back() {
        let mut ids = EventIds::new();
        let mut last = ids.next(5_000);
        for ms in [5_000, 4_000, 5_001, 1, 5_001, 9_999] {
            let id = ids.next(ms);
            assert!(id > last, "{id} after {last}");
            assert_eq!(id.get_version_num(), 7);
            last = id;
        }
    }

    #[test]
    fn an_event_id_is_a_uuid_of_version_7_and_nothing_else() {
        let id = "01990000-0000-7000-8000-000000000001";
        assert_eq!(parse(id), Some(id.parse().unwrap()));
        assert_eq!(parse(&id.to_uppercase()), parse(id));
        for text in [
            "",
            "x",
            "00000000-0000-0000-0000-000000000000",
            "ffffffff-ffff-ffff-ffff-ffffffffffff",
            "9b1deb4d-3b7d-4bad-9bdd-2b0d7b3dcb6d",
            "01990000-0000-7000-c000-000000000001",
            "01990000000070008000000000000001",
            "{01990000-0000-7000-8000-000000000001}",
            "urn:uuid:01990000-0000-7000-8000-000000000001",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn an_id_that_is_no_uuid_or_lies_more_than_an_hour_ahead_does_not_get_in() {
        let now = 1_767_225_600_000;
        let at = |ms: i64| EventIds::new().next(ms).to_string();
        for ms in [0, now - 1, now, now + CREDIBLE] {
            let id = at(ms);
            assert_eq!(judge(&id, now).unwrap().to_string(), id);
        }
        assert_eq!(judge(&at(now + CREDIBLE + 1), now), Err(BadId::Ahead));
        assert_eq!(judge("ffffffff-ffff-7fff-bfff-ffffffffffff", now), Err(BadId::Ahead));
        assert_eq!(judge("ffffffff-ffff-7fff-bfff-ffffffffffff", i64::MIN), Err(BadId::Ahead));
        for text in ["", "x", "01990000-0000-7000-8000-000000000001.1", "ffffffff-ffff-ffff-ffff-ffffffffffff"] {
            assert_eq!(judge(text, now), Err(BadId::NoUuid), "{text}");
        }
    }

    #[test]
    fn an_id_after_a_floor_is_greater_whatever_the_floor() {
        let mut ids = EventIds::new();
        for floor in [
            "01990000-0000-7000-8000-000000000001",
            "ffffffff-0000-f000-8000-000000000000",
            "01990000-0000-8fff-bfff-ffffffffffff",
        ] {
            let floor: Uuid = floor.parse().unwrap();
            assert!(ids.next_after(1, Some(floor)) > floor);
        }
        let plain = ids.next(now_ms());
        assert!(
            plain < "01ffffff-0000-7000-8000-000000000000".parse::<Uuid>().unwrap(),
            "a floor ahead lifts no later id"
        );
    }

    #[test]
    fn the_greatest_floor_of_all_does_not_overflow() {
        assert_eq!(EventIds::new().next_after(1, Some(Uuid::max())).get_version_num(), 7);
    }
}
