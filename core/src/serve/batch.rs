//! `POST batch`: many events of a peer, one transaction, an answer line for each.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use bytes::Bytes;
use http::{Response, StatusCode, header};
use uuid::Uuid;

use super::answer::{Answer, status_of, told};
use super::auth::{self, Denied};
use super::inbound::Inbound;
use crate::commit::job::Job;
use crate::commit::share::Sender;
use crate::config::Limits;
use crate::model::EventKind;
use crate::peers::presence::Presence;
use crate::rules::routing::Source;
use crate::rules::{Arrival, accept, message};
use crate::store::PlatformNum;
use crate::util::event_id::{self, BadId};
use crate::util::seldom::seldom;
use crate::util::shown::Shown;
use crate::wire::json::{self, Value};
use crate::wire::read::Written;
use crate::wire::{BatchLine, Body, read, write};
use crate::{Error, ErrorKind, Result};

/// One event of a batch, judged as far as it can be without the directory.
enum Line {
    /// A message in the very form in which nodes write it.
    Written(Uuid, Written<Bytes>),
    Read {
        /// As it stood there.
        id: String,
        /// Error: its body is wrong. None: a kind that this version does not know.
        event: Result<Option<Event>>,
    },
}

/// What a line says.
struct Event {
    id: Uuid,
    /// For whom the peer speaks.
    claimed: String,
    body: Box<Body>,
}

/// What a batch is answered.
struct Answered {
    lines: Vec<u8>,
    /// How many events were taken.
    taken: u64,
    /// Once one was answered 503 the rest was not taken.
    stopped: bool,
}

/// A batch whose form is right.
struct Judged {
    peer: PlatformNum,
    lines: Vec<Line>,
}

impl Inbound {
    pub(super) async fn batch(self: Arc<Self>) -> Response<Bytes> {
        match self.clone().take_batch().await {
            Ok(Answered { lines, stopped, .. }) => {
                let mut response = Response::new(Bytes::from(lines));
                let media = header::HeaderValue::from_static("application/x-ndjson");
                response.headers_mut().insert(header::CONTENT_TYPE, media);
                if stopped {
                    // It is this node that takes nothing now; none of the events is at fault.
                    response.headers_mut().insert(header::RETRY_AFTER, 1.into());
                }
                response
            }
            Err(answer) => answer.into(),
        }
    }

    async fn take_batch(self: Arc<Self>) -> std::result::Result<Answered, Answer> {
        let (judged, turn) = self.in_turn(|judged: &Judged| judged.peer, Inbound::judge_batch).await?;
        let Judged { peer, lines } = judged;
        let peers = self.server.peers.clone();
        let job = self.server.shared.writer.run_for(Sender::Other(peer), self.body.len(), move |job| {
            let taken = take(job, &peers.presence, peer, lines);
            drop(turn);
            taken
        });
        let answered = job.await.map_err(|e| Answer::from(&e))?;
        self.server.shared.counters.received.fetch_add(answered.taken, Ordering::Relaxed);
        Ok(answered)
    }

    fn judge_batch(&self) -> std::result::Result<Judged, Answer> {
        let (limits, now) = (&self.server.shared.config.limits, self.server.shared.ages.wall());
        // An event that is too long for a batch comes alone.
        self.check_form(&["application/x-ndjson", "application/json"], limits.body)?;
        let judged = |line: BatchLine<'_>| judged(line, &self.body, limits, now);
        let lines = read::batch(&self.body, limits, judged).map_err(|e| Answer::from(&e))?;
        if !self.is_signed() {
            return Err(self.denied(Denied::Unclear("`webhook-signature`: it is missing; a batch is signed")));
        }
        let caller = self.caller(None)?;
        Ok(Judged { peer: caller.num, lines })
    }
}

/// Judges a line of this request as far as that goes without the directory.
fn judged(line: BatchLine<'_>, request: &Bytes, limits: &Limits, now: i64) -> Line {
    let refused = |bad: BadId| Error::new(ErrorKind::Unauthorized, bad.to_string()).within("id");
    match line {
        BatchLine::Written(id, message) => match event_id::admit(id, now) {
            Ok(id) => Line::Written(id, message.map(|body| request.slice_ref(body.as_bytes()))),
            Err(bad) => Line::Read { id: id.to_string(), event: Err(refused(bad)) },
        },
        BatchLine::Read(line) => {
            let known = |kind| {
                let id = event_id::judge(&line.id, now).map_err(refused)?;
                event(id, kind, &line.body, limits)
            };
            let event = line.kind.and_then(|kind| read::kind(&kind).map(known).transpose());
            Line::Read { id: line.id.into_owned(), event }
        }
    }
}

fn event(id: Uuid, kind: EventKind, body: &Value<'_>, limits: &Limits) -> Result<Event> {
    Ok(Event { id, body: read::body(kind, body, limits)?.into(), claimed: read::platform_field(body)? })
}

/// The id of a line as it stood there.
fn id_of<'l>(line: &'l Line, buffer: &'l mut [u8]) -> &'l str {
    match line {
        Line::Written(id, _) => id.hyphenated().encode_lower(buffer),
        Line::Read { id, .. } => id,
    }
}

/// Takes the events in. Once one is answered 503 the rest is not taken, so that nothing overtakes it.
fn take(job: &mut Job<'_>, presence: &Presence, peer: PlatformNum, lines: Vec<Line>) -> Result<Answered> {
    let mut answer = Vec::with_capacity(lines.len() * 80);
    let (mut count, mut stopped) = (0, false);
    let mut buffer = Uuid::encode_buffer();
    for mut line in lines {
        if stopped {
            let (id, message) = (id_of(&line, &mut buffer), "not taken, since one before it was not");
            write::batch_answer_line(&mut answer, id, StatusCode::SERVICE_UNAVAILABLE.as_u16(), message);
            continue;
        }
        let result = take_line(job, presence, peer, &mut line);
        let id = id_of(&line, &mut buffer);
        match result {
            Ok((status, message)) => {
                count += 1;
                write::batch_answer_line(&mut answer, id, status.as_u16(), message);
            }
            Err(e) => {
                if !e.is_refusal() {
                    return Err(e);
                }
                let status = status_of(&e);
                stopped = status == StatusCode::SERVICE_UNAVAILABLE;
                let name = job.directory().name(peer);
                if !stopped && let Some(times) = seldom("refused in a batch", &name) {
                    tracing::warn!(from = %name, status = status.as_u16(), "an event of a batch is refused: {}{times}", Shown(&e));
                }
                write::batch_answer_line(&mut answer, id, status.as_u16(), &e.to_string());
            }
        }
    }
    Ok(Answered { lines: answer, taken: count, stopped })
}

/// Takes the event of a line in, and says what it is answered.
fn take_line(
    job: &mut Job<'_>,
    presence: &Presence,
    peer: PlatformNum,
    line: &mut Line,
) -> Result<(StatusCode, &'static str)> {
    let Event { id, claimed, mut body } = match line {
        Line::Written(id, message) => {
            if let Some(taken) = message::written(job, peer, *id, message)? {
                return Ok(told(taken.outcome));
            }
            let limits = &job.config.limits;
            event(*id, EventKind::Message, &json::parse_within(read::most_values(limits), &message.body)?, limits)?
        }
        Line::Read { event, .. } => match std::mem::replace(event, Ok(None))? {
            Some(event) => event,
            None => {
                return Err(Error::invalid(
                    "kind",
                    "this version does not know it; its ping lists those that it takes",
                ));
            }
        },
    };
    let speaker = auth::speaker(job, presence, peer, &claimed, &mut body)?;
    let arrival = Arrival { source: Source::Peer(peer), speaker, id: Some(id), parked: false };
    accept(job, arrival, *body).map(|taken| told(taken.outcome))
}
