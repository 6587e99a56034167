//! A thread that looks at the registry file once a second, so that nothing else wakes while nothing has changed.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

use tokio::sync::mpsc;

use super::entries::Registry;
use super::follow::Followed;
use crate::util::threads;
use crate::{Error, ErrorKind, Result};

/// How often the file is looked at.
const LOOK: Duration = Duration::from_secs(1);

/// What the thread has found, one thing at a time. It ends when this is dropped.
pub(crate) struct Watch {
    news: mpsc::Receiver<News>,
    back: Sender<Followed>,
}

/// The file has changed: what it says now, or why that can't be used.
pub(crate) struct News {
    pub read: Result<Registry>,
    /// To be given back.
    pub file: Followed,
}

impl Watch {
    pub(crate) fn start(file: Followed) -> Result<Self> {
        let (found, news) = mpsc::channel(1);
        let (back, returned) = channel();
        threads::spawn("integrador-watch", move || watch(file, &found, &returned))
            .map_err(|e| Error::new(ErrorKind::Internal, format!("the registry file can't be watched: {e}")))?;
        Ok(Watch { news, back })
    }

    /// Waits for the next change. None if the thread is gone.
    pub(crate) async fn next(&mut self) -> Option<News> {
        self.news.recv().await
    }

    /// Has it watched on.
    pub(crate) fn go_on(&self, file: Followed) {
        let _ = self.back.send(file);
    }
}

fn watch(mut file: Followed, found: &mpsc::Sender<News>, returned: &Receiver<Followed>) {
    let mut reported = String::new();
    while let Err(RecvTimeoutError::Timeout) = returned.recv_timeout(LOOK) {
        let read = match file.read() {
            Ok(None) => {
                reported.clear();
                continue;
            }
            Ok(Some(registry)) => {
                reported.clear();
                Ok(registry)
            }
            Err(e) if e.to_string() == reported => continue,
            Err(e) => {
                reported = e.to_string();
                Err(e)
            }
        };
        if found.blocking_send(News { read, file }).is_err() {
            return;
        }
        let Ok(back) = returned.recv() else { return };
        file = back;
    }
}
