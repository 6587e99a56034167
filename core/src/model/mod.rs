//! The public nouns, a file for each: ids and names, users, rooms, messages, the events that reach the app, receipts, and what an
//! operator sees.

mod change;
mod dead_letter;
mod delivery;
mod event;
mod ext;
mod extras;
mod finding;
mod forgotten;
mod id;
mod kinds;
mod membership;
mod message;
mod metric;
pub(crate) mod name;
mod platform;
mod pong;
mod receipt;
mod reference;
mod room;
mod status;
mod user;
mod words;

pub use change::{Delete, DeleteMessage, Edit, EditMessage, NewReaction, Reaction};
pub use dead_letter::{DeadLetter, DeadLetterFilter};
pub use delivery::{Delivery, DeliveryChange, DeliveryState};
pub use event::{Event, EventBody, EventKind};
pub use ext::Ext;
pub(crate) use extras::Extras;
pub use finding::{Finding, FindingKind};
pub use forgotten::Forgotten;
pub use id::{BindKind, ExternalId, Id};
pub(crate) use kinds::Kinds;
pub use membership::{Introduction, Invite, InviteInfo, Joined, Token};
pub use message::{Attachment, AttachmentKind, Message, NewMessage};
pub use metric::{Metric, MetricKind};
pub use platform::{Platform, PlatformChange, PlatformKind, PlatformState};
pub use pong::Pong;
pub use receipt::Receipt;
pub use reference::Ref;
pub(crate) use room::Barred;
pub use room::{Banned, NewRoom, Room, RoomChange, RoomKind};
pub use status::{PlatformStatus, Status};
pub use user::{NewUser, User};
