//! The node as an axum [`Router`], to nest under any prefix.

use ::axum::Router;
use ::axum::body::Body;
use ::axum::extract::{Request, State};
use ::axum::response::Response;

use super::Node;
use crate::serve;

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
    let response = match serve::axum::receive(&node.handle.server, request).await {
        Ok((request, _room)) => node.handle(request).await,
        Err(refusal) => refusal,
    };
    response.map(Body::from)
}
