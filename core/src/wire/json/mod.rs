//! Strict JSON: what two readers could understand in two ways is refused, so that a body means the same at every hop.
//!
//! serde_json does the reading; on top of it no object may have two fields of one name. Strings are borrowed from the
//! input where they hold no escape. A byte order mark at the start is skipped, as RFC 8259 §8.1 allows: some editors and
//! frameworks write one, and nothing can be misunderstood by it.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::{Error, ErrorKind, Result};

/// Up to so many fields a name is looked for one by one; beyond, in a hash set, so that a hostile object with a hundred
/// thousand fields costs no quadratic time.
const FEW_FIELDS: usize = 16;

/// Of a field's name, so many characters are shown in an error.
const SHOWN: usize = 40;

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
            Value::Object(_) => "an object",
        }
    }
}

/// Why a text is no JSON, and where.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Fault {
    /// From 1.
    pub line: usize,
    /// In bytes, from 1.
    pub column: usize,
    pub why: String,
}

impl Fault {
    /// From serde_json's error, whose text ends with the position.
    pub(crate) fn new(error: &serde_json::Error) -> Self {
        let (line, column) = (error.line().max(1), error.column().max(1));
        let text = error.to_string();
        let why = text.strip_suffix(&format!(" at line {} column {}", error.line(), error.column())).unwrap_or(&text);
        Fault { line, column, why: why.to_owned() }
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        let Fault { line, column, why } = fault;
        Error::new(ErrorKind::Invalid, format!("not JSON: {why} (line {line}, column {column})"))
    }
}

/// Reads one JSON text, whole.
pub(crate) fn parse(bytes: &[u8]) -> Result<Value<'_>> {
    Ok(parse_or_fault(bytes)?)
}

/// Like [`parse`], but tells the position apart.
pub(crate) fn parse_or_fault(bytes: &[u8]) -> Result<Value<'_>, Fault> {
    let bytes = without_mark(bytes);
    match read(bytes) {
        // JSON sets no bound to numbers: one that no `f64` holds may stand in a field that nobody reads.
        Err(fault) if fault.why == OUT_OF_RANGE => read(&in_range(bytes)).map(Value::into_owned),
        read => read,
    }
}

fn read(bytes: &[u8]) -> Result<Value<'_>, Fault> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = Value::deserialize(&mut reader).and_then(|value| reader.end().map(|()| value));
    value.map_err(|e| Fault::new(&e))
}

/// What serde_json says of a number that no `f64` holds.
const OUT_OF_RANGE: &str = "number out of range";

/// The same text with a large number, filled up by spaces, for each that is out of range. What else is wrong stays so.
fn in_range(bytes: &[u8]) -> Vec<u8> {
    let mut text = bytes.to_vec();
    let (mut at, mut in_string) = (0, false);
    while at < text.len() {
        let length = match text[at] {
            b'\\' if in_string => 2,
            b'"' => {
                in_string = !in_string;
                1
            }
            b'-' | b'0'..=b'9' if !in_string => {
                let number = |b: &u8| b.is_ascii_digit() || b"+-.eE".contains(b);
                let length = text[at..].iter().take_while(|b| number(b)).count();
                let token = &mut text[at..at + length];
                if serde_json::from_slice::<f64>(token).is_err() && serde_json::from_slice::<IgnoredAny>(token).is_ok()
                {
                    token.fill(b' ');
                    token[..LARGE.len()].copy_from_slice(LARGE);
                }
                length
            }
            _ => 1,
        };
        at += length;
    }
    text
}

/// As short as the shortest number that is out of range.
const LARGE: &[u8] = b"1e308";

/// The bytes after a byte order mark, if there is one.
pub(crate) fn without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)
}

impl<'de> Deserialize<'de> for Value<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value<'de>, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value<'de>, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value<'de>, E> {
        Ok(Value::Int(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value<'de>, E> {
        Ok(i64::try_from(value).map_or(Value::Float(value as f64), Value::Int))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value<'de>, E> {
        Ok(Value::Float(value))
    }

    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Value<'de>, E> {
        Ok(Value::Text(Cow::Borrowed(value)))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value<'de>, E> {
        Ok(Value::Text(Cow::Owned(value.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value<'de>, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Value::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value<'de>, A::Error> {
        let mut fields: Vec<(Cow<'de, str>, Value<'de>)> = Vec::new();
        let mut names: HashSet<Cow<'de, str>> = HashSet::new();
        while let Some(name) = entries.next_key_seed(NameSeed)? {
            let twice = if fields.len() < FEW_FIELDS {
                fields.iter().any(|(n, _)| *n == name)
            } else {
                if names.is_empty() {
                    names.extend(fields.iter().map(|(n, _)| n.clone()));
                }
                !names.insert(name.clone())
            };
            if twice {
                let shown: String = name.chars().take(SHOWN).collect();
                return Err(A::Error::custom(format_args!("two fields named {shown:?} in one object")));
            }
            fields.push((name, entries.next_value()?));
        }
        Ok(Value::Object(fields))
    }
}

/// Reads a field's name, borrowed where possible; serde's own `Cow` always copies.
struct NameSeed;

impl<'de> DeserializeSeed<'de> for NameSeed {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Cow<'de, str>, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for NameSeed {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a field")
    }

    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Borrowed(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Owned(value.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(text: &[u8]) -> Fault {
        parse_or_fault(text).unwrap_err()
    }

    #[test]
    fn numbers_keep_what_they_are() {
        for (text, value) in [
            ("4", Value::Int(4)),
            ("-9223372036854775808", Value::Int(i64::MIN)),
            ("9223372036854775807", Value::Int(i64::MAX)),
            ("9223372036854775808", Value::Float(9.223_372_036_854_776e18)),
            ("4.0", Value::Float(4.0)),
            ("4e0", Value::Float(4.0)),
        ] {
            assert_eq!(parse(text.as_bytes()).unwrap(), value, "{text}");
        }
    }

    #[test]
    fn strings_without_escapes_are_borrowed() {
        let value = parse(r#"{"text": "¡ñandú!", "é\n": "\u00f1"}"#.as_bytes()).unwrap();
        let fields = value.as_object().unwrap();
        assert!(matches!(&fields[0], (Cow::Borrowed("text"), Value::Text(Cow::Borrowed("¡ñandú!")))));
        assert!(matches!(&fields[1], (Cow::Owned(_), Value::Text(Cow::Owned(_)))));
    }

    #[test]
    fn two_fields_of_one_name_are_refused_at_any_depth_and_among_any_number() {
        assert!(fault(br#"{"a": 1, "b": {"x": [{"c": 1, "\u0063": 2}]}}"#).why.contains("two fields named \"c\""));
        let many: Vec<String> = (0..100).map(|n| format!("\"f{n}\": {n}")).collect();
        assert!(parse(format!("{{{}}}", many.join(",")).as_bytes()).is_ok());
        for n in [0, 15, 16, 17, 99] {
            let text = format!("{{{}, \"f{n}\": 0}}", many.join(","));
            assert!(fault(text.as_bytes()).why.contains(&format!("\"f{n}\"")), "f{n}");
        }
    }

    #[test]
    fn a_fault_tells_where_it_is() {
        let fault = fault(b"{\"a\": 1,\n \"b\": tru}");
        assert_eq!((fault.line, fault.why.as_str()), (2, "expected ident"));
        let error = parse(b"[1,").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid);
        assert!(error.to_string().contains("line 1, column 3"), "{error}");
    }

    #[test]
    fn a_number_may_be_of_any_size_and_only_where_json_has_a_number() {
        let nines = "9".repeat(400);
        let text = format!(r#"{{"a":1e999,"b":[-{nines}.5e3 ,1E+400,7],"c":"x\"1e999"}}"#);
        let value = parse(text.as_bytes()).unwrap();
        assert!(matches!(value.get("a"), Some(Value::Float(_))));
        let list = value.get("b").and_then(Value::as_list).unwrap();
        assert!(matches!(list, [Value::Float(_), Value::Float(_), Value::Int(7)]));
        assert_eq!(value.get("c"), Some(&Value::Text("x\"1e999".into())));
        for wrong in ["[1e999,01e999]", "[1e999,1e+]", "[1e999,--1e999]", "[1e999", "1e999x", "[1e999,1.e999]"] {
            assert!(parse(wrong.as_bytes()).is_err(), "{wrong}");
        }
        let error = parse(b"[1e999,\n1e999,x]").unwrap_err();
        assert!(error.to_string().contains("line 2, column 7"), "{error}");
    }

    #[test]
    fn ten_times_the_fields_cost_no_hundred_times_the_time() {
        let best = |fields: usize| {
            let text: Vec<String> = (0..fields).map(|n| format!("\"{n}\":0")).collect();
            let text = format!("{{{}}}", text.join(","));
            let time = || {
                let start = std::time::Instant::now();
                assert!(parse(text.as_bytes()).is_ok());
                start.elapsed()
            };
            (0..5).map(|_| time()).min().unwrap()
        };
        assert!(best(100_000) < best(10_000) * 60);
    }
}
