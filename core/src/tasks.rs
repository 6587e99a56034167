//! What goes on in the background: following other processes and the registry file, keeping in contact with other platforms,
//! importing users, forgetting what is past its time.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::config::Role;
use crate::engine::Engine;
use crate::inbox::handout;
use crate::outbox;
use crate::peers::import;
use crate::peers::notes;
use crate::peers::ping;
use crate::registry::Followed;
use crate::store::{PlatformKind, PlatformNum};

/// How often other processes' writing is looked for.
const FOLLOW: Duration = Duration::from_millis(15);
/// How often the registry file is looked at.
const WATCH: Duration = Duration::from_millis(500);
/// How often what is past its time is looked for.
const SWEEP: Duration = Duration::from_secs(60);

/// Starts the tasks of a node that takes part.
pub(crate) fn start(engine: &Arc<Engine>, registry: Option<Followed>) {
    engine.spawn(follow(engine.clone()));
    if let Some(file) = registry {
        engine.spawn(watch_registry(engine.clone(), file));
    }
    if engine.config.role == Role::App {
        engine.spawn(keep_contact(engine.clone()));
        engine.spawn(sweep(engine.clone()));
        engine.spawn(notes::keep(engine.clone()));
    }
}

/// Takes in what other processes write, soon.
async fn follow(engine: Arc<Engine>) {
    let mut seen = engine.store.others().unwrap_or_default();
    while !engine.stopping() {
        tokio::time::sleep(FOLLOW).await;
        match engine.store.others() {
            Ok(now) if now != seen => {
                seen = now;
                // The writer follows at the beginning of every transaction, also of an empty one.
                let _ = engine.writer.run(|_| Ok(())).await;
            }
            Ok(_) => {}
            Err(e) => tracing::error!("other processes can't be followed: {e}"),
        }
    }
}

/// Reads the registry file again whenever it has changed.
async fn watch_registry(engine: Arc<Engine>, mut file: Followed) {
    let mut reported = String::new();
    loop {
        tokio::select! {
            () = tokio::time::sleep(WATCH) => {}
            () = engine.stopped() => return,
        }
        let looked = tokio::task::spawn_blocking(move || (file.read(), file)).await;
        let Ok((read, looked_at)) = looked else { return };
        file = looked_at;
        match read {
            Ok(None) => reported.clear(),
            Ok(Some(registry)) => {
                reported.clear();
                match engine.install(Arc::new(registry)).await {
                    Ok(()) => tracing::info!("{} was read again", file.path().display()),
                    Err(e) => {
                        tracing::error!("{} could not be put in force yet: {e}", file.path().display());
                        file.forget();
                    }
                }
                engine.presence.wake.notify_one();
            }
            Err(e) if e.to_string() != reported => {
                tracing::error!("{e}; what was valid stays in force");
                reported = e.to_string();
            }
            Err(_) => {}
        }
    }
}

/// Keeps in contact: starts a lane for each destination, pings who is silent, imports users when it is time.
async fn keep_contact(engine: Arc<Engine>) {
    let mut started: HashSet<PlatformNum> = HashSet::new();
    let mut pinged: HashMap<PlatformNum, (Instant, u64)> = HashMap::new();
    while !engine.stopping() {
        let generation = *engine.registry_changes().borrow();
        let urgent = engine.presence.take_urgent();
        let lanes: Vec<PlatformNum> = {
            let directory = engine.directory.read();
            directory.entries().map(|(num, _)| num).filter(|num| directory.is_lane(*num)).collect()
        };
        for num in lanes {
            if started.insert(num) {
                engine.spawn(outbox::run(engine.clone(), num));
            }
            let due = match pinged.get(&num) {
                None => true,
                Some((_, seen)) if *seen != generation => true,
                Some((at, _)) => {
                    let every = engine.config.ping_interval;
                    urgent.contains(&num)
                        || (at.elapsed() >= every && is_pinged(&engine, num) && engine.presence.silent(num, every))
                }
            };
            if due && engine.begins_ping(num) {
                pinged.insert(num, (Instant::now(), generation));
                let (engine, asked) = (engine.clone(), urgent.contains(&num));
                engine.clone().spawn(async move {
                    let _ = if asked { ping::ping(&engine, num).await } else { ping::greet(&engine, num).await };
                    if engine.ends_ping(num) {
                        engine.presence.ask(num);
                    }
                });
            }
            if engine.imports(num) {
                engine.clone().spawn(import(engine.clone(), num));
            }
        }
        tokio::select! {
            () = tokio::time::sleep(Duration::from_secs(1)) => {}
            () = engine.presence.wake.notified() => {}
            () = engine.stopped() => {}
        }
    }
}

/// Nodes are pinged all the time, plain platforms only until it is known what they are, and while they are down.
fn is_pinged(engine: &Engine, num: PlatformNum) -> bool {
    let plain = engine.directory.read().kind(num) == PlatformKind::Plain;
    !plain || engine.presence.contact(num).up == Some(false)
}

async fn import(engine: Arc<Engine>, num: PlatformNum) {
    if let Err(e) = import::import(&engine, num).await {
        tracing::warn!(platform = %engine.directory.read().name(num), "its users were not imported: {e}");
    }
}

/// Looks after what is past its time: handlers that never acknowledge, what waited too long for its room, old receipts.
async fn sweep(engine: Arc<Engine>) {
    let mut swept: Option<Instant> = None;
    while !engine.stopping() {
        tokio::select! {
            () = tokio::time::sleep(Duration::from_secs(1)) => {}
            () = engine.stopped() => return,
        }
        for id in engine.inbox.expired(Instant::now()) {
            let _ = handout::nack(&engine, id, "not acknowledged within the handler timeout").await;
        }
        let every = SWEEP.min(engine.config.retention / 4).max(Duration::from_secs(1));
        if swept.is_none_or(|at| at.elapsed() >= every) {
            swept = Some(Instant::now());
            loop {
                match engine.writer.run(handout::forget).await {
                    Ok(true) if !engine.stopping() => {}
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
