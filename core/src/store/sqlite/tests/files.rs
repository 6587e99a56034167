//! The file: who may open it, what is refused and left as it was, what a full disk does.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

use rusqlite::Connection;
use tempfile::{TempDir, tempdir};

use super::super::writer::LOOK;
use super::super::{SqliteStore, open};
use super::{event, put_user, transact, waiting};
use crate::store::{LaneRow, Store};
use crate::util::logged::logged;
use crate::{Error, ErrorKind};

fn store_in(folder: &TempDir) -> PathBuf {
    folder.path().join("store.db")
}

/// The error of an opening that must fail.
fn refused(path: &Path) -> Error {
    open(path, None).map(drop).unwrap_err()
}

#[test]
fn a_second_opening_in_one_process_is_refused_for_good_however_the_path_is_spelled() {
    let folder = tempdir().unwrap();
    let path = store_in(&folder);
    let store = open(&path, None).unwrap();
    fs::create_dir(folder.path().join("sub")).unwrap();
    let mut spellings = vec![path.clone(), folder.path().join("./store.db"), folder.path().join("sub/../store.db")];
    #[cfg(unix)]
    {
        let link = folder.path().join("link.db");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        spellings.push(link);
    }
    for spelling in spellings {
        let error = refused(&spelling);
        assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::Store, false));
        assert!(error.to_string().contains("open already") && error.to_string().contains("store.db"), "{error}");
    }
    transact(&store, |tx| tx.put_event(&event(10), &[2])).unwrap();
    drop(store);
    assert_eq!(waiting(&open(&path, None).unwrap(), 2).len(), 1);
}

#[test]
fn two_stores_are_open_in_one_process_side_by_side() {
    let folder = tempdir().unwrap();
    let a = open(&folder.path().join("a.db"), None).unwrap();
    let b = open(&folder.path().join("b.db"), None).unwrap();
    assert_ne!(a.id(), b.id());
    transact(&a, |tx| tx.put_event(&event(10), &[2])).unwrap();
    assert!(waiting(&b, 2).is_empty());
}

#[test]
fn a_path_that_cannot_be_a_store_is_an_error_that_names_it() {
    let folder = tempdir().unwrap();
    let missing = folder.path().join("no/such/store.db");
    for (path, says) in [(missing.as_path(), "make it first"), (folder.path(), "is a folder")] {
        let error = refused(path);
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.to_string().contains(says) && error.to_string().contains(path.to_str().unwrap()), "{error}");
    }
    assert!(!missing.exists());
}

#[test]
fn a_file_that_is_no_store_is_refused_and_left_as_it_was() {
    let folder = tempdir().unwrap();
    let path = store_in(&folder);
    let long: Vec<u8> = (0..20_000_u32).map(|n| (n * 7 % 251) as u8).collect();
    for content in [&b"notes"[..], &long, &long[..4096]] {
        fs::write(&path, content).unwrap();
        let error = refused(&path);
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.to_string().contains("is no store") && error.to_string().contains("store.db"), "{error}");
        assert_eq!(fs::read(&path).unwrap(), content);
        assert!(!folder.path().join("store.db-wal").exists());
    }
}

#[test]
fn a_database_of_another_program_is_refused_and_left_as_it_was() {
    let folder = tempdir().unwrap();
    let path = store_in(&folder);
    Connection::open(&path).unwrap().execute_batch("CREATE TABLE user (id INTEGER)").unwrap();
    let before = fs::read(&path).unwrap();
    let error = refused(&path);
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.to_string().contains("another program"), "{error}");
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn a_newer_store_is_refused_and_left_as_it_was() {
    let folder = tempdir().unwrap();
    let path = store_in(&folder);
    drop(open(&path, None).unwrap());
    Connection::open(&path).unwrap().execute_batch("PRAGMA user_version = 99").unwrap();
    let before = fs::read(&path).unwrap();
    let error = refused(&path);
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.to_string().contains("newer version") && error.to_string().contains("99"), "{error}");
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn a_damaged_store_is_an_error_and_is_left_as_it_was() {
    let folder = tempdir().unwrap();
    let path = store_in(&folder);
    let store = open(&path, None).unwrap();
    transact(&store, |tx| {
        tx.put_lane(LaneRow { dest: 2, waiting: 100 })?;
        (0..100).try_for_each(|_| tx.put_event(&event(1_000), &[2]).map(drop))
    })
    .unwrap();
    drop(store);
    let whole = fs::read(&path).unwrap();
    // From the second page on, from the middle of the tables on, and cut off.
    let (mut all, mut some) = (whole.clone(), whole.clone());
    all[4096..].fill(0xa5);
    some[whole.len() / 2..].fill(0xa5);
    for damaged in [&all[..], &some, &whole[..4096]] {
        fs::write(&path, damaged).unwrap();
        let everything = |store: SqliteStore| {
            store.load()?;
            store.waiting(2, 0, 1_000, usize::MAX)?;
            transact(&store, |tx| tx.settle(2, &[(0, 1_000)], 1))
        };
        let error = open(&path, None).and_then(everything).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Store);
        assert!(error.to_string().contains("is damaged") && error.to_string().contains("store.db"), "{error}");
        assert_eq!(fs::read(&path).unwrap(), damaged);
    }
}

/// Shows promise 7.
#[cfg(unix)]
#[test]
fn only_the_owner_can_read_what_a_store_keeps() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempdir().unwrap();
    let store = open(&store_in(&folder), None).unwrap();
    transact(&store, |tx| tx.put_event(&event(10), &[2])).unwrap();
    assert_eq!(waiting(&store, 2).len(), 1);
    let mode = |name: &str| fs::metadata(folder.path().join(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!(["store.db", "store.db-wal", "store.db-shm"].map(mode), [0o600; 3]);
    assert_eq!((mode("store.db-locks"), mode("store.db-locks/writer")), (0o700, 0o600));
}

/// Shows promise 7.
#[cfg(unix)]
#[test]
fn a_store_that_others_could_open_is_its_owners_alone_from_then_on() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempdir().unwrap();
    let path = store_in(&folder);
    drop(open(&path, None).unwrap());
    let locks = folder.path().join("store.db-locks");
    let set = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    set(&path, 0o644);
    set(&locks, 0o755);
    let store = open(&path, None).unwrap();
    transact(&store, |tx| tx.put_event(&event(10), &[2])).unwrap();
    assert_eq!((mode(&path), mode(&folder.path().join("store.db-wal")), mode(&locks)), (0o600, 0o600, 0o700));
}

/// Shows promise 7.
#[cfg(unix)]
#[test]
fn a_link_in_place_of_the_locks_is_refused_and_nothing_behind_it_is_touched() {
    let folder = tempdir().unwrap();
    let elsewhere = folder.path().join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    for name in ["process-1", "bell-1", "writer"] {
        fs::write(elsewhere.join(name), "theirs").unwrap();
    }
    std::os::unix::fs::symlink(&elsewhere, folder.path().join("store.db-locks")).unwrap();
    let error = refused(&store_in(&folder));
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.to_string().contains("store.db-locks") && error.to_string().contains("remove it"), "{error}");
    assert_eq!(fs::read_dir(&elsewhere).unwrap().count(), 3);
}

#[test]
fn a_log_that_another_program_keeps_from_beginning_anew_is_reported_and_is_short_again_afterwards() {
    let folder = tempdir().unwrap();
    let path = store_in(&folder);
    let store = open(&path, None).unwrap();
    let log = || fs::metadata(folder.path().join("store.db-wal")).unwrap().len();
    let put = |events: usize| {
        for _ in 0..events {
            transact(&store, |tx| tx.put_event(&event(4 << 20), &[2])).unwrap();
        }
    };
    assert!(logged(|| put(40)).iter().all(|told| !told.contains("log of store")), "{} bytes", log());
    let reader = Connection::open(&path).unwrap();
    reader.execute_batch("BEGIN; SELECT count(*) FROM event").unwrap();
    let told = logged(|| {
        put(40);
        sleep(LOOK);
        put(1);
    });
    assert!(log() > 128 << 20);
    assert!(told.iter().any(|told| told.contains("log of store") && told.contains("sqlite3")), "{told:?}");
    reader.execute_batch("COMMIT").unwrap();
    put(3);
    assert!(log() <= 64 << 20, "{}", log());
}

#[test]
fn a_full_store_keeps_what_it_has_and_works_again_when_there_is_room() {
    let folder = tempdir().unwrap();
    let path = store_in(&folder);
    let store = open(&path, Some(120)).unwrap();
    let put = |n: usize| transact(&store, |tx| (0..n).map(|_| tx.put_event(&event(1_000), &[2, 3])).collect());
    for _ in 0..3 {
        let mut stored = waiting(&store, 2);
        let error = loop {
            match put(7) {
                Ok(seqs) => stored.extend::<Vec<_>>(seqs),
                Err(error) => break error,
            }
        };
        assert_eq!(error.kind(), ErrorKind::Store);
        assert!(error.to_string().contains("disk is full"), "{error}");
        assert!(stored.len() > 70);
        assert_eq!([waiting(&store, 2), waiting(&store, 3)], [stored.clone(), stored.clone()]);
        assert!(put(7).is_err());

        let half = stored[stored.len() / 2];
        for lane in [2, 3] {
            transact(&store, |tx| tx.settle(lane, &[(0, half)], 1)).unwrap();
        }
        let next = put(7).unwrap();
        assert!(next[0] > stored[stored.len() - 1]);
    }
    let left = waiting(&store, 2);
    drop(store);
    let store = open(&path, None).unwrap();
    assert_eq!(waiting(&store, 2), left);
    transact(&store, |tx| tx.put_event(&event(1_000_000), &[2])).unwrap();
}

#[test]
fn following_others_costs_the_same_however_much_there_is_that_has_not_changed() {
    let folder = tempdir().unwrap();
    let path = store_in(&folder);
    let store = open(&path, None).unwrap();
    let file = Connection::open(&path).unwrap();
    put_user(&store, "old");
    let numbers = "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 300000)";
    for insert in [
        "INSERT INTO mark (room, platform, event) SELECT n, 2, randomblob(16) FROM n",
        "INSERT INTO user (platform, id, number, name, active, placeholder, version) SELECT 2, n, 1, '', 1, 0, 1 FROM n",
    ] {
        file.execute(&format!("{numbers} {insert}"), []).unwrap();
    }
    put_user(&store, "new");
    let mut took: Vec<_> = (0..9)
        .map(|_| {
            let began = Instant::now();
            let changed = transact(&store, |tx| tx.changes(1)).unwrap();
            assert_eq!(changed.users.len(), 1);
            began.elapsed()
        })
        .collect();
    took.sort();
    assert!(took[4] < Duration::from_millis(20), "{took:?}");
}

#[test]
fn an_event_leaves_the_file_with_the_last_lane_that_passes_it() {
    let folder = tempdir().unwrap();
    let path = store_in(&folder);
    let store = open(&path, None).unwrap();
    let file = Connection::open(&path).unwrap();
    let events = || file.query_row("SELECT count(*) FROM event", [], |row| row.get::<_, u32>(0)).unwrap() as usize;
    // Lanes 1 to 3 in all combinations, so that each lane has events of its own among those of others.
    let seqs: Vec<_> = (0..70_u32)
        .map(|n| {
            let dests: Vec<_> = (1..4).filter(|lane| (n % 7 + 1) >> (lane - 1) & 1 == 1).collect();
            transact(&store, |tx| tx.put_event(&event(10), &dests)).unwrap()
        })
        .collect();
    for (lane, upto) in [(1, 20), (3, 35), (2, 10), (1, 69), (2, 50), (3, 69), (2, 69)] {
        transact(&store, |tx| tx.settle(lane, &[(0, seqs[upto])], 1)).unwrap();
        let mut left: Vec<_> = (1..4).flat_map(|lane| waiting(&store, lane)).collect();
        left.sort_unstable();
        left.dedup();
        assert_eq!(events(), left.len());
    }
    assert_eq!(events(), 0);
}
