//! What `Native.call` is asked: the name of a call, and what belongs to it. These answer at once, but for those that say that they
//! wait; what waits for the store or the network is handed in by `submit`, and its answer taken by `completions`.

use std::sync::{Arc, mpsc};
use std::time::Duration;

use integrador::blocking::Node;
use integrador::{Error, ErrorKind, Result};

use crate::bytes::{Reader, Writer};
use crate::handles::{self, Open};
use crate::{given, logs, mesh, operations, shown};

/// How long closing waits for what was handed in to begin: the runtime may be busy.
const LONGEST: Duration = Duration::from_secs(5);

/// Does what is asked.
pub(crate) fn call(request: &[u8]) -> Result<Vec<u8>> {
    let given = &mut Reader::new(request);
    let mut answer = Writer::default();
    match given.text()? {
        // Waits, until the store is open.
        "open" => answer.i64(handles::keep_node(Node::open(given::config(given)?)?)?),
        "submit" => answer.u64(operations::submit(&*node(given)?, given)?.into()),
        // Waits.
        "wait" => return operations::wait(&*node(given)?, given),
        // Waits.
        "completions" => completions(given, &mut answer)?,
        // Waits, for what is in flight.
        "close" => {
            let open = node(given)?;
            begun(&open);
            let closed = open.node.close();
            open.tickets.close();
            closed?;
        }
        "release" => handles::release(given.i64()?),
        "mesh" => mesh::call(given, &mut answer)?,
        "logs" => logs::call(given, &mut answer)?,
        "version" => answer.text(env!("CARGO_PKG_VERSION")),
        "external_id_parts" => {
            let id: integrador::ExternalId = given.text()?.parse()?;
            shown::external(&mut answer, &id);
        }
        name if name.starts_with("events.") => events(name, given, &mut answer)?,
        name => look_up(name, given, &mut answer)?,
    }
    Ok(answer.into_bytes())
}

fn node(given: &mut Reader<'_>) -> Result<Arc<Open>> {
    handles::node(given.i64()?)
}

/// Waits until what was handed in before has begun, so that closing finishes it.
fn begun(open: &Open) {
    let (tell, told) = mpsc::channel();
    let marker = open.tickets.submit(|_| async move {
        // Nobody may wait for it any more.
        let _ = tell.send(());
        Ok(Vec::new())
    });
    if marker.is_ok() {
        let _ = told.recv_timeout(LONGEST);
    }
}

/// What has ended: of each its ticket, and its answer. Empty when nothing has within this time.
fn completions(given: &mut Reader<'_>, answer: &mut Writer) -> Result<()> {
    let taker = node(given)?.tickets.taker();
    let (most, patience) = (given.count()?, given.patience()?);
    let ended = taker.completions(most, patience)?;
    answer.list(ended.into_iter(), |answer, completion| {
        answer.u64(completion.ticket.into());
        answer.bytes(&shown::answer(completion.result));
    });
    Ok(())
}

/// The events of a node, one by one.
fn events(name: &str, given: &mut Reader<'_>, answer: &mut Writer) -> Result<()> {
    if name == "events.open" {
        node(given)?;
        answer.i64(handles::keep_events());
        return Ok(());
    }
    let events = handles::events(given.i64()?)?;
    match name {
        "events.at_hand" => answer.option(events.stream.at_hand().as_ref(), shown::event),
        "events.done" => events.stream.done(),
        // The two for the price of one: it is what a loop does with every event.
        "events.advance" => {
            events.stream.done();
            answer.option(events.stream.at_hand().as_ref(), shown::event);
        }
        "events.wake" => events.wake.notify_one(),
        _ => return Err(unknown(name)),
    }
    Ok(())
}

/// What the node knows.
fn look_up(name: &str, given: &mut Reader<'_>, answer: &mut Writer) -> Result<()> {
    let node = &node(given)?.node;
    match name {
        "name" => answer.text(node.name()),
        "is_closed" => answer.bool(node.is_closed()),
        "local_addr" => answer.option(node.local_addr()?, |answer, address| {
            answer.text(&address.ip().to_string());
            answer.i32(address.port().into());
        }),
        "platforms" => answer.list(node.platforms()?.iter(), shown::platform),
        "users" => answer.list(node.users(given.option(Reader::text)?)?.iter(), shown::user),
        "rooms" => answer.list(node.rooms()?.iter(), shown::room),
        "room" => answer.option(node.room(given::reference(given)?)?.as_ref(), shown::room),
        "recipients" => answer.list(node.recipients(given::reference(given)?)?.iter(), shown::id),
        "local_id" => {
            let kind = given::bind_kind(given)?;
            answer.option(node.local_id(kind, &given::external(given)?)?.as_ref(), shown::id);
        }
        "external_id" => {
            let kind = given::bind_kind(given)?;
            answer.option(node.external_id(kind, given::id(given)?)?.as_ref(), shown::external);
        }
        "metrics" => answer.list(node.metrics()?.iter(), shown::metric),
        "prometheus" => answer.text(&node.prometheus()?),
        // For the test that a panic is an exception.
        "panic" => panic!("asked for"),
        _ => return Err(unknown(name)),
    }
    Ok(())
}

pub(crate) fn unknown(name: &str) -> Error {
    Error::new(ErrorKind::Internal, format!("`{name}` is not known here: the jar and its native library differ"))
}
