//! `integrador peer`: a platform without the library that is thrown away, to try a gateway against.
//!
//! [`server`] is asked by the gateway, [`poster`] posts to it, [`commands`] reads what somebody types, and [`told`] writes what
//! happens. Everything is in memory.

mod behaviour;
mod commands;
mod poster;
mod server;
mod told;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use self::commands::{Command, Typed};
use self::poster::Poster;
use self::server::Platform;
use self::told::Told;
use crate::output::{self, Failure, Outcome};
use crate::signing::Key;
use crate::{client, tokens};

/// Runs a platform without the library, to try a gateway against: it shows what it gets, and posts what you type.
///
/// It keeps everything in memory, checks signatures, knows what comes twice, and can be told to answer badly. Type `help` for what
/// can be typed. It runs until `quit` or Ctrl-C, also when its standard input ends.
#[derive(clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct Args {
    /// Its name in the gateway's registry file.
    name: String,
    /// Where it answers. Port 0: any free one [default: the endpoint in --platforms].
    #[arg(long, value_name = "HOST:PORT", required_unless_present = "platforms")]
    listen: Option<String>,
    /// Its gateway.
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:5000/")]
    gateway: String,
    /// The token that it shares with its gateway; env:NAME and file:PATH say where it is [default: that in --platforms].
    #[arg(long, value_name = "TOKEN", required_unless_present = "platforms")]
    token: Option<String>,
    /// The gateway's registry file, to take the endpoint and the token from.
    #[arg(long, value_name = "FILE")]
    platforms: Option<PathBuf>,
    /// Prints one JSON object a line.
    #[arg(long)]
    json: bool,
}

const HELP: &str = "\
Examples:
  integrador peer Legacy --platforms hub.json
  integrador peer Legacy --listen 127.0.0.1:5003 --gateway http://127.0.0.1:5000/ --token env:LEGACY_TOKEN

  user 1 Ana                          Ana is a user, under the id 1
  room 7 Plaza public 1 BuasApp:4     a room with her and somebody else in it
  message 7 Hello, everybody          she writes there
  message BuasApp:4 ¿Qué tal?         and in a room of another platform
  answer 429 for 30s                  the gateway is asked for less
  answer normally

Exit codes: 0 after `quit`, 1 when it can't start, 2 wrong arguments.";

/// So long for one answer of the gateway.
const LIMIT: Duration = Duration::from_secs(15);

/// Runs it.
pub(crate) async fn run(args: &Args) -> Outcome {
    let place = Place::of(args)?;
    let at = |e: std::io::Error| Failure(format!("--listen {}: {e}", place.listen));
    let listener = TcpListener::bind(&place.listen).await.map_err(at)?;
    let address = listener.local_addr().map_err(at)?;

    let told = Told { json: args.json };
    let platform = Arc::new(Platform::new(args.name.trim(), Key::new(&place.token)?, told));
    let poster = Poster::start(client::client(LIMIT)?, client::endpoint(&args.gateway)?, &place.token, told);
    let served = tokio::spawn(server::serve(listener, platform.clone()));
    told.listening(&address)?;
    poster.ping();

    let mut lines = typed();
    while let Some(line) = lines.recv().await {
        match commands::parse(&line) {
            Ok(None) => {}
            Ok(Some(Command::Quit)) => return told.left(poster.waiting()),
            Ok(Some(command)) => {
                if let Err(why) = platform.obey(command, &poster) {
                    output::remark(format_args!("error: {}", output::printable(&why)));
                }
            }
            Err(why) => output::remark(format_args!("error: {}", output::printable(&why))),
        }
    }
    served.await.map_err(|e| Failure(format!("it answers no more: {e}")))?
}

/// Where it is and what it shares with its gateway.
struct Place {
    listen: String,
    token: String,
}

impl Place {
    fn of(args: &Args) -> Result<Self, Failure> {
        let entry = args.platforms.as_deref().map(|file| entry(file, args.name.trim())).transpose()?;
        let from_entry = |field: &str| {
            let value = entry.as_ref().and_then(|entry| entry.get(field)?.as_str());
            value.map(str::to_owned).ok_or_else(|| Failure(format!("the entry of {} has no `{field}`", args.name)))
        };
        let listen = match &args.listen {
            Some(listen) => listen.clone(),
            None => {
                let url = client::endpoint(&from_entry("endpoint")?)?;
                format!("{}:{}", url.host_str().unwrap_or_default(), url.port_or_known_default().unwrap_or_default())
            }
        };
        let token = match &args.token {
            Some(token) => tokens::read(token, Path::new(""))?,
            None => {
                let folder = args.platforms.as_deref().and_then(Path::parent).unwrap_or(Path::new(""));
                tokens::read(&from_entry("token")?, folder)?
            }
        };
        Ok(Place { listen, token })
    }
}

/// The entry of this name in a registry file.
fn entry(file: &Path, name: &str) -> Result<Value, Failure> {
    let failed = |why: String| Failure(format!("{}: {why}", file.display()));
    let text = std::fs::read_to_string(file).map_err(|e| failed(e.to_string()))?;
    let entries: Vec<Value> = serde_json::from_str(&text).map_err(|e| failed(format!("no list in JSON: {e}")))?;
    let is_named =
        |entry: &Value| entry["name"].as_str().is_some_and(|n| n.trim().to_lowercase() == name.to_lowercase());
    entries.into_iter().find(is_named).ok_or_else(|| failed(format!("no entry is named `{name}`")))
}

/// The lines of standard input, by a thread of their own: reading them can't be given up.
fn typed() -> mpsc::UnboundedReceiver<Typed> {
    let (send, receive) = mpsc::unbounded_channel();
    std::thread::spawn(move || std::io::stdin().lines().map_while(Result::ok).all(|line| send.send(line).is_ok()));
    receive
}
