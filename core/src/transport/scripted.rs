//! A transport for tests: answers by a script, remembers what it was asked, and holds an answer back until it is told.
//!
//! ```ignore
//! let gate = Gate::shut();
//! let transport = Scripted::new({
//!     let gate = gate.clone();
//!     move |request| match request.path {
//!         "ping" => Reply::json(404, "{}"),
//!         _ => Reply::status(200).after(&gate),
//!     }
//! });
//! let engine = /* … with transport.clone() … */;
//! let first = transport.request(0).await; // waits until it was sent
//! gate.open();
//! ```
//!
//! Its time is tokio's, so tests may pause the clock; only how long it waits for a request is real time. A reply that is never
//! given ends in a time-out, as it would over a wire.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::sync::watch;

use super::{Answer, NoAnswer, Request, Sending, Transport, too_long};
use crate::util::lock::MutexExt;

/// How long a test waits for a request that does not come; longer than any of the core's own waits.
const PATIENCE: Duration = Duration::from_secs(120);
/// How far a paused clock leaps at once meanwhile: what is done on a disk takes real time, of which it knows nothing.
const STEP: Duration = Duration::from_secs(1);

type Script = Box<dyn Fn(&Request) -> Reply + Send + Sync>;

/// See the [module](self).
pub(crate) struct Scripted {
    script: Script,
    requests: Mutex<Vec<Request>>,
    count: watch::Sender<usize>,
}

impl Scripted {
    /// The script is called once for each request, in the order in which they are sent.
    pub(crate) fn new(script: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Arc<Self> {
        Arc::new(Scripted { script: Box::new(script), requests: Mutex::default(), count: watch::channel(0).0 })
    }

    /// What was asked so far.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests.hold().clone()
    }

    /// What was posted to this path so far.
    pub(crate) fn posted(&self, path: &str) -> Vec<Request> {
        self.requests.hold().iter().filter(|request| request.path == path && request.body.is_some()).cloned().collect()
    }

    /// The `n`th request (from 0); waits until it has been sent.
    pub(crate) async fn request(&self, n: usize) -> Request {
        self.wait_until(|all| all.get(n).cloned()).await
    }

    /// Waits until what was asked so far is as `wanted`.
    pub(crate) async fn wait_until<T>(&self, wanted: impl Fn(&[Request]) -> Option<T>) -> T {
        let mut count = self.count.subscribe();
        let end = Instant::now() + PATIENCE;
        loop {
            if let Some(found) = wanted(&self.requests.hold()) {
                return found;
            }
            if tokio::time::timeout(STEP, count.changed()).await.is_err() {
                assert!(Instant::now() < end, "what was waited for was not asked; asked: {:#?}", self.requests());
                let real = tokio::task::spawn_blocking(|| std::thread::sleep(Duration::from_millis(1)));
                real.await.expect("it only sleeps");
            }
        }
    }
}

impl Transport for Scripted {
    fn send(&self, request: Request) -> Sending {
        let reply = {
            // Under the lock, so that the script sees requests in the order in which they are remembered.
            let mut requests = self.requests.hold();
            requests.push(request.clone());
            let reply = (self.script)(&request);
            self.count.send_replace(requests.len());
            reply
        };
        Box::pin(async move {
            let answer = tokio::time::timeout(request.timeout, reply.given());
            let mut answer = answer.await.unwrap_or(Err(NoAnswer::TimedOut))?;
            if answer.body.len() > request.max_answer {
                if request.body.is_none() && (200..300).contains(&answer.status) {
                    return Err(too_long(request.max_answer));
                }
                answer.body.truncate(request.max_answer);
            }
            Ok(answer)
        })
    }
}

/// What a script says to one request.
pub(crate) struct Reply {
    result: Result<Answer, NoAnswer>,
    delay: Duration,
    gate: Option<Gate>,
    done: Option<Box<dyn FnOnce() + Send>>,
}

impl Reply {
    fn new(result: Result<Answer, NoAnswer>) -> Self {
        Reply { result, delay: Duration::ZERO, gate: None, done: None }
    }

    /// An answer with a body.
    pub(crate) fn json(status: u16, body: impl Into<Bytes>) -> Self {
        Reply::new(Ok(Answer { status, retry_after: None, body: body.into() }))
    }

    /// An answer of the form that a node or a platform gives to a post.
    pub(crate) fn status(status: u16) -> Self {
        Reply::json(status, format!("{{\"status\": {status}, \"message\": \"scripted\"}}"))
    }

    /// The answer of a node to a batch: this status for each of its events.
    pub(crate) fn batch(request: &Request, status: u16) -> Self {
        let body = request.body.clone().unwrap_or_default();
        let mut lines = Vec::new();
        for line in body.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            let event: serde_json::Value = serde_json::from_slice(line).expect("a line of a batch");
            let id = event["id"].as_str().expect("the id of an event");
            crate::wire::write::batch_answer_line(&mut lines, id, status, "scripted");
        }
        Reply::json(200, lines)
    }

    /// Nobody is there.
    pub(crate) fn unreachable() -> Self {
        Reply::new(Err(NoAnswer::Failed("can't connect: refused".into())))
    }

    /// The request fails for this reason.
    pub(crate) fn failed(why: &str) -> Self {
        Reply::new(Err(NoAnswer::Failed(why.into())))
    }

    /// No answer, ever.
    pub(crate) fn never() -> Self {
        Reply::unreachable().after(&Gate::shut())
    }

    /// With this `Retry-After`.
    pub(crate) fn retry_after(mut self, header: &str) -> Self {
        if let Ok(answer) = &mut self.result {
            answer.retry_after = Some(header.into());
        }
        self
    }

    /// Does this when it is given.
    pub(crate) fn then(mut self, done: impl FnOnce() + Send + 'static) -> Self {
        self.done = Some(Box::new(done));
        self
    }

    /// Given after this time.
    pub(crate) fn delayed(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// Given once the gate is open.
    pub(crate) fn after(mut self, gate: &Gate) -> Self {
        self.gate = Some(gate.clone());
        self
    }

    async fn given(self) -> Result<Answer, NoAnswer> {
        if !self.delay.is_zero() {
            tokio::time::sleep(self.delay).await;
        }
        if let Some(gate) = self.gate {
            gate.opened().await;
        }
        self.done.into_iter().for_each(|done| done());
        self.result
    }
}

/// Holds replies back until it is opened; what comes later passes at once.
#[derive(Clone)]
pub(crate) struct Gate(watch::Sender<bool>);

impl Gate {
    pub(crate) fn shut() -> Self {
        Gate(watch::channel(false).0)
    }

    pub(crate) fn open(&self) {
        self.0.send_replace(true);
    }

    async fn opened(&self) {
        // The sender is here, so this ends only when the gate is open.
        let _ = self.0.subscribe().wait_for(|open| *open).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(path: &'static str) -> Request {
        Request {
            endpoint: "http://scripted/".parse().unwrap(),
            path,
            query: None,
            body: Some(Bytes::from_static(b"{}")),
            content_type: "application/json",
            id: "1".into(),
            token: None,
            beside: None,
            told: false,
            confidential: false,
            traceparent: None,
            timeout: Duration::from_secs(15),
            max_answer: 1_000,
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_reply_is_held_until_the_gate_opens_and_time_passes_only_when_the_test_says_so() {
        let gate = Gate::shut();
        let held = gate.clone();
        let transport = Scripted::new(move |request| match request.path {
            "user" => Reply::status(200).after(&held),
            "room" => Reply::status(202).delayed(Duration::from_secs(10)),
            _ => Reply::never(),
        });
        let first = tokio::spawn(transport.send(request("user")));
        assert_eq!(transport.request(0).await.path, "user");
        assert!(!first.is_finished());
        gate.open();
        assert_eq!(first.await.unwrap().unwrap().status, 200);
        assert_eq!(transport.send(request("room")).await.unwrap().status, 202);
        assert_eq!(transport.send(request("message")).await.unwrap_err(), NoAnswer::TimedOut);
        assert_eq!(transport.requests().iter().map(|r| r.path).collect::<Vec<_>>(), ["user", "room", "message"]);
        assert_eq!(transport.posted("room").len(), 1);
    }

    #[tokio::test]
    async fn a_batch_is_answered_line_by_line() {
        let transport = Scripted::new(|request| Reply::batch(request, 202));
        let mut batch = request("batch");
        batch.body = Some(Bytes::from_static(b"{\"id\":\"a\"}\n{\"id\":\"b\"}\n"));
        let answer = transport.send(batch).await.unwrap();
        let lines = crate::wire::read::batch_answer(&answer.body).unwrap();
        assert_eq!(lines.iter().map(|line| (&*line.id, line.status)).collect::<Vec<_>>(), [("a", 202), ("b", 202)]);
    }
}
