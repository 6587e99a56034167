//! An application in this process: a node, and a handler that keeps what it got.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use integrador::blocking::Node;
use integrador::{Config, ErrorKind, Event, EventBody, Message, PlatformState};

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

    /// Opens it with this handler: what it refuses has failed. Only what it took is kept.
    #[track_caller]
    pub fn handling(config: Config, mut handler: impl FnMut(&Event) -> Result<(), String> + Send + 'static) -> App {
        let mut app = App::silent(config);
        let (node, shared) = (app.node.clone(), app.shared.clone());
        app.pump = Some(thread::spawn(move || pump(&node, &shared, &mut handler)));
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

fn pump(node: &Node, shared: &Shared, handler: &mut impl FnMut(&Event) -> Result<(), String>) {
    let goes_on = || !shared.stop.load(Ordering::SeqCst);
    let mut handle_all = || {
        let mut events = node.consumer()?;
        while goes_on() {
            let Some(event) = events.next_while(Duration::MAX, goes_on)? else { continue };
            match handler(&event) {
                Ok(()) => {
                    held(&shared.events).push(event);
                    events.done()?;
                }
                Err(why) => events.failed(&why)?,
            }
        }
        events.close()
    };
    if let Err(e) = handle_all() {
        assert_eq!(e.kind(), ErrorKind::Closed, "{e}");
    }
}
