//! The node as an axum [`Router`], to nest under any prefix.

use std::net::SocketAddr;

use ::axum::Router;
use ::axum::body::Body;
use ::axum::extract::{ConnectInfo, Request, State};
use ::axum::response::Response;

use super::Node;
use crate::serve;

/// The node's paths, relative to where this is nested.
///
/// With `into_make_service_with_connect_info::<SocketAddr>()` the node knows from which address a request comes: what one
/// address may take of its memory and how often it may try a wrong token is bounded apart from the others.
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
    let address = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|from| from.0.ip());
    let answer = serve::intake::answer_from(&node.handle.server, address, request, |_| true).await;
    answer.unwrap_or_default().map(Body::from)
}
