//! Who takes part in a network at run time: `invite`, `join`, `introduce`, `accept`, `add-platform`, `rotate-token`, `remove`.
//! The node that runs on the store does it; the command asks it to, and tells what came of it.

use std::io::Read;

use integrador::{InviteInfo, Node};
use serde_json::json;

use crate::output::{self, Failure, Outcome, cell};
use crate::store::{self, StoreArgs};
use crate::times;

/// Makes an invite: one line of text by which one platform joins, once, within 24 hours.
///
/// The line goes to standard output. Whoever has it can join, so send it privately.
#[derive(clap::Args)]
#[command(after_help = INVITE)]
pub(crate) struct Invite {
    #[command(flatten)]
    store: StoreArgs,
    /// Where others reach this node. Not needed if it listens at a single address.
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// Lists the invites that have not expired; the lines themselves are not shown.
    #[arg(long, conflicts_with_all = ["url", "revoke"])]
    list: bool,
    /// Revokes the invite with this id.
    #[arg(long, value_name = "ID", conflicts_with = "url")]
    revoke: Option<String>,
    /// Prints JSON: an object, or with --list a list.
    #[arg(long)]
    json: bool,
}

const INVITE: &str = "\
Examples:
  integrador invite --store hub.db
  integrador invite --store hub.db --url https://chat.example/integrador/
  integrador invite --store hub.db --list
  integrador invite --store hub.db --revoke 0199b2c4d0f07a31b6d2f4a0c8e1d5f7

Exit codes: 0 done, 1 it failed, 2 wrong arguments.";

/// Makes, lists or revokes.
pub(crate) async fn invite(args: &Invite) -> Outcome {
    let node = store::open(&args.store.store).await?;
    let done = inviting(&node, args).await;
    node.close().await?;
    done
}

async fn inviting(node: &Node, args: &Invite) -> Outcome {
    if let Some(id) = &args.revoke {
        node.revoke_invite(id).await?;
        return told(args.json, json!({"revoked": id}), "revoked");
    }
    if args.list {
        return list(&node.invites().await?, args.json);
    }
    let invite = node.invite(args.url.as_deref()).await?;
    if args.json {
        // As it is listed, which says when it expires; and the line.
        let listed = node.invites().await?.into_iter().find(|listed| listed.id == invite.id);
        let expires = listed.map(output::value).transpose()?.map(|listed| listed["expires"].clone());
        return output::json(json!({"id": invite.id, "url": invite.url, "expires": expires, "invite": invite.text()}));
    }
    output::remark(format_args!(
        "One platform joins by this line, once, within 24 hours (`integrador join`). Send it privately.\n"
    ));
    output::say(invite.text())
}

fn list(invites: &[InviteInfo], as_json: bool) -> Outcome {
    if as_json {
        return output::json(invites);
    }
    if invites.is_empty() {
        return output::say("there are no invites");
    }
    let row = |invite: &InviteInfo| {
        let left = times::until(invite.expires);
        let used = invite.used_by.as_deref().unwrap_or("–");
        vec![cell(&invite.id), cell(times::since(invite.made)), cell(left), cell(used)]
    };
    output::table(&["ID", "MADE", "GOOD FOR", "USED BY"], &invites.iter().map(row).collect::<Vec<_>>())
}

/// Joins with an invite: this node then knows everybody that the inviter knows, and they know it.
///
/// No file is edited anywhere. If you don't know whether it worked, run it again: the same invite serves the same node.
#[derive(clap::Args)]
#[command(after_help = JOIN)]
pub(crate) struct Join {
    /// The line that `integrador invite` printed, or `-` to read it from standard input, where no list of processes shows it.
    #[arg(value_name = "INVITE")]
    invite: String,
    #[command(flatten)]
    store: StoreArgs,
    /// Where others reach this node. Not needed if it listens at a single address.
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// Prints one JSON object.
    #[arg(long)]
    json: bool,
}

const JOIN: &str = "\
Examples:
  integrador join integrador:eyJ2Ijox… --store hub.db
  integrador join - --store hub.db --url https://chat.example/integrador/ < invite.txt

Exit codes: 0 joined, 1 it failed, 2 wrong arguments.";

/// Joins.
pub(crate) async fn join(args: &Join) -> Outcome {
    let invite = match &*args.invite {
        "-" => {
            let mut text = String::new();
            let read = std::io::stdin().read_to_string(&mut text);
            read.map_err(|e| Failure(format!("standard input can't be read: {e}")))?;
            text
        }
        given => given.to_owned(),
    };
    let node = store::open(&args.store.store).await?;
    let joined = node.join(&invite, args.url.as_deref()).await;
    node.close().await?;
    let joined = joined?;
    if args.json {
        return output::json(&joined);
    }
    let others =
        if joined.platforms.is_empty() { String::new() } else { format!(" and {}", joined.platforms.join(", ")) };
    output::say(format_args!("joined {}", output::printable(&format!("{}{others}", joined.inviter))))
}

/// Introduces two nodes that this one knows to each other, if each was added to another node's file only.
#[derive(clap::Args)]
pub(crate) struct Introduce {
    /// One of them.
    #[arg(value_name = "A")]
    a: String,
    /// The other.
    #[arg(value_name = "B")]
    b: String,
    #[command(flatten)]
    store: StoreArgs,
}

/// Introduces them.
pub(crate) async fn introduce(args: &Introduce) -> Outcome {
    let node = store::open(&args.store.store).await?;
    let done = node.introduce(&args.a, &args.b).await;
    node.close().await?;
    done?;
    output::say("both are told")
}

/// Lets in a platform that a peer introduced and that is waiting for it, under `introductions = "ask"` (`integrador status` shows which).
#[derive(clap::Args)]
pub(crate) struct Accept {
    /// The platform.
    name: String,
    #[command(flatten)]
    store: StoreArgs,
    /// Refuses it instead.
    #[arg(long)]
    refuse: bool,
}

/// Lets it in, or not.
pub(crate) async fn accept(args: &Accept) -> Outcome {
    let node = store::open(&args.store.store).await?;
    let done = match args.refuse {
        true => node.refuse_introduction(&args.name).await,
        false => node.accept_introduction(&args.name).await,
    };
    node.close().await?;
    done?;
    output::say(if args.refuse { "refused" } else { "accepted" })
}

/// Adds a platform that does not embed the library, while the node runs: the node is its gateway from then on.
///
/// The token with which it posts goes to standard output, and is shown nowhere else: send it privately.
#[derive(clap::Args)]
pub(crate) struct AddPlatform {
    /// The name by which it calls itself.
    name: String,
    /// The URL under which it is reached.
    url: String,
    #[command(flatten)]
    store: StoreArgs,
    /// Prints one JSON object.
    #[arg(long)]
    json: bool,
}

/// Adds it.
pub(crate) async fn add_platform(args: &AddPlatform) -> Outcome {
    let node = store::open(&args.store.store).await?;
    let token = node.add_platform(&args.name, &args.url).await;
    node.close().await?;
    let token = token?;
    told(args.json, json!({"name": args.name, "token": token.reveal()}), token.reveal())
}

/// Replaces the token shared with a platform that joined or was added. For 24 hours the old one is good too.
///
/// Another node is told without your help, even if it is down now. The new token of a platform without the library goes to standard
/// output: send it there privately.
#[derive(clap::Args)]
pub(crate) struct RotateToken {
    /// The platform.
    name: String,
    #[command(flatten)]
    store: StoreArgs,
    /// Prints one JSON object.
    #[arg(long)]
    json: bool,
}

/// Replaces it.
pub(crate) async fn rotate_token(args: &RotateToken) -> Outcome {
    let node = store::open(&args.store.store).await?;
    let token = node.rotate_token(&args.name).await;
    node.close().await?;
    match token? {
        Some(token) => told(args.json, json!({"name": args.name, "token": token.reveal()}), token.reveal()),
        None => told(args.json, json!({"name": args.name}), "the other node is told"),
    }
}

/// Removes a platform that joined or was added: nothing from it is accepted any more, and whatever waits for it becomes dead letters.
#[derive(clap::Args)]
pub(crate) struct Remove {
    /// The platform.
    name: String,
    #[command(flatten)]
    store: StoreArgs,
}

/// Removes it.
pub(crate) async fn remove(args: &Remove) -> Outcome {
    let node = store::open(&args.store.store).await?;
    let done = node.remove_platform(&args.name).await;
    node.close().await?;
    done?;
    output::say("removed")
}

fn told(as_json: bool, value: serde_json::Value, text: &str) -> Outcome {
    if as_json { output::json(&value) } else { output::say(text) }
}
