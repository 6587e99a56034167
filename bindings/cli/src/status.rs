//! `integrador status`: who is up, what waits, what died.

use integrador::{PlatformStatus, Status};

use crate::output::{self, Cell, Failure, Outcome, Tone, cell, toned};
use crate::store::{self, StoreArgs};
use crate::times;

/// Shows how a node stands with each platform, from its store. The node may be running.
#[derive(clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct Args {
    #[command(flatten)]
    store: StoreArgs,
    /// Prints one JSON object; instants are RFC 3339.
    #[arg(long)]
    json: bool,
}

const HELP: &str = "\
Examples:
  integrador status --store hub.db
  integrador status --store hub.db --json

Columns:
  STATE    up or down, and for how long; unknown before the first try, and after the node was ended
  CONTACT  how long ago it answered or sent something
  WAITING  events on disk that are still to be delivered to it
  OLDEST   how long the oldest of them has been waiting
  DEAD     events that won't arrive unless somebody retries them (integrador dead-letters)

Exit codes: 0 shown, whatever the state, 1 the store can't be read, 2 wrong arguments.";

/// Shows it.
pub(crate) async fn run(args: &Args) -> Outcome {
    let node = store::open(&args.store.store).await?;
    let status = node.status().await;
    node.close().await?;
    let status = status?;
    if args.json {
        let value = serde_json::to_value(&status).map_err(|e| Failure(format!("the status has no JSON form: {e}")))?;
        return output::json(&value);
    }
    show(&status)
}

fn show(status: &Status) -> Outcome {
    let what = if status.standalone { "standalone node" } else { "platform" };
    let waiting = match status.inbox {
        0 => String::new(),
        n => format!(", {n} waiting for the app"),
    };
    output::say(format_args!("{} ({what}), version {}{waiting}\n", output::printable(&status.name), status.version))?;
    if status.platforms.is_empty() {
        output::say("no other platform is known here")?;
    } else {
        let rows: Vec<_> = status.platforms.iter().map(row).collect();
        output::table(&["PLATFORM", "KIND", "STATE", "CONTACT", "WAITING", "OLDEST", "DEAD", ""], &rows)?;
    }
    for asks in &status.introductions {
        let text = format!("{} was introduced by {} and waits: `integrador accept`", asks.name, asks.by);
        output::say(format_args!("\n{}", output::printable(&text)))?;
    }
    Ok(())
}

fn row(platform: &PlatformStatus) -> Vec<Cell> {
    let ago = |at: Option<_>| at.map_or_else(|| "–".to_owned(), times::since);
    let state = match (platform.up, platform.since) {
        (None, _) => toned("unknown", Tone::Faint),
        (Some(up), since) => {
            let (word, tone) = if up { ("up", Tone::Good) } else { ("down", Tone::Bad) };
            toned(since.map_or_else(|| word.to_owned(), |at| format!("{word} {}", times::since(at))), tone)
        }
    };
    let kind = match &platform.via {
        Some(gateway) => format!("{} via {gateway}", platform.kind),
        None => platform.kind.to_string(),
    };
    let dead = if platform.dead > 0 { toned(platform.dead, Tone::Bad) } else { cell(0) };
    vec![
        cell(&platform.name),
        cell(kind),
        state,
        cell(ago(platform.last_contact)),
        cell(platform.waiting),
        cell(ago(platform.oldest)),
        dead,
        toned(platform.alarm.as_deref().or(platform.import_error.as_deref()).unwrap_or_default(), Tone::Bad),
    ]
}
