//! A store that was put back from a backup: it has another id, and nothing of the file that was there before gets into it.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Instant;

use rusqlite::Connection;
use tempfile::tempdir;
use uuid::Uuid;

use super::super::witness::LAG;
use super::super::{beside, open};
use super::processes::Other;
use super::{event, transact, waiting};
use crate::ErrorKind;
use crate::store::Store;

/// How many transactions the killed process had committed before the backup, or more.
const WRITTEN: usize = 600;

/// Opens it and stores something; its id.
fn work(path: &Path) -> Uuid {
    let store = open(path, None).unwrap();
    transact(&store, |tx| tx.put_event(&event(10), &[2])).unwrap();
    store.id()
}

fn id(path: &Path) -> Uuid {
    open(path, None).unwrap().id()
}

#[test]
fn a_store_that_was_put_back_in_time_has_another_id_and_any_other_keeps_its_own() {
    let folder = tempdir().unwrap();
    let [path, backup] = ["store.db", "backup.db"].map(|name| folder.path().join(name));
    let first = work(&path);
    assert_eq!(work(&path), first);
    fs::copy(&path, &backup).unwrap();
    assert_eq!(work(&path), first);
    // Into the file that is there.
    fs::copy(&backup, &path).unwrap();
    let second = id(&path);
    assert_ne!(second, first);
    assert_eq!(work(&path), second);
    // In another place, where nothing says how it was left.
    let elsewhere = folder.path().join("elsewhere.db");
    fs::copy(&path, &elsewhere).unwrap();
    assert_ne!(id(&elsewhere), second);
    assert_eq!(id(&path), second);
}

/// Shows promise 1.
#[test]
fn a_store_whose_process_was_killed_keeps_its_id() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("store.db");
    let first = work(&path);
    for lines in 1..6 {
        let mut other = Other::start("write", &path);
        (0..lines * 7).for_each(|_| drop(other.says().unwrap()));
        assert_eq!(id(&path), first, "it is open in another process");
        other.kill();
        assert_eq!(id(&path), first);
    }
}

#[test]
fn how_far_the_store_came_is_noted_at_the_latest_when_it_rests() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("store.db");
    let note = || fs::read(beside(&path, "-locks").join("left")).unwrap();
    let store = open(&path, None).unwrap();
    for _ in 0..20 {
        transact(&store, |tx| tx.put_event(&event(10), &[2])).unwrap();
        let before = note();
        transact(&store, |tx| tx.put_event(&event(10), &[2])).unwrap();
        store.rest();
        assert_ne!(note(), before);
    }
}

/// A store whose process was killed, with its log, and a backup of a moment before.
pub(super) fn killed(folder: &Path) -> [PathBuf; 2] {
    let [path, backup] = ["store.db", "backup.db"].map(|name| folder.join(name));
    let mut other = Other::start("write", &path);
    // Until the log has been copied into the file and begun anew, so that it does not hold all of it any more.
    let begun_anew = || {
        let mut header = [0; 16];
        let log = File::open(beside(&path, "-wal")).and_then(|mut log| log.read_exact(&mut header));
        log.is_ok() && header[12..] != [0; 4]
    };
    let mut written = 0;
    while written < WRITTEN || !begun_anew() {
        other.says().unwrap();
        written += 1;
    }
    let reader = Connection::open(&path).unwrap();
    reader.execute("VACUUM INTO ?1", [backup.to_str().unwrap()]).unwrap();
    let until = Instant::now() + 2 * LAG;
    while Instant::now() < until {
        other.says().unwrap();
    }
    other.kill();
    // Without copying the log, as one does that closes last.
    super::super::schema::close(reader);
    [path, backup]
}

/// Shows promise 1.
#[test]
fn a_backup_put_in_the_place_of_a_killed_processs_store_is_not_mixed_with_its_log() {
    for _ in 0..2 {
        let folder = tempdir().unwrap();
        let [path, backup] = killed(folder.path());
        let before = fs::read(beside(&path, "-wal")).unwrap();
        assert!(!before.is_empty());
        fs::copy(&backup, &path).unwrap();
        let error = open(&path, None).map(drop).unwrap_err();
        assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::Store, false));
        assert!(error.to_string().contains("move store.db-wal and store.db-shm away"), "{error}");
        assert!(fs::read(&path).unwrap() == fs::read(&backup).unwrap(), "it was left as it was");
        assert!(fs::read(beside(&path, "-wal")).unwrap() == before);

        for end in ["-wal", "-shm"] {
            fs::remove_file(beside(&path, end)).unwrap();
        }
        let store = open(&path, None).unwrap();
        assert!(waiting(&store, 2).len() >= WRITTEN * 20);
        let theirs: Vec<u8> =
            Connection::open(&backup).unwrap().query_row("SELECT store FROM counter", [], |row| row.get(0)).unwrap();
        assert_ne!(store.id().as_bytes()[..], theirs);
    }
}
