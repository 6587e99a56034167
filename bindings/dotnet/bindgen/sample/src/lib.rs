//! One of everything that the generator of C# knows, and each name and each shape that generators are known to trip over.
//! The functions give back what they got, or say something about it: so that a test sees from the outside what arrived.

// Exported symbols count as unsafe, and nothing else here is.
#![allow(unsafe_code)]
// What has no comment here has none in C#, and that is tested too.
#![allow(missing_docs)]

pub mod errors;
pub mod futures;
#[cfg(feature = "beyond")]
pub mod names;
pub mod objects;
pub mod values;

uniffi::setup_scaffolding!();
