//! What is decided by values alone: what a registry file means, which names match, what a signature proves, when to try again.

use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

use serde_json::{Value as Json, json};

use super::{each, equal};
use crate::Config;
use crate::model::Kinds;
use crate::model::name::check_name;
use crate::outbox::policy::{self, Meaning, PeerKind};
use crate::registry::Registry;
use crate::util::secret::Secret;
use crate::wire::signature;

#[test]
fn registries_are_read_or_refused_as_the_vectors_say() {
    each("registry.json", |case| {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("platforms.json");
        for (name, text) in case.get("files").and_then(Json::as_object).into_iter().flatten() {
            std::fs::write(folder.path().join(name), text.as_str().unwrap()).unwrap();
        }
        let own = case.get("own").and_then(Json::as_str).unwrap_or("integrador");
        match (Registry::parse(&case.bytes(), own, &path), case.get("error")) {
            (Ok(registry), None) => {
                let entries = registry.entries().iter();
                let shown: Vec<_> = entries
                    .map(|e| {
                        json!({
                            "name": *e.name, "aliases": e.aliases, "endpoint": e.endpoint.as_ref().map(|u| u.as_str()),
                            "token": e.token.as_ref().map(Secret::as_str), "supportAudio": e.support_audio,
                            "supportImage": e.support_image, "enabled": e.enabled, "recipients": e.recipients, "via": e.via,
                            "supports": Kinds::OPTIONAL.into_iter().filter(|k| e.supports.contains(*k)).map(|k| k.as_str()).collect::<Vec<_>>(),
                        })
                    })
                    .collect();
                if let Some(expected) = case.get("warnings").and_then(Json::as_array) {
                    let told = registry.warnings().iter().map(ToString::to_string);
                    let told: Vec<_> = told.zip(registry.warnings().iter().map(|warning| warning.grave)).collect();
                    equal("warnings", told.len(), expected.len())?;
                    for ((told, grave), expected) in told.iter().zip(expected) {
                        let contains = expected["contains"].as_array().unwrap().iter().map(|s| s.as_str().unwrap());
                        equal(told, contains.filter(|part| !told.contains(part)).collect(), Vec::<&str>::new())?;
                        equal(told, *grave, expected["grave"].as_bool().unwrap())?;
                    }
                }
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
fn names_match_differ_or_are_refused_as_the_vectors_say() {
    each("names.json", |case| {
        let entry = json!([{"id": 1, "name": case.str("registry"), "endpoint": "http://a/", "token": "t"}]);
        let registry = Registry::parse(entry.to_string().as_bytes(), "own", Path::new("platforms.json")).unwrap();
        let each = |field: &str, judge: &dyn Fn(&str) -> bool, expected: bool| {
            let spellings = case.get(field).and_then(Json::as_array).into_iter().flatten();
            spellings.map(|s| s.as_str().unwrap()).try_for_each(|s| equal(&format!("{s:?}"), judge(s), expected))
        };
        each("match", &|name| registry.find(name).is_some(), true)?;
        each("differ", &|name| registry.find(name).is_some(), false)?;
        each("refused", &|name| check_name(name).is_err(), true)?;
        each("looks", &|name| registry.looks_like(name).is_some(), true)?;
        each("free", &|name| check_name(name).is_ok() && registry.looks_like(name).is_none(), true)
    });
}

/// Shows promise 7.
#[test]
fn signatures_verify_or_not_as_the_vectors_say() {
    each("signature.json", |case| {
        let key = Secret::new(case.str("token")).unwrap();
        let (id, timestamp, body) = (case.str("id"), case.int("timestamp"), case.str("body").as_bytes());
        let (header, verifies) = (case.str("signature"), case.flag("verifies", true));
        equal("verifies", signature::verify(&key, id, timestamp, body, header), verifies)?;
        let made = signature::sign(&[&key], id, timestamp, body);
        equal("contained", header.split(' ').any(|s| s == made), verifies)
    });
}

/// Shows promise 2.
#[test]
fn what_an_answer_means_and_how_long_to_wait_are_as_the_vectors_say() {
    each("retry.json", |case| {
        if case.get("status").is_some() {
            let peer = if case.str("peer") == "node" { PeerKind::Node } else { PeerKind::Plain };
            let verdict = policy::verdict(case.int("status") as u16, peer);
            let name = match (verdict.meaning, verdict.alarm) {
                (Meaning::Delivered, _) => "delivered",
                (Meaning::Parked, _) => "parked",
                (Meaning::Retry, false) => "retry",
                (Meaning::Retry, true) => "retry_alarm",
                (Meaning::Dead, true) => "dead_alarm",
                (Meaning::CheckThenDead, _) => "check_then_dead",
                (Meaning::Split, _) => "split",
                (Meaning::Down, _) => "down",
                (Meaning::Dead, false) => "dead",
            };
            return equal("verdict", name, case.str("verdict"));
        }
        let seconds = case.get("seconds").and_then(Json::as_u64).map(Duration::from_secs);
        if case.get("attempt").is_some() {
            return equal("wait", Some(crate::util::backoff::delay(case.int("attempt") as u32, 0.5)), seconds);
        }
        let now = UNIX_EPOCH + Duration::from_secs(case.int("now") as u64);
        let longest = Config::default().retention;
        equal("wait", policy::retry_after(case.str("retryAfter"), now, longest), seconds)
    });
}
