//! A node behind the URL: there is nothing to judge but whether it answers as one and knows the token.

use serde_json::Value;

use super::check::Place;
use super::gateway::{Answer, Signed};
use super::trial::{Trial, event_id};

const PING: &str = "GET ping";

async fn ping(t: &Trial, signed: Signed) -> Result<Answer, String> {
    t.gateway.ask("ping", &event_id(), None, signed).await.0.map_err(|e| e.why)
}

/// What sort of node it is, and its name; None: what was answered is no node's ping.
pub(super) fn kind(answer: &Answer) -> Option<String> {
    let value: Value = serde_json::from_slice(&answer.body).ok()?;
    let about = value.get("integrador")?.as_object()?;
    let is_standalone = about.get("standalone").and_then(Value::as_bool).unwrap_or_default();
    let name = value.get("platform").and_then(Value::as_str).unwrap_or("without a name");
    Some(format!("{} node, {name}", if is_standalone { "a standalone" } else { "an embedded" }))
}

pub(super) async fn answers_as_one(t: &Trial) -> Vec<Place> {
    match integrador::ping(t.gateway.url.as_str()).await {
        Ok(_) => Vec::new(),
        Err(e) => vec![Place::new(PING, None, e.to_string())],
    }
}

pub(super) async fn knows_the_token(t: &Trial) -> Vec<Place> {
    match ping(t, Signed::Well).await {
        Ok(answer) if answer.is_good() => Vec::new(),
        Ok(answer) => vec![Place::new(PING, None, answer.told())],
        Err(why) => vec![Place::new(PING, None, why)],
    }
}

pub(super) async fn refuses_another_token(t: &Trial) -> Vec<Place> {
    match ping(t, Signed::Wrong).await {
        Ok(answer) if answer.is_good() => vec![Place::new(PING, None, answer.told())],
        _ => Vec::new(),
    }
}

pub(super) async fn lists_users(t: &Trial) -> Vec<Place> {
    match t.get_users(Signed::Well).await {
        Ok(answer) if answer.is_good() && serde_json::from_slice::<Vec<Value>>(&answer.body).is_ok() => Vec::new(),
        Ok(answer) => vec![Place::new("GET users", None, answer.told())],
        Err(e) => vec![Place::new("GET users", None, e.why)],
    }
}
