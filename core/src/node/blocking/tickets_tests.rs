//! The contract of [`Tickets`]: every ticket completes, once, whatever happens to its operation and to the node.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::{Completion, Node, Ticket, Tickets};
use crate::{Config, ErrorKind, NewMessage, Receipt, Result, RoomKind};

/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(60);

fn node(dir: &tempfile::TempDir) -> Node {
    let node = Node::open(Config::new("RustChat", dir.path().join("node.db"))).unwrap();
    node.publish_user(1, "Ana").unwrap();
    node.publish_room(7, "Plaza", RoomKind::Public, vec![]).unwrap();
    node
}

fn say(tickets: &Tickets<Receipt>, text: String) -> Result<Ticket> {
    tickets.submit(|node| async move { node.publish_message(NewMessage::new(7, 1, text)).await })
}

/// The next completions, this many at least.
fn taken<T: Send>(tickets: &Tickets<T>, least: usize) -> Vec<Completion<T>> {
    let begin = Instant::now();
    let mut all = Vec::new();
    while all.len() < least {
        assert!(begin.elapsed() < PATIENCE, "{} of {least} completed", all.len());
        all.extend(tickets.completions(usize::MAX, Duration::from_millis(100)).unwrap());
    }
    all
}

fn commits(node: &Node) -> f64 {
    let metrics = node.metrics().unwrap();
    metrics.iter().find(|metric| metric.name == "integrador_commits_total").unwrap().value
}

#[test]
fn a_ticket_is_there_at_once_and_its_result_when_the_operation_has_ended() {
    let dir = tempfile::tempdir().unwrap();
    let node = node(&dir);
    let tickets = node.tickets().unwrap();
    let (send, receive) = oneshot::channel();
    let slow = tickets.submit(|_| async { Ok(receive.await.unwrap()) }).unwrap();
    let quick = tickets.submit(|_| async { Ok("quick") }).unwrap();
    let [first] = taken(&tickets, 1).try_into().unwrap();
    assert_eq!((first.ticket, first.result.unwrap()), (quick, "quick"));
    let begin = Instant::now();
    assert!(tickets.completions(1, Duration::from_millis(70)).unwrap().is_empty());
    assert!(begin.elapsed() >= Duration::from_millis(70), "it does not wait");
    send.send("slow").unwrap();
    let [second] = taken(&tickets, 1).try_into().unwrap();
    assert_eq!((second.ticket, second.result.unwrap()), (slow, "slow"));
    node.close().unwrap();
}

#[test]
fn every_ticket_completes_once_with_what_its_own_operation_returned() {
    let dir = tempfile::tempdir().unwrap();
    let node = node(&dir);
    let tickets = node.tickets().unwrap();
    let given = Mutex::new(BTreeSet::new());
    let got = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for who in 0..4 {
            let (tickets, given) = (&tickets, &given);
            scope.spawn(move || {
                for n in 0..500 {
                    let ticket = tickets.submit(move |_| async move {
                        tokio::task::yield_now().await;
                        Ok((who, n))
                    });
                    assert!(given.lock().unwrap().insert((ticket.unwrap(), (who, n))));
                }
            });
        }
        for _ in 0..3 {
            scope.spawn(|| {
                let begin = Instant::now();
                while got.lock().unwrap().len() < 2_000 {
                    assert!(begin.elapsed() < PATIENCE);
                    let some = tickets.completions(7, Duration::from_millis(10)).unwrap();
                    assert!(some.len() <= 7);
                    got.lock().unwrap().extend(some.into_iter().map(|done| (done.ticket, done.result.unwrap())));
                }
            });
        }
    });
    let got = got.into_inner().unwrap();
    assert_eq!(got.len(), 2_000);
    assert_eq!(got.into_iter().collect::<BTreeSet<_>>(), given.into_inner().unwrap());
    node.close().unwrap();
}

#[test]
fn what_is_handed_in_is_stored_in_that_order_and_many_share_a_commit() {
    let dir = tempfile::tempdir().unwrap();
    let node = node(&dir);
    let tickets = node.tickets().unwrap();
    let before = commits(&node);
    let given: Vec<Ticket> = (0..5_000).map(|n| say(&tickets, format!("{n}")).unwrap()).collect();
    let mut done = taken(&tickets, 5_000);
    let commits = commits(&node) - before;
    assert!(commits <= 500.0, "{commits} commits");
    done.sort_by_key(|done| done.ticket);
    assert_eq!(done.iter().map(|done| done.ticket).collect::<Vec<_>>(), given);
    let ids: Vec<_> = done.into_iter().map(|done| done.result.unwrap().event.unwrap()).collect();
    assert!(ids.is_sorted(), "event ids are not in the order of the tickets");
    node.close().unwrap();
}

#[test]
fn what_an_operation_is_refused_or_panics_with_is_its_own_result() {
    let dir = tempfile::tempdir().unwrap();
    let node = node(&dir);
    let tickets = node.tickets().unwrap();
    let refused = say(&tickets, "x".repeat(1_000_000)).unwrap();
    let panicked = tickets.submit(|_| async { panic!("of a test") }).unwrap();
    let stored = say(&tickets, "hola".into()).unwrap();
    let mut done = taken(&tickets, 3);
    done.sort_by_key(|done| done.ticket);
    assert_eq!(done.iter().map(|done| done.ticket).collect::<Vec<_>>(), [refused, panicked, stored]);
    let kinds: Vec<_> = done.into_iter().map(|done| done.result.err().map(|error| error.kind())).collect();
    assert_eq!(kinds, [Some(ErrorKind::Invalid), Some(ErrorKind::Internal), None]);
    node.close().unwrap();
}

#[test]
fn what_has_not_ended_when_the_node_is_closed_completes_as_closed() {
    let dir = tempfile::tempdir().unwrap();
    let node = node(&dir);
    let tickets = node.tickets().unwrap();
    let waits = tickets.submit(|node| async move { node.next_events(1, Duration::MAX).await.map(drop) }).unwrap();
    let never = tickets.submit(|_| std::future::pending()).unwrap();
    let waiting = thread::scope(|scope| {
        let waiting = scope.spawn(|| taken(&tickets, 2));
        node.close().unwrap();
        waiting.join().unwrap()
    });
    let kinds: BTreeSet<_> =
        waiting.into_iter().map(|done| (done.ticket, done.result.unwrap_err().kind().as_str())).collect();
    assert_eq!(kinds, BTreeSet::from([(waits, "closed"), (never, "closed")]));
    assert_eq!(tickets.completions(1, PATIENCE).unwrap_err().kind(), ErrorKind::Closed);
    assert_eq!(tickets.submit(|_| async { Ok(()) }).unwrap_err().kind(), ErrorKind::Closed);
}

#[test]
fn no_ticket_is_lost_however_a_node_is_closed_beside_those_who_hand_in() {
    for round in 0..10 {
        let dir = tempfile::tempdir().unwrap();
        let node = node(&dir);
        let tickets = node.tickets().unwrap();
        let given = Mutex::new(BTreeSet::new());
        let mut got = Vec::new();
        thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    while let Ok(ticket) = say(&tickets, "hola".into()) {
                        given.lock().unwrap().insert(ticket);
                    }
                });
            }
            scope.spawn(|| {
                thread::sleep(Duration::from_millis(round * 3));
                node.close().unwrap();
            });
            let begin = Instant::now();
            // It ends with `closed`, after the last of them.
            while let Ok(some) = tickets.completions(100, PATIENCE) {
                assert!(begin.elapsed() < PATIENCE);
                got.extend(some.into_iter().map(|done| done.ticket));
            }
        });
        let count = got.len();
        let got: BTreeSet<_> = got.into_iter().collect();
        assert_eq!(got.len(), count, "one has completed twice");
        assert_eq!(got, given.into_inner().unwrap());
    }
}

#[test]
fn what_was_handed_in_is_done_even_if_nobody_takes_its_result() {
    let dir = tempfile::tempdir().unwrap();
    let node = node(&dir);
    let (send, receive) = oneshot::channel();
    let tickets = node.tickets().unwrap();
    let message = NewMessage::new(7, 1, "hola").key("once");
    let first = message.clone();
    tickets
        .submit(|node| async move {
            let receipt = node.publish_message(first).await;
            send.send(()).unwrap();
            receipt
        })
        .unwrap();
    drop(tickets);
    let begin = Instant::now();
    let mut stored = receive;
    while stored.try_recv().is_err() {
        assert!(begin.elapsed() < PATIENCE);
        thread::yield_now();
    }
    assert!(node.publish_message(message).unwrap().duplicate);
    node.close().unwrap();
}

#[test]
fn a_wait_for_what_ends_is_given_up_when_asked() {
    let dir = tempfile::tempdir().unwrap();
    let node = node(&dir);
    let tickets: Tickets<()> = node.tickets().unwrap();
    let mut asked = 0;
    let none = tickets.completions_while(1, Duration::MAX, || {
        asked += 1;
        asked < 3
    });
    assert!(none.unwrap().is_empty());
    assert_eq!(asked, 3);
    node.close().unwrap();
}

#[test]
fn what_takes_the_results_in_another_thread_keeps_no_node_open_and_ends_with_the_tickets() {
    let dir = tempfile::tempdir().unwrap();
    let node = node(&dir);
    let tickets = node.tickets().unwrap();
    let taker = tickets.taker();
    let takes = thread::spawn(move || {
        let mut taken = 0;
        while let Ok(done) = taker.completions(100, Duration::MAX) {
            taken += done.len();
        }
        taken
    });
    for _ in 0..100 {
        tickets.submit(|_| async { Ok(()) }).unwrap();
    }
    drop((tickets, node));
    assert!(takes.join().unwrap() <= 100);
    // What was under way ends first.
    let begin = Instant::now();
    let again = loop {
        match Node::open(Config::new("RustChat", dir.path().join("node.db"))) {
            Ok(node) => break node,
            Err(e) => assert!(begin.elapsed() < PATIENCE, "{e}"),
        }
    };
    again.close().unwrap();
}
