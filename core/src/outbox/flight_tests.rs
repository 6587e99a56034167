//! Lanes to plain platforms, played by the scripted transport: what flies together, what waits, what an answer means.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};

use crate::testing::{Stage, entry, nobody, token};
use crate::transport::Request;
use crate::transport::scripted::{Reply, Scripted};
use crate::{Config, DeadLetterFilter, NewMessage, RoomKind};

const ROOMS: i64 = 16;

/// A node of `A` with as many public rooms, and the plain platform `P` behind this transport.
async fn node(transport: &Arc<Scripted>) -> Stage {
    node_as(transport, |_| {}).await
}

async fn node_as(transport: &Arc<Scripted>, change: impl FnOnce(&mut Config)) -> Stage {
    let config = |store| {
        let mut config = Config::new("A", store);
        change(&mut config);
        config
    };
    let node = Stage::open_as(config, json!([entry("P")]), transport.clone()).await;
    for room in 1..=ROOMS {
        node.publish_room(room, "Sala", RoomKind::Public, Vec::new()).await.unwrap();
    }
    node
}

fn body(request: &Request) -> Value {
    serde_json::from_slice(request.body.as_deref().unwrap_or(b"null")).unwrap()
}

/// The messages that came, by room.
fn texts(posted: &[Request]) -> BTreeMap<i64, Vec<String>> {
    let mut by_room: BTreeMap<i64, Vec<String>> = BTreeMap::new();
    for request in posted.iter().filter(|request| request.path == "message") {
        let body = body(request);
        by_room.entry(body["roomId"].as_i64().unwrap()).or_default().push(body["text"].as_str().unwrap().to_owned());
    }
    by_room
}

#[tokio::test]
async fn messages_of_different_rooms_fly_together_and_those_of_a_room_one_after_the_other() {
    const EACH: usize = 40;
    let (flying, most) = (Arc::new(Mutex::new(HashMap::<i64, usize>::new())), Arc::new(AtomicUsize::new(0)));
    let (in_rooms, peak) = (flying.clone(), most.clone());
    let transport = Scripted::new(move |request| match request.path {
        "message" => {
            let room = body(request)["roomId"].as_i64().unwrap();
            let mut rooms = in_rooms.lock().unwrap();
            assert_eq!(*rooms.entry(room).and_modify(|count| *count += 1).or_insert(1), 1, "one of a room at a time");
            peak.fetch_max(rooms.values().sum(), Ordering::SeqCst);
            drop(rooms);
            let in_rooms = in_rooms.clone();
            Reply::json(200, "{}").delayed(Duration::from_millis(20)).then(move || {
                in_rooms.lock().unwrap().remove(&room);
            })
        }
        "ping" => Reply::json(404, "{}"),
        _ => Reply::json(200, "[]"),
    });
    let node = node(&transport).await;
    for n in 0..EACH {
        for room in 1..=ROOMS {
            node.publish_message(NewMessage::new(room, 1, n.to_string())).await.unwrap();
        }
    }
    let all = EACH * ROOMS as usize;
    let begin = tokio::time::Instant::now();
    let posted = transport
        .wait_until(|asked| (asked.iter().filter(|r| r.path == "message").count() >= all).then(|| asked.to_vec()))
        .await;
    let rate = all as f64 / begin.elapsed().as_secs_f64();
    println!(
        "{rate:.0} messages/s to a platform that takes 20 ms, {ROOMS} rooms, at most {} at once",
        most.load(Ordering::SeqCst)
    );
    let expected: Vec<String> = (0..EACH).map(|n| n.to_string()).collect();
    assert!(texts(&posted).values().all(|texts| *texts == expected), "each room in order");
    assert_eq!(most.load(Ordering::SeqCst), 8, "as many at once as may be, and no more");
    node.close().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn an_announcement_waits_for_what_is_under_way_and_goes_before_what_comes_after_it() {
    let transport = Scripted::new(|request| match request.path {
        "ping" => Reply::json(404, "{}"),
        "users" => Reply::json(200, "[]"),
        _ => Reply::json(200, "{}").delayed(Duration::from_millis(20)),
    });
    let node = node(&transport).await;
    for round in 0..5 {
        for room in 1..=4 {
            node.publish_message(NewMessage::new(room, 1, round.to_string())).await.unwrap();
        }
        node.publish_user(round, format!("n{round}")).await.unwrap();
    }
    let posted = transport
        .wait_until(|asked| (asked.iter().filter(|r| r.path == "user").count() >= 5).then(|| asked.to_vec()))
        .await;
    let mut round = 0;
    for request in posted {
        match request.path {
            "user" => round += 1,
            "message" => assert_eq!(body(&request)["text"], round.to_string(), "nothing overtakes an announcement"),
            _ => {}
        }
    }
    node.close_in_real_time().await;
}

#[tokio::test(start_paused = true)]
async fn what_a_front_end_says_to_all_while_the_platform_is_away_kills_nothing_and_raises_an_alarm() {
    for status in [301, 302, 401, 403, 410] {
        let away = Arc::new(Mutex::new(false));
        let is_away = away.clone();
        let transport = Scripted::new(move |request| match (request.path, *is_away.lock().unwrap()) {
            (_, true) => Reply::json(status, "<html>not the platform</html>"),
            ("ping", _) => Reply::json(404, "{}"),
            ("users", _) => Reply::json(200, "[]"),
            _ => Reply::json(200, "{}"),
        });
        let node = node(&transport).await;
        node.publish_message(NewMessage::new(1, 1, "antes")).await.unwrap();
        transport.wait_until(|asked| asked.iter().any(|r| r.path == "message").then_some(())).await;
        *away.lock().unwrap() = true;
        for n in 0..50 {
            node.publish_message(NewMessage::new(n % ROOMS + 1, 1, n.to_string())).await.unwrap();
        }
        let tried = |asked: &[Request]| asked.iter().filter(|r| r.path == "message").count() >= 4;
        transport.wait_until(|asked| tried(asked).then_some(())).await;
        // What it answered before may be taken in only now, so that it counts as up until the next try.
        node.eventually("it counts as down, with an alarm", async |node| {
            let platform = node.platform("P").await.unwrap();
            platform.up == Some(false) && platform.alarm.is_some() == (status != 410)
        })
        .await;
        assert!(node.dead_letters(&DeadLetterFilter::All).await.unwrap().is_empty(), "{status}");
        *away.lock().unwrap() = false;
        let all = transport.wait_until(|asked| {
            let came = texts(asked);
            let distinct: std::collections::BTreeSet<_> = came.values().flatten().cloned().collect();
            (distinct.len() == 51).then_some(came)
        });
        all.await;
        node.close_in_real_time().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_final_status_of_a_platform_that_is_there_is_believed() {
    for status in [400, 404, 409, 410, 415, 422] {
        let transport = Scripted::new(move |request| match request.path {
            "ping" => Reply::json(404, "{}"),
            "users" => Reply::json(200, "[]"),
            "message" if body(request)["text"] == "mal" => Reply::json(status, "no"),
            _ => Reply::json(200, "{}"),
        });
        let node = node(&transport).await;
        for text in ["mal", "bien"] {
            node.publish_message(NewMessage::new(1, 1, text)).await.unwrap();
        }
        transport
            .wait_until(|asked| {
                texts(asked).get(&1).is_some_and(|texts| texts.contains(&"bien".to_owned())).then_some(())
            })
            .await;
        let letters = node.dead_letters(&DeadLetterFilter::All).await.unwrap();
        assert_eq!(letters.len(), 1, "{status}");
        assert!(letters[0].why.starts_with(&status.to_string()), "{}", letters[0].why);
        node.close_in_real_time().await;
    }
}

#[tokio::test(start_paused = true)]
async fn an_event_that_fails_in_whatever_way_is_given_up_while_its_platform_answers_otherwise() {
    for how in [500, 502, 503, 504, 0] {
        let transport = Scripted::new(move |request| match request.path {
            "ping" => Reply::json(404, "{}"),
            "users" => Reply::json(200, "[]"),
            "message" if body(request)["text"] == "veneno" && how == 0 => Reply::failed("the connection was cut off"),
            "message" if body(request)["text"] == "veneno" => Reply::json(how, "no"),
            _ => Reply::json(200, "{}"),
        });
        let node = node_as(&transport, |config| config.poison_after = Duration::from_millis(1)).await;
        for text in ["veneno", "después"] {
            node.publish_message(NewMessage::new(1, 1, text)).await.unwrap();
        }
        let came = |asked: &[Request]| texts(asked).remove(&1).unwrap_or_default();
        for tries in 1..=11 {
            transport.wait_until(|asked| (came(asked).len() >= tries).then_some(())).await;
            // A sign of life ends the rest between two tries.
            let sign = http::Request::get(format!("/users?token={}", token("P"))).body(bytes::Bytes::new()).unwrap();
            assert_eq!(node.handle(sign).await.status(), 200);
        }
        assert_eq!(came(&transport.requests()).last().unwrap(), "después");
        let tries = texts(&transport.requests())[&1].iter().filter(|text| *text == "veneno").count();
        assert_eq!(tries, 10, "{how}");
        assert_eq!(node.dead_letters(&DeadLetterFilter::All).await.unwrap().len(), 1, "{how}");
        node.close_in_real_time().await;
    }
}

#[tokio::test(start_paused = true)]
async fn what_asks_for_patience_with_retry_after_speaks_of_itself_and_gives_up_no_event() {
    let transport = Scripted::new(move |request| match request.path {
        "ping" => Reply::json(404, "{}"),
        "users" => Reply::json(200, "[]"),
        "message" => Reply::json(503, "the disk is full").retry_after("2"),
        _ => Reply::json(200, "{}"),
    });
    let node = node_as(&transport, |config| config.poison_after = Duration::from_millis(1)).await;
    node.publish_message(NewMessage::new(1, 1, "paciencia")).await.unwrap();
    transport.wait_until(|asked| (texts(asked).get(&1)?.len() >= 20).then_some(())).await;
    assert_eq!(node.dead_letters(&DeadLetterFilter::All).await.unwrap().len(), 0);
    node.close_in_real_time().await;
}

#[tokio::test(start_paused = true)]
async fn a_request_to_a_plain_platform_is_finished_whatever_the_registry_says_meanwhile_and_though_the_node_closes() {
    let (patience, slow) = (Duration::from_secs(3), Duration::from_secs(2));
    let transport = Scripted::new(move |request| match request.path {
        "ping" => Reply::json(404, "{}"),
        "users" => Reply::json(200, "[]"),
        "message" => Reply::json(200, "{}").delayed(slow),
        _ => Reply::json(200, "{}"),
    });
    let mut node = node_as(&transport, |config| config.request_timeout = patience).await;
    node.publish_message(NewMessage::new(1, 1, "una vez")).await.unwrap();
    transport.wait_until(|asked| asked.iter().any(|r| r.path == "message").then_some(())).await;
    let mut moved = entry("P");
    moved["endpoint"] = json!("http://elsewhere/");
    node.registry(json!([moved])).await;
    node.again(json!([entry("P")])).await;
    node.publish_message(NewMessage::new(1, 1, "otra")).await.unwrap();
    transport.wait_until(|asked| (asked.iter().filter(|r| r.path == "message").count() >= 2).then_some(())).await;
    assert_eq!(texts(&transport.requests())[&1], ["una vez", "otra"], "it is not sent again");
    node.close_in_real_time().await;
}

#[tokio::test]
async fn of_announcements_that_wait_only_the_latest_is_kept_unless_something_builds_on_an_earlier_one() {
    let node = node(&nobody()).await;
    let before = node.waiting("P").await;
    let first = node.publish_user(1, "Ana").await.unwrap().event.unwrap();
    for n in 0..500 {
        node.publish_user(1, format!("Ana {n}")).await.unwrap();
        node.publish_room(1, format!("Sala {n}"), RoomKind::Public, Vec::new()).await.unwrap();
    }
    assert_eq!(node.waiting("P").await, before + 1, "one of the user, and one of the room as before");
    let delivery = node.delivery(first, "P").await.unwrap();
    assert_eq!(delivery.state, crate::DeliveryState::Waiting, "what took its place is not there yet");
    node.publish_message(NewMessage::new(1, 1, "hola")).await.unwrap();
    node.publish_room(1, "Otra", RoomKind::Public, Vec::new()).await.unwrap();
    node.publish_user(1, "Otra").await.unwrap();
    assert_eq!(node.waiting("P").await, before + 4, "the message builds on what was announced before it");
    node.close().await.unwrap();
}
