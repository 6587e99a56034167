//! Where the platform posts to while it is judged: a real node in a store that is thrown away, which says what it thinks of
//! each post. The first message is put off once, to see it come again.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use integrador::{Config, Id, Node, RoomKind};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::time::Instant;

use super::trial::{CONFORM, event_id};
use crate::output::Failure;

/// What it is registered as when its name was not given.
const NAMELESS: &str = "platform under test";
/// How long a message that was answered 503 is waited for.
const AGAIN: Duration = Duration::from_secs(20);
const LOOK: Duration = Duration::from_millis(50);

/// A post of the platform.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    /// `user`, `room`, `message`.
    pub path: String,
    /// Its `Idempotency-Key`.
    pub key: Option<String>,
    /// Null where it was no JSON.
    pub body: Value,
    /// What the node answers to it, and in which words.
    pub status: u16,
    pub words: String,
    /// What was answered in truth.
    pub answered: u16,
}

pub(super) struct Listening {
    pub address: SocketAddr,
    /// So many messages are waited for, for so long.
    expected: u32,
    wait: Duration,
    state: Arc<Shared>,
    _folder: tempfile::TempDir,
}

struct Shared {
    node: Node,
    seen: Mutex<Vec<Seen>>,
}

impl Shared {
    fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Listening {
    /// Listens. `plaza` and `writer` are known there, so that an answer in that room can be judged.
    pub(super) async fn begin(
        listen: &str,
        token: &str,
        name: Option<&str>,
        (plaza, writer): (&Value, &Value),
        (expected, wait): (u32, Duration),
    ) -> Result<Self, Failure> {
        let folder = tempfile::tempdir().map_err(|e| Failure(format!("no temporary folder: {e}")))?;
        let registry = folder.path().join("platforms.json");
        // Nobody listens there: this node only judges, and what is sent to the platform is sent by the checks.
        let entry = json!([{"id": 1, "name": name.unwrap_or(NAMELESS), "endpoint": "http://127.0.0.1:9/", "token": in_place(token, folder.path())?}]);
        std::fs::write(&registry, entry.to_string()).map_err(|e| Failure(format!("{}: {e}", registry.display())))?;
        let node = Node::open(Config::new(CONFORM, folder.path().join("conform.db")).platforms(registry)).await?;
        let id = |value: &Value| Id::from(value.as_i64().unwrap_or_default());
        node.publish_user(id(writer), "conform writer").await?;
        node.publish_room(id(plaza), "conform plaza", RoomKind::Public, vec![(CONFORM.into(), vec![id(writer)])])
            .await?;

        let at = |e: std::io::Error| Failure(format!("--listen {listen}: {e}"));
        let listener = TcpListener::bind(listen).await.map_err(at)?;
        let address = listener.local_addr().map_err(at)?;
        let state = Arc::new(Shared { node, seen: Mutex::default() });
        let app = Router::new().fallback(answer).with_state(state.clone());
        // It ends with the program.
        tokio::spawn(async move { axum::serve(listener, app).await });
        Ok(Listening { address, expected, wait, state, _folder: folder })
    }

    /// What came so far.
    pub(super) fn seen(&self) -> Vec<Seen> {
        self.state.seen()
    }

    /// Waits for the messages that somebody writes; how many came, and how many were meant to.
    pub(super) async fn collect(&self) -> (usize, usize) {
        let expected = usize::try_from(self.expected).unwrap_or(usize::MAX);
        let end = Instant::now() + self.wait;
        if self.until(end, |seen| !messages(seen).is_empty()).await {
            let again = Instant::now() + AGAIN.min(self.wait);
            self.until(again, |seen| messages(seen).iter().any(|m| m.answered == 200)).await;
            self.until(end.max(Instant::now()), |seen| taken(seen) >= expected).await;
        }
        let seen = self.seen();
        // One that was put off and came no more is another check's matter.
        let lost = messages(&seen).iter().any(|m| m.answered == 503) && taken(&seen) == 0;
        (taken(&seen) + usize::from(lost), expected)
    }

    async fn until(&self, end: Instant, is_so: impl Fn(&[Seen]) -> bool) -> bool {
        while !is_so(&self.seen()) {
            if Instant::now() >= end {
                return false;
            }
            tokio::time::sleep(LOOK).await;
        }
        true
    }
}

/// A token that looks like a reference would be read as one: it goes by a file.
fn in_place(token: &str, folder: &std::path::Path) -> Result<String, Failure> {
    if !token.starts_with("env:") && !token.starts_with("file:") {
        return Ok(token.to_owned());
    }
    std::fs::write(folder.join("token"), token).map_err(|e| Failure(format!("no temporary file: {e}")))?;
    Ok("file:token".into())
}

/// The messages among what came.
pub(super) fn messages(seen: &[Seen]) -> Vec<&Seen> {
    seen.iter().filter(|s| s.path == "message").collect()
}

/// Those that have an end, good or bad.
fn taken(seen: &[Seen]) -> usize {
    messages(seen).iter().filter(|s| s.answered != 503).count()
}

async fn answer(
    State(shared): State<Arc<Shared>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let given = headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes()));
    let request =
        integrador::request(method.as_str(), uri.path(), uri.query().unwrap_or_default(), given, body.clone());
    let Ok(request) = request else { return StatusCode::BAD_REQUEST.into_response() };
    let answer = shared.node.handle(request).await;
    let path = uri.path().trim_matches('/').to_owned();
    if method != Method::POST || !matches!(path.as_str(), "user" | "room" | "message") {
        return answer.map(axum::body::Body::from);
    }
    let status = answer.status().as_u16();
    let words = serde_json::from_slice::<Value>(answer.body()).unwrap_or_default();
    let mut seen = Seen {
        path,
        key: headers.get("idempotency-key").and_then(|k| k.to_str().ok()).map(str::to_owned),
        body: serde_json::from_slice(&body).unwrap_or_default(),
        status,
        words: words["message"].as_str().unwrap_or_default().to_owned(),
        answered: status,
    };
    let mut all = shared.seen.lock().unwrap_or_else(PoisonError::into_inner);
    let first = status != 401 && seen.path == "message" && messages(&all).is_empty();
    let response = if first && matches!(status, 200 | 404) {
        seen.answered = 503;
        let told = json!({"status": 503, "message": "conform puts this message off once: post it again"}).to_string();
        (StatusCode::SERVICE_UNAVAILABLE, [("retry-after", "1"), ("content-type", "application/json")], told)
            .into_response()
    } else if status == 404 {
        // A room or a platform of which only its own gateway was told.
        seen.answered = 200;
        let told = json!({"status": 200, "message": "ok", "id": event_id()}).to_string();
        ([("content-type", "application/json")], told).into_response()
    } else {
        answer.map(axum::body::Body::from)
    };
    all.push(seen);
    response
}
