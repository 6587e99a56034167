//! `integrador dead-letters`: what could not be delivered or handled, and what is to become of it.

use clap::{ArgGroup, Subcommand};
use integrador::{DeadLetter, DeadLetterFilter, Node};
use serde_json::json;
use uuid::Uuid;

use crate::output::{self, Cell, Failure, Outcome, Tone, cell, toned};
use crate::store::{self, StoreArgs};
use crate::times;

/// Lists, retries or drops what could not be delivered. The node may be running.
///
/// A dead letter stays until you decide: retry it once its cause is fixed, or drop it for good.
#[derive(clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Lists them, each with its reason.
    List {
        #[command(flatten)]
        store: StoreArgs,
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        form: Form,
    },
    /// Shows one dead letter in full, body included.
    Show {
        /// The number that `list` shows, or the id of an event: all dead letters of that event.
        #[arg(value_name = "ID", value_parser = one)]
        id: DeadLetterFilter,
        #[command(flatten)]
        store: StoreArgs,
        #[command(flatten)]
        form: Form,
    },
    /// Sends or handles them again. They come late, after what was sent since, and say so. What had waited for its room is
    /// judged anew by the running node, within a minute.
    #[command(group = selection())]
    Retry {
        #[command(flatten)]
        store: StoreArgs,
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        form: Form,
    },
    /// Forgets them for good, without asking again.
    #[command(group = selection())]
    Drop {
        #[command(flatten)]
        store: StoreArgs,
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        form: Form,
    },
}

/// What changes something wants to be told what.
fn selection() -> ArgGroup {
    ArgGroup::new("selection").args(["ids", "platform", "all"]).required(true)
}

#[derive(clap::Args)]
struct Which {
    /// The number that `list` shows, or the id of an event: all dead letters of that event.
    #[arg(value_name = "ID", value_parser = one, conflicts_with_all = ["platform", "all"])]
    ids: Vec<DeadLetterFilter>,
    /// Those meant for this platform.
    #[arg(long, value_name = "NAME", conflicts_with = "all")]
    platform: Option<String>,
    /// All of them.
    #[arg(long)]
    all: bool,
}

#[derive(clap::Args)]
struct Form {
    /// Prints JSON; instants are RFC 3339.
    #[arg(long)]
    json: bool,
}

const HELP: &str = "\
Examples:
  integrador dead-letters list --store hub.db
  integrador dead-letters show --store hub.db 12
  integrador dead-letters retry --store hub.db 12 13
  integrador dead-letters retry --store hub.db --platform GWT_CHAT
  integrador dead-letters drop --store hub.db --all

Exit codes: 0 done, 1 the store can't be read or an ID names no dead letter, 2 wrong arguments (retry and drop want to be told
which: ID, --platform or --all).";

fn one(text: &str) -> Result<DeadLetterFilter, String> {
    if let Ok(number) = text.parse() {
        return Ok(DeadLetterFilter::Number(number));
    }
    Uuid::parse_str(text)
        .map(DeadLetterFilter::Event)
        .map_err(|_| "expected a number from the list, or the id of an event".into())
}

impl Which {
    /// What to ask the node for, with what was typed for it if it was a single one.
    fn each(&self) -> Vec<DeadLetterFilter> {
        if !self.ids.is_empty() {
            return self.ids.clone();
        }
        match &self.platform {
            Some(name) => vec![DeadLetterFilter::Platform(name.clone())],
            None => vec![DeadLetterFilter::All],
        }
    }
}

/// Does what was asked.
pub(crate) async fn run(args: &Args) -> Outcome {
    let (Action::List { store, .. }
    | Action::Show { store, .. }
    | Action::Retry { store, .. }
    | Action::Drop { store, .. }) = &args.action;
    let node = store::open(&store.store).await?;
    let done = match &args.action {
        Action::List { which, form, .. } => list(&node, which, form.json).await,
        Action::Show { id, form, .. } => one_letter(&node, id, form.json).await,
        Action::Retry { which, form, .. } => change(&node, which, form.json, Change::Retry).await,
        Action::Drop { which, form, .. } => change(&node, which, form.json, Change::Drop).await,
    };
    node.close().await?;
    done
}

async fn list(node: &Node, which: &Which, as_json: bool) -> Outcome {
    let mut letters = Vec::new();
    for one in which.each() {
        letters.extend(node.dead_letters(&one).await?);
    }
    if as_json {
        return output::json(&letters);
    }
    if letters.is_empty() {
        return output::say("no dead letters");
    }
    let rows: Vec<_> = letters.iter().map(row).collect();
    output::table(&["ID", "DIED", "KIND", "FROM", "TO", "EVENT", "WHY"], &rows)
}

async fn one_letter(node: &Node, id: &DeadLetterFilter, as_json: bool) -> Outcome {
    let letters = node.dead_letters(id).await?;
    if as_json {
        return output::json(&letters);
    }
    for letter in &letters {
        let way = if letter.inbound { "on its way in" } else { "on its way out" };
        let lines = [
            ("number", letter.number.to_string()),
            ("event", letter.event.to_string()),
            ("kind", letter.kind.to_string()),
            ("from", letter.from.to_string()),
            ("to", letter.platform.to_string()),
            ("died", format!("{} ago, {way}", times::since(letter.at))),
            ("why", letter.why.clone()),
            ("body", letter.body.clone()),
        ];
        for (name, value) in lines {
            // A message may be long: a terminal is guarded from it, but it is not cut.
            let value: String = value.chars().flat_map(shown).collect();
            output::say(format_args!("{name:<8}{value}"))?;
        }
        output::say("")?;
    }
    if letters.is_empty() {
        return Err(Failure("no dead letter is called that: see `integrador dead-letters list`".into()));
    }
    Ok(())
}

/// A character as it may go to a terminal.
fn shown(c: char) -> Vec<char> {
    output::printable(&c.to_string()).chars().collect()
}

fn row(letter: &DeadLetter) -> Vec<Cell> {
    vec![
        cell(letter.number),
        cell(format_args!("{} ago", times::since(letter.at))),
        cell(letter.kind),
        cell(&letter.from),
        cell(&letter.platform),
        toned(letter.event, Tone::Faint),
        cell(&letter.why),
    ]
}

#[derive(Clone, Copy)]
enum Change {
    Retry,
    Drop,
}

async fn change(node: &Node, which: &Which, as_json: bool, what: Change) -> Outcome {
    let (mut total, mut missing) = (0, Vec::new());
    for one in which.each() {
        let count = match what {
            Change::Retry => node.retry(&one).await?,
            Change::Drop => node.drop(&one).await?,
        };
        total += count;
        match one {
            DeadLetterFilter::Number(number) if count == 0 => missing.push(number.to_string()),
            DeadLetterFilter::Event(event) if count == 0 => missing.push(event.to_string()),
            _ => {}
        }
    }
    let done = match what {
        Change::Retry => "retried",
        Change::Drop => "dropped",
    };
    if as_json {
        output::json(json!({ done: total }))?;
    } else {
        output::say(format_args!("{total} {done}"))?;
    }
    if missing.is_empty() {
        return Ok(());
    }
    Err(Failure(format!("no dead letter is called {}: see `integrador dead-letters list`", missing.join(", "))))
}
