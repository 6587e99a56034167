//! Opening the store of a node, running or not, to look at it and to repair it.

use std::path::{Path, PathBuf};

use integrador::{Config, Node};

use crate::logs;
use crate::output::Failure;

/// Which store.
#[derive(clap::Args)]
pub(crate) struct StoreArgs {
    /// The file of the node's store. The node may be running.
    #[arg(long, value_name = "FILE")]
    pub(crate) store: PathBuf,
}

/// Opens as an administrator, which takes no lane, no room and no port from the running node.
pub(crate) async fn open(store: &Path) -> Result<Node, Failure> {
    logs::begin(logs::Format::Human, "warn");
    // `open` would make the file, and a slip in a path would look like an idle node.
    if !store.is_file() {
        return Err(Failure(format!("--store {}: there is no such file", store.display())));
    }
    // Whose store it is stands in the store; the name given here means nothing.
    Ok(Node::open(Config::standalone("integrador", store).admin()).await?)
}
