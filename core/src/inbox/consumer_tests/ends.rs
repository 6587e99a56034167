//! What becomes of what is done, and of what is not, when a consumer or its node ends, or the store takes nothing.

use super::*;

/// Shows promise 3.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_handled_is_acknowledged_until_the_store_takes_it_and_nothing_else_is_taken_meanwhile() {
    let stage = stage().await;
    let mut consumer = quick(&stage).await;
    say(&stage, 1, &["1"]).await;
    assert_eq!(text(&mut consumer).await, "1");
    say(&stage, 2, &["2"]).await;
    stage.disk.refuse(true);
    consumer.done();
    let waits_for_it = tokio::time::timeout(Duration::from_millis(700), consumer.next(PATIENCE)).await;
    assert!(waits_for_it.is_err());
    stage.disk.refuse(false);
    assert_eq!(text(&mut consumer).await, "2");
    waits(&stage, 1).await;
    consumer.done();
    waits(&stage, 0).await;
    stage.close().await.unwrap();
}

/// Shows promise 3.
#[tokio::test(flavor = "multi_thread")]
async fn a_consumer_that_ends_gives_back_what_it_had_taken_and_that_is_no_failure() {
    let stage = stage().await;
    for closes in [true, false] {
        let mut consumer = quick(&stage).await;
        say(&stage, 1, &["1", "2", "3"]).await;
        assert_eq!(text(&mut consumer).await, "1");
        consumer.done();
        if closes {
            consumer.close().await.unwrap();
        } else {
            drop(consumer);
        }
        let mut other = stage.consumer();
        for expected in ["2", "3"] {
            let (event, text) = next(&mut other).await.unwrap();
            assert_eq!((event.attempt, &*text), (1, expected));
            other.done();
        }
        other.close().await.unwrap();
        assert_eq!(stage.status().await.unwrap().inbox, 0);
    }
    stage.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_app_was_handling_when_its_consumer_ended_has_failed() {
    let stage = stage().await;
    let mut consumer = stage.consumer();
    say(&stage, 1, &["1"]).await;
    assert_eq!(text(&mut consumer).await, "1");
    drop(consumer);
    let mut other = stage.consumer();
    assert_eq!(next(&mut other).await.unwrap().0.attempt, 2);
    other.done();
    stage.close().await.unwrap();
}

/// Shows promise 3.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_done_is_acknowledged_even_if_nobody_waits_for_the_next_event_or_for_the_end() {
    let stage = stage().await;
    let mut consumer = quick(&stage).await;
    for closes in [false, true] {
        say(&stage, 1, &["1"]).await;
        assert_eq!(text(&mut consumer).await, "1");
        stage.disk.refuse(true);
        consumer.done();
        assert!(begun_and_dropped(consumer.next(PATIENCE)).await);
        if closes {
            assert!(begun_and_dropped(consumer.close()).await);
            consumer = stage.consumer();
        }
        stage.disk.refuse(false);
        waits(&stage, 0).await;
    }
    stage.close().await.unwrap();
}

/// Shows promise 3.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_done_is_acknowledged_before_the_node_closes() {
    let mut stage = stage().await;
    let mut consumer = quick(&stage).await;
    say(&stage, 1, &["1", "2"]).await;
    assert_eq!(text(&mut consumer).await, "1");
    consumer.done();
    stage.again(json!([entry("legacy")])).await;
    assert_eq!(stage.status().await.unwrap().inbox, 1);
    let mut other = stage.consumer();
    assert_eq!(text(&mut other).await, "2", "though the first consumer has it still");
    assert_eq!(consumer.next(PATIENCE).await.unwrap_err().kind(), ErrorKind::Closed);
    consumer.close().await.unwrap();
    other.done();
    waits(&stage, 0).await;
    stage.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn one_whose_node_was_closed_before_all_was_acknowledged_says_so_at_its_end() {
    let stage = stage().await;
    let mut consumer = quick(&stage).await;
    say(&stage, 1, &["1"]).await;
    assert_eq!(text(&mut consumer).await, "1");
    stage.disk.refuse(true);
    consumer.done();
    let _ = stage.close().await;
    assert_eq!(consumer.close().await.unwrap_err().kind(), ErrorKind::Closed);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_consumer_of_a_node_that_is_closed_says_so() {
    let stage = stage().await;
    let mut consumer = quick(&stage).await;
    let waiting = tokio::spawn(async move { consumer.next(PATIENCE).await.map(drop) });
    tokio::time::sleep(Duration::from_millis(50)).await;
    stage.close().await.unwrap();
    assert_eq!(waiting.await.unwrap().unwrap_err().kind(), ErrorKind::Closed);
    let mut consumer = stage.consumer();
    assert_eq!(consumer.next(PATIENCE).await.unwrap_err().kind(), ErrorKind::Closed);
    consumer.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_consumer_keeps_its_node_open_and_lets_it_close_when_it_is_dropped() {
    let stage = stage().await;
    say(&stage, 1, &["1"]).await;
    let Stage { node, disk, .. } = stage;
    let mut consumer = node.consumer();
    let shared = std::sync::Arc::downgrade(node.shared());
    drop(node);
    assert_eq!(text(&mut consumer).await, "1");
    consumer.done();
    drop(consumer);
    let begin = std::time::Instant::now();
    while shared.upgrade().is_some() {
        assert!(begin.elapsed() < PATIENCE, "it goes on");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let left = crate::store::Store::inbox_heads(&disk.open(), 0).unwrap();
    assert!(left.is_empty(), "it is acknowledged: {left:?}");
}
