//! x
#![allow(dead_code)]

mod config;
mod error;
mod model;
mod registry;
pub mod registry_file;
mod retry;
mod signature;
#[cfg(test)]
mod vectors;
mod wire;

pub use config::Config;
pub use error::{Error, ErrorKind, Result};
pub use model::*;

mod store {
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
    pub(crate) enum EventKind {
        User = 1,
        Room = 2,
        Message = 3,
        Platform = 4,
        Receipt = 5,
        Delivery = 6,
    }

    impl EventKind {
        pub(crate) fn as_str(self) -> &'static str {
            match self {
                EventKind::User => "user",
                EventKind::Room => "room",
                EventKind::Message => "message",
                EventKind::Platform => "platform",
                EventKind::Receipt => "receipt",
                EventKind::Delivery => "delivery",
            }
        }
    }
}
