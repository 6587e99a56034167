//! Fields of an object, by what may stand in them; an error names the field and what was expected.

use std::borrow::Cow;

use uuid::Uuid;

use super::super::json::Value;
use crate::config::Limits;
use crate::model::Id;
use crate::model::name::check_name;
use crate::{Error, ErrorKind, Result};

/// A truth value: JSON's own, 0 or 1, or the words True and False in any case.
pub(crate) fn flag(value: &Value<'_>) -> Option<bool> {
    match value {
        Value::Bool(b) => Some(*b),
        Value::Int(0) => Some(false),
        Value::Int(1) => Some(true),
        Value::Text(word) if word.eq_ignore_ascii_case("true") => Some(true),
        Value::Text(word) if word.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

/// The id in this field: an integer within ±2^63, or a string of 1 to `limit` characters.
pub(crate) fn id(object: &Value<'_>, field: &'static str, limit: usize) -> Result<Id> {
    let expected = "an integer or a string";
    let value = object.get(field).ok_or_else(|| missing(field, expected))?;
    to_id(value, limit).map_err(|got| Error::invalid(field, format!("expected {expected}, got {got}")))
}

pub(super) fn to_id(value: &Value<'_>, limit: usize) -> Result<Id, String> {
    match value {
        Value::Int(n) => Ok(Id::from(*n)),
        Value::Text(text) if text.is_empty() => Err(value.describe().into()),
        Value::Text(text) if longer(text, limit) => Err(format!("one of more than {limit} characters")),
        Value::Text(text) => Ok(Id::from(&**text)),
        other => Err(other.describe().into()),
    }
}

pub(super) fn require_object(value: &Value<'_>) -> Result<()> {
    match value {
        Value::Object(_) => Ok(()),
        other => Err(Error::new(ErrorKind::Invalid, format!("expected a JSON object, got {}", other.describe()))),
    }
}

pub(super) fn missing(field: &'static str, expected: &str) -> Error {
    Error::invalid(field, format!("expected {expected}, but it is missing"))
}

pub(super) fn too_long(field: &'static str, limit: usize) -> Error {
    Error::invalid(field, format!("expected at most {limit} characters, got more"))
}

pub(super) fn longer(text: &str, limit: usize) -> bool {
    text.len() > limit && text.chars().count() > limit
}

pub(super) fn text<'v>(object: &'v Value<'_>, field: &'static str) -> Result<&'v str> {
    optional_text(object, field)?.ok_or_else(|| missing(field, "a string"))
}

pub(super) fn optional_text<'v>(object: &'v Value<'_>, field: &'static str) -> Result<Option<&'v str>> {
    match object.get(field) {
        None => Ok(None),
        Some(Value::Text(text)) => Ok(Some(text)),
        Some(other) => Err(no_text(field, other)),
    }
}

pub(super) fn no_text(field: &'static str, got: &Value<'_>) -> Error {
    Error::invalid(field, format!("expected a string, got {}", got.describe()))
}

/// Like [`text`], but taken out.
pub(super) fn take_text<'a>(object: &mut Value<'a>, field: &'static str) -> Result<Cow<'a, str>> {
    match object.take(field) {
        Some(Value::Text(text)) => Ok(text),
        Some(other) => Err(no_text(field, &other)),
        None => Err(missing(field, "a string")),
    }
}

pub(super) fn optional_flag(object: &Value<'_>, field: &'static str, default: bool) -> Result<bool> {
    let Some(value) = object.get(field) else { return Ok(default) };
    flag(value).ok_or_else(|| Error::invalid(field, format!("expected true or false, got {}", value.describe())))
}

pub(super) fn name(object: &Value<'_>, field: &'static str, limits: &Limits) -> Result<String> {
    let name = text(object, field)?;
    if longer(name, limits.name) { Err(too_long(field, limits.name)) } else { Ok(name.to_owned()) }
}

/// The name of a platform, trimmed.
pub(super) fn platform_name(object: &Value<'_>, field: &'static str) -> Result<String> {
    let name = text(object, field)?;
    check_name(name).map_err(|e| Error::invalid(field, format!("expected the name of a platform: {e}")))?;
    Ok(name.trim().to_owned())
}

pub(super) fn uuid(object: &Value<'_>, field: &'static str) -> Result<Uuid> {
    let id = text(object, field)?;
    // The one form that is written: the parser would take others too.
    let parsed = if id.len() == 36 { Uuid::try_parse(id).ok() } else { None };
    parsed.ok_or_else(|| Error::invalid(field, "expected an event id (a UUID with hyphens), got another string"))
}
