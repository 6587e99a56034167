//! Receipts: a gateway reports to the node that a message, an edit or a delete came from what became of it at a platform that it hosts.

use std::sync::Arc;

use crate::commit::job::Job;
use crate::directory::Directory;
use crate::model::{DeliveryState, EventKind};
use crate::rules::arrival::{Arrival, Outcome, Taken, first_time};
use crate::store::{DeliveryRows, EventRow, FateRow, PlatformNum};
use crate::wire::{ReceiptBody, write};
use crate::{Error, ErrorKind, Result};

/// How what a peer sent came to an end.
#[derive(Debug, Clone, Copy)]
pub(crate) enum End<'a> {
    Delivered,
    /// With the reason.
    Dead(&'a str),
    Unsupported,
}

impl End<'_> {
    fn state(self) -> DeliveryState {
        match self {
            End::Delivered => DeliveryState::Delivered,
            End::Dead(_) => DeliveryState::Dead,
            End::Unsupported => DeliveryState::Unsupported,
        }
    }
}

/// Reports to a peer what became of a message, an edit or a delete that it sent. Peers that want no receipts get none, and of
/// other kinds nobody does.
pub(crate) fn report(
    job: &mut Job<'_>,
    peer: PlatformNum,
    event: &EventRow,
    to: PlatformNum,
    end: End<'_>,
) -> Result<()> {
    if !event.kind.is_reported() {
        return Ok(());
    }
    let body = {
        let directory = job.directory();
        if !directory.is_lane(peer) || !directory.platform(peer).is_some_and(|row| row.receipts) {
            return Ok(());
        }
        let receipt = ReceiptBody {
            event: event.id,
            of: directory.name(event.platform).to_string(),
            to: directory.name(to).to_string(),
            state: end.state(),
            why: if let End::Dead(why) = end { Some(why.to_owned()) } else { None },
        };
        write::receipt(&directory.name(directory.node), &receipt)
    };
    let row = EventRow {
        id: job.new_id(),
        kind: EventKind::Receipt,
        platform: job.directory().node,
        source: None,
        room: None,
        at: job.age,
        again: false,
        body: body.into(),
    };
    job.enqueue(row, &[peer]).map(drop)
}

/// Takes a receipt in.
pub(crate) fn receipt(job: &mut Job<'_>, arrival: Arrival, body: ReceiptBody) -> Result<Taken> {
    let (to, of, hosted) = {
        let directory = job.directory();
        let to = directory.resolve(&body.to);
        let of = directory.resolve(&body.of).filter(|of| directory.is_local(*of));
        let peer = arrival.source.peer();
        (to, of, to.is_some() && (to == peer || to.is_some_and(|to| directory.via(to) == peer)))
    };
    let ours = of.is_some();
    let sent = if ours { job.tx.delivery(body.event)? } else { None };
    // What it hosted when the message went there it may speak of, though that is hosted elsewhere by now.
    let went_there = |sent: &DeliveryRows| {
        let way = to.zip(arrival.source.peer());
        way.is_some_and(|way| sent.receipt.to.contains(&way))
    };
    // What is not about a message from here changes nothing.
    if !hosted && (ours || to.is_none()) && !sent.as_ref().is_some_and(went_there) {
        let message = format!("{:?} is not hosted by the sender of this receipt", body.to);
        return Err(Error::new(ErrorKind::Forbidden, message).within("to"));
    }
    if !first_time(job, arrival)? {
        return Ok(Taken::duplicate(arrival.id));
    }
    if let Some((to, of)) = to.zip(of)
        && (body.state != DeliveryState::Dead
            || Some(to) != arrival.source.peer()
            || !sent.is_some_and(|sent| is_known_of_all(job.directory(), &sent, to)))
    {
        let ReceiptBody { event, state, .. } = body;
        let why: Option<Arc<str>> = body.why.as_deref().map(Into::into);
        job.tx.put_fate(&FateRow { event, platform: to, state, why: why.clone(), at: job.age })?;
        if state == DeliveryState::Dead {
            job.tell_death(of, to, why.unwrap_or_else(|| "no reason given".into()), event);
        } else {
            job.hint_end(of, event, to, state);
        }
    }
    Ok(Taken::new(Outcome::Taken, arrival.id))
}

/// Whether it is known what became of a publication for everybody for whom it went to this node: each is hosted elsewhere by
/// now, or the node has reported on it. A standalone node is nobody itself.
fn is_known_of_all(directory: &Directory, sent: &DeliveryRows, node: PlatformNum) -> bool {
    let standalone = directory.platform(node).is_some_and(|row| row.standalone);
    let behind = sent.receipt.to.iter().filter(|(_, lane)| *lane == node).map(|(platform, _)| *platform);
    let mut others = behind.filter(|platform| !(standalone && *platform == node));
    others.all(|platform| platform != node && sent.fates.iter().any(|fate| fate.platform == platform))
}
