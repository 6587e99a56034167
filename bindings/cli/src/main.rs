//! The command line of Integrador: one more language in which the library speaks.
//!
//! Each command has a module of its own that turns arguments into calls of the crate and the results into text or JSON.
//! What a registry file, a status or a dead letter is, is decided in the crate and nowhere here. `conform` and `peer` alone speak
//! the protocol themselves, since they play those who have no crate.

mod add;
mod client;
mod config_file;
mod conform;
mod dead_letters;
mod files;
mod logs;
mod membership;
mod mesh;
mod output;
mod peer;
mod ping;
mod serve;
mod signing;
mod status;
mod store;
mod times;
mod tokens;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::output::{Failure, Outcome};

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
}

const HELP: &str = "\
Examples:
  integrador mesh BuasApp=http://localhost:5001/api/ GWT_CHAT=http://localhost:8080/api/
  integrador serve --platforms platforms.json --listen 127.0.0.1:5000 --store hub.db
  integrador ping http://127.0.0.1:5000/
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

#[tokio::main]
async fn main() -> ExitCode {
    // Wrong arguments end here, with 2; --help and --version with 0.
    let cli = Cli::parse();
    match run(cli.command).await {
        Ok(code) => code,
        Err(failure) => {
            output::complain(&failure);
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command) -> Result<ExitCode, Failure> {
    let done: Outcome = match command {
        Command::Serve(args) => serve::run(args).await,
        Command::Mesh(args) => mesh::run(&args),
        Command::Add(args) => add::run(&args),
        Command::Status(args) => status::run(&args).await,
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
    };
    done.map(|()| ExitCode::SUCCESS)
}
