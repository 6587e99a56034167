//! The node's own listener: HTTP/1.1, with bounds on how many connections there are ([`seats`]) and how slow they may be.
//!
//! Of several processes that share a store one holds the port; when it ends another takes over.

use std::fmt;
use std::io::ErrorKind::{ConnectionAborted, ConnectionReset, Interrupted};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpSocket, TcpStream};

use super::seats::{Seat, Seats};
use super::{Server, axum, handle};
use crate::store::Lease;
use crate::util::lock::MutexExt;
use crate::{Error, Result};

/// How long a request's head may take, and how long a connection may be idle.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// How long an answer may take to be fetched.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(120);
/// How many connections may wait to be accepted. When they are more, the system makes newcomers wait for a second.
const BACKLOG: u32 = 1024;
/// When the process may open no more files, so many connections make room: lanes and the store need some too.
const SPARE: usize = 16;
/// How soon a port that another process of this store holds is asked for again.
const RETRY: Duration = Duration::from_millis(500);

/// Binds the port, unless another process of this store holds it, and serves.
pub(crate) async fn start(server: &Arc<Server>, address: &str) -> Result<()> {
    let shared = &server.shared;
    match shared.store.lease("port")? {
        Some(lease) => {
            let listener = bind(address).await?;
            *server.address.hold() = Some(listener.local_addr().map_err(|e| refused(address, &e))?);
            let server = server.clone();
            shared.spawn(async move { serve(&server, listener, lease).await });
        }
        None => {
            tracing::info!("another process of this store listens at {address}; this one takes over when it ends");
            let (server, address) = (server.clone(), address.to_owned());
            shared.spawn(async move { stand_by(&server, &address).await });
        }
    }
    Ok(())
}

async fn bind(address: &str) -> Result<TcpListener> {
    let mut refusal = std::io::ErrorKind::InvalidInput.into();
    for candidate in tokio::net::lookup_host(address).await.map_err(|e| refused(address, &e))? {
        match listen(candidate) {
            Ok(listener) => return Ok(listener),
            Err(e) => refusal = e,
        }
    }
    Err(refused(address, &refusal))
}

fn listen(address: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // So that it can be had again at once after the one before it was closed. Elsewhere it means another thing.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
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
async fn stand_by(server: &Arc<Server>, address: &str) {
    while !server.shared.stopping() {
        tokio::select! {
            () = tokio::time::sleep(RETRY) => {}
            () = server.shared.stopped() => return,
        }
        let Ok(Some(lease)) = server.shared.store.lease("port") else { continue };
        match bind(address).await {
            Ok(listener) => {
                if let Ok(address) = listener.local_addr() {
                    *server.address.hold() = Some(address);
                    tracing::info!("listening at {address} now");
                }
                return serve(server, listener, lease).await;
            }
            Err(e) => tracing::warn!("{e}"),
        }
    }
}

async fn serve(server: &Arc<Server>, listener: TcpListener, _lease: Box<dyn Lease>) {
    let seats = Seats::new(server.shared.config.max_connections);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = server.shared.stopped() => return,
        };
        match accepted {
            Ok((stream, _)) => {
                let seat = tokio::select! {
                    seat = seats.take() => seat,
                    () = server.shared.stopped() => return,
                };
                let held = server.clone();
                server.shared.spawn(async move { connection(&held, stream, &seat).await });
            }
            // It was gone before it was accepted.
            Err(e) if matches!(e.kind(), ConnectionAborted | ConnectionReset | Interrupted) => {}
            Err(e) => {
                tracing::warn!("a connection could not be accepted: {e}");
                seats.make_room(SPARE);
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
}

async fn connection(server: &Server, stream: TcpStream, seat: &Seat) {
    let _ = stream.set_nodelay(true);
    let service = service_fn(|request| async {
        seat.sends();
        let answer = answer(server, request, seat).await;
        seat.rests();
        answer.map(|response| response.map(Full::new))
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_buf_size(64 << 10)
        // Who closes its sending side after the request still waits for the answer.
        .half_close(true)
        .serve_connection(TokioIo::new(stream), service);
    tokio::pin!(connection);
    tokio::select! {
        _ = connection.as_mut() => {}
        () = seat.must_go(ANSWER_TIMEOUT) => {}
        () = server.shared.stopped() => {
            if !seat.may_end() {
                connection.as_mut().graceful_shutdown();
                let _ = connection.await;
            }
        }
    }
}

async fn answer(server: &Server, request: Request<Incoming>, seat: &Seat) -> Result<Response<Bytes>, Gone> {
    match axum::receive(server, request).await {
        Ok((request, _room)) if seat.is_answered() => Ok(handle(server, request).await),
        Ok(_) => Err(Gone),
        Err(refusal) => Ok(refusal),
    }
}

/// The connection has made room for another one.
#[derive(Debug)]
struct Gone;

impl fmt::Display for Gone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the connection makes room for another one")
    }
}

impl std::error::Error for Gone {}
