//! How the processes of a store hear of each other's commits: whoever has committed rings at the others.
//!
//! Each process has a socket in the folder of the locks, at which a thread of its own waits; while nobody rings it does
//! nothing. A process that comes tells the others that it is there. Where there can be no such socket, the thread looks at
//! the store every few milliseconds instead.

use std::fs;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use super::connections::Connections;
use super::lock::Locks;
use crate::util::threads;
use crate::{Error, ErrorKind, Result};

/// How often the store is looked at without a socket.
const LOOK: Duration = Duration::from_millis(15);
/// How often it is looked at although nobody has rung: a process without a socket of its own can't be told who comes.
const LOOK_ANYWAY: Duration = Duration::from_secs(5);
/// How soon after a commit of others the next one is heard of: a process that writes without a pause is not followed at each
/// of its commits.
const PAUSE: Duration = Duration::from_millis(5);

/// The bell of one process; its thread ends when it is dropped.
pub(super) struct Bell {
    ringing: Arc<Ringing>,
    thread: Option<JoinHandle<()>>,
}

/// What the thread shares with those who ring.
struct Ringing {
    locks: Locks,
    #[cfg(unix)]
    others: socket::Others,
    /// Others have the store open, or had.
    company: AtomicBool,
    ended: AtomicBool,
}

impl Ringing {
    /// Looks who is there.
    fn look_around(&self) {
        if self.locks.others_live() {
            self.company.store(true, Ordering::SeqCst);
        }
        #[cfg(unix)]
        self.others.find();
    }
}

impl Bell {
    /// Has `wake` notified soon after another process has committed.
    pub(super) fn hang(locks: &Locks, connections: &Arc<Connections>, wake: Arc<Notify>) -> Result<Self> {
        let internal = |e: io::Error| Error::new(ErrorKind::Internal, format!("the thread that follows others: {e}"));
        #[cfg(unix)]
        let (others, socket) = socket::Others::meet(locks).map_err(internal)?;
        let ringing = Arc::new(Ringing {
            locks: locks.clone(),
            #[cfg(unix)]
            others,
            company: AtomicBool::new(false),
            ended: AtomicBool::new(false),
        });
        ringing.look_around();
        let listener = Listener { ringing: ringing.clone(), connections: Arc::downgrade(connections), wake };
        let thread = threads::spawn("integrador-bell", move || {
            #[cfg(unix)]
            if let Some(socket) = socket {
                return listener.hear(&socket);
            }
            listener.look();
        });
        Ok(Bell { ringing, thread: Some(thread.map_err(internal)?) })
    }

    /// Tells the others that this process has committed.
    pub(super) fn ring(&self) {
        #[cfg(unix)]
        self.ringing.others.ring();
    }
}

impl Bell {
    /// Whether another process has the store open, or had when [`Bell::count`] was last called.
    pub(super) fn has_company(&self) -> bool {
        self.ringing.company.load(Ordering::SeqCst)
    }

    /// Looks anew whether another process has the store open.
    pub(super) fn count(&self) {
        self.ringing.company.store(false, Ordering::SeqCst);
        self.ringing.look_around();
    }
}

impl Drop for Bell {
    fn drop(&mut self) {
        self.ringing.ended.store(true, Ordering::SeqCst);
        #[cfg(unix)]
        self.ringing.others.leave();
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            let _ = thread.join();
        }
    }
}

struct Listener {
    ringing: Arc<Ringing>,
    connections: Weak<Connections>,
    wake: Arc<Notify>,
}

impl Listener {
    fn ended(&self) -> bool {
        self.ringing.ended.load(Ordering::SeqCst)
    }

    /// Looks without being told.
    fn look(&self) {
        let mut looked_around = Instant::now();
        while !self.ended() {
            thread::park_timeout(LOOK);
            self.follow();
            if looked_around.elapsed() >= LOOK_ANYWAY {
                self.ringing.look_around();
                looked_around = Instant::now();
            }
        }
    }

    /// Wakes whoever follows the others, if they have committed.
    fn follow(&self) {
        let Some(connections) = self.connections.upgrade() else { return };
        match connections.others_wrote() {
            Ok(true) => {
                self.wake.notify_one();
                thread::park_timeout(PAUSE);
            }
            Ok(false) => {}
            Err(e) => {
                tracing::error!("other processes can't be followed: {e}");
                thread::park_timeout(LOOK_ANYWAY);
            }
        }
    }
}

#[cfg(unix)]
mod socket {
    //! Datagrams of one byte. Nobody waits for one to be taken: what is rung again while a ring waits is the same ring.

    use std::os::fd::AsRawFd;
    use std::os::unix::net::UnixDatagram;
    use std::path::PathBuf;
    use std::sync::Mutex;

    use super::*;
    use crate::util::fork::Private;
    use crate::util::lock::MutexExt;

    /// "I have committed."
    const RING: u8 = b'r';
    /// "I am here", or "I am gone".
    const WHO: u8 = b'w';
    /// How long a process that comes tries to tell one that doesn't listen.
    const PATIENCE: Duration = Duration::from_millis(100);

    pub(super) struct Others {
        locks: Locks,
        /// Sends without waiting.
        sender: Private<UnixDatagram>,
        /// Where the others are reached.
        at: Mutex<Vec<PathBuf>>,
        /// This process's own socket, if it has one.
        own: Option<String>,
    }

    impl Others {
        /// Makes the socket of this process, and tells the others. No socket where the system refuses one.
        pub(super) fn meet(locks: &Locks) -> io::Result<(Self, Option<Private<UnixDatagram>>)> {
            let sender = Private::open(UnixDatagram::unbound)?;
            sender.set_nonblocking(true)?;
            let own = locks.own_bell();
            let socket = bind(locks, &own);
            if let Err(e) = &socket {
                tracing::debug!("no socket for being told of other processes' commits, so they are looked for: {e}");
            }
            let socket = socket.ok();
            let others =
                Others { locks: locks.clone(), sender, at: Mutex::default(), own: socket.is_some().then_some(own) };
            others.find();
            others.tell(WHO);
            Ok((others, socket))
        }

        /// Looks who is there.
        pub(super) fn find(&self) {
            let bells = self.locks.bells();
            let others = bells.into_iter().filter(|name| Some(name) != self.own.as_ref());
            *self.at.hold() = others.map(|name| self.locks.reach(&name)).collect();
        }

        pub(super) fn ring(&self) {
            let mut at = self.at.hold();
            at.retain(|other| !is_gone(self.sender.send_to(&[RING], other)));
        }

        /// Says something that must arrive.
        fn tell(&self, what: u8) {
            let began = Instant::now();
            for other in self.at.hold().iter() {
                while let Err(e) = self.sender.send_to(&[what], other)
                    && e.kind() == io::ErrorKind::WouldBlock
                    && began.elapsed() < PATIENCE
                {
                    thread::sleep(Duration::from_millis(1));
                }
            }
        }

        /// Takes the socket away, and wakes the thread that listens.
        pub(super) fn leave(&self) {
            let Some(own) = &self.own else { return };
            let _ = self.sender.send_to(&[WHO], self.locks.reach(own));
            let _ = fs::remove_file(self.locks.folder().join(own));
        }
    }

    /// Whether nobody listens there any more.
    fn is_gone(sent: io::Result<usize>) -> bool {
        sent.is_err_and(|e| matches!(e.kind(), io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused))
    }

    fn bind(locks: &Locks, own: &str) -> io::Result<Private<UnixDatagram>> {
        // One that is there belongs to a dead process of the same number: the name is this process's now.
        let _ = fs::remove_file(locks.folder().join(own));
        let socket = Private::open(|| UnixDatagram::bind(locks.reach(own)))?;
        socket.set_read_timeout(Some(LOOK_ANYWAY))?;
        Ok(socket)
    }

    impl Listener {
        pub(super) fn hear(&self, socket: &UnixDatagram) {
            let mut byte = [0];
            while !self.ended() {
                let heard = socket.recv(&mut byte);
                let rung = matches!(heard, Ok(1)) && byte == [RING];
                if !rung {
                    self.ringing.look_around();
                }
                if let Err(e) = &heard
                    && !matches!(
                        e.kind(),
                        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut | io::ErrorKind::Interrupted
                    )
                {
                    tracing::error!("the socket {} is of no use: {e}", socket.as_raw_fd());
                    return self.look();
                }
                self.follow();
            }
        }
    }
}
