//! `integrador platforms`, `users` and `rooms`: what a node knows, from its store.

use integrador::{Node, Platform, Room, User};
use serde::Serialize;

use crate::output::{self, Cell, Failure, Outcome, cell};
use crate::store::{self, StoreArgs};

/// Of which store, and in which form.
#[derive(clap::Args)]
#[command(
    after_help = "Exit codes: 0 shown, 1 the store can't be read or the platform is not known, 2 wrong arguments."
)]
pub(crate) struct Args {
    #[command(flatten)]
    store: StoreArgs,
    /// Prints a JSON list.
    #[arg(long)]
    json: bool,
}

/// The same, of one platform or of all.
#[derive(clap::Args)]
pub(crate) struct OfPlatform {
    #[command(flatten)]
    args: Args,
    /// Only those of this platform.
    #[arg(long, value_name = "NAME")]
    platform: Option<String>,
}

/// Shows the platforms.
pub(crate) async fn platforms(args: &Args) -> Outcome {
    let all = looked_up(args, |node| Ok(node.platforms())).await?;
    let row = |platform: &Platform| {
        let shows = [(platform.support_image, "image"), (platform.support_audio, "audio")];
        let shows: Vec<_> = shows.into_iter().filter(|(can, _)| *can).map(|(_, what)| what).collect();
        let own = if platform.own { "this one" } else { "" };
        vec![cell(&platform.name), cell(platform.via.as_deref().unwrap_or(own)), cell(shows.join(", "))]
    };
    show(args.json, &all, &["PLATFORM", "VIA", "SHOWS"], row)
}

/// Shows the users.
pub(crate) async fn users(of: &OfPlatform) -> Outcome {
    let all = looked_up(&of.args, |node| Ok(node.users(of.platform.as_deref())?)).await?;
    let row = |user: &User| vec![cell(&user.id), cell(&user.name), cell(if user.active { "" } else { "gone" })];
    show(of.args.json, &all, &["ID", "NAME", ""], row)
}

/// Shows the rooms.
pub(crate) async fn rooms(of: &OfPlatform) -> Outcome {
    let mut all = looked_up(&of.args, |node| Ok(node.rooms())).await?;
    if let Some(name) = &of.platform {
        all.retain(|room| *room.id.platform == **name);
    }
    let row = |room: &Room| {
        let members: usize = room.members.iter().map(|(_, ids)| ids.len()).sum();
        vec![cell(&room.id), cell(&room.name), cell(room.kind), cell(members)]
    };
    show(of.args.json, &all, &["ID", "NAME", "KIND", "MEMBERS"], row)
}

async fn looked_up<T>(args: &Args, look: impl FnOnce(&Node) -> Result<T, Failure>) -> Result<T, Failure> {
    let node = store::open(&args.store.store).await?;
    let found = look(&node);
    node.close().await?;
    found
}

fn show<T: Serialize>(as_json: bool, all: &[T], head: &[&str], row: impl Fn(&T) -> Vec<Cell>) -> Outcome {
    if as_json {
        return output::json(all);
    }
    output::table(head, &all.iter().map(row).collect::<Vec<_>>())
}
