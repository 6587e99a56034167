//! Tokio keeps its context in variables of the thread. When a thread ends these go first, and code may still run after
//! that: the destructor of another such variable, or in the main thread the exit handlers of C, in which uWSGI, for one,
//! closes its applications. What needs tokio there runs in a fresh thread, while this one waits for it.

use std::panic::resume_unwind;
use std::thread;

use tokio::runtime::Handle;

use crate::util::threads;
use crate::{Error, ErrorKind, Result};

/// Does the work in this thread if it still has its variables, else in another.
pub(crate) fn with_locals<T: Send>(work: impl FnOnce() -> Result<T> + Send) -> Result<T> {
    if !Handle::try_current().is_err_and(|error| error.is_thread_local_destroyed()) {
        return work();
    }
    thread::scope(|scope| {
        let started = threads::spawn_scoped(scope, "integrador-last", work);
        let thread = started
            .map_err(|e| Error::new(ErrorKind::Internal, format!("no thread can be started: {e}")).caused_by(e))?;
        thread.join().unwrap_or_else(|panic| resume_unwind(panic))
    })
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::mpsc::{Sender, channel};
    use std::time::Duration;

    use super::*;
    use crate::blocking::Node;
    use crate::{Config, NewMessage, RoomKind};

    /// Does something when its thread ends.
    struct AtTheEnd(Option<Box<dyn FnOnce()>>);

    impl Drop for AtTheEnd {
        fn drop(&mut self) {
            if let Some(last) = self.0.take() {
                last();
            }
        }
    }

    thread_local! {
        static AT_THE_END: RefCell<Option<AtTheEnd>> = const { RefCell::new(None) };
    }

    /// What this returns in a thread in which tokio's variables are gone. Those that came last go first.
    fn afterwards<T: Send + 'static>(
        before: impl FnOnce() + Send + 'static,
        last: impl FnOnce() -> T + Send + 'static,
    ) -> T {
        let (told, answer): (Sender<thread::Result<T>>, _) = channel();
        let thread = thread::spawn(move || {
            let last = Box::new(move || {
                // A panic in the destructor of such a variable would end the process.
                let done = catch_unwind(AssertUnwindSafe(|| {
                    assert!(Handle::try_current().is_err_and(|error| error.is_thread_local_destroyed()));
                    last()
                }));
                told.send(done).unwrap();
            });
            AT_THE_END.set(Some(AtTheEnd(Some(last))));
            before();
        });
        let answer = answer.recv_timeout(Duration::from_secs(60)).unwrap();
        thread.join().unwrap();
        answer.unwrap_or_else(|panic| resume_unwind(panic))
    }

    fn node(dir: &tempfile::TempDir) -> Node {
        let node = Node::open(Config::new("RustChat", dir.path().join("node.db"))).unwrap();
        node.publish_user(1, "Ana").unwrap();
        node.publish_room(7, "Plaza", RoomKind::Public, vec![]).unwrap();
        node
    }

    /// Uses tokio in this thread, so that its variables exist, and will be gone.
    fn use_tokio(node: &Node) {
        assert!(node.status().is_ok());
    }

    #[test]
    fn a_node_is_closed_where_the_variables_of_the_thread_are_gone() {
        let dir = tempfile::tempdir().unwrap();
        let node = node(&dir);
        let (used, closed) = (node.clone(), node.clone());
        afterwards(move || use_tokio(&used), move || closed.close()).unwrap();
        assert!(node.is_closed());
        assert_eq!(node.publish_user(1, "Eva").unwrap_err().kind(), ErrorKind::Closed);
        Node::open(Config::new("RustChat", dir.path().join("node.db"))).unwrap().close().unwrap();
    }

    #[test]
    fn every_call_works_where_the_variables_of_the_thread_are_gone() {
        let dir = tempfile::tempdir().unwrap();
        let node = node(&dir);
        let (used, last) = (node.clone(), node.clone());
        let other = dir.path().join("other.db");
        let waited = afterwards(
            move || use_tokio(&used),
            move || {
                last.publish_message(NewMessage::new(7, 1, "adiós")).unwrap();
                last.users(None).unwrap();
                assert!(last.next_events_while(1, Duration::ZERO, || true).unwrap().is_empty());
                Node::open(Config::new("Otra", other)).unwrap().close().unwrap();
                last.wait(|node| async move { node.status().await }, || true).unwrap()
            },
        );
        assert_eq!(waited.map(|status| status.name), Some("RustChat".to_owned()));
        node.close().unwrap();
    }

    #[test]
    fn a_handle_may_be_dropped_where_the_variables_of_the_thread_are_gone() {
        let dir = tempfile::tempdir().unwrap();
        let node = node(&dir);
        let used = node.clone();
        afterwards(
            move || {
                use_tokio(&used);
                drop(used);
            },
            move || drop(node),
        );
        // It ends by itself: then its store can be opened again.
        let begin = std::time::Instant::now();
        let again = loop {
            match Node::open(Config::new("RustChat", dir.path().join("node.db"))) {
                Ok(again) => break again,
                Err(e) => assert!(begin.elapsed() < Duration::from_secs(20), "{e}"),
            }
            thread::sleep(Duration::from_millis(10));
        };
        again.close().unwrap();
    }

    #[test]
    fn a_panic_in_the_other_thread_goes_on_in_this_one() {
        let panicked = afterwards(
            || drop(Handle::try_current()),
            || catch_unwind(|| with_locals(|| -> Result<()> { panic!("as it is") })).is_err(),
        );
        assert!(panicked);
    }
}
