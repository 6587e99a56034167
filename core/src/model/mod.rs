//! The public nouns, a file for each: ids and names, users, rooms, messages, the events that reach the app, receipts, and what an
//! operator sees.

mod delivery;
mod event;
mod id;
mod message;
pub(crate) mod name;
mod platform;
mod receipt;
mod room;
mod user;

pub use delivery::{Delivery, DeliveryChange, DeliveryState};
pub use event::{Event, EventBody};
pub use id::{BindKind, ExternalId, Id};
pub use message::{Attachment, AttachmentKind, Message, NewMessage};
pub use platform::{Platform, PlatformChange, PlatformState};
pub use receipt::Receipt;
pub use room::{Room, RoomChange, RoomKind};
pub use user::User;
