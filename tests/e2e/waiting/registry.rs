//! The registry file, followed while the node runs (promise 2: what waits for a platform goes where the file says now), and
//! the alarm when two sides do not agree (promise 8).

use std::time::{Duration, UNIX_EPOCH};

use integrador::{NewMessage, PlatformState, RoomKind};
use integrador_tests::{App, Chatter, Net, Plain, eventually, ext, free_port, http, members, stays, token};
use serde_json::{Value, json};

fn entry(own: &str, name: &str, url: &str) -> Value {
    json!({"id": name, "name": name, "endpoint": url, "token": token(own, name)})
}

/// What a node logs when it has read a file that it can't use.
const IN_ERROR: &str = "stays in force";

fn now() -> u64 {
    UNIX_EPOCH.elapsed().expect("the clock").as_secs()
}

/// How many events wait for a platform.
fn waiting(app: &App, name: &str) -> u64 {
    let status = app.node.status().expect("a status");
    status.platforms.iter().find(|platform| &*platform.name == name).map_or(0, |platform| platform.waiting)
}

/// Shows promise 2.
#[test]
fn a_new_endpoint_takes_effect_at_once_also_for_what_waits() {
    let net = Net::new();
    let mut old = Plain::start("P");
    net.registry_of("A", &[entry("A", "P", &old.url())]);
    let a = App::open(net.config("A", free_port()));
    a.node.publish_room(1, "Plaza", RoomKind::Public, Vec::new()).expect("a room");
    eventually("the room is there", || old.took("room").len() == 1);
    old.down();
    for n in 1..=3 {
        a.node.publish_message(NewMessage::new(1, 1, n.to_string())).expect("a message");
    }
    let new = Plain::start("P");
    net.registry_of("A", &[entry("A", "P", &new.url())]);
    let took = eventually("all that waited is at the new address", || new.texts() == ["1", "2", "3"]);
    assert!(took < Duration::from_secs(5), "{took:?}");
    assert!(new.took("room").is_empty(), "it is the same platform: it is not told again what it knows");
}

/// Shows promise 2.
#[test]
fn a_platform_that_is_disabled_or_gone_from_the_file_is_shut_out_and_what_waited_goes_out_when_it_is_back() {
    let net = Net::new();
    let port = free_port();
    let url = format!("http://127.0.0.1:{port}/");
    let mut plain = Plain::start("P");
    let other = Plain::start("Q");
    let both = [entry("A", "P", &plain.url()), entry("A", "Q", &other.url())];
    net.registry_of("A", &both);
    let a = App::open(net.config("A", port));
    a.node.publish_room(1, "Plaza", RoomKind::Public, Vec::new()).expect("a room");
    eventually("P knows the room", || plain.took("room").len() == 1);
    plain.down();
    a.node.publish_message(NewMessage::new(1, 1, "waits")).expect("a message");
    eventually("it waits", || waiting(&a, "P") == 1);

    let mut disabled = both[0].clone();
    disabled["enabled"] = json!("False");
    for file in [vec![disabled, both[1].clone()], vec![both[1].clone()]] {
        net.registry_of("A", &file);
        let user = || plain.post("A", &url, "user", json!({"id": 1, "name": "Olga"})).expect("an answer").status;
        eventually("P is refused", || user() == 403);
        eventually("P is not listed", || !a.knows(&["P"]));
    }
    plain.up();
    a.node.publish_message(NewMessage::new(1, 1, "meanwhile")).expect("a message");
    eventually("Q goes on", || other.texts() == ["waits", "meanwhile"]);
    stays("P is left alone", Duration::from_millis(500), || plain.texts().is_empty());

    net.registry_of("A", &both);
    eventually("what waited goes out", || plain.texts() == ["waits"]);
    a.node.publish_message(NewMessage::new(1, 1, "back")).expect("a message");
    eventually("and what is new", || plain.texts() == ["waits", "back"]);
    assert_eq!(plain.took("room").len(), 1, "it is not new: it is not told everything again");
}

/// Shows promises 2 and 7.
#[test]
fn what_has_vanished_from_the_file_is_shut_out_as_if_disabled_also_after_a_restart() {
    let net = Net::new();
    let (pa, pb) = (free_port(), free_port());
    let (url_a, url_b) = (format!("http://127.0.0.1:{pa}/"), format!("http://127.0.0.1:{pb}/"));
    let plain = Plain::start("P");
    let all = [entry("A", "P", &plain.url()), entry("A", "b", &url_b)];
    net.registry_of("A", &all);
    // To itself it is `B`.
    net.registry_of("B", &[json!({"id": 1, "name": "A", "endpoint": url_a, "token": token("A", "b")})]);
    let (a, b) = (App::open(net.config("A", pa)), App::open(net.config("B", pb)));
    a.node.publish_room(1, "Plaza", RoomKind::Public, Vec::new()).expect("a room");
    eventually("both know the room", || {
        plain.took("room").len() == 1 && b.node.room(ext("A:1")).expect("it is open").is_some()
    });
    a.close();
    net.registry_of("A", &[]);
    for _ in 0..2 {
        let a = App::open(net.config("A", pa));
        let post = |platform: &str| plain.post(platform, &url_a, "user", json!({"id": 1, "name": "Olga"}));
        assert_eq!(post("A").expect("an answer").status, 403);
        assert_eq!(post("somebody else").expect("an answer").status, 401, "with a token that nobody ever had");
        let signed = |name: &str| {
            let headers = [
                ("webhook-id", "0193a3c4-7d5e-7c11-9d3a-5b1f0e6a2c44"),
                ("webhook-timestamp", &*now().to_string()),
                ("webhook-signature", "v1,YFu/D12+Up203iy1K/b7nzzeCfuFpqUadAx8RusyvuE="),
                ("integrador-node", name),
            ];
            http::post(&url_a, "user", &headers, &json!({"id": 1, "name": "Olga", "platform": name}))
                .expect("an answer")
        };
        let answer = signed("B");
        assert_eq!(answer.status, 503, "{answer:?}");
        assert!(answer.head.to_lowercase().contains("retry-after: 60"), "{answer:?}");
        assert_eq!(signed("C").status, 401, "a node that was never a peer");
        a.close();
    }
    for file in ["A.db", "A.db-wal"].map(|file| std::fs::read(net.path(file)).unwrap_or_default()) {
        for token in [token("A", "P"), token("A", "b")] {
            assert!(!file.windows(token.len()).any(|w| w == token.as_bytes()), "the store holds a token");
        }
    }

    let a = App::open(net.config("A", pa));
    let status = || b.node.status().expect("a status").platforms.remove(0);
    b.node.publish_message(NewMessage::new(ext("A:1"), 1, "waits")).expect("a message");
    eventually("B is refused", || status().up == Some(false));
    assert_eq!((status().alarm, status().waiting), (None, 1));
    assert!(a.texts().is_empty());
    net.registry_of("A", &all);
    eventually("what B had to say arrives once it is back in the file", || a.texts() == ["waits"]);
}

/// Shows promise 8.
#[test]
fn a_file_in_error_leaves_in_force_what_was_valid() {
    let net = Net::new();
    let plain = Plain::start("P");
    let file = net.registry_of("A", &[entry("A", "P", &plain.url())]);
    let mut a = Chatter::new(&net, "A", net.config("A", free_port()));
    a.start();
    a.must(json!({"do": "room", "id": 1, "name": "Plaza", "kind": "public", "members": []}));
    eventually("P knows the room", || plain.took("room").len() == 1);
    for (n, wrong) in ["", "[", "[{\"id\": 1}]", "{}"].into_iter().enumerate() {
        std::fs::write(&file, wrong).expect("the file is written");
        eventually("it has read the file, and says what is wrong", || a.logged(IN_ERROR) == n + 1);
        a.must(json!({"do": "say", "room": 1, "sender": 1, "text": wrong, "key": null}));
        eventually("P is still sent to", || plain.texts().last().is_some_and(|text| text == wrong));
    }
    let new = Plain::start("Q");
    net.registry_of("A", &[entry("A", "P", &plain.url()), entry("A", "Q", &new.url())]);
    eventually("a file that is right again is read", || new.took("room").len() == 1);
    a.stop();
}

/// Shows promise 7.
#[test]
fn a_token_in_a_file_of_its_own_is_changed_there_alone_and_a_file_in_error_leaves_the_old_one_in_force() {
    let net = Net::new();
    let port = free_port();
    let url = format!("http://127.0.0.1:{port}/");
    let plain = Plain::start("P");
    let file = net.path("P.token");
    std::fs::write(&file, "the first\n").expect("the file is written");
    net.registry_of(
        "A",
        &[json!({"id": 1, "name": "P", "endpoint": plain.url(), "token": format!("file:{}", file.display())})],
    );
    let mut a = Chatter::new(&net, "A", net.config("A", port));
    a.start();
    let user = |token: &str| {
        let body = json!({"id": 1, "name": "Olga", "token": token});
        http::post(&url, "user", &[], &body).expect("an answer").status
    };
    assert_eq!((user("the first"), user("the second")), (200, 401));
    std::fs::write(&file, "the second\n").expect("the file is written");
    eventually("the new token is in force", || user("the second") == 200);
    assert_eq!(user("the first"), 401);
    for (n, wrong) in [Some(""), None, Some("\n")].into_iter().enumerate() {
        match wrong {
            Some(wrong) => std::fs::write(&file, wrong).expect("the file is written"),
            None => std::fs::remove_file(&file).expect("the file goes"),
        }
        eventually("it has read the file, and says what is wrong", || a.logged(IN_ERROR) == n + 1);
        assert_eq!(user("the second"), 200, "the token stays in force");
    }
    std::fs::write(&file, "the third").expect("the file is written");
    eventually("the third token is in force", || user("the third") == 200);
    assert_eq!(user("the second"), 401);
    a.stop();
}

/// Shows promises 2 and 8.
#[test]
fn two_nodes_with_different_tokens_raise_an_alarm_and_lose_nothing() {
    let net = Net::new();
    let (pa, pb) = (free_port(), free_port());
    let (url_a, url_b) = (format!("http://127.0.0.1:{pa}/"), format!("http://127.0.0.1:{pb}/"));
    let mut wrong = entry("A", "B", &url_b);
    wrong["token"] = json!("not-the-token-of-B");
    net.registry_of("A", &[wrong]);
    net.registry_of("B", &[entry("B", "A", &url_a)]);
    let (a, b) = (App::open(net.config("A", pa)), App::open(net.config("B", pb)));
    a.node.publish_room(1, "Plaza", RoomKind::Public, Vec::new()).expect("a room");
    a.node.publish_message(NewMessage::new(1, 1, "hola")).expect("a message");
    eventually("the app is told", || a.was_told("B", PlatformState::Refused));
    let status = a.node.status().expect("a status");
    let alarm = status.platforms[0].alarm.clone().expect("an alarm");
    assert!(alarm.contains("401") && !alarm.contains("not-the-token"), "{alarm}");
    assert_eq!(waiting(&a, "B"), 2);
    assert!(b.texts().is_empty());

    net.registry_of("A", &[entry("A", "B", &url_b)]);
    let took = eventually("with the right token all goes out", || b.texts() == ["hola"]);
    assert!(took < Duration::from_secs(5), "{took:?}");
    eventually("the alarm is over", || a.node.status().expect("a status").platforms[0].alarm.is_none());
}

#[test]
fn an_alias_counts_though_a_peer_has_mentioned_a_platform_of_that_name_before() {
    let net = Net::new();
    let (pa, pb) = (free_port(), free_port());
    let plain = Plain::start("P");
    let peer = entry("A", "B", &format!("http://127.0.0.1:{pb}/"));
    net.registry_of("A", &[peer.clone(), entry("A", "P", &plain.url())]);
    let other = entry("B", "bichito", "http://127.0.0.1:9/");
    net.registry_of("B", &[entry("B", "A", &format!("http://127.0.0.1:{pa}/")), other]);
    let (a, b) = (App::open(net.config("A", pa)), App::open(net.config("B", pb)));
    b.node.publish_room(1, "Grupo", RoomKind::Public, members(&[("bichito", &[5])])).expect("a room");
    eventually("A has heard of it", || a.node.room(ext("B:1")).expect("it is open").is_some());

    let mut renamed = entry("A", "P", &plain.url());
    renamed["aliases"] = json!(["bichito"]);
    net.registry_of("A", &[peer.clone(), renamed]);
    eventually("the alias counts", || {
        let room = a.node.publish_room(2, "Grupo", RoomKind::Private, members(&[("Bichito", &[5])]));
        room.is_ok_and(|_| plain.took("room").iter().any(|post| post.body["id"] == 2))
    });
    let room = plain.took("room").into_iter().find(|post| post.body["id"] == 2).expect("it came");
    assert_eq!(room.body["users"], json!([{"P": [5]}]));

    // What was an alias may become a platform of its own.
    let own = Plain::start("bichito");
    net.registry_of("A", &[peer, entry("A", "P", &plain.url()), entry("A", "bichito", &own.url())]);
    eventually("both are there", || a.knows(&["P", "bichito"]));
    a.node.publish_room(3, "Plaza", RoomKind::Public, Vec::new()).expect("a room");
    for platform in [&plain, &own] {
        eventually("each is sent to", || platform.took("room").iter().any(|post| post.body["id"] == 3));
    }
}

#[test]
fn a_platform_whose_name_and_alias_change_places_stays_the_same() {
    let net = Net::new();
    let mut old = Plain::start("P");
    let entry_of = |name: &str, alias: &str| {
        let mut named = entry("A", name, &old.url());
        named["aliases"] = json!([alias]);
        named
    };
    let (before, after) = (entry_of("Pe", "P"), entry_of("P", "Pe"));
    net.registry_of("A", &[before]);
    let port = free_port();
    let a = App::open(net.config("A", port));
    a.node.publish_room(1, "Plaza", RoomKind::Public, Vec::new()).expect("a room");
    eventually("the room is there", || old.took("room").len() == 1);
    old.down();
    a.node.publish_message(NewMessage::new(1, 1, "waits")).expect("a message");
    a.close();
    net.registry_of("A", &[after]);
    let a = App::open(net.config("A", port));
    eventually("it has its new name", || a.knows(&["P"]) && !a.knows(&["Pe"]));
    assert_eq!(waiting(&a, "P"), 1);
    old.up();
    eventually("what waited goes out", || old.texts() == ["waits"]);
    assert_eq!(old.took("room").len(), 1, "it is not new");
}

#[test]
fn a_node_whose_entry_is_found_by_an_alias_keeps_its_name() {
    let net = Net::new();
    let plain = Plain::start("P");
    let mut own = entry("A", "Ahora", "http://127.0.0.1:9/");
    own["aliases"] = json!(["A", "Antes"]);
    net.registry_of("A", &[own, entry("A", "P", &plain.url())]);
    let port = free_port();
    for n in 1..=2 {
        let a = App::open(net.config("A", port));
        a.node.publish_user(n, "Ana").expect("a user");
        let room = a.node.publish_room(n, "Plaza", RoomKind::Private, members(&[("antes", &[n]), ("P", &[5])]));
        room.expect("its own people are members by any of its names");
        let came = || plain.took("room").into_iter().find(|post| post.body["id"] == n);
        eventually("the room is there", || came().is_some());
        let room = came().expect("it came").body;
        assert_eq!((&room["platform"], &room["users"]), (&json!("A"), &json!([{"A": [n]}, {"P": [5]}])));
        assert_eq!(a.node.users(Some("Ahora")).expect("it is open").len(), usize::try_from(n).expect("small"));
        assert_eq!(a.node.platforms().expect("it is open").len(), 2);
        a.close();
    }
}
