//! What is committed together and when, what a failure takes back, whose turn it is.

use std::sync::{Arc, Mutex};
use std::time::Instant;

use super::{B, NOW, World, change_everything, until, user, users, wait};
use crate::commit::job::Job;
use crate::commit::share::Sender;
use crate::commit::writer::SPAN;
use crate::model::Id;
use crate::util::lock::MutexExt;
use crate::{Error, ErrorKind, Result};

#[test]
fn jobs_that_wait_together_are_committed_together() {
    let world = World::new();
    let hold = world.hold();
    let done: Vec<_> = (0..100).map(|n| world.submit(Sender::App, 0, move |job| job.put_user(user(n)))).collect();
    drop(hold);
    done.iter().for_each(|done| wait(done).unwrap());
    assert_eq!(users(&*world.store).len(), 100);
    // One for what held the writer; the others in one, or a few if the machine is slow.
    assert!((2..=10).contains(&world.commits()), "{}", world.commits());
}

#[test]
fn a_job_that_refuses_takes_nothing_of_the_others_with_it() {
    let world = World::new();
    let hold = world.hold();
    let before = world.submit(Sender::App, 0, |job| job.put_user(user(1)));
    let refused = world.submit(Sender::App, 0, |_| Err::<(), _>(Error::new(ErrorKind::Forbidden, "no")));
    let after = world.submit(Sender::App, 0, |job| job.put_user(user(2)));
    drop(hold);
    assert_eq!(wait(&refused).unwrap_err().kind(), ErrorKind::Forbidden);
    wait(&before).unwrap();
    wait(&after).unwrap();
    assert_eq!(users(&*world.store), [Id::from(1), Id::from(2)]);
    let (memory, store) = world.known();
    assert_eq!(memory, store);
}

#[test]
fn what_jobs_change_is_in_memory_as_it_is_in_the_store() {
    let world = World::new();
    world.run(change_everything).unwrap();
    let (memory, store) = world.known();
    assert!(memory.contains("\"ana\"") && memory.contains("Sala"), "{memory}");
    assert_eq!(memory, store);
}

#[test]
fn a_transaction_that_fails_leaves_memory_as_the_store_is_and_all_its_callers_hear_of_it() {
    let failures: [fn(&mut Job<'_>) -> Result<()>; 2] =
        [|_| Err(Error::store("the disk is full")), |_| panic!("a defect")];
    for (n, fail) in failures.into_iter().enumerate() {
        let world = World::new();
        let before = world.known();
        assert_eq!(before.0, before.1);
        let hold = world.hold();
        let first = world.submit(Sender::App, 0, change_everything);
        let failing = world.submit(Sender::App, 0, fail);
        drop(hold);
        let kind = [ErrorKind::Store, ErrorKind::Internal][n];
        assert_eq!((wait(&first).unwrap_err().kind(), wait(&failing).unwrap_err().kind()), (kind, kind));
        assert_eq!(world.known(), before);
        assert!(world.told().is_empty(), "nothing was set in motion: {:?}", world.told());
        world.run(change_everything).unwrap();
        let (memory, store) = world.known();
        assert_eq!(memory, store);
        assert_ne!(memory, before.0);
    }
}

#[test]
fn the_light_job_of_one_sender_does_not_wait_for_the_heavy_ones_of_another() {
    let world = World::new();
    let order: Arc<Mutex<Vec<&str>>> = Arc::default();
    let note = |what: &'static str| {
        let order = order.clone();
        move |_: &mut Job<'_>| {
            order.hold().push(what);
            Ok(())
        }
    };
    let hold = world.hold();
    let mut done: Vec<_> = (0..3).map(|_| world.submit(Sender::Other(B), 1 << 20, note("heavy"))).collect();
    done.push(world.submit(Sender::Other(3), 100, note("light")));
    drop(hold);
    done.iter().for_each(|done| wait(done).unwrap());
    assert_eq!(*order.hold(), ["light", "heavy", "heavy", "heavy"]);
}

#[test]
fn a_transaction_takes_no_further_job_after_it_has_worked_for_long() {
    let world = World::with_span(SPAN);
    let hold = world.hold();
    let long = |job: &mut Job<'_>| {
        let begin = Instant::now();
        while begin.elapsed() <= SPAN {
            std::hint::spin_loop();
        }
        Ok(job.now)
    };
    let done: Vec<_> = (0..5).map(|_| world.submit(Sender::App, 0, long)).collect();
    drop(hold);
    done.iter().for_each(|done| assert_eq!(wait(done).unwrap(), NOW));
    assert_eq!(world.commits(), 6, "one for what held the writer, and one for each");
}

#[test]
fn progress_goes_with_the_next_commit_or_alone_after_a_while() {
    let world = World::new();
    world.writer.lazily(|job| job.put_user(user(1))).unwrap();
    until("it was committed by itself", || world.commits() == 1);
    assert_eq!(users(&*world.store), [Id::from(1)]);
    let hold = world.hold();
    world.writer.lazily(|job| job.put_user(user(2))).unwrap();
    let urgent = world.submit(Sender::App, 0, |job| job.put_user(user(3)));
    drop(hold);
    wait(&urgent).unwrap();
    assert_eq!((users(&*world.store).len(), world.commits()), (3, 3), "both went in one");
}

#[test]
fn what_was_handed_in_is_finished_when_the_last_writer_is_dropped() {
    let world = World::new();
    let hold = world.hold();
    let done: Vec<_> = (0..10).map(|n| world.submit(Sender::App, 0, move |job| job.put_user(user(n)))).collect();
    world.writer.lazily(|job| job.put_user(user(10))).unwrap();
    let World { store, writer, heard, commits: _commits, runtime, _folder, directory: _directory } = world;
    drop(writer);
    drop(hold);
    done.iter().for_each(|done| wait(done).unwrap());
    // The thread lets its parts go when it has ended.
    drop(runtime);
    until("the thread has ended", || Arc::strong_count(&heard) == 1);
    assert_eq!(users(&*store).len(), 11);
    // Before the folder goes.
    drop((heard, store));
}
