//! `integrador forget`: a platform that is gone for good.

use integrador::Forgotten;

use crate::output::{self, Outcome};
use crate::store::{self, StoreArgs};

/// Has a node forget a platform that is gone for good. The node may be running.
///
/// What waits for it becomes dead letters, of which the application hears; these and the earlier ones are dropped, its users are
/// gone, and the status shows it no more. Rooms stay. First delete its entry in the registry file: one that is named there is
/// not forgotten.
#[derive(clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct Args {
    /// The name of the platform.
    name: String,
    #[command(flatten)]
    store: StoreArgs,
    /// Prints one JSON object: how much waited, how many dead letters and users there were.
    #[arg(long)]
    json: bool,
}

const HELP: &str = "\
Examples:
  integrador forget GWT_CAHT --store hub.db

Exit codes: 0 forgotten, 1 it is not known, or still in the registry file, or a peer hosts it, 2 wrong arguments.";

/// Forgets it.
pub(crate) async fn run(args: &Args) -> Outcome {
    let node = store::open(&args.store.store).await?;
    let forgotten = node.forget(&args.name).await;
    node.close().await?;
    let forgotten = forgotten?;
    if args.json {
        return output::json(forgotten);
    }
    let Forgotten { waiting, dead, users, .. } = forgotten;
    output::say(format_args!("forgotten, with {waiting} events that waited, {dead} dead letters and {users} users"))
}
