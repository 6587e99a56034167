//! What is asked of the node, by path and method, and which module answers it.

use std::sync::Arc;

use bytes::Bytes;
use http::{Method, Response, StatusCode};

use super::answer::Answer;
use super::inbound::Inbound;
use crate::model::EventKind;

impl Inbound {
    /// The answer, whatever is asked.
    pub(super) async fn answer(self: Arc<Self>) -> Response<Bytes> {
        let (allow, kind): (&'static str, Option<EventKind>) = match &*self.path {
            "platforms" | "users" | "delivery" => ("GET", None),
            "ping" => ("GET, POST", None),
            "user" => ("POST", Some(EventKind::User)),
            "room" => ("POST", Some(EventKind::Room)),
            "message" => ("POST", Some(EventKind::Message)),
            "edit" => ("POST", Some(EventKind::Edit)),
            "delete" => ("POST", Some(EventKind::Delete)),
            "reaction" => ("POST", Some(EventKind::Reaction)),
            "batch" | "join" => ("POST", None),
            _ => {
                let known = "platforms, users, user, room, message, edit, delete, reaction, ping, delivery, \
                             batch, join";
                return Answer::new(StatusCode::NOT_FOUND, format!("no such path; known: {known}")).into();
            }
        };
        if !allow.split(", ").any(|allowed| allowed == self.method.as_str()) {
            let mut answer = Answer::new(StatusCode::METHOD_NOT_ALLOWED, format!("{} takes {allow}", self.path));
            answer.allow = Some(allow);
            return answer.into();
        }
        let asks = self.method == Method::GET;
        if !asks && let Err(answer) = self.check_arrived() {
            return answer.into();
        }
        let answer = match (&*self.path, kind) {
            ("ping", _) if asks => return self.pong(None).unwrap_or_else(Into::into),
            ("ping", _) => return self.ping().unwrap_or_else(Into::into),
            ("platforms" | "users", _) => return self.listing().await.unwrap_or_else(Into::into),
            ("delivery", _) => return self.delivery().await.unwrap_or_else(Into::into),
            ("batch", _) => return self.batch().await,
            (_, Some(kind)) => self.clone().event(kind).await,
            _ => return self.join().await.unwrap_or_else(Into::into),
        };
        match answer {
            Ok(answer) | Err(answer) => answer.into(),
        }
    }
}
