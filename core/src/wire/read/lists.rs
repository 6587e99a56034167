//! Reading what is a list, or an answer: batches and their answers, pings, directories.

use std::sync::Arc;

use uuid::Uuid;

use super::super::json::{self, Value};
use super::super::{BatchLine, BatchResult, ListedUser, Listing, Odd, ReadLine};
use super::extras::avatar;
use super::fields::{flag, id, missing, name, optional_flag, platform_name, require_object, take_text};
use super::most_values;
use super::written::written_line;
use crate::config::Limits;
use crate::model::Pong;
use crate::model::name::check_name;
use crate::{Error, ErrorKind, Result};

/// A batch holds at most this many events.
pub(crate) const MOST_EVENTS: usize = 1000;

/// This many platforms of a ping's `hosts` count: each is work for the writer.
const MOST_HOSTS: usize = 10_000;
/// The most kinds of events that a node is heard to take.
const MOST_KINDS: usize = 100;

/// An answer to a ping, and one line of the answer to a batch, hold at most this many values.
const MOST_OF_ANSWER: usize = 5 * MOST_HOSTS;

/// The lines of a batch, each judged by `judge` before the next is read, so that one line at a time is in memory as JSON. One
/// that is no JSON or has no id refuses them all; a wrong kind or body only itself, so it is for `judge`.
pub(crate) fn batch<T>(bytes: &[u8], limits: &Limits, judge: impl Fn(BatchLine<'_>) -> T) -> Result<Vec<T>> {
    let count = lines(bytes).take(MOST_EVENTS + 1).count();
    if count > MOST_EVENTS {
        let count = lines(bytes).count();
        let message = format!("a batch holds at most {MOST_EVENTS} events, but this one {count}: split it");
        return Err(Error::new(ErrorKind::TooLarge, message));
    }
    let judged = |(n, line)| batch_line(line, limits).map(&judge).map_err(|e| e.at(format_args!("line {n}")));
    lines(bytes).map(judged).collect()
}

fn batch_line<'a>(line: &'a [u8], limits: &Limits) -> Result<BatchLine<'a>> {
    match written_line(line, limits) {
        Some((id, message)) => Ok(BatchLine::Written(id, message)),
        None => read_line(line, limits).map(BatchLine::Read),
    }
}

fn read_line<'a>(line: &'a [u8], limits: &Limits) -> Result<ReadLine<'a>> {
    let mut value = parse_line(line, most_values(limits))?;
    let id = take_text(&mut value, "id")?;
    if id.is_empty() {
        return Err(Error::invalid("id", "expected the event's id, got an empty string"));
    }
    let kind = take_text(&mut value, "kind");
    Ok(ReadLine { id, kind, body: value.take("body").unwrap_or(Value::Null) })
}

/// The lines of the answer to a batch.
pub(crate) fn batch_answer(bytes: &[u8]) -> Result<Vec<BatchResult<'_>>> {
    let result = |line| {
        if let Some(result) = plain_ok(line) {
            return Ok(result);
        }
        let mut value = parse_line(line, MOST_OF_ANSWER)?;
        let status = match value.get("status") {
            Some(Value::Int(n @ 100..=599)) => *n as u16,
            _ => return Err(Error::invalid("status", "expected an HTTP status")),
        };
        let message = take_text(&mut value, "message").unwrap_or_default();
        Ok(BatchResult { id: take_text(&mut value, "id")?, status, message })
    };
    lines(bytes).map(|(n, line)| result(line).map_err(|e| e.at(format_args!("line {n}")))).collect()
}

/// The line by which a node says that it took an event, letter by letter: of a thousand lines, mostly all.
fn plain_ok(line: &[u8]) -> Option<BatchResult<'_>> {
    let id = line.strip_prefix(b"{\"id\":\"")?.strip_suffix(b"\",\"status\":200,\"message\":\"ok\"}")?;
    let plain = id.iter().all(|byte| byte.is_ascii_hexdigit() || *byte == b'-');
    let id = std::str::from_utf8(id).ok().filter(|_| plain)?;
    Some(BatchResult { id: id.into(), status: 200, message: "ok".into() })
}

/// The lines that are not empty, with their numbers from 1.
fn lines(bytes: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let bytes = json::without_mark(bytes);
    let ends = memchr::memchr_iter(b'\n', bytes).chain([bytes.len()]);
    let lines = ends.scan(0, |start, end| Some(&bytes[std::mem::replace(start, end + 1)..end]));
    (1..).zip(lines.map(<[u8]>::trim_ascii)).filter(|(_, line)| !line.is_empty())
}

fn parse_line(line: &[u8], most: usize) -> Result<Value<'_>> {
    let value = json::parse_within(most, line)?;
    require_object(&value)?;
    Ok(value)
}

/// A node's answer to a ping. Lenient, since later versions may tell more; but what has no `integrador` is no node.
pub(crate) fn pong(bytes: &[u8]) -> Result<Pong> {
    let value = json::parse_within(MOST_OF_ANSWER, bytes)?;
    let about = value.get("integrador").filter(|about| about.as_object().is_some());
    let about = about.ok_or_else(|| missing("integrador", "an object"))?;
    let is = |field| about.get(field).and_then(flag).unwrap_or(false);
    let names = |list: &[Value<'_>]| -> Vec<String> {
        let names = list.iter().filter_map(Value::as_str).filter(|name| check_name(name).is_ok());
        names.take(MOST_HOSTS).map(|name| name.trim().to_owned()).collect()
    };
    let words = |list: &[Value<'_>]| -> Vec<String> {
        list.iter().filter_map(Value::as_str).take(MOST_KINDS).map(str::to_owned).collect()
    };
    Ok(Pong {
        platform: value.get("platform").and_then(Value::as_str).unwrap_or_default().trim().to_owned(),
        version: if let Some(Value::Int(n)) = about.get("version") { *n } else { 1 },
        batch: is("batch"),
        receipts: is("receipts"),
        kinds: about.get("kinds").and_then(Value::as_list).map(words),
        hosts: names(about.get("hosts").and_then(Value::as_list).unwrap_or_default()),
        store: about.get("store").and_then(Value::as_str).and_then(|s| Uuid::try_parse(s).ok()),
        standalone: is("standalone"),
        knows: about.get("knows").and_then(Value::as_list).map(names),
    })
}

/// The answer to `GET users`. Of an odd entry only whose it is counts, if that can be read.
pub(crate) fn users(bytes: &[u8], limits: &Limits) -> Result<Listing<ListedUser>> {
    let mut last: Option<Arc<str>> = None;
    let mut platform = |item: &Value<'_>| -> Result<Option<Arc<str>>> {
        if item.get("platform").is_none() {
            return Ok(None);
        }
        let name = platform_name(item, "platform")?;
        // Those of one platform stand together, and its name in memory once.
        let same = last.take().filter(|last| **last == *name);
        last = Some(same.unwrap_or_else(|| name.into()));
        Ok(last.clone())
    };
    list(bytes, "users", &["id", "name", "platform", "avatar"], limits.users, |item, odd| {
        let (id, platform) = (id(item, "id", limits.name)?, platform(item)?);
        let name = name(item, "name", limits).map_err(|e| odd.add(e)).ok();
        let avatar = match item.get("avatar") {
            Some(Value::Null) => None,
            _ => avatar(item).map_err(|e| odd.add(e)).ok().flatten().map(str::to_owned),
        };
        Ok(ListedUser { id, name, platform, avatar })
    })
}

/// The answer to `GET platforms`: name, supportAudio, supportImage.
pub(crate) fn platforms(bytes: &[u8]) -> Result<Listing<(String, bool, bool)>> {
    list(bytes, "platforms", &["name", "supportAudio", "supportImage"], MOST_HOSTS, |item, _| {
        let flags = (optional_flag(item, "supportAudio", true)?, optional_flag(item, "supportImage", true)?);
        Ok((platform_name(item, "name")?, flags.0, flags.1))
    })
}

/// Reads a list of objects, of each the fields that are asked for. `read` may call a part of an entry odd and take the rest.
fn list<T>(
    bytes: &[u8],
    what: &'static str,
    fields: &[&str],
    most: usize,
    mut read: impl FnMut(&Value<'_>, &mut Odd) -> Result<T>,
) -> Result<Listing<T>> {
    let mut listing = Listing { items: Vec::new(), odd: Odd::new(what) };
    let each = |text| {
        let Listing { items, odd } = &mut listing;
        odd.next_entry();
        if odd.is_full() {
            odd.hides = true;
            return;
        }
        if items.len() == most {
            odd.add(Error::new(ErrorKind::TooLarge, format!("more than {most} entries")));
            odd.hides = true;
            return;
        }
        let item = json::parse_fields(fields, text).map_err(|fault| Error::new(ErrorKind::Invalid, fault.why));
        match item.and_then(|item| require_object(&item).and_then(|()| read(&item, odd))) {
            Ok(item) => items.push(item),
            Err(e) => {
                odd.add(e);
                odd.hides = true;
            }
        }
    };
    json::each_item(bytes, each).map_err(|e| e.within(what))?;
    Ok(listing)
}
