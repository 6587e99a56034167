//! What an operator sees and does: deliveries, status, checks, dead letters, imports, metrics. The work is in [`crate::operate`].

use uuid::Uuid;

use super::Node;
use std::sync::Arc;

use super::handle;
use crate::model::{DeadLetter, DeadLetterFilter, Delivery, Finding, Forgotten, Metric, Status};
use crate::operate::{dead_letters, deliveries, forget, metrics, status};
use crate::peers::{check, import};
use crate::registry::{Followed, edit as registry_file};
use crate::store::PlatformNum;
use crate::store::{self, Store};
use crate::transport::http::Http;
use crate::util::apart::apart;
use crate::util::shown::Shown;
use crate::util::time::SystemClock;
use crate::{Config, Result};

impl Node {
    /// Where a publication, of the app's own or of a platform that it hosts, stands at each platform; empty if it is not known
    /// (any more).
    ///
    /// # Errors
    /// `store`.
    pub async fn delivery(&self, event: Uuid) -> Result<Vec<Delivery>> {
        deliveries::delivery(&self.handle.operator, event).await
    }

    /// How this node and the others stand.
    ///
    /// # Errors
    /// `store`.
    pub async fn status(&self) -> Result<Status> {
        status::status(&self.handle.operator).await
    }

    /// What is wrong with the registry and the platforms in it, and what to do: each is asked now, so this may take as
    /// long as `request_timeout`. Nothing is changed.
    ///
    /// # Errors
    /// `closed`.
    pub async fn check(&self) -> Result<Vec<Finding>> {
        self.handle.shared.open_or_closed()?;
        Ok(check::check(&self.handle.peers).await)
    }

    /// What is wrong with a registry file and the platforms in it, as [`check`](Node::check) finds it, without running the node
    /// whose file it is: nothing is sent but pings and `GET users`. `config` names the file, the node, and a store, which is made
    /// for this and may be deleted after it.
    ///
    /// # Errors
    /// As [`open`](Node::open).
    pub async fn check_file(config: Config) -> Result<Vec<Finding>> {
        config.validate()?;
        let own = config.node_name().to_owned();
        let Some(path) = config.platforms.clone() else { return Ok(Vec::new()) };
        let read = move || Followed::new(path, &own).read().map(Option::unwrap_or_default);
        let registry = match apart(read).await {
            Ok(registry) => registry,
            Err(e) => return Ok(registry_file::file_findings(&config.platforms.unwrap_or_default(), Err(e))),
        };
        let path = config.store.clone();
        let store: Arc<dyn Store> = Arc::new(apart(move || store::sqlite::open(&path, None)).await?);
        let transport = Arc::new(Http::new(&config));
        let handle = handle::open(config, store, registry, transport, Arc::new(SystemClock)).await?;
        let findings = check::check(&handle.peers).await;
        handle.close().await?;
        Ok(findings)
    }

    /// Forgets a platform that is gone for good and that the registry names no longer: what waits for it becomes dead letters,
    /// of which the app hears, and these are dropped with those that there were; its users are gone, and the status shows it no
    /// more. Rooms stay. When its name comes back, it is a new platform.
    ///
    /// # Errors
    /// `unknown_platform`; `conflict`: the registry file names it, a peer hosts it, or it is the node itself; `store`, `closed`.
    pub async fn forget(&self, platform: &str) -> Result<Forgotten> {
        forget::forget(&self.handle.operator, platform).await
    }

    /// The dead letters, oldest first, at most 1,000.
    ///
    /// # Errors
    /// `unknown_platform`, `store`.
    pub async fn dead_letters(&self, which: &DeadLetterFilter) -> Result<Vec<DeadLetter>> {
        dead_letters::list(&self.handle.operator, which).await
    }

    /// Sends dead letters again (or hands them over again); they arrive late and say so. Returns how many.
    ///
    /// # Errors
    /// `unknown_platform`, `store`, `closed`.
    pub async fn retry(&self, which: &DeadLetterFilter) -> Result<u64> {
        dead_letters::retry(&self.handle.operator, which).await
    }

    /// Drops dead letters for good. Returns how many.
    ///
    /// # Errors
    /// `unknown_platform`, `store`, `closed`.
    pub async fn drop(&self, which: &DeadLetterFilter) -> Result<u64> {
        dead_letters::discard(&self.handle.operator, which).await
    }

    /// Imports the users of one platform, or of all, now. Returns how many were new, renamed or gone.
    ///
    /// # Errors
    /// `unknown_platform`, `transport` (of the one that was named), `store`, `closed`.
    pub async fn sync_now(&self, platform: Option<&str>) -> Result<usize> {
        let (shared, peers) = (&self.handle.shared, &self.handle.peers);
        shared.open_or_closed()?;
        if let Some(name) = platform {
            let num = shared.directory.read().named("platform", name)?;
            return import::import(peers, num).await;
        }
        let lanes: Vec<PlatformNum> = {
            let directory = shared.directory.read();
            directory.lanes().collect()
        };
        let mut changed = 0;
        for num in lanes {
            match import::import(peers, num).await {
                Ok(count) => changed += count,
                Err(e) => {
                    tracing::warn!(platform = %shared.directory.read().name(num), "its users were not imported: {}", Shown(&e))
                }
            }
        }
        Ok(changed)
    }

    /// The node's figures. From memory: asking often costs little.
    pub fn metrics(&self) -> Vec<Metric> {
        metrics::all(&self.handle.operator)
    }

    /// The same in Prometheus' text format, for a route of the app's.
    pub fn prometheus(&self) -> String {
        metrics::text(&self.metrics())
    }
}
