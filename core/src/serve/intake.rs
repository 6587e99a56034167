//! Takes requests in from a web server: their bodies, within bounds of memory and time.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use ::axum::body::Body;
use bytes::{Bytes, BytesMut};
use http::{HeaderMap, Request, Response, header};
use http_body_util::BodyExt;
use tokio::time::Instant;

use super::bodies::Place;
use super::sender::{Address, Sender};
use super::tries::Wait;
use super::{Server, answer, handle, longest_body};

/// How long a body may take to come in …
const BODY_TIMEOUT: Duration = Duration::from_secs(30);
/// … and how much longer for what has come, bytes a second. Who is slower, or sends a byte now and then, goes.
const SLOWEST: f64 = 8192.0;
/// This much of a body that is too long is taken in and thrown away, so that its sender gets to read the answer.
const DRAIN: usize = 64 << 20;
const DRAIN_TIMEOUT: Duration = Duration::from_secs(5);

/// Takes a request in and answers it. `arrives` hears of each piece of the body, and at last that it is whole; when it says
/// no there the request is not answered.
pub(crate) async fn answer_from<B>(
    server: &Arc<Server>,
    address: Option<IpAddr>,
    request: Request<B>,
    arrives: impl Fn(Arrives) -> bool,
) -> Option<Response<Bytes>>
where
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let response = match receive(server, address, request, &arrives).await {
        Ok(_) if !arrives(Arrives::Whole) => return None,
        Ok(request) => handle(server, request).await,
        Err(refusal) => {
            server.count(&refusal);
            refusal
        }
    };
    if let Some(Wait(span)) = response.extensions().get::<Wait>() {
        arrives(Arrives::HeldBack);
        tokio::time::sleep(*span).await;
    }
    Some(response)
}

/// How a request gets on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Arrives {
    /// This many bytes of its body came.
    More(usize),
    Whole,
    /// Its answer is there and waits, since its token is nobody's.
    HeldBack,
}

/// Takes a request's body in, within its limits; an error is the answer that says which one it is over.
async fn receive<B>(
    server: &Arc<Server>,
    address: Option<IpAddr>,
    request: Request<B>,
    arrives: &impl Fn(Arrives) -> bool,
) -> Result<Request<Bytes>, Response<Bytes>>
where
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let limit = longest_body(&server.shared.config);
    let (mut parts, body) = request.into_parts();
    let body = Body::new(body);
    let length = parts.headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if length.is_some_and(|length| length > limit as u64) {
        let _ = tokio::time::timeout(DRAIN_TIMEOUT, drain(body)).await;
        return Err(answer::too_large(limit));
    }
    let place = Arc::new(server.bodies.place(sender(server, &parts.headers, address)));
    let bytes = read(&place, body, limit, arrives).await.map_err(|unread| match unread {
        Unread::TooLong => answer::too_large(limit),
        Unread::NoRoom => answer::too_busy(),
        Unread::TooSlow => answer::too_slow(),
        Unread::Broken(why) => answer::broken(&why),
    })?;
    parts.extensions.insert(place);
    if let Some(ip) = address {
        parts.extensions.insert(Address(ip));
    }
    Ok(Request::from_parts(parts, bytes))
}

/// Who sends this, as far as its head shows that.
fn sender(server: &Server, headers: &HeaderMap, address: Option<IpAddr>) -> Sender {
    let bearer = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let holder = bearer.and_then(super::auth::bearer).and_then(|token| server.holder(token));
    holder.map_or_else(|| Sender::at(address), Sender::Platform)
}

enum Unread {
    TooLong,
    TooSlow,
    NoRoom,
    /// It is not as its head says, in the server's words.
    Broken(String),
}

/// Takes a body in, and room for what is there of it: a sender that is slow holds no more than it has sent.
async fn read(
    place: &Place,
    mut body: Body,
    limit: usize,
    arrives: &impl Fn(Arrives) -> bool,
) -> Result<Bytes, Unread> {
    let begin = Instant::now();
    let mut bytes = BytesMut::new();
    loop {
        let due = begin + BODY_TIMEOUT + Duration::from_secs_f64(bytes.len() as f64 / SLOWEST);
        let frame = tokio::select! {
            frame = body.frame() => frame,
            () = place.must_go() => return Err(Unread::NoRoom),
            () = tokio::time::sleep_until(due) => return Err(Unread::TooSlow),
        };
        let Some(frame) = frame else { break };
        let Ok(data) = frame.map_err(|e| Unread::Broken(cause(&e)))?.into_data() else { continue };
        if bytes.len() + data.len() > limit {
            let _ = tokio::time::timeout(DRAIN_TIMEOUT, drain(body)).await;
            return Err(Unread::TooLong);
        }
        place.grow(data.len()).map_err(|_| Unread::NoRoom)?;
        bytes.extend_from_slice(&data);
        arrives(Arrives::More(data.len()));
    }
    place.is_whole().map_err(|_| Unread::NoRoom)?;
    Ok(bytes.freeze())
}

/// What is at the bottom of an error: the layers above it only say that reading failed.
fn cause(e: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(Some(e), |e| e.source());
    causes.last().map(ToString::to_string).unwrap_or_default()
}

async fn drain(mut body: Body) {
    let mut seen = 0;
    while let Some(Ok(frame)) = body.frame().await {
        seen += frame.data_ref().map_or(0, Bytes::len);
        if seen > DRAIN {
            return;
        }
    }
}
