//! Reading: from bytes and JSON values to bodies, with errors that name the field.
//!
//! Ids may be integers or strings, `users` a list or an object, and unknown fields are ignored; beyond that a wrong type is
//! an error, `null` included, so that no sender believes that something was understood which was not.

mod lists;

pub(crate) use lists::{batch, batch_answer, platforms, pong, users};

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use uuid::Uuid;

use super::json::Value;
use super::*;
use crate::config::Limits;
use crate::model::name::{check_name, fold};
use crate::model::{AttachmentKind, EventKind};
use crate::{Error, ErrorKind, Result};

/// Of the reason in a receipt, so many characters are kept.
const LONGEST_WHY: usize = 1000;

/// The token in a plain platform's body, if there is one.
pub(crate) fn token<'v>(body: &'v Value<'_>) -> Result<Option<&'v str>> {
    optional_text(body, "token")
}

/// The `platform` of a signed body.
pub(crate) fn platform_field(body: &Value<'_>) -> Result<String> {
    require_object(body)?;
    platform_name(body, "platform")
}

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

fn to_id(value: &Value<'_>, limit: usize) -> Result<Id, String> {
    match value {
        Value::Int(n) => Ok(Id::from(*n)),
        Value::Text(text) if text.is_empty() => Err(value.describe().into()),
        Value::Text(text) if longer(text, limit) => Err(format!("one of more than {limit} characters")),
        Value::Text(text) => Ok(Id::from(&**text)),
        other => Err(other.describe().into()),
    }
}

/// The body of an event of this kind.
pub(crate) fn body(kind: EventKind, value: &Value<'_>, limits: &Limits) -> Result<Body> {
    Ok(match kind {
        EventKind::User => Body::User(user(value, limits)?),
        EventKind::Room => Body::Room(room(value, limits)?),
        EventKind::Message => Body::Message(message(value, limits)?),
        EventKind::Platform => Body::Platform(platform(value)?),
        EventKind::Receipt => Body::Receipt(receipt(value)?),
        EventKind::Delivery => return Err(Error::invalid("kind", "a delivery is for the app only and doesn't travel")),
    })
}

/// The kind of event that travels under this name.
pub(crate) fn kind(name: &str) -> Option<EventKind> {
    use EventKind::{Message, Platform, Receipt, Room, User};
    [User, Room, Message, Platform, Receipt].into_iter().find(|kind| kind.as_str() == name)
}

/// A user as a node sends it.
pub(crate) fn user(body: &Value<'_>, limits: &Limits) -> Result<UserBody> {
    Ok(UserBody { active: optional_flag(body, "active", true)?, ..plain_user(body, limits)? })
}

/// A user as a plain platform posts it: `active` is then a field like any unknown one.
pub(crate) fn plain_user(body: &Value<'_>, limits: &Limits) -> Result<UserBody> {
    require_object(body)?;
    Ok(UserBody { id: id(body, "id", limits.name)?, name: name(body, "name", limits)?, active: true })
}

pub(crate) fn room(body: &Value<'_>, limits: &Limits) -> Result<RoomBody> {
    require_object(body)?;
    Ok(RoomBody {
        id: id(body, "id", limits.name)?,
        name: name(body, "name", limits)?,
        kind: match text(body, "type")? {
            "private" => RoomKind::Private,
            "public" => RoomKind::Public,
            _ => return Err(Error::invalid("type", "expected \"private\" or \"public\", got another string")),
        },
        members: members(body.get("users").ok_or_else(|| missing("users", MEMBERS))?, limits)?,
        origin: match body.get("roomOriginalPlatform") {
            Some(_) => Some(platform_name(body, "roomOriginalPlatform")?),
            None => None,
        },
    })
}

const MEMBERS: &str = "a list of objects such as [{\"GWT_CHAT\": [1, 2]}]";

/// The value of `users`. What is named twice, a platform or an id, counts once, as it first stood there.
pub(crate) fn members(users: &Value<'_>, limits: &Limits) -> Result<Members> {
    let one = std::slice::from_ref(users);
    let (objects, is_list) = match users {
        Value::List(objects) => (objects.as_slice(), true),
        Value::Object(_) => (one, false),
        other => return Err(Error::invalid("users", format!("expected {MEMBERS}, got {}", other.describe()))),
    };
    let mut members = Members::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut seen: HashSet<(usize, Id)> = HashSet::new();
    for (n, object) in objects.iter().enumerate() {
        let path = || if is_list { format!("users[{n}]") } else { "users".to_owned() };
        let Value::Object(platforms) = object else {
            let expected = format!("expected an object such as {{\"GWT_CHAT\": [1, 2]}}, got {}", object.describe());
            return Err(Error::invalid(path(), expected));
        };
        for (name, ids) in platforms {
            check_name(name).map_err(|e| Error::invalid(path(), format!("expected the name of a platform: {e}")))?;
            let path = || format!("{}.{}", path(), name.trim());
            let Value::List(ids) = ids else {
                return Err(Error::invalid(path(), format!("expected a list of ids, got {}", ids.describe())));
            };
            let place = *places.entry(fold(name)).or_insert_with(|| {
                members.push((name.trim().to_owned(), Vec::with_capacity(ids.len())));
                members.len() - 1
            });
            for (i, value) in ids.iter().enumerate() {
                let id = to_id(value, limits.name).map_err(|got| {
                    Error::invalid(format!("{}[{i}]", path()), format!("expected an integer or a string, got {got}"))
                })?;
                if seen.insert((place, id.clone())) {
                    members[place].1.push(id);
                }
            }
            if seen.len().max(members.len()) > limits.members {
                return Err(Error::invalid("users", format!("expected at most {} members, got more", limits.members)));
            }
        }
    }
    Ok(members)
}

pub(crate) fn message(body: &Value<'_>, limits: &Limits) -> Result<MessageBody> {
    require_object(body)?;
    Ok(MessageBody {
        room_platform: platform_name(body, "roomOriginalPlatform")?.into(),
        room_id: id(body, "roomId", limits.name)?,
        sender: id(body, "senderId", limits.name)?,
        text: match text(body, "text")? {
            text if text.len() > limits.text => {
                let got = format!("expected at most {} bytes of UTF-8, got {}", limits.text, text.len());
                return Err(Error::invalid("text", got));
            }
            text => text.to_owned(),
        },
        sent_at: optional_text(body, "sentAt")?.map(|at| check_sent_at(at).map(|()| at.to_owned())).transpose()?,
        reply_to: if body.get("replyTo").is_some() { Some(uuid(body, "replyTo")?) } else { None },
        attachments: attachments(body, limits)?,
    })
}

fn attachments(body: &Value<'_>, limits: &Limits) -> Result<Vec<Attachment>> {
    let Some(value) = body.get("attachments") else { return Ok(Vec::new()) };
    let Value::List(items) = value else {
        return Err(Error::invalid("attachments", format!("expected a list of objects, got {}", value.describe())));
    };
    let numbered = items.iter().enumerate();
    numbered.map(|(n, item)| attachment(item, limits).map_err(|e| e.within(format_args!("attachments[{n}]")))).collect()
}

/// Judges an attachment that the app gives, by the rules for one that comes in.
pub(crate) fn check_attachment(attachment: &Attachment, limits: &Limits) -> Result<()> {
    let text = |t: &Option<String>, limit: usize, field: &'static str| match t {
        Some(t) if longer(t, limit) => Err(too_long(field, limit)),
        _ => Ok(()),
    };
    text(&attachment.mime, limits.name, "mime")?;
    text(&attachment.name, limits.name, "name")?;
    if let Some(url) = &attachment.url
        && !is_web_address(url)
    {
        return Err(Error::invalid("url", "expected an http or https URL, got another string"));
    }
    if let Some(data) = &attachment.data
        && STANDARD.decode(data).is_err()
    {
        return Err(Error::invalid("data", "expected base64 (RFC 4648 §4, padded), got another string"));
    }
    match (&attachment.url, &attachment.data) {
        (Some(_), Some(_)) => Err(Error::invalid("url", "expected either `url` or `data`, got both")),
        (None, None) => Err(Error::invalid("url", "expected `url` or `data`, but both are missing")),
        _ => Ok(()),
    }
}

/// Whether a client can be told to fetch it. What the host is called is not judged: it is not this node that fetches.
fn is_web_address(url: &str) -> bool {
    let Some((scheme, rest)) = url.split_once("://") else { return false };
    let web = scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https");
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let odd = |c: char| c.is_whitespace() || c.is_control() || "<>\"\\".contains(c);
    web && !host.is_empty() && !host.starts_with(':') && !url.contains(odd)
}

fn attachment(item: &Value<'_>, limits: &Limits) -> Result<Attachment> {
    require_object(item)?;
    let own = |field| Ok::<_, Error>(optional_text(item, field)?.map(str::to_owned));
    let attachment = Attachment {
        kind: match text(item, "kind")? {
            "image" => AttachmentKind::Image,
            "audio" => AttachmentKind::Audio,
            "file" => AttachmentKind::File,
            _ => return Err(Error::invalid("kind", "expected \"image\", \"audio\" or \"file\", got another string")),
        },
        url: own("url")?,
        data: own("data")?,
        mime: own("mime")?,
        name: own("name")?,
        size: match item.get("size") {
            None => None,
            Some(Value::Int(n)) if *n >= 0 => Some(n.unsigned_abs()),
            Some(_) => return Err(Error::invalid("size", "expected a number of bytes: an integer, 0 or more")),
        },
    };
    check_attachment(&attachment, limits)?;
    Ok(attachment)
}

pub(crate) fn platform(body: &Value<'_>) -> Result<PlatformBody> {
    require_object(body)?;
    Ok(PlatformBody {
        name: platform_name(body, "name")?,
        support_audio: optional_flag(body, "supportAudio", true)?,
        support_image: optional_flag(body, "supportImage", true)?,
        via: if body.get("via").is_some() { Some(platform_name(body, "via")?) } else { None },
        removed: optional_flag(body, "removed", false)?,
    })
}

pub(crate) fn receipt(body: &Value<'_>) -> Result<ReceiptBody> {
    require_object(body)?;
    Ok(ReceiptBody {
        event: uuid(body, "event")?,
        of: platform_name(body, "of")?,
        to: platform_name(body, "to")?,
        delivered: match text(body, "state")? {
            "delivered" => true,
            "dead" => false,
            _ => return Err(Error::invalid("state", "expected \"delivered\" or \"dead\", got another string")),
        },
        why: optional_text(body, "why")?.map(|why| why.chars().take(LONGEST_WHY).collect()),
    })
}

fn require_object(value: &Value<'_>) -> Result<()> {
    match value {
        Value::Object(_) => Ok(()),
        other => Err(Error::new(ErrorKind::Invalid, format!("expected a JSON object, got {}", other.describe()))),
    }
}

fn missing(field: &'static str, expected: &str) -> Error {
    Error::invalid(field, format!("expected {expected}, but it is missing"))
}

fn too_long(field: &'static str, limit: usize) -> Error {
    Error::invalid(field, format!("expected at most {limit} characters, got more"))
}

fn longer(text: &str, limit: usize) -> bool {
    text.len() > limit && text.chars().count() > limit
}

fn text<'v>(object: &'v Value<'_>, field: &'static str) -> Result<&'v str> {
    optional_text(object, field)?.ok_or_else(|| missing(field, "a string"))
}

fn optional_text<'v>(object: &'v Value<'_>, field: &'static str) -> Result<Option<&'v str>> {
    match object.get(field) {
        None => Ok(None),
        Some(Value::Text(text)) => Ok(Some(text)),
        Some(other) => Err(no_text(field, other)),
    }
}

fn no_text(field: &'static str, got: &Value<'_>) -> Error {
    Error::invalid(field, format!("expected a string, got {}", got.describe()))
}

/// Like [`text`], but taken out.
fn take_text<'a>(object: &mut Value<'a>, field: &'static str) -> Result<Cow<'a, str>> {
    match object.take(field) {
        Some(Value::Text(text)) => Ok(text),
        Some(other) => Err(no_text(field, &other)),
        None => Err(missing(field, "a string")),
    }
}

fn optional_flag(object: &Value<'_>, field: &'static str, default: bool) -> Result<bool> {
    let Some(value) = object.get(field) else { return Ok(default) };
    flag(value).ok_or_else(|| Error::invalid(field, format!("expected true or false, got {}", value.describe())))
}

fn name(object: &Value<'_>, field: &'static str, limits: &Limits) -> Result<String> {
    let name = text(object, field)?;
    if longer(name, limits.name) { Err(too_long(field, limits.name)) } else { Ok(name.to_owned()) }
}

/// The name of a platform, trimmed.
fn platform_name(object: &Value<'_>, field: &'static str) -> Result<String> {
    let name = text(object, field)?;
    check_name(name).map_err(|e| Error::invalid(field, format!("expected the name of a platform: {e}")))?;
    Ok(name.trim().to_owned())
}

fn uuid(object: &Value<'_>, field: &'static str) -> Result<Uuid> {
    let id = text(object, field)?;
    // The one form that is written: the parser would take others too.
    let parsed = if id.len() == 36 { Uuid::try_parse(id).ok() } else { None };
    parsed.ok_or_else(|| Error::invalid(field, "expected an event id (a UUID with hyphens), got another string"))
}

/// Whether this is a time by RFC 3339 §5.6. A second 60 is taken at any minute: when leap seconds are is not known here.
pub(crate) fn check_sent_at(text: &str) -> Result<()> {
    let refused =
        || Error::invalid("sentAt", "expected a time such as 2026-11-24T10:00:00Z (RFC 3339), got another string");
    if is_rfc3339(text.as_bytes()) { Ok(()) } else { Err(refused()) }
}

fn is_rfc3339(text: &[u8]) -> bool {
    let number = |range: std::ops::Range<usize>| -> Option<u32> {
        let digits = text.get(range)?;
        digits.iter().try_fold(0, |n, b| b.is_ascii_digit().then(|| n * 10 + u32::from(b - b'0')))
    };
    let is = |at: usize, allowed: &[u8]| text.get(at).is_some_and(|b| allowed.contains(b));
    let (Some(year), Some(month), Some(day)) = (number(0..4), number(5..7), number(8..10)) else { return false };
    let (Some(hour), Some(minute), Some(second)) = (number(11..13), number(14..16), number(17..19)) else {
        return false;
    };
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        2 => 28 + u32::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return false,
    };
    let marks = is(4, b"-") && is(7, b"-") && is(10, b"Tt") && is(13, b":") && is(16, b":");
    if !marks || !(1..=days).contains(&day) || hour > 23 || minute > 59 || second > 60 {
        return false;
    }
    let mut zone = 19;
    if is(zone, b".") {
        let digits = text[zone + 1..].iter().take_while(|b| b.is_ascii_digit()).count();
        if digits == 0 {
            return false;
        }
        zone += 1 + digits;
    }
    if is(zone, b"Zz") {
        return text.len() == zone + 1;
    }
    let offset = (number(zone + 1..zone + 3), number(zone + 4..zone + 6));
    is(zone, b"+-") && is(zone + 3, b":") && text.len() == zone + 6 && matches!(offset, (Some(0..=23), Some(0..=59)))
}
