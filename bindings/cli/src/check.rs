//! `integrador check`: what is wrong with a registry file, and with the platforms in it.

use std::path::PathBuf;

use integrador::{Config, Finding, Node, registry_file};

use crate::logs;
use crate::output::{self, Failure, Outcome, Tone, cell, toned};
use crate::own::Remembered;

/// Checks a registry file for mistakes, and with --online also the platforms in it.
///
/// The file alone: whether a node would start with it, fields that no entry has, tokens that can be guessed, one endpoint twice.
/// With --online every platform is asked, signed with its token: who does not answer, who refuses the token, whose name or
/// address is another's, who is not known to whom, which plain platform two nodes take for theirs. Nothing is changed anywhere.
#[derive(clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct Args {
    /// The registry file.
    #[arg(value_name = "FILE", default_value = "platforms.json")]
    file: PathBuf,
    /// The name of the node whose file it is. Not needed in a file that `mesh` wrote, or where `add --as` has been told it.
    #[arg(long = "as", value_name = "OWN_NAME")]
    own_name: Option<String>,
    /// Asks every platform too.
    #[arg(long)]
    online: bool,
    /// Prints the findings as a JSON list.
    #[arg(long)]
    json: bool,
}

const HELP: &str = "\
Examples:
  integrador check BuasApp.platforms.json
  integrador check /etc/integrador/platforms.json --as hub --online

Exit codes: 0 nothing is wrong, 1 something is, or it could not be looked at, 2 wrong arguments.";

/// Looks, and tells what it finds.
pub(crate) async fn run(args: &Args) -> Outcome {
    logs::begin(logs::Format::Human, "error");
    let name = Remembered::name_of(args.own_name.as_deref(), &args.file)?;
    let name = name.unwrap_or_else(|| "integrador".into());
    let findings = match args.online {
        false => registry_file::check(&args.file, &name),
        true => online(args, name).await?,
    };
    show(&findings, args.json)?;
    match findings.len() {
        0 => Ok(()),
        1 => Err(Failure("1 thing is wrong".into())),
        n => Err(Failure(format!("{n} things are wrong"))),
    }
}

async fn online(args: &Args, name: String) -> Result<Vec<Finding>, Failure> {
    let folder = tempfile::tempdir().map_err(|e| Failure(format!("a temporary folder: {e}")))?;
    let config = Config::standalone(name, folder.path().join("check.db")).platforms(&args.file);
    Ok(Node::check_file(config).await?)
}

fn show(findings: &[Finding], as_json: bool) -> Outcome {
    if as_json {
        return output::json(findings);
    }
    if findings.is_empty() {
        return output::say("nothing is wrong");
    }
    let row = |finding: &Finding| {
        let platform = finding.platform.as_deref().unwrap_or("–");
        vec![cell(platform), toned(finding.kind, Tone::Bad), cell(&finding.what), cell(&finding.to_do)]
    };
    output::table(&["PLATFORM", "KIND", "WHAT", "TO DO"], &findings.iter().map(row).collect::<Vec<_>>())
}
