//! `integrador send` and `integrador listen`: a network tried without an application. Each opens a node of its own, as the
//! application would whose registry file this is; both may be open on one store at once.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use integrador::{Config, Delivery, DeliveryState, EventBody, ExternalId, NewMessage, Node, Ref, RoomKind};

use crate::logs;
use crate::output::{self, Failure, Outcome, Tone, cell, toned};
use crate::own::Remembered;

/// Which node to open.
#[derive(clap::Args)]
struct Opened {
    /// The registry file of the platform to act as.
    #[arg(long, value_name = "FILE", default_value = "platforms.json")]
    platforms: PathBuf,
    /// The name of the platform to act as. Not needed in a file that `mesh` wrote.
    #[arg(long = "as", value_name = "NAME")]
    name: Option<String>,
    /// The file that holds what must not be lost; made if it isn't there.
    #[arg(long, value_name = "FILE", default_value = "try.db")]
    store: PathBuf,
}

impl Opened {
    async fn open(&self, listen: Option<&str>) -> Result<Node, Failure> {
        let name = Remembered::name_of(self.name.as_deref(), &self.platforms)?;
        let name = name.ok_or_else(|| {
            Failure(format!("{}: it doesn't say which platform's file it is: --as NAME", self.platforms.display()))
        })?;
        let config = Config::new(name, &self.store).platforms(&self.platforms);
        Ok(Node::open(listen.into_iter().fold(config, |config, address| config.listen(address))).await?)
    }
}

/// Sends one message, as a user of a platform whose registry file you have, and shows how far it gets.
///
/// The user and the room are made here. With --to the room is private, between this user and that one; else it is public, or the
/// one of another platform that --room names by its external id, such as BuasApp:7.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  integrador send 'hola a todos' --platforms Try.platforms.json
  integrador send 'hola Ana' --to BuasApp:1 --platforms Try.platforms.json

Exit codes: 0 every platform has it, 1 not all have it in time, or it was refused, 2 wrong arguments.")]
pub(crate) struct Send {
    /// The text.
    text: String,
    #[command(flatten)]
    node: Opened,
    /// The name of the user who writes.
    #[arg(long, value_name = "NAME", default_value = "operator")]
    user: String,
    /// A user of another platform, by external id.
    #[arg(long, value_name = "PLATFORM:ID", conflicts_with = "room")]
    to: Option<ExternalId>,
    /// A room of another platform, by external id.
    #[arg(long, value_name = "PLATFORM:ID")]
    room: Option<ExternalId>,
    /// How long to wait until everybody has it.
    #[arg(long, value_name = "SECONDS", default_value = "10")]
    timeout: u16,
}

/// Sends it.
pub(crate) async fn send(args: &Send) -> Outcome {
    logs::begin(logs::Format::Human, "warn");
    let node = args.node.open(None).await?;
    let done = sent(&node, args).await;
    node.close().await?;
    done
}

async fn sent(node: &Node, args: &Send) -> Outcome {
    let deadline = Instant::now() + Duration::from_secs(args.timeout.into());
    let user = args.user.as_str();
    node.publish_user(user, user).await?;
    let room = room(node, args, deadline).await?;
    let receipt = node.publish_message(NewMessage::new(room, user, &args.text)).await?;
    let nobody = || Failure("it went to nobody: no other platform is in that room".into());
    let event = receipt.event.ok_or_else(nobody)?;
    loop {
        let deliveries = node.delivery(event).await?;
        let has_it = |d: &Delivery| matches!(d.state, DeliveryState::Delivered | DeliveryState::Accepted);
        let ended = |d: &Delivery| has_it(d) || d.state == DeliveryState::Dead;
        if deliveries.iter().all(ended) || Instant::now() >= deadline {
            let row = |d: &Delivery| {
                let tone = if has_it(d) { Tone::Good } else { Tone::Bad };
                vec![cell(&d.platform), toned(d.state, tone), cell(d.why.as_deref().unwrap_or_default())]
            };
            output::table(&["PLATFORM", "STATE", "WHY"], &deliveries.iter().map(row).collect::<Vec<_>>())?;
            return match deliveries.iter().filter(|d| !has_it(d)).count() {
                0 if deliveries.is_empty() => Err(nobody()),
                0 => Ok(()),
                n => Err(Failure(format!(
                    "{n} of {} don't have it; what waits is sent when this store is opened again",
                    deliveries.len()
                ))),
            };
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// The room to write in; one of another platform is waited for, since it has to be announced here first.
async fn room(node: &Node, args: &Send, deadline: Instant) -> Result<Ref, Failure> {
    if let Some(room) = &args.room {
        while node.room(room.clone())?.is_none() {
            if Instant::now() >= deadline {
                return Err(Failure(format!("--room {room}: nobody has announced it here")));
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        node.join_room(room.clone(), args.user.as_str()).await?;
        return Ok(room.clone().into());
    }
    let own = (node.name().to_owned(), vec![args.user.as_str().into()]);
    let (id, kind, members) = match &args.to {
        Some(to) => {
            let other = (to.platform.to_string(), vec![to.id.clone()]);
            (format!("try-{}-{}", to.platform, to.id), RoomKind::Private, vec![own, other])
        }
        None => ("try".to_owned(), RoomKind::Public, vec![own]),
    };
    node.publish_room(id.as_str(), "try", kind, members).await?;
    Ok(id.as_str().into())
}

/// Opens a node and prints what comes in, one JSON object a line, until Ctrl-C.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  integrador listen --platforms Try.platforms.json --listen 127.0.0.1:5009

Exit codes: 0 after Ctrl-C, 1 the node can't be opened, 2 wrong arguments.")]
pub(crate) struct Listen {
    #[command(flatten)]
    node: Opened,
    /// Where to answer: the host and port of its endpoint in the others' registry files.
    #[arg(long, value_name = "HOST:PORT")]
    listen: String,
    /// Ends after this many messages.
    #[arg(long, value_name = "COUNT")]
    count: Option<u64>,
}

/// Prints what comes.
pub(crate) async fn listen(args: &Listen) -> Outcome {
    logs::begin(logs::Format::Human, "warn");
    let node = args.node.open(Some(&args.listen)).await?;
    for address in node.local_addrs() {
        output::remark(format_args!("listening on http://{address}"));
    }
    let mut events = node.consumer();
    let mut left = args.count.unwrap_or(u64::MAX);
    while left > 0 {
        let event = tokio::select! {
            event = events.next(Duration::MAX) => event?,
            _ = tokio::signal::ctrl_c() => break,
        };
        let Some(event) = event else { break };
        output::say(output::value(&event)?)?;
        if matches!(event.body, EventBody::Message(_)) {
            left -= 1;
        }
        events.done();
    }
    drop(events);
    node.close().await?;
    Ok(())
}
