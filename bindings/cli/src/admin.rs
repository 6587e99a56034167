//! `serve --admin-listen`: health and metrics, on a port of their own.

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use integrador::Node;
use tokio::net::TcpListener;

use crate::output::{self, Failure};

/// Takes the port before the node is opened, so that a port that is taken is an error at once.
pub(crate) async fn bind(address: &str) -> Result<TcpListener, Failure> {
    let failed = |e| Failure(format!("--admin-listen {address}: {e}"));
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let at = listener.local_addr().map_err(failed)?;
    output::remark(format_args!("health and metrics on http://{at}"));
    Ok(listener)
}

/// Answers until the process ends.
pub(crate) async fn serve(listener: TcpListener, node: Node) {
    let routes = Router::new().route("/health", get(health)).route("/metrics", get(metrics)).with_state(node);
    let _ = axum::serve(listener, routes).await;
}

/// 200 while the node is open and its store can be read, whoever else is down: that is in the metrics.
async fn health(State(node): State<Node>) -> impl IntoResponse {
    match node.status().await {
        Ok(_) => (StatusCode::OK, "ok\n".to_owned()),
        Err(e) => (StatusCode::SERVICE_UNAVAILABLE, format!("{e}\n")),
    }
}

async fn metrics(State(node): State<Node>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], node.prometheus())
}
