//! The one place where anything is written, and where the rules decide: a thread that gathers jobs and commits them together.
//!
//! A job is a closure over [`Job`]. It looks at the directory, decides, writes, and returns; its caller hears of it after the
//! commit, so what is acknowledged is on disk. However many jobs wait are done in one transaction: one commit carries
//! hundreds of events when there is a load, and one when there is none. It is fair to senders ([`super::fair`]), and a
//! transaction ends after [`SPAN`]: what is left goes on in the next, so that nobody waits for the work of all.
//!
//! A transaction is exclusive among all processes of the store, and begins by following what others wrote; so no decision
//! is taken on a stale index. If it fails, nothing of it remains: the directory is loaded again, and every caller gets the
//! error.
//!
//! A lazy job (a sender's progress) does not cause a commit of its own at once: it goes with the next one, or after
//! [`LAZY`].
//!
//! Where one thread does everything ([`crate::util::alone`]) there is no other: whoever hands a job in does it and commits it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::runtime::Handle;
use tokio::sync::oneshot;
use uuid::Uuid;

use super::awaited::Awaited;
use super::effects::{Batch, Effects};
use super::fair::FairQueue;
use super::job::{Job, Kept};
use super::marks::Marks;
use super::plans::Plans;
use super::share::{Sender, Share};
use super::shared_directory::SharedDirectory;
use crate::config::Config;
use crate::directory::Directory;
use crate::store::{Seq, Store, Tx};
use crate::util::ages::{AgeMark, Ages};
use crate::util::alone;
use crate::util::apart::apart;
use crate::util::event_id::EventIds;
use crate::util::lock::MutexExt;
use crate::util::threads;
use crate::{Error, ErrorKind, Result};

/// How long a lazy job waits for company.
const LAZY: Duration = Duration::from_millis(50);
/// The callers of more jobs than these are told by a task of their runtime, which wakes them for less than this thread would.
const FEW: usize = 8;
/// When nothing was to be written for this long, the store does what could wait till then.
const REST: Duration = Duration::from_millis(10);
/// A transaction takes no further job after it has worked for this long.
pub(crate) const SPAN: Duration = Duration::from_millis(10);
/// The most jobs in one transaction, so that the first of them does not wait long.
const BATCH: usize = 4096;

/// One job: done inside the transaction, and told how the commit went.
trait Work: Send {
    /// Does the work; returns the error that forbids the commit, if there is one.
    fn run(&mut self, job: &mut Job<'_>) -> Option<Error>;
    fn done(self: Box<Self>, commit: Result<()>);
}

struct Task<T, J, D> {
    job: Option<J>,
    result: Option<Result<T>>,
    done: D,
}

impl<T, J, D> Work for Task<T, J, D>
where
    T: Send,
    J: FnOnce(&mut Job<'_>) -> Result<T> + Send,
    D: FnOnce(Result<T>) + Send,
{
    fn run(&mut self, job: &mut Job<'_>) -> Option<Error> {
        let work = self.job.take()?;
        // A panic of one job must neither end the thread nor leave half of it behind.
        let result = catch_unwind(AssertUnwindSafe(|| work(job))).unwrap_or_else(|_| {
            Err(Error::new(ErrorKind::Internal, "a defect: the operation panicked; nothing of it was kept"))
        });
        let fatal = result.as_ref().err().filter(|e| !e.is_refusal());
        let fatal = fatal.cloned();
        self.result = Some(result);
        fatal
    }

    fn done(self: Box<Self>, commit: Result<()>) {
        let result = self.result.unwrap_or_else(|| Err(Error::new(ErrorKind::Internal, "the operation was not begun")));
        (self.done)(commit.and(result));
    }
}

struct Queued {
    work: Box<dyn Work>,
    sender: Sender,
    bytes: usize,
    lazy: bool,
}

/// Hands jobs to the writing thread. Cloneable; the thread ends when the last one is dropped.
#[derive(Clone)]
pub(crate) struct Writer {
    door: Door,
    /// Time stands until a test moves it.
    held: bool,
}

/// Where jobs are handed in.
#[derive(Clone)]
enum Door {
    Thread(mpsc::Sender<Queued>),
    /// There is no thread but the caller's.
    Here(Arc<Mutex<Thread>>),
}

/// What the writing thread is made of.
pub(crate) struct Desk {
    pub store: Arc<dyn Store>,
    pub config: Arc<Config>,
    pub effects: Arc<dyn Effects>,
    pub ages: Arc<Ages>,
    pub last_id: Option<Uuid>,
    /// How many transactions were committed.
    pub commits: Arc<AtomicU64>,
    /// A transaction takes no further job after it has worked for this long: [`SPAN`], unless a test needs all in one.
    pub span: Duration,
}

impl Writer {
    /// Starts the thread, with what was loaded; from then on only it changes the directory.
    pub(crate) fn start(desk: Desk, directory: Directory) -> Result<(Writer, SharedDirectory)> {
        let directory = SharedDirectory::new(directory);
        let (known, runtime) = (directory.clone(), Handle::try_current().ok());
        let held = cfg!(test) || desk.ages.is_held();
        if alone::is_alone() {
            let door = Door::Here(Arc::new(Mutex::new(Thread::new(desk, known, runtime))));
            return Ok((Writer { door, held: false }, directory));
        }
        let (jobs, queue) = channel();
        threads::spawn("integrador-writer", move || Thread::new(desk, known, runtime).run(&queue)).map_err(|e| {
            Error::new(ErrorKind::Internal, format!("the writing thread can't be started: {e}")).caused_by(e)
        })?;
        Ok((Writer { door: Door::Thread(jobs), held }, directory))
    }

    /// Runs a job of the app's or the node's own and returns what it returned, once that is on disk.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Job<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.run_for(Sender::App, 0, job).await
    }

    /// Runs a job that this sender asks for by something of this many bytes.
    pub(crate) async fn run_for<T: Send + 'static>(
        &self,
        sender: Sender,
        bytes: usize,
        job: impl FnOnce(&mut Job<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (done, wait) = oneshot::channel();
        self.submit(sender, bytes, false, job, move |result| {
            let _ = done.send(result);
        })?;
        if self.held {
            // A paused clock leaps while nothing runs, and it takes waiting for nothing: it must not leap over what the disk
            // takes.
            return apart(|| wait.blocking_recv().map_err(|_| Error::closed())?).await;
        }
        wait.await.map_err(|_| Error::closed())?
    }

    /// Hands a job in that may wait for the next commit.
    pub(crate) fn lazily(&self, job: impl FnOnce(&mut Job<'_>) -> Result<()> + Send + 'static) -> Result<()> {
        self.submit(Sender::App, 0, true, job, |result| {
            if let Err(e) = result
                && e.kind() != ErrorKind::Closed
            {
                tracing::error!("progress could not be written, what was sent is sent again: {e}");
            }
        })
    }

    fn submit<T: Send + 'static>(
        &self,
        sender: Sender,
        bytes: usize,
        lazy: bool,
        job: impl FnOnce(&mut Job<'_>) -> Result<T> + Send + 'static,
        done: impl FnOnce(Result<T>) + Send + 'static,
    ) -> Result<()> {
        let work = Box::new(Task { job: Some(job), result: None, done });
        let job = Queued { work, sender, bytes, lazy };
        match &self.door {
            Door::Thread(jobs) => jobs.send(job).map_err(|_| Error::closed()),
            Door::Here(thread) => {
                thread.hold().commit_at_once(job);
                Ok(())
            }
        }
    }
}

struct Thread {
    desk: Desk,
    directory: SharedDirectory,
    queue: FairQueue<Queued>,
    /// How many of those that wait are not lazy.
    urgent: usize,
    kept: Kept,
    /// The inbox position up to which `effects` has been told.
    inbox: Seq,
    /// The state of those who joined of which `effects` has been told.
    membership: u64,
    /// The directory in memory may hold what was not committed.
    stale: bool,
    /// Where the callers wait, if that is a runtime.
    runtime: Option<Handle>,
}

impl Thread {
    fn new(desk: Desk, directory: SharedDirectory, runtime: Option<Handle>) -> Self {
        let mut ids = EventIds::new();
        desk.last_id.into_iter().for_each(|id| ids.resume(id));
        let membership = directory.read().membership();
        Thread {
            desk,
            membership,
            directory,
            queue: FairQueue::default(),
            urgent: 0,
            kept: Kept {
                ids,
                share: Share::default(),
                marks: Marks::default(),
                plans: Plans::default(),
                awaited: Awaited::default(),
            },
            inbox: 0,
            stale: false,
            runtime,
        }
    }

    fn run(mut self, queue: &Receiver<Queued>) {
        // Until when lazy jobs wait for company.
        let mut deadline: Option<Instant> = None;
        let mut rested = true;
        loop {
            let next = match deadline {
                _ if self.urgent > 0 => queue.try_recv().map_err(|e| match e {
                    mpsc::TryRecvError::Empty => RecvTimeoutError::Timeout,
                    mpsc::TryRecvError::Disconnected => RecvTimeoutError::Disconnected,
                }),
                Some(at) => queue.recv_timeout(at.saturating_duration_since(Instant::now())),
                None if rested => queue.recv().map_err(|_| RecvTimeoutError::Disconnected),
                None => queue.recv_timeout(REST),
            };
            let due = next.is_err();
            let ended = matches!(next, Err(RecvTimeoutError::Disconnected));
            next.into_iter().chain(queue.try_iter()).for_each(|job| self.wait(job));
            if due || self.urgent > 0 {
                rested = self.queue.is_empty();
                if rested {
                    self.desk.store.rest();
                } else {
                    self.commit();
                }
                deadline = None;
            }
            match (ended, self.queue.is_empty()) {
                (true, true) => return,
                (_, false) => deadline = deadline.or_else(|| Some(Instant::now() + LAZY)),
                (false, true) => {}
            }
        }
    }

    fn commit_at_once(&mut self, job: Queued) {
        self.wait(job);
        while !self.queue.is_empty() {
            self.commit();
        }
    }

    fn wait(&mut self, job: Queued) {
        self.urgent += usize::from(!job.lazy);
        self.queue.push(job.sender, job.bytes, job);
    }

    fn commit(&mut self) {
        let (mut batch, mut jobs) = (Batch::default(), Vec::new());
        let store = self.desk.store.clone();
        let result = if self.stale { self.reload() } else { Ok(()) }
            .and_then(|()| store.transact(&mut |tx| self.work(tx, &mut jobs, &mut batch)));
        match &result {
            Ok(()) => {
                self.desk.commits.fetch_add(1, Ordering::Relaxed);
                if let Some(last) = batch.committed(&*self.desk.effects) {
                    self.inbox = last;
                }
                let membership = self.directory.read().membership();
                if membership != self.membership {
                    self.membership = membership;
                    self.desk.effects.membership_changed();
                }
            }
            Err(e) => {
                if jobs.is_empty() {
                    // Not even begun: it would be no better for the others.
                    jobs = self.queue.take_all();
                    self.urgent = 0;
                }
                // Where a test has its process die, nobody is left to be told.
                let alive = e.kind() != ErrorKind::Closed;
                if alive {
                    tracing::error!("nothing of {} operations was kept: {e}", jobs.len());
                }
                self.stale = true;
                if let Err(e) = self.reload()
                    && alive
                {
                    tracing::error!("the directory can't be read again yet: {e}");
                }
            }
        }
        let many = jobs.len() > FEW;
        let tell = move || jobs.into_iter().for_each(|job| job.work.done(result.clone()));
        match &self.runtime {
            Some(runtime) if many => drop(runtime.spawn(async move { tell() })),
            _ => tell(),
        }
    }

    /// Runs what waits, until it has taken long enough. What was begun is in `jobs`.
    fn work(&mut self, tx: &mut dyn Tx, jobs: &mut Vec<Queued>, batch: &mut Batch) -> Result<()> {
        if tx.others_wrote() {
            self.follow(tx)?;
        }
        let desk = &self.desk;
        let moment = desk.ages.moment();
        tx.put_age(AgeMark { age: moment.age, wall: moment.wall });
        let mut job = Job::new(tx, &self.directory, &desk.config, batch, &mut self.kept, moment);
        let begin = Instant::now();
        let mut at = begin;
        while jobs.len() < BATCH && at - begin < desk.span {
            let Some((sender, mut queued)) = self.queue.pop() else { break };
            self.urgent -= usize::from(!queued.lazy);
            let fatal = queued.work.run(&mut job);
            jobs.push(queued);
            if let Some(e) = fatal {
                return Err(e);
            }
            let done = Instant::now();
            self.queue.charge(sender, done - at);
            at = done;
        }
        job.finish()
    }

    /// Takes in what other processes wrote.
    fn follow(&mut self, tx: &mut dyn Tx) -> Result<()> {
        self.kept.clear();
        let version = self.directory.read().version;
        let rows = tx.changes(version)?;
        rows.last_id.into_iter().for_each(|id| self.kept.ids.resume(id));
        rows.age.into_iter().for_each(|mark| self.desk.ages.follow(mark));
        let overturned = self.directory.read().is_overturned_by(&rows);
        if overturned {
            let all = tx.changes(0)?;
            self.directory.change(|directory| directory.replace(all));
        } else {
            self.directory.follow(rows);
        }
        if self.desk.effects.follows_inbox() {
            let heads = tx.inbox_heads(self.inbox)?;
            if let Some(last) = heads.last() {
                self.inbox = last.seq;
                self.desk.effects.arrived(&heads);
            }
        }
        self.desk.effects.others_wrote();
        Ok(())
    }

    fn reload(&mut self) -> Result<()> {
        self.kept.clear();
        let rows = self.desk.store.load()?;
        self.directory.change(|directory| directory.replace(rows));
        self.stale = false;
        Ok(())
    }
}
