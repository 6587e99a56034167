//! Strict JSON: what two readers could understand in two ways is refused, so that a body means the same at every hop.
//!
//! serde_json does the reading; on top of it no object may have two fields of one name. Strings are borrowed from the
//! input where they hold no escape. A byte order mark at the start is skipped, as RFC 8259 §8.1 allows: some editors and
//! frameworks write one, and nothing can be misunderstood by it.

mod build;
mod quick;
mod scan;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::{Error, ErrorKind, Result};

use build::{Breach, Build, Guard};

/// Of a field's name, this many characters are shown in an error.
const SHOWN: usize = 40;

/// A list is read item by item only if nothing in it is deeper than this, as serde_json has it for what it understands.
const DEEPEST: usize = 128;

/// How many values the fields that are read of one item of a list may hold.
const MOST_OF_ITEM: usize = 64;

/// The field of a body that is passed on as it stands, if it is an object.
const CARRIED: &str = "ext";

/// A body is the text, or a field of it, as in a line of a batch: an object that stands deeper carries nothing.
const DEEPEST_BODY: usize = 1;

/// A JSON value. An object keeps its fields in the order in which they stood.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value<'a> {
    Null,
    Bool(bool),
    Int(i64),
    /// Any number that is no `i64`: a fraction, an exponent, or too large.
    Float(f64),
    Text(Cow<'a, str>),
    List(Vec<Value<'a>>),
    /// An object that is passed on as it stands: its text, which is JSON by the same rules. Only as [`CARRIED`].
    Carried(Cow<'a, str>),
    Object(Vec<(Cow<'a, str>, Value<'a>)>),
}

impl<'a> Value<'a> {
    /// The field of this name, if this is an object that has it.
    pub(crate) fn get(&self, name: &str) -> Option<&Value<'a>> {
        self.as_object()?.iter().find(|(n, _)| n == name).map(|(_, v)| v)
    }

    /// Takes the field of this name out, if this is an object that has it.
    pub(crate) fn take(&mut self, name: &str) -> Option<Value<'a>> {
        let Value::Object(fields) = self else { return None };
        fields.iter_mut().find(|(n, _)| n == name).map(|(_, value)| std::mem::replace(value, Value::Null))
    }

    pub(crate) fn as_object(&self) -> Option<&[(Cow<'a, str>, Value<'a>)]> {
        if let Value::Object(fields) = self { Some(fields) } else { None }
    }

    pub(crate) fn as_list(&self) -> Option<&[Value<'a>]> {
        if let Value::List(items) = self { Some(items) } else { None }
    }

    pub(crate) fn as_str(&self) -> Option<&str> {
        if let Value::Text(text) = self { Some(text) } else { None }
    }

    fn into_owned(self) -> Value<'static> {
        let own = |text: Cow<'_, str>| Cow::Owned(text.into_owned());
        match self {
            Value::Null => Value::Null,
            Value::Bool(value) => Value::Bool(value),
            Value::Int(value) => Value::Int(value),
            Value::Float(value) => Value::Float(value),
            Value::Text(text) => Value::Text(own(text)),
            Value::Carried(text) => Value::Carried(own(text)),
            Value::List(items) => Value::List(items.into_iter().map(Value::into_owned).collect()),
            Value::Object(fields) => {
                Value::Object(fields.into_iter().map(|(name, value)| (own(name), value.into_owned())).collect())
            }
        }
    }

    /// What it is, for the "got …" of an error. Never its content, which could be a secret.
    pub(crate) fn describe(&self) -> &'static str {
        match self {
            Value::Null => "null",
            Value::Bool(_) => "a boolean",
            Value::Int(_) => "an integer",
            Value::Float(_) => "a number that is no integer within ±2^63",
            Value::Text(text) if text.is_empty() => "an empty string",
            Value::Text(_) => "a string",
            Value::List(_) => "a list",
            Value::Object(_) | Value::Carried(_) => "an object",
        }
    }
}

/// Why a text was not read, and where.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Fault {
    /// From 1.
    pub line: usize,
    /// In bytes, from 1.
    pub column: usize,
    pub why: String,
    /// It may be JSON, but holds more values than are allowed.
    pub too_large: bool,
}

impl Fault {
    /// From serde_json's error, whose words end with the position.
    pub(crate) fn new(error: &serde_json::Error) -> Self {
        let (line, column) = (error.line().max(1), error.column().max(1));
        let text = error.to_string();
        let why = text.strip_suffix(&format!(" at line {} column {}", error.line(), error.column())).unwrap_or(&text);
        Fault { line, column, why: why.to_owned(), too_large: false }
    }

    fn of(error: &serde_json::Error, guard: Guard, most: usize) -> Self {
        let fault = Fault::new(error);
        match guard.breach() {
            None => fault,
            Some(Breach::Twice(name)) => {
                let shown: String = name.chars().take(SHOWN).collect();
                Fault { why: format!("two fields named {shown:?} in one object"), ..fault }
            }
            Some(Breach::TooMany) => {
                Fault { why: format!("it holds more than {most} values"), too_large: true, ..fault }
            }
        }
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        let Fault { line, column, why, too_large } = fault;
        match too_large {
            true => Error::new(ErrorKind::TooLarge, why),
            false => Error::new(ErrorKind::Invalid, format!("not JSON: {why} (line {line}, column {column})")),
        }
    }
}

/// Reads one JSON text of this node's own or its operator's, whole.
pub(crate) fn parse(bytes: &[u8]) -> Result<Value<'_>> {
    Ok(parse_or_fault(bytes)?)
}

/// Reads one JSON text from outside, whole, if it holds at most this many values: a list of empty lists takes twenty times
/// the memory of its text.
pub(crate) fn parse_within(most: usize, bytes: &[u8]) -> Result<Value<'_>> {
    Ok(read(bytes, most, None)?)
}

/// Like [`parse`], with the position apart.
pub(crate) fn parse_or_fault(bytes: &[u8]) -> Result<Value<'_>, Fault> {
    read(bytes, usize::MAX, None)
}

/// Reads one JSON text; of an object these fields only.
pub(crate) fn parse_fields<'a>(fields: &[&str], text: &'a str) -> Result<Value<'a>, Fault> {
    read(text.as_bytes(), MOST_OF_ITEM, Some(fields))
}

fn read<'a>(bytes: &'a [u8], most: usize, only: Option<&[&str]>) -> Result<Value<'a>, Fault> {
    let bytes = without_mark(bytes);
    if only.is_none()
        && let Some(value) = quick::read(bytes, most)
    {
        return Ok(value);
    }
    match build(bytes, most, only) {
        Err(fault) if !fault.too_large => match scan::in_range(bytes) {
            Some(text) => build(&text, most, only).map(Value::into_owned),
            None => Err(fault),
        },
        read => read,
    }
}

fn build<'a>(bytes: &'a [u8], most: usize, only: Option<&[&str]>) -> Result<Value<'a>, Fault> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let guard = Guard::new(most);
    let value = Build { guard: &guard, only, depth: 0 }.deserialize(&mut reader);
    value.and_then(|value| reader.end().map(|()| value)).map_err(|e| Fault::of(&e, guard, most))
}

/// Reads a list and hands its items over one after the other, each as its text, which is JSON. Of the items nothing is held.
///
/// An error is one of the whole: no JSON, or no list.
pub(crate) fn each_item<'a>(bytes: &'a [u8], each: impl FnMut(&'a str)) -> Result<()> {
    let bytes = without_mark(bytes);
    if scan::is_deeper_than(DEEPEST, bytes) {
        return Err(Error::new(ErrorKind::Invalid, format!("not JSON that is read: more than {DEEPEST} deep")));
    }
    let fault = |e: serde_json::Error| Error::from(Fault::new(&e));
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    if bytes.trim_ascii_start().first() != Some(&b'[') {
        let value: &RawValue = serde_json::from_slice(bytes).map_err(fault)?;
        let got = parse_fields(&[], value.get()).map_or("something else", |value| value.describe());
        return Err(Error::new(ErrorKind::Invalid, format!("expected a list of objects, got {got}")));
    }
    reader.deserialize_seq(Items(each)).and_then(|()| reader.end()).map_err(fault)
}

struct Items<F>(F);

impl<'de, F: FnMut(&'de str)> Visitor<'de> for Items<F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<(), A::Error> {
        while let Some(item) = items.next_element::<&RawValue>()? {
            (self.0)(item.get());
        }
        Ok(())
    }
}

/// The bytes after a byte order mark, if there is one.
pub(crate) fn without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)
}
