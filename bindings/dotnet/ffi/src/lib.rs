//! The native part of the NuGet package `Integrador`: `integrador::blocking` for .NET, by UniFFI.
//!
//! It converts values and holds no logic. `../bindgen` writes the C# that calls this, all of it internal to the package; the classes
//! around that are what applications see. Each operation that waits exists twice: for a thread that may wait here, and for who
//! awaits. No code of the application is ever called from here: what waits is asked for.

mod error;
mod events;
mod given;
mod logs;
mod mesh;
mod node;
mod shown;
mod types;

uniffi::setup_scaffolding!();

use error::Result;

/// The version of this library.
#[uniffi::export]
pub fn version() -> String {
    env!("CARGO_PKG_VERSION").to_owned()
}

/// The parts of an external id.
#[uniffi::export]
pub fn external_id_parts(text: &str) -> Result<types::ExternalId> {
    let id: integrador::ExternalId = text.parse()?;
    Ok(shown::external(&id))
}

/// What an application carries, as it will travel: its JSON without what is needless, if it may.
#[uniffi::export]
pub fn ext_of(json: &str) -> Result<String> {
    Ok(integrador::Ext::from_json(json)?.as_json().to_owned())
}

/// For the test that a panic is an exception.
#[uniffi::export]
pub fn panics() -> Result<()> {
    Ok(integrador::guarded(|| panic!("asked for"))?)
}
