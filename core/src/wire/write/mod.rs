//! Writing: from bodies to the exact bytes that travel. Fields in a fixed order, ids in the JSON type in which they came,
//! no space and no line break between them, so that a body is one line of a batch as it stands.

mod answers;
mod batch;
mod bodies;
mod changes;
mod ids;
mod join;
mod json;
mod message;

pub(crate) use answers::{PlatformEntry, UserEntry, deliveries, platforms, pong, status, users};
pub(crate) use batch::{batch_answer_line, batch_line, batch_line_length};
pub(crate) use bodies::{plain_room, plain_user, platform, receipt, room, room_of, user};
pub(crate) use changes::{change, in_words, plain_change};
pub(crate) use ids::{Reader, is_exact};
pub(crate) use join::{join, join_answer};
pub(crate) use message::{Said, message, message_after, message_head, plain_message, shown};
