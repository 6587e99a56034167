//! Takes requests in from a web server: their bodies, within bounds.

use std::time::Duration;

use ::axum::body::Body;
use bytes::{Bytes, BytesMut};
use http::header;
use http_body_util::BodyExt;
use tokio::sync::{Semaphore, SemaphorePermit};

use super::{Server, answer, longest_body};

/// So many KiB of bodies may be in memory at once, whoever sends them; beyond it a request is answered 503.
const BODIES_KIB: usize = 64 << 10;
/// How long a body may take to come in.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);
/// So much of a body that is too long is taken in and thrown away, so that its sender gets to read the answer.
const DRAIN: usize = 64 << 20;
const DRAIN_TIMEOUT: Duration = Duration::from_secs(5);

/// A request with its whole body, and the room in memory that it takes.
pub(crate) type Received<'n> = (http::Request<Bytes>, Option<SemaphorePermit<'n>>);

/// Takes a request's body in, within its limits; an error is the answer that says which one it is over.
pub(crate) async fn receive<B>(
    server: &Server,
    request: http::Request<B>,
) -> Result<Received<'_>, http::Response<Bytes>>
where
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let limit = longest_body(&server.shared.config);
    let (parts, body) = request.into_parts();
    let body = Body::new(body);
    let length = parts.headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if length.is_some_and(|length| length > limit as u64) {
        let _ = tokio::time::timeout(DRAIN_TIMEOUT, drain(body)).await;
        return Err(answer::too_large(limit));
    }
    match tokio::time::timeout(BODY_TIMEOUT, read(&server.bodies, body, limit)).await {
        Ok(Ok((bytes, room))) => Ok((http::Request::from_parts(parts, bytes), room)),
        Ok(Err(Unread::TooLong)) => Err(answer::too_large(limit)),
        Ok(Err(Unread::NoRoom)) => Err(answer::too_busy()),
        Ok(Err(Unread::Broken(why))) => Err(answer::broken(&why)),
        Err(_) => Err(answer::too_slow()),
    }
}

/// The room for bodies that all requests of a node share.
pub(crate) fn room_for_bodies() -> Semaphore {
    Semaphore::new(BODIES_KIB)
}

enum Unread {
    TooLong,
    NoRoom,
    /// It is not as its head says, in the server's words.
    Broken(String),
}

/// Takes a body in, and room for what is there of it: a sender that is slow holds no more than it has sent.
async fn read<'n>(
    room: &'n Semaphore,
    mut body: Body,
    limit: usize,
) -> Result<(Bytes, Option<SemaphorePermit<'n>>), Unread> {
    let mut bytes = BytesMut::new();
    let mut held: Option<SemaphorePermit<'n>> = None;
    let mut kib = 0;
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|e| Unread::Broken(cause(&e)))?.into_data() else { continue };
        if bytes.len() + data.len() > limit {
            let _ = tokio::time::timeout(DRAIN_TIMEOUT, drain(body)).await;
            return Err(Unread::TooLong);
        }
        bytes.extend_from_slice(&data);
        let needed = bytes.len().div_ceil(1024);
        if needed > kib {
            let more = u32::try_from(needed - kib).unwrap_or(u32::MAX);
            let permit = room.try_acquire_many(more).map_err(|_| Unread::NoRoom)?;
            match &mut held {
                Some(held) => held.merge(permit),
                None => held = Some(permit),
            }
            kib = needed;
        }
    }
    Ok((bytes.freeze(), held))
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
