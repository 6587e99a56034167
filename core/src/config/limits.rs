//! How large what comes in may be, and how much of it one platform may make a node hold.

use serde::{Deserialize, Serialize};

/// The limits of what may come in. What the app publishes itself is held to `name`, `text` and `members` too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Limits {
    /// Bytes of the body of a plain platform's post, 1 to 32 MiB; a peer's may have twice as many. A longer one is
    /// refused with 413. Default 1 MiB.
    pub body: usize,
    /// Characters of an id, a name, or the name or media type of an attachment; at least 1. A longer one is refused
    /// with 400. Default 255.
    pub name: usize,
    /// Bytes (UTF-8) of a text, at least 1. A longer one is refused with 400. Default 256 KiB.
    pub text: usize,
    /// Members of a room, over all platforms; at least 1. More are refused with 400. Default 100,000.
    pub members: usize,
    /// Users of one other platform that are remembered, those who are gone included, and that are taken from one list
    /// (`GET users`). A new one beyond it is refused with 403, as with the next two; what a list has beyond it is left
    /// out. None of the three holds for the app's own, and each may be 0. Default 200,000, some 40 MB of memory.
    pub users: usize,
    /// Rooms that one other platform may have; a new one beyond it is refused with 403. Default 100,000, some 100 MB of
    /// memory.
    pub rooms: usize,
    /// Members that one other platform may list, over all rooms; an announcement that lists more than before and so
    /// goes beyond it is refused with 403. Whom a room bars counts as well. Default 1,000,000, some 70 MB of memory.
    pub memberships: usize,
    /// Bytes of avatars and `ext` that the users and rooms of one other platform may have together; an announcement that
    /// goes beyond it is refused with 403, as is one that adds to it then. Default 64 MiB of memory.
    pub extras: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            body: 1 << 20,
            name: 255,
            text: 256 << 10,
            members: 100_000,
            users: 200_000,
            rooms: 100_000,
            memberships: 1_000_000,
            extras: 64 << 20,
        }
    }
}
