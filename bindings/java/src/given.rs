//! What Java gave as an argument, as the core's values.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use integrador::{
    Attachment, AttachmentKind, BindKind, Config, DeadLetterFilter, DeleteMessage, EditMessage, Error, ErrorKind,
    ExternalId, Id, NewMessage, NewReaction, NewRoom, NewUser, Ref, Result, RoomKind,
};
use serde_json::{Map, Value};

use crate::bytes::Reader;
use crate::json::ext;

pub(crate) fn id(given: &mut Reader<'_>) -> Result<Id> {
    given.text().map(Id::from)
}

pub(crate) fn external(given: &mut Reader<'_>) -> Result<ExternalId> {
    let platform = given.text()?;
    Ok(ExternalId::new(platform, id(given)?))
}

/// An id of the app's own, or an external one.
pub(crate) fn reference(given: &mut Reader<'_>) -> Result<Ref> {
    if given.bool()? { external(given).map(Ref::External) } else { id(given).map(Ref::Own) }
}

/// One of a few words, by which an enum is written.
fn word<T: Copy>(given: &mut Reader<'_>, words: &[(&str, T)]) -> Result<T> {
    let text = given.text()?;
    let found = words.iter().find(|(word, _)| *word == text);
    found.map(|(_, meant)| *meant).ok_or_else(|| Error::new(ErrorKind::Internal, format!("`{text}` is not known here")))
}

pub(crate) fn bind_kind(given: &mut Reader<'_>) -> Result<BindKind> {
    word(given, &[("user", BindKind::User), ("room", BindKind::Room)])
}

fn room_kind(given: &mut Reader<'_>) -> Result<RoomKind> {
    word(given, &[("private", RoomKind::Private), ("public", RoomKind::Public)])
}

/// A user to publish.
pub(crate) fn user(given: &mut Reader<'_>) -> Result<NewUser> {
    let mut user = NewUser::new(id(given)?, given.text()?);
    if let Some(avatar) = given.option(Reader::text)? {
        user = user.avatar(avatar);
    }
    if let Some(ext) = given.option(ext)? {
        user = user.ext(ext);
    }
    Ok(user)
}

/// A room to publish: members and bans are platforms, each with its ids; a ban without ids is one of the whole platform.
pub(crate) fn room(given: &mut Reader<'_>) -> Result<NewRoom> {
    let mut room = NewRoom::new(id(given)?, given.text()?, room_kind(given)?);
    for (platform, ids) in given.list(|given| Ok((given.text()?, given.list(id)?)))? {
        room = room.members(platform, ids);
    }
    for (platform, ids) in given.list(|given| Ok((given.text()?, given.option(|given| given.list(id))?)))? {
        room = match ids {
            Some(ids) => room.ban(platform, ids),
            None => room.ban_platform(platform),
        };
    }
    if let Some(avatar) = given.option(Reader::text)? {
        room = room.avatar(avatar);
    }
    if let Some(ext) = given.option(ext)? {
        room = room.ext(ext);
    }
    Ok(room)
}

/// A message to publish.
pub(crate) fn message(given: &mut Reader<'_>) -> Result<NewMessage> {
    let (room, sender, text) = (reference(given)?, reference(given)?, given.text()?);
    let mut message = NewMessage::new(room, sender, text);
    if let Some(key) = given.option(Reader::text)? {
        message = message.key(key);
    }
    if let Some(at) = given.option(Reader::time)? {
        message = message.sent_at(at);
    }
    if let Some(event) = given.option(Reader::event_id)? {
        message = message.reply_to(event);
    }
    if let Some(traceparent) = given.option(Reader::text)? {
        message = message.traceparent(traceparent);
    }
    if let Some(ext) = given.option(ext)? {
        message = message.ext(ext);
    }
    Ok(given.list(attachment)?.into_iter().fold(message, NewMessage::attach))
}

pub(crate) fn edit(given: &mut Reader<'_>) -> Result<EditMessage> {
    let (of, sender, text) = (given.event_id()?, reference(given)?, given.text()?.to_owned());
    let mut edit = EditMessage::new(of, sender, text);
    if let Some(attachments) = given.option(|given| given.list(attachment))? {
        edit = edit.attachments(attachments);
    }
    if let Some(ext) = given.option(ext)? {
        edit = edit.ext(ext);
    }
    Ok(edit)
}

pub(crate) fn delete(given: &mut Reader<'_>) -> Result<DeleteMessage> {
    let delete = DeleteMessage::new(given.event_id()?, reference(given)?);
    Ok(match given.option(Reader::text)? {
        Some(platform) => delete.of_platform(platform),
        None => delete,
    })
}

pub(crate) fn reaction(given: &mut Reader<'_>) -> Result<NewReaction> {
    let (of, platform) = (given.event_id()?, given.text()?.to_owned());
    let (sender, emoji) = (reference(given)?, given.text()?.to_owned());
    let reaction = NewReaction::new(of, platform, sender, emoji);
    Ok(if given.bool()? { reaction } else { reaction.remove() })
}

fn attachment(given: &mut Reader<'_>) -> Result<Attachment> {
    let kinds = [("image", AttachmentKind::Image), ("audio", AttachmentKind::Audio), ("file", AttachmentKind::File)];
    let text = |given: &mut Reader<'_>| given.option(|given| given.text().map(str::to_owned));
    Ok(Attachment {
        kind: word(given, &kinds)?,
        url: text(given)?,
        data: given.option(Reader::bytes)?.map(|bytes| STANDARD.encode(bytes)),
        mime: text(given)?,
        name: text(given)?,
        size: given.option(size)?,
    })
}

fn size(given: &mut Reader<'_>) -> Result<u64> {
    u64::try_from(given.i64()?).map_err(|_| Error::invalid("size", "expected a number of bytes, at least 0"))
}

/// Which dead letters are meant.
pub(crate) fn dead_letters(given: &mut Reader<'_>) -> Result<DeadLetterFilter> {
    match given.text()? {
        "platform" => Ok(DeadLetterFilter::Platform(given.text()?.to_owned())),
        "number" => Ok(DeadLetterFilter::Number(given.i64()?)),
        "event" => Ok(DeadLetterFilter::Event(given.event_id()?)),
        _ => Ok(DeadLetterFilter::All),
    }
}

/// A request of another platform: method, path, query, headers, body.
pub(crate) fn request(given: &mut Reader<'_>) -> Result<http::Request<Bytes>> {
    let (method, path, query) = (given.text()?, given.text()?, given.text()?);
    let headers = given.list(|given| Ok((given.text()?, given.text()?)))?;
    integrador::request(method, path, query, headers, Bytes::copy_from_slice(given.bytes()?))
}

/// The configuration: options by their names in JSON, `limits.text` within `limits`.
pub(crate) fn config(given: &mut Reader<'_>) -> Result<Config> {
    let mut whole = Map::new();
    for (name, value) in given.list(|given| Ok((given.text()?, option(given)?)))? {
        match name.split_once('.') {
            None => _ = whole.insert(name.to_owned(), value),
            Some((outer, inner)) => match whole.entry(outer).or_insert_with(|| Map::new().into()) {
                Value::Object(parts) => _ = parts.insert(inner.to_owned(), value),
                _ => {
                    return Err(Error::new(
                        ErrorKind::Config,
                        format!("`{outer}` is given as a whole, and as `{name}`"),
                    ));
                }
            },
        }
    }
    Config::from_json(&Value::Object(whole).to_string())
}

fn option(given: &mut Reader<'_>) -> Result<Value> {
    Ok(match given.text()? {
        "text" => given.text()?.into(),
        "bool" => given.bool()?.into(),
        "integer" => given.i64()?.into(),
        _ => given.f64()?.into(),
    })
}
