//! What goes on in the background: following other processes and the registry file, keeping in contact with other platforms,
//! importing users, forgetting what is past its time.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::config::Role;
use crate::inbox::handout::{self, Handout};
use crate::peers::Peers;
use crate::registry::{Followed, Registry};
use crate::rules::platform;
use crate::shared::Shared;
use crate::{Error, Result};

/// How often other processes' writing is looked for.
const FOLLOW: Duration = Duration::from_millis(15);
/// How often the registry file is looked at.
const WATCH: Duration = Duration::from_millis(500);
/// How often what is past its time is looked for.
const SWEEP: Duration = Duration::from_secs(60);

/// Puts a registry in force.
pub(crate) async fn install(shared: &Shared, registry: Arc<Registry>) -> Result<()> {
    if shared.config.role == Role::Admin {
        return look_on(shared, &registry);
    }
    let (name, standalone) = (shared.config.node_name().to_owned(), shared.config.is_standalone());
    shared.writer.run(move |job| platform::install(job, &registry, &name, standalone)).await?;
    shared.registry_changed();
    Ok(())
}

/// For an administrator: who this is stands in the store, and the node that uses it has put its registry in force there.
fn look_on(shared: &Shared, registry: &Arc<Registry>) -> Result<()> {
    let owner = shared.store.owner()?.ok_or_else(|| Error::store("no node has used this store yet").lasting())?;
    let mut directory = shared.directory.write();
    directory.belongs_to(owner);
    directory.install(registry);
    Ok(())
}

/// Takes in what other processes write, soon.
pub(crate) async fn follow(shared: Arc<Shared>) {
    while !shared.stopping() {
        tokio::time::sleep(FOLLOW).await;
        match shared.store.others_wrote() {
            Ok(true) => {
                // The writer follows at the beginning of every transaction, also of an empty one.
                let _ = shared.writer.run(|_| Ok(())).await;
            }
            Ok(false) => {}
            Err(e) => tracing::error!("other processes can't be followed: {e}"),
        }
    }
}

/// Reads the registry file again whenever it has changed.
pub(crate) async fn watch_registry(shared: Arc<Shared>, peers: Arc<Peers>, mut file: Followed) {
    let mut reported = String::new();
    loop {
        tokio::select! {
            () = tokio::time::sleep(WATCH) => {}
            () = shared.stopped() => return,
        }
        let looked = tokio::task::spawn_blocking(move || (file.read(), file)).await;
        let Ok((read, looked_at)) = looked else { return };
        file = looked_at;
        match read {
            Ok(None) => reported.clear(),
            Ok(Some(registry)) => {
                reported.clear();
                match install(&shared, Arc::new(registry)).await {
                    Ok(()) => tracing::info!("{} was read again", file.path().display()),
                    Err(e) => {
                        tracing::error!("{} could not be put in force yet: {e}", file.path().display());
                        file.forget();
                    }
                }
                peers.presence.wake.notify_one();
            }
            Err(e) if e.to_string() != reported => {
                tracing::error!("{e}; what was valid stays in force");
                reported = e.to_string();
            }
            Err(_) => {}
        }
    }
}

/// Looks after what is past its time: handlers that never acknowledge, what waited too long for its room, old receipts.
pub(crate) async fn sweep(desk: Arc<Handout>) {
    let mut swept: Option<Instant> = None;
    while !desk.shared.stopping() {
        tokio::select! {
            () = tokio::time::sleep(Duration::from_secs(1)) => {}
            () = desk.shared.stopped() => return,
        }
        let inbox = desk.inbox.clone();
        if let Ok(Err(e)) = tokio::task::spawn_blocking(move || inbox.look_for_the_dead()).await {
            tracing::error!("what other processes left can't be looked for: {e}");
        }
        for id in desk.inbox.expired(Instant::now()) {
            let _ = handout::nack(&desk, id, "not acknowledged within the handler timeout").await;
        }
        let every = SWEEP.min(desk.shared.config.retention / 4).max(Duration::from_secs(1));
        if swept.is_none_or(|at| at.elapsed() >= every) {
            swept = Some(Instant::now());
            loop {
                match desk.shared.writer.run(handout::forget).await {
                    Ok(true) if !desk.shared.stopping() => {}
                    Ok(_) => break,
                    Err(e) => {
                        tracing::error!("what is past its time could not be cleared: {e}");
                        break;
                    }
                }
            }
        }
    }
}
