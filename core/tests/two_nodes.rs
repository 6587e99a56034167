//! Two apps, each with a node of its own, on loopback: the whole way of an event, through the public interface alone.

#![cfg(feature = "axum")]
#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::time::{Duration, Instant};

use integrador::{
    Attachment, BindKind, Config, DeadLetterFilter, DeliveryState, ErrorKind, Event, EventBody, EventKind, ExternalId,
    Id, Message, NewMessage, Node, RoomKind,
};

#[path = "../../tests/src/ports.rs"]
#[allow(unreachable_pub, reason = "it belongs to a library")]
mod ports;

use ports::free_port;

const PATIENCE: Duration = Duration::from_secs(20);

/// Two apps that know each other.
struct World {
    folder: tempfile::TempDir,
    ports: [u16; 2],
}

const NAMES: [&str; 2] = ["BuasApp", "GWT_CHAT"];

impl World {
    fn new() -> World {
        let world = World { folder: tempfile::tempdir().unwrap(), ports: [free_port(), free_port()] };
        for own in 0..2 {
            let other = 1 - own;
            let file = serde_json::json!([{
                "id": 1, "name": NAMES[other], "token": "a-shared-token",
                "endpoint": format!("http://127.0.0.1:{}/", world.ports[other]),
            }]);
            std::fs::write(world.registry(own), file.to_string()).unwrap();
        }
        world
    }

    fn registry(&self, own: usize) -> std::path::PathBuf {
        self.folder.path().join(format!("{own}.json"))
    }

    fn config(&self, own: usize) -> Config {
        let store = self.folder.path().join(format!("{own}.db"));
        Config::new(NAMES[own], store).platforms(self.registry(own)).listen(format!("127.0.0.1:{}", self.ports[own]))
    }

    async fn open(&self, own: usize) -> Node {
        Node::open(self.config(own)).await.unwrap()
    }
}

/// Takes events until one is as wanted; acknowledges all.
async fn wait_for<T>(node: &Node, mut wanted: impl FnMut(&Event) -> Option<T>) -> T {
    let end = Instant::now() + PATIENCE;
    let mut events = node.consumer();
    while let Some(event) = events.next(end - Instant::now()).await.unwrap() {
        events.done();
        if let Some(found) = wanted(&event) {
            events.close().await.unwrap();
            return found;
        }
    }
    panic!("nothing of the kind came");
}

async fn next_message(node: &Node) -> Message {
    wait_for(node, |event| match &event.body {
        EventBody::Message(message) => Some(message.clone()),
        _ => None,
    })
    .await
}

fn members(list: &[(&str, &[i64])]) -> Vec<(String, Vec<Id>)> {
    list.iter().map(|(name, ids)| (name.to_string(), ids.iter().map(|id| Id::from(*id)).collect())).collect()
}

/// Shows promise 8.
#[tokio::test(flavor = "multi_thread")]
async fn a_message_arrives_once_with_its_sender_and_room_and_its_delivery_is_told() {
    let world = World::new();
    let (buas, gwt) = (world.open(0).await, world.open(1).await);
    buas.publish_user(3, "Marcelo").await.unwrap();
    buas.publish_room(4, "Grupo", RoomKind::Private, members(&[("BuasApp", &[3]), ("GWT_CHAT", &[1])])).await.unwrap();
    let receipt = buas.publish_message(NewMessage::new(4, 3, "¿qué tal? 👋")).await.unwrap();
    assert_eq!(receipt.destinations.iter().map(|d| &**d).collect::<Vec<_>>(), ["GWT_CHAT"]);

    let message = next_message(&gwt).await;
    assert_eq!(message.text, "¿qué tal? 👋");
    assert_eq!(message.room.to_string(), "BuasApp:4");
    assert_eq!((message.sender.to_string().as_str(), message.sender_name.as_str()), ("BuasApp:3", "Marcelo"));
    assert_eq!(gwt.recipients(ext("BuasApp:4")).unwrap(), [Id::from(1)]);

    let event = receipt.event.unwrap();
    let end = Instant::now() + PATIENCE;
    while buas.delivery(event).await.unwrap()[0].state != DeliveryState::Delivered {
        assert!(Instant::now() < end, "{:?}", buas.delivery(event).await);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(gwt.next_events(10, Duration::from_millis(300)).await.unwrap().is_empty(), "it came once");
    buas.close().await.unwrap();
    gwt.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_that_gives_up_waiting_holds_up_nothing() {
    let world = World::new();
    let (buas, gwt) = (world.open(0).await, world.open(1).await);
    buas.publish_user(3, "Marcelo").await.unwrap();
    buas.publish_room(4, "Grupo", RoomKind::Private, members(&[("BuasApp", &[3]), ("GWT_CHAT", &[1])])).await.unwrap();
    for n in 0..20 {
        buas.publish_message(NewMessage::new(4, 3, format!("{n}"))).await.unwrap();
    }
    let mut texts = Vec::new();
    let end = Instant::now() + PATIENCE;
    while texts.len() < 20 && Instant::now() < end {
        // Begun and dropped at once: `select!` and `timeout` do that to whatever they don't wait for any more.
        let early = tokio::time::timeout(Duration::ZERO, gwt.next_events(1, Duration::from_secs(1))).await;
        let events = match early {
            Ok(events) => events.unwrap(),
            Err(_) => gwt.next_events(1, Duration::from_millis(200)).await.unwrap(),
        };
        for event in events {
            let _ = tokio::time::timeout(Duration::ZERO, gwt.ack(&[event.id])).await;
            if let EventBody::Message(message) = event.body {
                texts.push(message.text);
            }
        }
    }
    let all: Vec<String> = (0..20).map(|n| n.to_string()).collect();
    assert_eq!(texts, all);
    gwt.close().await.unwrap();
    let gwt = world.open(1).await;
    let again = gwt.next_events(10, Duration::from_millis(300)).await.unwrap();
    assert!(!again.iter().any(|event| matches!(event.body, EventBody::Message(_))), "all were acknowledged");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_that_shows_no_images_gets_them_in_words() {
    let world = World::new();
    let mut file: serde_json::Value = serde_json::from_slice(&std::fs::read(world.registry(1)).unwrap()).unwrap();
    let own = serde_json::json!({"id": 2, "name": "GWT_CHAT", "token": "its-own", "supportImage": "False",
        "endpoint": format!("http://127.0.0.1:{}/", world.ports[1])});
    file.as_array_mut().unwrap().push(own);
    std::fs::write(world.registry(1), file.to_string()).unwrap();
    let (buas, gwt) = (world.open(0).await, world.open(1).await);
    buas.publish_user(3, "Marcelo").await.unwrap();
    buas.publish_room(4, "Grupo", RoomKind::Private, members(&[("BuasApp", &[3]), ("GWT_CHAT", &[1])])).await.unwrap();
    let attachment = |kind: &str, name: &str| -> Attachment {
        let json = serde_json::json!({"kind": kind, "name": name, "url": format!("https://example.org/{name}")});
        serde_json::from_value(json).unwrap()
    };
    let message = NewMessage::new(4, 3, "mirá").attach(attachment("image", "gato.png"));
    buas.publish_message(message.attach(attachment("audio", "miau.ogg"))).await.unwrap();
    let message = next_message(&gwt).await;
    assert_eq!(message.text, "mirá\ngato.png: https://example.org/gato.png");
    assert_eq!(message.attachments, [attachment("audio", "miau.ogg")]);
}

/// Shows promise 2.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_published_while_the_other_was_away_arrives_in_order_when_it_is_back() {
    let world = World::new();
    let buas = world.open(0).await;
    buas.publish_room(4, "Plaza", RoomKind::Public, Vec::new()).await.unwrap();
    for n in 0..50 {
        buas.publish_message(NewMessage::new(4, 3, format!("m{n}"))).await.unwrap();
    }
    buas.close().await.unwrap();
    let (buas, gwt) = (world.open(0).await, world.open(1).await);
    for n in 0..50 {
        assert_eq!(next_message(&gwt).await.text, format!("m{n}"));
    }
    drop(buas);
}

/// Shows promise 3.
#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_was_not_acknowledged_comes_again_after_a_restart_and_an_acknowledged_one_does_not() {
    let world = World::new();
    let (buas, gwt) = (world.open(0).await, world.open(1).await);
    buas.publish_room(4, "Plaza", RoomKind::Public, Vec::new()).await.unwrap();
    buas.publish_message(NewMessage::new(4, 3, "uno")).await.unwrap();
    buas.publish_message(NewMessage::new(4, 3, "dos")).await.unwrap();
    assert_eq!(next_message(&gwt).await.text, "uno");
    gwt.close().await.unwrap();
    let gwt = world.open(1).await;
    assert_eq!(next_message(&gwt).await.text, "dos");
    buas.close().await.unwrap();
}

/// Shows promise 3.
#[tokio::test(flavor = "multi_thread")]
async fn a_key_names_one_message() {
    let world = World::new();
    let buas = world.open(0).await;
    buas.publish_room(4, "Plaza", RoomKind::Public, Vec::new()).await.unwrap();
    let first = buas.publish_message(NewMessage::new(4, 3, "hola").key("fila-1")).await.unwrap();
    let again = buas.publish_message(NewMessage::new(4, 3, "hola").key("fila-1")).await.unwrap();
    assert!(!first.duplicate && again.duplicate);
    assert_eq!((first.event, &first.destinations), (again.event, &again.destinations));
    let other = buas.publish_message(NewMessage::new(4, 3, "chau").key("fila-1")).await.unwrap_err();
    assert_eq!(other.kind(), ErrorKind::Conflict);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_not_changed_is_not_sent() {
    let world = World::new();
    let buas = world.open(0).await;
    let users = vec![(Id::from(1), "Ana".to_owned()), (Id::from(2), "Bruno".to_owned())];
    assert_eq!(buas.publish_users(users.clone()).await.unwrap(), 2);
    assert_eq!(buas.publish_users(users).await.unwrap(), 0);
    assert_eq!(buas.publish_users([(1, "Ana")]).await.unwrap(), 1, "Bruno is gone");
    let room = || buas.publish_room(4, "Grupo", RoomKind::Private, members(&[("BuasApp", &[1]), ("GWT_CHAT", &[7])]));
    assert!(room().await.unwrap().event.is_some());
    assert!(room().await.unwrap().event.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn who_joined_from_elsewhere_stays_when_the_app_publishes_its_room_again() {
    let world = World::new();
    let (buas, gwt) = (world.open(0).await, world.open(1).await);
    buas.publish_room(4, "Plaza", RoomKind::Public, members(&[("BuasApp", &[1])])).await.unwrap();
    let is_room = |event: &Event| matches!(event.body, EventBody::Room(_)).then_some(());
    wait_for(&gwt, is_room).await;
    gwt.join_room(ext("BuasApp:4"), 9).await.unwrap();
    wait_for(&buas, is_room).await;
    buas.publish_room(4, "Plaza mayor", RoomKind::Public, members(&[("BuasApp", &[1, 2])])).await.unwrap();
    let room = buas.room(4).unwrap().unwrap();
    let all: Vec<String> = room.member_ids().map(|id| id.to_string()).collect();
    assert_eq!(all, ["BuasApp:1", "BuasApp:2", "GWT_CHAT:9"]);
    // Who leaves without knowing of the latest announcement may be overtaken by it.
    wait_for(&gwt, is_room).await;
    gwt.leave_room(ext("BuasApp:4"), 9).await.unwrap();
    wait_for(&buas, |event| match &event.body {
        EventBody::Room(change) if change.room.members.len() == 1 => Some(()),
        _ => None,
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trace_reaches_the_handler_at_the_other_node() {
    let world = World::new();
    let (buas, gwt) = (world.open(0).await, world.open(1).await);
    buas.publish_room(4, "Grupo", RoomKind::Private, members(&[("BuasApp", &[3]), ("GWT_CHAT", &[1])])).await.unwrap();
    let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    for (given, arrives) in [(trace, Some(trace)), ("00-no-trace-at-all", None)] {
        buas.publish_message(NewMessage::new(4, 3, "hola").traceparent(given)).await.unwrap();
        assert_eq!(next_message(&gwt).await.traceparent.as_deref(), arrives);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn local_ids_are_bound_one_to_one() {
    let world = World::new();
    let gwt = world.open(1).await;
    let marcelo = ExternalId::new("BuasApp", 3);
    gwt.bind(BindKind::User, &marcelo, 77).await.unwrap();
    gwt.bind(BindKind::User, &marcelo, 77).await.unwrap();
    assert_eq!(gwt.local_id(BindKind::User, &marcelo).unwrap(), Some(77.into()));
    assert_eq!(gwt.external_id(BindKind::User, 77), Some(marcelo.clone()));
    for (external, local) in [(marcelo, 78), (ExternalId::new("BuasApp", 4), 77)] {
        assert_eq!(gwt.bind(BindKind::User, &external, local).await.unwrap_err().kind(), ErrorKind::Conflict);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_binding_knows_the_id_as_its_platform_wrote_it() {
    let world = World::new();
    let (buas, gwt) = (world.open(0).await, world.open(1).await);
    buas.publish_user(3, "Marcelo").await.unwrap();
    wait_for(&gwt, |event| matches!(event.body, EventBody::User(_)).then_some(())).await;
    // As it comes out of a column of text.
    gwt.bind(BindKind::User, &ExternalId::new("BuasApp", "3"), 77).await.unwrap();
    assert_eq!(gwt.external_id(BindKind::User, 77).unwrap().id.as_i64(), Some(3));
}

/// Shows promise 8.
#[tokio::test(flavor = "multi_thread")]
async fn a_refused_message_is_a_dead_letter_that_can_be_retried() {
    let world = World::new();
    // The other side does not know us: every event is answered 401 at first, which is tried again; so the registry there
    // names us, but another platform speaks. A room of which the receiver has dropped us makes a final refusal.
    let (buas, gwt) = (world.open(0).await, world.open(1).await);
    buas.publish_room(4, "Grupo", RoomKind::Private, members(&[("BuasApp", &[3]), ("GWT_CHAT", &[1])])).await.unwrap();
    wait_for(&gwt, |event| matches!(event.body, EventBody::Room(_)).then_some(())).await;
    gwt.close().await.unwrap();
    gwt_forgets_the_member(world.folder.path());
    let gwt = world.open(1).await;
    let receipt = buas.publish_message(NewMessage::new(4, 3, "hola")).await.unwrap();
    let (event, why) = wait_for(&buas, |event| match &event.body {
        EventBody::Delivery(d) if d.state == DeliveryState::Dead => Some((d.event, d.why.clone())),
        _ => None,
    })
    .await;
    assert_eq!(Some(event), receipt.event);
    assert!(why.unwrap().starts_with("403"));
    assert_eq!(buas.delivery(event).await.unwrap()[0].state, DeliveryState::Dead);
    let letters = buas.dead_letters(&DeadLetterFilter::All).await.unwrap();
    assert_eq!((letters.len(), letters[0].kind), (1, EventKind::Message));
    // Announced again the room has its member again, and the retry arrives.
    buas.publish_room(4, "Grupo de nuevo", RoomKind::Private, members(&[("BuasApp", &[3]), ("GWT_CHAT", &[1])]))
        .await
        .unwrap();
    assert_eq!(buas.retry(&DeadLetterFilter::All).await.unwrap(), 1);
    assert_eq!(next_message(&gwt).await.text, "hola");
}

/// As if the receiver had lost what the origin announced: the member is taken out of its store.
fn gwt_forgets_the_member(folder: &Path) {
    let store = rusqlite::Connection::open(folder.join("1.db")).unwrap();
    let changed = store.execute("UPDATE announcement SET members = (SELECT json_array(json_array(num, json('[1]'))) FROM platform WHERE name = 'GWT_CHAT')", []).unwrap();
    assert_eq!(changed, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn closing_twice_is_no_error_and_a_closed_node_says_so_and_can_be_opened_again() {
    let world = World::new();
    let buas = world.open(0).await;
    let second = Node::open(world.config(0)).await.unwrap_err();
    assert_eq!(second.kind(), ErrorKind::Store, "{second}");
    buas.close().await.unwrap();
    buas.close().await.unwrap();
    assert_eq!(buas.publish_user(1, "Ana").await.unwrap_err().kind(), ErrorKind::Closed);
    let again = world.open(0).await;
    again.publish_user(1, "Ana").await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_could_not_be_opened_can_be_opened_as_soon_as_its_cause_is_mended() {
    let world = World::new();
    for _ in 0..10 {
        let early = Node::open(world.config(0).admin()).await.unwrap_err();
        assert!(early.to_string().contains("no node has used this store yet"), "{early}");
    }
    let mut taken = world.config(0);
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    taken.listen = Some(port.local_addr().unwrap().to_string());
    for _ in 0..10 {
        let error = Node::open(taken.clone()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config, "{error}");
    }
    world.open(0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_looks_into_the_store_of_a_running_node_of_another_process_only() {
    let world = World::new();
    let buas = world.open(0).await;
    assert_eq!(Node::open(world.config(0).admin()).await.unwrap_err().kind(), ErrorKind::Store);
    buas.close().await.unwrap();
    let admin = Node::open(world.config(0).admin()).await.unwrap();
    assert_eq!(admin.local_addr(), None);
    assert_eq!(admin.status().await.unwrap().name, "BuasApp");
}

/// Shows promise 2.
#[tokio::test(flavor = "multi_thread")]
async fn a_node_restored_from_a_backup_is_told_again_what_it_forgot() {
    let world = World::new();
    let [store, backup] = ["1.db", "backup.db"].map(|name| world.folder.path().join(name));
    let (buas, gwt) = (world.open(0).await, world.open(1).await);
    buas.publish_room(4, "Antes", RoomKind::Public, Vec::new()).await.unwrap();
    knows(&gwt, "BuasApp:4").await;
    gwt.close().await.unwrap();
    std::fs::copy(&store, &backup).unwrap();

    let gwt = world.open(1).await;
    buas.publish_room(5, "Después", RoomKind::Public, Vec::new()).await.unwrap();
    knows(&gwt, "BuasApp:5").await;
    gwt.close().await.unwrap();
    std::fs::copy(&backup, &store).unwrap();

    let gwt = world.open(1).await;
    knows(&gwt, "BuasApp:5").await;
    buas.close().await.unwrap();
    gwt.close().await.unwrap();
}

fn ext(text: &str) -> ExternalId {
    text.parse().unwrap()
}

/// Waits until a node knows a room.
async fn knows(node: &Node, room: &str) {
    let end = Instant::now() + PATIENCE;
    while node.room(ext(room)).unwrap().is_none() {
        assert!(Instant::now() < end, "{room} is not known");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Shows promise 7.
#[tokio::test(flavor = "multi_thread")]
async fn the_store_of_another_app_is_refused_and_left_as_it_was() {
    let world = World::new();
    let store = world.folder.path().join("0.db");
    let node = world.open(0).await;
    node.publish_room(4, "Sala", RoomKind::Public, Vec::new()).await.unwrap();
    node.close().await.unwrap();
    let before = std::fs::read(&store).unwrap();
    let error = Node::open(Config::new("GWT_CHAT", &store).platforms(world.registry(1))).await.map(drop).unwrap_err();
    assert_eq!((error.kind(), error.field()), (ErrorKind::Config, Some("store")), "{error}");
    assert!(error.to_string().contains("belongs to `BuasApp`") && error.to_string().contains("aliases"), "{error}");
    assert!(std::fs::read(&store).unwrap() == before);
    let node = world.open(0).await;
    assert!(node.room(ext("BuasApp:4")).unwrap().is_some());
    node.close().await.unwrap();
}
