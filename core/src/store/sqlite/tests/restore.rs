//! A backup that is put in the place of a store: all of it, none of what was there, and nothing half.

use std::fs;
use std::path::Path;

use tempfile::tempdir;

use super::super::restore::restore;
use super::super::{beside, open};
use super::processes::Other;
use super::restored::killed;
use super::{event, transact, waiting};
use crate::ErrorKind;
use crate::store::Store;

/// Makes a store with so many events that wait.
fn make(path: &Path, events: usize) {
    let store = open(path, None).unwrap();
    for _ in 0..events {
        transact(&store, |tx| tx.put_event(&event(10), &[2])).unwrap();
    }
}

fn count(path: &Path) -> usize {
    waiting(&open(path, None).unwrap(), 2).len()
}

/// Shows promise 1.
#[test]
fn a_backup_takes_the_place_of_a_killed_processs_store_which_is_kept_with_its_log() {
    let folder = tempdir().unwrap();
    let [path, backup] = killed(folder.path());
    let before = fs::read(&backup).unwrap();
    let kept = restore(&backup, &path).unwrap().unwrap();
    assert!(fs::read(&backup).unwrap() == before, "the backup is as it was");
    let (old, new) = (open(&kept, None).unwrap(), open(&path, None).unwrap());
    assert!(
        waiting(&old, 2).len() > waiting(&new, 2).len(),
        "what was committed after the backup is in the old one alone"
    );
    let theirs = open(&backup, None).unwrap();
    assert_eq!(waiting(&theirs, 2), waiting(&new, 2));
    assert_ne!(new.id(), old.id());
    drop((old, new));
    // A second time nothing is overwritten.
    let again = restore(&kept, &path).unwrap().unwrap();
    assert_ne!(again, kept);
    assert_eq!(count(&path), count(&kept));
}

#[test]
fn a_backup_is_restored_where_there_is_no_store_and_a_snapshot_is_with_its_log() {
    let folder = tempdir().unwrap();
    let [path, copy] = ["new.db", "snapshot.db"].map(|name| folder.path().join(name));
    let [source, _] = killed(folder.path());
    for end in ["", "-wal"] {
        fs::copy(beside(&source, end), beside(&copy, end)).unwrap();
    }
    assert_eq!(restore(&copy, &path).unwrap(), None);
    assert_eq!(count(&path), count(&source));
    let names = |name: &fs::DirEntry| name.file_name().to_string_lossy().contains("restoring");
    assert!(!fs::read_dir(folder.path()).unwrap().flatten().any(|entry| names(&entry)), "nothing is left lying about");
}

#[test]
fn a_store_that_is_open_is_not_replaced_nor_taken_for_a_backup() {
    let folder = tempdir().unwrap();
    let [path, backup] = ["store.db", "backup.db"].map(|name| folder.path().join(name));
    make(&path, 3);
    fs::copy(&path, &backup).unwrap();
    let store = open(&path, None).unwrap();
    assert!(restore(&backup, &path).unwrap_err().to_string().contains("open"));
    drop(store);
    let mut other = Other::start("write", &path);
    other.says().unwrap();
    let error = restore(&backup, &path).unwrap_err();
    assert!(error.to_string().contains("stop all that use it") && !error.is_retryable(), "{error}");
    let elsewhere = folder.path().join("elsewhere.db");
    assert!(restore(&path, &elsewhere).unwrap_err().to_string().contains("open in a process"));
    assert!(!elsewhere.exists());
    other.kill();
    assert!(count(&path) > 3, "it is as it was");
}

/// Shows promise 1.
#[test]
fn what_is_no_intact_backup_replaces_nothing() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("store.db");
    make(&path, 500);
    let whole = fs::read(&path).unwrap();
    let mut broken = whole.clone();
    broken[40_000..80_000].fill(7);
    let cut = whole[..whole.len() / 2].to_vec();
    for (name, content) in [("text", b"hola".to_vec()), ("empty", Vec::new()), ("broken", broken), ("cut", cut)] {
        let backup = folder.path().join(name);
        fs::write(&backup, content).unwrap();
        let error = restore(&backup, &path).unwrap_err();
        assert!(error.to_string().contains(name), "{name}: {error}");
        assert!(fs::read(&path).unwrap() == whole, "{name}");
    }
    assert_eq!(restore(folder.path().join("missing"), &path).unwrap_err().kind(), ErrorKind::Config);
    assert!(restore(&path, &path).unwrap_err().to_string().contains("itself"));
    assert_eq!(count(&path), 500);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 6, "the store, its locks and the four files");
}

/// Shows promise 1.
#[test]
fn a_restore_that_was_interrupted_keeps_the_store_closed_until_it_is_done_again() {
    // How far it had come: the note; the store moved; its log moved; the backup in its place.
    for come in 0..4 {
        let folder = tempdir().unwrap();
        let [path, backup] = killed(folder.path());
        let kept = beside(&path, ".replaced");
        let expected = count(&backup);
        fs::write(beside(&path, "-locks").join("restoring"), "store.db.replaced").unwrap();
        if come > 0 {
            fs::rename(&path, &kept).unwrap();
        }
        if come > 1 {
            fs::rename(beside(&path, "-wal"), beside(&kept, "-wal")).unwrap();
        }
        if come > 2 {
            fs::copy(&backup, &path).unwrap();
        }
        let error = open(&path, None).map(drop).unwrap_err();
        assert!(error.to_string().contains("integrador restore") && !error.is_retryable(), "{come}: {error}");
        assert_eq!(path.exists(), come != 1 && come != 2, "{come}: no empty store was made");
        assert_eq!(restore(&backup, &path).unwrap(), Some(kept.clone()), "{come}");
        assert_eq!(count(&path), expected, "{come}");
        assert!(count(&kept) > expected, "{come}: the old one is whole");
    }
}
