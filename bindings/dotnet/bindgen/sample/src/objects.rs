//! Objects: what lives in Rust and is held by a handle.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::errors::FetchError;

/// How many counters live.
static LIVE: AtomicI64 = AtomicI64::new(0);

/// A counter.
#[derive(Debug, uniffi::Object)]
#[uniffi::export(Display, Eq, Hash)]
pub struct Counter {
    value: AtomicU64,
    label: Mutex<String>,
}

impl Counter {
    fn with(value: u64) -> Self {
        LIVE.fetch_add(1, Ordering::SeqCst);
        Self { value: AtomicU64::new(value), label: Mutex::new(String::new()) }
    }

    fn get(&self) -> u64 {
        self.value.load(Ordering::SeqCst)
    }
}

impl Drop for Counter {
    fn drop(&mut self) {
        LIVE.fetch_sub(1, Ordering::SeqCst);
    }
}

impl std::fmt::Display for Counter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "at {}", self.get())
    }
}

impl PartialEq for Counter {
    fn eq(&self, other: &Self) -> bool {
        self.get() == other.get()
    }
}

impl Eq for Counter {}

impl std::hash::Hash for Counter {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.get().hash(state);
    }
}

#[uniffi::export]
impl Counter {
    /// Starts at a number.
    #[uniffi::constructor]
    pub fn new(start: u64) -> Arc<Self> {
        Arc::new(Self::with(start))
    }

    /// Starts at what a text says.
    #[uniffi::constructor]
    pub fn parse(text: String) -> Result<Arc<Self>, FetchError> {
        text.parse().map(|start| Arc::new(Self::with(start))).map_err(|_| FetchError::Refused(text))
    }

    /// Adds, and says what there is then.
    pub fn add(&self, number: u64) -> u64 {
        self.value.fetch_add(number, Ordering::SeqCst) + number
    }

    pub fn value(&self) -> u64 {
        self.get()
    }

    /// Named as the class is.
    pub fn counter(&self) -> String {
        "a counter".into()
    }

    /// Named as what every object has.
    pub fn dispose(&self) -> bool {
        true
    }

    /// Takes another object.
    pub fn add_all(&self, others: Vec<Arc<Counter>>, last: Option<Arc<Counter>>, one: Arc<Counter>) -> u64 {
        self.add(others.iter().chain(&last).map(|other| other.get()).sum::<u64>() + one.get())
    }

    pub fn label(&self, text: Option<String>) -> Option<String> {
        let mut label = self.label.lock().expect("nobody panics with it");
        text.map(|new| std::mem::replace(&mut *label, new))
    }

    /// Takes this long, and gives what there is then.
    pub fn slow(&self, milliseconds: u64) -> u64 {
        std::thread::sleep(Duration::from_millis(milliseconds));
        self.get()
    }

    /// Takes the counter itself by an `Arc`.
    pub fn again(self: Arc<Self>) -> Arc<Self> {
        self
    }

    pub fn fail(&self, key: String) -> Result<u64, FetchError> {
        Err(FetchError::NotFound { key })
    }

    pub fn panic(&self) -> u64 {
        panic!("a counter panics")
    }
}

#[uniffi::export(async_runtime = "tokio")]
impl Counter {
    /// Made after a while.
    #[uniffi::constructor]
    pub async fn later(milliseconds: u64, start: u64) -> Result<Arc<Self>, FetchError> {
        tokio::time::sleep(Duration::from_millis(milliseconds)).await;
        if start == 0 { Err(FetchError::Closed) } else { Ok(Arc::new(Self::with(start))) }
    }

    /// The number after a while.
    pub async fn value_later(&self, milliseconds: u64) -> u64 {
        tokio::time::sleep(Duration::from_millis(milliseconds)).await;
        self.get()
    }
}

/// An object that is made asynchronously only.
#[cfg(feature = "beyond")]
#[derive(Debug, uniffi::Object)]
pub struct Session {
    name: String,
}

#[cfg(feature = "beyond")]
#[uniffi::export(async_runtime = "tokio")]
impl Session {
    /// Opens one.
    #[uniffi::constructor]
    pub async fn new(name: String) -> Arc<Self> {
        tokio::task::yield_now().await;
        Arc::new(Self { name })
    }

    pub fn name(&self) -> String {
        self.name.clone()
    }
}

/// How many counters live.
#[uniffi::export]
pub fn live_counters() -> i64 {
    LIVE.load(Ordering::SeqCst)
}

#[uniffi::export]
pub fn make_counter(start: Option<u64>) -> Option<Arc<Counter>> {
    start.map(|start| Arc::new(Counter::with(start)))
}

/// A record with an object in it.
#[derive(Clone, Debug, uniffi::Record)]
pub struct Holder {
    pub counter: Arc<Counter>,
    pub others: Vec<Arc<Counter>>,
}

#[uniffi::export]
pub fn echo_holder(holder: Holder) -> Holder {
    holder
}
