//! The node's own listener: HTTP/1.1, with bounds on how many connections there are and how slow they may be.
//!
//! Of several processes that share a store one holds the port; when it ends another takes over.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use http::{Response, StatusCode};
use http_body_util::Full;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

use crate::engine::Engine;
use crate::node::WeakNode;
use crate::store::Lease;
use crate::{Error, Node, Result, axum};

/// How long a request's head may take, and how long a connection may be idle.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);
/// How soon a port that another process of this store holds is asked for again.
const RETRY: Duration = Duration::from_millis(500);

/// Binds the port, unless another process of this store holds it, and serves.
pub(crate) async fn start(node: &Node, address: &str) -> Result<()> {
    let engine = node.engine().clone();
    match engine.store.lease("port")? {
        Some(lease) => {
            let listener = bind(address).await?;
            let (engine, weak) = (engine.clone(), node.downgrade());
            node.listens_at(listener.local_addr().map_err(|e| refused(address, &e))?);
            engine.clone().spawn(async move { serve(&engine, &weak, listener, lease).await });
        }
        None => {
            tracing::info!("another process of this store listens at {address}; this one takes over when it ends");
            let (weak, address) = (node.downgrade(), address.to_owned());
            engine.clone().spawn(async move { stand_by(&engine, &weak, &address).await });
        }
    }
    Ok(())
}

async fn bind(address: &str) -> Result<TcpListener> {
    TcpListener::bind(address).await.map_err(|e| refused(address, &e))
}

fn refused(address: &str, e: &std::io::Error) -> Error {
    let hint = match e.kind() {
        std::io::ErrorKind::AddrInUse => "; another program listens there: stop it or choose another port",
        std::io::ErrorKind::InvalidInput => "; expected HOST:PORT, such as 127.0.0.1:5000",
        _ => "",
    };
    Error::config(format!("`listen`: can't listen at {address}: {e}{hint}"))
}

/// Waits until the process that holds the port ends.
async fn stand_by(engine: &Arc<Engine>, node: &WeakNode, address: &str) {
    while !engine.stopping() {
        tokio::select! {
            () = tokio::time::sleep(RETRY) => {}
            () = engine.stopped() => return,
        }
        let Ok(Some(lease)) = engine.store.lease("port") else { continue };
        match bind(address).await {
            Ok(listener) => {
                if let (Some(node), Ok(address)) = (node.upgrade(), listener.local_addr()) {
                    node.listens_at(address);
                    tracing::info!("listening at {address} now");
                }
                return serve(engine, node, listener, lease).await;
            }
            Err(e) => tracing::warn!("{e}"),
        }
    }
}

async fn serve(engine: &Arc<Engine>, node: &WeakNode, listener: TcpListener, _lease: Box<dyn Lease>) {
    let places = Arc::new(Semaphore::new(engine.config.max_connections));
    loop {
        let Ok(place) = places.clone().acquire_owned().await else { return };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = engine.stopped() => return,
        };
        match accepted {
            Ok((stream, _)) => {
                let (engine, node) = (engine.clone(), node.clone());
                engine.clone().spawn(async move {
                    connection(&engine, &node, stream).await;
                    drop(place);
                });
            }
            Err(e) => {
                // Too many open files, or a connection that was gone before it was accepted.
                tracing::warn!("a connection could not be accepted: {e}");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
}

async fn connection(engine: &Engine, node: &WeakNode, stream: TcpStream) {
    let _ = stream.set_nodelay(true);
    let service = service_fn(|request| async {
        let response = match node.upgrade() {
            Some(node) => axum::serve(&node, request).await,
            None => {
                let mut response = Response::default();
                *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
                response
            }
        };
        Ok::<_, Infallible>(response.map(Full::new))
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_buf_size(64 << 10)
        .serve_connection(TokioIo::new(stream), service);
    tokio::pin!(connection);
    tokio::select! {
        _ = connection.as_mut() => {}
        () = engine.stopped() => {
            connection.as_mut().graceful_shutdown();
            let _ = connection.await;
        }
    }
}
