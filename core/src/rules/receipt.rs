//! Receipts: a gateway tells the node that a message came from what became of it at a platform hosted there.

use std::sync::Arc;

use super::{Arrival, Outcome, Taken, first_time};
use crate::commit::job::Cx;
use crate::model::DeliveryState;
use crate::store::{EventKind, EventRow, FateRow, PlatformNum};
use crate::util::lock::RwLockExt;
use crate::wire::{ReceiptBody, write};
use crate::{Error, ErrorKind, Result};

/// Tells a peer what became of a message of its: delivered, or dead with a reason. Peers that want no receipts get none.
pub(crate) fn report(
    cx: &mut Cx<'_>,
    peer: PlatformNum,
    event: &EventRow,
    to: PlatformNum,
    why: Option<&str>,
) -> Result<()> {
    let body = {
        let directory = cx.directory.reading();
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
        id: cx.new_id(None),
        kind: EventKind::Receipt,
        platform: cx.directory.reading().node,
        source: None,
        room: 0,
        at: cx.now,
        body: body.into(),
        plain: Some(bytes::Bytes::new()),
    };
    cx.enqueue(row, &[peer]).map(drop)
}

/// Takes a receipt in.
pub(crate) fn receipt(cx: &mut Cx<'_>, arrival: Arrival, body: ReceiptBody) -> Result<Taken> {
    let (to, ours) = {
        let directory = cx.directory.reading();
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
        (to.unwrap_or(0), directory.own.is_some() && directory.resolve(&body.of) == directory.own)
    };
    if !first_time(cx, arrival)? {
        return Ok(Taken::duplicate(arrival.id));
    }
    if ours {
        let state = if body.delivered { DeliveryState::Delivered } else { DeliveryState::Dead };
        let why: Option<Arc<str>> = body.why.as_deref().map(Into::into);
        cx.tx.put_fate(&FateRow { event: body.event, platform: to, state, why: why.clone(), at: cx.now })?;
        if body.delivered {
            cx.hint_delivered(body.event, to);
        } else {
            cx.tell_death(to, why.unwrap_or_else(|| "no reason given".into()), body.event);
        }
    }
    Ok(Taken::new(Outcome::Taken, arrival.id))
}
