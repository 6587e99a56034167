//! Runs the shared vectors (`tests/vectors/*.json` at the top) against the pure modules. Other languages run the same.

use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Value as Json, json};

use crate::config::Limits;
use crate::model::Id;
use crate::registry::{Registry, Secret};
use crate::retry::{self, PeerKind, Verdict};
use crate::store::EventKind;
use crate::wire::json::{Value, parse, parse_or_fault};
use crate::wire::{Body, ListedUser, read, write};
use crate::{Error, signature};

/// Runs every case of a file; all that fail are told together.
fn each(file: &str, run: impl Fn(&Case) -> Result<(), String>) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/vectors").join(file);
    let text = std::fs::read(&path).unwrap();
    let cases: Vec<Case> = serde_json::from_slice(&text).unwrap();
    assert!(!cases.is_empty());
    let failed: Vec<_> = cases.iter().filter_map(|case| Some(format!("{}: {}", case.name, run(case).err()?))).collect();
    assert!(failed.is_empty(), "{file}: {} of {} failed:\n{}", failed.len(), cases.len(), failed.join("\n"));
}

#[derive(Deserialize)]
struct Case {
    name: String,
    #[serde(flatten)]
    fields: serde_json::Map<String, Json>,
}

impl Case {
    fn get(&self, field: &str) -> Option<&Json> {
        self.fields.get(field)
    }

    fn str(&self, field: &str) -> &str {
        self.get(field).and_then(Json::as_str).unwrap_or_else(|| panic!("{}: {field} is no string", self.name))
    }

    fn int(&self, field: &str) -> i64 {
        self.get(field).and_then(Json::as_i64).unwrap_or_else(|| panic!("{}: {field} is no integer", self.name))
    }

    fn flag(&self, field: &str, default: bool) -> bool {
        self.get(field).and_then(Json::as_bool).unwrap_or(default)
    }

    /// The bytes of `text` or `base64`, or `in` as JSON, or `entries` as JSON.
    fn bytes(&self) -> Vec<u8> {
        if let Some(text) = self.get("text") {
            let text = text.as_str().unwrap();
            return text.repeat(self.get("repeat").map_or(1, |n| n.as_u64().unwrap() as usize)).into_bytes();
        }
        match self.get("base64") {
            Some(base64) => STANDARD.decode(base64.as_str().unwrap()).unwrap(),
            None => self.get("in").or(self.get("entries")).unwrap().to_string().into_bytes(),
        }
    }

    fn limits(&self) -> Limits {
        let mut limits = Limits::default();
        if let Some(given) = self.get("limits") {
            let set = |limit: &mut usize, field: &str| {
                if let Some(n) = given[field].as_u64() {
                    *limit = n as usize;
                }
            };
            set(&mut limits.text, "text");
            set(&mut limits.members, "members");
        }
        limits
    }

    /// Holds a result to `error`: the field that must be named (null for none), and perhaps a part of the message.
    fn judge<T: std::fmt::Debug>(&self, result: Result<T, Error>) -> Result<Option<T>, String> {
        match (result, self.get("error")) {
            (Ok(value), None) => Ok(Some(value)),
            (Ok(value), Some(_)) => Err(format!("expected an error, got {value:?}")),
            (Err(error), None) => Err(format!("expected none, got the error {error}")),
            (Err(error), Some(expected)) => {
                let message = error.to_string();
                let part = self.get("message").and_then(Json::as_str).unwrap_or_default();
                let named = expected.as_str().is_none_or(|field| has_word(&message, field));
                if named && message.contains(part) {
                    Ok(None)
                } else {
                    Err(format!("expected {expected} {part:?} in: {message}"))
                }
            }
        }
    }
}

fn has_word(text: &str, word: &str) -> bool {
    text.split(|c: char| !c.is_alphanumeric() && c != '_').any(|w| w == word)
}

fn same(what: &str, got: &[u8], expected: &Json) -> Result<(), String> {
    let text = std::str::from_utf8(got).map_err(|e| e.to_string())?;
    // Both as text: `4` and `4.0` would be equal as numbers of JavaScript.
    let got: Json = serde_json::from_str(text).map_err(|e| format!("{e} in {text}"))?;
    if got == *expected { Ok(()) } else { Err(format!("{what}: expected {expected}, got {got}")) }
}

fn equal<T: PartialEq + std::fmt::Debug>(what: &str, got: T, expected: T) -> Result<(), String> {
    if got == expected { Ok(()) } else { Err(format!("{what}: expected {expected:?}, got {got:?}")) }
}

#[test]
fn json() {
    each("json.json", |case| match (parse_or_fault(&case.bytes()), case.get("error")) {
        (Ok(_), None) => Ok(()),
        (Err(fault), Some(error)) => equal("line", fault.line as u64, error["line"].as_u64().unwrap()),
        (got, _) => Err(format!("{got:?}")),
    });
}

/// A body that comes in, as it goes on to nodes and to plain platforms.
fn body(file: &str, kind: EventKind) {
    each(file, |case| {
        let bytes = case.bytes();
        let value = parse(&bytes).map_err(|e| e.to_string())?;
        let read = if case.flag("posted", false) {
            read::plain_user(&value, &case.limits()).map(Body::User)
        } else {
            read::body(kind, &value, &case.limits())
        };
        let Some(body) = case.judge(read)? else { return Ok(()) };
        let from = case.str("from");
        let plain = match &body {
            Body::User(user) => write::user(from, user),
            Body::Room(room) => {
                let origin = room.origin.as_deref().unwrap_or(from);
                write::plain_room(origin, &room.id, &room.name, room.kind, &room.members)
            }
            Body::Message(message) => {
                let recipients: Option<Vec<Id>> = case.get("recipients").map(|r| Deserialize::deserialize(r).unwrap());
                let (audio, image) = (case.flag("supportAudio", true), case.flag("supportImage", true));
                write::plain_message(from, message, audio, image, recipients.as_deref())
            }
            _ => Vec::new(),
        };
        let node = match &body {
            Body::User(user) => write::user(from, user),
            Body::Room(room) => write::room(from, room),
            Body::Message(message) => write::message(from, message),
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
    });
}

#[test]
fn users() {
    body("user.json", EventKind::User);
}

#[test]
fn rooms() {
    body("room.json", EventKind::Room);
}

#[test]
fn messages() {
    body("message.json", EventKind::Message);
}

#[test]
fn attachments() {
    body("attachments.json", EventKind::Message);
}

#[test]
fn platform_events() {
    body("platform.json", EventKind::Platform);
}

#[test]
fn receipts() {
    body("receipt.json", EventKind::Receipt);
}

#[test]
fn statuses() {
    each("status.json", |case| {
        let written = write::status(case.int("status") as u16, case.str("message"));
        equal("text", String::from_utf8(written).unwrap(), case.str("text").to_owned())
    });
}

#[test]
fn batches() {
    each("batch.json", |case| {
        let bytes = case.bytes();
        let lines = match (read::batch(&bytes), case.get("error")) {
            (Ok(lines), None) => lines,
            (Ok(_), Some(_)) => return Err("expected an error".into()),
            (Err(error), None) => return Err(error.to_string()),
            (Err(error), Some(expected)) => {
                equal("kind", error.kind().as_str(), expected["kind"].as_str().unwrap())?;
                let message = error.to_string();
                let line = expected["line"].as_u64().is_none_or(|n| message.contains(&format!("line {n}:")));
                let field = expected["field"].as_str().is_none_or(|field| has_word(&message, field));
                return if line && field { Ok(()) } else { Err(message) };
            }
        };
        if let Some(count) = case.get("count") {
            return equal("count", lines.len() as u64, count.as_u64().unwrap());
        }
        let shown: Vec<Json> =
            lines.iter().map(|l| json!({"id": l.id, "kind": l.kind.as_ref().ok(), "body": to_json(&l.body)})).collect();
        equal("events", Json::from(shown), case.get("events").unwrap().clone())?;
        if case.flag("exact", false) {
            let mut out = Vec::new();
            for line in &lines {
                let (kind, id) = (read::kind(line.kind.as_ref().unwrap()).unwrap(), line.id.parse().unwrap());
                let body = match read::body(kind, &line.body, &Limits::default()).unwrap() {
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
fn batch_answers() {
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
                let line = format!("line {}:", expected["line"]);
                if error.to_string().contains(&line) { Ok(()) } else { Err(error.to_string()) }
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
        Value::List(items) => items.iter().map(to_json).collect(),
        Value::Object(fields) => fields.iter().map(|(n, v)| (n.to_string(), to_json(v))).collect(),
    }
}

#[test]
fn pings() {
    each("ping.json", |case| {
        let Some(pong) = case.judge(read::pong(&case.bytes()))? else { return Ok(()) };
        let shown = json!({
            "platform": pong.platform, "version": pong.version, "batch": pong.batch, "receipts": pong.receipts,
            "hosts": pong.hosts, "store": pong.store, "standalone": pong.standalone,
        });
        equal("pong", &shown, case.get("pong").unwrap())?;
        if case.flag("exact", false) {
            let written = write::pong(&pong.platform, &pong.hosts, pong.store.unwrap(), pong.standalone);
            same("written", &written, case.get("in").unwrap())?;
        }
        Ok(())
    });
}

#[test]
fn directories() {
    each("directory.json", |case| {
        let (bytes, exact) = (case.bytes(), case.flag("exact", false));
        if case.str("what") == "platforms" {
            let Some(platforms) = case.judge(read::platforms(&bytes))? else { return Ok(()) };
            return equal("out", &json!(platforms), case.get("out").unwrap());
        }
        let Some(users) = case.judge(read::users(&bytes, &Limits::default()))? else { return Ok(()) };
        let shown: Vec<_> = users.iter().map(|u| json!({"id": u.id, "name": u.name, "platform": u.platform})).collect();
        equal("out", &Json::from(shown), case.get("out").unwrap())?;
        let platform = |u: &ListedUser| u.platform.clone().unwrap_or_default();
        let platforms: Vec<_> = users.iter().map(platform).collect();
        let entries = users.iter().zip(&platforms);
        let entries: Vec<_> =
            entries.map(|(u, platform)| write::UserEntry { id: &u.id, name: &u.name, platform }).collect();
        if exact { same("written", &write::users(&entries), case.get("in").unwrap()) } else { Ok(()) }
    });
}

#[test]
fn registries() {
    each("registry.json", |case| {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("platforms.json");
        for (name, text) in case.get("files").and_then(Json::as_object).into_iter().flatten() {
            std::fs::write(folder.path().join(name), text.as_str().unwrap()).unwrap();
        }
        std::fs::write(&path, case.bytes()).unwrap();
        let own = case.get("own").and_then(Json::as_str).unwrap_or("integrador");
        match (Registry::read(&path, own), case.get("error")) {
            (Ok(registry), None) => {
                let entries = registry.entries().iter();
                let shown: Vec<_> = entries
                    .map(|e| {
                        json!({
                            "name": *e.name, "aliases": e.aliases, "endpoint": e.endpoint.as_ref().map(|u| u.as_str()),
                            "token": e.token.as_ref().map(Secret::as_str), "supportAudio": e.support_audio,
                            "supportImage": e.support_image, "enabled": e.enabled, "recipients": e.recipients, "via": e.via,
                        })
                    })
                    .collect();
                equal("platforms", &Json::from(shown), case.get("platforms").unwrap())
            }
            (Err(error), Some(expected)) => {
                let message = error.to_string();
                equal("kind", error.kind().as_str(), "config")?;
                let list = |field: &str| expected[field].as_array().unwrap().iter().map(|s| s.as_str().unwrap());
                let contains = list("contains").all(|word| message.contains(word));
                let line =
                    expected["line"].as_u64().is_none_or(|n| message.contains(&format!("platforms.json, line {n}")));
                let silent = list("never").all(|word| !message.contains(word));
                if contains && line && silent { Ok(()) } else { Err(format!("expected {expected}, got: {message}")) }
            }
            (Ok(_), Some(_)) => Err("expected an error".into()),
            (Err(error), None) => Err(error.to_string()),
        }
    });
}

#[test]
fn names() {
    each("names.json", |case| {
        let entry = json!([{"id": 1, "name": case.str("registry"), "endpoint": "http://a/", "token": "t"}]);
        let registry = Registry::parse(entry.to_string().as_bytes(), "own", Path::new("platforms.json")).unwrap();
        for (field, found) in [("match", true), ("differ", false)] {
            for spelling in case.get(field).unwrap().as_array().unwrap() {
                let spelling = spelling.as_str().unwrap();
                equal(&format!("{spelling:?}"), registry.find(spelling).is_some(), found)?;
            }
        }
        Ok(())
    });
}

#[test]
fn signatures() {
    each("signature.json", |case| {
        let key = Secret::new(case.str("token")).unwrap();
        let (id, timestamp, body) = (case.str("id"), case.int("timestamp"), case.str("body").as_bytes());
        let (header, verifies) = (case.str("signature"), case.flag("verifies", true));
        equal("verifies", signature::verify(&key, id, timestamp, body, header), verifies)?;
        let made = signature::sign(&[&key], id, timestamp, body);
        equal("contained", header.split(' ').any(|s| s == made), verifies)
    });
}

#[test]
fn retries() {
    each("retry.json", |case| {
        if case.get("status").is_some() {
            let peer = if case.str("peer") == "node" { PeerKind::Node } else { PeerKind::Plain };
            let name = match retry::verdict(case.int("status") as u16, peer) {
                Verdict::Delivered => "delivered",
                Verdict::Parked => "parked",
                Verdict::Retry => "retry",
                Verdict::RetryAlarm => "retry_alarm",
                Verdict::DeadAlarm => "dead_alarm",
                Verdict::CheckThenDead => "check_then_dead",
                Verdict::Split => "split",
                Verdict::Down => "down",
                Verdict::Dead => "dead",
            };
            return equal("verdict", name, case.str("verdict"));
        }
        let seconds = case.get("seconds").and_then(Json::as_u64).map(Duration::from_secs);
        if case.get("attempt").is_some() {
            return equal("wait", Some(retry::delay(case.int("attempt") as u32, 0.5)), seconds);
        }
        let now = UNIX_EPOCH + Duration::from_secs(case.int("now") as u64);
        equal("wait", retry::retry_after(case.str("retryAfter"), now), seconds)
    });
}

#[test]
fn every_file_is_run() {
    let here = include_str!("vectors.rs");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/vectors");
    let names = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap());
    let idle: Vec<_> = names.filter(|n| n.ends_with(".json") && !here.contains(&format!("\"{n}\""))).collect();
    assert_eq!(idle, Vec::<String>::new());
}
