//! What an operator sees: status, dead letters, deliveries, metrics.

use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use uuid::Uuid;

use crate::commit::job::Job;
use crate::config::Role;
use crate::model::{DeadLetter, DeadLetters, Delivery, DeliveryState, EventKind, PlatformStatus, Status};
use crate::peers::Peers;
use crate::peers::presence::Contact;
use crate::rules::Arrival;
use crate::rules::routing::Source;
use crate::shared::Shared;
use crate::store::{Dead, DeadFilter, DeadRow, EventRow, FateRow, InboxEvent, ParkedRow, PlatformKind, PlatformNum};
use crate::util::time::instant;
use crate::wire::{Body, RoomBody, json, read};
use crate::{Error, Result, rules};

/// What an operator looks at.
pub(crate) struct Operator {
    pub shared: Arc<Shared>,
    pub peers: Arc<Peers>,
}

/// Runs something that reads the store, apart from the tasks that must not wait.
async fn reading<T: Send + 'static>(
    operator: &Arc<Operator>,
    read: impl FnOnce(&Operator) -> Result<T> + Send + 'static,
) -> Result<T> {
    let operator = operator.clone();
    tokio::task::spawn_blocking(move || read(&operator)).await.map_err(|_| Error::closed())?
}

pub(crate) async fn status(operator: &Arc<Operator>) -> Result<Status> {
    reading(operator, |operator| {
        let dead: std::collections::HashMap<PlatformNum, u64> =
            operator.shared.store.dead_counts()?.into_iter().collect();
        // This process has no contacts of its own if it only looks on.
        let looks_on = operator.shared.config.role == Role::Admin;
        let mut noted: std::collections::HashMap<PlatformNum, Contact> = if looks_on {
            operator.shared.store.contacts()?.into_iter().map(|row| (row.platform, row.into())).collect()
        } else {
            Default::default()
        };
        let directory = operator.shared.directory.read();
        let mut platforms = Vec::new();
        for row in directory.platforms.values() {
            let num = row.num;
            let waiting = directory.waiting(num);
            let dead = dead.get(&num).copied().unwrap_or(0);
            let lane = directory.is_lane(num) || looks_on && row.known;
            let shown = lane || directory.via(num).is_some() || waiting > 0 || dead > 0;
            if num == directory.node && dead == 0 || !shown {
                continue;
            }
            let contact = noted.remove(&num).unwrap_or_else(|| operator.peers.presence.contact(num));
            platforms.push(PlatformStatus {
                name: row.name.clone(),
                kind: match row.kind {
                    PlatformKind::Node => "node",
                    PlatformKind::Plain => "plain",
                    PlatformKind::Unknown => "unknown",
                },
                via: directory.via(num).map(|via| directory.name(via)),
                up: contact.up,
                since: contact.since,
                last_contact: contact.last,
                waiting,
                oldest: if waiting > 0 { operator.shared.store.oldest(num)?.map(instant) } else { None },
                dead,
                alarm: contact.alarm,
                import_error: contact.import_error,
            });
        }
        Ok(Status {
            name: directory.name(directory.node).to_string(),
            standalone: directory.own.is_none(),
            version: env!("CARGO_PKG_VERSION"),
            store: operator.shared.store.id(),
            inbox: operator.shared.store.inbox_depth()?,
            platforms,
        })
    })
    .await
}

pub(crate) async fn delivery(operator: &Arc<Operator>, event: Uuid) -> Result<Vec<Delivery>> {
    reading(operator, move |operator| {
        let Some(rows) = operator.shared.store.delivery(event)? else { return Ok(Vec::new()) };
        let directory = operator.shared.directory.read();
        let of = |num: PlatformNum| rows.fates.iter().find(|fate| fate.platform == num);
        let one = |(platform, lane): &(PlatformNum, PlatformNum)| {
            let fate = of(*platform).or_else(|| of(*lane).filter(|fate| fate.state == DeliveryState::Dead));
            let passed = rows.passed.iter().find(|(dest, _)| dest == lane).map(|(_, at)| at.map(instant));
            let (state, at, why) = match fate {
                Some(fate) => (fate.state, Some(instant(fate.at)), fate.why.as_deref().map(str::to_owned)),
                None if rows.waiting.contains(lane) => (DeliveryState::Waiting, None, None),
                // A later announcement took its place, and waits.
                None if passed.is_none() => (DeliveryState::Waiting, None, None),
                None if platform == lane => (DeliveryState::Delivered, passed.flatten(), None),
                None => (DeliveryState::Accepted, passed.flatten(), None),
            };
            Delivery { platform: directory.name(*platform), state, at, why }
        };
        Ok(rows.receipt.to.iter().map(one).collect())
    })
    .await
}

/// The store's filter; None if it names a platform that nobody knows.
fn filter(operator: &Operator, which: &DeadLetters) -> Result<DeadFilter> {
    Ok(match which {
        DeadLetters::All => DeadFilter::All,
        DeadLetters::Number(num) => DeadFilter::Num(*num),
        DeadLetters::Event(event) => DeadFilter::Event(*event),
        DeadLetters::Platform(name) => {
            let directory = operator.shared.directory.read();
            DeadFilter::Dest(directory.resolve(name).ok_or_else(|| directory.unknown_platform("platform", name))?)
        }
    })
}

/// At most so many are listed, and retried or dropped by one transaction.
const CHUNK: usize = 1_000;

pub(crate) async fn dead_letters(operator: &Arc<Operator>, which: &DeadLetters) -> Result<Vec<DeadLetter>> {
    let filter = filter(operator, which)?;
    reading(operator, move |operator| {
        let rows = operator.shared.store.dead(&filter, CHUNK)?;
        let directory = operator.shared.directory.read();
        let shown = rows.into_iter().map(|DeadRow { num, dead }| DeadLetter {
            number: num,
            event: dead.event.id,
            kind: dead.event.kind.as_str(),
            platform: directory.name(dead.dest),
            from: directory.name(dead.event.platform),
            inbound: dead.inbound,
            why: dead.why.to_string(),
            at: instant(dead.died),
            body: String::from_utf8_lossy(&dead.event.body).into_owned(),
        });
        Ok(shown.collect())
    })
    .await
}

/// Takes the dead letters out, and does with them what `each` does. Returns how many there were.
async fn take(
    operator: &Arc<Operator>,
    which: &DeadLetters,
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

pub(crate) async fn drop_dead(operator: &Arc<Operator>, which: &DeadLetters) -> Result<u64> {
    take(operator, which, |_, _| Ok(())).await
}

pub(crate) async fn retry(operator: &Arc<Operator>, which: &DeadLetters) -> Result<u64> {
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
            at: job.now,
        })?;
        return job.enqueue(EventRow { at: job.now, ..row.event }, &[row.dest]).map(drop);
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
    job.hand_in(InboxEvent {
        id: event.id,
        kind: event.kind,
        platform: event.platform,
        room: event.room,
        late: event.kind == EventKind::Message,
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
        Ok(Body::Room(RoomBody { origin: Some(origin), id, .. })) => (job.platform_num(&origin)?, id),
        Ok(Body::Room(body)) => (row.event.platform, body.id),
        _ => return job.bury(row),
    };
    job.tx.put_parked(&ParkedRow { origin, room_id, peer, to_be_judged: true, event: row.event })
}

/// The node's figures in Prometheus' text format.
pub(crate) fn metrics(operator: &Operator) -> String {
    let mut text = String::new();
    let mut counter = |name: &str, help: &str, value: u64| {
        let _ = writeln!(
            text,
            "# HELP integrador_{name} {help}\n# TYPE integrador_{name} counter\nintegrador_{name} {value}"
        );
    };
    let count = |value: &std::sync::atomic::AtomicU64| value.load(Ordering::Relaxed);
    counter("sent_total", "Events that other platforms took.", count(&operator.shared.counters.sent));
    counter("dead_total", "Events that became dead letters.", count(&operator.shared.counters.died));
    counter("received_total", "Events taken from other platforms.", count(&operator.shared.counters.received));
    counter("refused_total", "Requests that were refused.", count(&operator.shared.counters.refused));
    counter("commits_total", "Transactions that were written to disk.", count(&operator.shared.counters.commits));
    let _ = writeln!(
        text,
        "# HELP integrador_inbox Events that wait for the app.\n# TYPE integrador_inbox gauge\nintegrador_inbox {}",
        count(&operator.shared.counters.inbox)
    );
    let directory = operator.shared.directory.read();
    let lanes: Vec<_> = directory.entries().map(|(num, _)| num).filter(|num| directory.is_lane(*num)).collect();
    let label = |num: PlatformNum| directory.name(num).replace('\\', "\\\\").replace('"', "\\\"");
    text.push_str("# HELP integrador_waiting Events that wait for a platform.\n# TYPE integrador_waiting gauge\n");
    for num in &lanes {
        let waiting = directory.waiting(*num);
        let _ = writeln!(text, "integrador_waiting{{platform=\"{}\"}} {waiting}", label(*num));
    }
    text.push_str("# HELP integrador_up Whether a platform answers.\n# TYPE integrador_up gauge\n");
    for num in &lanes {
        let up = u8::from(operator.peers.presence.contact(*num).up == Some(true));
        let _ = writeln!(text, "integrador_up{{platform=\"{}\"}} {up}", label(*num));
    }
    text
}
