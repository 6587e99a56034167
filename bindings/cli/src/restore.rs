//! `integrador restore`: a backup in the place of a store.

use std::path::PathBuf;

use serde_json::json;

use crate::logs;
use crate::output::{self, Outcome};

/// Puts a backup in place of a node's store. First stop the node, and every other process that has the store open.
///
/// The backup is looked at from beginning to end before anything is touched, and stays as it is. What was there before is moved
/// aside, with its log. The store gets a new id, so that other nodes tell it again which users and rooms it has forgotten; what
/// waited to be sent at the time of the backup is sent again, and nodes recognise it. Run it as the user whose node it is.
#[derive(clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct Args {
    /// The backup: a copy of a store that was not running, or one that `VACUUM INTO` made.
    backup: PathBuf,
    /// The store.
    store: PathBuf,
    /// Prints one JSON object: where what was there before is now.
    #[arg(long)]
    json: bool,
}

const HELP: &str = "\
Examples:
  systemctl stop integrador
  sudo -u integrador integrador restore /backup/hub-2026-03-01.db /var/lib/integrador/hub.db
  systemctl start integrador

If it is interrupted, the node refuses to start until it has been done again.

Exit codes: 0 restored, 1 a process has the store open, or the backup is damaged or none; then the store is as it was; 2 wrong
arguments.";

/// Restores it.
pub(crate) fn run(args: &Args) -> Outcome {
    logs::begin(logs::Format::Human, "warn");
    let kept = integrador::restore(&args.backup, &args.store)?;
    if args.json {
        return output::json(json!({"store": args.store, "replaced": kept}));
    }
    let store = output::printable(&args.store.display().to_string());
    match kept {
        None => output::say(format_args!("restored {store}")),
        Some(kept) => {
            let kept = output::printable(&kept.display().to_string());
            output::say(format_args!("restored {store}; what was there is now {kept}"))
        }
    }
}
