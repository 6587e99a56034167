//! Reading what is a list, or an answer: batches and their answers, pings, directories.

use uuid::Uuid;

use super::super::json::{self, Value};
use super::super::{BatchLine, BatchResult, ListedUser};
use super::{flag, id, missing, name, optional_flag, platform_name, require_object, take_text};
use crate::config::Limits;
use crate::model::Pong;
use crate::model::name::check_name;
use crate::{Error, ErrorKind, Result};

/// A batch holds at most so many events.
pub(crate) const MOST_EVENTS: usize = 1000;

/// So many platforms of a ping's `hosts` count: each is work for the writer.
const MOST_HOSTS: usize = 10_000;

/// The lines of a batch. One that is no JSON or has no id refuses them all; a wrong kind or body only itself, so it is not
/// judged here.
pub(crate) fn batch(bytes: &[u8]) -> Result<Vec<BatchLine<'_>>> {
    let lines: Vec<(usize, &[u8])> = lines(bytes).collect();
    if lines.len() > MOST_EVENTS {
        let message = format!("a batch holds at most {MOST_EVENTS} events, but this one {}: split it", lines.len());
        return Err(Error::new(ErrorKind::TooLarge, message));
    }
    lines.into_iter().map(|(n, line)| batch_line(line).map_err(|e| e.at(format_args!("line {n}")))).collect()
}

fn batch_line(line: &[u8]) -> Result<BatchLine<'_>> {
    let mut value = parse_line(line)?;
    let id = take_text(&mut value, "id")?;
    if id.is_empty() {
        return Err(Error::invalid("id", "expected the event's id, got an empty string"));
    }
    let kind = take_text(&mut value, "kind");
    Ok(BatchLine { id, kind, body: value.take("body").unwrap_or(Value::Null) })
}

/// The lines of the answer to a batch.
pub(crate) fn batch_answer(bytes: &[u8]) -> Result<Vec<BatchResult<'_>>> {
    let result = |line| {
        let mut value = parse_line(line)?;
        let status = match value.get("status") {
            Some(Value::Int(n @ 100..=599)) => *n as u16,
            _ => return Err(Error::invalid("status", "expected an HTTP status")),
        };
        let message = take_text(&mut value, "message").unwrap_or_default();
        Ok(BatchResult { id: take_text(&mut value, "id")?, status, message })
    };
    lines(bytes).map(|(n, line)| result(line).map_err(|e| e.at(format_args!("line {n}")))).collect()
}

/// The lines that are not empty, with their numbers from 1.
fn lines(bytes: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let bytes = json::without_mark(bytes);
    let ends = memchr::memchr_iter(b'\n', bytes).chain([bytes.len()]);
    let lines = ends.scan(0, |start, end| Some(&bytes[std::mem::replace(start, end + 1)..end]));
    (1..).zip(lines.map(<[u8]>::trim_ascii)).filter(|(_, line)| !line.is_empty())
}

fn parse_line(line: &[u8]) -> Result<Value<'_>> {
    let not_json =
        |f: json::Fault| Error::new(ErrorKind::Invalid, format!("not JSON: {} (column {})", f.why, f.column));
    let value = json::parse_or_fault(line).map_err(not_json)?;
    require_object(&value)?;
    Ok(value)
}

/// A node's answer to a ping. Lenient, since later versions may tell more; but what has no `integrador` is no node.
pub(crate) fn pong(bytes: &[u8]) -> Result<Pong> {
    let value = json::parse(bytes)?;
    let about = value.get("integrador").filter(|about| about.as_object().is_some());
    let about = about.ok_or_else(|| missing("integrador", "an object"))?;
    let is = |field| about.get(field).and_then(flag).unwrap_or(false);
    let hosts = about.get("hosts").and_then(Value::as_list).unwrap_or_default().iter().filter_map(Value::as_str);
    let hosts = hosts.filter(|name| check_name(name).is_ok()).take(MOST_HOSTS);
    Ok(Pong {
        platform: value.get("platform").and_then(Value::as_str).unwrap_or_default().trim().to_owned(),
        version: if let Some(Value::Int(n)) = about.get("version") { *n } else { 1 },
        batch: is("batch"),
        receipts: is("receipts"),
        hosts: hosts.map(|name| name.trim().to_owned()).collect(),
        store: about.get("store").and_then(Value::as_str).and_then(|s| Uuid::try_parse(s).ok()),
        standalone: is("standalone"),
    })
}

/// The answer to `GET users`. One bad item refuses the list: half an import would count the rest as gone.
pub(crate) fn users(bytes: &[u8], limits: &Limits) -> Result<Vec<ListedUser>> {
    list(bytes, "users", |item| {
        let platform = if item.get("platform").is_some() { Some(platform_name(item, "platform")?) } else { None };
        Ok(ListedUser { id: id(item, "id", limits.name)?, name: name(item, "name", limits)?, platform })
    })
}

/// The answer to `GET platforms`: name, supportAudio, supportImage.
pub(crate) fn platforms(bytes: &[u8]) -> Result<Vec<(String, bool, bool)>> {
    list(bytes, "platforms", |item| {
        let flags = (optional_flag(item, "supportAudio", true)?, optional_flag(item, "supportImage", true)?);
        Ok((platform_name(item, "name")?, flags.0, flags.1))
    })
}

fn list<T>(bytes: &[u8], what: &str, read: impl Fn(&Value<'_>) -> Result<T>) -> Result<Vec<T>> {
    let value = json::parse(bytes)?;
    let wrong = || Error::invalid(what.to_owned(), format!("expected a list of objects, got {}", value.describe()));
    let items = value.as_list().ok_or_else(wrong)?.iter().enumerate();
    let item = |item| require_object(item).and_then(|()| read(item));
    items.map(|(n, value)| item(value).map_err(|e| e.within(format_args!("{what}[{n}]")))).collect()
}
