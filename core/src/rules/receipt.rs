//! Receipts: a gateway tells the node that a message came from what became of it at a platform hosted there.

use std::sync::Arc;

use super::{Arrival, Outcome, Taken, first_time};
use crate::commit::job::Job;
use crate::model::{DeliveryState, EventKind};
use crate::store::{EventRow, FateRow, PlatformNum};
use crate::wire::{ReceiptBody, write};
use crate::{Error, ErrorKind, Result};

/// Tells a peer what became of a message of its: delivered, or dead with a reason. Peers that want no receipts get none.
pub(crate) fn report(
    job: &mut Job<'_>,
    peer: PlatformNum,
    event: &EventRow,
    to: PlatformNum,
    why: Option<&str>,
) -> Result<()> {
    let body = {
        let directory = job.directory();
        if !directory.is_lane(peer) || !directory.platform(peer).is_some_and(|row| row.receipts) {
            return Ok(());
        }
        let receipt = ReceiptBody {
            event: event.id,
            of: directory.name(event.platform).to_string(),
            to: directory.name(to).to_string(),
            delivered: why.is_none(),
            why: why.map(str::to_owned),
        };
        write::receipt(&directory.name(directory.node), &receipt)
    };
    let row = EventRow {
        id: job.new_id(None),
        kind: EventKind::Receipt,
        platform: job.directory().node,
        source: None,
        room: None,
        at: job.now,
        body: body.into(),
    };
    job.enqueue(row, &[peer]).map(drop)
}

/// Takes a receipt in.
pub(crate) fn receipt(job: &mut Job<'_>, arrival: Arrival, body: ReceiptBody) -> Result<Taken> {
    let (to, ours) = {
        let directory = job.directory();
        let to = directory.resolve(&body.to);
        let hosted = arrival
            .source
            .peer()
            .is_some_and(|peer| to.is_some_and(|to| to == peer || directory.via(to) == Some(peer)));
        if !hosted {
            return Err(Error::new(
                ErrorKind::Forbidden,
                format!("`to`: {:?} is not hosted by the sender of this receipt", body.to),
            ));
        }
        (to, directory.own.is_some() && directory.resolve(&body.of) == directory.own)
    };
    if !first_time(job, arrival)? {
        return Ok(Taken::duplicate(arrival.id));
    }
    if let Some(to) = to
        && ours
    {
        let state = if body.delivered { DeliveryState::Delivered } else { DeliveryState::Dead };
        let why: Option<Arc<str>> = body.why.as_deref().map(Into::into);
        job.tx.put_fate(&FateRow { event: body.event, platform: to, state, why: why.clone(), at: job.now })?;
        if body.delivered {
            job.hint_delivered(body.event, to);
        } else {
            job.tell_death(to, why.unwrap_or_else(|| "no reason given".into()), body.event);
        }
    }
    Ok(Taken::new(Outcome::Taken, arrival.id))
}
