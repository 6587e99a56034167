//! `integrador add`: one more platform in a registry file, and the line for the other side.

use std::path::PathBuf;

use integrador::registry_file;
use serde_json::{Value, json};

use crate::files;
use crate::output::{self, Failure, Outcome};

/// Adds a platform to a registry file, with a fresh token, and prints the entry that the other side needs.
///
/// What stands in the file stays as it is; a node that runs with it follows the change. The entry for the other side goes to
/// standard output and holds the token, which is shown nowhere else: send it by a private way.
#[derive(clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct Args {
    /// The name of the platform, as it calls itself.
    name: String,
    /// The URL under which its node, or the platform itself, is reached.
    url: String,
    /// The registry file; made if it isn't there.
    #[arg(long, value_name = "FILE", default_value = "platforms.json")]
    platforms: PathBuf,
    /// The name of this side. Not needed in a file that `mesh` wrote, which has an entry of its own platform.
    #[arg(long = "as", value_name = "OWN_NAME")]
    own_name: Option<String>,
    /// The URL under which the other side reaches this one. Not needed when the file has an entry of its own platform.
    #[arg(long, value_name = "URL", requires = "own_name")]
    own_url: Option<String>,
    /// Prints the entry for the other side inside a JSON object that also names the file.
    #[arg(long)]
    json: bool,
}

const HELP: &str = "\
Examples:
  integrador add GWT_CHAT http://localhost:8080/api/ --platforms BuasApp.platforms.json
  integrador add legacy http://localhost:5003/ --platforms hub.json --as hub --own-url http://localhost:5000/

Exit codes: 0 added, 1 the name is there already or the file is in error, 2 wrong arguments.";

/// Adds the entry.
pub(crate) fn run(args: &Args) -> Outcome {
    let file = &args.platforms;
    let there = files::read_or_empty(file)?;
    let own_name = args.own_name.as_deref();
    let added = registry_file::add(&there, own_name, &args.name, &args.url, args.own_url.as_deref())
        .map_err(|e| in_file(args, &e))?;
    files::replace(file, &added.json)?;
    for warning in &added.warnings {
        output::remark(format_args!("{}, {warning}", file.display()));
    }

    if args.json {
        let entry: Value = serde_json::from_str(&added.other_side)
            .map_err(|e| Failure(format!("the entry for the other side is not JSON: {e}")))?;
        return output::json(&json!({"file": file, "name": args.name.trim(), "other_side": entry}));
    }
    output::remark(format_args!(
        "Added {} to {}; a running node follows it without a restart.\n\
         This entry belongs in the registry file of {}. It holds the token that only the two sides share, so send it by a\n\
         private way. (A platform without the library needs the token alone, for what it posts to this node.)\n",
        args.name.trim(),
        file.display(),
        args.name.trim(),
    ));
    output::say(&added.other_side)
}

/// Says which file it is about, and which options help when the file doesn't tell who this side is.
fn in_file(args: &Args, error: &integrador::Error) -> Failure {
    let hint = match (error.kind(), &args.own_name, &args.own_url) {
        (integrador::ErrorKind::Config, None, _) => " (--as OWN_NAME --own-url URL)",
        (integrador::ErrorKind::Config, Some(_), None) => " (--own-url URL)",
        _ => "",
    };
    Failure(format!("{}: {error}{hint}", args.platforms.display()))
}
