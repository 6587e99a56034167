//! The node's own listener: HTTP/1.1, with bounds on how many connections there are ([`seats`]) and how slow they may be.
//!
//! Of several processes that share a store one holds the port; when it ends another takes over.

use std::convert::Infallible;
use std::fmt;
use std::io::ErrorKind::{
    AddrInUse, AddrNotAvailable, ConnectionAborted, ConnectionReset, Interrupted, InvalidInput, Unsupported,
};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::JoinSet;

use super::intake::Arrives;
use super::seats::{Seat, Seats};
use super::{Server, intake};
use crate::leases::give_back;
use crate::store::{Lease, Store};
use crate::util::apart::apart;
use crate::util::fork::Private;
use crate::util::lock::MutexExt;
use crate::util::seldom::seldom;
use crate::util::tick::tick;
use crate::{Error, Result};

/// How long a request's head may take, and how long a connection may be idle.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// How long an answer may take to be fetched.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(120);
/// How many connections may wait to be accepted. When they are more, the system makes newcomers wait for a second.
const BACKLOG: u32 = 1024;
/// When the process may open no more files, this many connections make room: lanes and the store need some too.
const SPARE: usize = 16;
/// An answer leaves in pieces of this size.
const PIECE: usize = 64 << 10;
/// How often a port that is free at all addresses of a name is looked for.
const SAME_PORT_TRIES: usize = 20;
/// What the system says where there is no IPv6 (`EAFNOSUPPORT` of Linux).
const NO_FAMILY: i32 = 97;

/// A child that was forked would keep the port when its parent is dead.
type Listener = Private<TcpListener>;

/// Where the node will listen: held before it has written anything, so that a node which may not listen here leaves no trace.
pub(crate) struct Port {
    address: String,
    /// None while another process of this store holds it.
    held: Option<(Vec<Listener>, Box<dyn Lease>)>,
}

/// Binds the port, unless another process of this store holds it: that is an error for a node which is to be the only one.
pub(crate) async fn reserve(store: &Arc<dyn Store>, address: &str, only: bool) -> Result<Port> {
    let held = match lease(store).await? {
        Some(lease) => Some((bind(address).await?, lease)),
        None if only => {
            let why =
                "another process that uses the same store holds the port already: a standalone node is one process";
            return Err(Error::config(format!("{address}: {why}")).within("listen"));
        }
        None => None,
    };
    Ok(Port { address: address.to_owned(), held })
}

async fn lease(store: &Arc<dyn Store>) -> Result<Option<Box<dyn Lease>>> {
    let store = store.clone();
    apart(move || store.lease("port")).await
}

/// Serves at the port; while another process of this store holds it, waits for its end.
pub(crate) fn start(server: &Arc<Server>, port: Port) {
    let (server, shared, address) = (server.clone(), server.shared.clone(), port.address);
    match port.held {
        Some((listeners, lease)) => {
            *server.addresses.hold() = addresses(&listeners);
            shared.spawn(async move { serve(&server, listeners, lease).await });
        }
        None => {
            tracing::info!("another process of this store listens at {address}; this one takes over when it ends");
            shared.spawn(async move { stand_by(&server, &address).await });
        }
    }
}

fn addresses(listeners: &[Listener]) -> Vec<SocketAddr> {
    listeners.iter().filter_map(|listener| listener.local_addr().ok()).collect()
}

/// Listens at every address of the name: whoever resolves it may take any of them.
async fn bind(address: &str) -> Result<Vec<Listener>> {
    let mut all: Vec<SocketAddr> = tokio::net::lookup_host(address).await.map_err(|e| refused(address, e))?.collect();
    all.sort();
    all.dedup();
    for _ in 1..SAME_PORT_TRIES {
        // A port that is free at one address may be taken at another.
        match bind_all(&all) {
            Err((_, e)) if e.kind() == AddrInUse && all.len() > 1 && all[0].port() == 0 => {}
            bound => return bound.map_err(|(at, e)| refused(at.as_deref().unwrap_or(address), e)),
        }
    }
    bind_all(&all).map_err(|(at, e)| refused(at.as_deref().unwrap_or(address), e))
}

type Refusal = (Option<String>, std::io::Error);

/// Listens at all of these, at one port. An address that this machine does not have (no IPv6, say) is left out.
fn bind_all(all: &[SocketAddr]) -> std::result::Result<Vec<Listener>, Refusal> {
    let mut listeners: Vec<Listener> = Vec::new();
    let mut refusal = (None, InvalidInput.into());
    for address in all {
        let mut address = *address;
        if let Some(first) = listeners.first().and_then(|listener| listener.local_addr().ok()) {
            address.set_port(first.port());
        }
        match Private::open(|| listen(address)) {
            Ok(listener) => listeners.push(listener),
            Err(e) if matches!(e.kind(), AddrNotAvailable | Unsupported) || e.raw_os_error() == Some(NO_FAMILY) => {
                refusal = (Some(address.to_string()), e);
            }
            Err(e) => return Err((Some(address.to_string()), e)),
        }
    }
    if listeners.is_empty() { Err(refusal) } else { Ok(listeners) }
}

fn listen(address: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // So that it can be had again at once after the one before it was closed. Elsewhere it means another thing.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

fn refused(address: &str, e: std::io::Error) -> Error {
    let hint = match e.kind() {
        std::io::ErrorKind::AddrInUse => "; another program listens there: stop it or choose another port",
        std::io::ErrorKind::InvalidInput => "; expected HOST:PORT, such as 127.0.0.1:5000",
        _ => "",
    };
    Error::config(format!("can't listen at {address}: {e}{hint}")).within("listen").caused_by(e)
}

/// Waits until the process that holds the port ends.
async fn stand_by(server: &Arc<Server>, address: &str) {
    while let Some(lease) = server.shared.leases.take("port".into()).await {
        match bind(address).await {
            Ok(listeners) => {
                let all = addresses(&listeners);
                for address in &all {
                    tracing::info!("listening at {address} now");
                }
                *server.addresses.hold() = all;
                return serve(server, listeners, lease).await;
            }
            Err(e) => tracing::warn!("{e}"),
        }
        give_back(lease).await;
        tick().await;
    }
}

/// Accepts at all of these until the node is closed.
async fn serve(server: &Arc<Server>, listeners: Vec<Listener>, lease: Box<dyn Lease>) {
    let seats = Seats::new(server.shared.config.max_connections);
    let mut all: JoinSet<()> = JoinSet::new();
    for listener in listeners {
        let (server, seats) = (server.clone(), seats.clone());
        all.spawn(async move { accept(&server, &seats, listener).await });
    }
    while all.join_next().await.is_some() {}
    give_back(lease).await;
}

async fn accept(server: &Arc<Server>, seats: &Arc<Seats>, listener: Listener) {
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = server.shared.stopped() => return,
        };
        match accepted {
            Ok((stream, from)) => {
                let seat = tokio::select! {
                    seat = seats.take() => seat,
                    () = server.shared.stopped() => return,
                };
                let held = server.clone();
                server.shared.spawn(async move { connection(&held, stream, from, &Arc::new(seat)).await });
            }
            // It was gone before it was accepted.
            Err(e) if matches!(e.kind(), ConnectionAborted | ConnectionReset | Interrupted) => {}
            Err(e) => {
                if let Some(times) = seldom("not accepted", "") {
                    tracing::warn!("a connection could not be accepted: {e}{times}");
                }
                seats.make_room(SPARE);
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
}

async fn connection(server: &Arc<Server>, stream: TcpStream, from: SocketAddr, seat: &Arc<Seat>) {
    let _ = stream.set_nodelay(true);
    // A forked child would keep it open when this process has closed it or is dead, and the other side would wait.
    let Ok(mut stream) = Private::open(|| Ok(stream)) else { return };
    let (receives, sends) = stream.split();
    let service = service_fn(|request| async move {
        seat.comes();
        let answer = answer(server, from, request, seat).await;
        seat.rests();
        answer.map(|response| response.map(|body| Pieces { left: body, seat: seat.clone() }))
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_buf_size(64 << 10)
        // Who closes its sending side after the request still waits for the answer.
        .half_close(true)
        .serve_connection(TokioIo::new(tokio::io::join(receives, sends)), service);
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

async fn answer(
    server: &Arc<Server>,
    from: SocketAddr,
    request: Request<Incoming>,
    seat: &Seat,
) -> Result<Response<Bytes>, Gone> {
    let arrives = |arrives| {
        match arrives {
            Arrives::More(bytes) => seat.moves(bytes),
            Arrives::Whole => return seat.is_answered(),
            Arrives::HeldBack => seat.comes(),
        }
        true
    };
    intake::answer_from(server, Some(from.ip()), request, arrives).await.ok_or(Gone)
}

/// An answer's body, which notes how it is fetched.
struct Pieces {
    left: Bytes,
    seat: Arc<Seat>,
}

impl Body for Pieces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if self.left.is_empty() {
            return Poll::Ready(None);
        }
        let length = self.left.len().min(PIECE);
        let piece = self.left.split_to(length);
        self.seat.moves(length);
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.left.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left.len() as u64)
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

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use super::*;
    use crate::ErrorKind;

    #[tokio::test]
    async fn a_port_that_is_taken_is_an_error_of_configuration_that_keeps_its_cause() {
        let taken = bind("127.0.0.1:0").await.unwrap();
        let error = bind(&addresses(&taken)[0].to_string()).await.unwrap_err();
        assert_eq!((error.kind(), error.field()), (ErrorKind::Config, Some("listen")));
        let cause = error.source().and_then(|cause| cause.downcast_ref::<std::io::Error>());
        assert_eq!(cause.map(std::io::Error::kind), Some(AddrInUse));
    }
}
