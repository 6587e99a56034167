//! The contract of [`Call`](super::Call): it begins at once, ends with what it did, and leaves nothing when it is given up before.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use tokio::runtime::{Builder, Runtime};
use tokio::sync::oneshot;

use super::Node;
use crate::{Config, Error, ErrorKind, Result};

fn node(dir: &tempfile::TempDir) -> Node {
    Node::open(Config::new("RustChat", dir.path().join("node.db"))).unwrap()
}

/// Somebody who awaits, outside of the node's runtime.
fn outside() -> Runtime {
    Builder::new_current_thread().enable_time().build().unwrap()
}

#[test]
fn a_call_begins_before_it_is_awaited_and_ends_with_its_result() {
    let dir = tempfile::tempdir().unwrap();
    let node = node(&dir);
    let begun = Arc::new(AtomicBool::new(false));
    let (send, receive) = oneshot::channel();
    let sets = begun.clone();
    let call = node.spawn(|_| async move {
        sets.store(true, Ordering::SeqCst);
        Ok(receive.await.unwrap())
    });
    assert!(begun.load(Ordering::SeqCst));
    send.send(7).unwrap();
    assert_eq!(outside().block_on(call.unwrap()).unwrap(), 7);
    let apart = node.spawn_apart(|node| async move { node.publish_user(1, "Ana").await }).unwrap();
    outside().block_on(apart).unwrap();
    assert_eq!(node.users(None).unwrap().len(), 1);
    node.close().unwrap();
}

#[test]
fn a_call_that_is_dropped_is_given_up() {
    struct Tells(Option<oneshot::Sender<()>>);
    impl Drop for Tells {
        fn drop(&mut self) {
            self.0.take().unwrap().send(()).unwrap();
        }
    }
    let dir = tempfile::tempdir().unwrap();
    let node = node(&dir);
    let (send, dropped) = oneshot::channel();
    let tells = Tells(Some(send));
    let call = node.spawn(|_| async move {
        std::future::pending::<()>().await;
        drop(tells);
        Ok(())
    });
    drop(call.unwrap());
    outside().block_on(dropped).unwrap();
    let begin = Instant::now();
    node.close().unwrap();
    assert!(begin.elapsed() < Duration::from_secs(4), "closing waits for what was given up");
}

#[test]
fn a_panic_is_an_error_where_the_call_begins_and_where_it_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let node = node(&dir);
    let at_once = node.spawn(|_| async { if true { panic!("at once") } else { Ok(()) } }).unwrap();
    let later = node.spawn(|_| async {
        tokio::task::yield_now().await;
        if true { panic!("later") } else { Ok(()) }
    });
    for (call, text) in [(at_once, "at once"), (later.unwrap(), "later")] {
        let failed = outside().block_on(call).unwrap_err();
        assert_eq!(failed.kind(), ErrorKind::Internal);
        assert!(failed.to_string().ends_with(text), "{failed}");
    }
}

#[test]
fn closing_lets_a_call_say_what_it_did_and_ends_one_that_waits() {
    let dir = tempfile::tempdir().unwrap();
    let node = node(&dir);
    let waits = node.spawn(|node| async move { node.next_events(1, Duration::MAX).await }).unwrap();
    let (send, receive) = oneshot::channel::<()>();
    let late = node.spawn(|node| async move {
        // It has done what it had to do by the time the node is closed.
        let done = node.publish_user(1, "Ana").await?;
        receive.await.map_err(|_| Error::closed())?;
        Ok(done)
    });
    let closes = thread::spawn({
        let node = node.clone();
        move || node.close()
    });
    while node.spawn(|_| async { Ok(()) }).is_ok() {
        thread::yield_now();
    }
    thread::sleep(Duration::from_millis(50));
    send.send(()).unwrap();
    let done: Result<_> = outside().block_on(late.unwrap());
    assert!(!done.unwrap().duplicate);
    assert_eq!(outside().block_on(waits).unwrap_err().kind(), ErrorKind::Closed);
    closes.join().unwrap().unwrap();
}
