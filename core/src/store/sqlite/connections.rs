//! The connections to an open store: one that writes, a few that read.
//!
//! All of them are closed over a fork and opened again when they are needed. What SQLite keeps in memory of an open file,
//! such as the locks that it holds, is not true in a child: it would believe that it has locks which are its parent's.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, TryLockError};

use rusqlite::Connection;
use uuid::Uuid;

use super::error::{Sql, named, refused};
use super::schema;
use super::witness::Witness;
use super::writer::Writer;
use crate::Result;
use crate::store::Tx;
use crate::util::fork::{self, Forkable};
use crate::util::lock::MutexExt;

/// How many connections for reading are kept when nobody reads.
const IDLE_READERS: usize = 4;

/// The stores that were open in the parent when this process was forked without waiting for it.
static LEFT_BEHIND: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

pub(super) struct Connections {
    path: PathBuf,
    // Both are locked by those who hold a pass, so never at a fork.
    writer: Mutex<Writer>,
    readers: Mutex<Vec<Connection>>,
}

impl Connections {
    /// Opens the file, which is there, and brings it up to date. To be called when it is this process's turn to write.
    pub(super) fn open(path: &Path, max_pages: Option<u32>, witness: Witness) -> Result<Arc<Self>> {
        let connections = {
            let _pass = fork::pass();
            if LEFT_BEHIND.hold().iter().any(|left| left == path) {
                return Err(refused(
                    path,
                    "was open when this process was forked without `integrador::fork`, and can't be opened in it any more: \
                     fork before a node is opened, or as described there",
                ));
            }
            let writer = Mutex::new(Writer::open(path, max_pages, witness)?);
            Arc::new(Connections { path: path.to_owned(), writer, readers: Mutex::default() })
        };
        let this: Arc<dyn Forkable> = connections.clone();
        fork::register(Arc::downgrade(&this));
        Ok(connections)
    }

    /// The id of the store.
    pub(super) fn id(&self) -> Uuid {
        let _pass = fork::pass();
        self.writer.hold().id()
    }

    pub(super) fn read<T>(&self, read: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T> {
        let _pass = fork::pass();
        let idle = self.readers.hold().pop();
        let conn = match idle {
            Some(conn) => conn,
            None => schema::reader(&self.path).sql().map_err(named(&self.path))?,
        };
        let result = read(&conn);
        let mut readers = self.readers.hold();
        if readers.len() < IDLE_READERS {
            readers.push(conn);
        }
        drop(readers);
        result.sql().map_err(named(&self.path))
    }

    /// Runs a transaction, when it is this process's turn. Returns whether it has changed anything.
    pub(super) fn transact(&self, work: &mut dyn FnMut(&mut dyn Tx) -> Result<()>) -> Result<bool> {
        let _pass = fork::pass();
        self.writer.hold().transact(work).map_err(named(&self.path))
    }

    /// Whether something waits for [`Connections::rest`].
    pub(super) fn has_put_off(&self) -> bool {
        let _pass = fork::pass();
        self.writer.hold().has_put_off()
    }

    /// Does what can wait until nothing is written for a moment, when it is this process's turn.
    pub(super) fn rest(&self) -> Result<()> {
        let _pass = fork::pass();
        self.writer.hold().rest()
    }

    /// Whether another process has committed since the last transaction of this one.
    pub(super) fn others_wrote(&self) -> Result<bool> {
        let _pass = fork::pass();
        match self.writer.try_lock() {
            Ok(mut writer) => writer.others_wrote().map_err(named(&self.path)),
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner().others_wrote().map_err(named(&self.path)),
            // This process is writing: until it has done nobody else can, and at its beginning it looked.
            Err(TryLockError::WouldBlock) => Ok(false),
        }
    }
}

impl Forkable for Connections {
    fn let_go(&self) {
        for conn in self.readers.hold().drain(..) {
            schema::close(conn);
        }
        self.writer.hold().close();
    }

    fn left_behind(&self) {
        LEFT_BEHIND.hold().push(self.path.clone());
    }
}
