//! A chat application of its own that joins others through Integrador.
//!
//! It has its own users, its own database and its own page; the node is one handle inside the process, mounted under
//! `/api/`. Everything that has to do with other platforms is in `integration.rs`, which is the file to copy from.

mod db;
mod integration;
mod live;
mod model;
mod web;

use std::error::Error;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Parser;
use integrador::{Config, Node};
use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;

use crate::db::Db;
use crate::integration::Integration;
use crate::live::Live;

/// A chat whose users write to those of other chats.
///
/// Alone it is an ordinary chat: start it and open its address. With a registry file (see `integrador mesh --help`) the
/// people of the other platforms appear in it.
#[derive(Parser)]
#[command(name = "rust-chat", version, after_help = HELP)]
struct Args {
    /// This platform's name, as the registries of the others spell it.
    #[arg(long, default_value = "RustChat")]
    name: String,
    /// Where the page and the node (under /api/) are served. Port 0: any free one.
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:5001")]
    listen: SocketAddr,
    /// The folder of the chat's database and the node's store; made if it isn't there.
    #[arg(long, value_name = "DIR", default_value = "rust-chat-data")]
    data: PathBuf,
    /// The registry file of the other platforms. Default: platforms.json in the data folder, if it is there.
    #[arg(long, value_name = "FILE")]
    platforms: Option<PathBuf>,
    /// The users that a new database begins with.
    #[arg(long, value_name = "NAME,…", value_delimiter = ',', default_value = "Ana,Bruno,Carla")]
    users: Vec<String>,
    /// The origin whose pages may show this one in a frame, such as http://127.0.0.1:4999. Default: nobody's.
    #[arg(long, value_name = "ORIGIN", value_parser = origin)]
    framed_by: Option<String>,
}

/// It becomes part of a header, so nothing else gets in.
fn origin(text: &str) -> Result<String, String> {
    let host = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://")).unwrap_or_default();
    let fits = !host.is_empty() && host.chars().all(|c| c.is_ascii_alphanumeric() || ".-:[]".contains(c));
    if fits { Ok(text.into()) } else { Err("it is no origin, such as http://127.0.0.1:4999".into()) }
}

const HELP: &str = "\
Examples:
  rust-chat
  rust-chat --name Norte --listen 127.0.0.1:5002 --data norte --platforms norte.json --users Diego,Elena

RUST_LOG sets what is logged, such as RUST_LOG=info,integrador=debug";

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::try_from_default_env().unwrap_or_else(|_| "info".into()))
        .with_writer(std::io::stderr)
        .init();
    match run(args).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            tracing::error!("{e}");
            ExitCode::FAILURE
        }
    }
}

async fn run(args: Args) -> Result<(), Box<dyn Error + Send + Sync>> {
    std::fs::create_dir_all(&args.data).map_err(|e| format!("--data {}: {e}", args.data.display()))?;
    let listener = TcpListener::bind(args.listen).await.map_err(|e| format!("--listen {}: {e}", args.listen))?;
    let address = listener.local_addr()?;

    let mut config = Config::new(&args.name, args.data.join("node.db"));
    let beside = args.data.join("platforms.json");
    if let Some(file) = args.platforms.or_else(|| beside.exists().then_some(beside)) {
        config = config.platforms(file);
    }
    // The chat's own database is another file than the node's store, which nobody else may open.
    let db = Arc::new(Db::open(&args.data.join("chat.db"), &args.name, &args.users)?);
    let node = Node::open(config).await?;
    let live = Live::new();
    let integration = Integration::start(node.clone(), db.clone(), live.clone()).await?;

    let app = web::router(
        web::App::new(integration, db, live.clone(), &node, address.port(), args.framed_by.as_deref()),
        node.clone(),
    );
    let mut server = tokio::spawn(
        axum::serve(listener, app)
            .with_graceful_shutdown({
                let live = live.clone();
                async move { live.closed().await }
            })
            .into_future(),
    );
    announce(address);

    terminated().await;
    tracing::info!("closing");
    live.close();
    // Somebody's slow download is no reason to stay.
    if tokio::time::timeout(Duration::from_secs(3), &mut server).await.is_err() {
        server.abort();
    }
    node.close().await?;
    Ok(())
}

/// The one line on standard output, which scripts wait for.
#[expect(clippy::print_stdout, reason = "it is the answer of the command, not a log")]
fn announce(address: SocketAddr) {
    println!("listening on http://{address}");
}

/// Returns at Ctrl-C or SIGTERM.
async fn terminated() {
    let interrupted = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    {
        let mut term = match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(term) => term,
            Err(_) => return interrupted.await,
        };
        tokio::select! {
            () = interrupted => {}
            _ = term.recv() => {}
        }
    }
    #[cfg(not(unix))]
    interrupted.await;
}
