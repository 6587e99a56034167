//! Futures: of every type that one ends with, that end at once, later, never, or with a panic, and that say when they are dropped.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use tokio::time::sleep;

use crate::errors::FetchError;
use crate::values::Person;

/// How many futures of `never`, `delay` and `race` live.
static LIVE: AtomicI64 = AtomicI64::new(0);

struct Live;

impl Live {
    fn new() -> Self {
        LIVE.fetch_add(1, Ordering::SeqCst);
        Self
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        LIVE.fetch_sub(1, Ordering::SeqCst);
    }
}

/// How many futures live of those that count themselves.
#[uniffi::export]
pub fn live_futures() -> i64 {
    LIVE.load(Ordering::SeqCst)
}

/// Ends at once.
#[uniffi::export]
pub async fn at_once(text: String) -> String {
    text
}

/// Ends after a while.
#[uniffi::export(async_runtime = "tokio")]
pub async fn delay(milliseconds: u64) -> u64 {
    let _live = Live::new();
    sleep(Duration::from_millis(milliseconds)).await;
    milliseconds
}

/// Ends only if it is cancelled.
#[uniffi::export(async_runtime = "tokio")]
pub async fn never() {
    let _live = Live::new();
    std::future::pending::<()>().await;
}

/// Ends some microseconds later, woken by another thread.
#[uniffi::export(async_runtime = "tokio")]
pub async fn race(microseconds: u64, number: u64) -> u64 {
    let _live = Live::new();
    let (done, waits) = tokio::sync::oneshot::channel();
    tokio::spawn(async move {
        let until = std::time::Instant::now() + Duration::from_micros(microseconds);
        while std::time::Instant::now() < until {
            tokio::task::yield_now().await;
        }
        // Nobody waits for it any more if the future has been cancelled.
        let _ = done.send(number);
    });
    waits.await.expect("the other one sends")
}

/// Is woken as often as this, many times while it is polled.
#[uniffi::export]
pub async fn wakes(times: u32) -> u32 {
    let mut polls = 0;
    std::future::poll_fn(|context| {
        polls += 1;
        if polls > times {
            return std::task::Poll::Ready(());
        }
        context.waker().wake_by_ref();
        if polls % 2 == 0 {
            context.waker().wake_by_ref();
            let waker = context.waker().clone();
            std::thread::spawn(move || waker.wake());
        }
        std::task::Poll::Pending
    })
    .await;
    polls
}

#[uniffi::export(async_runtime = "tokio")]
pub async fn fetch_later(key: String, milliseconds: u64) -> Result<Person, FetchError> {
    sleep(Duration::from_millis(milliseconds)).await;
    if key == "panic" {
        panic!("a future panics");
    }
    Err(FetchError::NotFound { key })
}

#[uniffi::export(async_runtime = "tokio")]
pub async fn person_later(person: Person) -> Option<Person> {
    tokio::task::yield_now().await;
    Some(person)
}

#[uniffi::export(async_runtime = "tokio")]
pub async fn not_later(value: bool) -> bool {
    tokio::task::yield_now().await;
    !value
}

#[uniffi::export(async_runtime = "tokio")]
pub async fn single_later(value: f32) -> f32 {
    tokio::task::yield_now().await;
    value
}

#[uniffi::export(async_runtime = "tokio")]
pub async fn short_later(value: i16) -> i16 {
    tokio::task::yield_now().await;
    value
}

/// As it is in C# already.
#[uniffi::export(async_runtime = "tokio")]
pub async fn named_async(value: u32) -> u32 {
    tokio::task::yield_now().await;
    value
}
