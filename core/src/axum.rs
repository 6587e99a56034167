//! The node as an [`axum::Router`](::axum::Router), to nest under any prefix.

use std::time::Duration;

use ::axum::Router;
use ::axum::body::{Body, to_bytes};
use ::axum::extract::{Request, State};
use ::axum::response::Response;
use bytes::Bytes;
use http::header;

use crate::{Node, inbound};

/// How long a body may take to come in.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);
/// So much of a body that is too long is taken in and thrown away, so that its sender gets to read the answer.
const DRAIN: usize = 64 << 20;
const DRAIN_TIMEOUT: Duration = Duration::from_secs(5);

/// The node's paths, relative to where this is nested.
///
/// ```no_run
/// # async fn f(node: integrador::Node) -> std::io::Result<()> {
/// let app = axum::Router::new().nest("/api", integrador::axum::router(node));
/// let listener = tokio::net::TcpListener::bind("127.0.0.1:5001").await?;
/// axum::serve(listener, app).await
/// # }
/// ```
pub fn router(node: Node) -> Router {
    Router::new().fallback(answer).with_state(node)
}

async fn answer(State(node): State<Node>, request: Request) -> Response {
    serve(&node, request).await.map(Body::from)
}

/// Reads the body, within its limits, and answers.
pub(crate) async fn serve<B>(node: &Node, request: http::Request<B>) -> http::Response<Bytes>
where
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let limit = inbound::longest_body(&node.engine().config);
    let (parts, body) = request.into_parts();
    let body = Body::new(body);
    let length = parts.headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if length.is_some_and(|length| length > limit as u64) {
        let _ = tokio::time::timeout(DRAIN_TIMEOUT, drain(body)).await;
        return inbound::too_large(limit);
    }
    match tokio::time::timeout(BODY_TIMEOUT, to_bytes(body, limit)).await {
        Ok(Ok(bytes)) => node.handle(http::Request::from_parts(parts, bytes)).await,
        Ok(Err(_)) => inbound::too_large(limit),
        Err(_) => inbound::too_slow(),
    }
}

async fn drain(body: Body) {
    use http_body_util::BodyExt;
    let mut body = body;
    let mut seen = 0;
    while let Some(Ok(frame)) = body.frame().await {
        seen += frame.data_ref().map_or(0, Bytes::len);
        if seen > DRAIN {
            return;
        }
    }
}
