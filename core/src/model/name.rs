//! Names of platforms: what one may be, and when two are the same.

use crate::{Error, Result};

/// A platform's name has at most so many characters.
const LONGEST_NAME: usize = 64;

/// The form in which names are compared: trimmed, without case.
///
/// Upper case first and then lower, so that letters with two lower-case forms (`σ`, `ς`; `ß`, `ss`) match too.
pub(crate) fn fold(name: &str) -> String {
    let name = name.trim();
    if name.is_ascii() {
        return name.to_ascii_lowercase();
    }
    name.chars().flat_map(char::to_uppercase).flat_map(char::to_lowercase).collect()
}

/// Whether this can be the name of a platform; the error says what a name may be.
pub(crate) fn check_name(name: &str) -> Result<()> {
    let name = name.trim();
    let wrong = if name.is_empty() {
        "it is empty"
    } else if name.chars().count() > LONGEST_NAME {
        "it is too long"
    } else if name.contains(':') {
        "it holds a `:`"
    } else if name.chars().any(char::is_control) {
        "it holds a control character"
    } else {
        return Ok(());
    };
    let allowed = format!("a name has 1 to {LONGEST_NAME} characters, no `:` and no control characters, but {wrong}");
    Err(Error::new(crate::ErrorKind::Invalid, allowed))
}
