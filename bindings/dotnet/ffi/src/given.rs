//! What .NET gave as an argument, as the core's values.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use integrador::{Config, DeadLetterFilter, Error, ErrorKind, Ext, Id, Ref, Result};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::types::{
    Attachment, DeleteMessage, EditMessage, ExternalId, NewMessage, NewReaction, NewRoom, NewUser, Reference, Request,
    Setting, SettingValue, Which,
};

/// For as long as it takes, where no end is given.
pub(crate) fn patience(timeout: Option<Duration>) -> Duration {
    timeout.unwrap_or(Duration::MAX)
}

pub(crate) fn external(id: ExternalId) -> integrador::ExternalId {
    integrador::ExternalId::new(id.platform, Id::from(id.id))
}

pub(crate) fn reference(given: Reference) -> Ref {
    match given.platform {
        Some(platform) => Ref::External(external(ExternalId { platform, id: given.id })),
        None => Ref::Own(given.id.into()),
    }
}

pub(crate) fn event_id(text: &str) -> Result<Uuid> {
    text.parse().map_err(|_| Error::invalid("event_id", "expected a UUID"))
}

pub(crate) fn event_ids(texts: &[String]) -> Result<Vec<Uuid>> {
    texts.iter().map(|text| event_id(text)).collect()
}

fn ext(json: Option<String>) -> Result<Option<Ext>> {
    json.map(|json| Ext::from_json(&json)).transpose()
}

pub(crate) fn user(given: NewUser) -> Result<integrador::NewUser> {
    let user = integrador::NewUser::new(given.id, given.name);
    let user = given.avatar.into_iter().fold(user, integrador::NewUser::avatar);
    Ok(ext(given.ext)?.into_iter().fold(user, integrador::NewUser::ext))
}

pub(crate) fn users(given: Vec<NewUser>) -> Result<Vec<integrador::NewUser>> {
    given.into_iter().map(user).collect()
}

pub(crate) fn room(given: NewRoom) -> Result<integrador::NewRoom> {
    let room = integrador::NewRoom::new(given.id, given.name, given.kind.into());
    let room = given.members.into_iter().fold(room, |room, of| room.members(of.platform, of.ids));
    let room = given.banned.into_iter().fold(room, |room, of| match of.ids {
        Some(ids) => room.ban(of.platform, ids),
        None => room.ban_platform(of.platform),
    });
    let room = given.avatar.into_iter().fold(room, integrador::NewRoom::avatar);
    Ok(ext(given.ext)?.into_iter().fold(room, integrador::NewRoom::ext))
}

/// A message to publish.
pub(crate) fn message(given: NewMessage) -> Result<integrador::NewMessage> {
    let mut message = integrador::NewMessage::new(reference(given.room), reference(given.sender), given.text);
    if let Some(key) = given.key {
        message = message.key(key);
    }
    if let Some(at) = given.sent_at {
        message = message.sent_at(at);
    }
    if let Some(event) = given.reply_to {
        message = message.reply_to(event_id(&event)?);
    }
    if let Some(traceparent) = given.traceparent {
        message = message.traceparent(traceparent);
    }
    if let Some(ext) = ext(given.ext)? {
        message = message.ext(ext);
    }
    Ok(given.attachments.into_iter().map(attachment).fold(message, integrador::NewMessage::attach))
}

pub(crate) fn edit(given: EditMessage) -> Result<integrador::EditMessage> {
    let edit = integrador::EditMessage::new(event_id(&given.of)?, reference(given.sender), given.text);
    let edit = match given.attachments {
        Some(attachments) => edit.attachments(attachments.into_iter().map(attachment).collect()),
        None => edit,
    };
    Ok(ext(given.ext)?.into_iter().fold(edit, integrador::EditMessage::ext))
}

pub(crate) fn delete(given: DeleteMessage) -> Result<integrador::DeleteMessage> {
    let delete = integrador::DeleteMessage::new(event_id(&given.of)?, reference(given.sender));
    Ok(match given.of_platform {
        Some(platform) => delete.of_platform(platform),
        None => delete,
    })
}

pub(crate) fn reaction(given: NewReaction) -> Result<integrador::NewReaction> {
    let (of, sender) = (event_id(&given.of)?, reference(given.sender));
    let reaction = integrador::NewReaction::new(of, given.of_platform, sender, given.emoji);
    Ok(if given.on { reaction } else { reaction.remove() })
}

fn attachment(given: Attachment) -> integrador::Attachment {
    integrador::Attachment {
        kind: given.kind.into(),
        url: given.url,
        data: given.data.map(|bytes| STANDARD.encode(bytes)),
        mime: given.mime,
        name: given.name,
        size: given.size,
    }
}

/// Which dead letters are meant.
pub(crate) fn which(given: Which) -> Result<DeadLetterFilter> {
    Ok(match given {
        Which { platform: Some(platform), .. } => DeadLetterFilter::Platform(platform),
        Which { number: Some(number), .. } => DeadLetterFilter::Number(number),
        Which { event_id: Some(id), .. } => DeadLetterFilter::Event(event_id(&id)?),
        _ => DeadLetterFilter::All,
    })
}

pub(crate) fn request(given: Request) -> Result<http::Request<Bytes>> {
    let headers = given.headers.iter().map(|header| (header.name.as_str(), header.value.as_str()));
    integrador::request(&given.method, &given.path, &given.query, headers, given.body.into())
}

/// The configuration: options by their names in JSON, `limits.text` within `limits`.
pub(crate) fn config(given: Vec<Setting>) -> Result<Config> {
    let mut whole = Map::new();
    for Setting { name, value } in given {
        let value = match value {
            SettingValue::Text { value } => value.into(),
            SettingValue::Flag { value } => value.into(),
            SettingValue::Whole { value } => value.into(),
            SettingValue::Fraction { value } => value.into(),
        };
        match name.split_once('.') {
            None => _ = whole.insert(name, value),
            Some((outer, inner)) => match whole.entry(outer).or_insert_with(|| Map::new().into()) {
                Value::Object(parts) => _ = parts.insert(inner.to_owned(), value),
                _ => {
                    let why = format!("`{outer}` is given as a whole, and as `{name}`");
                    return Err(Error::new(ErrorKind::Config, why));
                }
            },
        }
    }
    Config::from_json(&Value::Object(whole).to_string())
}
