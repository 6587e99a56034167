//! What is pushed to the open pages: one broadcast, from which each WebSocket picks what its person may see.
//!
//! A page that can't keep up is not waited for: it loses its place, its socket is closed, and it comes back for a fresh
//! start. So the memory for all of them is bounded.

use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::ws::Utf8Bytes;
use serde::Serialize;
use tokio::sync::{broadcast, watch};

use crate::model::{Conversation, Message, OwnChange, Person, PlatformInfo, Tick};

/// What the page is told.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub(crate) enum Push {
    /// A message is new, has got its place, or was changed; `last` is the conversation's last one, where that is another.
    Message {
        message: Box<Message>,
        last: Option<Box<Message>>,
    },
    Ticks {
        conversation: i64,
        message: i64,
        deliveries: Vec<Tick>,
        failed: Option<String>,
        changes: Vec<OwnChange>,
    },
    Conversation {
        conversation: Box<Conversation>,
    },
    People {
        people: Vec<Person>,
    },
    Platforms {
        platforms: Vec<PlatformInfo>,
    },
    Read {
        conversation: i64,
    },
}

/// Who may see it.
#[derive(Debug, Clone)]
pub(crate) enum Audience {
    Everybody,
    /// External ids.
    People(Vec<String>),
}

impl Audience {
    /// All who may see this conversation.
    pub(crate) fn of(conversation: &Conversation) -> Self {
        if conversation.public { Audience::Everybody } else { Audience::People(conversation.members.clone()) }
    }

    /// Adds those who may see this one.
    pub(crate) fn and(self, conversation: &Conversation) -> Self {
        match (self, Audience::of(conversation)) {
            (Audience::People(mut a), Audience::People(b)) => {
                a.extend(b);
                Audience::People(a)
            }
            _ => Audience::Everybody,
        }
    }

    pub(crate) fn includes(&self, person: &str) -> bool {
        match self {
            Audience::Everybody => true,
            Audience::People(people) => people.iter().any(|p| p == person),
        }
    }
}

type Pushed = Arc<(Audience, Utf8Bytes)>;

/// The broadcast, and the news that the app closes.
#[derive(Clone)]
pub(crate) struct Live {
    pushes: broadcast::Sender<Pushed>,
    ended: broadcast::Sender<Arc<str>>,
    closing: watch::Sender<bool>,
    turn: Arc<Mutex<()>>,
}

impl Live {
    pub(crate) fn new() -> Self {
        Live {
            pushes: broadcast::channel(1024).0,
            ended: broadcast::channel(64).0,
            closing: watch::channel(false).0,
            turn: Arc::default(),
        }
    }

    pub(crate) fn subscribe(&self) -> broadcast::Receiver<Pushed> {
        self.pushes.subscribe()
    }

    /// Somebody has logged out: the pages of that session are told nothing more.
    pub(crate) fn end_session(&self, token: &str) {
        // An error means that no page is open.
        drop(self.ended.send(token.into()));
    }

    /// The tokens of sessions that end from now on.
    pub(crate) fn ended_sessions(&self) -> broadcast::Receiver<Arc<str>> {
        self.ended.subscribe()
    }

    /// Shows what `read` finds. One at a time, so that no page is left with a state that another task has read earlier.
    pub(crate) fn show<E>(
        &self,
        read: impl FnOnce() -> std::result::Result<Option<(Audience, Push)>, E>,
    ) -> std::result::Result<(), E> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((audience, push)) = read()? {
            self.push(audience, &push);
        }
        Ok(())
    }

    pub(crate) fn push(&self, audience: Audience, push: &Push) {
        match serde_json::to_string(push) {
            // An error means that no page is open.
            Ok(json) => drop(self.pushes.send(Arc::new((audience, json.into())))),
            Err(e) => tracing::error!("a push has no JSON form: {e}"),
        }
    }

    pub(crate) fn close(&self) {
        self.closing.send_replace(true);
    }

    /// Returns once [`Live::close`] was called.
    pub(crate) async fn closed(&self) {
        // The sender lives as long as `self`, so this can't fail.
        let _ = self.closing.subscribe().wait_for(|closing| *closing).await;
    }
}
