//! A small application for the tests, in a process that may be killed at any instant. It embeds a node, writes numbered
//! messages when told so, and keeps two files: what was acknowledged to it, and what its handler got and acknowledged. Each
//! line is on disk before the next step is taken.
//!
//! Its one argument is JSON: `{"config": …, "said": FILE, "heard": FILE}`. Orders come as JSON, one a line; each is answered
//! with a line. When its input ends, it closes its node and ends.

#![allow(clippy::print_stdout, reason = "its answers go to standard output")]

use std::io::{BufRead, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use integrador::{Config, Error, ErrorKind, EventBody, ExternalId, Id, NewMessage, Node, Ref, RoomKind};
use integrador_tests::ledger::{Ledger, Line};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::task::JoinSet;

/// A message that its handler does not survive.
const KILLS: &str = "kill your handler";

#[derive(Deserialize)]
struct Options {
    config: Config,
    said: PathBuf,
    heard: PathBuf,
}

#[derive(Deserialize)]
#[serde(tag = "do", rename_all = "lowercase")]
enum Order {
    User { id: Id, name: String },
    Room { id: Id, name: String, kind: RoomKind, members: Vec<(String, Vec<Id>)> },
    Say { room: Id, sender: Id, text: String, key: Option<String> },
    Import { room: Id, sender: Id, count: usize },
    Talk { rooms: Vec<(String, i64)>, pause_ms: u64 },
    Hush,
    Known { room: Id },
    Status,
}

fn answer(value: &Value) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{value}").and_then(|()| out.flush());
}

/// What an order names: a text may be that of an external id.
fn named(id: &Id) -> Ref {
    id.as_str().parse::<ExternalId>().map_or_else(|_| id.into(), Ref::from)
}

fn failed(e: &Error) -> Value {
    json!({"error": e.kind().as_str(), "message": e.to_string()})
}

fn main() -> std::process::ExitCode {
    let filter =
        tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "warn,integrador=info".into());
    tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false).with_writer(std::io::stderr).init();
    let options = std::env::args().nth(1).and_then(|text| serde_json::from_str(&text).ok());
    let options: Options = options.expect("one argument: {\"config\": …, \"said\": FILE, \"heard\": FILE}");
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    match runtime.expect("a runtime").block_on(run(options)) {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(e) => {
            answer(&failed(&e));
            std::process::ExitCode::FAILURE
        }
    }
}

async fn run(options: Options) -> integrador::Result<()> {
    let node = Node::open(options.config).await?;
    // Before anybody knows where it is and connects: it may be allowed few open files.
    let ledger = Ledger::open(&options.heard).expect("the ledger opens");
    let pump = tokio::spawn(pump(node.clone(), ledger));
    answer(&json!({"address": node.local_addr()}));
    let (orders, mut queue) = tokio::sync::mpsc::unbounded_channel();
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines().map_while(std::io::Result::ok) {
            let _ = orders.send(line);
        }
    });
    let mut talkers =
        Talkers { node: node.clone(), said: options.said, talking: Arc::default(), tasks: JoinSet::new() };
    while let Some(line) = queue.recv().await {
        let order: Order = serde_json::from_str(&line).unwrap_or_else(|e| panic!("{e}: {line}"));
        answer(&obey(&node, &mut talkers, order).await.unwrap_or_else(|e| failed(&e)));
    }
    talkers.hush().await;
    node.close().await?;
    pump.await.expect("the handler does not panic");
    Ok(())
}

async fn obey(node: &Node, talkers: &mut Talkers, order: Order) -> integrador::Result<Value> {
    let done = match order {
        Order::User { id, name } => node.publish_user(id, name).await?,
        Order::Room { id, name, kind, members } => node.publish_room(id, name, kind, members).await?,
        Order::Say { room, sender, text, key } => {
            let message = NewMessage::new(named(&room), sender, text);
            node.publish_message(key.into_iter().fold(message, NewMessage::key)).await?
        }
        Order::Import { room, sender, count } => {
            let message = |n| NewMessage::new(named(&room), named(&sender), format!("{n}")).key(format!("row-{n}"));
            let receipts = node.publish_messages((0..count).map(message).collect()).await?;
            let receipts = receipts.into_iter().collect::<integrador::Result<Vec<_>>>()?;
            return Ok(json!({"before": receipts.iter().filter(|receipt| receipt.duplicate).count()}));
        }
        Order::Talk { rooms, pause_ms } => {
            for (room, sender) in rooms {
                talkers.talk(room, sender, Duration::from_millis(pause_ms));
            }
            return Ok(json!({}));
        }
        Order::Hush => {
            talkers.hush().await;
            return Ok(json!({}));
        }
        Order::Known { room } => return Ok(json!({"room": node.room(named(&room))?})),
        Order::Status => return Ok(json!({"status": node.status().await?, "address": node.local_addr()})),
    };
    Ok(json!(done))
}

/// Those who write numbered messages.
struct Talkers {
    node: Node,
    said: PathBuf,
    talking: Arc<AtomicBool>,
    tasks: JoinSet<()>,
}

impl Talkers {
    /// Begins after the last number that was written down as acknowledged. What was acknowledged and not yet written down is
    /// published again under the same key, and so is the same message.
    fn talk(&mut self, room: String, sender: i64, pause: Duration) {
        self.talking.store(true, Ordering::SeqCst);
        let (node, talking, path) = (self.node.clone(), self.talking.clone(), self.said.clone());
        self.tasks.spawn(async move {
            let mut n = integrador_tests::ledger::said(&path).get(&room).copied().unwrap_or(0) + 1;
            let mut ledger = Ledger::open(&path).expect("the ledger opens");
            while talking.load(Ordering::SeqCst) {
                let message = NewMessage::new(named(&room.as_str().into()), sender, n.to_string())
                    .key(format!("{room}-{sender}-{n}"));
                match node.publish_message(message).await {
                    Ok(receipt) => {
                        let event = receipt.event.expect("a message always is an event");
                        ledger.add(&[Line::Said { room: room.clone(), n, event }]).expect("the ledger is written");
                        n += 1;
                        tokio::time::sleep(pause).await;
                    }
                    // Nothing was acknowledged: the same number again.
                    Err(e) => {
                        eprintln!("{n} in {room}: {e}");
                        tokio::time::sleep(Duration::from_millis(50)).await;
                    }
                }
            }
        });
    }

    async fn hush(&mut self) {
        self.talking.store(false, Ordering::SeqCst);
        while let Some(ended) = self.tasks.join_next().await {
            ended.expect("who writes does not panic");
        }
    }
}

/// Takes events, writes the messages down, acknowledges what it took together, and writes that down.
async fn pump(node: Node, mut ledger: Ledger) {
    let pid = std::process::id();
    let mut events = node.consumer();
    let mut handled = Vec::new();
    loop {
        let next = match events.at_hand() {
            None if !handled.is_empty() => match events.flush().await {
                Ok(()) => {
                    ledger.add(&std::mem::take(&mut handled)).expect("the ledger is written");
                    continue;
                }
                Err(e) => Err(e),
            },
            None => events.next(Duration::MAX).await,
            some => Ok(some),
        };
        match next {
            Ok(Some(event)) => {
                if let EventBody::Message(message) = event.body {
                    let (room, sender, text) = (message.room.to_string(), message.sender.to_string(), message.text);
                    let kills = text == KILLS;
                    let got = Line::Got { id: event.id, pid, room, sender, text, late: message.late };
                    ledger.add(&[got]).expect("the ledger is written");
                    if kills {
                        std::process::abort();
                    }
                    handled.push(Line::Acked { id: event.id });
                }
                events.done();
            }
            Ok(None) => {}
            Err(e) if e.kind() == ErrorKind::Closed => return,
            Err(e) => {
                eprintln!("next: {e}");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
}
