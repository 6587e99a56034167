//! What a wall clock that is wrong, jumps and is put right does to what waits and to what is remembered: nothing.

use std::time::{Duration, SystemTime};

use super::*;
use crate::inbox::handout;
use crate::rules::routing::Source;
use crate::rules::{Arrival, Outcome, accept};
use crate::util::event_id::now_ms;
use crate::util::time::TestClock;
use crate::wire::{Body, UserBody};
use crate::{DeadLetterFilter, DeliveryState};

/// How long an event for the app may take.
const PATIENCE: Duration = Duration::from_secs(30);
const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;

/// A node that goes by this clock, the peer `P`, the plain platform `Q`.
async fn world(clock: &Arc<TestClock>, p: Played) -> World {
    let entries = json!([entry("P"), entry("Q")]);
    let config = |store| {
        let mut config = Config::new("A", store);
        config.receipt_retention = Duration::from_secs(86_400);
        config
    };
    World::open_by(clock.clone(), config, entries, &[("p", p), ("q", plain())]).await
}

fn right() -> Arc<TestClock> {
    Arc::new(TestClock::at(now_ms()))
}

/// What became of an event for P.
async fn state(stage: &Stage, event: Uuid) -> Option<DeliveryState> {
    stage.delivery(event, "P").await.map(|delivery| delivery.state)
}

impl World {
    /// Looks for what is past its time, as goes on every minute.
    async fn sweep(&self) {
        let shared = self.node.shared().clone();
        let (writer, ages) = (shared.writer.clone(), shared.ages.clone());
        while writer
            .run({
                let ages = ages.clone();
                move |job| handout::forget(job, &ages)
            })
            .await
            .unwrap()
        {}
    }

    async fn reopen(&mut self) {
        self.again(json!([entry("P"), entry("Q")])).await;
    }

    /// Posts as the plain platform does whose token is in the body; what it is answered.
    async fn posts(&self, path: &str, key: Option<&str>, body: &Value) -> Value {
        let mut request = http::Request::post(format!("/{path}")).header("content-type", "application/json");
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        let response = self.node.handle(request.body(Bytes::from(body.to_string())).unwrap()).await;
        serde_json::from_slice(response.body()).unwrap()
    }

    /// Whether that had been said before, and as which event.
    async fn says_under(&self, key: &str) -> (bool, Option<Uuid>) {
        let said = self.node.publish_message(NewMessage::new(1, 1, "hola").key(key)).await.unwrap();
        (said.duplicate, said.event)
    }

    /// P is there again, and gets this many messages.
    async fn gets(&self, texts_of: &[&str]) {
        self.play("p", node("P"));
        self.lives("P").await;
        assert_eq!(texts(&self.sent("p", "message", texts_of.len()).await), texts_of);
        assert_eq!(self.dead().await, [""; 0]);
    }
}

/// Shows promise 2.
#[tokio::test]
async fn what_waits_outlives_a_clock_that_leaps_forty_days_ahead_for_a_moment_or_for_good_and_a_restart_then() {
    for stays in [false, true] {
        let clock = right();
        let mut world = world(&clock, node("P").down()).await;
        world.room(1, RoomKind::Private, &[("A", &[1]), ("P", &[5])]).await;
        world.say(1, "uno").await;
        clock.set(now_ms() + 40 * DAY);
        world.sweep().await;
        world.reopen().await;
        world.say(1, "dos").await;
        if !stays {
            clock.set(now_ms());
        }
        clock.pass(2 * HOUR);
        world.sweep().await;
        world.gets(&["uno", "dos"]).await;
    }
}

/// Shows promise 2.
#[tokio::test]
async fn what_waits_is_buried_when_the_node_has_run_for_the_retention_whatever_the_clock_says() {
    let clock = right();
    let world = world(&clock, node("P").down()).await;
    world.room(1, RoomKind::Private, &[("A", &[1]), ("P", &[5])]).await;
    let said = world.say(1, "uno").await;
    clock.pass(30 * DAY + 1);
    clock.set(now_ms());
    world.play("p", node("P"));
    world.lives("P").await;
    world.eventually("it is dead", async |world| state(world, said).await == Some(DeliveryState::Dead)).await;
    assert!(world.sent_now("p", "message").is_empty());
}

/// Shows promise 2.
#[tokio::test]
async fn what_was_written_in_1970_is_sent_when_the_clock_is_put_right_also_after_a_restart() {
    for restarts in [false, true] {
        let clock = Arc::new(TestClock::at(60_000));
        let mut world = world(&clock, node("P").down()).await;
        world.room(1, RoomKind::Private, &[("A", &[1]), ("P", &[5])]).await;
        world.says_under("k").await;
        clock.set(now_ms());
        if restarts {
            world.reopen().await;
        }
        clock.pass(2 * HOUR);
        world.sweep().await;
        assert!(world.says_under("k").await.0);
        let status = world.node.status().await.unwrap();
        let oldest = status.platforms.iter().find(|platform| &*platform.name == "P").unwrap().oldest.unwrap();
        assert!(
            oldest > SystemTime::now() - Duration::from_secs(3_660),
            "shown by the clock that people see: {oldest:?}"
        );
        world.gets(&["hola"]).await;
    }
}

/// Shows promise 3.
#[tokio::test]
async fn a_clock_that_leaps_ahead_forgets_no_key_and_a_key_is_forgotten_after_seven_days_of_running() {
    for ahead in [80_000, 8 * DAY, 40 * DAY] {
        let clock = right();
        let mut world = world(&clock, node("P").down()).await;
        world.room(1, RoomKind::Private, &[("A", &[1]), ("P", &[5])]).await;
        let (_, event) = world.says_under("k").await;
        let post =
            json!({"roomOriginalPlatform": "Q", "roomId": 7, "senderId": 4, "text": "hola", "token": token("Q")});
        let users = json!([{"Q": [4]}, {"A": [1]}]);
        let room = json!({"id": 7, "name": "Sala", "type": "private", "users": users, "token": token("Q")});
        assert_eq!(world.posts("room", None, &room).await["message"], "ok");
        let posted = world.posts("message", Some("k"), &post).await;
        clock.set(now_ms() + ahead);
        world.sweep().await;
        world.reopen().await;
        world.sweep().await;
        assert_eq!(world.says_under("k").await, (true, event));
        let again = world.posts("message", Some("k"), &post).await;
        assert_eq!((&again["message"], &again["id"]), (&json!("duplicate"), &posted["id"]));
        clock.pass(7 * DAY + 1);
        world.sweep().await;
        assert_ne!(world.says_under("k").await.1, event);
    }
}

/// Shows promise 2.
#[tokio::test]
async fn what_waits_for_its_room_outlives_a_clock_that_leaps_ahead_and_not_the_retention() {
    let clock = right();
    let mut world = world(&clock, node("P")).await;
    let lost = |room: i64| json!({"roomOriginalPlatform": "P", "roomId": room, "senderId": 4, "text": "hola", "platform": "P"});
    world.told("P", &[("message", lost(9)), ("message", lost(10))]).await;
    clock.set(now_ms() + 40 * DAY);
    world.sweep().await;
    world.reopen().await;
    world.sweep().await;
    assert_eq!(world.dead().await, [""; 0]);
    let users = json!([{"P": [4]}, {"A": [1]}]);
    world
        .told("P", &[("room", json!({"id": 9, "name": "Sala", "type": "private", "users": users, "platform": "P"}))])
        .await;
    let mut messages = 0;
    while messages == 0 {
        let taken = world.node.next_events(10, PATIENCE).await.unwrap();
        assert!(!taken.is_empty(), "the message did not come");
        messages += taken.iter().filter(|event| matches!(&event.body, crate::EventBody::Message(_))).count();
        world.node.ack(&taken.iter().map(|event| event.id).collect::<Vec<_>>()).await.unwrap();
    }
    clock.pass(30 * DAY);
    world.sweep().await;
    assert_eq!(world.dead().await, ["message A: its room was not announced within the retention"]);
}

/// Shows promise 8.
#[tokio::test]
async fn a_clock_that_leaps_ahead_forgets_no_receipt_not_even_one_whose_end_nobody_knows() {
    let clock = right();
    let mut world = world(&clock, node("P")).await;
    world.room(1, RoomKind::Private, &[("A", &[1]), ("P", &[5])]).await;
    let said = world.say(1, "uno").await;
    world.eventually("it is delivered", async |world| state(world, said).await == Some(DeliveryState::Delivered)).await;
    world.play("p", node("P").down());
    let announced = |name: &str| {
        world.node.publish_room(1, name.to_owned(), RoomKind::Private, members(&[("A", &[1]), ("P", &[5])]))
    };
    let replaced = announced("otra").await.unwrap().event.unwrap();
    announced("y otra").await.unwrap();
    clock.set(now_ms() + 40 * DAY);
    world.sweep().await;
    world.reopen().await;
    world.sweep().await;
    assert_eq!(state(&world, said).await, Some(DeliveryState::Delivered));
    assert_eq!(state(&world, replaced).await, Some(DeliveryState::Waiting));
    clock.pass(DAY + 1);
    world.sweep().await;
    assert_eq!(state(&world, said).await, None);
}

/// Shows promise 8.
#[tokio::test]
async fn dead_letters_that_are_dated_in_the_future_are_listed_retried_and_dropped() {
    let clock = right();
    let world = world(&clock, node("P")).await;
    world.room(1, RoomKind::Private, &[("A", &[1]), ("Q", &[5])]).await;
    world.say(1, "cero").await;
    world.sent("q", "message", 1).await;
    world.play("q", Played { posts: Some(400), ..plain() });
    clock.set(now_ms() + 40 * DAY);
    for text in ["uno", "dos", "tres"] {
        world.say(1, text).await;
    }
    world.eventually("they are dead", async |world| world.dead().await.len() == 3).await;
    clock.set(now_ms());
    let letters = world.node.dead_letters(&DeadLetterFilter::All).await.unwrap();
    assert!(letters.iter().all(|letter| letter.at > SystemTime::now() + Duration::from_secs(86_400)));
    assert_eq!(world.node.drop(&DeadLetterFilter::Number(letters[2].number)).await.unwrap(), 1);
    world.play("q", plain());
    let before = world.sent_now("q", "message").len();
    assert_eq!(world.node.retry(&DeadLetterFilter::Platform("Q".into())).await.unwrap(), 2);
    let sent = world.sent("q", "message", before + 2).await;
    assert_eq!(texts(&sent[before..]), ["uno", "dos"]);
    assert_eq!(world.dead().await, [""; 0]);
}

/// Shows promise 3.
#[tokio::test]
async fn a_request_that_was_captured_is_known_again_after_whatever_leaps_the_clock_made_and_however_much_came() {
    let clock = right();
    let world = world(&clock, node("P")).await;
    let p = world.num("P");
    let arrives = async |id: Uuid| {
        let arrival = Arrival { source: Source::Peer(p), speaker: p, id: Some(id), parked: false };
        let body =
            || Body::User(UserBody { id: 4.into(), name: "Ana".into(), active: true, extras: Default::default() });
        world.node.shared().writer.run(move |job| accept(job, arrival, body())).await.unwrap().outcome
    };
    let captured = unique();
    assert_eq!(arrives(captured).await, Outcome::Taken);
    for leap in 1..=3 {
        let first = unique().as_u128();
        let many = world.node.shared().writer.run(move |job| {
            (0..100_000).try_for_each(|n| job.tx.see(p, Uuid::from_u128(first + n), job.age).map(drop))
        });
        many.await.unwrap();
        clock.set(now_ms() + leap * 660_000);
        assert_eq!(arrives(unique()).await, Outcome::Taken);
    }
    clock.set(now_ms());
    assert_eq!(arrives(captured).await, Outcome::Duplicate);
}
