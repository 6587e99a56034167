//! `integrador serve`: the standalone node, which hosts plain platforms and talks to other nodes.

use std::path::PathBuf;

use clap::ValueEnum;
use integrador::{Config, DirectoryAccess, Node};

use crate::admin;
use crate::config_file;
use crate::logs::{self, Format};
use crate::output::{self, Failure, Outcome};

/// Runs a standalone node until SIGTERM or Ctrl-C.
///
/// Prints `listening on http://HOST:PORT` on standard output as soon as it answers there, a line for each address that the name in
/// `--listen` has, and nothing else; log lines go to standard error. A platform of the registry file that does not embed the library is hosted: it posts to this address. The registry
/// file is followed: a change takes effect without a restart.
#[derive(clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct Args {
    /// The registry file (see `integrador mesh` and `integrador add`).
    #[arg(long, value_name = "FILE", required_unless_present = "config")]
    platforms: Option<PathBuf>,
    /// Where to answer. With port 0, any free port.
    #[arg(long, value_name = "HOST:PORT", required_unless_present = "config")]
    listen: Option<String>,
    /// Where to answer `GET /health` and `GET /metrics` (in the form of Prometheus), on a port of their own that needs no token:
    /// keep it from others.
    #[arg(long, value_name = "HOST:PORT")]
    admin_listen: Option<String>,
    /// The file that holds what must not be lost; made if it isn't there.
    #[arg(long, value_name = "FILE", required_unless_present = "config")]
    store: Option<PathBuf>,
    /// The name of this node, as the registry files of other nodes spell it [default: integrador].
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Who may read the directory of platforms and users [default: token].
    #[arg(long, value_name = "WHO", value_enum)]
    directory: Option<Directory>,
    /// A file of options, JSON or TOML: these, and limits, rates, times and a proxy (docs/operations.md lists them). What
    /// is given here as well wins.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The form in which log lines are written.
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = Format::Human)]
    log_format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Directory {
    /// Whoever holds a token of the registry file.
    Token,
    /// Everybody.
    Public,
}

const HELP: &str = "\
Examples:
  integrador serve --platforms platforms.json --listen 127.0.0.1:5000 --store hub.db
  integrador serve --platforms hub.json --listen 0.0.0.0:5000 --store /var/lib/integrador/hub.db \\
      --name hub --directory public --log-format json --admin-listen 127.0.0.1:9100
  integrador serve --config hub.toml

Exit codes: 0 after SIGTERM or Ctrl-C (a second one ends it at once, which loses nothing either), 1 when it
can't start or close, 2 for wrong arguments.";

/// Runs the node.
pub(crate) async fn run(args: Args) -> Outcome {
    logs::begin(args.log_format, "warn,integrador=info");
    let mut signals = Signals::new()?;
    let (mut config, listen) = config(&args)?;
    config.only_process = true;
    let admin = match &args.admin_listen {
        Some(address) => Some(admin::bind(address).await?),
        None => None,
    };
    let node = tokio::select! {
        node = Node::open(config) => node?,
        _ = signals.next() => return Ok(()),
    };
    let addresses = node.local_addrs();
    if addresses.is_empty() {
        node.close().await?;
        return Err(Failure(format!("--listen {listen}: the address can't be told")));
    }
    for address in addresses {
        output::say(format_args!("listening on http://{address}"))?;
    }

    if let Some(listener) = admin {
        tokio::spawn(admin::serve(listener, node.clone()));
    }
    signals.next().await;
    tokio::spawn(async move {
        let code = signals.next().await;
        std::process::exit(code);
    });
    node.close().await?;
    Ok(())
}

/// What the file says, and above it the command line; and where to listen.
fn config(args: &Args) -> Result<(Config, String), Failure> {
    let mut config = args.config.as_deref().map(config_file::read).transpose()?.unwrap_or_default();
    if let Some(store) = &args.store {
        config.store.clone_from(store);
    }
    if let Some(name) = &args.name {
        config.name.clone_from(name);
    }
    config.platforms = args.platforms.clone().or(config.platforms);
    config.listen = args.listen.clone().or(config.listen);
    config.directory = match args.directory {
        Some(Directory::Token) => DirectoryAccess::Token,
        Some(Directory::Public) => DirectoryAccess::Public,
        None => config.directory,
    };
    let missing = |option: &str| Failure(format!("`{option}` is missing: give it in the file, or as --{option}"));
    if config.store.as_os_str().is_empty() {
        return Err(missing("store"));
    }
    if config.platforms.is_none() {
        return Err(missing("platforms"));
    }
    let listen = config.listen.clone().ok_or_else(|| missing("listen"))?;
    Ok((config, listen))
}

/// SIGTERM and Ctrl-C.
struct Signals {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> Result<Self, Failure> {
        use tokio::signal::unix::{SignalKind, signal};
        let watch = |kind| signal(kind).map_err(|e| Failure(format!("signals can't be watched: {e}")));
        Ok(Signals { terminate: watch(SignalKind::terminate())?, interrupt: watch(SignalKind::interrupt())? })
    }

    /// The next one, as the exit code of a process that it ends.
    async fn next(&mut self) -> i32 {
        tokio::select! {
            _ = self.terminate.recv() => 128 + 15,
            _ = self.interrupt.recv() => 128 + 2,
        }
    }
}

#[cfg(not(unix))]
impl Signals {
    fn new() -> Result<Self, Failure> {
        Ok(Signals {})
    }

    /// The next one, as the exit code of a process that it ends.
    async fn next(&mut self) -> i32 {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        128 + 2
    }
}
