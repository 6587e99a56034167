//! What is around the hub that embedding is compared with: receivers that only count (`--receiver`), and callers that post
//! (`--callers`). Both are in Rust and do as little as possible, so that what is measured is the hub.
//!
//! Like a node's process they do what their standard input says, a line at a time, and answer each with a line.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use axum::Router;
use axum::routing::post;

use crate::Failed;
use crate::node::{answer, now, orders};

/// `ADDRESS`: answers every `POST message` with 200. `until N` answers with the time when the Nth had come.
pub(crate) fn receiver(arguments: &[String]) -> Result<(), Failed> {
    let [address] = arguments else { return Err("--receiver ADDRESS".into()) };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let counted = Arc::new(AtomicU64::new(0));
    let came = counted.clone();
    let take = move |_: bytes::Bytes| {
        came.fetch_add(1, Ordering::Release);
        async { r#"{"status":200,"message":"ok"}"# }
    };
    let listener = runtime.block_on(tokio::net::TcpListener::bind(address))?;
    runtime.spawn(async move { axum::serve(listener, Router::new().route("/message", post(take))).await });
    answer("ready")?;
    orders(|words| match words {
        ["until", wanted, micros] => {
            let (wanted, pause): (u64, _) = (wanted.parse()?, Duration::from_micros(micros.parse()?));
            while counted.load(Ordering::Acquire) < wanted {
                std::thread::sleep(pause);
            }
            Ok(Some(now().to_string()))
        }
        _ => Ok(None),
    })
}

/// `URL BODY`: `post CALLERS COUNT` posts the body so often, and answers when the first began, when the last was answered,
/// and the p50 and p99 of one call in nanoseconds.
pub(crate) fn callers(arguments: &[String]) -> Result<(), Failed> {
    let [url, body] = arguments else { return Err("--callers URL BODY".into()) };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    // Nothing here speaks TLS, but the client is not made without.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().tcp_nodelay(true).no_proxy().build()?;
    answer("ready")?;
    orders(|words| match words {
        ["post", callers, count] => {
            let left = Arc::new(AtomicU64::new(count.parse()?));
            let began = now();
            let tasks: Vec<_> = (0..callers.parse::<u32>()?)
                .map(|_| runtime.spawn(call(client.clone(), url.clone(), body.clone(), left.clone())))
                .collect();
            let mut times = Vec::new();
            for task in tasks {
                times.extend(runtime.block_on(task)??);
            }
            let ended = now();
            times.sort_unstable();
            let at = |percent: usize| times.get(times.len() * percent / 100).map_or(0, Duration::as_nanos);
            Ok(Some(format!("{began} {ended} {} {}", at(50), at(99))))
        }
        _ => Ok(None),
    })
}

/// One caller: posts as long as something is left, and returns what each call took.
async fn call(
    client: reqwest::Client,
    url: String,
    body: String,
    left: Arc<AtomicU64>,
) -> Result<Vec<Duration>, reqwest::Error> {
    let mut times = Vec::new();
    while left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| n.checked_sub(1)).is_ok() {
        let begin = Instant::now();
        let request = client.post(&url).header("content-type", "application/json").body(body.clone());
        request.send().await?.error_for_status()?.bytes().await?;
        times.push(begin.elapsed());
    }
    Ok(times)
}
