//! The command line of Integrador: one more language in which the library speaks. The program `integrador` and the one that the
//! Python package brings along are both [`run`] and nothing else.
//!
//! Each command has a module of its own that turns arguments into calls of the crate and the results into text or JSON.
//! What a registry file, a status or a dead letter is, is decided in the crate and nowhere here. `conform` and `peer` alone speak
//! the protocol themselves, since they play those who have no crate.

mod add;
mod admin;
mod check;
mod client;
mod config_file;
mod conform;
mod dead_letters;
mod files;
mod forget;
mod listings;
mod logs;
mod membership;
mod mesh;
mod output;
mod own;
mod peer;
mod ping;
mod restore;
mod serve;
mod signing;
mod status;
mod store;
mod times;
mod tokens;
mod try_out;

use std::ffi::OsString;

use clap::{CommandFactory, Parser, Subcommand};
use tokio::runtime::Builder;

use crate::output::{Failure, Outcome};

/// The exit code of a command that did what it was asked to.
pub(crate) const DONE: u8 = 0;
/// That of one that failed.
pub(crate) const FAILED: u8 = 1;

/// Joins separate chat applications: their users write to each other and form groups across platforms.
#[derive(Parser)]
#[command(name = "integrador", version, arg_required_else_help = true, after_help = HELP)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Serve(serve::Args),
    Mesh(mesh::Args),
    Add(add::Args),
    Status(status::Args),
    DeadLetters(dead_letters::Args),
    Ping(ping::Args),
    Invite(membership::Invite),
    Join(membership::Join),
    Introduce(membership::Introduce),
    Accept(membership::Accept),
    AddPlatform(membership::AddPlatform),
    RotateToken(membership::RotateToken),
    Remove(membership::Remove),
    Conform(conform::Args),
    Peer(peer::Args),
    Check(check::Args),
    Forget(forget::Args),
    Restore(restore::Args),
    /// Shows the platforms that a node knows, from its store. The node may be running.
    Platforms(listings::Args),
    /// Shows the users that a node knows, from its store. The node may be running.
    Users(listings::OfPlatform),
    /// Shows the rooms that a node knows, from its store. The node may be running.
    Rooms(listings::OfPlatform),
    Send(try_out::Send),
    Listen(try_out::Listen),
    /// Writes the completions for a shell: `integrador completions bash > ~/.local/share/bash-completion/completions/integrador`.
    Completions {
        /// Which shell.
        shell: clap_complete::Shell,
    },
}

const HELP: &str = "\
Examples:
  integrador mesh BuasApp=http://localhost:5001/api/ GWT_CHAT=http://localhost:8080/api/
  integrador serve --platforms platforms.json --listen 127.0.0.1:5000 --store hub.db
  integrador ping http://127.0.0.1:5000/
  integrador check BuasApp.platforms.json --online
  integrador status --store hub.db
  integrador invite --store hub.db
  integrador conform http://localhost:8080/api/ --token env:GWT_TOKEN
  integrador peer Legacy --platforms hub.json

`integrador COMMAND --help` has examples for each command.

Exit codes:
  0  done
  1  it failed; standard error says why, in a line that begins with `error:`
  2  the arguments are wrong; of `conform`: nothing could be judged

RUST_LOG sets what is logged to standard error, such as RUST_LOG=integrador=debug.";

/// Runs one command to its end, and returns its exit code. The first of `args` is the name of the program.
///
/// It speaks through the process's own standard output and standard error, and takes Ctrl-C and SIGTERM where a command ends by
/// them; a command may end the process.
pub fn run(args: impl IntoIterator<Item = OsString>) -> u8 {
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        // Wrong arguments: 2; --help and --version: 0.
        Err(told) => {
            let _ = told.print();
            return u8::try_from(told.exit_code()).unwrap_or(2);
        }
    };
    let ended = match Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime.block_on(ends(cli.command)),
        Err(e) => Err(Failure(format!("no thread can be started: {e}"))),
    };
    ended.unwrap_or_else(|failure| {
        output::complain(&failure);
        FAILED
    })
}

async fn ends(command: Command) -> Result<u8, Failure> {
    let done: Outcome = match command {
        Command::Serve(args) => serve::run(args).await,
        Command::Mesh(args) => mesh::run(&args),
        Command::Add(args) => add::run(&args),
        Command::Status(args) => return status::run(&args).await,
        Command::DeadLetters(args) => dead_letters::run(&args).await,
        Command::Ping(args) => ping::run(&args).await,
        Command::Invite(args) => membership::invite(&args).await,
        Command::Join(args) => membership::join(&args).await,
        Command::Introduce(args) => membership::introduce(&args).await,
        Command::Accept(args) => membership::accept(&args).await,
        Command::AddPlatform(args) => membership::add_platform(&args).await,
        Command::RotateToken(args) => membership::rotate_token(&args).await,
        Command::Remove(args) => membership::remove(&args).await,
        Command::Peer(args) => peer::run(&args).await,
        Command::Conform(args) => return Ok(conform::run(&args).await),
        Command::Check(args) => check::run(&args).await,
        Command::Forget(args) => forget::run(&args).await,
        Command::Restore(args) => restore::run(&args),
        Command::Platforms(args) => listings::platforms(&args).await,
        Command::Users(of) => listings::users(&of).await,
        Command::Rooms(of) => listings::rooms(&of).await,
        Command::Send(args) => try_out::send(&args).await,
        Command::Listen(args) => try_out::listen(&args).await,
        Command::Completions { shell } => {
            clap_complete::generate(shell, &mut Cli::command(), "integrador", &mut std::io::stdout());
            Ok(())
        }
    };
    done.map(|()| DONE)
}
