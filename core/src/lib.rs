//! Joins separate chat applications: their users write to each other and form groups across platforms, and each
//! application embeds this library in its own process. There is no hub to run, nothing is lost while a platform is down, and
//! nobody speaks for another platform.
//!
//! ```no_run
//! use std::time::Duration;
//! use integrador::{Config, EventBody, NewMessage, Node, RoomKind};
//!
//! # #[tokio::main] async fn main() -> integrador::Result<()> {
//! let config = Config::new("RustChat", "rust-chat.db").platforms("platforms.json");
//! let node = Node::open(config).await?;
//! node.publish_user(1, "Ana").await?;
//! node.publish_room(7, "Los mundialistas", RoomKind::Private,
//!     vec![("RustChat".into(), vec![1.into()]), ("GWT_CHAT".into(), vec![3.into()])]).await?;
//! node.publish_message(NewMessage::new(7, 1, "¿Quién viene al partido?")).await?;
//! let mut events = node.consumer();
//! while let Some(event) = events.next(Duration::MAX).await? {
//!     if let EventBody::Message(message) = &event.body {
//!         println!("{}: {}", message.sender_name, message.text);
//!     }
//!     events.done();
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # The nouns
//!
//! A **platform** is one chat application, with its own users, rooms and database. A [`Node`] is a running copy of this
//! library. A platform without the library, a *plain* one, speaks plain HTTP to one node, its *gateway*. An [`ExternalId`],
//! `BuasApp:4`, names a user or a room of any platform; an [`Id`] is what the platform itself calls it. What an app publishes
//! gets a [`Receipt`]; what happens elsewhere reaches it as an [`Event`] from a [`Consumer`], to which it says when it has
//! handled it.
//!
//! # What is promised
//!
//! When `publish_*` returns, the event is on disk. What is meant for a platform that is down waits, and goes out within a
//! second of its first sign of life. An event reaches the app once, in the order of its room. What can't be delivered is a
//! [`DeadLetter`] with its reason. One slow or hostile platform delays no other.
//!
//! # Mounting
//!
//! Other platforms reach a node over HTTP. Either the app mounts it in its own web framework, through [`Node::handle`] (or
//! `integrador::axum::router` with the feature `axum`), or the node listens on a port of its own ([`Config::listen`], the same
//! feature).
//!
//! # Threads
//!
//! [`Node`] is async and runs on tokio. [`blocking::Node`] is the same for threads, with a runtime of its own.

#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::disallowed_methods))] // Tests make threads where they like.

mod commit;
mod config;
mod directory;
mod error;
mod inbox;
mod leases;
pub mod logs;
mod model;
mod node;
mod operate;
mod outbox;
mod peers;
mod registry;
mod rules;
mod serve;
mod shared;
mod store;
mod tasks;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod transport;
mod util;
#[cfg(test)]
mod vectors;
mod wire;

/// The node in an axum application.
#[cfg(feature = "axum")]
pub mod axum {
    pub use crate::node::router::router;
}

pub use config::{Config, DirectoryAccess, Introductions, Limits, Proxy, Role};
pub use error::{Error, ErrorKind, Result, guarded};
pub use inbox::consumer::Consumer;
pub use model::{
    Attachment, AttachmentKind, Banned, BindKind, DeadLetter, DeadLetterFilter, Delete, DeleteMessage, Delivery,
    DeliveryChange, DeliveryState, Edit, EditMessage, Event, EventBody, EventKind, Ext, ExternalId, Finding,
    FindingKind, Forgotten, Id, Introduction, Invite, InviteInfo, Joined, Message, Metric, MetricKind, NewMessage,
    NewReaction, NewRoom, NewUser, Platform, PlatformChange, PlatformKind, PlatformState, PlatformStatus, Pong,
    Reaction, Receipt, Ref, Room, RoomChange, RoomKind, Status, Token, User,
};
pub use node::{Node, blocking};
pub use peers::ping::ping_url as ping;
pub use peers::probe::{Found, who_answers};
pub use registry::edit as registry_file;
pub use serve::request::request;
pub use store::sqlite::restore::restore;
pub use util::fork;
pub use util::shown::Shown;
