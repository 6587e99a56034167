//! Ids in texts from outside: which of them get in.

use uuid::Uuid;

use super::bounds::incredible;

/// The event id in this text: a UUIDv7 in the one form in which ids are written. Others would order with these by chance.
pub(crate) fn parse(text: &str) -> Option<Uuid> {
    let id = if text.len() == 36 { Uuid::try_parse(text).ok()? } else { return None };
    is_event_id(id).then_some(id)
}

fn is_event_id(id: Uuid) -> bool {
    id.get_version_num() == 7 && id.get_variant() == uuid::Variant::RFC4122
}

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
    admit(parse(text).ok_or(BadId::NoUuid)?, now_ms)
}

/// The same of an id that was read from such a text.
pub(crate) fn admit(id: Uuid, now_ms: i64) -> Result<Uuid, BadId> {
    if !is_event_id(id) {
        return Err(BadId::NoUuid);
    }
    if incredible(id, now_ms) { Err(BadId::Ahead) } else { Ok(id) }
}
