//! What the core returns, written for Java; `dev.integrador.internal.Answers` reads it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use integrador::{
    Attachment, Banned, DeadLetter, Delivery, DeliveryChange, Error, Event, EventBody, ExternalId, Finding, Id,
    Introduction, Invite, InviteInfo, Joined, Message, Metric, Platform, PlatformChange, PlatformStatus, Receipt,
    Result, Room, Status, User,
};
use uuid::Uuid;

use crate::bytes::Writer;
use crate::json;

/// An answer: whether it was an error, and which, or what was returned.
pub(crate) fn answer(result: Result<Vec<u8>>) -> Vec<u8> {
    let mut answer = Writer::default();
    match result {
        Ok(value) => {
            answer.bool(false);
            answer.raw(&value);
        }
        Err(why) => {
            answer.bool(true);
            error(&mut answer, &why);
        }
    }
    answer.into_bytes()
}

fn error(answer: &mut Writer, error: &Error) {
    answer.text(error.kind().as_str());
    answer.text(&error.to_string());
    answer.option(error.field(), Writer::text);
    answer.bool(error.is_retryable());
}

/// Of one of many: as an answer.
pub(crate) fn outcome(answer: &mut Writer, outcome: Result<Receipt>) {
    answer.bool(outcome.is_err());
    match outcome {
        Ok(of) => receipt(answer, of),
        Err(why) => error(answer, &why),
    }
}

fn optional_text(answer: &mut Writer, text: Option<&str>) {
    answer.option(text, Writer::text);
}

pub(crate) fn id(answer: &mut Writer, id: &Id) {
    answer.text(id.as_str());
}

pub(crate) fn external(answer: &mut Writer, external: &ExternalId) {
    answer.text(&external.platform);
    id(answer, &external.id);
}

pub(crate) fn user(answer: &mut Writer, user: &User) {
    external(answer, &user.id);
    answer.text(&user.name);
    answer.bool(user.active);
    optional_text(answer, user.avatar.as_deref());
    answer.option(user.ext.as_ref(), json::shown);
}

pub(crate) fn room(answer: &mut Writer, room: &Room) {
    external(answer, &room.id);
    answer.text(&room.name);
    answer.text(room.kind.as_str());
    answer.list(room.members.iter(), |answer, (platform, ids)| {
        answer.text(platform);
        answer.list(ids.iter(), id);
    });
    answer.list(room.banned.iter(), |answer, (platform, banned)| {
        answer.text(platform);
        let ids = if let Banned::Users(ids) = banned { Some(ids) } else { None };
        answer.option(ids, |answer, ids| answer.list(ids.iter(), id));
    });
    optional_text(answer, room.avatar.as_deref());
    answer.option(room.ext.as_ref(), json::shown);
}

pub(crate) fn platform(answer: &mut Writer, platform: &Platform) {
    answer.text(&platform.name);
    answer.bool(platform.support_image);
    answer.bool(platform.support_audio);
    optional_text(answer, platform.via.as_deref());
    answer.bool(platform.own);
}

#[expect(clippy::needless_pass_by_value, reason = "as an operation returns it")]
pub(crate) fn receipt(answer: &mut Writer, receipt: Receipt) {
    answer.option(receipt.event, Writer::event_id);
    answer.list(receipt.destinations.iter(), |answer, name| answer.text(name));
    answer.bool(receipt.duplicate);
}

pub(crate) fn delivery(answer: &mut Writer, delivery: &Delivery) {
    answer.text(&delivery.platform);
    answer.text(delivery.state.as_str());
    answer.option(delivery.at, Writer::time);
    optional_text(answer, delivery.why.as_deref());
}

pub(crate) fn status(answer: &mut Writer, status: &Status) {
    answer.text(&status.name);
    answer.bool(status.standalone);
    answer.text(status.version);
    answer.event_id(status.store);
    answer.u64(status.inbox);
    answer.list(status.platforms.iter(), platform_status);
    answer.list(status.introductions.iter(), introduction);
}

fn introduction(answer: &mut Writer, asks: &Introduction) {
    answer.text(&asks.name);
    answer.text(&asks.endpoint);
    answer.text(&asks.by);
    answer.time(asks.since);
}

pub(crate) fn invite(answer: &mut Writer, invite: &Invite) {
    answer.text(&invite.id);
    answer.text(&invite.url);
    answer.time(invite.expires);
    answer.text(invite.text());
}

pub(crate) fn invite_info(answer: &mut Writer, invite: &InviteInfo) {
    answer.text(&invite.id);
    answer.time(invite.made);
    answer.time(invite.expires);
    optional_text(answer, invite.used_by.as_deref());
}

pub(crate) fn joined(answer: &mut Writer, joined: &Joined) {
    answer.text(&joined.inviter);
    answer.list(joined.platforms.iter(), |answer, name| answer.text(name));
}

fn platform_status(answer: &mut Writer, status: &PlatformStatus) {
    answer.text(&status.name);
    answer.text(status.kind.as_str());
    optional_text(answer, status.via.as_deref());
    answer.option(status.up, Writer::bool);
    answer.option(status.since, Writer::time);
    answer.option(status.last_contact, Writer::time);
    answer.u64(status.waiting);
    answer.option(status.oldest, Writer::time);
    answer.u64(status.dead);
    optional_text(answer, status.alarm.as_deref());
    optional_text(answer, status.import_error.as_deref());
    optional_text(answer, status.last_error.as_deref());
    answer.option(status.next_try, Writer::time);
    answer.list(status.findings.iter(), finding);
}

pub(crate) fn dead_letter(answer: &mut Writer, dead: &DeadLetter) {
    answer.i64(dead.number);
    answer.event_id(dead.event);
    answer.text(dead.kind.as_str());
    answer.text(&dead.platform);
    answer.text(&dead.from);
    answer.bool(dead.inbound);
    answer.text(&dead.why);
    answer.time(dead.at);
    answer.text(&dead.body);
}

pub(crate) fn finding(answer: &mut Writer, finding: &Finding) {
    optional_text(answer, finding.platform.as_deref());
    answer.text(finding.kind.as_str());
    optional_text(answer, finding.other.as_deref());
    answer.text(&finding.what);
    answer.text(&finding.to_do);
}

pub(crate) fn metric(answer: &mut Writer, metric: &Metric) {
    answer.text(metric.name);
    answer.list(metric.labels.iter(), |answer, (name, value)| {
        answer.text(name);
        answer.text(value);
    });
    answer.f64(metric.value);
    answer.text(metric.kind.as_str());
    answer.text(metric.help);
}

pub(crate) fn response(answer: &mut Writer, response: &http::Response<Bytes>) {
    answer.i32(response.status().as_u16().into());
    answer.count(response.headers().len());
    for (name, value) in response.headers() {
        answer.text(name.as_str());
        answer.text(&String::from_utf8_lossy(value.as_bytes()));
    }
    answer.bytes(response.body());
}

pub(crate) fn event(answer: &mut Writer, event: &Event) {
    answer.text(event.kind().as_str());
    answer.event_id(event.id);
    answer.i32(i32::try_from(event.attempt).unwrap_or(i32::MAX));
    match &event.body {
        EventBody::Message(of) => message(answer, of),
        EventBody::Edit(of) => {
            change(answer, (&of.room, &of.sender, &of.sender_name), of.of);
            answer.text(&of.text);
            answer.option(of.attachments.as_ref(), |answer, all| answer.list(all.iter(), attachment));
            answer.option(of.ext.as_ref(), json::shown);
        }
        EventBody::Delete(of) => {
            change(answer, (&of.room, &of.sender, &of.sender_name), of.of);
            answer.text(&of.of_platform);
        }
        EventBody::Reaction(of) => {
            change(answer, (&of.room, &of.sender, &of.sender_name), of.of);
            answer.text(&of.of_platform);
            answer.text(&of.emoji);
            answer.bool(of.on);
        }
        EventBody::User(of) => user(answer, of),
        EventBody::Room(of) => {
            room(answer, &of.room);
            answer.text(&of.changed_by);
        }
        EventBody::Platform(of) => platform_change(answer, of),
        EventBody::Delivery(of) => delivery_change(answer, of),
        // Its kind is unknown to Java too, which says so.
        _ => {}
    }
}

/// Who changed which message, where.
fn change(answer: &mut Writer, (room, sender, name): (&ExternalId, &ExternalId, &str), of: Uuid) {
    external(answer, room);
    external(answer, sender);
    answer.text(name);
    answer.event_id(of);
}

fn message(answer: &mut Writer, message: &Message) {
    external(answer, &message.room);
    external(answer, &message.sender);
    answer.text(&message.sender_name);
    answer.text(&message.text);
    answer.option(message.sent_at, Writer::time);
    answer.option(message.reply_to, Writer::event_id);
    answer.list(message.attachments.iter(), attachment);
    answer.bool(message.late);
    optional_text(answer, message.traceparent.as_deref());
    answer.option(message.ext.as_ref(), json::shown);
}

fn attachment(answer: &mut Writer, attachment: &Attachment) {
    answer.text(attachment.kind.as_str());
    optional_text(answer, attachment.url.as_deref());
    // What came in was verified to be base64.
    let data = attachment.data.as_ref().map(|data| STANDARD.decode(data).unwrap_or_default());
    answer.option(data, |answer, data| answer.bytes(&data));
    optional_text(answer, attachment.mime.as_deref());
    optional_text(answer, attachment.name.as_deref());
    answer.option(attachment.size, Writer::u64);
}

fn platform_change(answer: &mut Writer, change: &PlatformChange) {
    answer.text(&change.platform);
    answer.text(change.change.as_str());
    optional_text(answer, change.why.as_deref());
}

fn delivery_change(answer: &mut Writer, change: &DeliveryChange) {
    answer.event_id(change.event);
    answer.text(&change.platform);
    answer.text(change.state.as_str());
    optional_text(answer, change.why.as_deref());
    answer.u64(change.count);
}
