//! Reading: from bytes and JSON values to bodies, with errors that name the field.
//!
//! Ids may be integers or strings, `users` a list or an object, and unknown fields are ignored; beyond that a wrong type is
//! an error, `null` included, so that no sender believes that something was understood which was not.

mod attachments;
mod changes;
mod extras;
mod fields;
mod join;
mod lists;
mod written;

pub(crate) use attachments::check_attachment;
pub(crate) use changes::{change, check_emoji};
pub(crate) use extras::{check_avatar, check_ext};
pub(crate) use fields::{flag, id};
pub(crate) use join::{join, join_answer};
pub(crate) use lists::{MOST_EVENTS, batch, batch_answer, platforms, pong, users};
pub(crate) use written::Written;
#[cfg(test)]
pub(crate) use written::written;

use std::collections::HashMap;

use super::json::Value;
use super::traceparent::{self, TRACEPARENT};
use super::*;
use crate::config::Limits;
use crate::model::Barred;
use crate::model::name::{check_name, fold};
use crate::util::rfc3339;
use crate::{Error, Result};

use attachments::attachments;
use extras::{ext, extras};
use fields::{missing, name, optional_flag, optional_text, platform_name, require_object, text, to_id, uuid};

/// By what a body is judged.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Measure<'l> {
    /// It comes in: by today's limits.
    Incoming(&'l Limits),
    /// It was taken once and is on disk: it is decoded, and not judged again by what has changed since.
    Stored,
}

impl<'l> From<&'l Limits> for Measure<'l> {
    fn from(limits: &'l Limits) -> Self {
        Measure::Incoming(limits)
    }
}

impl Measure<'_> {
    fn limits(self) -> Limits {
        match self {
            Measure::Incoming(limits) => *limits,
            Measure::Stored => {
                let most = usize::MAX;
                Limits { body: most, name: most, text: most, members: most, users: most, ..Limits::default() }
            }
        }
    }

    fn check_name(self, name: &str) -> Result<()> {
        match self {
            Measure::Incoming(_) => check_name(name),
            Measure::Stored => Ok(()),
        }
    }

    /// The name of a platform in this field, trimmed.
    fn platform_name(self, object: &Value<'_>, field: &'static str) -> Result<String> {
        match self {
            Measure::Incoming(_) => platform_name(object, field),
            Measure::Stored => Ok(text(object, field)?.trim().to_owned()),
        }
    }
}

/// How many JSON values a body may hold: three for each member, if each stands in an object of its own, and the rest of it.
pub(crate) fn most_values(limits: &Limits) -> usize {
    limits.members.saturating_mul(3).saturating_add(1_000)
}

/// Of the reason in a receipt, this many characters are kept.
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

/// The body of an event of this kind.
pub(crate) fn body<'l>(kind: EventKind, value: &Value<'_>, measure: impl Into<Measure<'l>>) -> Result<Body> {
    let measure = measure.into();
    Ok(match kind {
        EventKind::User => Body::User(user(value, measure)?),
        EventKind::Room => Body::Room(room(value, measure)?),
        EventKind::Message => Body::Message(message(value, measure)?),
        EventKind::Edit | EventKind::Delete | EventKind::Reaction => Body::Change(change(kind, value, measure)?),
        EventKind::Platform => Body::Platform(platform(value, measure)?),
        EventKind::Receipt => Body::Receipt(receipt(value, measure)?),
        EventKind::Delivery => return Err(Error::invalid("kind", "a delivery is for the app only and doesn't travel")),
    })
}

/// The kind of event that travels under this name.
pub(crate) fn kind(name: &str) -> Option<EventKind> {
    EventKind::TRAVELLING.into_iter().find(|kind| kind.as_str() == name)
}

/// A user as a node sends it.
pub(crate) fn user<'l>(body: &Value<'_>, measure: impl Into<Measure<'l>>) -> Result<UserBody> {
    Ok(UserBody { active: optional_flag(body, "active", true)?, ..plain_user(body, measure)? })
}

/// A user as a plain platform posts it: `active` is then a field like any unknown one.
pub(crate) fn plain_user<'l>(body: &Value<'_>, measure: impl Into<Measure<'l>>) -> Result<UserBody> {
    require_object(body)?;
    let measure = measure.into();
    let limits = measure.limits();
    Ok(UserBody {
        id: id(body, "id", limits.name)?,
        name: name(body, "name", &limits)?,
        active: true,
        extras: extras(body, measure)?,
    })
}

pub(crate) fn room<'l>(body: &Value<'_>, measure: impl Into<Measure<'l>>) -> Result<RoomBody> {
    let measure = measure.into();
    let room = plain_room(body, measure)?;
    match body.get("again") {
        Some(again) => Ok(RoomBody { again: members("again", again, measure)?, ..room }),
        None => Ok(room),
    }
}

/// A room as a plain platform posts it: `again` is then a field like any unknown one.
pub(crate) fn plain_room<'l>(body: &Value<'_>, measure: impl Into<Measure<'l>>) -> Result<RoomBody> {
    require_object(body)?;
    let measure = measure.into();
    let limits = measure.limits();
    Ok(RoomBody {
        id: id(body, "id", limits.name)?,
        name: name(body, "name", &limits)?,
        kind: match text(body, "type")? {
            "private" => RoomKind::Private,
            "public" => RoomKind::Public,
            _ => return Err(Error::invalid("type", "expected \"private\" or \"public\", got another string")),
        },
        members: members("users", body.get("users").ok_or_else(|| missing("users", MEMBERS))?, measure)?,
        origin: match body.get("roomOriginalPlatform") {
            Some(_) => Some(measure.platform_name(body, "roomOriginalPlatform")?),
            None => None,
        },
        again: Members::new(),
        banned: match body.get("banned") {
            Some(banned) => barred(banned, measure)?,
            None => Vec::new(),
        },
        extras: extras(body, measure)?,
    })
}

const MEMBERS: &str = "a list of objects such as [{\"GWT_CHAT\": [1, 2]}]";
const BANNED: &str = "a list of objects such as [{\"GWT_CHAT\": [3]}, {\"Malo\": \"*\"}]";

/// The value of `users` (or another field of this form). What is named twice, a platform or an id, counts once, as it first
/// stood there.
pub(crate) fn members<'l>(field: &'static str, users: &Value<'_>, measure: impl Into<Measure<'l>>) -> Result<Members> {
    let all = of_platforms((field, MEMBERS), users, measure.into(), false)?;
    let ids = |barred| match barred {
        Barred::Users(ids) => ids,
        Barred::Platform => IndexSet::default(),
    };
    Ok(all.into_iter().map(|(name, list)| (name, ids(list))).collect())
}

/// The value of `banned`: as members, and `"*"` for all users of a platform.
fn barred(value: &Value<'_>, measure: Measure<'_>) -> Result<Vec<(String, Barred)>> {
    let all = of_platforms(("banned", BANNED), value, measure, true)?;
    Ok(all.into_iter().filter(|(_, barred)| barred.len() > 0).collect())
}

/// Lists of ids by platform; `or_all`: or `"*"`, for all of a platform.
fn of_platforms(
    (field, expected): (&'static str, &str),
    value: &Value<'_>,
    measure: Measure<'_>,
    or_all: bool,
) -> Result<Vec<(String, Barred)>> {
    let limits = measure.limits();
    let one = std::slice::from_ref(value);
    let (objects, is_list) = match value {
        Value::List(objects) => (objects.as_slice(), true),
        Value::Object(_) => (one, false),
        other => return Err(Error::invalid(field, format!("expected {expected}, got {}", other.describe()))),
    };
    let mut lists: Vec<(String, Barred)> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut count = 0;
    for (n, object) in objects.iter().enumerate() {
        let path = || if is_list { format!("{field}[{n}]") } else { field.to_owned() };
        let Value::Object(platforms) = object else {
            let expected = format!("expected an object such as {{\"GWT_CHAT\": [1, 2]}}, got {}", object.describe());
            return Err(Error::invalid(path(), expected));
        };
        for (name, ids) in platforms {
            let no_name = |e| Error::invalid(path(), format!("expected the name of a platform: {e}"));
            measure.check_name(name).map_err(no_name)?;
            let path = || format!("{}.{}", path(), name.trim());
            let list = match ids {
                Value::List(ids) => Some(ids),
                Value::Text(all) if or_all && all == "*" => None,
                other => {
                    let or_all = if or_all { " or \"*\"" } else { "" };
                    let expected = format!("expected a list of ids{or_all}, got {}", other.describe());
                    return Err(Error::invalid(path(), expected));
                }
            };
            let place = *places.entry(fold(name)).or_insert_with(|| {
                lists.push((name.trim().to_owned(), Barred::Users(IndexSet::default())));
                lists.len() - 1
            });
            match (&mut lists[place].1, list) {
                (barred, None) => *barred = Barred::Platform,
                (Barred::Platform, Some(_)) => {}
                (Barred::Users(set), Some(ids)) => {
                    set.reserve(ids.len());
                    for (i, value) in ids.iter().enumerate() {
                        let id = to_id(value, limits.name).map_err(|got| {
                            let expected = format!("expected an integer or a string, got {got}");
                            Error::invalid(format!("{}[{i}]", path()), expected)
                        })?;
                        // The first form of an id stays.
                        count += usize::from(set.insert(id));
                    }
                }
            }
            if count.max(lists.len()) > limits.members {
                return Err(Error::invalid(field, format!("expected at most {} members, got more", limits.members)));
            }
        }
    }
    Ok(lists)
}

pub(crate) fn message<'l>(body: &Value<'_>, measure: impl Into<Measure<'l>>) -> Result<MessageBody> {
    require_object(body)?;
    let measure = measure.into();
    let limits = measure.limits();
    Ok(MessageBody {
        room_platform: measure.platform_name(body, "roomOriginalPlatform")?.into(),
        room_id: id(body, "roomId", limits.name)?,
        sender: id(body, "senderId", limits.name)?,
        text: message_text(body, &limits)?,
        sent_at: optional_text(body, "sentAt")?.map(sent_at).transpose()?,
        reply_to: if body.get("replyTo").is_some() { Some(uuid(body, "replyTo")?) } else { None },
        // What can't be understood of a trace is no reason to refuse a message.
        traceparent: match body.get(TRACEPARENT) {
            Some(Value::Text(text)) => traceparent::parse(text),
            _ => None,
        },
        attachments: attachments(body, measure)?,
        ext: ext(body, measure)?,
    })
}

/// What a message says.
fn message_text(body: &Value<'_>, limits: &Limits) -> Result<String> {
    match text(body, "text")? {
        text if text.len() > limits.text => {
            Err(Error::invalid("text", format!("expected at most {} bytes of UTF-8, got {}", limits.text, text.len())))
        }
        text => Ok(text.to_owned()),
    }
}

fn platform(body: &Value<'_>, measure: Measure<'_>) -> Result<PlatformBody> {
    require_object(body)?;
    Ok(PlatformBody {
        name: measure.platform_name(body, "name")?,
        support_audio: optional_flag(body, "supportAudio", true)?,
        support_image: optional_flag(body, "supportImage", true)?,
        via: if body.get("via").is_some() { Some(measure.platform_name(body, "via")?) } else { None },
        endpoint: if body.get("endpoint").is_some() { Some(join::endpoint(body)?) } else { None },
        token: if body.get("token").is_some() { Some(join::secret(body)?) } else { None },
        removed: optional_flag(body, "removed", false)?,
    })
}

fn receipt(body: &Value<'_>, measure: Measure<'_>) -> Result<ReceiptBody> {
    require_object(body)?;
    Ok(ReceiptBody {
        event: uuid(body, "event")?,
        of: measure.platform_name(body, "of")?,
        to: measure.platform_name(body, "to")?,
        state: match text(body, "state")? {
            "delivered" => DeliveryState::Delivered,
            "dead" => DeliveryState::Dead,
            "unsupported" => DeliveryState::Unsupported,
            _ => {
                let expected = "expected \"delivered\", \"dead\" or \"unsupported\", got another string";
                return Err(Error::invalid("state", expected));
            }
        },
        why: optional_text(body, "why")?.map(|why| why.chars().take(LONGEST_WHY).collect()),
    })
}

/// When it was written; the text goes on as it came.
fn sent_at(text: &str) -> Result<String> {
    match rfc3339::parse(text) {
        Some(_) => Ok(text.to_owned()),
        None => {
            Err(Error::invalid("sentAt", "expected a time such as 2026-11-24T10:00:00Z (RFC 3339), got another string"))
        }
    }
}
