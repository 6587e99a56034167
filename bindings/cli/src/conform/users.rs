//! What `GET users` lists: all users of the platform, and of nobody else.

use std::collections::HashSet;

use serde_json::Value;

use super::check::Place;
use super::gateway::Signed;
use super::trial::{CONFORM, Trial};

const GET_USERS: &str = "GET users";
/// By the limits of a node.
const MOST_BYTES: usize = 32 << 20;
const MOST_USERS: usize = 200_000;
/// Characters of a name or an id.
const LONGEST: usize = 255;

fn place(field: Option<&'static str>, saw: impl Into<String>) -> Place {
    Place::new(GET_USERS, field, saw)
}

pub(super) async fn answers(t: &Trial) -> Vec<Place> {
    match t.get_users(Signed::Well).await {
        Ok(answer) if answer.is_good() => Vec::new(),
        Ok(answer) => vec![place(None, answer.told())],
        Err(e) => vec![place(None, e.why)],
    }
}

/// The entries; none where another check says why.
async fn entries(t: &Trial) -> Result<Vec<Value>, String> {
    let answer = t.get_users(Signed::Well).await.map_err(|e| e.why)?;
    let value: Value =
        serde_json::from_slice(&answer.body).map_err(|e| format!("what it answers is not JSON in UTF-8: {e}"))?;
    match value {
        Value::Array(entries) => Ok(entries),
        other => Err(format!("expected a list, got {}", kind(&other))),
    }
}

pub(super) async fn is_a_list(t: &Trial) -> Vec<Place> {
    match entries(t).await {
        Err(why) => vec![place(None, why)],
        Ok(entries) => first(&entries, None, |entry| (!entry.is_object()).then(|| format!("is {}", kind(entry)))),
    }
}

pub(super) async fn has_right_ids(t: &Trial) -> Vec<Place> {
    first(&entries(t).await.unwrap_or_default(), Some("id"), |entry| match entry.get("id") {
        None => Some("has none".into()),
        Some(Value::Number(n)) if n.is_i64() => None,
        Some(Value::Number(n)) => Some(format!("is {n}, and no integer of 64 bits")),
        Some(Value::String(id)) if !id.is_empty() && id.chars().count() <= LONGEST => None,
        Some(Value::String(id)) => Some(format!("is a string of {} characters", id.chars().count())),
        Some(other) => Some(format!("is {}", kind(other))),
    })
}

pub(super) async fn has_right_names(t: &Trial) -> Vec<Place> {
    first(&entries(t).await.unwrap_or_default(), Some("name"), |entry| match entry.get("name") {
        None => Some("has none".into()),
        Some(Value::String(name)) if name.chars().count() <= LONGEST => None,
        Some(Value::String(name)) => Some(format!("is a string of {} characters", name.chars().count())),
        Some(other) => Some(format!("is {}", kind(other))),
    })
}

pub(super) async fn lists_each_once(t: &Trial) -> Vec<Place> {
    let mut seen = HashSet::new();
    first(&entries(t).await.unwrap_or_default(), Some("id"), |entry| {
        let id = written(entry.get("id")?);
        (!seen.insert(id.clone())).then(|| format!("is {id}, as that of an entry before it"))
    })
}

/// After the others' users have come, none of them may be here.
pub(super) async fn lists_own_users_only(t: &Trial) -> Vec<Place> {
    let id = t.new_id();
    let name = format!("conform user {id}, of another platform");
    if t.take(&t.user(&id, &name), Signed::Well).await.is_err() {
        return Vec::new();
    }
    first(&entries(t).await.unwrap_or_default(), None, |entry| {
        if entry.get("name").and_then(Value::as_str) == Some(&name) {
            return Some(format!("is a user of the platform `{CONFORM}`, posted a moment ago"));
        }
        let of = entry.get("platform")?.as_str().unwrap_or_default();
        let own = t.name.as_deref().map_or(of != CONFORM, |own| own.trim().to_lowercase() == of.trim().to_lowercase());
        (!own).then(|| format!("is a user of the platform `{of}`"))
    })
}

pub(super) async fn is_not_too_long(t: &Trial) -> Vec<Place> {
    let Ok(answer) = t.get_users(Signed::Well).await else { return Vec::new() };
    if answer.body.len() > MOST_BYTES {
        return vec![place(None, "the answer is longer than 32 MiB, of which a node takes nothing in")];
    }
    match entries(t).await.unwrap_or_default().len() {
        0..=MOST_USERS => Vec::new(),
        n => vec![place(None, format!("it lists {n} users, of which a node takes the first {MOST_USERS} in"))],
    }
}

/// The first entry of which something can be said, and how many more there are.
fn first(
    entries: &[Value],
    field: Option<&'static str>,
    mut wrong: impl FnMut(&Value) -> Option<String>,
) -> Vec<Place> {
    let mut wrong = entries.iter().enumerate().filter_map(|(n, entry)| Some((n + 1, wrong(entry)?)));
    let Some((number, saw)) = wrong.next() else { return Vec::new() };
    let more = match wrong.count() {
        0 => String::new(),
        n => format!(", and {n} more like it"),
    };
    vec![place(field, format!("entry {number} of {} {saw}{more}", entries.len()))]
}

/// `4` and `"4"` are the same id.
fn written(id: &Value) -> String {
    id.as_str().map_or_else(|| id.to_string(), str::to_owned)
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
