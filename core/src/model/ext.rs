//! What an application carries beyond the protocol: an object of JSON that nobody on its way looks into.

use std::fmt;
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde::ser::{Error as _, Serializer};
use serde_json::value::RawValue;

use crate::{Error, Result};

/// How long it may be, bytes of compact JSON in UTF-8.
const MOST: usize = 4 << 10;

/// How deep lists and objects in it may stand in each other: far less than what the readers of other languages bear.
const DEEPEST: usize = 32;

/// What an application carries beyond the protocol with a user, a room, a message or an edit: a JSON object of at most 4 KiB,
/// not more than 32 deep, which every application gets as it was given.
///
/// ```
/// use integrador::Ext;
/// # fn main() -> integrador::Result<()> {
/// let ext = Ext::new(&[("colour", "#c0ffee")].into_iter().collect::<std::collections::BTreeMap<_, _>>())?;
/// assert_eq!(ext.as_json(), r##"{"colour":"#c0ffee"}"##);
/// # Ok(()) }
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Ext(Arc<str>);

impl Ext {
    /// Of whatever becomes a JSON object: a struct, a map, a `serde_json::Value`.
    ///
    /// # Errors
    /// `invalid`: it becomes no object, or one that is too long or too deep.
    pub fn new<T: Serialize + ?Sized>(value: &T) -> Result<Ext> {
        let text = serde_json::to_string(value).map_err(|e| invalid(format!("expected a JSON object: {e}")))?;
        Ext::from_json(&text)
    }

    /// Of its JSON. Blanks and needless escapes in it go; numbers and the order of the fields stay as they are.
    ///
    /// # Errors
    /// `invalid`: it is no JSON object, or one that is too long or too deep.
    pub fn from_json(json: &str) -> Result<Ext> {
        let text: &RawValue =
            serde_json::from_str(json).map_err(|e| invalid(format!("expected a JSON object: {e}")))?;
        let ext = compact(text.get()).map(|text| Ext(text.into()));
        let ext = ext.ok_or_else(|| invalid("expected a JSON object: a string in it is no text"))?;
        ext.check().map(|()| ext)
    }

    /// Its JSON: one line, with nothing between its parts.
    pub fn as_json(&self) -> &str {
        &self.0
    }

    /// Its value as a type of the application's, or as a `serde_json::Value`.
    ///
    /// # Errors
    /// `invalid`: it does not fit the type.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T> {
        serde_json::from_str(&self.0).map_err(|e| invalid(format!("it is another object than this: {e}")))
    }

    /// From a text of which it is known that it is JSON without an object that has two fields of one name.
    pub(crate) fn of_strict(json: &str) -> Result<Ext> {
        let text = compact(json).ok_or_else(|| invalid("expected a JSON object: a string in it is no text"))?;
        Ok(Ext(text.into()))
    }

    /// From the store, where it is held as it is.
    pub(crate) fn from_store(json: &str) -> Ext {
        Ext(json.into())
    }

    /// Whether it may travel.
    pub(crate) fn check(&self) -> Result<()> {
        if !self.0.starts_with('{') {
            return Err(invalid("expected a JSON object, got another value"));
        }
        if self.0.len() > MOST {
            let got = self.0.len();
            return Err(invalid(format!("expected at most {MOST} bytes of compact JSON in UTF-8, got {got}")));
        }
        if depth(&self.0) > DEEPEST {
            return Err(invalid(format!("expected lists and objects at most {DEEPEST} deep, got deeper ones")));
        }
        Ok(())
    }
}

fn invalid(expected: impl Into<String>) -> Error {
    Error::invalid("ext", expected.into())
}

impl fmt::Debug for Ext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Ext({})", self.0)
    }
}

impl Serialize for Ext {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serde_json::from_str::<&RawValue>(&self.0).map_err(S::Error::custom)?.serialize(serializer)
    }
}

/// A JSON text without blanks, in whose strings nothing is escaped that need not be. None: some string is no text.
fn compact(json: &str) -> Option<String> {
    let mut out = String::with_capacity(json.len().min(MOST));
    let mut rest = json;
    while let Some(next) = rest.chars().next() {
        let length = if next == '"' { string_length(rest)? } else { next.len_utf8() };
        let (token, after) = rest.split_at(length);
        match next {
            ' ' | '\t' | '\r' | '\n' => {}
            '"' if token.contains('\\') => {
                let text: String = serde_json::from_str(token).ok()?;
                out.push_str(&serde_json::to_string(&text).ok()?);
            }
            _ => out.push_str(token),
        }
        rest = after;
    }
    Some(out)
}

/// The length of the string that begins here, its quotes included.
fn string_length(rest: &str) -> Option<usize> {
    let mut escaped = false;
    let inner = rest.get(1..)?.bytes();
    let end = inner.enumerate().find(|(_, byte)| {
        let ends = *byte == b'"' && !escaped;
        escaped = *byte == b'\\' && !escaped;
        ends
    });
    end.map(|(at, _)| at + 2)
}

fn depth(compact: &str) -> usize {
    let (mut deepest, mut depth, mut rest) = (0_usize, 0_usize, compact);
    while let Some(next) = rest.bytes().next() {
        match next {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
        let length = if next == b'"' { string_length(rest).unwrap_or(rest.len()) } else { 1 };
        // What is outside of strings is ASCII.
        rest = rest.get(length..).unwrap_or_default();
    }
    deepest
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::Deserialize;
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn blanks_and_needless_escapes_go_and_all_else_stays_letter_by_letter() {
        let ext = Ext::from_json("{ \"b\" : [1.10, 12345678901234567890,\n -0, 1e2] , \"a\":\"\\u00f1\\/\\n\\\" {\" }");
        assert_eq!(ext.unwrap().as_json(), "{\"b\":[1.10,12345678901234567890,-0,1e2],\"a\":\"ñ/\\n\\\" {\"}");
    }

    #[test]
    fn it_is_an_object_within_its_bounds_and_an_error_says_which_it_broke() {
        let of_length = |length: usize| format!("{{\"a\":\"{}\"}}", "x".repeat(length - 8));
        assert_eq!(Ext::from_json(&of_length(MOST)).unwrap().as_json().len(), MOST);
        let deep = |depth: usize| format!("{{\"a\":{}{}}}", "[".repeat(depth - 1), "]".repeat(depth - 1));
        assert!(Ext::from_json(&deep(DEEPEST)).is_ok());
        for (json, why) in [
            (of_length(MOST + 1), "at most 4096 bytes of compact JSON in UTF-8, got 4097"),
            (deep(DEEPEST + 1), "at most 32 deep"),
            ("[1]".into(), "got another value"),
            ("{\"a\":NaN}".into(), "expected a JSON object"),
            ("{\"a\":\"\\ud800\"}".into(), "expected a JSON object"),
            ("{} {}".into(), "expected a JSON object"),
        ] {
            let error = Ext::from_json(&json).unwrap_err();
            assert!(error.to_string().contains(why) && error.to_string().contains("ext"), "{error}");
        }
    }

    #[test]
    fn it_is_read_as_a_type_of_the_applications() {
        #[derive(Serialize, Deserialize, PartialEq, Debug)]
        struct Ours {
            colour: String,
        }
        let ours = Ours { colour: "#c0ffee".into() };
        let ext = Ext::new(&ours).unwrap();
        assert_eq!(ext.read::<Ours>().unwrap(), ours);
        assert!(ext.read::<Vec<u8>>().is_err());
        assert_eq!(serde_json::to_string(&vec![ext]).unwrap(), r##"[{"colour":"#c0ffee"}]"##);
    }

    proptest! {
        #[test]
        fn it_means_what_it_meant(text in "(?s).{0,20}", name in "\\PC{0,5}", number in any::<i64>()) {
            let value = json!({ name: [text, number, { "x": null }] });
            for json in [serde_json::to_string_pretty(&value).unwrap(), value.to_string()] {
                prop_assert_eq!(Ext::from_json(&json).unwrap().read::<Value>().unwrap(), value.clone());
            }
        }
    }
}
