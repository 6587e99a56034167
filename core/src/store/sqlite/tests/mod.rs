//! What is particular to this store: its file, and several processes on it.

mod files;
mod processes;
mod restore;
mod restored;

use bytes::Bytes;
use uuid::Uuid;

use super::SqliteStore;
use crate::Result;
use crate::model::{EventKind, Extras, Id};
use crate::store::{EventRow, PlatformNum, Seq, Store, Tx, UserRow};

/// Runs `work` in a transaction and returns what it returns.
fn transact<T>(store: &SqliteStore, mut work: impl FnMut(&mut dyn Tx) -> Result<T>) -> Result<T> {
    let mut result = None;
    store.transact(&mut |tx| {
        result = Some(work(tx)?);
        Ok(())
    })?;
    Ok(result.unwrap())
}

/// An event with a body of so many bytes.
fn event(bytes: usize) -> EventRow {
    EventRow {
        id: Uuid::nil(),
        kind: EventKind::Message,
        platform: 1,
        source: None,
        room: Some(3),
        at: 1,
        again: false,
        body: Bytes::from(vec![b'x'; bytes]),
    }
}

fn waiting(store: &SqliteStore, dest: PlatformNum) -> Vec<Seq> {
    store.waiting(dest, 0, usize::MAX, usize::MAX).unwrap().iter().map(|w| w.seq).collect()
}

fn put_user(store: &SqliteStore, name: &str) {
    let id = Id::from(name);
    let row = UserRow {
        platform: 1,
        id,
        name: name.into(),
        active: true,
        placeholder: false,
        extras: Extras::default(),
        event: None,
        version: 0,
    };
    transact(store, |tx| tx.put_user(&row)).unwrap();
}
