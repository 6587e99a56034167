//! What a lane has before it, whether it is in memory or on disk only.

use std::sync::Arc;

use serde_json::json;

use super::queue::Queue;
use crate::RoomKind;
use crate::store::{Seq, Store, Waiting};
use crate::testing::{Stage, entry, nobody};

/// A node behind which messages wait for the platform `P`, and the rows that wait.
async fn behind(messages: usize) -> (Stage, Arc<dyn Store>, Vec<Waiting>) {
    let stage = Stage::open("A", json!([entry("P")]), nobody()).await;
    stage.room(1, RoomKind::Public, &[]).await;
    for n in 0..messages {
        stage.say(1, &format!("hola {n}")).await;
    }
    let store = stage.node.shared().store.clone();
    let rows = store.waiting(stage.num("P"), 0, usize::MAX, usize::MAX).unwrap();
    assert!(rows.len() >= messages);
    (stage, store, rows)
}

fn seqs(waiting: &[Waiting]) -> Vec<Seq> {
    waiting.iter().map(|waiting| waiting.seq).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_comes_in_order_from_disk_or_memory_and_what_is_settled_does_not_come_again() {
    let (stage, store, rows) = behind(5).await;
    let all = seqs(&rows);
    let queue = Queue::new(stage.num("P"));
    assert_eq!(seqs(&queue.first(&store, 3).await.unwrap()), all[..3]);
    assert_eq!(seqs(&queue.first(&store, 100).await.unwrap()), all);

    // What was just committed is among what was read.
    queue.push(rows.clone());
    assert_eq!(seqs(&queue.first(&store, 100).await.unwrap()), all);

    queue.finish(&all[1..2]);
    let left = [&all[..1], &all[2..]].concat();
    assert_eq!(seqs(&queue.first(&store, 100).await.unwrap()), left);
    queue.advance(all[2]);
    assert_eq!(seqs(&queue.first(&store, 100).await.unwrap()), all[3..]);

    // Another process may have added something; what is in memory is not read a second time.
    queue.look_again();
    queue.read_ahead(&store).await;
    assert_eq!(seqs(&queue.first(&store, 100).await.unwrap()), all[3..]);
    stage.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_committed_while_a_lane_is_behind_is_read_when_its_turn_comes() {
    let (stage, store, rows) = behind(3).await;
    let all = seqs(&rows);
    let queue = Queue::new(stage.num("P"));
    // It has read nothing yet, so the latest must not stand before the earlier ones.
    queue.push(rows[all.len() - 1..].to_vec());
    assert_eq!(seqs(&queue.first(&store, 100).await.unwrap()), all);
    queue.advance(all[all.len() - 1]);
    assert!(queue.first(&store, 100).await.unwrap().is_empty());
    stage.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn however_much_waits_a_queue_holds_a_bounded_part_of_it() {
    const MOST: usize = 8_000;
    let (stage, store, rows) = behind(1).await;
    let last = rows[rows.len() - 1].clone();
    let queue = Queue::new(stage.num("P"));
    queue.first(&store, 1).await.unwrap();
    queue.advance(last.seq);
    let later = (1..=2 * MOST as Seq).map(|n| Waiting { seq: last.seq + n, event: last.event.clone() });
    queue.push(later.collect());
    assert_eq!(queue.first(&store, usize::MAX).await.unwrap().len(), MOST);
    stage.close().await.unwrap();
}
