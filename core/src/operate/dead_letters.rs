//! Dead letters: listed, sent or handed over again, dropped.

use std::sync::Arc;

use super::{Operator, reading};
use crate::Result;
use crate::commit::job::Job;
use crate::config::Role;
use crate::model::{DeadLetter, DeadLetterFilter, DeliveryState, EventKind};
use crate::rules::routing::Source;
use crate::rules::{self, Arrival};
use crate::store::{Dead, DeadFilter, DeadRow, EventRow, FateRow, InboxEvent, ParkedRow, PlatformNum};
use crate::util::time::instant;
use crate::wire::{Body, RoomBody, json, read};

/// The store's filter.
fn filter(operator: &Operator, which: &DeadLetterFilter) -> Result<DeadFilter> {
    Ok(match which {
        DeadLetterFilter::All => DeadFilter::All,
        DeadLetterFilter::Number(num) => DeadFilter::Num(*num),
        DeadLetterFilter::Event(event) => DeadFilter::Event(*event),
        DeadLetterFilter::Platform(name) => DeadFilter::Dest(operator.shared.directory.read().named("platform", name)?),
    })
}

/// At most this many are listed, and retried or dropped by one transaction.
const CHUNK: usize = 1_000;

pub(crate) async fn list(operator: &Arc<Operator>, which: &DeadLetterFilter) -> Result<Vec<DeadLetter>> {
    let filter = filter(operator, which)?;
    reading(operator, move |operator| {
        let rows = operator.shared.store.dead(&filter, CHUNK)?;
        let directory = operator.shared.directory.read();
        let shown = rows.into_iter().map(|DeadRow { num, dead }| DeadLetter {
            number: num,
            event: dead.event.id,
            kind: dead.event.kind,
            platform: directory.name(dead.dest),
            from: directory.name(dead.event.platform),
            inbound: dead.inbound,
            why: dead.why.to_string(),
            at: instant(dead.died),
            body: shown_body(&dead.event),
        });
        Ok(shown.collect())
    })
    .await
}

/// The body as an operator sees it: a token in it is not shown.
fn shown_body(event: &EventRow) -> String {
    if event.kind == EventKind::Platform
        && let Ok(mut body) = serde_json::from_slice::<serde_json::Value>(&event.body)
        && let Some(token) = body.get_mut("token")
    {
        *token = "…".into();
        return body.to_string();
    }
    String::from_utf8_lossy(&event.body).into_owned()
}

/// Takes the dead letters out, and does with them what `each` does. Returns how many there were.
async fn take(
    operator: &Arc<Operator>,
    which: &DeadLetterFilter,
    each: fn(&mut Job<'_>, Dead) -> Result<()>,
) -> Result<u64> {
    let filter = filter(operator, which)?;
    let mut total = 0;
    // What a retry buries again is behind what was there when this began.
    let last = reading(operator, |operator| operator.shared.store.last_dead()).await?;
    loop {
        let filter = filter.clone();
        let job = operator.shared.writer.run(move |job| {
            let rows = job.tx.take_dead(&filter, CHUNK)?;
            let (count, mut done) = (rows.len(), 0);
            for DeadRow { num, dead } in rows {
                if num > last {
                    job.tx.put_dead(&dead)?;
                } else {
                    each(job, dead)?;
                    done += 1;
                }
            }
            Ok((count, done))
        });
        let (count, done) = job.await?;
        total += done;
        if count < CHUNK || done == 0 {
            return Ok(total);
        }
    }
}

pub(crate) async fn discard(operator: &Arc<Operator>, which: &DeadLetterFilter) -> Result<u64> {
    take(operator, which, |_, _| Ok(())).await
}

pub(crate) async fn retry(operator: &Arc<Operator>, which: &DeadLetterFilter) -> Result<u64> {
    take(operator, which, again).await
}

fn again(job: &mut Job<'_>, row: Dead) -> Result<()> {
    if !row.inbound {
        // The fate that says "dead" is over; the lane tells its progress again.
        job.tx.put_fate(&FateRow {
            event: row.event.id,
            platform: row.dest,
            state: DeliveryState::Waiting,
            why: None,
            at: job.age,
        })?;
        return job.enqueue(EventRow { at: job.age, again: true, ..row.event }, &[row.dest]).map(drop);
    }
    // One that waited for its room in vain is judged anew; one that the app could not handle is handed over again.
    if let Some(peer) = row.event.source {
        if job.config.role == Role::Admin {
            return judged_by_the_node(job, peer, row);
        }
        let event = row.event.clone();
        let arrival = Arrival { source: Source::Peer(peer), speaker: event.platform, id: Some(event.id), parked: true };
        let result = json::parse(&event.body)
            .and_then(|value| read::body(event.kind, &value, read::Measure::Stored))
            .and_then(|body| rules::accept(job, arrival, body));
        return match result {
            Ok(_) => Ok(()),
            Err(e) if !e.is_refusal() => Err(e),
            Err(e) => job.bury(Dead { why: e.to_string().into(), died: job.now, ..row }),
        };
    }
    let event = row.event;
    // Whether a message is late shows where it is handed in: by what has come since.
    job.hand_in(InboxEvent {
        id: event.id,
        kind: event.kind,
        platform: event.platform,
        room: event.room,
        late: false,
        attempts: 0,
        suspect: false,
        body: event.body,
    })
}

/// Where an event goes is decided by the registry, which an administrator doesn't have: the node judges it, within a minute.
fn judged_by_the_node(job: &mut Job<'_>, peer: PlatformNum, row: Dead) -> Result<()> {
    let body = json::parse(&row.event.body).and_then(|value| read::body(row.event.kind, &value, read::Measure::Stored));
    let (origin, room_id) = match body {
        Ok(Body::Message(body)) => (job.platform_num(&body.room_platform)?, body.room_id),
        Ok(Body::Change(body)) => (job.platform_num(&body.room_platform)?, body.room_id),
        Ok(Body::Room(RoomBody { origin: Some(origin), id, .. })) => (job.platform_num(&origin)?, id),
        Ok(Body::Room(body)) => (row.event.platform, body.id),
        _ => return job.bury(row),
    };
    job.tx.put_parked(&ParkedRow { origin, room_id, peer, to_be_judged: true, of: None, event: row.event })
}
