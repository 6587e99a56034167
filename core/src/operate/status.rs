//! How the node and the others stand.

use std::collections::HashMap;
use std::sync::Arc;

use super::{Operator, reading};
use crate::Result;
use crate::config::Role;
use crate::directory::Directory;
use crate::model::{Introduction, PlatformStatus, Status};
use crate::peers::presence::Contact;
use crate::store::{JoinedRow, PlatformNum, Standing};
use crate::util::time::instant;

pub(crate) async fn status(operator: &Arc<Operator>) -> Result<Status> {
    reading(operator, |operator| {
        let store = &operator.shared.store;
        let dead = store.dead_counts()?.into_iter().collect();
        // This process has no contacts of its own if it only looks on.
        let noted = match operator.shared.config.role {
            Role::Admin => Some(store.contacts()?.into_iter().map(|row| (row.platform, row.into())).collect()),
            Role::App => None,
        };
        // Nothing is read from disk while the directory is locked: all that are judged would wait for it.
        let mut platforms = known(operator, &dead, noted);
        for (num, platform) in platforms.iter_mut().filter(|(_, platform)| platform.waiting > 0) {
            platform.oldest = store.oldest(*num)?.map(|age| operator.shared.ages.shown(age));
        }
        let inbox = store.inbox_depth()?;
        let directory = operator.shared.directory.read();
        Ok(Status {
            name: directory.name(directory.node).to_string(),
            standalone: directory.own.is_none(),
            version: env!("CARGO_PKG_VERSION"),
            store: store.id(),
            inbox,
            platforms: platforms.into_iter().map(|(_, platform)| platform).collect(),
            introductions: introductions(&directory),
        })
    })
    .await
}

/// Who waits to be let in.
fn introductions(directory: &Directory) -> Vec<Introduction> {
    let asks = |row: &JoinedRow| match &row.standing {
        Standing::Asks(way) => Some(Introduction {
            name: directory.name(row.platform),
            endpoint: way.endpoint.to_string(),
            by: row.by.map_or_else(|| "?".into(), |by| directory.name(by)),
            since: instant(row.at),
        }),
        Standing::Joined(_) | Standing::Removed => None,
    };
    directory.all_joined().filter_map(asks).collect()
}

/// The platforms that are worth showing, by what is known of them in memory.
fn known(
    operator: &Operator,
    dead: &HashMap<PlatformNum, u64>,
    noted: Option<HashMap<PlatformNum, Contact>>,
) -> Vec<(PlatformNum, PlatformStatus)> {
    let looks_on = noted.is_some();
    let noted = noted.unwrap_or_default();
    let directory = operator.shared.directory.read();
    let mut platforms = Vec::new();
    for row in directory.platforms.values() {
        let num = row.num;
        let waiting = directory.waiting(num);
        let dead = dead.get(&num).copied().unwrap_or(0);
        // An administrator has no registry: the node noted for whom it has a lane. A store of an earlier version has no note.
        let lane = match looks_on {
            false => directory.is_lane(num),
            true => row.known && row.via.is_none() && noted.get(&num).is_none_or(|contact| contact.is_lane),
        };
        let shown = lane || directory.via(num).is_some() || waiting > 0 || dead > 0;
        if num == directory.node && dead == 0 || !shown {
            continue;
        }
        let of = |num| match looks_on {
            true => noted.get(&num).cloned().unwrap_or_default(),
            false => operator.peers.presence.contact(num),
        };
        let mut contact = of(num);
        if let Some(gateway) = directory.via(num) {
            contact.behind(&of(gateway), &directory.name(gateway));
        }
        let status = PlatformStatus {
            name: row.name.clone(),
            kind: row.kind,
            via: directory.via(num).map(|via| directory.name(via)),
            up: contact.up,
            since: contact.since,
            last_contact: contact.last,
            waiting,
            oldest: None,
            dead,
            last_error: contact.error().map(str::to_owned),
            next_try: contact.next_try(),
            alarm: contact.alarm,
            import_error: contact.import_error,
            findings: contact.findings,
        };
        platforms.push((num, status));
    }
    platforms
}
