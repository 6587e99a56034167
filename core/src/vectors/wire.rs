//! What travels: bodies, batches, pings and directories, read as leniently and written as exactly as the vectors say.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::{Case, each, each_of, equal, has_word, same};
use crate::Error;
use crate::config::Limits;
use crate::model::{EventKind, Id};
use crate::util::event_id;
use crate::wire::json::{Value, parse, parse_or_fault};
use crate::wire::{BatchLine, Body, ListedUser, Odd, read, traceparent, write};

#[test]
fn json_is_read_or_refused_as_the_vectors_say() {
    each("json.json", |case| match (parse_or_fault(&case.bytes()), case.get("error")) {
        (Ok(_), None) => Ok(()),
        (Err(fault), Some(error)) => equal("line", fault.line as u64, error["line"].as_u64().unwrap()),
        (got, _) => Err(format!("{got:?}")),
    });
}

/// A body that comes in, as it goes on to nodes and to plain platforms.
fn body(file: &str, kind: EventKind) {
    // Who may say it is decided elsewhere.
    each_of(
        file,
        |case| case.get("status").is_none(),
        |case| {
            let bytes = case.bytes();
            let value = parse(&bytes).map_err(|e| e.to_string())?;
            let read = if case.flag("posted", false) {
                match kind {
                    EventKind::Room => read::plain_room(&value, &case.limits()).map(Body::Room),
                    _ => read::plain_user(&value, &case.limits()).map(Body::User),
                }
            } else {
                read::body(kind, &value, &case.limits())
            };
            let Some(body) = case.judge(read)? else { return Ok(()) };
            let from = case.str("from");
            let plain = match &body {
                Body::User(user) => write::plain_user(from, user),
                Body::Room(room) => {
                    let origin = room.origin.as_deref().unwrap_or(from);
                    write::plain_room(origin, &room.into())
                }
                Body::Message(message) => {
                    let recipients: Option<Vec<Id>> =
                        case.get("recipients").map(|r| Deserialize::deserialize(r).unwrap());
                    let (audio, image) = (case.flag("supportAudio", true), case.flag("supportImage", true));
                    write::plain_message(from, message, audio, image, recipients.as_deref())
                }
                Body::Change(change) => {
                    write::plain_change(from, change, case.flag("supportAudio", true), case.flag("supportImage", true))
                }
                _ => Vec::new(),
            };
            if let (Some(expected), Body::Change(change)) = (case.get("words"), &body) {
                let words = write::in_words(change).ok_or("it can't be said in words")?;
                let (audio, image) = (case.flag("supportAudio", true), case.flag("supportImage", true));
                same("words", &write::plain_message(from, &words, audio, image, None), expected)?;
            }
            let node = match &body {
                Body::User(user) => write::user(from, user),
                Body::Room(room) => write::room(from, room),
                Body::Message(message) => write::message(from, message),
                Body::Change(change) => write::change(from, change),
                Body::Platform(platform) => write::platform(from, platform),
                Body::Receipt(receipt) => write::receipt(from, receipt),
            };
            if let Some(expected) = case.get("plain") {
                same("plain", &plain, expected)?;
            }
            if let Some(expected) = case.get("node") {
                same("node", &node, expected)?;
                // What goes to nodes is read there as what it was.
                let value = parse(&node).map_err(|e| e.to_string())?;
                equal("platform", read::platform_field(&value).map_err(|e| e.to_string())?, from.to_owned())?;
                equal("read again", read::body(kind, &value, &Limits::default()).map_err(|e| e.to_string())?, body)?;
            }
            Ok(())
        },
    );
}

/// Shows promise 8.
#[test]
fn users_are_read_and_passed_on_as_the_vectors_say() {
    body("user.json", EventKind::User);
}

/// Shows promise 8.
#[test]
fn rooms_are_read_and_passed_on_as_the_vectors_say() {
    body("room.json", EventKind::Room);
}

/// Shows promise 8.
#[test]
fn messages_are_read_and_passed_on_as_the_vectors_say() {
    body("message.json", EventKind::Message);
}

#[test]
fn edits_are_read_and_passed_on_as_the_vectors_say() {
    body("edit.json", EventKind::Edit);
}

#[test]
fn deletes_are_read_and_passed_on_as_the_vectors_say() {
    body("delete.json", EventKind::Delete);
}

#[test]
fn reactions_are_read_and_passed_on_as_the_vectors_say() {
    body("reaction.json", EventKind::Reaction);
}

/// Shows promise 8.
#[test]
fn attachments_are_read_and_passed_on_as_the_vectors_say() {
    body("attachments.json", EventKind::Message);
}

#[test]
fn news_of_platforms_is_read_and_passed_on_as_the_vectors_say() {
    body("platform.json", EventKind::Platform);
}

#[test]
fn receipts_are_read_and_passed_on_as_the_vectors_say() {
    body("receipt.json", EventKind::Receipt);
}

#[test]
fn answers_are_written_as_the_vectors_say() {
    each("status.json", |case| {
        let event = case.get("id").map(|id| event_id::parse(id.as_str().unwrap()).unwrap());
        let written = write::status(case.int("status") as u16, case.str("message"), event);
        equal("text", String::from_utf8(written).unwrap(), case.str("text").to_owned())
    });
}

/// Shows promise 8.
#[test]
fn batches_are_read_line_by_line_as_the_vectors_say() {
    each("batch.json", |case| {
        let bytes = case.bytes();
        let shown = |line: BatchLine<'_>| {
            let line = line.read();
            (line.id.into_owned(), line.kind.map(Cow::into_owned), to_json(&line.body))
        };
        let lines = match (read::batch(&bytes, &Limits::default(), shown), case.get("error")) {
            (Ok(lines), None) => lines,
            (Ok(_), Some(_)) => return Err("expected an error".into()),
            (Err(error), None) => return Err(error.to_string()),
            (Err(error), Some(expected)) => {
                equal("kind", error.kind().as_str(), expected["kind"].as_str().unwrap())?;
                let message = error.to_string();
                let place = |n| error.context() == Some(&format!("line {n}"));
                let line = expected["line"].as_u64().is_none_or(place);
                let field = expected["field"].as_str().is_none_or(|field| has_word(&message, field));
                return if line && field { Ok(()) } else { Err(message) };
            }
        };
        if let Some(count) = case.get("count") {
            return equal("count", lines.len() as u64, count.as_u64().unwrap());
        }
        let shown: Vec<Json> =
            lines.iter().map(|(id, kind, body)| json!({"id": id, "kind": kind.as_ref().ok(), "body": body})).collect();
        equal("events", Json::from(shown), case.get("events").unwrap().clone())?;
        if case.flag("exact", false) {
            let mut out = Vec::new();
            for line in &lines {
                let (kind, id) = (read::kind(line.1.as_ref().unwrap()).unwrap(), line.0.parse().unwrap());
                let text = line.2.to_string();
                let body = match read::body(kind, &parse(text.as_bytes()).unwrap(), &Limits::default()).unwrap() {
                    Body::User(user) => write::user("BuasApp", &user),
                    Body::Message(message) => write::message("BuasApp", &message),
                    _ => return Err("no such case".into()),
                };
                let before = out.len();
                write::batch_line(&mut out, id, kind, &body);
                assert!(out.len() - before <= write::batch_line_length(body.len()));
            }
            equal("text", out, bytes)?;
        }
        Ok(())
    });
}

#[test]
fn answers_to_batches_are_read_as_the_vectors_say() {
    each("batch-answer.json", |case| {
        let bytes = case.bytes();
        match (read::batch_answer(&bytes), case.get("error")) {
            (Ok(results), None) => {
                let shown: Vec<Json> = results.iter().map(|r| json!([r.id, r.status, r.message])).collect();
                equal("results", Json::from(shown), case.get("results").unwrap().clone())?;
                let mut out = Vec::new();
                results.iter().for_each(|r| write::batch_answer_line(&mut out, &r.id, r.status, &r.message));
                if case.flag("exact", false) { equal("text", out, bytes) } else { Ok(()) }
            }
            (Err(error), Some(expected)) => {
                equal("place", error.context(), Some(&*format!("line {}", expected["line"])))
            }
            (got, _) => Err(format!("{got:?}")),
        }
    });
}

fn to_json(value: &Value<'_>) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Bool(b) => (*b).into(),
        Value::Int(n) => (*n).into(),
        Value::Float(n) => (*n).into(),
        Value::Text(text) => text.as_ref().into(),
        Value::Carried(text) => serde_json::from_str(text).unwrap(),
        Value::List(items) => items.iter().map(to_json).collect(),
        Value::Object(fields) => fields.iter().map(|(n, v)| (n.to_string(), to_json(v))).collect(),
    }
}

#[test]
fn answers_to_pings_are_read_and_written_as_the_vectors_say() {
    each("ping.json", |case| {
        let Some(pong) = case.judge(read::pong(&case.bytes()))? else { return Ok(()) };
        let shown = serde_json::to_value(&pong).unwrap();
        equal("pong", &shown, case.get("pong").unwrap())?;
        if case.flag("exact", false) {
            let written = write::pong(&pong.platform, &pong.hosts, pong.store.unwrap(), pong.standalone, None);
            same("written", &written, case.get("in").unwrap())?;
        }
        Ok(())
    });
}

#[test]
fn directories_are_read_as_the_vectors_say() {
    each("directory.json", |case| {
        let (bytes, exact) = (case.bytes(), case.flag("exact", false));
        if case.str("what") == "platforms" {
            let Some(platforms) = case.judge(read::platforms(&bytes))? else { return Ok(()) };
            odd(case, &platforms.odd)?;
            return equal("out", &json!(platforms.items), case.get("out").unwrap());
        }
        let Some(users) = case.judge(read::users(&bytes, &case.limits()))? else { return Ok(()) };
        odd(case, &users.odd)?;
        let users = users.items;
        let shown = users.iter().map(|u| {
            let mut shown = json!({"id": u.id, "name": u.name, "platform": u.platform});
            // Where the list tells none, nor does the case.
            u.avatar.iter().for_each(|avatar| shown["avatar"] = json!(avatar));
            shown
        });
        let shown: Vec<_> = shown.collect();
        equal("out", &Json::from(shown), case.get("out").unwrap())?;
        let entry =
            |u: &'_ ListedUser| (u.id.clone(), u.name.clone().unwrap(), u.platform.clone().unwrap(), u.avatar.clone());
        let entries: Vec<_> = if exact { users.iter().map(entry).collect() } else { return Ok(()) };
        let entries: Vec<_> = entries
            .iter()
            .map(|(id, name, platform, avatar)| {
                write::UserEntry::new(write::Reader::Node, id, name, platform, avatar.as_deref())
            })
            .collect();
        same("written", &write::users(&entries), case.get("in").unwrap())
    });
}

/// The entries that are left out: how many, and which fields of the first few.
fn odd(case: &Case, odd: &Odd) -> Result<(), String> {
    let expected = case.get("odd").cloned().unwrap_or_else(|| json!({"count": 0, "fields": [], "hides": false}));
    let fields: Vec<_> = odd.why.iter().map(Error::field).collect();
    equal("odd", json!({"count": odd.count, "fields": fields, "hides": odd.hides}), expected)?;
    equal("told", odd.told().is_some(), odd.count > 0)
}

#[test]
fn traceparents_are_kept_or_left_out_as_the_vectors_say() {
    each("traceparent.json", |case| {
        let expected = case.get("out").and_then(Json::as_str).map(str::to_owned);
        equal("out", traceparent::parse(case.str("in")), expected)
    });
}
