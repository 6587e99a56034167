//! The writer on a real store: what is committed together, what a failure takes back, who is told what and when, whose turn
//! it is.

mod together;
mod told;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::Bytes;
use uuid::Uuid;

use super::effects::Effects;
use super::job::Job;
use super::share::Sender;
use super::shared_directory::SharedDirectory;
use super::writer::{Desk, Writer};
use crate::Result;
use crate::config::Config;
use crate::directory::Directory;
use crate::model::{BindKind, DeliveryState, EventKind, Extras, Id};
use crate::store::{
    AnnouncementRow, Bars, BindingRow, EventRow, Ids, InboxEvent, InboxHead, Members, OwnerRow, PlatformNum, RoomRow,
    Seq, Store, UserRow, Waiting, sqlite,
};
use crate::util::ages::Ages;
use crate::util::lock::MutexExt;
use crate::util::time::{Clock, TestClock};

const NOW: i64 = 1_790_000_000_000;
const OWN: PlatformNum = 1;
const B: PlatformNum = 2;
const PATIENCE: Duration = Duration::from_secs(30);

/// What commits set in motion, each with whether it was in the store by then.
struct Heard {
    store: Arc<dyn Store>,
    told: Mutex<Vec<(String, bool)>>,
}

impl Effects for Heard {
    fn queued(&self, dest: PlatformNum, events: Vec<Waiting>) {
        let stored = self.store.waiting(dest, 0, 1_000, usize::MAX).unwrap();
        let told = events.iter().map(|w| (format!("queued {dest} {}", w.seq), stored.iter().any(|s| s.seq == w.seq)));
        self.told.hold().extend(told);
    }

    fn replaced(&self, dest: PlatformNum, seqs: &[Seq]) {
        let stored = self.store.waiting(dest, 0, 1_000, usize::MAX).unwrap();
        let told = seqs.iter().map(|seq| (format!("replaced {dest} {seq}"), stored.iter().all(|s| s.seq != *seq)));
        self.told.hold().extend(told);
    }

    fn arrived(&self, heads: &[InboxHead]) {
        let stored = self.store.inbox_heads(0).unwrap();
        let told = heads.iter().map(|head| (format!("arrived {}", head.seq), stored.contains(head)));
        self.told.hold().extend(told);
    }

    fn ended(&self, events: Vec<(Uuid, PlatformNum, DeliveryState)>) {
        self.told.hold().extend(events.iter().map(|(_, platform, state)| (format!("{state} {platform}"), true)));
    }

    fn others_wrote(&self) {}

    fn follows_inbox(&self) -> bool {
        false
    }

    fn membership_changed(&self) {}

    fn inbox_depth(&self, _: u64) {}
}

struct World {
    store: Arc<dyn Store>,
    directory: SharedDirectory,
    writer: Writer,
    heard: Arc<Heard>,
    commits: Arc<AtomicU64>,
    runtime: tokio::runtime::Runtime,
    _folder: tempfile::TempDir,
}

impl World {
    /// The app `Own`, and the platform `B`. However busy the machine is, what waits goes in one transaction.
    fn new() -> World {
        World::with_span(PATIENCE)
    }

    fn with_span(span: Duration) -> World {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("s.db");
        let store: Arc<dyn Store> = Arc::new(sqlite::open(&path, None).unwrap());
        let clock: Arc<dyn Clock> = Arc::new(TestClock::at(NOW));
        let heard = Arc::new(Heard { store: store.clone(), told: Mutex::default() });
        let commits: Arc<AtomicU64> = Arc::default();
        let mut config = Config::new("Own", &path);
        config.max_pending = 4;
        let desk = Desk {
            store: store.clone(),
            config: Arc::new(config),
            effects: heard.clone(),
            ages: Arc::new(Ages::resume(clock, None)),
            last_id: None,
            commits: commits.clone(),
            span,
        };
        let (writer, directory) = Writer::start(desk, Directory::default()).unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap();
        let world = World { store, directory, writer, heard, commits, runtime, _folder: folder };
        let nums = world.run(|job| {
            let nums = (job.platform_num("Own")?, job.platform_num("B")?);
            job.put_owner(OwnerRow { node: nums.0, standalone: false }, None)?;
            Ok(nums)
        });
        assert_eq!(nums.unwrap(), (OWN, B));
        world.commits.store(0, Ordering::Relaxed);
        world
    }

    fn run<T: Send + 'static>(&self, job: impl FnOnce(&mut Job<'_>) -> Result<T> + Send + 'static) -> Result<T> {
        self.runtime.block_on(self.writer.run(job))
    }

    /// Hands a job in; its result comes later.
    fn submit<T: Send + 'static>(
        &self,
        sender: Sender,
        bytes: usize,
        job: impl FnOnce(&mut Job<'_>) -> Result<T> + Send + 'static,
    ) -> Receiver<Result<T>> {
        let ((done, wait), (queued, is_queued)) = (mpsc::channel(), mpsc::channel());
        let writer = self.writer.clone();
        self.runtime.spawn(async move {
            let running = writer.run_for(sender, bytes, job);
            tokio::pin!(running);
            // The first poll queues it.
            let first = std::future::poll_fn(|cx| std::task::Poll::Ready(running.as_mut().poll(cx))).await;
            let _ = queued.send(());
            let result = match first {
                std::task::Poll::Ready(result) => result,
                std::task::Poll::Pending => running.await,
            };
            let _ = done.send(result);
        });
        is_queued.recv_timeout(PATIENCE).unwrap();
        wait
    }

    /// Keeps the writer busy until the guard is dropped: what is handed in meanwhile waits together.
    fn hold(&self) -> mpsc::Sender<()> {
        let ((release, released), (begun, has_begun)) = (mpsc::channel::<()>(), mpsc::channel());
        let _done = self.submit(Sender::App, 0, move |_| {
            let _ = begun.send(());
            let _ = released.recv_timeout(PATIENCE);
            Ok(())
        });
        has_begun.recv_timeout(PATIENCE).unwrap();
        release
    }

    fn commits(&self) -> u64 {
        self.commits.load(Ordering::Relaxed)
    }

    fn told(&self) -> Vec<String> {
        let told = self.heard.told.hold();
        assert!(told.iter().all(|(_, stored)| *stored), "told before it was on disk: {told:?}");
        told.iter().map(|(what, _)| what.clone()).collect()
    }

    /// What is known in memory, and what the store would make known.
    fn known(&self) -> (String, String) {
        let mut stored = Directory::default();
        stored.belongs_to(self.store.owner().unwrap().unwrap());
        stored.apply(self.store.load().unwrap());
        (self.directory.read().shown(), stored.shown())
    }
}

fn wait<T>(done: &Receiver<Result<T>>) -> Result<T> {
    done.recv_timeout(PATIENCE).unwrap()
}

fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < end, "it never came true that {what}");
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn user(id: i64) -> UserRow {
    UserRow {
        platform: B,
        id: id.into(),
        name: "Ana".into(),
        active: true,
        placeholder: false,
        extras: Extras::default(),
        event: None,
        version: 0,
    }
}

fn users(store: &dyn Store) -> Vec<Id> {
    store.load().unwrap().users.into_iter().map(|row| row.id).collect()
}

fn event(job: &mut Job<'_>, kind: EventKind, platform: PlatformNum) -> EventRow {
    let id = job.new_id();
    EventRow {
        id,
        kind,
        platform,
        source: None,
        room: None,
        at: job.now,
        again: false,
        body: Bytes::from_static(b"{}"),
    }
}

/// Something of every kind that is known, in the store and in memory.
fn change_everything(job: &mut Job<'_>) -> Result<()> {
    let c = job.platform_num("C")?;
    job.put_user(user(7))?;
    let (num, event_id) = (job.directory().next_room_num(), job.new_id());
    let (name, extras) = ("Sala".into(), Extras::default());
    let row = RoomRow { num, origin: B, id: 4.into(), name, public: true, extras, event: event_id, version: 0 };
    let ids: Ids = [Id::from(7), Id::from(8)].into_iter().collect();
    let members: Members = [(B, ids.clone()), (c, ids)].into_iter().collect();
    let (again, former) = (Members::default(), None);
    let banned = Bars::default();
    job.announce(row, AnnouncementRow { room: num, by: B, event: event_id, members, again, former, banned })?;
    job.put_binding(&BindingRow { kind: BindKind::User, platform: B, id: 7.into(), local: "ana".into() })?;
    let waits = event(job, EventKind::Message, OWN);
    job.enqueue(waits, &[B, c])?;
    let comes = event(job, EventKind::Message, B);
    job.hand_in(InboxEvent {
        id: comes.id,
        kind: comes.kind,
        platform: B,
        room: Some(num),
        late: false,
        attempts: 0,
        suspect: false,
        body: comes.body,
    })
}
