//! Who comes later, and who has changed: a platform that is new learns what it missed, a registry is followed while the node
//! runs, and the users of the others are imported.

#![allow(clippy::unwrap_used)]

use integrador::{NewMessage, RoomKind};
use integrador_tests::{App, Net, Plain, eventually, ext, free_port, members, token};
use serde_json::json;

/// Two apps that know each other.
fn pair(net: &Net) -> ([u16; 2], App, App) {
    let ports = [free_port(), free_port()];
    net.registry("A", &[("B", &format!("http://127.0.0.1:{}/", ports[1]))]);
    net.registry("B", &[("A", &format!("http://127.0.0.1:{}/", ports[0]))]);
    (ports, App::open(net.config("A", ports[0])), App::open(net.config("B", ports[1])))
}

/// Shows promise 6.
#[test]
fn a_node_added_to_a_running_mesh_learns_the_users_and_rooms_that_are_there_but_no_old_messages() {
    let net = Net::new();
    let (ports, a, b) = pair(&net);
    let url = |port: u16| format!("http://127.0.0.1:{port}/");
    a.node.publish_user(1, "Ana").unwrap();
    a.node.publish_room(1, "Plaza", RoomKind::Public, Vec::new()).unwrap();
    a.node.publish_room(2, "Secreto", RoomKind::Private, members(&[("A", &[1]), ("B", &[2])])).unwrap();
    b.node.publish_user(2, "Bruno").unwrap();
    a.node.publish_message(NewMessage::new(1, 1, "de antes")).unwrap();
    eventually("B has the message", || b.texts() == ["de antes"]);

    let port = free_port();
    net.registry("C", &[("A", &url(ports[0])), ("B", &url(ports[1]))]);
    net.registry("A", &[("B", &url(ports[1])), ("C", &url(port))]);
    net.registry("B", &[("A", &url(ports[0])), ("C", &url(port))]);
    let c = App::open(net.config("C", port));
    eventually("C knows the people", || {
        let names: Vec<String> = c.node.users(None).unwrap().into_iter().map(|user| user.name).collect();
        names.contains(&"Ana".to_owned()) && names.contains(&"Bruno".to_owned())
    });
    eventually("C knows the public room", || c.node.room(ext("A:1")).unwrap().is_some());
    a.node.publish_message(NewMessage::new(1, 1, "de ahora")).unwrap();
    eventually("C hears what is said from now on", || !c.texts().is_empty());
    assert_eq!(c.texts(), ["de ahora"]);
    assert!(c.node.room(ext("A:2")).unwrap().is_none(), "a private room without members there is nobody's business");
    c.node.join_room(ext("A:1"), 9).unwrap();
    eventually("A sees who joined", || a.node.room(1).unwrap().unwrap().member_ids().any(|id| id.to_string() == "C:9"));
}

/// Shows promise 6.
#[test]
fn a_node_whose_store_was_lost_is_told_again() {
    let net = Net::new();
    let (ports, a, b) = pair(&net);
    a.node.publish_user(1, "Ana").unwrap();
    a.node.publish_room(1, "Plaza", RoomKind::Public, Vec::new()).unwrap();
    eventually("B knows the room", || b.node.room(ext("A:1")).unwrap().is_some());
    b.close();
    for file in ["B.db", "B.db-wal", "B.db-shm"] {
        let _ = std::fs::remove_file(net.path(file));
    }
    let b = App::open(net.config("B", ports[1]));
    eventually("B knows the room again", || b.node.room(ext("A:1")).unwrap().is_some());
    eventually("and the user", || b.node.users(Some("A")).unwrap().iter().any(|user| user.name == "Ana"));
    a.node.publish_message(NewMessage::new(1, 1, "hola de nuevo")).unwrap();
    eventually("and what is said", || b.texts() == ["hola de nuevo"]);
}

#[test]
fn users_that_a_platform_lists_are_imported_and_those_it_no_longer_lists_are_gone_but_an_empty_list_removes_nobody() {
    let net = Net::new();
    let port = free_port();
    let legacy = Plain::start("legacy");
    legacy.has_users(&[(1, "Olga"), (2, "Iván")]);
    net.registry("A", &[("legacy", &legacy.url())]);
    let a = App::open(net.config("A", port));
    let listed = |name: &str| {
        a.node.users(Some("legacy")).unwrap().into_iter().find(|user| user.name == name).map(|user| user.active)
    };
    eventually("they are imported", || listed("Olga") == Some(true) && listed("Iván") == Some(true));
    legacy.has_users(&[(1, "Olga Pérez"), (3, "Rita")]);
    assert_eq!(a.node.sync_now(Some("legacy")).unwrap(), 3);
    assert_eq!((listed("Olga Pérez"), listed("Rita"), listed("Iván")), (Some(true), Some(true), Some(false)));
    legacy.has_users(&[]);
    assert_eq!(a.node.sync_now(Some("legacy")).unwrap(), 0);
    assert_eq!(listed("Rita"), Some(true));
}

#[test]
fn a_plain_platform_added_while_the_node_runs_is_told_all_that_its_gateway_knows() {
    let net = Net::new();
    let (ports, a, b) = pair(&net);
    b.node.publish_user(2, "Bruno").unwrap();
    b.node.publish_room(5, "De B", RoomKind::Public, Vec::new()).unwrap();
    eventually("A knows the room of B", || a.node.room(ext("B:5")).unwrap().is_some());
    let legacy = Plain::start("legacy");
    let entry =
        |name: &str, url: &str, id: i64| json!({"id": id, "name": name, "endpoint": url, "token": token("A", name)});
    net.registry_of(
        "A",
        &[entry("B", &format!("http://127.0.0.1:{}/", ports[1]), 1), entry("legacy", &legacy.url(), 2)],
    );
    eventually("it is told of the room and of the user", || {
        legacy.took("room").iter().any(|post| post.body["platform"] == "B" && post.body["id"] == 5)
            && legacy.took("user").iter().any(|post| post.body["name"] == "Bruno")
    });
    eventually("B learns whom A hosts", || b.knows(&["legacy"]));
    let gateway = format!("http://127.0.0.1:{}/", ports[0]);
    let said = json!({"roomOriginalPlatform": "B", "roomId": 5, "senderId": 8, "text": "hola"});
    assert_eq!(legacy.post("A", &gateway, "message", said).unwrap().status, 200);
    eventually("what it says reaches both", || a.texts() == ["hola"] && b.texts() == ["hola"]);
    assert!(legacy.texts().is_empty(), "nothing comes back");
}
