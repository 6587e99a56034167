//! Nodes in memory, for the tests of an application. Needs the feature `testing`, which belongs among the
//! `dev-dependencies`:
//!
//! ```toml
//! [dev-dependencies]
//! integrador = { version = "0.1", features = ["testing"] }
//! ```
//!
//! A [`Mesh`] has a [`Node`](crate::Node) for each platform, which is the real one and which the application's code uses
//! unchanged; only the network and the disk below it are played. There are no ports and no files, and time stands still until
//! the test moves it, so a test takes milliseconds.
//!
//! ```
//! use std::time::Duration;
//! use integrador::testing::Mesh;
//! use integrador::{DeliveryState, NewMessage, RoomKind};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> integrador::Result<()> {
//! let net = Mesh::open(["BuasApp", "RustChat"]).await?;
//! let (buas, rust) = (net.node("BuasApp")?, net.node("RustChat")?);
//! buas.publish_room(7, "Plaza", RoomKind::Public, vec![]).await?;
//! net.settle().await?; // all that can be delivered has been
//! assert_eq!(rust.rooms()[0].name, "Plaza");
//!
//! net.down("RustChat")?;
//! let sent = buas.publish_message(NewMessage::new(7, 1, "hola")).await?.event.expect("it is sent");
//! net.advance(Duration::from_secs(3_600)).await?;
//! assert_eq!(buas.delivery(sent).await?[0].state, DeliveryState::Waiting);
//!
//! net.up("RustChat")?;
//! net.settle().await?;
//! assert_eq!(buas.delivery(sent).await?[0].state, DeliveryState::Delivered);
//! # Ok(())
//! # }
//! ```
//!
//! A [`Crowd`] is for simulations: platforms that come one by one, as many as memory holds.
//!
//! # What time moves
//!
//! [`Mesh::advance`] moves everything that goes by time: retries and what a failed handler waits for, time-outs of requests and
//! of handlers, pings, imports, what is forgotten or becomes a dead letter for its age, and the times in event ids. Whatever
//! falls due on the way happens in its order, so moving on by a day takes some seconds. It is the time of the tokio runtime,
//! so an async application's own timers stand and move with it. The machine's clock stays what it is: for signatures, for times
//! that are only shown, such as [`PlatformStatus::since`](crate::PlatformStatus::since), and for the `timeout` of
//! `next_events` and of a consumer, in which a test waits for real.

#[cfg(feature = "testing")]
pub mod blocking;
#[cfg(feature = "testing")]
mod crowd;
#[cfg(feature = "testing")]
mod hold;
#[cfg(feature = "testing")]
mod mesh;
#[cfg(feature = "testing")]
mod opened;
#[cfg(test)]
mod sent;
#[cfg(test)]
mod stage;
#[cfg(test)]
#[cfg(feature = "testing")]
mod tests;

#[cfg(feature = "testing")]
pub use crate::transport::memory::Traffic;
#[cfg(feature = "testing")]
pub use crowd::{Crowd, PlainPlatform};
#[cfg(feature = "testing")]
pub use mesh::Mesh;
#[cfg(test)]
pub(crate) use sent::{Sent, events, sent, texts};
#[cfg(test)]
pub(crate) use stage::*;
