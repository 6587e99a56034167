//! Promise 8 across a gateway: what became of a message at a platform that another node hosts is told, and what waits for its
//! room there is handed over in order.

#![allow(clippy::unwrap_used)]

use std::time::Duration;

use integrador::{Config, DeadLetterFilter, DeliveryState, EventBody, NewMessage, RoomKind};
use integrador_tests::{App, Net, Plain, Reply, Served, eventually, ext, free_port, members, token, with};
use serde_json::json;

/// An app, and a standalone node that hosts a plain platform.
fn world(net: &Net) -> (App, Served, Plain) {
    let (app_port, hub_port) = (free_port(), free_port());
    let legacy = Plain::start("legacy");
    net.registry("RustChat", &[("hub", &format!("http://127.0.0.1:{hub_port}/"))]);
    net.registry_of(
        "hub",
        &[
            json!({"id": 1, "name": "RustChat", "endpoint": format!("http://127.0.0.1:{app_port}/"), "token": token("RustChat", "hub")}),
            json!({"id": 2, "name": "legacy", "endpoint": legacy.url(), "token": token("hub", "legacy")}),
        ],
    );
    let mut hub = Served::new(net, "hub", hub_port);
    hub.start();
    let app = App::open(net.config("RustChat", app_port));
    eventually("the app knows of the platform behind the node", || app.knows(&["legacy"]));
    (app, hub, legacy)
}

fn state(app: &App, event: uuid::Uuid) -> DeliveryState {
    let deliveries = app.node.delivery(event).unwrap();
    assert_eq!(deliveries.len(), 1, "{deliveries:?}");
    assert_eq!(&*deliveries[0].platform, "legacy");
    deliveries[0].state
}

/// Shows promise 8.
#[test]
fn a_message_to_a_hosted_platform_is_accepted_by_its_gateway_and_then_delivered_or_dead() {
    let net = Net::new();
    let (app, mut hub, mut legacy) = world(&net);
    app.node.publish_room(1, "Grupo", RoomKind::Private, members(&[("RustChat", &[1]), ("legacy", &[5])])).unwrap();
    eventually("the room is there", || legacy.took("room").len() == 1);

    legacy.down();
    let first = app.node.publish_message(NewMessage::new(1, 1, "uno")).unwrap().event.unwrap();
    eventually("the gateway has it", || state(&app, first) == DeliveryState::Accepted);
    legacy.up();
    eventually("it is delivered", || state(&app, first) == DeliveryState::Delivered);
    assert_eq!(legacy.texts(), ["uno"]);

    legacy.answers(|post| Reply::Status(if post.text() == "dos" { 422 } else { 200 }));
    let second = app.node.publish_message(NewMessage::new(1, 1, "dos")).unwrap().event.unwrap();
    app.node.publish_message(NewMessage::new(1, 1, "tres")).unwrap();
    eventually("the refusal is told", || state(&app, second) == DeliveryState::Dead);
    let why = app.node.delivery(second).unwrap()[0].why.clone().unwrap();
    assert!(why.contains("422") && why.contains("legacy says 422"), "{why}");
    eventually("the next one proceeds", || legacy.texts() == ["uno", "tres"]);
    eventually("the app is told of the death", || {
        app.events().iter().any(|event| matches!(&event.body, EventBody::Delivery(told) if told.event == second && told.state == DeliveryState::Dead))
    });
    hub.stop();
}

/// Shows promise 4.
#[test]
fn what_comes_before_its_room_waits_for_it_and_is_handed_over_in_order() {
    let net = Net::new();
    let ports = [free_port(), free_port(), free_port()];
    let url = |n: usize| format!("http://127.0.0.1:{}/", ports[n]);
    // A knows B and C; so do they each other. The room is of A, and C does not hear of it until A is up again.
    net.registry("A", &[("B", &url(1)), ("C", &url(2))]);
    net.registry("B", &[("A", &url(0)), ("C", &url(2))]);
    net.registry("C", &[("A", &url(0)), ("B", &url(1))]);
    let (a, b) = (App::open(net.config("A", ports[0])), App::open(net.config("B", ports[1])));
    a.node.publish_room(1, "Plaza", RoomKind::Public, Vec::new()).unwrap();
    eventually("B knows the room", || b.node.room(ext("A:1")).unwrap().is_some());
    a.close();
    let c = App::open(net.config("C", ports[2]));
    let sent: Vec<_> = (0..5)
        .map(|n| b.node.publish_message(NewMessage::new(ext("A:1"), 7, format!("m{n}"))).unwrap().event.unwrap())
        .collect();
    let parked = |event| {
        let deliveries = b.node.delivery(event).unwrap();
        deliveries.iter().any(|d| &*d.platform == "C" && d.state == DeliveryState::Parked)
    };
    eventually("they wait at C for their room", || sent.iter().all(|event| parked(*event)));
    assert!(c.texts().is_empty());
    let a = App::open(net.config("A", ports[0]));
    eventually("the room came, and they with it", || c.texts().len() == 5);
    assert_eq!(c.texts(), ["m0", "m1", "m2", "m3", "m4"]);
    eventually("B is told", || sent.iter().all(|event| !parked(*event)));
    eventually("A has them too", || a.texts().len() == 5);
}

/// Shows promises 4 and 8.
#[test]
fn a_dead_letter_that_is_retried_arrives_late_and_says_so() {
    let net = Net::new();
    let (pa, pb) = (free_port(), free_port());
    net.registry("A", &[("B", &format!("http://127.0.0.1:{pb}/"))]);
    net.registry("B", &[("A", &format!("http://127.0.0.1:{pa}/"))]);
    let a = App::open(net.config("A", pa));
    // The handler of B can't take one of them, however often it tries.
    let config = with(net.config("B", pb), |config| config.max_handler_attempts = 1);
    let b = App::handling(config, |event| match &event.body {
        EventBody::Message(m) if m.text == "malo" && !m.late => Err("no".into()),
        _ => Ok(()),
    });
    a.node.publish_room(1, "Plaza", RoomKind::Public, Vec::new()).unwrap();
    for text in ["bueno", "malo", "mejor"] {
        a.node.publish_message(NewMessage::new(1, 1, text)).unwrap();
    }
    eventually("the others are handled", || b.texts() == ["bueno", "mejor"]);
    let letters = b.node.dead_letters(&DeadLetterFilter::All).unwrap();
    assert_eq!(letters.len(), 1);
    assert!(letters[0].inbound && letters[0].why.contains("no"), "{letters:?}");
    assert_eq!(b.node.retry(&DeadLetterFilter::Number(letters[0].number)).unwrap(), 1);
    eventually("it is handled at last", || b.texts() == ["bueno", "mejor", "malo"]);
    assert_eq!(b.messages().iter().map(|m| m.late).collect::<Vec<_>>(), [false, false, true]);
    assert!(b.node.dead_letters(&DeadLetterFilter::All).unwrap().is_empty());
}

#[test]
fn a_user_whom_nobody_has_announced_is_not_passed_on_by_an_import() {
    let net = Net::new();
    let (app_port, hub_port) = (free_port(), free_port());
    let (legacy, other) = (Plain::start("legacy"), Plain::start("other"));
    let entry = |own: &str, name: &str, url: &str| json!({"id": name, "name": name, "endpoint": url, "token": token(own, name)});
    let mut hub = Served::new(&net, "hub", hub_port);
    let url = hub.url.clone();
    net.registry_of(
        "hub",
        &[entry("hub", "RustChat", &format!("http://127.0.0.1:{app_port}/")), entry("hub", "legacy", &legacy.url())],
    );
    net.registry_of("RustChat", &[entry("RustChat", "hub", &url), entry("RustChat", "other", &other.url())]);
    hub.start();
    let post = |path: &str, body: serde_json::Value| {
        assert_eq!(legacy.post("hub", &url, path, body).unwrap().status, 200, "{path}");
    };
    post("room", json!({"id": 1, "name": "Plaza", "type": "public", "users": []}));
    post("message", json!({"roomOriginalPlatform": "legacy", "roomId": 1, "senderId": 77, "text": "hola"}));

    let app = App::open(net.config("RustChat", app_port));
    eventually("the app knows of the platform behind the node", || app.knows(&["legacy"]));
    app.node.sync_now(Some("hub")).unwrap();
    post("user", json!({"id": 5, "name": "Cinco"}));
    post("user", json!({"id": 77, "name": "Siete"}));
    eventually("those who were announced are passed on", || other.took("user").len() == 2);
    let names: Vec<_> = other.took("user").iter().map(|post| post.body["name"].clone()).collect();
    assert_eq!(names, ["Cinco", "Siete"]);
    hub.stop();
}

/// Shows promise 8.
#[test]
fn a_dropped_dead_letter_is_gone() {
    let net = Net::new();
    let (app, mut hub, legacy) = world(&net);
    app.node.publish_room(1, "Plaza", RoomKind::Public, Vec::new()).unwrap();
    legacy.answers(|post| Reply::Status(if post.path == "message" { 400 } else { 200 }));
    app.node.publish_message(NewMessage::new(1, 1, "uno")).unwrap();
    eventually("it died at the gateway", || {
        app.events()
            .iter()
            .any(|event| matches!(&event.body, EventBody::Delivery(told) if told.state == DeliveryState::Dead))
    });
    hub.stop();
    let admin = App::silent(Config::standalone("hub", net.path("hub.db")).admin());
    assert_eq!(admin.node.dead_letters(&DeadLetterFilter::Platform("legacy".into())).unwrap().len(), 1);
    assert_eq!(admin.node.drop(&DeadLetterFilter::All).unwrap(), 1);
    assert!(admin.node.dead_letters(&DeadLetterFilter::All).unwrap().is_empty());
}

#[test]
fn two_platforms_that_a_gateway_hosts_again_at_once_are_told_of_the_room_that_they_share() {
    let net = Net::new();
    let (app_port, hub_port) = (free_port(), free_port());
    let (plains, third) = ([Plain::start("uno"), Plain::start("dos")], Plain::start("tres"));
    let mut hub = Served::new(&net, "hub", hub_port);
    let entry = |own: &str, name: &str, url: &str| json!({"id": name, "name": name, "endpoint": url, "token": token(own, name)});
    let app_entry = entry("hub", "RustChat", &format!("http://127.0.0.1:{app_port}/"));
    // With one that stays the hub is not taken for one that hosted nobody, and has to be told of everything.
    let rest = [app_entry, entry("hub", "tres", &third.url())];
    let whole: Vec<_> = rest.iter().cloned().chain(plains.iter().map(|p| entry("hub", p.name(), &p.url()))).collect();
    net.registry_of("RustChat", &[entry("RustChat", "hub", &hub.url)]);
    net.registry_of("hub", &whole);
    hub.start();
    let app = App::open(with(net.config("RustChat", app_port), |c| c.ping_interval = Duration::from_millis(200)));
    eventually("all are known", || app.knows(&["uno", "dos", "tres"]));
    net.registry_of("hub", &rest);
    eventually("both are gone", || !app.knows(&["uno"]) && !app.knows(&["dos"]));
    app.node.publish_room(1, "Grupo", RoomKind::Private, members(&[("uno", &[1]), ("dos", &[2])])).unwrap();
    net.registry_of("hub", &whole);
    for plain in &plains {
        eventually("the room is there", || plain.took("room").len() == 1);
    }
    hub.stop();
}
