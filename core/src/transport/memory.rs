//! A network in memory, for the mesh of [`crate::testing`]: a request is handed to the node that it is for. No ports; who is
//! cut off, or not open, can't be reached and reaches nobody.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use url::Url;

use super::{Answer, NoAnswer, Request, Sending, Transport, signed, too_long};
use crate::Node;
use crate::util::lock::MutexExt;
use crate::wire::signature;

/// Who is on the network, by name.
#[derive(Default)]
pub(crate) struct Network(Mutex<BTreeMap<String, Seat>>);

#[derive(Default)]
struct Seat {
    node: Option<Node>,
    cut_off: bool,
}

impl Network {
    /// The node of this name is this one from now on.
    pub(crate) fn joins(&self, name: &str, node: Node) {
        self.0.hold().entry(name.to_owned()).or_default().node = Some(node);
    }

    /// Nobody is on it any more. Until then the nodes and the network keep each other.
    pub(crate) fn end(&self) {
        let seats = std::mem::take(&mut *self.0.hold());
        drop(seats);
    }

    pub(crate) fn cut_off(&self, name: &str, cut_off: bool) {
        self.0.hold().entry(name.to_owned()).or_default().cut_off = cut_off;
    }

    /// The node of this name, if it is open and not cut off.
    pub(crate) fn reachable(&self, name: &str) -> Option<Node> {
        let seats = self.0.hold();
        let seat = seats.get(name).filter(|seat| !seat.cut_off)?;
        seat.node.clone().filter(|node| !node.shared().stopping())
    }
}

/// How one node sends.
pub(crate) struct Wire {
    network: Arc<Network>,
    from: String,
    /// What others are called, by the hosts of their endpoints.
    hosts: BTreeMap<String, String>,
}

impl Wire {
    pub(crate) fn new(network: Arc<Network>, from: String, hosts: BTreeMap<String, String>) -> Self {
        Wire { network, from, hosts }
    }

    fn receiver(&self, endpoint: &Url) -> Option<Node> {
        let name = self.hosts.get(endpoint.host_str()?)?;
        self.network.reachable(&self.from)?;
        self.network.reachable(name)
    }
}

impl Transport for Wire {
    fn send(&self, request: Request) -> Sending {
        let (receiver, from) = (self.receiver(&request.endpoint), signature::name_header(&self.from));
        Box::pin(async move {
            let receiver = receiver.ok_or_else(|| NoAnswer::Failed("can't connect: nobody is there".into()))?;
            let asks = request.body.is_none();
            let answer = receiver.handle(passed_on(&request, &from)?);
            let answer = tokio::time::timeout(request.timeout, answer).await.map_err(|_| NoAnswer::TimedOut)?;
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

/// The request as it comes out at the other end.
fn passed_on(request: &Request, from: &str) -> Result<http::Request<bytes::Bytes>, NoAnswer> {
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
