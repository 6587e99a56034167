//! The endpoints that its gateway asks, and what is known here.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::behaviour::{Behaviour, Instead};
use super::commands::{Command, HELP, Name};
use super::poster::Poster;
use super::told::Told;
use crate::output::{self, Failure, Outcome};
use crate::signing::Key;

/// More than a gateway ever sends.
const MOST: usize = 4 << 20;

pub(super) struct Platform {
    name: String,
    key: Key,
    told: Told,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    /// `{"id", "name"}` each.
    users: Vec<Value>,
    /// Who writes.
    writer: Option<Value>,
    /// The pairs of platform and event id that came.
    seen: HashSet<(String, String)>,
    /// The message that came last: what of a reaction says to which it is.
    last: Option<Value>,
    behaviour: Behaviour,
}

pub(super) async fn serve(listener: TcpListener, platform: Arc<Platform>) -> Outcome {
    let app = Router::new().fallback(answer).layer(DefaultBodyLimit::max(MOST)).with_state(platform);
    axum::serve(listener, app).await.map_err(|e| Failure(format!("it answers no more: {e}")))
}

async fn answer(
    State(platform): State<Arc<Platform>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    // Whatever stands before it in the endpoint.
    let path = uri.path().trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    let instead = platform.known().behaviour.now(method == Method::POST && path != "ping");
    if let Some(instead) = instead {
        let _ = platform.told.refused(path, &instead.to_string());
        match instead {
            Instead::Status(status, after) => return told_to(status, after),
            Instead::Slowly(time) => tokio::time::sleep(time).await,
            Instead::Nothing => return std::future::pending().await,
        }
    }
    platform.answer(&method, path, &headers, &body)
}

fn status(status: u16, message: &str) -> Response {
    let code = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let json = json!({"status": status, "message": message}).to_string();
    (code, [("content-type", "application/json")], json).into_response()
}

fn told_to(code: u16, after: Option<u64>) -> Response {
    let mut response = status(code, "told to answer so");
    if let Some(after) = after {
        response.headers_mut().insert("retry-after", after.into());
    }
    response
}

impl Platform {
    pub(super) fn new(name: &str, key: Key, told: Told) -> Self {
        Platform { name: name.to_owned(), key, told, known: Mutex::default() }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn answer(&self, method: &Method, path: &str, headers: &HeaderMap, body: &[u8]) -> Response {
        if !self.key.fits(headers, body) {
            return status(401, "the signature does not verify");
        }
        match (method.as_str(), path) {
            ("GET", "users") => {
                ([("content-type", "application/json")], Value::from(self.known().users.clone()).to_string())
                    .into_response()
            }
            ("POST", "user" | "room" | "message" | "edit" | "delete" | "reaction") => self.take(path, headers, body),
            _ => status(404, "no such path"),
        }
    }

    fn take(&self, path: &str, headers: &HeaderMap, body: &[u8]) -> Response {
        let Ok(body) = serde_json::from_slice::<Value>(body) else { return status(400, "the body is not JSON") };
        let id = headers.get("webhook-id").and_then(|id| id.to_str().ok()).unwrap_or_default().to_owned();
        let from = body["platform"].as_str().unwrap_or_default().to_owned();
        let again = {
            let mut known = self.known();
            if path == "message" {
                let (platform, room) = (&body["roomOriginalPlatform"], &body["roomId"]);
                known.last =
                    Some(json!({"roomOriginalPlatform": platform, "roomId": room, "of": id, "ofPlatform": from}));
            }
            !known.seen.insert((from, id.clone()))
        };
        match self.told.got(path, &id, &body, again) {
            Ok(()) => status(200, if again { "duplicate" } else { "ok" }),
            Err(e) => status(503, &e.to_string()),
        }
    }

    /// Does what was typed.
    pub(super) fn obey(&self, command: Command, poster: &Poster) -> Result<(), String> {
        let done = match command {
            Command::User { id, name } => {
                let user = json!({"id": id, "name": name});
                self.remember(&user);
                poster.post("user", user);
                Ok(())
            }
            Command::Room { id, name, kind, members } => {
                let users: Vec<_> = members.iter().map(|m| json!({self.of(m): [m.id]})).collect();
                poster.post("room", json!({"id": id, "name": name, "type": kind, "users": users}));
                Ok(())
            }
            Command::Message { room, text } => {
                let writer = self.writer()?;
                let body = json!({"roomOriginalPlatform": self.of(&room), "roomId": room.id, "senderId": writer, "text": text});
                poster.post("message", body);
                Ok(())
            }
            Command::Edit(text) => {
                poster.post("edit", json!({"senderId": self.writer()?, "text": text}));
                Ok(())
            }
            Command::Delete => {
                poster.post("delete", json!({"senderId": self.writer()?}));
                Ok(())
            }
            Command::React { emoji, remove } => {
                let writer = self.writer()?;
                let mut body = self.known().last.clone().ok_or("no message has come yet")?;
                body["senderId"] = writer;
                body["emoji"] = emoji.into();
                body["remove"] = remove.into();
                poster.post("reaction", body);
                Ok(())
            }
            Command::As(id) => {
                let mut known = self.known();
                if !known.users.iter().any(|user| user["id"] == id) {
                    return Err(format!("there is no user {id} here: user {id} NAME"));
                }
                known.writer = Some(id);
                Ok(())
            }
            Command::Users => self.told.users(&self.known().users),
            Command::Answer(order) => {
                self.known().behaviour = Behaviour::of(order);
                Ok(())
            }
            Command::Help => {
                output::remark(HELP);
                Ok(())
            }
            Command::Quit => Ok(()),
        };
        done.map_err(|e| e.to_string())
    }

    fn of(&self, name: &Name) -> String {
        name.platform.clone().unwrap_or_else(|| self.name.clone())
    }

    fn remember(&self, user: &Value) {
        let mut known = self.known();
        match known.users.iter_mut().find(|u| u["id"] == user["id"]) {
            Some(there) => *there = user.clone(),
            None => known.users.push(user.clone()),
        }
    }

    fn writer(&self) -> Result<Value, String> {
        let known = self.known();
        let writer = known.writer.clone().or_else(|| Some(known.users.first()?["id"].clone()));
        writer.ok_or_else(|| "there is no user who could write: user ID NAME".into())
    }
}
