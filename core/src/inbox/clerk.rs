//! The task of a consumer: acknowledges what is done, in groups, and does what is left to do when its consumer has ended.
//!
//! It is a task and not a part of the calls, since a call may be dropped at any time, and what was handled must not come again
//! for that.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio::time::Instant;
use uuid::Uuid;

use super::handout::{self, Handout};
use super::{ConsumerNum, Holder};
use crate::util::lock::MutexExt;
use crate::util::shown::Shown;
use crate::{Error, Result};

/// How late something that was handled is acknowledged at most.
const ACK_WITHIN: Duration = Duration::from_millis(20);
/// The wait before something that the store refused is tried again.
pub(super) const PAUSE: Duration = Duration::from_millis(500);
/// Of a reason, this many characters are kept.
const WHY: usize = 1_000;

/// What a consumer and its task both write in.
#[derive(Default)]
pub(super) struct Book {
    page: Mutex<Page>,
    news: Notify,
}

#[derive(Default)]
struct Page {
    /// Handled, and not acknowledged.
    done: Vec<Uuid>,
    /// Since when there are some.
    since: Option<Instant>,
    /// Somebody waits for it.
    hurry: bool,
    /// The consumer has ended.
    left: Option<Left>,
}

/// What a consumer leaves to its task.
#[derive(Clone, Copy)]
pub(super) struct Left {
    pub gave_back: bool,
    pub out: Option<Uuid>,
}

impl Book {
    pub(super) fn done(&self, id: Uuid, hurry: bool) {
        let mut page = self.page.hold();
        page.done.push(id);
        page.hurry |= hurry;
        if page.since.is_none() || hurry {
            page.since.get_or_insert_with(Instant::now);
            drop(page);
            self.news.notify_one();
        }
    }

    /// What is not in the page any more is being acknowledged.
    pub(super) fn hurry(&self) {
        let mut page = self.page.hold();
        if !page.done.is_empty() && !page.hurry {
            page.hurry = true;
            drop(page);
            self.news.notify_one();
        }
    }

    /// Only the first time says something.
    pub(super) fn leave(&self, left: Left) {
        self.page.hold().left.get_or_insert(left);
        self.news.notify_one();
    }
}

/// Does this for one consumer.
pub(super) struct Clerk {
    pub desk: Arc<Handout>,
    pub number: ConsumerNum,
    pub book: Arc<Book>,
    /// How many are acknowledged.
    pub told: watch::Sender<u64>,
}

impl Clerk {
    pub(super) async fn work(self) {
        loop {
            self.wait_for_company().await;
            // Before the page is read for the last time: what was done until then is in it.
            let (stopping, left) = (self.desk.shared.stopping(), self.book.page.hold().left);
            if let Some(Left { out: Some(id), .. }) = left {
                fail(&self.desk, id, self.number, "its consumer ended while the app handled it").await;
            }
            if left.is_some_and(|left| left.gave_back) {
                handout::note_out(&self.desk).await;
            }
            self.acknowledge().await;
            if left.is_some() || stopping {
                return;
            }
        }
    }

    /// Until what is done should be acknowledged, or this ends.
    async fn wait_for_company(&self) {
        loop {
            let until = {
                let page = self.book.page.hold();
                if page.hurry || page.left.is_some() {
                    return;
                }
                page.since.map(|since| since + ACK_WITHIN)
            };
            tokio::select! {
                () = self.book.news.notified() => {}
                () = tokio::time::sleep_until(until.unwrap_or_else(Instant::now)), if until.is_some() => return,
                () = self.desk.shared.stopped() => return,
            }
        }
    }

    /// Acknowledges all that is done, and tries until that is on disk or the node closes.
    async fn acknowledge(&self) {
        let ids = {
            let mut page = self.book.page.hold();
            (page.since, page.hurry) = (None, false);
            std::mem::take(&mut page.done)
        };
        while !ids.is_empty() {
            match handout::acknowledge(&self.desk, &ids, Holder::Given(self.number)).await {
                Ok(out) => {
                    for (id, _) in ids.iter().zip(out).filter(|(_, out)| !out) {
                        tracing::warn!(event = %id, "it was handled too late: it was taken back meanwhile, and comes again");
                    }
                    self.told.send_modify(|acked| *acked += ids.len() as u64);
                    return;
                }
                Err(e) => tracing::error!("what was handled can't be acknowledged yet: {}", Shown(&e)),
            }
            if pause(&self.desk, PAUSE).await.is_err() {
                tracing::error!(
                    events = ids.len(),
                    "the node was closed before they were acknowledged: they come again"
                );
                return;
            }
        }
    }
}

pub(super) async fn fail(desk: &Arc<Handout>, id: Uuid, number: ConsumerNum, why: &str) {
    let why: String = why.chars().take(WHY).collect();
    if let Err(e) = handout::nack(desk, id, Holder::Given(number), &why).await {
        tracing::error!(event = %id, "that it failed can't be noted: {}", Shown(&e));
    }
}

pub(super) async fn pause(desk: &Handout, span: Duration) -> Result<()> {
    tokio::select! {
        () = tokio::time::sleep(span) => Ok(()),
        () = desk.shared.stopped() => Err(Error::closed()),
    }
}
