//! The events of a node, one by one: `integrador::blocking::Stream`.

use std::sync::Arc;
use std::time::Duration;

use integrador::blocking::{self, Stream};
use integrador::guarded;
use tokio::sync::Notify;

use crate::error::Result;
use crate::node::wait;
use crate::types::Event;
use crate::{given, shown};

#[derive(Debug, uniffi::Object)]
pub struct Events {
    node: blocking::Node,
    parts: Arc<Parts>,
}

#[derive(Debug, Default)]
struct Parts {
    stream: Stream,
    /// Ends the wait for the next one.
    wake: Notify,
}

impl Events {
    pub(crate) fn of(node: blocking::Node) -> Arc<Events> {
        Arc::new(Events { node, parts: Arc::default() })
    }
}

#[uniffi::export]
impl Events {
    /// The next event, if it is there already.
    pub fn at_hand(&self) -> Result<Option<Event>> {
        let event = guarded(|| self.parts.stream.at_hand().as_ref().map(shown::event).transpose());
        Ok(event?)
    }

    /// The event that came last was handled.
    pub fn done(&self) {
        self.parts.stream.done();
    }

    /// Both: it is what a loop does with every event.
    pub fn advance(&self) -> Result<Option<Event>> {
        self.done();
        self.at_hand()
    }

    /// Ends the wait for the next event, or the next such wait.
    pub fn wake(&self) {
        self.parts.wake.notify_one();
    }
}

/// The two of each operation: see [`crate::node`].
macro_rules! twins {
    ($($now:ident, $later:ident($($name:ident: $type:ty),*) -> $result:ty, |$parts:ident, $node:ident| $work:expr;)*) => {
        #[uniffi::export]
        impl Events {
            $(
                pub fn $now(&self, $($name: $type),*) -> Result<$result> {
                    let $parts = self.parts.clone();
                    wait(&self.node, move |$node| async move { $work })
                }

                pub async fn $later(&self, $($name: $type),*) -> Result<$result> {
                    let $parts = self.parts.clone();
                    Ok(self.node.spawn(move |$node| async move { $work })?.await?)
                }
            )*
        }
    };
}

twins! {
    // Whether there is one now; none is handed out by that.
    ready, ready_async(timeout: Option<Duration>) -> bool,
        |parts, node| parts.stream.ready(&node, given::patience(timeout), parts.wake.notified()).await;
    failed, failed_async(why: String) -> (),
        |parts, node| parts.stream.failed(&node, &why).await;
    flush, flush_async() -> (),
        |parts, _node| parts.stream.flush().await;
    close, close_async() -> (),
        |parts, _node| parts.stream.close().await;
}
