//! What goes on in the background and belongs to no other part: following other processes and the registry file, asking for
//! leases, forgetting what is past its time.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::config::Role;
use crate::inbox::Holder;
use crate::inbox::handout::{self, Handout};
use crate::operate::{Operator, membership};
use crate::peers::Peers;
use crate::registry::{Followed, News, Registry, Watch};
use crate::rules::membership::leaving;
use crate::rules::platform;
use crate::shared::Shared;
use crate::util::apart::apart;
use crate::util::threads::spawn_blocking;
use crate::util::tick::{tick, ticks};
use crate::{Error, ErrorKind, Result};

/// How often it is looked for handlers that take too long, and whether another process has come.
const LOOK: Duration = Duration::from_secs(5);
/// How often what is past its time is looked for.
const SWEEP: Duration = Duration::from_secs(60);

/// Puts a registry in force.
pub(crate) async fn install(shared: &Shared, registry: Arc<Registry>) -> Result<()> {
    if shared.config.role == Role::Admin {
        return look_on(shared, &registry).await;
    }
    let (name, standalone) = (shared.config.node_name().to_owned(), shared.config.is_standalone());
    let store = shared.store.clone();
    let owner = apart(move || store.owner()).await?;
    shared.writer.run(move |job| platform::install(job, &registry, &name, standalone, owner)).await?;
    shared.registry_changed();
    Ok(())
}

/// For an administrator: who this is stands in the store, and the node that uses it has put its registry in force there.
async fn look_on(shared: &Shared, registry: &Arc<Registry>) -> Result<()> {
    let store = shared.store.clone();
    let owner =
        apart(move || store.owner()).await?.ok_or_else(|| Error::store("no node has used this store yet").lasting())?;
    shared.directory.look_on(owner, registry);
    Ok(())
}

/// Takes in what other processes write, soon.
pub(crate) async fn follow(shared: Arc<Shared>) {
    let others = shared.store.others();
    loop {
        tokio::select! {
            () = others.notified() => {}
            () = shared.stopped() => return,
        }
        // The writer follows at the beginning of every transaction, also of an empty one.
        let _ = shared.writer.run(|_| Ok(())).await;
    }
}

/// Puts the registry file in force again whenever it has changed.
pub(crate) async fn watch_registry(shared: Arc<Shared>, peers: Arc<Peers>, file: Followed) {
    let mut watch = match Watch::start(file) {
        Ok(watch) => watch,
        Err(e) => return tracing::error!("{e}"),
    };
    loop {
        let News { read, mut file } = tokio::select! {
            news = watch.next() => match news {
                Some(news) => news,
                None => return,
            },
            () = shared.stopped() => return,
        };
        match read {
            Ok(registry) => {
                match install(&shared, Arc::new(registry)).await {
                    Ok(()) => tracing::info!("{} was read again", file.path().display()),
                    Err(e) => {
                        tracing::error!("{} could not be put in force yet: {e}", file.path().display());
                        file.forget();
                    }
                }
                peers.presence.wake.notify_one();
            }
            Err(e) => tracing::error!("{e}; what was valid stays in force"),
        }
        watch.go_on(file);
    }
}

/// Looks after what is past its time: handlers that never acknowledge, what waited too long for its room, old receipts.
pub(crate) async fn sweep(desk: Arc<Handout>) {
    let mut swept: Option<Instant> = None;
    let late = LOOK.min(desk.shared.config.handler_timeout / 10);
    while !desk.shared.stopping() {
        let shared = desk.shared.store.is_shared();
        tokio::select! {
            () = ticks(if shared { 1 } else { late.as_secs() }) => {}
            () = desk.shared.stopped() => return,
        }
        if shared {
            let inbox = desk.inbox.clone();
            if let Ok(Err(e)) = spawn_blocking(move || inbox.look_for_the_dead()).await {
                tracing::error!("what other processes left can't be looked for: {e}");
            }
        }
        take_back_what_is_late(&desk).await;
        let every = SWEEP.min(desk.shared.config.retention / 4).max(Duration::from_secs(1));
        if swept.is_none_or(|at| at.elapsed() >= every) {
            swept = Some(Instant::now());
            loop {
                let ages = desk.shared.ages.clone();
                match desk.shared.writer.run(move |job| handout::forget(job, &ages)).await {
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

/// Forgets what is past its time of invites and tokens, and gives up what waits for those who were removed.
pub(crate) async fn sweep_membership(operator: Arc<Operator>) {
    while !operator.shared.stopping() {
        let swept = operator.shared.writer.run(leaving::sweep).await;
        if let Err(e) = swept.and(membership::give_up(&operator).await)
            && e.kind() != ErrorKind::Closed
        {
            tracing::error!("invites and tokens that are past their time could not be cleared: {e}");
        }
        tokio::select! {
            () = ticks(SWEEP.as_secs()) => {}
            () = operator.shared.stopped() => return,
        }
    }
}

/// What was not acknowledged in time comes again: it has failed, unless the app has not even seen it.
async fn take_back_what_is_late(desk: &Arc<Handout>) {
    let mut given_back = false;
    for (id, holder) in desk.inbox.expired(Instant::now()) {
        match holder {
            Holder::Kept(_) => {
                desk.inbox.give_back(&[id], holder);
                given_back = true;
            }
            Holder::App | Holder::Given(_) => {
                let _ = handout::nack(desk, id, holder, "not acknowledged within the handler timeout").await;
            }
        }
    }
    if given_back {
        handout::note_out(desk).await;
    }
}

/// Asks for the leases that are wanted until the node closes.
pub(crate) async fn take_leases(shared: Arc<Shared>) {
    while !shared.stopping() {
        if shared.leases.are_wanted() {
            let asking = shared.clone();
            let _ = spawn_blocking(move || asking.leases.ask(&*asking.store)).await;
        }
        let waits = shared.leases.are_wanted();
        tokio::select! {
            () = tick(), if waits => {}
            () = shared.leases.more() => {}
            () = shared.stopped() => {}
        }
    }
    shared.leases.end();
}
