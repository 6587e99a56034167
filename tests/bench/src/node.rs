//! One node in a process of its own, which does what its standard input says, a line at a time, and answers each with a line.
//!
//! `announce ROOMS SENDERS` makes what is written in; `publish CALLERS COUNT`, `bulk SIZE COUNT` (in calls of SIZE messages) and
//! `one` answer when the first began and the last was acknowledged; `until N MICROS` looks every MICROS microseconds whether N
//! events are in the inbox, and answers when the last of them was durable there, which the node notes; `figures` reports the
//! node's own counters. Times are nanoseconds of the system's clock, which all processes of the machine share.

use std::io::{BufRead, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use integrador::{Config, NewMessage, Node, RoomKind};
use tokio::runtime::Runtime;

use crate::Failed;

/// What a message's body is long on the wire and on disk, bytes.
pub(crate) const BODY: usize = 300;
/// What of it is not the text.
const FRAME: usize = r#"{"roomOriginalPlatform":"Alpha","roomId":1,"senderId":1,"text":"","platform":"Alpha"}"#.len();

/// `NAME STORE REGISTRY ADDRESS [singly]`
pub(crate) fn main(arguments: &[String]) -> Result<(), Failed> {
    let [name, store, registry, address, rest @ ..] = arguments else {
        return Err("--node NAME STORE REGISTRY ADDRESS [singly]".into());
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let config = Config::new(name.as_str(), store).platforms(registry);
    let node = if rest.is_empty() {
        runtime.block_on(Node::open(config.listen(address.as_str())))?
    } else {
        let node = runtime.block_on(Node::open(config))?;
        runtime.block_on(serve_singly(&node, address))?;
        node
    };
    answer("ready")?;
    let mut where_to = Spread::default();
    orders(|words| {
        Ok(Some(match words {
            ["announce", rooms, senders] => {
                where_to = Spread { rooms: rooms.parse()?, senders: senders.parse()? };
                runtime.block_on(announce(&node, where_to))?;
                "announced".into()
            }
            ["publish", callers, count] => {
                let (began, ended) = publish(&runtime, &node, where_to, callers.parse()?, count.parse()?)?;
                format!("{began} {ended}")
            }
            ["bulk", size, count] => {
                let (node, size, count) = (node.clone(), size.parse()?, count.parse()?);
                let task = runtime.spawn(async move { bulk(&node, where_to, size, count).await });
                let (began, ended) = runtime.block_on(task)??;
                format!("{began} {ended}")
            }
            ["one"] => {
                let message = where_to.message(0, &text());
                let node = node.clone();
                let task = runtime.spawn(async move {
                    let began = now();
                    node.publish_message(message).await?;
                    Ok::<_, integrador::Error>((began, now()))
                });
                let (began, ended) = runtime.block_on(task)??;
                format!("{began} {ended}")
            }
            ["until", inbox, micros] => {
                let (wanted, pause) = (inbox.parse()?, Duration::from_micros(micros.parse()?));
                while figure(&node, "integrador_inbox") < wanted {
                    std::thread::sleep(pause);
                }
                last_arrival(&node)?.to_string()
            }
            ["figures"] => {
                let names =
                    ["integrador_inbox", "integrador_commits_total", "integrador_waiting", "integrador_dead_total"];
                names.map(|name| figure(&node, name).to_string()).join(" ")
            }
            _ => return Ok(None),
        }))
    })?;
    runtime.block_on(node.close())?;
    answer("closed")?;
    Ok(())
}

/// Does what standard input says, a line at a time, and answers each with a line, until it is `close` or nothing more.
pub(crate) fn orders(mut obey: impl FnMut(&[&str]) -> Result<Option<String>, Failed>) -> Result<(), Failed> {
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let words: Vec<&str> = line.split_whitespace().collect();
        if words == ["close"] {
            break;
        }
        let done = obey(&words)?.ok_or_else(|| format!("no such order: {line}"))?;
        answer(&done)?;
    }
    Ok(())
}

pub(crate) fn answer(line: &str) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()
}

pub(crate) fn now() -> u128 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_nanos())
}

/// One figure of the node's metrics, summed over its labels.
fn figure(node: &Node, name: &str) -> u64 {
    node.metrics().iter().filter(|metric| metric.name == name).map(|metric| metric.value as u64).sum()
}

/// When the last event was durable in the inbox.
fn last_arrival(node: &Node) -> Result<u128, Failed> {
    let metrics = node.metrics();
    let last = metrics.iter().find(|metric| metric.name == "integrador_last_arrival_timestamp_seconds");
    let seconds = last.ok_or("no time of an arrival")?.value;
    Ok((seconds * 1e6).round() as u128 * 1_000)
}

/// Over how many rooms and senders the messages are spread, each with the ids from 1.
#[derive(Clone, Copy)]
struct Spread {
    rooms: u64,
    senders: u64,
}

impl Default for Spread {
    fn default() -> Self {
        Spread { rooms: 1, senders: 1 }
    }
}

impl Spread {
    /// The one of this number, whose body is as long as all are.
    fn message(self, number: u64, text: &str) -> NewMessage {
        let (room, sender) = (number % self.rooms + 1, number / self.rooms % self.senders + 1);
        let more: u32 = [room, sender].iter().map(|id| id.ilog10()).sum();
        let text = &text[more as usize..];
        NewMessage::new(room.cast_signed(), sender.cast_signed(), text)
    }
}

/// Users, and private rooms of which they all are members, and one on the other platform.
async fn announce(node: &Node, spread: Spread) -> integrador::Result<()> {
    let ids = || (1..=spread.senders.cast_signed()).map(integrador::Id::from);
    for id in ids() {
        node.publish_user(id, "Ana").await?;
    }
    for room in 1..=spread.rooms.cast_signed() {
        let members = vec![("Alpha".into(), ids().collect()), ("Beta".into(), vec![1.into()])];
        node.publish_room(room, "bench", RoomKind::Private, members).await?;
    }
    Ok(())
}

fn text() -> Arc<str> {
    "x".repeat(BODY - FRAME).into()
}

/// Publishes this many messages in calls of `size` messages, one after the other.
async fn bulk(node: &Node, spread: Spread, size: u64, count: u64) -> Result<(u128, u128), Failed> {
    let text = text();
    let began = now();
    let mut next = 0;
    while next < count {
        let end = count.min(next + size);
        let messages = (next..end).map(|number| spread.message(number, &text)).collect();
        for receipt in node.publish_messages(messages).await? {
            receipt?;
        }
        next = end;
    }
    Ok((began, now()))
}

/// Publishes this many messages, each caller waiting for one to be acknowledged before its next.
fn publish(runtime: &Runtime, node: &Node, spread: Spread, callers: u64, count: u64) -> Result<(u128, u128), Failed> {
    let text = text();
    let left = Arc::new(AtomicU64::new(count));
    let began = now();
    let tasks: Vec<_> = (0..callers)
        .map(|_| {
            let (node, text, left) = (node.clone(), text.clone(), left.clone());
            runtime.spawn(async move {
                let next = || left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| n.checked_sub(1));
                while let Ok(number) = next() {
                    node.publish_message(spread.message(number, &text)).await?;
                }
                Ok::<_, integrador::Error>(())
            })
        })
        .collect();
    for task in tasks {
        runtime.block_on(task)??;
    }
    Ok((began, now()))
}

/// Answers as the node does when it is mounted in an app, but its ping does not offer batches: so it gets one event a request.
async fn serve_singly(node: &Node, address: &str) -> Result<(), Failed> {
    let pinged = node.clone();
    let ping = axum::routing::get(move || async move {
        let request = http::Request::get("/ping").body(Bytes::new()).unwrap_or_default();
        let answer = pinged.handle(request).await;
        answer.map(|body| String::from_utf8_lossy(&body).replace("\"batch\":true", "\"batch\":false"))
    });
    let router = axum::Router::new().route("/ping", ping).merge(integrador::axum::router(node.clone()));
    let listener = tokio::net::TcpListener::bind(address).await?;
    let listener = axum::serve::ListenerExt::tap_io(listener, |stream| {
        let _ = stream.set_nodelay(true);
    });
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(())
}
