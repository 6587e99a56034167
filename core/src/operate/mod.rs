//! What an operator sees and does: how the node and the others stand (here), [`deliveries`], [`dead_letters`], [`metrics`].

pub(crate) mod dead_letters;
pub(crate) mod deliveries;
pub(crate) mod metrics;

use std::collections::HashMap;
use std::sync::Arc;

use crate::config::Role;
use crate::model::{PlatformStatus, Status};
use crate::peers::Peers;
use crate::peers::presence::Contact;
use crate::shared::Shared;
use crate::store::{PlatformKind, PlatformNum};
use crate::{Error, Result};

/// What an operator looks at.
pub(crate) struct Operator {
    pub shared: Arc<Shared>,
    pub peers: Arc<Peers>,
}

/// Runs something that reads the store, apart from the tasks that must not wait.
async fn reading<T: Send + 'static>(
    operator: &Arc<Operator>,
    read: impl FnOnce(&Operator) -> Result<T> + Send + 'static,
) -> Result<T> {
    let operator = operator.clone();
    tokio::task::spawn_blocking(move || read(&operator)).await.map_err(|_| Error::closed())?
}

pub(crate) async fn status(operator: &Arc<Operator>) -> Result<Status> {
    reading(operator, |operator| {
        let dead: HashMap<PlatformNum, u64> = operator.shared.store.dead_counts()?.into_iter().collect();
        // This process has no contacts of its own if it only looks on.
        let looks_on = operator.shared.config.role == Role::Admin;
        let mut noted: HashMap<PlatformNum, Contact> = if looks_on {
            operator.shared.store.contacts()?.into_iter().map(|row| (row.platform, row.into())).collect()
        } else {
            Default::default()
        };
        let directory = operator.shared.directory.read();
        let mut platforms = Vec::new();
        for row in directory.platforms.values() {
            let num = row.num;
            let waiting = directory.waiting(num);
            let dead = dead.get(&num).copied().unwrap_or(0);
            let lane = directory.is_lane(num) || looks_on && row.known;
            let shown = lane || directory.via(num).is_some() || waiting > 0 || dead > 0;
            if num == directory.node && dead == 0 || !shown {
                continue;
            }
            let contact = noted.remove(&num).unwrap_or_else(|| operator.peers.presence.contact(num));
            platforms.push(PlatformStatus {
                name: row.name.clone(),
                kind: match row.kind {
                    PlatformKind::Node => "node",
                    PlatformKind::Plain => "plain",
                    PlatformKind::Unknown => "unknown",
                },
                via: directory.via(num).map(|via| directory.name(via)),
                up: contact.up,
                since: contact.since,
                last_contact: contact.last,
                waiting,
                oldest: if waiting > 0 {
                    operator.shared.store.oldest(num)?.map(|age| operator.shared.ages.shown(age))
                } else {
                    None
                },
                dead,
                alarm: contact.alarm,
                import_error: contact.import_error,
            });
        }
        Ok(Status {
            name: directory.name(directory.node).to_string(),
            standalone: directory.own.is_none(),
            version: env!("CARGO_PKG_VERSION"),
            store: operator.shared.store.id(),
            inbox: operator.shared.store.inbox_depth()?,
            platforms,
        })
    })
    .await
}
