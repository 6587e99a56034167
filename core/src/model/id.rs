//! Ids: what a platform calls its users and rooms, and what everybody can call them.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use smol_str::SmolStr;

use super::name::check_name;
use super::words::words;
use crate::{Error, ErrorKind, Result};

/// The id of a user or a room on its own platform: an integer (±2⁶³) or a string (1–255 characters).
///
/// `4` and `"4"` are the same id, so equality and hashing look at the text alone; which of the two it was is kept, since
/// an id is written everywhere as it first came.
///
/// Up to 23 bytes are held in place, since a node holds millions of them.
#[derive(Clone)]
pub struct Id {
    text: SmolStr,
    number: bool,
}

impl Id {
    /// The id as text, whichever form it came in.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The integer, if it came as one.
    pub fn as_i64(&self) -> Option<i64> {
        if self.number { self.text.parse().ok() } else { None }
    }

    pub(crate) fn is_number(&self) -> bool {
        self.number
    }

    /// Whether the same id may also come in the other form: it is an integer, or a text that reads like one.
    pub(crate) fn has_two_forms(&self) -> bool {
        self.number || self.text.parse::<i64>().is_ok_and(|n| *self.text == *itoa::Buffer::new().format(n))
    }

    /// Whether it is a text that [`ExternalId`]'s parser takes.
    pub(crate) fn reads_external(&self) -> bool {
        !self.number && self.text.contains(':') && self.text.parse::<ExternalId>().is_ok()
    }

    /// From the store: a text and whether it came as an integer.
    pub(crate) fn from_parts(text: &str, number: bool) -> Self {
        Id { text: text.into(), number }
    }
}

impl From<i64> for Id {
    fn from(n: i64) -> Self {
        Id { text: itoa::Buffer::new().format(n).into(), number: true }
    }
}

impl From<i32> for Id {
    fn from(n: i32) -> Self {
        i64::from(n).into()
    }
}

impl From<&str> for Id {
    fn from(s: &str) -> Self {
        Id { text: s.into(), number: false }
    }
}

impl From<String> for Id {
    fn from(s: String) -> Self {
        Id { text: s.into(), number: false }
    }
}

impl From<&Id> for Id {
    fn from(id: &Id) -> Self {
        id.clone()
    }
}

impl PartialEq for Id {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Id {}

impl PartialOrd for Id {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Id {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.text.cmp(&other.text)
    }
}

impl Hash for Id {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.text.hash(state);
    }
}

impl std::borrow::Borrow<str> for Id {
    fn borrow(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.number { f.write_str(&self.text) } else { write!(f, "{:?}", self.text) }
    }
}

impl Serialize for Id {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.as_i64() {
            Some(n) => serializer.serialize_i64(n),
            None => serializer.serialize_str(&self.text),
        }
    }
}

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct IdVisitor;
        impl serde::de::Visitor<'_> for IdVisitor {
            type Value = Id;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an integer or a string")
            }
            fn visit_i64<E: serde::de::Error>(self, n: i64) -> Result<Id, E> {
                Ok(n.into())
            }
            fn visit_u64<E: serde::de::Error>(self, n: u64) -> Result<Id, E> {
                i64::try_from(n).map(Id::from).map_err(|_| E::custom("an integer beyond 2^63"))
            }
            fn visit_str<E: serde::de::Error>(self, s: &str) -> Result<Id, E> {
                Ok(s.into())
            }
        }
        deserializer.deserialize_any(IdVisitor)
    }
}

/// A user or a room as every platform can name it: `BuasApp:4`.
///
/// A platform's name holds no `:`, so the first one splits it, whatever the id holds.
///
/// ```
/// let id: integrador::ExternalId = "GWT_CHAT:a:b".parse()?;
/// assert_eq!((&*id.platform, id.id.as_str(), id.to_string().as_str()), ("GWT_CHAT", "a:b", "GWT_CHAT:a:b"));
/// # Ok::<(), integrador::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ExternalId {
    /// The platform on which it was created, spelled as the registry does.
    pub platform: Arc<str>,
    /// Its id there.
    pub id: Id,
}

impl ExternalId {
    /// From its two parts.
    pub fn new(platform: impl Into<Arc<str>>, id: impl Into<Id>) -> Self {
        ExternalId { platform: platform.into(), id: id.into() }
    }
}

impl FromStr for ExternalId {
    type Err = Error;

    /// From its text, such as one that was stored: before the first `:` stands what can be the name of a platform, and
    /// behind it something. Whether the id was an integer does not show, and makes no difference.
    ///
    /// # Errors
    /// `invalid`.
    fn from_str(text: &str) -> Result<Self> {
        let parts = text.split_once(':').filter(|(name, id)| check_name(name).is_ok() && !id.is_empty());
        parts.map(|(name, id)| ExternalId::new(name, id)).ok_or_else(|| {
            let got: String = text.chars().take(64).collect();
            Error::new(ErrorKind::Invalid, format!("expected an external id, such as BuasApp:4, got {got:?}"))
        })
    }
}

impl fmt::Display for ExternalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.platform, self.id)
    }
}

impl fmt::Debug for ExternalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for ExternalId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// What a local id is bound to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BindKind {
    /// A user.
    User,
    /// A room.
    Room,
}

words!(BindKind { User: "user", Room: "room" });
