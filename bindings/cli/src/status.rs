//! `integrador status`: who is up, what waits, what died.

use std::time::Duration;

use integrador::{Node, PlatformStatus, Status};

use crate::DONE;
use crate::output::{self, Cell, Failure, Outcome, Tone, cell, toned};
use crate::store::{self, StoreArgs};
use crate::times;

/// The exit code where something needs attention, for scripts that ask for it.
const NEEDS_ATTENTION: u8 = 3;

/// Shows how a node gets on with each platform, from its store. The node may be running.
#[derive(clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct Args {
    #[command(flatten)]
    store: StoreArgs,
    /// Shows it again every so many seconds, until you end it.
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, default_missing_value = "2", require_equals = true,
          value_parser = clap::value_parser!(u16).range(1..=3600))]
    watch: Option<u16>,
    /// Exits with 3 if something needs attention: a platform is down or refuses, there are dead letters, or the registries of
    /// both sides don't match.
    #[arg(long, conflicts_with = "watch")]
    exit_code: bool,
    /// Prints one JSON object; instants are RFC 3339.
    #[arg(long)]
    json: bool,
}

const HELP: &str = "\
Examples:
  integrador status --store hub.db
  integrador status --store hub.db --json
  integrador status --store hub.db --watch=5
  integrador status --store hub.db --exit-code > /dev/null || echo 'look at it'

Columns:
  STATE    up or down, and for how long; unknown before the first try, after the node was ended, and behind another node
  CONTACT  how long ago it answered or sent something
  WAITING  events on disk that are still to be delivered to it
  OLDEST   how long the oldest of them has been waiting
  DEAD     events that won't arrive unless somebody retries them (integrador dead-letters)
The last column says why a platform is down or what waits is not sent, and when it is tried again.

Exit codes: 0 shown, 1 the store can't be read, 2 wrong arguments; with --exit-code 3 if something needs attention.";

/// Shows it, once or again and again.
pub(crate) async fn run(args: &Args) -> Result<u8, Failure> {
    let node = store::open(&args.store.store).await?;
    let done = match args.watch {
        None => once(&node, args.json).await,
        Some(seconds) => watch(&node, args.json, seconds).await,
    };
    node.close().await?;
    let status = done?;
    let alarming = args.exit_code && status.is_some_and(|status| needs_attention(&status));
    Ok(if alarming { NEEDS_ATTENTION } else { DONE })
}

async fn watch(node: &Node, json: bool, seconds: u16) -> Result<Option<Status>, Failure> {
    loop {
        if !json {
            output::clear()?;
        }
        once(node, json).await?;
        if !output::is_read() {
            return Ok(None);
        }
        tokio::select! {
            () = tokio::time::sleep(Duration::from_secs(seconds.into())) => {}
            _ = tokio::signal::ctrl_c() => return Ok(None),
        }
    }
}

async fn once(node: &Node, json: bool) -> Result<Option<Status>, Failure> {
    let status = node.status().await?;
    if json {
        output::json(&status)?;
    } else {
        show(&status)?;
    }
    Ok(Some(status))
}

/// Whether somebody should look at it.
fn needs_attention(status: &Status) -> bool {
    status.platforms.iter().any(|platform| {
        platform.up == Some(false) || platform.alarm.is_some() || platform.dead > 0 || !platform.findings.is_empty()
    })
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
    let found =
        status.platforms.iter().flat_map(|platform| platform.findings.iter().map(move |found| (platform, found)));
    for (platform, found) in found {
        let text = format!("{}: {}. To do: {}", platform.name, found.what, found.to_do);
        output::say(format_args!("\n{}", output::printable(&text)))?;
    }
    for asks in &status.introductions {
        let text = format!("{} was introduced by {} and waits: `integrador accept`", asks.name, asks.by);
        output::say(format_args!("\n{}", output::printable(&text)))?;
    }
    Ok(())
}

/// What is wrong with it, and when it is tried again.
fn trouble(platform: &PlatformStatus) -> String {
    let why = platform.alarm.as_deref().or(platform.last_error.as_deref()).or(platform.import_error.as_deref());
    match (why, platform.next_try) {
        (Some(why), Some(next)) => format!("{why}; next try in {}", times::until(next)),
        (why, _) => why.unwrap_or_default().to_owned(),
    }
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
        toned(trouble(platform), Tone::Bad),
    ]
}
