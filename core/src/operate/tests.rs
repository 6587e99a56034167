//! What an operator sees of a node and its network, and what becomes of dead letters.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use http::Request as Posted;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::testing::{Stage, entry, token};
use crate::transport::Request;
use crate::transport::scripted::{Reply, Scripted};
use crate::util::event_id::unique;
use crate::wire::write;
use crate::{Config, DeadLetterFilter, DeliveryState, ErrorKind, EventBody, RoomKind};

/// What `legacy` answers to messages.
type Says = Arc<AtomicU16>;

fn is_message(request: &Request) -> bool {
    request.body.as_deref().is_some_and(|body| body.windows(4).any(|part| part == b"hola"))
}

/// A network of the node `Sur`, which hosts `sureño`; the node `Este`, which parks every message; the plain platform
/// `legacy`; and `lejos`, where nobody is.
fn network(legacy: &Says) -> Arc<Scripted> {
    static STORES: LazyLock<[Uuid; 2]> = LazyLock::new(|| [unique(), unique()]);
    let legacy = legacy.clone();
    Scripted::new(move |request| match (request.endpoint.host_str().unwrap(), request.path) {
        ("lejos", _) => Reply::unreachable(),
        ("sur", "ping") => Reply::json(200, write::pong("Sur", &["sureño"], STORES[0], false, None)),
        ("este", "ping") => Reply::json(200, write::pong::<&str>("Este", &[], STORES[1], false, None)),
        ("legacy", "ping") => Reply::json(404, "{}"),
        (_, "users" | "platforms") => Reply::json(200, "[]"),
        ("este", "batch") if is_message(request) => Reply::batch(request, 202),
        (_, "batch") => Reply::batch(request, 200),
        ("legacy", "message") => Reply::status(legacy.load(Ordering::Relaxed)),
        _ => Reply::status(200),
    })
}

/// The node of the app `Norte` in this network, once it knows all who are there. In its room 1 is everybody.
async fn stage(transport: Arc<Scripted>, configured: impl FnOnce(&mut Config)) -> Stage {
    let config = |store| {
        let mut config = Config::new("Norte", store);
        config.max_handler_attempts = 1;
        configured(&mut config);
        config
    };
    let entries = json!([entry("Sur"), entry("Este"), entry("legacy"), entry("lejos")]);
    let stage = Stage::open_as(config, entries, transport).await;
    let known = async |stage: &Stage| {
        let kinds = [stage.kind("Sur").await, stage.kind("Este").await, stage.kind("legacy").await];
        kinds == ["node", "node", "plain"] && stage.up("lejos").await == Some(false)
    };
    stage.eventually("all are known", known).await;
    stage.publish_user(1, "Ana").await.unwrap();
    stage.room(1, RoomKind::Public, &[]).await;
    stage
}

/// Waits until the message has this state at a platform.
async fn comes_to(stage: &Stage, event: Uuid, platform: &str, state: DeliveryState) {
    let so = async |stage: &Stage| stage.delivery(event, platform).await.is_some_and(|d| d.state == state);
    stage.eventually(&format!("{platform} has it as {state:?}"), so).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_status_shows_who_is_there_what_it_is_and_what_waits_for_it() {
    let stage = stage(network(&Says::new(400.into())), |_| {}).await;
    let before = std::time::SystemTime::now() - Duration::from_secs(60);
    let event = stage.say(1, "hola").await;
    comes_to(&stage, event, "legacy", DeliveryState::Dead).await;
    comes_to(&stage, event, "Sur", DeliveryState::Delivered).await;
    let waits = async |stage: &Stage| stage.waiting("Sur").await == 0 && stage.waiting("Este").await == 0;
    stage.eventually("who is there has all", waits).await;
    let status = stage.status().await.unwrap();
    assert_eq!((status.name.as_str(), status.standalone), ("Norte", false));
    assert_eq!(status.store, stage.node.shared().store.id());
    let table = [
        // kind, via, up, waiting, dead
        ("Sur", ("node", None, Some(true), 0, 0)),
        ("sureño", ("unknown", Some("Sur"), None, 0, 0)),
        ("Este", ("node", None, Some(true), 0, 0)),
        ("legacy", ("plain", None, Some(true), 0, 1)),
        // A user, a room, a message.
        ("lejos", ("unknown", None, Some(false), 3, 0)),
    ];
    assert_eq!(status.platforms.len(), table.len(), "and no entry for the app itself: {status:#?}");
    for (name, expected) in table {
        let found = status.platforms.iter().find(|platform| &*platform.name == name).unwrap();
        assert_eq!(
            (found.kind.as_str(), found.via.as_deref(), found.up, found.waiting, found.dead),
            expected,
            "{name}"
        );
        assert_eq!(found.oldest.is_some_and(|at| at > before), found.waiting > 0, "{name}: {found:?}");
        assert_eq!(found.since.is_some(), found.up.is_some(), "{name}: {found:?}");
        assert_eq!(found.last_contact.is_some(), found.up == Some(true), "{name}: {found:?}");
    }
    stage.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_stands_differently_at_each_platform() {
    let stage = stage(network(&Says::new(400.into())), |_| {}).await;
    let event = stage.say(1, "hola").await;
    let table = [
        ("Sur", DeliveryState::Delivered),
        ("sureño", DeliveryState::Accepted),
        ("Este", DeliveryState::Parked),
        ("legacy", DeliveryState::Dead),
        ("lejos", DeliveryState::Waiting),
    ];
    for (platform, state) in table {
        comes_to(&stage, event, platform, state).await;
        let found = stage.delivery(event, platform).await.unwrap();
        assert_eq!(found.at.is_some(), state != DeliveryState::Waiting, "{found:?}");
        assert_eq!(
            found.why.as_deref().is_some_and(|why| why.contains("400")),
            state == DeliveryState::Dead,
            "{found:?}"
        );
    }
    assert_eq!(stage.node.delivery(event).await.unwrap().len(), table.len());
    assert_eq!(stage.node.delivery(unique()).await.unwrap(), [], "of which nobody has heard");
    stage.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn dead_letters_are_listed_by_platform_number_or_event_and_only_those_are_sent_again_or_dropped() {
    let says = Says::new(400.into());
    let stage = stage(network(&says), |_| {}).await;
    let mut events = Vec::new();
    for _ in 0..4 {
        let event = stage.say(1, "hola").await;
        comes_to(&stage, event, "legacy", DeliveryState::Dead).await;
        events.push(event);
    }
    let all = stage.dead_letters(&DeadLetterFilter::All).await.unwrap();
    let told: Vec<_> =
        all.iter().map(|letter| (letter.event, &*letter.platform, &*letter.from, letter.kind.as_str())).collect();
    assert_eq!(told, events.iter().map(|event| (*event, "legacy", "Norte", "message")).collect::<Vec<_>>());
    assert!(all.iter().all(|letter| !letter.inbound && letter.body.contains("hola") && letter.why.contains("400")));

    let left = async |which: &DeadLetterFilter| {
        let letters = stage.dead_letters(which).await.unwrap();
        letters.iter().map(|letter| letter.event).collect::<Vec<_>>()
    };
    let legacy = DeadLetterFilter::Platform("LEGACY".into());
    assert_eq!(left(&legacy).await, events);
    assert!(left(&DeadLetterFilter::Platform("Sur".into())).await.is_empty());
    assert_eq!(left(&DeadLetterFilter::Event(events[2])).await, events[2..3]);
    assert_eq!(left(&DeadLetterFilter::Number(all[1].number)).await, events[1..2]);
    let nobody = DeadLetterFilter::Platform("Nadie".into());
    assert_eq!(stage.dead_letters(&nobody).await.unwrap_err().kind(), ErrorKind::UnknownPlatform);
    assert_eq!(stage.retry(&nobody).await.unwrap_err().kind(), ErrorKind::UnknownPlatform);
    assert_eq!(stage.drop(&nobody).await.unwrap_err().kind(), ErrorKind::UnknownPlatform);

    assert_eq!(stage.drop(&DeadLetterFilter::Event(events[2])).await.unwrap(), 1);
    assert_eq!(stage.drop(&DeadLetterFilter::Event(events[2])).await.unwrap(), 0);
    // One that dies again is another dead letter of the same event.
    assert_eq!(stage.retry(&DeadLetterFilter::Event(events[3])).await.unwrap(), 1);
    comes_to(&stage, events[3], "legacy", DeliveryState::Dead).await;
    let again = stage.dead_letters(&DeadLetterFilter::Event(events[3])).await.unwrap();
    assert!(again.len() == 1 && again[0].number > all[3].number, "{again:?}");

    says.store(200, Ordering::Relaxed);
    assert_eq!(stage.retry(&DeadLetterFilter::Number(all[0].number)).await.unwrap(), 1);
    comes_to(&stage, events[0], "legacy", DeliveryState::Delivered).await;
    assert_eq!(left(&DeadLetterFilter::All).await, [events[1], events[3]]);
    assert_eq!(stage.retry(&legacy).await.unwrap(), 2);
    for event in [events[1], events[3]] {
        comes_to(&stage, event, "legacy", DeliveryState::Delivered).await;
    }
    assert_eq!(stage.retry(&DeadLetterFilter::All).await.unwrap(), 0);
    comes_to(&stage, events[2], "legacy", DeliveryState::Dead).await;
    stage.close().await.unwrap();
}

/// Posts as `legacy`, and returns the status.
async fn post(stage: &Stage, path: &str, body: Value) -> u16 {
    let mut body = body;
    body["token"] = json!(token("legacy"));
    let request = Posted::post(format!("/{path}")).body(body.to_string().into());
    stage.handle(request.unwrap()).await.status().as_u16()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_app_could_not_handle_is_handed_over_again_late_or_dropped() {
    let stage = stage(network(&Says::new(200.into())), |_| {}).await;
    assert_eq!(post(&stage, "user", json!({"id": 4, "name": "Juan"})).await, 200);
    let hola = json!({"roomOriginalPlatform": "Norte", "roomId": 1, "senderId": 4, "text": "hola"});
    assert_eq!(post(&stage, "message", hola.clone()).await, 200);
    // The message as it is handed out next; all else is acknowledged.
    let message = async || loop {
        let events = stage.next_events(1, Duration::from_secs(20)).await.unwrap();
        let event = events.into_iter().next().expect("the message comes");
        match &event.body {
            EventBody::Message(message) => return (event.id, message.late),
            _ => drop(stage.ack(&[event.id]).await.unwrap()),
        }
    };
    let (id, late) = message().await;
    assert!(!late);
    stage.nack(&[id], "the database is full").await.unwrap();
    let dead = async |stage: &Stage| !stage.dead_letters(&DeadLetterFilter::All).await.unwrap().is_empty();
    stage.eventually("it is a dead letter", dead).await;
    let letters = stage.dead_letters(&DeadLetterFilter::All).await.unwrap();
    let told: Vec<_> = letters.iter().map(|l| (l.event, &*l.platform, &*l.from, l.inbound)).collect();
    assert_eq!(told, [(id, "Norte", "legacy", true)]);
    assert!(letters[0].why.contains("the database is full"));
    assert_eq!(stage.platform("Norte").await.map(|own| own.dead), Some(1), "now the app itself is in the status");

    assert_eq!(stage.retry(&DeadLetterFilter::Event(id)).await.unwrap(), 1);
    assert_eq!(message().await, (id, false), "nothing was said since");
    stage.nack(&[id], "still full").await.unwrap();
    stage.eventually("it is a dead letter again", dead).await;

    assert_eq!(post(&stage, "message", hola).await, 200);
    let (since, _) = message().await;
    stage.ack(&[since]).await.unwrap();
    assert_eq!(stage.retry(&DeadLetterFilter::Event(id)).await.unwrap(), 1);
    assert_eq!(message().await, (id, true));
    stage.nack(&[id], "still full").await.unwrap();
    stage.eventually("it is a dead letter again", dead).await;
    assert_eq!(stage.drop(&DeadLetterFilter::Platform("Norte".into())).await.unwrap(), 1);
    assert!(stage.dead().await.is_empty());
    assert!(stage.platform("Norte").await.is_none());
    stage.close().await.unwrap();
}

/// Waits until all who are there have answered for this message.
async fn comes_everywhere(stage: &Stage, event: Uuid) {
    for (platform, state) in
        [("legacy", DeliveryState::Dead), ("Sur", DeliveryState::Delivered), ("Este", DeliveryState::Parked)]
    {
        comes_to(stage, event, platform, state).await;
    }
}

/// The metrics by name and labels, and the type of each name.
fn metrics(text: &str) -> (BTreeMap<&str, u64>, BTreeMap<&str, &str>) {
    let (mut values, mut types, mut helped) = (BTreeMap::new(), BTreeMap::new(), "");
    for line in text.lines() {
        if let Some(help) = line.strip_prefix("# HELP ") {
            helped = help.split_once(' ').unwrap().0;
        } else if let Some(kind) = line.strip_prefix("# TYPE ") {
            let (name, kind) = kind.split_once(' ').unwrap();
            assert_eq!(name, helped, "each is explained");
            assert_eq!(types.insert(name, kind), None, "{name} is there once");
        } else {
            let (name, value) = line.rsplit_once(' ').unwrap();
            assert_eq!(name.split('{').next(), Some(helped), "it stands below its name");
            let whole = value.split('.').next().unwrap();
            assert_eq!(values.insert(name, whole.parse().unwrap()), None, "{name} is there once");
        }
    }
    (values, types)
}

/// What the operator's page says that there is: names, with labels, and types.
fn documented() -> BTreeMap<&'static str, &'static str> {
    let page = include_str!("../../../docs/operations.md");
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `integrador_"));
    let row = |row: &'static str| {
        let (name, rest) = row.split_once("` | ").unwrap();
        (name, rest.split_once(" | ").unwrap().0)
    };
    rows.map(row).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_metrics_are_those_of_the_operators_page_and_count_what_happens() {
    let stage = stage(network(&Says::new(400.into())), |_| {}).await;
    let event = stage.say(1, "hola").await;
    comes_everywhere(&stage, event).await;
    let text = stage.prometheus();
    let (before, types) = metrics(&text);
    let stem = |name: &'static str| name.split('{').next().unwrap();
    let on_the_page: BTreeMap<&str, &str> = documented().into_iter().map(|(name, kind)| (stem(name), kind)).collect();
    let there: BTreeMap<&str, &str> =
        types.iter().map(|(name, kind)| (name.strip_prefix("integrador_").unwrap(), *kind)).collect();
    assert_eq!(there, on_the_page);
    for (name, _) in documented() {
        let labelled = format!("integrador_{}{{platform=\"Sur\"}}", stem(name));
        assert_eq!(before.contains_key(&*labelled), name.ends_with("{platform}"), "{name}: {text}");
    }
    for (name, up, waiting) in [("Sur", 1, 0), ("Este", 1, 0), ("legacy", 1, 0), ("lejos", 0, 3)] {
        assert_eq!(before[&*format!("integrador_up{{platform=\"{name}\"}}")], up, "{name}");
        assert_eq!(before[&*format!("integrador_waiting{{platform=\"{name}\"}}")], waiting, "{name}");
    }
    assert_eq!(before["integrador_dead_total"], 1);
    assert!(before["integrador_commits_total"] > 0);
    // What they were told before is sent by now.
    let event = stage.say(1, "hola otra vez").await;
    comes_everywhere(&stage, event).await;
    let text = stage.prometheus();
    let (after, _) = metrics(&text);
    let grown = |name: &str| after[name] - before[name];
    assert_eq!((grown("integrador_sent_total"), grown("integrador_dead_total")), (2, 1));
    assert_eq!(after["integrador_waiting{platform=\"lejos\"}"], 4);
    let (before, begin) = (after, std::time::SystemTime::now());

    assert_eq!(post(&stage, "user", json!({"id": 4, "name": "Juan"})).await, 200);
    let hola = json!({"roomOriginalPlatform": "Norte", "roomId": 1, "senderId": 4, "text": "buenas"});
    assert_eq!(post(&stage, "message", hola).await, 200);
    let user = json!({"id": unique(), "kind": "user", "body": {"id": 4, "name": "Inés", "platform": "Sur"}});
    let bad = json!({"id": unique(), "kind": "user", "body": {"id": 5, "platform": "Sur"}});
    let answer = stage.signed("Sur", "batch", &unique().to_string(), format!("{user}\n{bad}")).await;
    assert_eq!(answer.status(), 200);
    let refused = [
        (Posted::get("/users"), 401),
        (Posted::get("/nothing"), 404),
        (Posted::get("/user"), 405),
        (Posted::get("/ping").header("authorization", "Bearer of-nobody"), 401),
        (Posted::post("/user"), 400),
        (Posted::post("/batch"), 401),
        (Posted::post("/message").header("content-length", "9"), 503),
    ];
    let requests = refused.len() as u64;
    for (request, status) in refused {
        assert_eq!(stage.handle(request.body(Default::default()).unwrap()).await.status(), status);
    }
    let text = stage.prometheus();
    let (after, _) = metrics(&text);
    let grown = |name: &str| after[name] - before[name];
    assert_eq!(grown("integrador_received_total"), 3, "two alone, one in a batch");
    assert_eq!(grown("integrador_refused_total"), requests);
    assert_eq!(grown("integrador_inbox"), 3, "two users and a message wait for the app");
    assert_eq!(stage.status().await.unwrap().inbox, after["integrador_inbox"]);
    let last = Duration::from_secs(after["integrador_last_arrival_timestamp_seconds"]);
    assert!(std::time::UNIX_EPOCH + last > begin - Duration::from_secs(1), "{last:?}: they have just come");
    stage.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_ends_a_label_early_does_not() {
    let odd = json!({"id": 1, "name": r#"a"b\c"#, "endpoint": "http://odd/", "token": token("odd")});
    let stage = Stage::open("Norte", json!([odd]), crate::testing::nobody()).await;
    let text = stage.prometheus();
    assert!(text.contains("integrador_up{platform=\"a\\\"b\\\\c\"} 0\n"), "{text}");
    stage.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_sees_what_the_node_noted_and_repairs_beside_it() {
    let says = Says::new(400.into());
    let transport = network(&says);
    let stage = stage(transport.clone(), |_| {}).await;
    let event = stage.say(1, "hola").await;
    comes_to(&stage, event, "legacy", DeliveryState::Dead).await;
    let store = stage.node.shared().store.clone();
    let noted = async |stage: &Stage| {
        let rows = store.contacts().unwrap();
        rows.iter().any(|row| row.platform == stage.num("lejos") && row.up == Some(false))
            && rows.iter().any(|row| row.platform == stage.num("Sur") && row.up == Some(true))
    };
    stage.eventually("it is noted who is up", noted).await;
    drop(store);
    stage.close().await.unwrap();

    let asked = transport.requests().len();
    let admin = stage.admin().await;
    let status = admin.status().await.unwrap();
    let of = |name: &str| status.platforms.iter().find(|platform| &*platform.name == name).unwrap();
    // After the node was closed nobody knows any more who is up, but when it was heard of.
    assert_eq!((of("Sur").up, of("Sur").last_contact.is_some()), (None, true));
    assert_eq!((of("legacy").up, of("legacy").dead, of("lejos").waiting), (None, 1, 3));
    assert_eq!(admin.drop(&DeadLetterFilter::All).await.unwrap(), 1);
    assert_eq!(transport.requests().len(), asked, "an administrator asks nobody");
    admin.close().await.unwrap();
}
