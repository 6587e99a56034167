//! What answers under an endpoint, asked without a node: for command lines.

use std::time::Duration;

use url::Url;

use crate::model::Pong;
use crate::registry::parse_endpoint;
use crate::transport::http::Http;
use crate::transport::{Answer, Request, Transport};
use crate::util::event_id::unique;
use crate::util::secret::Secret;
use crate::wire::json::Value;
use crate::wire::{json, read};
use crate::{Config, Error, ErrorKind, Result};

use super::ping::{BACK, MAX_PONG};

/// What answers under an endpoint.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
#[non_exhaustive]
pub enum Found {
    /// A node.
    Node(Pong),
    /// A plain platform: it lists its users, this many, and its ping, if it has one, is not a node's.
    Plain {
        /// How many users its `GET users` lists.
        users: usize,
    },
}

/// Asks who answers under an endpoint. With a token the question is signed: then it also shows whether a node there accepts
/// that token. The token itself is not sent.
///
/// # Errors
/// `invalid`: no URL. `unauthorized`: the token is refused. `transport`: nobody answers there, or neither a node nor a plain
/// platform does.
pub async fn who_answers(endpoint: &str, token: Option<&str>) -> Result<Found> {
    let endpoint = parse_endpoint(endpoint)?;
    let transport = Http::new(&Config::default());
    let token = token.and_then(Secret::new);
    let ping = get(&transport, &endpoint, "ping", token.as_ref()).await?;
    let ok = (200..300).contains(&ping.status);
    if ok && let Ok(pong) = read::pong(&ping.body) {
        return Ok(Found::Node(pong));
    }
    if ping.status == 401 && token.is_some() {
        let message = "its ping answers 401: it has no entry with this token, or the clocks of both sides differ by more \
                       than 5 minutes";
        return Err(Error::new(ErrorKind::Unauthorized, message).within("token"));
    }
    let users = get(&transport, &endpoint, "users", token.as_ref()).await?;
    let listed = json::parse(&users.body).ok().and_then(|value| value.as_list().map(<[Value<'_>]>::len));
    if (200..300).contains(&users.status)
        && let Some(users) = listed
    {
        return Ok(Found::Plain { users });
    }
    let said = |answer: &Answer| match answer.status {
        200..300 => "something else than is expected".to_owned(),
        status => status.to_string(),
    };
    let message = format!(
        "neither a node nor a plain platform answers there: its ping answers {}, its GET users {}. Is the prefix right, such \
         as /api/?",
        said(&ping),
        said(&users)
    );
    Err(Error::new(ErrorKind::Transport, message))
}

async fn get(transport: &Http, endpoint: &Url, path: &'static str, token: Option<&Secret>) -> Result<Answer> {
    let request = Request {
        endpoint: endpoint.clone(),
        path,
        // It is no reason to be asked back.
        query: (path == "ping" && token.is_some()).then_some(BACK),
        body: None,
        content_type: "application/json",
        id: unique().to_string(),
        token: token.cloned(),
        beside: None,
        told: false,
        confidential: false,
        traceparent: None,
        timeout: Duration::from_secs(10),
        max_answer: MAX_PONG,
    };
    transport.send(request).await.map_err(|e| Error::new(ErrorKind::Transport, e.to_string()))
}
