//! A network in memory, for what is in [`crate::testing`]: a request is handed to the node that it is for, or to what plays a
//! platform without the library, and counted. No ports; who is cut off, or not open, can't be reached and reaches nobody.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use url::Url;

use super::{Answer, NoAnswer, Request, Sending, Transport, signed, too_long};
use crate::Node;
use crate::util::hash::HashMap;
use crate::util::lock::MutexExt;
use crate::wire::signature;

/// Who is on the network.
#[derive(Default)]
pub(crate) struct Network(Mutex<State>);

#[derive(Default)]
struct State {
    /// By name.
    seats: BTreeMap<String, Seat>,
    /// What they are called, by the hosts of their endpoints.
    hosts: HashMap<String, String>,
    traffic: BTreeMap<&'static str, Traffic>,
}

#[derive(Default)]
struct Seat {
    there: Option<There>,
    cut_off: bool,
}

/// What answers.
#[derive(Clone)]
pub(crate) enum There {
    Node(Node),
    /// A platform without the library.
    Plain(Arc<dyn Plain>),
}

/// What answers in the place of a platform without the library: a status and a body.
pub(crate) trait Plain: Send + Sync {
    fn answer(&self, request: &http::Request<Bytes>) -> (u16, Bytes);
}

/// What has gone over a network.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Traffic {
    /// How many were sent to who could be reached.
    pub requests: u64,
    /// Of bodies there and back, and of the headers of this library; not what HTTP itself adds, nor TLS.
    pub bytes: u64,
}

impl Network {
    /// The endpoints of this host are those of the platform of this name.
    pub(crate) fn host(&self, host: String, name: String) {
        self.0.hold().hosts.insert(host, name);
    }

    /// What is there under this name from now on.
    pub(crate) fn joins(&self, name: &str, there: There) {
        self.0.hold().seats.entry(name.to_owned()).or_default().there = Some(there);
    }

    /// Nobody is on it any more. Until then the nodes and the network keep each other.
    pub(crate) fn end(&self) {
        let seats = std::mem::take(&mut self.0.hold().seats);
        drop(seats);
    }

    pub(crate) fn cut_off(&self, name: &str, cut_off: bool) {
        self.0.hold().seats.entry(name.to_owned()).or_default().cut_off = cut_off;
    }

    /// What can be reached under this name: it is open and not cut off.
    pub(crate) fn reachable(&self, name: &str) -> Option<There> {
        self.0.hold().reachable(name)
    }

    /// Nobody is there under this name any more.
    pub(crate) fn leaves(&self, name: &str) {
        self.0.hold().seats.remove(name);
    }

    /// How many requests there were.
    pub(crate) fn requests(&self) -> u64 {
        self.0.hold().traffic.values().map(|of| of.requests).sum()
    }

    /// What has gone over it, by path.
    pub(crate) fn traffic(&self) -> BTreeMap<&'static str, Traffic> {
        self.0.hold().traffic.clone()
    }

    /// Posts to a node what a platform without the library would.
    pub(crate) async fn post(&self, node: &Node, path: &'static str, body: Bytes) -> http::StatusCode {
        let request = http::Request::post(format!("/{path}")).header(http::header::CONTENT_TYPE, "application/json");
        let Ok(request) = request.body(body) else { return http::StatusCode::BAD_REQUEST };
        self.count(path, 1, length(&request));
        let answer = node.handle(request).await;
        self.count(path, 0, answer.body().len());
        answer.status()
    }

    /// Counts a request, or more of what belongs to one.
    fn count(&self, path: &'static str, requests: u64, bytes: usize) {
        let traffic = &mut self.0.hold().traffic;
        let of = traffic.entry(path).or_default();
        (of.requests, of.bytes) = (of.requests + requests, of.bytes + bytes as u64);
    }
}

impl State {
    fn reachable(&self, name: &str) -> Option<There> {
        let seat = self.seats.get(name).filter(|seat| !seat.cut_off)?;
        seat.there.clone().filter(|there| match there {
            There::Node(node) => !node.shared().stopping(),
            There::Plain(_) => true,
        })
    }
}

/// How one node sends.
pub(crate) struct Wire {
    network: Arc<Network>,
    from: String,
}

impl Wire {
    pub(crate) fn new(network: Arc<Network>, from: String) -> Self {
        Wire { network, from }
    }

    fn receiver(&self, endpoint: &Url) -> Option<There> {
        let state = self.network.0.hold();
        let name = state.hosts.get(endpoint.host_str()?)?;
        state.reachable(&self.from)?;
        state.reachable(name)
    }
}

impl Transport for Wire {
    fn send(&self, request: Request) -> Sending {
        let (receiver, from) = (self.receiver(&request.endpoint), signature::name_header(&self.from));
        let network = self.network.clone();
        Box::pin(async move {
            let receiver = receiver.ok_or_else(|| NoAnswer::Failed("can't connect: nobody is there".into()))?;
            let asks = request.body.is_none();
            let passed = passed_on(&request, &from)?;
            network.count(request.path, 1, length(&passed));
            let answer = async {
                match receiver {
                    There::Node(node) => node.handle(passed).await,
                    There::Plain(plain) => {
                        let (status, body) = plain.answer(&passed);
                        let mut answer = http::Response::new(body);
                        *answer.status_mut() = http::StatusCode::from_u16(status).unwrap_or_default();
                        answer
                    }
                }
            };
            let answer = tokio::time::timeout(request.timeout, answer).await.map_err(|_| NoAnswer::TimedOut)?;
            network.count(request.path, 0, answer.body().len());
            let retry_after = answer.headers().get(http::header::RETRY_AFTER);
            let retry_after = retry_after.and_then(|value| value.to_str().ok()).map(str::to_owned);
            let (status, mut body) = (answer.status(), answer.into_body());
            if body.len() > request.max_answer {
                if asks && status.is_success() {
                    return Err(too_long(request.max_answer));
                }
                body.truncate(request.max_answer);
            }
            Ok(Answer { status: status.as_u16(), retry_after, body })
        })
    }
}

/// Of its body and of what this library puts into its head.
fn length(request: &http::Request<Bytes>) -> usize {
    let headers = request.headers().iter().map(|(name, value)| name.as_str().len() + value.len());
    request.body().len() + request.uri().path().len() + headers.sum::<usize>()
}

/// The request as it comes out at the other end.
fn passed_on(request: &Request, from: &str) -> Result<http::Request<Bytes>, NoAnswer> {
    let query = request.query.map(|query| format!("?{query}")).unwrap_or_default();
    let uri = format!("/{}{query}", request.path);
    let method = if request.body.is_some() { http::Method::POST } else { http::Method::GET };
    let body = request.body.clone().unwrap_or_default();
    let mut builder = http::Request::builder().method(method).uri(uri);
    if request.body.is_some() {
        builder = builder.header(http::header::CONTENT_TYPE, request.content_type);
    }
    if request.token.is_some() {
        let headers = signed(from, &request.keys(), &request.id, &body);
        builder = headers.into_iter().fold(builder, |builder, (name, value)| builder.header(name, value));
    }
    builder.body(body).map_err(|e| NoAnswer::Failed(format!("no request: {e}")))
}
