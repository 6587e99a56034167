//! The examples in Rust that the pages show are compiled, by `cargo test --doc`.

/// The first page.
#[doc = include_str!("../../README.md")]
pub mod readme {}

/// The crate's page.
#[doc = include_str!("../../core/README.md")]
pub mod crate_page {}

/// The guide.
#[doc = include_str!("../../docs/rust.md")]
pub mod guide {}
