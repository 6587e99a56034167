//! `POST user`, `room`, `message`, `edit`, `delete`, `reaction`: one event, of a plain platform or of a peer.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use http::StatusCode;

use super::answer::{Answer, told};
use super::auth::{self, Caller};
use super::inbound::Inbound;
use crate::commit::share;
use crate::model::EventKind;
use crate::rules::routing::Source;
use crate::rules::{Arrival, accept, keyed};
use crate::store::PlatformNum;
use crate::util::event_id;
use crate::wire::traceparent::{self, TRACEPARENT};
use crate::wire::{Body, read};

/// The longest `Idempotency-Key`, characters.
const MAX_KEY: usize = 255;

/// An event whose form is right.
struct Judged {
    num: PlatformNum,
    /// For whom a peer speaks; None: a plain platform, which speaks for itself.
    claimed: Option<String>,
    body: Body,
}

impl Inbound {
    /// All that can be judged without the directory. What was parsed takes many times the memory of the body, so it is gone
    /// before anything is waited for.
    fn judge(&self, kind: EventKind) -> Result<Judged, Answer> {
        self.check_form(&["application/json"], self.longest())?;
        let value = self.object()?;
        let Caller { num, signed } = self.caller(Some(&value))?;
        let limits = &self.server.shared.config.limits;
        let body = match kind {
            EventKind::User if !signed => read::plain_user(&value, limits).map(Body::User),
            EventKind::Room if !signed => read::plain_room(&value, limits).map(Body::Room),
            _ => read::body(kind, &value, limits),
        };
        let mut body = body.map_err(|e| Answer::from(&e))?;
        if let Body::Message(message) = &mut body
            && message.traceparent.is_none()
        {
            message.traceparent = self.header(TRACEPARENT).and_then(traceparent::parse);
        }
        let claimed = signed.then(|| read::platform_field(&value)).transpose().map_err(|e| Answer::from(&e))?;
        Ok(Judged { num, claimed, body })
    }

    pub(super) async fn event(self: Arc<Self>, kind: EventKind) -> Result<Answer, Answer> {
        let ids = |inbound: &Inbound, judged: &Judged| match judged.claimed {
            Some(_) => inbound.event_id().map(|id| (Some(id), None)),
            None => inbound.idempotency_key().map(|key| (None, key)),
        };
        let (judged, turn) = self.in_turn(|judged: &Judged| judged.num, move |inbound| inbound.judge(kind)).await?;
        let (id, key) = ids(&self, &judged)?;
        let Judged { num, claimed, mut body } = judged;
        let peers = self.server.peers.clone();
        let job = self.server.shared.writer.run_for(share::Sender::Other(num), self.body.len(), move |job| {
            let taken = match claimed {
                Some(claimed) => {
                    let speaker = auth::speaker(job, &peers.presence, num, &claimed, &mut body)?;
                    accept(job, Arrival { source: Source::Peer(num), speaker, id, parked: false }, body)
                }
                None => {
                    let arrival = Arrival { source: Source::Plain(num), speaker: num, id: None, parked: false };
                    match key {
                        Some(key) => keyed(job, num, key, |job| accept(job, arrival, body)),
                        None => accept(job, arrival, body),
                    }
                }
            };
            drop(turn);
            taken
        });
        let taken = job.await.map_err(|e| Answer::from(&e))?;
        self.server.shared.counters.received.fetch_add(1, Ordering::Relaxed);
        let (status, message) = told(taken.outcome);
        // A peer's announcement that changed nothing made no event here, and yet was taken under its id.
        Ok(Answer::new(status, message).event(taken.event.or(id)))
    }

    /// The `webhook-id` of a request that carries one event.
    fn event_id(&self) -> Result<uuid::Uuid, Answer> {
        let text = self.header(crate::wire::signature::ID_HEADER).unwrap_or_default();
        event_id::parse(text)
            .ok_or_else(|| Answer::new(StatusCode::UNAUTHORIZED, "`webhook-id`: expected a UUID of version 7"))
    }

    fn idempotency_key(&self) -> Result<Option<String>, Answer> {
        let Some(value) = self.headers.get("idempotency-key") else { return Ok(None) };
        let key = String::from_utf8_lossy(value.as_bytes()).trim().to_owned();
        if key.is_empty() || key.chars().count() > MAX_KEY {
            let message = format!("`Idempotency-Key`: expected 1 to {MAX_KEY} characters");
            return Err(Answer::new(StatusCode::BAD_REQUEST, message));
        }
        Ok(Some(key))
    }
}
