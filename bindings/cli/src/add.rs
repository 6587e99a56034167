//! `integrador add`: one more platform in a registry file, and the line for the other side.

use std::path::{Path, PathBuf};

use integrador::EventKind;
use integrador::registry_file::{self, Member, NO_URL, Own};
use serde_json::{Value, json};

use crate::files;
use crate::output::{self, Failure, Outcome};
use crate::own::Remembered;

/// Adds a platform to a registry file, with a fresh token, and prints the entry that the other side needs.
///
/// What is already in the file stays as it is; a running node follows the change. The entry for the other side goes to
/// standard output and holds the token, which is shown nowhere else: send it privately. A platform that does not embed
/// the library (--plain) needs of it the token, for what it posts, and the URL to post to.
#[derive(clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct Args {
    /// The name by which the platform calls itself.
    name: String,
    /// The URL at which others reach its node, or the platform itself.
    url: String,
    /// The registry file; made if it isn't there.
    #[arg(long, value_name = "FILE", default_value = "platforms.json")]
    platforms: PathBuf,
    /// It does not embed the library: this node is its gateway. Its entry says that it shows neither images nor audio, unless
    /// --shows says more.
    #[arg(long)]
    plain: bool,
    /// What it can show besides text.
    #[arg(long, value_name = "WHAT", value_enum, value_delimiter = ',')]
    shows: Vec<Shows>,
    /// What a platform without the library takes beyond users, rooms and messages. Of what it does not take, an edit goes to it as
    /// a message, a delete or a reaction not at all.
    #[arg(long, value_name = "KINDS", value_enum, value_delimiter = ',', requires = "plain")]
    supports: Vec<Supports>,
    /// The name of this side. Remembered beside the file; not needed in one that `mesh` wrote.
    #[arg(long = "as", value_name = "OWN_NAME")]
    own_name: Option<String>,
    /// The URL at which the other side reaches this one. Remembered beside the file; not needed in one that `mesh` wrote.
    #[arg(long, value_name = "URL")]
    own_url: Option<String>,
    /// Prints the entry for the other side inside a JSON object that also names the file.
    #[arg(long)]
    json: bool,
}

/// What a platform can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Shows {
    Image,
    Audio,
}

/// What a platform without the library may take beyond users, rooms and messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Supports {
    Edit,
    Delete,
    Reaction,
}

impl From<Supports> for EventKind {
    fn from(supports: Supports) -> EventKind {
        match supports {
            Supports::Edit => EventKind::Edit,
            Supports::Delete => EventKind::Delete,
            Supports::Reaction => EventKind::Reaction,
        }
    }
}

const HELP: &str = "\
Examples:
  integrador add GWT_CHAT http://localhost:8080/api/ --platforms BuasApp.platforms.json
  integrador add GoChat http://localhost:5003/ --plain --shows image --supports edit,delete
  integrador add GWT_CHAT http://localhost:8080/api/ --as hub --own-url http://localhost:5000/

Exit codes: 0 added, 1 the name is there already or the file is in error, 2 wrong arguments.";

/// Adds the entry.
pub(crate) fn run(args: &Args) -> Outcome {
    let file = &args.platforms;
    let there = files::read_or_empty(file)?;
    let given = Remembered { name: args.own_name.clone(), url: args.own_url.clone() };
    let known = given.or(Remembered::beside(file)?);
    // The name that `serve` takes where it is not told another.
    let name = known.name.clone().or_else(|| registry_file::owner(&there)).unwrap_or_else(|| "integrador".into());
    let own = Own { name: Some(&name), url: known.url.as_deref() };
    let added = registry_file::add_member(&there, own, &member(args))
        .map_err(|e| Failure(format!("{}: {e}", args.platforms.display())))?;
    files::replace(file, &added.json)?;
    if args.own_name.is_some() || args.own_url.is_some() {
        known.keep(file)?;
    }
    for warning in &added.warnings {
        output::remark(format_args!("{}, {warning}", file.display()));
    }
    if added.own_url.is_none() {
        output::remark(format_args!(
            "Nothing says where the other side reaches this node, `{name}`: put its URL in the place of {NO_URL}. Give \
             --as and --own-url once, and they are remembered.\n"
        ));
    }

    if args.json {
        let entry: Value = serde_json::from_str(&added.other_side)
            .map_err(|e| Failure(format!("the entry for the other side is not JSON: {e}")))?;
        return output::json(json!({"file": file, "name": args.name.trim(), "other_side": entry}));
    }
    told(args, file);
    output::say(&added.other_side)
}

fn member(args: &Args) -> Member {
    let member = if args.plain { Member::plain(&args.name, &args.url) } else { Member::node(&args.name, &args.url) };
    let member = member.supports(args.supports.iter().copied().map(EventKind::from));
    match args.shows.is_empty() {
        true => member,
        false => member.shows(args.shows.contains(&Shows::Audio), args.shows.contains(&Shows::Image)),
    }
}

fn told(args: &Args, file: &Path) {
    let name = args.name.trim();
    let whose = match args.plain {
        true => format!(
            "{name} posts to this URL, with this token. Other nodes reach it by an entry with `via` and the name of this node."
        ),
        false => format!("This entry belongs in the registry file of {name}."),
    };
    output::remark(format_args!(
        "Added {name} to {}; a running node follows it without a restart.\n\
         {whose} It holds the token that only the two sides share, so send it privately.\n",
        file.display()
    ));
}
