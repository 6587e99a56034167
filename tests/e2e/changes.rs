//! Edits, deletes and reactions between real nodes: they arrive once and in order, through restarts and crashes, at whoever has
//! a word for them.

#![allow(clippy::unwrap_used)]

use integrador::{Config, DeleteMessage, DeliveryState, EditMessage, EventBody, NewMessage, NewReaction, RoomKind};
use integrador_tests::{App, Net, Plain, Served, eventually, ext, free_port, token, with};
use serde_json::{Value, json};
use uuid::Uuid;

fn url(port: u16) -> String {
    format!("http://127.0.0.1:{port}/")
}

/// What an app was told of messages and their changes, in words.
fn told(app: &App) -> Vec<String> {
    let word = |event: integrador::Event| match event.body {
        EventBody::Message(message) => Some(message.text),
        EventBody::Edit(edit) => Some(format!("edit: {}", edit.text)),
        EventBody::Delete(delete) => Some(format!("delete of {} by {}", delete.of_platform, delete.sender)),
        EventBody::Reaction(it) => Some(format!("{} {} by {}", it.emoji, if it.on { "on" } else { "off" }, it.sender)),
        _ => None,
    };
    app.events().into_iter().filter_map(word).collect()
}

/// The event id under which an app was told this message.
fn id_of(app: &App, text: &str) -> Uuid {
    let said = |event: &integrador::Event| matches!(&event.body, EventBody::Message(message) if message.text == text);
    app.events().into_iter().find(said).expect("it came").id
}

fn state(app: &App, event: Uuid, platform: &str) -> Option<DeliveryState> {
    app.node.delivery(event).unwrap().into_iter().find(|delivery| &*delivery.platform == platform).map(|d| d.state)
}

/// `A`, `B` and `C`, who know each other, and a public room of A's.
fn three(net: &Net) -> [(Config, App); 3] {
    let ports = [free_port(), free_port(), free_port()];
    let names = ["A", "B", "C"];
    for own in names {
        let others: Vec<(&str, String)> =
            names.iter().zip(ports).filter(|(name, _)| **name != own).map(|(name, port)| (*name, url(port))).collect();
        let others: Vec<(&str, &str)> = others.iter().map(|(name, url)| (*name, &**url)).collect();
        net.registry(own, &others);
    }
    let apps = [0, 1, 2].map(|n| {
        let config = net.config(names[n], ports[n]);
        let app = App::open(config.clone());
        app.node.publish_user(1, format!("user of {}", names[n])).unwrap();
        (config, app)
    });
    apps[0].1.node.publish_room(1, "Plaza", RoomKind::Public, vec![]).unwrap();
    for (_, app) in &apps[1..] {
        eventually("the room is known", || app.node.room(ext("A:1")).unwrap().is_some());
    }
    apps
}

/// Shows promise 9.
#[test]
fn three_nodes_see_the_same_of_a_message_that_is_edited_reacted_to_and_moderated_also_across_a_restart() {
    let net = Net::new();
    let [(_, a), (config_b, b), (_, c)] = three(&net);
    let said = b.node.publish_message(NewMessage::new(ext("A:1"), 1, "hola")).unwrap().event.unwrap();
    b.node.edit_message(EditMessage::new(said, 1, "¡hola!")).unwrap();
    for app in [&a, &c] {
        eventually("the edit is there", || told(app) == ["hola", "edit: ¡hola!"]);
        assert_eq!(id_of(app, "hola"), said);
    }
    c.node.react(NewReaction::new(said, "B", 1, "👍")).unwrap();
    eventually("the author sees the reaction", || told(&b) == ["👍 on by C:1"]);
    eventually("and so does the room's origin", || told(&a).contains(&"👍 on by C:1".to_owned()));
    // C is neither the author's platform nor the room's.
    let denied = c.node.delete_message(DeleteMessage::new(said, 1).of_platform("B")).unwrap_err();
    assert_eq!(denied.kind(), integrador::ErrorKind::Forbidden, "{denied}");
    let denied = c.node.edit_message(EditMessage::new(said, 1, "no")).unwrap_err();
    assert_eq!(denied.kind(), integrador::ErrorKind::UnknownMessage, "{denied}");

    // While B is away its message is moderated; it is told when it is back, and its edit of a deleted message goes nowhere.
    b.close();
    a.node.delete_message(DeleteMessage::new(said, 1).of_platform("B")).unwrap();
    eventually("C sees that it is deleted", || told(&c).last().unwrap() == "delete of B by A:1");
    let b = App::open(config_b);
    eventually("and so does B", || told(&b) == ["delete of B by A:1"]);
    assert!(b.node.edit_message(EditMessage::new(said, 1, "no")).unwrap().event.is_none());
    b.node.publish_message(NewMessage::new(ext("A:1"), 1, "fin")).unwrap();
    for app in [&a, &c] {
        eventually("nothing else came", || told(app).last().unwrap() == "fin");
        assert!(!told(app).iter().any(|word| word == "edit: no"));
    }
}

/// An app that hosts two plain platforms: one that takes changes, and one that does not.
fn gateway(net: &Net) -> (App, String, [Plain; 2]) {
    let port = free_port();
    let plain = [Plain::start("nueva"), Plain::start("vieja")];
    let entry = |id: i64, plain: &Plain| json!({"id": id, "name": plain.name(), "endpoint": plain.url(), "token": token("A", plain.name())});
    let mut new = entry(1, &plain[0]);
    new["supports"] = json!(["edit", "delete", "reaction"]);
    net.registry_of("A", &[new, entry(2, &plain[1])]);
    let app = App::open(net.config("A", port));
    app.node.publish_user(1, "Ana").unwrap();
    app.node.publish_room(1, "Plaza", RoomKind::Public, vec![]).unwrap();
    eventually("both have the room", || plain.iter().all(|plain| plain.took("room").len() == 1));
    (app, url(port), plain)
}

/// Shows promise 8.
#[test]
fn a_plain_platform_gets_what_it_supports_and_of_the_rest_an_edit_in_words() {
    let net = Net::new();
    let (app, _, [new, old]) = gateway(&net);
    let said = app.node.publish_message(NewMessage::new(1, 1, "hola")).unwrap().event.unwrap();
    let edit = app.node.edit_message(EditMessage::new(said, 1, "¡hola!")).unwrap().event.unwrap();
    let thumb = app.node.react(NewReaction::new(said, "A", 1, "👍")).unwrap().event.unwrap();
    let gone = app.node.delete_message(DeleteMessage::new(said, 1)).unwrap().event.unwrap();
    let paths = |plain: &Plain| -> Vec<String> {
        plain.posts().into_iter().map(|post| post.path).filter(|path| !matches!(&**path, "user" | "room")).collect()
    };
    eventually("the one has all, in order", || paths(&new) == ["message", "edit", "reaction", "delete"]);
    let post = &new.took("edit")[0];
    assert_eq!((&post.id, &post.body["of"], post.text()), (&edit.to_string(), &json!(said), "¡hola!"));
    assert_eq!((&post.body["platform"], post.body.get("token")), (&json!("A"), None));
    assert_eq!(new.took("reaction")[0].body["emoji"], "👍");
    eventually("the other has it in words", || old.texts() == ["hola", "✎ ¡hola!"]);
    assert_eq!(old.took("message")[1].body["replyTo"], json!(said));
    for (event, at_old) in
        [(edit, DeliveryState::Delivered), (thumb, DeliveryState::Unsupported), (gone, DeliveryState::Unsupported)]
    {
        eventually("it is told what became of each", || {
            state(&app, event, "nueva") == Some(DeliveryState::Delivered) && state(&app, event, "vieja") == Some(at_old)
        });
    }
    assert_eq!(paths(&old), ["message", "message"]);
    assert!(app.node.dead_letters(&integrador::DeadLetterFilter::All).unwrap().is_empty());
}

#[test]
fn a_plain_platform_changes_its_messages_through_its_gateway_by_the_same_rules() {
    let net = Net::new();
    let (app, gateway, [new, old]) = gateway(&net);
    let post = |from: &Plain, path: &str, more: Value| {
        let mut body = json!({"roomOriginalPlatform": "A", "roomId": 1, "senderId": 5});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        from.post("A", &gateway, path, body).unwrap()
    };
    let said = post(&old, "message", json!({"text": "hola"}));
    assert_eq!(said.status, 200);
    let of = said.body["id"].clone();
    assert_eq!(post(&old, "edit", json!({"of": of, "text": "¡hola!"})).status, 200);
    assert_eq!(post(&new, "edit", json!({"of": of, "text": "no"})).status, 404);
    assert_eq!(post(&new, "delete", json!({"of": of, "ofPlatform": "vieja"})).status, 403);
    assert_eq!(post(&new, "reaction", json!({"of": of, "ofPlatform": "vieja", "emoji": "👍"})).status, 200);
    assert_eq!(post(&new, "reaction", json!({"of": of, "ofPlatform": "vieja", "emoji": ""})).status, 400);
    assert_eq!(post(&old, "delete", json!({"of": of})).status, 200);
    let all = ["hola", "edit: ¡hola!", "👍 on by nueva:5", "delete of vieja by vieja:5"];
    eventually("the app has all of it", || told(&app) == all);
    eventually("and the other platform", || new.took("delete").len() == 1);
    assert_eq!(new.took("edit")[0].body["platform"], "vieja");
    assert_eq!((new.took("reaction").len(), old.took("message").len()), (0, 0), "nothing comes back");
}

/// Shows promise 1.
#[test]
fn a_gateway_that_is_killed_in_between_loses_and_doubles_no_change() {
    let net = Net::new();
    let (app_port, hub_port) = (free_port(), free_port());
    let legacy = Plain::start("legacy");
    net.registry("A", &[("hub", &url(hub_port))]);
    net.registry_of(
        "hub",
        &[
            json!({"id": 1, "name": "A", "endpoint": url(app_port), "token": token("A", "hub")}),
            json!({"id": 2, "name": "legacy", "endpoint": legacy.url(), "token": token("hub", "legacy"),
                   "supports": ["edit", "delete", "reaction"]}),
        ],
    );
    let mut hub = Served::new(&net, "hub", hub_port);
    hub.start();
    let app = App::open(with(net.config("A", app_port), |_| {}));
    eventually("the app knows of the platform behind the node", || app.knows(&["legacy"]));
    app.node.publish_room(1, "Plaza", RoomKind::Public, vec![]).unwrap();
    let mut edits = Vec::new();
    for round in 0..6 {
        let said = app.node.publish_message(NewMessage::new(1, 1, format!("m{round}"))).unwrap().event.unwrap();
        if round % 2 == 0 {
            hub.kill();
        }
        for n in 0..3 {
            let edit = EditMessage::new(said, 1, format!("m{round}.{n}"));
            edits.push(app.node.edit_message(edit).unwrap().event.unwrap().to_string());
        }
        app.node.react(NewReaction::new(said, "A", 1, "👍")).unwrap();
        app.node.delete_message(DeleteMessage::new(said, 1)).unwrap();
        if round % 2 == 0 {
            hub.spawn();
            hub.ready();
        }
    }
    // What was in flight when its gateway died comes again under the same id, and so is one.
    let took = |path: &str| {
        let mut ids: Vec<String> = legacy.took(path).into_iter().map(|post| post.id).collect();
        ids.dedup();
        ids
    };
    eventually("all is there, once and in order", || {
        (took("edit"), took("reaction").len(), took("delete").len()) == (edits.clone(), 6, 6)
    });
    let kinds: Vec<String> = {
        let mut posts: Vec<_> =
            legacy.posts().into_iter().filter(|post| post.path != "room" && post.path != "user").collect();
        posts.dedup_by(|a, b| a.id == b.id);
        posts.into_iter().map(|post| post.path).collect()
    };
    assert_eq!(kinds, ["message", "edit", "edit", "edit", "reaction", "delete"].repeat(6));
    hub.stop();
}
