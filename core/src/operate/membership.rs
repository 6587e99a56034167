//! Who takes part, as an operator changes it. A command line, which knows no registry and sends nothing, has the node that runs
//! on the store do it: it leaves an errand there, and waits for the answer.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::sync::Notify;
use tokio::time::Instant;
use url::Url;

use super::{Operator, reading};
use crate::config::Role;
use crate::directory::target::Target;
use crate::model::{EventKind, Invite, InviteInfo, Joined, PlatformKind};
use crate::peers;
use crate::registry::parse_endpoint;
use crate::rules::membership::{introductions, joining, leaving, tokens};
use crate::store::{ErrandRow, InviteRow};
use crate::transport::Request;
use crate::transport::http::Guard;
use crate::util::event_id::unique;
use crate::util::secret::Secret;
use crate::util::time::instant;
use crate::wire::invite::InviteText;
use crate::wire::{PlatformBody, write};
use crate::{Error, ErrorKind, Result};

/// How long an invite is good, seconds.
const LIFE: i64 = 24 * 3_600;
/// How long a command line waits for the node, beside what a request to another may take.
const PATIENCE: Duration = Duration::from_secs(20);
/// How often it looks, should it not be told.
const LOOK: Duration = Duration::from_millis(100);

/// What is to be done.
#[derive(Clone, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub(crate) enum Order {
    Invite { url: Option<String> },
    Join { invite: String, url: Option<String> },
    Introduce { a: String, b: String },
    Add { name: String, endpoint: String },
    Rotate { platform: String },
    Remove { platform: String },
    Accept { name: String },
    Refuse { name: String },
}

/// What came of it.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Done {
    Invited { id: String, url: String, expires: i64, text: String },
    Joined(Joined),
    Token(Option<String>),
    Nothing,
}

impl Done {
    pub(crate) fn invite(self) -> Result<Invite> {
        match self {
            Done::Invited { id, url, expires, text } => Ok(Invite { id, url, expires: instant(expires), text }),
            _ => Err(odd()),
        }
    }

    pub(crate) fn joined(self) -> Result<Joined> {
        if let Done::Joined(joined) = self { Ok(joined) } else { Err(odd()) }
    }

    pub(crate) fn token(self) -> Result<Option<String>> {
        if let Done::Token(token) = self { Ok(token) } else { Err(odd()) }
    }
}

fn odd() -> Error {
    Error::new(
        ErrorKind::Internal,
        "what was asked and what was answered don't fit: is another version of the node running?",
    )
}

/// Does it, or has it done. `addresses`: those of the node's own listener in this process.
pub(crate) async fn perform(operator: &Arc<Operator>, addresses: Vec<SocketAddr>, order: Order) -> Result<Done> {
    operator.shared.open_or_closed()?;
    match operator.shared.config.role {
        Role::App => here(operator, &addresses, order).await,
        Role::Admin => by_the_node(operator, &order).await,
    }
}

async fn here(operator: &Arc<Operator>, addresses: &[SocketAddr], order: Order) -> Result<Done> {
    let writer = &operator.shared.writer;
    match order {
        Order::Invite { url } => invite(operator, own_url(operator, addresses, url.as_deref())?).await,
        Order::Join { invite, url } => {
            let own = own_url(operator, addresses, url.as_deref())?;
            peers::join::join(&operator.peers, &invite, own).await.map(Done::Joined)
        }
        Order::Introduce { a, b } => {
            writer.run(move |job| introductions::introduce(job, &a, &b)).await.map(|()| Done::Nothing)
        }
        Order::Add { name, endpoint } => {
            let endpoint = parse_endpoint(&endpoint)?;
            let token = writer.run(move |job| joining::add(job, &name, &endpoint)).await?;
            Ok(Done::Token(Some(token.as_str().to_owned())))
        }
        Order::Rotate { platform } => {
            let token = writer.run(move |job| tokens::rotate(job, &platform)).await?;
            Ok(Done::Token(token.map(|token| token.as_str().to_owned())))
        }
        Order::Remove { platform } => {
            let target = {
                let directory = operator.shared.directory.read();
                directory.resolve(&platform).and_then(|num| Target::of(&directory, num))
            };
            writer.run(move |job| leaving::remove(job, &platform)).await?;
            if let Some(target) = target.filter(|target| target.kind == PlatformKind::Node) {
                operator.shared.spawn(say_goodbye(operator.clone(), target));
            }
            give_up(operator).await.map(|()| Done::Nothing)
        }
        Order::Accept { name } => {
            writer.run(move |job| introductions::accept(job, &name)).await.map(|()| Done::Nothing)
        }
        Order::Refuse { name } => {
            writer.run(move |job| introductions::refuse(job, &name)).await.map(|()| Done::Nothing)
        }
    }
}

/// Tells a node that it was removed here, so that it need not find out by being refused. It is told once, if it is there.
async fn say_goodbye(operator: Arc<Operator>, target: Target) {
    let body = {
        let directory = operator.shared.directory.read();
        write::platform(&directory.name(directory.node), &PlatformBody::removed(&*target.name))
    };
    let mut line = Vec::new();
    write::batch_line(&mut line, unique(), EventKind::Platform, &body);
    let request = Request {
        endpoint: target.endpoint,
        path: "batch",
        query: None,
        body: Some(line.into()),
        content_type: "application/x-ndjson",
        id: unique().to_string(),
        token: Some(target.token),
        beside: target.beside,
        told: target.told,
        confidential: false,
        traceparent: None,
        timeout: operator.shared.config.request_timeout,
        max_answer: 64 << 10,
    };
    tokio::select! {
        answer = operator.peers.transport.send(request) => {
            if let Err(e) = answer {
                tracing::info!(platform = %target.name, "it was not told that it was removed: {e}");
            }
        }
        () = operator.shared.stopped() => {}
    }
}

/// What waits for those who were removed becomes dead letters.
pub(crate) async fn give_up(operator: &Operator) -> Result<()> {
    while operator.shared.writer.run(leaving::give_up).await? && !operator.shared.stopping() {}
    Ok(())
}

/// Where others reach this node: as it is said, or where it listens if that is a single address.
fn own_url(operator: &Operator, addresses: &[SocketAddr], given: Option<&str>) -> Result<Url> {
    if let Some(url) = given {
        return parse_endpoint(url).map_err(|e| Error::invalid("url", e));
    }
    let listen = operator.shared.config.listen.as_deref().and_then(|text| text.parse::<SocketAddr>().ok());
    let address = match (addresses, listen) {
        ([only], _) => Some(*only),
        // Another process of this node listens there.
        ([], listen) => listen.filter(|address| address.port() > 0),
        _ => None,
    };
    let everywhere = |ip: IpAddr| ip.is_unspecified();
    let address = address.filter(|address| !everywhere(address.ip())).ok_or_else(|| {
        Error::invalid("url", "say where others reach this node, such as https://chat.example/api/: it does not listen at a single address")
    })?;
    parse_endpoint(&format!("http://{address}/"))
}

async fn invite(operator: &Operator, url: Url) -> Result<Done> {
    let shared = &operator.shared;
    let private = url.scheme() == "http" && !shared.config.insecure;
    if let Some(why) = (Guard { told: false, private }).refuses_url(&url) {
        return Err(Error::invalid("url", why));
    }
    let (made, id, secret) = (shared.ages.wall(), unique().simple().to_string(), Secret::random()?);
    let expires = made / 1_000 + LIFE;
    let text = InviteText { url: url.clone(), id: id.clone(), secret: secret.clone(), expires }.encode();
    let row = InviteRow { id: id.as_str().into(), secret, made, expires: expires * 1_000, used: None };
    shared.writer.run(move |job| joining::invite(job, &row)).await?;
    Ok(Done::Invited { id, url: url.to_string(), expires: expires * 1_000, text })
}

/// The invites that have not expired.
pub(crate) async fn invites(operator: &Arc<Operator>) -> Result<Vec<InviteInfo>> {
    reading(operator, |operator| {
        let invites = operator.shared.store.invites()?;
        let (now, directory) = (operator.shared.ages.wall(), operator.shared.directory.read());
        let shown = invites.into_iter().filter(|invite| invite.expires > now).map(|invite| InviteInfo {
            id: invite.id.to_string(),
            made: instant(invite.made),
            expires: instant(invite.expires),
            used_by: invite.used.map(|used| directory.name(used.by)),
        });
        Ok(shown.collect())
    })
    .await
}

/// An invite is good no more.
pub(crate) async fn revoke(operator: &Operator, id: &str) -> Result<()> {
    let id = id.to_owned();
    operator
        .shared
        .writer
        .run(move |job| match job.tx.delete_invite(&id)? {
            true => Ok(()),
            false => Err(Error::invalid("id", "no invite has this id; see the list of invites")),
        })
        .await
}

/// What an errand was answered.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Reply {
    Done(Done),
    Failed { kind: String, field: Option<String>, message: String },
}

impl Reply {
    fn of(result: Result<Done>) -> Reply {
        match result {
            Ok(done) => Reply::Done(done),
            Err(e) => {
                let field = e.field().map(str::to_owned);
                Reply::Failed { kind: e.kind().as_str().into(), field, message: e.to_string() }
            }
        }
    }

    fn result(self) -> Result<Done> {
        match self {
            Reply::Done(done) => Ok(done),
            Reply::Failed { kind, message, .. } => Err(Error::new(ErrorKind::named(&kind), message)),
        }
    }
}

/// Has the node that runs on this store do it.
async fn by_the_node(operator: &Operator, order: &Order) -> Result<Done> {
    let shared = &operator.shared;
    let text = serde_json::to_string(order).map_err(|_| odd())?;
    let num = shared.writer.run(move |job| job.tx.put_errand(&text, job.age)).await?;
    let others = shared.store.others();
    let end = Instant::now() + PATIENCE + shared.config.request_timeout;
    loop {
        let answer = shared.writer.run(move |job| job.tx.take_errand_answer(num)).await?;
        if let Some(answer) = answer {
            return serde_json::from_str::<Reply>(&answer).map_err(|_| odd())?.result();
        }
        if Instant::now() >= end {
            break;
        }
        let _ = tokio::time::timeout(LOOK, others.notified()).await;
    }
    // It must not be done later, when nobody expects it any more.
    shared.writer.run(move |job| job.tx.answer_errand(num, "", job.age)).await?;
    shared.writer.run(move |job| job.tx.take_errand_answer(num)).await?;
    let why = "no node that runs on this store has done it: start the node, and try again; if it runs, see by `status` and the \
               list of invites whether it was done all the same";
    Err(Error::new(ErrorKind::Closed, why))
}

/// Does what command lines ask of this node, until it closes. `others`: another process has written, perhaps an errand.
pub(crate) async fn run_errands(
    operator: Arc<Operator>,
    addresses: impl Fn() -> Vec<SocketAddr> + Send + 'static,
    others: Arc<Notify>,
) {
    while !operator.shared.stopping() {
        let Ok(Some(ErrandRow { num, order })) = operator.shared.writer.run(|job| job.tx.take_errand()).await else {
            tokio::select! {
                () = others.notified() => continue,
                () = operator.shared.stopped() => return,
            }
        };
        let result = match serde_json::from_str::<Order>(&order) {
            Ok(order) => here(&operator, &addresses(), order).await,
            Err(_) => Err(odd()),
        };
        let Ok(reply) = serde_json::to_string(&Reply::of(result)) else { continue };
        let answered = operator.shared.writer.run(move |job| job.tx.answer_errand(num, &reply, job.age)).await;
        if let Err(e) = answered {
            tracing::error!("the answer to a command line can't be written: {e}");
        }
    }
}
