//! `integrador ping`: whether a node answers under a URL, and who it is.

use std::time::{Duration, Instant};

use integrador::Pong;
use serde_json::Value;

use crate::logs;
use crate::output::{self, Failure, Outcome};

/// Asks the node under a URL who it is.
///
/// The URL is the one that stands as endpoint in a registry file: the prefix under which the node is mounted, such as
/// http://localhost:8080/api/. No token is sent.
#[derive(clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct Args {
    /// The endpoint.
    url: String,
    /// How long to wait for the answer.
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = clap::value_parser!(u16).range(1..=3600))]
    timeout: u16,
    /// Prints one JSON object, with the time in `ms`.
    #[arg(long)]
    json: bool,
}

const HELP: &str = "\
Examples:
  integrador ping http://127.0.0.1:5000/
  integrador ping https://chat.example.org/api/ --json

Exit codes: 0 a node answered, 1 none did, 2 wrong arguments.";

/// Asks once.
pub(crate) async fn run(args: &Args) -> Outcome {
    logs::begin(logs::Format::Human, "warn");
    let limit = Duration::from_secs(args.timeout.into());
    let begin = Instant::now();
    let pong = tokio::time::timeout(limit, integrador::ping(&args.url))
        .await
        .map_err(|_| Failure(format!("no answer within {} s", args.timeout)))??;
    let ms = begin.elapsed().as_secs_f64() * 1_000.0;
    if args.json {
        let mut value =
            serde_json::to_value(&pong).map_err(|e| Failure(format!("the answer has no JSON form: {e}")))?;
        if let Value::Object(fields) = &mut value {
            fields.insert("ms".into(), ((ms * 10.0).round() / 10.0).into());
        }
        return output::json(&value);
    }
    output::say(format_args!("{} in {ms:.1} ms", output::printable(&told(&pong))))
}

fn told(pong: &Pong) -> String {
    let what = if pong.standalone { ", a standalone node," } else { "" };
    let hosts = if pong.hosts.is_empty() { String::new() } else { format!(" (hosts {})", pong.hosts.join(", ")) };
    format!("{}{what} answers{hosts}", pong.platform)
}
