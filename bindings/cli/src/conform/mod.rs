//! `integrador conform`: plays a gateway against a platform that does not embed the library, and says what it does otherwise
//! than the protocol asks.
//!
//! The checks are rows of the tables in [`table`]; what they find is told by [`report`]. Nothing is judged here but whether a
//! judgement is possible.

mod check;
mod events;
mod flow;
mod gateway;
mod listen;
mod node;
mod posts;
mod report;
mod signature;
mod table;
mod texts;
mod trial;
mod users;

use std::collections::HashSet;
use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use self::check::{Check, Severity};
use self::gateway::{Gateway, Signed};
use self::listen::Listening;
use self::report::{Report, Result as Judged};
use self::trial::{CONFORM, Trial, event_id};
use crate::output::{self, Failure};
use crate::{DONE, FAILED, client, logs, tokens};

/// Checks a platform that does not embed the library against the protocol.
///
/// It plays the gateway: asks for the users, and posts users, rooms and messages of a platform `conform`, in every form that the
/// protocol allows, to see what becomes of them. All that it posts is called `conform …`; nothing of the platform's own is
/// touched. In the end the rooms lose their members and the users are renamed, which is as much as the protocol allows; the rows
/// stay, and can be deleted. With --expect-posts it also judges what the platform posts, once somebody writes there.
#[derive(clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct Args {
    /// The endpoint of the platform, as it stands in the gateway's registry file.
    url: String,
    /// The token that the platform and its gateway share; env:NAME and file:PATH say where it is.
    #[arg(long, value_name = "TOKEN")]
    token: String,
    /// The platform's name in the gateway's registry file; it makes some checks stricter.
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// The id of one of the platform's own users, who may be put into a test room.
    #[arg(long, value_name = "ID", requires = "name")]
    member: Option<String>,
    /// What `supports` of its registry entry lists: edit, delete, reaction.
    #[arg(long, value_name = "KINDS", value_delimiter = ',', value_parser = ["edit", "delete", "reaction"])]
    supports: Vec<String>,
    /// Waits for so many messages that somebody writes on the platform, and judges what it posts to --listen.
    #[arg(long, value_name = "NUMBER", requires = "listen", value_parser = clap::value_parser!(u32).range(1..=1000))]
    expect_posts: Option<u32>,
    /// Where the platform finds this gateway meanwhile. Port 0: any free one; standard error says which.
    #[arg(long, value_name = "HOST:PORT", requires = "expect_posts")]
    listen: Option<String>,
    /// How long to wait for the messages.
    #[arg(long, value_name = "SECONDS", default_value = "120", value_parser = clap::value_parser!(u16).range(1..=3600))]
    wait: u16,
    /// How long to wait for each answer; a gateway waits 15 s.
    #[arg(long, value_name = "SECONDS", default_value = "15", value_parser = clap::value_parser!(u16).range(1..=600))]
    timeout: u16,
    /// Only the checks whose names begin so, such as `words` or `message.empty`, and those that they need.
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    only: Vec<String>,
    /// Treats what a platform should do like what it must do, for the exit code.
    #[arg(long)]
    strict: bool,
    /// Leaves the test rooms as they are, to look at them.
    #[arg(long)]
    keep: bool,
    /// Prints one JSON object.
    #[arg(long)]
    json: bool,
}

const HELP: &str = "\
Examples:
  integrador conform http://localhost:8080/api/ --token env:GWT_TOKEN
  integrador conform http://localhost:5003/api/ --token file:token --name PlainChat --member 1
  integrador conform http://localhost:5003/api/ --token file:token --only users,words --json
  integrador conform http://localhost:5003/api/ --token file:token --listen 127.0.0.1:5000 --expect-posts 1
      (then write a message on the platform, whose gateway is http://127.0.0.1:5000/)

A fault is named with the place where it was seen, what to do, and the section of docs/protocol.md that has the rule. MUST: something
is lost, or wrong for others. SHOULD: the protocol leaves it open, and there is no reason to leave it out.

Exit codes: 0 it conforms, 1 it does something that it must not (with --strict, or should not), 2 it could not be judged: nobody
answers, it refuses the token, wrong arguments.";

/// Judges it.
pub(crate) async fn run(args: &Args) -> u8 {
    match judge(args).await {
        Ok(code) => code,
        Err(failure) => {
            output::complain(&Failure(format!("it could not be judged: {failure}")));
            2
        }
    }
}

async fn judge(args: &Args) -> Result<u8, Failure> {
    logs::begin(logs::Format::Human, "off");
    let (trial, pong) = begin(args).await?;
    let mut report = Report {
        url: trial.gateway.url.to_string(),
        kind: "a plain platform".into(),
        is_node: pong.is_some(),
        results: Vec::new(),
        notes: Vec::new(),
    };
    let table: Vec<&'static Check> = match pong {
        Some(kind) => {
            report.kind = format!("{kind}: nothing to check but reachability, token, and ping");
            table::NODE.iter().collect()
        }
        None => {
            introduce(&trial);
            is_taken_for_its_gateway(&trial).await?;
            table::PLAIN.iter().chain(table::POSTS).filter(|check| is_asked(check, &trial)).collect()
        }
    };
    let chosen = chosen(&table, &args.only)?;
    judged(&trial, &chosen, &mut report).await?;
    if !report.is_node {
        finish(&trial, args.keep, &mut report).await;
    }
    if args.json {
        report.json()?
    } else {
        report.text()?
    }
    let faults = report.count(Severity::Must) + if args.strict { report.count(Severity::Should) } else { 0 };
    Ok(if faults == 0 { DONE } else { FAILED })
}

/// What is to be judged, and whether it is a node: of what sort then.
async fn begin(args: &Args) -> Result<(Trial, Option<String>), Failure> {
    let token = tokens::read(&args.token, Path::new(""))?;
    let limit = Duration::from_secs(args.timeout.into());
    let gateway = Gateway::new(client::endpoint(&args.url)?, &token, CONFORM, limit)?;
    let (ping, _) = gateway.ask("ping", &event_id(), None, Signed::Not).await;
    let pong = match ping {
        Err(e) if e.nobody => return Err(Failure(e.why)),
        Err(_) => None,
        Ok(answer) => node::kind(&answer),
    };
    let mut trial = Trial::new(gateway, limit);
    trial.name.clone_from(&args.name);
    trial.member = args.member.as_ref().map(|id| id.parse::<i64>().map_or_else(|_| json!(id), |n| json!(n)));
    trial.supports.clone_from(&args.supports);
    if let (Some(listen), Some(expected), None) = (&args.listen, args.expect_posts, &pong) {
        let known = (&trial.plaza(), &trial.writer());
        let wait = (expected, Duration::from_secs(args.wait.into()));
        let listening = Listening::begin(listen, &token, args.name.as_deref(), known, wait).await?;
        output::remark(format_args!("listening on http://{}", listening.address));
        trial.listening = Some(listening);
    }
    Ok((trial, pong))
}

/// Says what it is about to do, before it does.
fn introduce(trial: &Trial) {
    output::remark(format_args!(
        "Posting users, rooms and messages of a platform `{CONFORM}` to {}; all of them are called `conform …`.",
        trial.gateway.url
    ));
}

/// A token that is refused says nothing of the platform.
async fn is_taken_for_its_gateway(trial: &Trial) -> Result<(), Failure> {
    let post = trial.user(&trial.writer(), "conform writer");
    match trial.once(&post, post.body.to_string().as_bytes(), Signed::Well).await {
        Ok(answer) if matches!(answer.status, 401 | 403) => Err(Failure(format!(
            "POST user, signed with this token, is {}. Does the platform have the same token, and is its clock right?",
            answer.told()
        ))),
        Err(e) if e.nobody => Err(Failure(e.why)),
        _ => Ok(()),
    }
}

/// Whether a check is for this run.
fn is_asked(check: &Check, trial: &Trial) -> bool {
    match check.name.split_once('.') {
        Some(("supports", kind)) => trial.supports.iter().any(|s| s == kind),
        Some(("posts", _)) => trial.listening.is_some(),
        _ if check.name == "room.member" => trial.member.is_some(),
        _ => true,
    }
}

/// Those that `--only` names, with what they need.
fn chosen(table: &[&'static Check], only: &[String]) -> Result<Vec<&'static Check>, Failure> {
    if only.is_empty() {
        return Ok(table.to_vec());
    }
    let named = |check: &Check, begin: &str| check.name == begin || check.name.starts_with(&format!("{begin}."));
    let mut names = HashSet::new();
    for begin in only {
        let before = names.len();
        names.extend(table.iter().filter(|check| named(check, begin)).map(|check| check.name));
        if names.len() == before && !names.iter().any(|name| *name == begin) {
            let all: Vec<_> = table.iter().map(|check| check.name).collect();
            return Err(Failure(format!("--only {begin}: there is no such check here; there are {}", all.join(", "))));
        }
    }
    // From the last to the first, since a check needs only those above it.
    for check in table.iter().rev() {
        if names.contains(check.name) {
            names.extend(check.after);
        }
    }
    Ok(table.iter().copied().filter(|check| names.contains(check.name)).collect())
}

async fn judged(trial: &Trial, checks: &[&'static Check], report: &mut Report) -> Result<(), Failure> {
    let progress = Progress { shown: io::stderr().is_terminal(), all: checks.len() };
    let mut unkept: HashSet<&'static str> = HashSet::new();
    for (n, check) in checks.iter().copied().enumerate() {
        if check.name == "posts.come"
            && let Some(listening) = &trial.listening
        {
            progress.clear();
            output::remark(format_args!(
                "Now write a message on the platform; its gateway is http://{}/.",
                listening.address
            ));
        }
        progress.show(n + 1, check.name);
        let result = match check.after.iter().find(|name| unkept.contains(*name)) {
            Some(because) => Judged::Skipped(because),
            None => match (check.run)(trial).await {
                places if places.is_empty() => Judged::Kept,
                places => Judged::Broken(places),
            },
        };
        if trial.is_gone() {
            progress.clear();
            return Err(Failure(format!("nobody listens at {} any more, since the check {}", report.url, check.name)));
        }
        if !matches!(result, Judged::Kept) {
            unkept.insert(check.name);
        }
        report.results.push((check, result));
    }
    progress.clear();
    Ok(())
}

/// Takes everybody out of the test rooms and says of the users what they are.
async fn finish(trial: &Trial, keep: bool, report: &mut Report) {
    let (users, rooms) = trial.made();
    report.notes.push(format!(
        "Left there: {} users and {} rooms of the platform `{CONFORM}`, all called `conform …`. They can be deleted.",
        users.len(),
        rooms.len()
    ));
    report.notes.push(
        "Not to be seen from outside: whether the message \"conform: posted three times under one id, to be seen once\" is shown once. \
         Look in the room `conform plaza`; --keep leaves it open."
            .into(),
    );
    if keep {
        return;
    }
    // A platform that can't take this any more has said so before.
    for room in rooms {
        let closed = trial.room(&room, "conform, a test that is over", "private", Value::Array(Vec::new()));
        let _ = trial.once(&closed, closed.body.to_string().as_bytes(), Signed::Well).await;
    }
    for user in users {
        let over = trial.user(&user, "conform, a test that is over");
        let _ = trial.once(&over, over.body.to_string().as_bytes(), Signed::Well).await;
    }
}

/// How far it is, on a terminal.
struct Progress {
    shown: bool,
    all: usize,
}

impl Progress {
    fn show(&self, n: usize, name: &str) {
        self.write(format_args!("\r\x1b[K{n}/{} {name}", self.all));
    }

    fn clear(&self) {
        self.write(format_args!("\r\x1b[K"));
    }

    fn write(&self, line: std::fmt::Arguments<'_>) {
        if self.shown {
            let mut err = io::stderr();
            let _ = err.write_fmt(line).and_then(|()| err.flush());
        }
    }
}
