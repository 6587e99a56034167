//! An application in this process: a node, and a handler that keeps what it got.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use integrador::blocking::Node;
use integrador::{Config, ErrorKind, Event, EventBody, Message, PlatformState};
use uuid::Uuid;

/// What it shares with its pump.
struct Shared {
    events: Mutex<Vec<Event>>,
    stop: AtomicBool,
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// An application; its node closes when it is dropped.
pub struct App {
    /// Its node.
    pub node: Node,
    shared: Arc<Shared>,
    pump: Option<thread::JoinHandle<()>>,
}

impl App {
    /// Opens it, with a handler that takes everything.
    #[track_caller]
    pub fn open(config: Config) -> App {
        App::handling(config, |_| Ok(()))
    }

    /// Opens it with this handler: an error is a `nack`. Only what it took is kept.
    #[track_caller]
    pub fn handling(config: Config, mut handler: impl FnMut(&Event) -> Result<(), String> + Send + 'static) -> App {
        let mut app = App::silent(config);
        let (node, shared) = (app.node.clone(), app.shared.clone());
        app.pump = Some(thread::spawn(move || {
            while !shared.stop.load(Ordering::SeqCst) {
                match node.next_events(100, Duration::from_millis(100)) {
                    Ok(events) => handle(&node, &shared, events, &mut handler),
                    Err(e) if e.kind() == ErrorKind::Closed => return,
                    // A full disk, say: it goes on when there is room.
                    Err(_) => thread::sleep(Duration::from_millis(50)),
                }
            }
        }));
        app
    }

    /// Opens it without a handler: whoever wants events takes them.
    #[track_caller]
    pub fn silent(config: Config) -> App {
        let name = config.platform.clone();
        let node = Node::open(config).unwrap_or_else(|e| panic!("{name} does not open: {e}"));
        App { node, shared: Arc::new(Shared { events: Mutex::default(), stop: AtomicBool::new(false) }), pump: None }
    }

    /// What its handler took.
    pub fn events(&self) -> Vec<Event> {
        held(&self.shared.events).clone()
    }

    /// The messages that its handler took.
    pub fn messages(&self) -> Vec<Message> {
        let message = |event: Event| match event.body {
            EventBody::Message(message) => Some(message),
            _ => None,
        };
        self.events().into_iter().filter_map(message).collect()
    }

    /// The texts of the messages that its handler took.
    pub fn texts(&self) -> Vec<String> {
        self.messages().into_iter().map(|message| message.text).collect()
    }

    /// The texts by room and sender, in the order in which they came.
    pub fn by_room_and_sender(&self) -> BTreeMap<(String, String), Vec<String>> {
        let mut sorted: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for message in self.messages() {
            sorted.entry((message.room.to_string(), message.sender.to_string())).or_default().push(message.text);
        }
        sorted
    }

    /// Whether it has been told this of a platform.
    pub fn was_told(&self, platform: &str, state: PlatformState) -> bool {
        self.events().iter().any(
            |event| matches!(&event.body, EventBody::Platform(told) if &*told.platform == platform && told.change == state),
        )
    }

    /// Whether it knows all these platforms.
    pub fn knows(&self, platforms: &[&str]) -> bool {
        let known = self.node.platforms().unwrap_or_default();
        platforms.iter().all(|name| known.iter().any(|platform| &*platform.name == *name))
    }

    /// Whether nothing waits any more: neither for another platform nor for its handler.
    pub fn has_done_all(&self) -> bool {
        let status = self.node.status().expect("a status");
        status.inbox == 0 && status.platforms.iter().all(|platform| platform.waiting == 0)
    }

    /// Closes it, as an application that ends cleanly does.
    pub fn close(mut self) {
        self.end();
    }

    fn end(&mut self) {
        self.shared.stop.store(true, Ordering::SeqCst);
        let ended = self.pump.take().map(thread::JoinHandle::join);
        let closed = self.node.close();
        if !thread::panicking() {
            assert!(!matches!(ended, Some(Err(_))), "the handler panicked");
            closed.unwrap_or_else(|e| panic!("it does not close: {e}"));
        }
    }
}

impl Drop for App {
    fn drop(&mut self) {
        self.end();
    }
}

fn handle(node: &Node, shared: &Shared, events: Vec<Event>, handler: &mut impl FnMut(&Event) -> Result<(), String>) {
    for event in events {
        let done = match handler(&event) {
            Ok(()) => acked(node, event.id),
            Err(why) => {
                let _ = node.nack(event.id, &why);
                false
            }
        };
        // What was taken back together with an earlier one comes again.
        if done {
            held(&shared.events).push(event);
        }
    }
}

/// Acknowledges, and tries again while that can't be stored.
fn acked(node: &Node, id: Uuid) -> bool {
    loop {
        match node.ack(&[id]) {
            Ok(acked) => return acked[0],
            Err(e) if e.kind() == ErrorKind::Store => thread::sleep(Duration::from_millis(50)),
            Err(_) => return false,
        }
    }
}
