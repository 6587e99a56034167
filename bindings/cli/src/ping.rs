//! `integrador ping`: what answers under a URL, and whether it accepts a token.

use std::path::Path;
use std::time::{Duration, Instant};

use integrador::{Found, Pong};
use serde_json::Value;

use crate::logs;
use crate::output::{self, Failure, Outcome};
use crate::tokens;

/// Asks what answers at a URL: a node (and which one) or a plain platform.
///
/// The URL is the endpoint as written in a registry file: the prefix under which the node is mounted, such as
/// http://localhost:8080/api/. With --token it also shows whether the node there accepts that token; the token itself is not sent.
#[derive(clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct Args {
    /// The endpoint.
    url: String,
    /// The token of an entry, to see whether the node there has it too: `env:NAME` or `file:PATH`.
    #[arg(long, value_name = "WHERE", value_parser = token)]
    token: Option<Token>,
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
  TOKEN=… integrador ping http://127.0.0.1:5000/ --token env:TOKEN

Exit codes: 0 a node or a plain platform answered, 1 nobody did, or the token was refused, 2 wrong arguments.";

/// A token, which no message and no list of processes shows.
#[derive(Clone)]
struct Token(String);

fn token(text: &str) -> Result<Token, String> {
    if !text.starts_with("env:") && !text.starts_with("file:") {
        return Err("expected env:NAME or file:PATH: others see what stands in a command line".into());
    }
    tokens::read(text, Path::new("")).map(Token).map_err(|e| e.to_string())
}

/// Asks once.
pub(crate) async fn run(args: &Args) -> Outcome {
    logs::begin(logs::Format::Human, "warn");
    let limit = Duration::from_secs(args.timeout.into());
    let begin = Instant::now();
    let token = args.token.as_ref().map(|token| token.0.as_str());
    let found = tokio::time::timeout(limit, integrador::who_answers(&args.url, token))
        .await
        .map_err(|_| Failure(format!("no answer within {} s", args.timeout)))??;
    let ms = begin.elapsed().as_secs_f64() * 1_000.0;
    if args.json {
        let mut value = output::value(&found)?;
        if let Value::Object(fields) = &mut value {
            fields.insert("ms".into(), ((ms * 10.0).round() / 10.0).into());
        }
        return output::json(value);
    }
    output::say(format_args!("{} in {ms:.1} ms", output::printable(&told(&found, token.is_some()))))
}

fn told(found: &Found, with_token: bool) -> String {
    match found {
        Found::Node(pong) => told_of_node(pong, with_token),
        Found::Plain { users: 1 } => "a plain platform answers (1 user)".into(),
        Found::Plain { users } => format!("a plain platform answers ({users} users)"),
        _ => "something answers that this version does not know".into(),
    }
}

fn told_of_node(pong: &Pong, with_token: bool) -> String {
    let what = if pong.standalone { ", a standalone node," } else { "" };
    let hosts = if pong.hosts.is_empty() { String::new() } else { format!(" (hosts {})", pong.hosts.join(", ")) };
    // Only whom it recognises it tells whom it knows.
    let token = match (with_token, &pong.knows) {
        (true, Some(_)) => ", accepts the token",
        (true, None) => ", says nothing of the token: its entry there is disabled, or it is an earlier version",
        (false, _) => "",
    };
    format!("{}{what} answers{hosts}{token}", pong.platform)
}
