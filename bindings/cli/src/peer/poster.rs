//! What goes to its gateway: in order, again and again until it is taken, under a key by which it is taken once.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use reqwest::{Client, Url};
use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use uuid::Uuid;

use super::told::Told;
use crate::client::reason;

/// How often a room is asked for that is not known there yet.
const MOST_NOT_FOUND: u32 = 5;
const LONGEST_PAUSE: u64 = 60;

pub(super) struct Poster {
    queue: UnboundedSender<(&'static str, Value)>,
    waiting: Arc<AtomicUsize>,
    gateway: Arc<Gateway>,
}

struct Gateway {
    client: Client,
    url: Url,
    token: String,
    told: Told,
}

/// What became of one try.
enum Try {
    /// It is over, well or not.
    Over(u16, Value),
    /// Why, and after how many seconds to try again, if that was said.
    NotNow(String, Option<u64>),
    /// The room is not known there, perhaps not yet.
    NotFound(Value),
}

impl Poster {
    pub(super) fn start(client: Client, url: Url, token: &str, told: Told) -> Self {
        let (queue, receive) = unbounded_channel();
        let waiting = Arc::new(AtomicUsize::new(0));
        let gateway = Arc::new(Gateway { client, url, token: token.to_owned(), told });
        tokio::spawn(run(gateway.clone(), receive, waiting.clone()));
        Poster { queue, waiting, gateway }
    }

    pub(super) fn post(&self, path: &'static str, body: Value) {
        self.waiting.fetch_add(1, Ordering::SeqCst);
        // It ends with the program only.
        let _ = self.queue.send((path, body));
    }

    /// How many are not posted yet.
    pub(super) fn waiting(&self) -> usize {
        self.waiting.load(Ordering::SeqCst)
    }

    /// Tells the gateway that this platform is there: what waits for it comes at once.
    pub(super) fn ping(&self) {
        let gateway = self.gateway.clone();
        tokio::spawn(async move { gateway.send("ping", "", &json!({})).await.map(drop) });
    }
}

async fn run(gateway: Arc<Gateway>, mut queue: UnboundedReceiver<(&'static str, Value)>, waiting: Arc<AtomicUsize>) {
    // What names the message that was taken last, to edit and delete it.
    let mut last = json!({"roomOriginalPlatform": null, "roomId": null, "of": null});
    while let Some((path, mut body)) = queue.recv().await {
        if let ("edit" | "delete", Some(body), Some(last)) = (path, body.as_object_mut(), last.as_object()) {
            body.extend(last.clone());
        }
        let event = gateway.deliver(path, &body).await;
        if let ("message", Some(event)) = (path, event) {
            last = json!({"roomOriginalPlatform": body["roomOriginalPlatform"], "roomId": body["roomId"], "of": event});
        }
        waiting.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Gateway {
    /// Returns its event id, if it was taken.
    async fn deliver(&self, path: &str, body: &Value) -> Option<Value> {
        let key = Uuid::now_v7().to_string();
        let (mut pause, mut not_found) = (1, 0);
        loop {
            let (why, seconds) = match self.once(path, &key, body).await {
                Try::Over(status, answer) => {
                    let _ = self.told.posted(path, status, &answer);
                    return answer.get("id").cloned();
                }
                Try::NotFound(answer) if not_found >= MOST_NOT_FOUND => {
                    let _ = self.told.posted(path, 404, &answer);
                    return None;
                }
                Try::NotFound(answer) => {
                    not_found += 1;
                    (answer["message"].as_str().unwrap_or("404").to_owned(), 1)
                }
                Try::NotNow(why, said) => {
                    let seconds = said.unwrap_or(pause);
                    pause = (pause * 2).min(LONGEST_PAUSE);
                    (why, seconds)
                }
            };
            let _ = self.told.put_off(path, &why, seconds);
            tokio::time::sleep(Duration::from_secs(seconds)).await;
        }
    }

    async fn once(&self, path: &str, key: &str, body: &Value) -> Try {
        let response = match self.send(path, key, body).await {
            Ok(response) => response,
            Err(why) => return Try::NotNow(why, None),
        };
        let status = response.status().as_u16();
        let said = response.headers().get(RETRY_AFTER).and_then(|v| v.to_str().ok()?.parse().ok());
        let whole = response.bytes().await;
        let answer = whole.as_ref().ok().and_then(|bytes| serde_json::from_slice(bytes).ok()).unwrap_or(Value::Null);
        match status {
            // What was cut off may have been taken; posted again, it is the same event.
            200..=299 if whole.is_err() => Try::NotNow("the answer was cut off".into(), None),
            408 | 425 | 429 | 500..=599 => {
                Try::NotNow(format!("{status} {}", answer["message"].as_str().unwrap_or_default()), said)
            }
            404 => Try::NotFound(answer),
            _ => Try::Over(status, answer),
        }
    }

    async fn send(&self, path: &str, key: &str, body: &Value) -> Result<reqwest::Response, String> {
        let mut url = self.url.clone();
        url.set_path(&format!("{}{path}", url.path()));
        let mut body = body.clone();
        body["token"] = self.token.clone().into();
        let mut request = self.client.post(url).header(CONTENT_TYPE, "application/json").body(body.to_string());
        if !key.is_empty() {
            request = request.header("idempotency-key", key);
        }
        request.send().await.map_err(|e| reason(&e))
    }
}
