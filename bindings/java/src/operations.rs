//! What waits for the store or the network: waited for where that may hold a thread of Java, or handed in for a ticket where it
//! must not.

use std::pin::Pin;
use std::time::Duration;

use integrador::blocking::Ticket;
use integrador::{Error, ErrorKind, Node, Result};

use crate::bytes::{Reader, Writer};
use crate::calls::unknown;
use crate::handles::{self, Open};
use crate::{given, shown};

type Doing = Pin<Box<dyn Future<Output = Result<Vec<u8>>> + Send>>;

/// What an operation returns, written where it ends.
async fn written<T>(doing: impl Future<Output = Result<T>>, write: impl FnOnce(&mut Writer, T)) -> Result<Vec<u8>> {
    let value = doing.await?;
    let mut answer = Writer::default();
    write(&mut answer, value);
    Ok(answer.into_bytes())
}

fn nothing(_: &mut Writer, (): ()) {}

fn flags(answer: &mut Writer, all: Vec<bool>) {
    answer.list(all.into_iter(), Writer::bool);
}

/// Begins the operation that is asked for.
pub(crate) fn submit(open: &Open, given: &mut Reader<'_>) -> Result<Ticket> {
    let name = given.text()?;
    let work = operation(name, given)?;
    // These compute for long.
    if matches!(name, "handle" | "publish_messages") {
        open.tickets.submit_apart(work)
    } else {
        open.tickets.submit(work)
    }
}

/// Does the operation that is asked for, in the thread that asks for it.
pub(crate) fn wait(open: &Open, given: &mut Reader<'_>) -> Result<Vec<u8>> {
    let work = operation(given.text()?, given)?;
    open.node.wait(work, || true)?.ok_or_else(|| Error::new(ErrorKind::Closed, "the node is closed: open it again"))
}

fn operation(name: &str, given: &mut Reader<'_>) -> Result<Box<dyn FnOnce(Node) -> Doing + Send>> {
    /// The operation, and how its result is written.
    macro_rules! doing {
        (|$node:ident| $call:expr, $write:expr) => {
            Box::new(move |$node: Node| -> Doing { Box::pin(async move { written($call, $write).await }) })
        };
    }
    Ok(match name {
        "publish_message" => {
            let message = given::message(given)?;
            doing!(|node| node.publish_message(message), shown::receipt)
        }
        "edit_message" => {
            let edit = given::edit(given)?;
            doing!(|node| node.edit_message(edit), shown::receipt)
        }
        "delete_message" => {
            let delete = given::delete(given)?;
            doing!(|node| node.delete_message(delete), shown::receipt)
        }
        "react" => {
            let reaction = given::reaction(given)?;
            doing!(|node| node.react(reaction), shown::receipt)
        }
        "publish_messages" => {
            let messages = given.list(|given| Ok(Ok(given::message(given)?)))?;
            doing!(|node| node.publish_readable_messages(messages), |answer, all| {
                answer.list(all.into_iter(), shown::outcome);
            })
        }
        "publish_user" => {
            let user = given::user(given)?;
            doing!(|node| node.publish_new_user(user), shown::receipt)
        }
        "publish_users" => {
            let users = given.list(given::user)?;
            doing!(|node| node.publish_users(users), Writer::count)
        }
        "publish_room" => {
            let room = given::room(given)?;
            doing!(|node| node.publish_new_room(room), shown::receipt)
        }
        "join_room" => {
            let (room, user) = (given::reference(given)?, given::reference(given)?);
            doing!(|node| node.join_room(room, user), shown::receipt)
        }
        "leave_room" => {
            let (room, user) = (given::reference(given)?, given::reference(given)?);
            doing!(|node| node.leave_room(room, user), shown::receipt)
        }
        "handle" => {
            let request = given::request(given)?;
            doing!(|node| async { Ok(node.handle(request).await) }, |answer, response| {
                shown::response(answer, &response);
            })
        }
        "next_events" => {
            let (most, patience) = (given.count()?, given.patience()?);
            doing!(|node| node.next_events(most, patience), |answer, events| {
                answer.list(events.iter(), shown::event);
            })
        }
        "ack" => {
            let ids = given.list(Reader::event_id)?;
            doing!(|node| node.ack(&ids), flags)
        }
        "nack" => {
            let (ids, why) = (given.list(Reader::event_id)?, given.text()?.to_owned());
            doing!(|node| node.nack(&ids, &why), flags)
        }
        "bind" => {
            let (kind, external) = (given::bind_kind(given)?, given::external(given)?);
            let local = given::id(given)?;
            doing!(|node| node.bind(kind, &external, local), nothing)
        }
        "delivery" => {
            let event = given.event_id()?;
            doing!(|node| node.delivery(event), |answer, all| answer.list(all.iter(), shown::delivery))
        }
        "status" => doing!(|node| node.status(), |answer, status| shown::status(answer, &status)),
        "check" => doing!(|node| node.check(), |answer, all| answer.list(all.iter(), shown::finding)),
        "dead_letters" => {
            let which = given::dead_letters(given)?;
            doing!(|node| node.dead_letters(&which), |answer, all| answer.list(all.iter(), shown::dead_letter))
        }
        "retry" => {
            let which = given::dead_letters(given)?;
            doing!(|node| node.retry(&which), Writer::u64)
        }
        "drop" => {
            let which = given::dead_letters(given)?;
            doing!(|node| node.drop(&which), Writer::u64)
        }
        "sync_now" => {
            let platform = given.option(|given| given.text().map(str::to_owned))?;
            doing!(|node| node.sync_now(platform.as_deref()), Writer::count)
        }
        name => return membership(name, given),
    })
}

/// Who takes part, as an operator changes it.
fn membership(name: &str, given: &mut Reader<'_>) -> Result<Box<dyn FnOnce(Node) -> Doing + Send>> {
    macro_rules! doing {
        (|$node:ident| $call:expr, $write:expr) => {
            Box::new(move |$node: Node| -> Doing { Box::pin(async move { written($call, $write).await }) })
        };
    }
    let text = |given: &mut Reader<'_>| given.text().map(str::to_owned);
    Ok(match name {
        "invite" => {
            let url = given.option(text)?;
            doing!(|node| node.invite(url.as_deref()), |answer, invite| shown::invite(answer, &invite))
        }
        "invites" => doing!(|node| node.invites(), |answer, all| answer.list(all.iter(), shown::invite_info)),
        "revoke_invite" => {
            let id = text(given)?;
            doing!(|node| node.revoke_invite(&id), nothing)
        }
        "join" => {
            let (invite, url) = (text(given)?, given.option(text)?);
            doing!(|node| node.join(&invite, url.as_deref()), |answer, joined| shown::joined(answer, &joined))
        }
        "introduce" => {
            let (a, b) = (text(given)?, text(given)?);
            doing!(|node| node.introduce(&a, &b), nothing)
        }
        "accept_introduction" => {
            let name = text(given)?;
            doing!(|node| node.accept_introduction(&name), nothing)
        }
        "refuse_introduction" => {
            let name = text(given)?;
            doing!(|node| node.refuse_introduction(&name), nothing)
        }
        "add_platform" => {
            let (name, endpoint) = (text(given)?, text(given)?);
            doing!(|node| node.add_platform(&name, &endpoint), |answer, token| answer.text(token.reveal()))
        }
        "rotate_token" => {
            let platform = text(given)?;
            doing!(|node| node.rotate_token(&platform), |answer, token| {
                answer.option(token, |answer, token| answer.text(token.reveal()));
            })
        }
        "remove_platform" => {
            let name = text(given)?;
            doing!(|node| node.remove_platform(&name), nothing)
        }
        name => return events(name, given),
    })
}

/// What waits for the next event, or says how the last one ended.
fn events(name: &str, given: &mut Reader<'_>) -> Result<Box<dyn FnOnce(Node) -> Doing + Send>> {
    let events = handles::events(given.i64()?)?;
    Ok(match name {
        "events.ready" => {
            let patience: Duration = given.patience()?;
            Box::new(move |node| {
                Box::pin(async move {
                    written(events.stream.ready(&node, patience, events.wake.notified()), Writer::bool).await
                })
            })
        }
        "events.failed" => {
            let why = given.text()?.to_owned();
            Box::new(move |node| Box::pin(async move { written(events.stream.failed(&node, &why), nothing).await }))
        }
        "events.flush" => Box::new(move |_| Box::pin(async move { written(events.stream.flush(), nothing).await })),
        "events.close" => Box::new(move |_| Box::pin(async move { written(events.stream.close(), nothing).await })),
        name => return Err(unknown(name)),
    })
}
