//! Runs a future in the calling thread, which looks up now and then. Without a timer of the runtime: setting one wakes a
//! thread of the runtime for each call, which costs more than the call.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

struct Parked {
    thread: Thread,
    woken: AtomicBool,
}

impl Wake for Parked {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if !self.woken.swap(true, Ordering::AcqRel) {
            self.thread.unpark();
        }
    }
}

/// Polls until it is done, or until `go_on`, asked each time that a `slice` has passed, says no; then it is None.
pub(crate) fn run<F: Future + ?Sized>(
    mut work: Pin<&mut F>,
    slice: Duration,
    mut go_on: impl FnMut() -> bool,
) -> Option<F::Output> {
    let parked = Arc::new(Parked { thread: thread::current(), woken: AtomicBool::new(false) });
    let waker = parked.clone().into();
    let mut look_up = Instant::now() + slice;
    loop {
        if let Poll::Ready(output) = work.as_mut().poll(&mut Context::from_waker(&waker)) {
            return Some(output);
        }
        // Others may unpark this thread too, so being awake says nothing.
        while !parked.woken.swap(false, Ordering::AcqRel) {
            let now = Instant::now();
            if now < look_up {
                thread::park_timeout(look_up - now);
            } else if go_on() {
                look_up = Instant::now() + slice;
            } else {
                return None;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_future_that_another_thread_wakes_is_done_at_once() {
        let (send, mut receive) = tokio::sync::oneshot::channel();
        let begin = Instant::now();
        let sender = thread::spawn(move || {
            thread::sleep(Duration::from_millis(20));
            send.send(7)
        });
        let done = run(Pin::new(&mut receive), Duration::from_secs(60), || false);
        assert_eq!(done, Some(Ok(7)));
        assert!(begin.elapsed() < Duration::from_secs(30));
        sender.join().unwrap().unwrap();
    }

    #[test]
    fn a_future_that_is_never_done_is_given_up_when_asked() {
        let mut asked = 0;
        let mut never = std::future::pending::<()>();
        let done = run(Pin::new(&mut never), Duration::from_millis(1), || {
            asked += 1;
            asked < 3
        });
        assert_eq!((done, asked), (None, 3));
    }
}
