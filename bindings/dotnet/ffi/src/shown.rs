//! What the core returns, for .NET.

use std::net::SocketAddr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use integrador::{Error, ErrorKind, Ext, Id, Result};
use uuid::Uuid;

use crate::types::{
    Address, Attachment, Banned, DeadLetter, Delivery, Event, EventBody, ExternalId, Finding, Header, Introduction,
    Invite, InviteInfo, Joined, Label, Members, MessageChange, Metric, Platform, PlatformStatus, Published, Receipt,
    Response, Room, Status, User,
};

/// Each of many.
pub(crate) fn all<T, U>(of: &[T], shown: impl Fn(&T) -> U) -> Vec<U> {
    of.iter().map(shown).collect()
}

/// How many, for a language that has no unsigned numbers in its interfaces.
pub(crate) fn count(of: usize) -> i32 {
    i32::try_from(of).unwrap_or(i32::MAX)
}

fn event_id(id: Uuid) -> String {
    id.to_string()
}

pub(crate) fn id(id: &Id) -> String {
    id.as_str().to_owned()
}

pub(crate) fn external(external: &integrador::ExternalId) -> ExternalId {
    ExternalId { platform: external.platform.to_string(), id: id(&external.id) }
}

pub(crate) fn user(user: &integrador::User) -> User {
    User {
        id: external(&user.id),
        name: user.name.to_string(),
        active: user.active,
        avatar: user.avatar.clone(),
        ext: ext(user.ext.as_ref()),
    }
}

fn ext(ext: Option<&Ext>) -> Option<String> {
    ext.map(|ext| ext.as_json().to_owned())
}

pub(crate) fn room(room: &integrador::Room) -> Room {
    let members =
        |(platform, ids): &(_, Vec<Id>)| Members { platform: ToString::to_string(platform), ids: all(ids, id) };
    let banned = |(platform, banned): &(_, integrador::Banned)| Banned {
        platform: ToString::to_string(platform),
        ids: match banned {
            integrador::Banned::Users(ids) => Some(all(ids, id)),
            integrador::Banned::Platform => None,
        },
    };
    Room {
        id: external(&room.id),
        name: room.name.to_string(),
        kind: room.kind.into(),
        members: room.members.iter().map(members).collect(),
        banned: room.banned.iter().map(banned).collect(),
        avatar: room.avatar.clone(),
        ext: ext(room.ext.as_ref()),
    }
}

pub(crate) fn platform(platform: &integrador::Platform) -> Platform {
    Platform {
        name: platform.name.to_string(),
        support_image: platform.support_image,
        support_audio: platform.support_audio,
        via: platform.via.as_ref().map(ToString::to_string),
        own: platform.own,
    }
}

#[expect(clippy::needless_pass_by_value, reason = "as an operation returns it")]
pub(crate) fn receipt(receipt: integrador::Receipt) -> Receipt {
    Receipt {
        event_id: receipt.event.map(event_id),
        destinations: all(&receipt.destinations, ToString::to_string),
        duplicate: receipt.duplicate,
    }
}

/// Of one of many.
pub(crate) fn published(outcome: Result<integrador::Receipt>) -> Published {
    match outcome {
        Ok(of) => Published { receipt: Some(receipt(of)), refusal: None },
        Err(why) => Published { receipt: None, refusal: Some((&why).into()) },
    }
}

pub(crate) fn delivery(delivery: &integrador::Delivery) -> Delivery {
    Delivery {
        platform: delivery.platform.to_string(),
        state: delivery.state.into(),
        at: delivery.at,
        why: delivery.why.as_ref().map(ToString::to_string),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "as an operation returns it")]
pub(crate) fn status(status: integrador::Status) -> Status {
    Status {
        name: status.name.to_string(),
        standalone: status.standalone,
        version: status.version.to_owned(),
        store: event_id(status.store),
        inbox: status.inbox,
        platforms: all(&status.platforms, platform_status),
        introductions: all(&status.introductions, introduction),
    }
}

fn introduction(asks: &integrador::Introduction) -> Introduction {
    let (name, endpoint, by) = (asks.name.to_string(), asks.endpoint.clone(), asks.by.to_string());
    Introduction { name, endpoint, by, since: asks.since }
}

#[expect(clippy::needless_pass_by_value, reason = "as an operation returns it")]
pub(crate) fn invite(invite: integrador::Invite) -> Invite {
    let (id, url, text) = (invite.id.clone(), invite.url.clone(), invite.text().to_owned());
    Invite { id, url, expires: invite.expires, text }
}

pub(crate) fn invite_info(invite: &integrador::InviteInfo) -> InviteInfo {
    let used_by = invite.used_by.as_ref().map(ToString::to_string);
    InviteInfo { id: invite.id.clone(), made: invite.made, expires: invite.expires, used_by }
}

pub(crate) fn joined(joined: integrador::Joined) -> Joined {
    Joined { inviter: joined.inviter, platforms: joined.platforms }
}

fn platform_status(status: &integrador::PlatformStatus) -> PlatformStatus {
    PlatformStatus {
        name: status.name.to_string(),
        kind: status.kind.into(),
        via: status.via.as_ref().map(ToString::to_string),
        up: status.up,
        since: status.since,
        last_contact: status.last_contact,
        waiting: status.waiting,
        oldest: status.oldest,
        dead: status.dead,
        alarm: status.alarm.as_ref().map(ToString::to_string),
        import_error: status.import_error.as_ref().map(ToString::to_string),
        last_error: status.last_error.clone(),
        next_try: status.next_try,
        findings: all(&status.findings, finding),
    }
}

pub(crate) fn dead_letter(dead: &integrador::DeadLetter) -> DeadLetter {
    DeadLetter {
        number: dead.number,
        event_id: event_id(dead.event),
        kind: dead.kind.into(),
        platform: dead.platform.to_string(),
        from: dead.from.to_string(),
        inbound: dead.inbound,
        why: dead.why.to_string(),
        at: dead.at,
        body: dead.body.to_string(),
    }
}

pub(crate) fn finding(finding: &integrador::Finding) -> Finding {
    Finding {
        platform: finding.platform.as_ref().map(ToString::to_string),
        kind: finding.kind.into(),
        other: finding.other.as_ref().map(ToString::to_string),
        what: finding.what.to_string(),
        to_do: finding.to_do.to_string(),
    }
}

pub(crate) fn metric(metric: &integrador::Metric) -> Metric {
    let label = |(name, value): &(_, _)| Label { name: ToString::to_string(name), value: ToString::to_string(value) };
    Metric {
        name: metric.name.to_owned(),
        labels: metric.labels.iter().map(label).collect(),
        value: metric.value,
        kind: metric.kind.into(),
        help: metric.help.to_owned(),
    }
}

pub(crate) fn address(address: SocketAddr) -> Address {
    Address { host: address.ip().to_string(), port: address.port() }
}

#[expect(clippy::needless_pass_by_value, reason = "as an operation returns it")]
pub(crate) fn response(response: http::Response<Bytes>) -> Response {
    let header = |(name, value): (&http::HeaderName, &http::HeaderValue)| Header {
        name: name.as_str().to_owned(),
        value: String::from_utf8_lossy(value.as_bytes()).into_owned(),
    };
    Response {
        status: response.status().as_u16(),
        headers: response.headers().iter().map(header).collect(),
        body: response.body().to_vec(),
    }
}

pub(crate) fn event(event: &integrador::Event) -> Result<Event> {
    let body = match &event.body {
        integrador::EventBody::Message(of) => EventBody::MessageCame {
            room: external(&of.room),
            sender: external(&of.sender),
            sender_name: of.sender_name.to_string(),
            text: of.text.to_string(),
            sent_at: of.sent_at,
            reply_to: of.reply_to.map(event_id),
            attachments: all(&of.attachments, attachment),
            late: of.late,
            traceparent: of.traceparent.as_ref().map(ToString::to_string),
            ext: ext(of.ext.as_ref()),
        },
        integrador::EventBody::Edit(of) => EventBody::MessageEdited {
            change: change((&of.room, &of.sender, &of.sender_name), of.of),
            text: of.text.clone(),
            attachments: of.attachments.as_ref().map(|attachments| all(attachments, attachment)),
            ext: ext(of.ext.as_ref()),
        },
        integrador::EventBody::Delete(of) => EventBody::MessageDeleted {
            change: change((&of.room, &of.sender, &of.sender_name), of.of),
            of_platform: of.of_platform.to_string(),
        },
        integrador::EventBody::Reaction(of) => EventBody::ReactionChanged {
            change: change((&of.room, &of.sender, &of.sender_name), of.of),
            of_platform: of.of_platform.to_string(),
            emoji: of.emoji.clone(),
            on: of.on,
        },
        integrador::EventBody::User(of) => EventBody::UserChanged { user: user(of) },
        integrador::EventBody::Room(of) => {
            EventBody::RoomChanged { room: room(&of.room), by: of.changed_by.to_string() }
        }
        integrador::EventBody::Platform(of) => EventBody::PlatformChanged {
            name: of.platform.to_string(),
            change: of.change.into(),
            why: of.why.as_ref().map(ToString::to_string),
        },
        integrador::EventBody::Delivery(of) => EventBody::DeliveryChanged {
            publication: event_id(of.event),
            destination: of.platform.to_string(),
            state: of.state.into(),
            why: of.why.as_ref().map(ToString::to_string),
            count: of.count,
        },
        _ => return Err(Error::new(ErrorKind::Internal, "an event of a kind that is not known here")),
    };
    Ok(Event { id: event_id(event.id), attempt: event.attempt, body })
}

fn change((room, sender, name): (&integrador::ExternalId, &integrador::ExternalId, &str), of: Uuid) -> MessageChange {
    MessageChange { room: external(room), sender: external(sender), sender_name: name.to_owned(), of: event_id(of) }
}

fn attachment(attachment: &integrador::Attachment) -> Attachment {
    Attachment {
        kind: attachment.kind.into(),
        url: attachment.url.as_ref().map(ToString::to_string),
        // What came in was verified to be base64.
        data: attachment.data.as_ref().map(|data| STANDARD.decode(data).unwrap_or_default()),
        mime: attachment.mime.as_ref().map(ToString::to_string),
        name: attachment.name.as_ref().map(ToString::to_string),
        size: attachment.size,
    }
}
