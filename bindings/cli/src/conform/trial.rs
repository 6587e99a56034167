//! One run against one platform: what is posted to it, and what it made of that.

use std::collections::{BTreeMap, HashSet};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use uuid::Uuid;

use super::check::Place;
use super::gateway::{Answer, Gateway, NoAnswer, Signed};
use super::listen::Listening;

/// How often the same request is sent, if the answer is "not now".
const TRIES: u32 = 3;
/// How long to wait before the next, unless the answer says it.
const PAUSE: Duration = Duration::from_millis(300);
/// The longest that a `Retry-After` is waited for.
const LONGEST_PAUSE: u64 = 10;

/// The name of the platform for which `conform` speaks.
pub(super) const CONFORM: &str = "conform";

pub(super) struct Trial {
    pub gateway: Gateway,
    /// The platform's name and one of its users, who may be put into a test room.
    pub name: Option<String>,
    pub member: Option<Value>,
    /// Which of edit, delete and reaction it takes.
    pub supports: Vec<String>,
    /// Where it posts to, if it is to be made to post.
    pub listening: Option<Listening>,
    pub limit: Duration,
    first_id: u32,
    next_id: AtomicU32,
    made: Mutex<Made>,
    slowest: Mutex<(Duration, String)>,
    nobody: AtomicBool,
}

/// What is on the platform because of this run.
#[derive(Default)]
struct Made {
    users: BTreeMap<String, Value>,
    rooms: BTreeMap<String, Value>,
    texts: HashSet<String>,
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// An event for the platform.
#[derive(Debug, Clone)]
pub(super) struct Post {
    pub path: &'static str,
    pub body: Value,
    /// Its event id.
    pub id: String,
    /// The field for which it is posted.
    field: Option<&'static str>,
}

impl Post {
    /// It is posted to see what becomes of this field.
    pub(super) fn about(mut self, field: &'static str) -> Self {
        self.field = Some(field);
        self
    }

    /// With one more field.
    pub(super) fn with(mut self, field: &'static str, value: Value) -> Self {
        self.body[field] = value;
        self.about(field)
    }

    pub(super) fn place(&self, saw: impl Into<String>) -> Place {
        Place::new(format!("POST {}", self.path), self.field, saw)
    }
}

impl Trial {
    pub(super) fn new(gateway: Gateway, limit: Duration) -> Self {
        let seconds = u32::try_from(crate::signing::now().rem_euclid(20_000)).unwrap_or_default();
        // Other ids than those of an earlier run, and small enough for any column of integers.
        let first_id = seconds * 100_000 + 1;
        Trial {
            gateway,
            name: None,
            member: None,
            supports: Vec::new(),
            listening: None,
            limit,
            first_id,
            next_id: AtomicU32::new(first_id + 10),
            made: Mutex::default(),
            slowest: Mutex::default(),
            nobody: AtomicBool::new(false),
        }
    }

    /// The user who writes where it does not matter who does.
    pub(super) fn writer(&self) -> Value {
        json!(self.first_id)
    }

    /// The public room in which messages are written where it does not matter where.
    pub(super) fn plaza(&self) -> Value {
        json!(self.first_id)
    }

    /// An id that was never used.
    pub(super) fn new_id(&self) -> Value {
        json!(self.next_id.fetch_add(1, Ordering::Relaxed))
    }

    pub(super) fn user(&self, id: &Value, name: &str) -> Post {
        post("user", json!({"id": id, "name": name, "platform": CONFORM}))
    }

    /// A room of conform's with these members.
    pub(super) fn room(&self, id: &Value, name: &str, kind: &str, users: Value) -> Post {
        post("room", json!({"id": id, "name": name, "platform": CONFORM, "type": kind, "users": users}))
    }

    /// A public room with the writer in it.
    pub(super) fn public_room(&self, id: &Value, name: &str) -> Post {
        self.room(id, name, "public", json!([{CONFORM: [self.writer()]}]))
    }

    /// A message of the writer in the plaza.
    pub(super) fn message(&self, text: &str) -> Post {
        self.message_in(&self.plaza(), &self.writer(), text)
    }

    pub(super) fn message_in(&self, room: &Value, sender: &Value, text: &str) -> Post {
        let body = json!({"roomOriginalPlatform": CONFORM, "roomId": room, "senderId": sender, "text": text, "platform": CONFORM});
        post("message", body)
    }

    /// Posts them one after the other, as a gateway does; where they are not taken.
    pub(super) async fn taken(&self, posts: impl IntoIterator<Item = Post>) -> Vec<Place> {
        let mut places = Vec::new();
        for post in posts {
            places.extend(self.take(&post, Signed::Well).await.err().map(|saw| post.place(saw)));
        }
        places
    }

    /// Posts it, again if the answer is "not now"; an error says what came instead of a 2xx.
    pub(super) async fn take(&self, post: &Post, signed: Signed) -> Result<(), String> {
        self.take_bytes(post, post.body.to_string().as_bytes(), signed).await
    }

    /// The same with the body as it is written here.
    pub(super) async fn take_bytes(&self, post: &Post, body: &[u8], signed: Signed) -> Result<(), String> {
        for tries in 1.. {
            let answer = self.once(post, body, signed).await;
            match &answer {
                Ok(answer) if answer.is_good() => return Ok(()),
                Ok(answer) if answer.is_not_now() && tries < TRIES => {
                    let named = answer.retry_after.map(|s| Duration::from_secs(s.min(LONGEST_PAUSE)));
                    tokio::time::sleep(named.unwrap_or(PAUSE)).await;
                }
                Ok(answer) => return Err(format!("{}{}", answer.told(), times(tries))),
                // What hangs would hang again, and nobody's time is without limit.
                Err(e) if tries < TRIES && !e.why.contains("in time") => tokio::time::sleep(PAUSE).await,
                Err(e) => {
                    self.nobody.fetch_or(e.nobody, Ordering::Relaxed);
                    return Err(format!("{}{}", e.why, times(tries)));
                }
            }
        }
        Ok(())
    }

    /// Posts it once.
    pub(super) async fn once(&self, post: &Post, body: &[u8], signed: Signed) -> Result<Answer, NoAnswer> {
        self.remember(post);
        let (answer, took) = self.gateway.ask(post.path, &post.id, Some(body), signed).await;
        self.note_time(took, || format!("POST {}", post.path));
        answer
    }

    /// `GET users`, as it is answered.
    pub(super) async fn get_users(&self, signed: Signed) -> Result<Answer, NoAnswer> {
        let mut tries = 0;
        loop {
            tries += 1;
            let (answer, took) = self.gateway.ask("users", &event_id(), None, signed).await;
            self.note_time(took, || "GET users".into());
            match &answer {
                Ok(a) if !a.is_not_now() => return answer,
                Err(e) if e.why.contains("in time") => return answer,
                _ if tries < TRIES => tokio::time::sleep(PAUSE).await,
                Err(e) => {
                    self.nobody.fetch_or(e.nobody, Ordering::Relaxed);
                    return answer;
                }
                Ok(_) => return answer,
            }
        }
    }

    fn note_time(&self, took: Duration, what: impl FnOnce() -> String) {
        let mut slowest = held(&self.slowest);
        if took > slowest.0 {
            *slowest = (took, what());
        }
    }

    /// The longest that an answer took, and what it answered.
    pub(super) fn slowest(&self) -> (Duration, String) {
        held(&self.slowest).clone()
    }

    /// Whether nobody listens there any more.
    pub(super) fn is_gone(&self) -> bool {
        self.nobody.load(Ordering::Relaxed)
    }

    fn remember(&self, post: &Post) {
        let mut made = held(&self.made);
        let id = &post.body["id"];
        match post.path {
            "user" => drop(made.users.insert(id.to_string(), id.clone())),
            "room" => drop(made.rooms.insert(id.to_string(), id.clone())),
            _ => drop(post.body["text"].as_str().map(|text| made.texts.insert(text.to_owned()))),
        }
    }

    /// The ids of the users and of the rooms that were posted.
    pub(super) fn made(&self) -> (Vec<Value>, Vec<Value>) {
        let made = held(&self.made);
        (made.users.values().cloned().collect(), made.rooms.values().cloned().collect())
    }

    /// Whether this text was posted to the platform.
    pub(super) fn wrote(&self, text: &str) -> bool {
        held(&self.made).texts.contains(text)
    }
}

fn times(tries: u32) -> String {
    if tries > 1 { format!(" ({tries} times)") } else { String::new() }
}

pub(super) fn post(path: &'static str, body: Value) -> Post {
    Post { path, body, id: event_id(), field: None }
}

/// A new event id.
pub(super) fn event_id() -> String {
    Uuid::now_v7().to_string()
}
