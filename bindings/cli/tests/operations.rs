//! `status` and `dead-letters` beside a running node.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use std::path::Path;

use common::{Ended, Plain, Served, eventually, hub, run_in};
use serde_json::{Value, json};

fn status(folder: &Path) -> Value {
    run_in(folder, &["status", "--store", "hub.db", "--json"]).ok().json()
}

/// What the status says of one platform.
fn of(status: &Value, name: &str) -> Value {
    let platforms = status["platforms"].as_array().unwrap();
    platforms.iter().find(|p| p["name"] == name).unwrap_or_else(|| panic!("no {name} in {status}")).clone()
}

fn dead_letters(folder: &Path, args: &[&str]) -> Ended {
    run_in(folder, &[&["dead-letters", args[0], "--store", "hub.db"], &args[1..]].concat())
}

/// A user of BuasApp, a public room of it, and so many messages in it.
fn talk(node: &Served, messages: std::ops::Range<u32>) {
    let post = |path, body| assert_eq!(node.post(path, &body).0, 200, "{path}");
    post("user", json!({"id": 3, "name": "Juan", "token": "token-of-buas"}));
    post(
        "room",
        json!({"id": 4, "name": "Mundialistas", "type": "public", "users": [{"BuasApp": [3]}, {"GWT_CHAT": [1]}], "token": "token-of-buas"}),
    );
    for n in messages {
        post(
            "message",
            json!({"roomOriginalPlatform": "BuasApp", "roomId": 4, "senderId": 3, "text": format!("m{n}"), "token": "token-of-buas"}),
        );
    }
}

#[test]
fn a_store_that_is_not_there_is_an_error_and_is_not_made() {
    let folder = tempfile::tempdir().unwrap();
    for args in [&["status", "--store", "hub.db"][..], &["dead-letters", "list", "--store", "hub.db"]] {
        let ended = run_in(folder.path(), args);
        assert_eq!(ended.code, Some(1), "{ended:?}");
        assert!(ended.err.starts_with("error: ") && ended.err.contains("hub.db"), "{ended:?}");
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

/// Shows promise 8.
#[test]
fn the_status_beside_a_running_node_tells_who_is_down_and_what_waits() {
    let (_guard, folder) = hub("http://127.0.0.1:9/");
    let node = Served::start(&folder, &["--name", "plaza"]);
    talk(&node, 0..3);
    // A user, a room and three messages.
    eventually("five events wait", || of(&status(&folder), "GWT_CHAT")["waiting"] == 5);
    eventually("it is known to be down", || of(&status(&folder), "GWT_CHAT")["up"] == false);
    let told = status(&folder);
    assert_eq!((&told["name"], &told["standalone"]), (&json!("plaza"), &json!(true)), "{told}");
    assert!(of(&told, "GWT_CHAT")["oldest"].as_str().unwrap().ends_with('Z'), "{told}");

    let text = run_in(&folder, &["status", "--store", "hub.db"]).ok().out;
    let line = text.lines().find(|l| l.starts_with("GWT_CHAT")).unwrap_or_else(|| panic!("{text}"));
    assert!(line.contains("down") && line.contains(" 5 "), "{text}");
    assert!(!text.contains("token-of") && !text.contains('\x1b'), "{text}");

    node.signal("TERM");
    node.ended();
    assert_eq!(of(&status(&folder), "GWT_CHAT")["waiting"], 5, "the same is told when no node runs");
}

/// Shows promise 8.
#[test]
fn dead_letters_are_listed_retried_and_dropped_beside_a_running_node() {
    let plain = Plain::start();
    let (_guard, folder) = hub(&plain.url);
    let node = Served::start(&folder, &[]);
    talk(&node, 0..0);
    plain.answers(400);
    talk(&node, 0..3);
    let listed = |args: &[&str]| dead_letters(&folder, &[&["list", "--json"], args].concat()).ok().json();
    let texts = |letters: &Value| {
        let bodies = letters.as_array().unwrap().iter().filter(|l| l["kind"] == "message");
        bodies
            .map(|l| serde_json::from_str::<Value>(l["body"].as_str().unwrap()).unwrap()["text"].clone())
            .collect::<Vec<_>>()
    };
    eventually("three messages are dead", || texts(&listed(&[])).len() == 3);
    let letters = listed(&["--platform", "GWT_CHAT"]);
    assert_eq!(texts(&letters), ["m0", "m1", "m2"]);
    let letter = letters.as_array().unwrap().iter().rfind(|l| l["kind"] == "message").unwrap();
    assert!(letter["why"].as_str().unwrap().contains("400"), "{letter}");
    let number = letter["number"].to_string();
    let shown = dead_letters(&folder, &["show", &number]).ok().out;
    assert!(shown.contains("\"text\":\"m2\"") && shown.contains("400"), "{shown}");
    let text = dead_letters(&folder, &["list"]).ok().out;
    assert!(text.lines().any(|l| l.starts_with(&number) && l.contains("400")), "{text}");
    assert!(!text.contains("token-of"), "{text}");

    plain.answers(200);
    let retried = dead_letters(&folder, &["retry", &number]).ok();
    assert_eq!(retried.out, "1 retried\n");
    eventually("the retried one arrives", || plain.texts() == ["m2"]);
    assert_eq!(texts(&listed(&[])), ["m0", "m1"]);

    let unknown = dead_letters(&folder, &["drop", &number]);
    assert_eq!(unknown.code, Some(1), "{unknown:?}");
    assert!(unknown.err.starts_with("error: ") && unknown.err.contains(&number), "{unknown:?}");
    let event = listed(&[]).as_array().unwrap().iter().find(|l| l["kind"] == "message").unwrap()["event"].clone();
    assert_eq!(dead_letters(&folder, &["drop", event.as_str().unwrap(), "--json"]).ok().json(), json!({"dropped": 1}));
    assert_eq!(texts(&listed(&[])), ["m1"]);
    dead_letters(&folder, &["retry", "--platform", "GWT_CHAT"]).ok();
    eventually("the last one arrives", || plain.texts() == ["m2", "m1"]);
    assert_eq!(dead_letters(&folder, &["drop", "--all"]).ok().out, "0 dropped\n");
    assert_eq!(dead_letters(&folder, &["list"]).ok().out, "no dead letters\n");
}

#[test]
fn the_status_says_why_a_platform_is_down_and_ends_with_3_where_a_script_asks_for_it() {
    let (_guard, folder) = hub("http://127.0.0.1:9/");
    let node = Served::start(&folder, &[]);
    talk(&node, 0..1);
    eventually("it says why and when it is tried again", || {
        let told = of(&status(&folder), "GWT_CHAT");
        told["last_error"].is_string() && told["next_try"].is_string() && told["since"].is_string()
    });
    assert_eq!(run_in(&folder, &["status", "--store", "hub.db", "--exit-code"]).code, Some(3));
    let what = |command: &str| run_in(&folder, &[command, "--store", "hub.db"]).ok().out;
    assert!(what("users").contains("Juan") && what("rooms").contains("Mundialistas"));
    assert!(what("platforms").contains("GWT_CHAT"));
}

#[test]
fn a_platform_that_left_the_registry_is_forgotten_beside_the_running_node() {
    let (_guard, folder) = hub("http://127.0.0.1:9/");
    let node = Served::start(&folder, &[]);
    talk(&node, 0..1);
    let forget = || run_in(&folder, &["forget", "GWT_CHAT", "--store", "hub.db", "--json"]);
    let mut early = forget();
    eventually("it is known that it is in the registry file", || {
        early = forget();
        early.err.contains("registry file")
    });
    assert_eq!(early.code, Some(1), "{early:?}");
    let buas = json!([{"id": 1, "name": "BuasApp", "endpoint": "http://127.0.0.1:9/", "token": "token-of-buas"}]);
    std::fs::write(folder.join("platforms.json"), buas.to_string()).unwrap();
    let mut ended = forget();
    eventually("it is forgotten", || {
        ended = forget();
        ended.code == Some(0)
    });
    assert_eq!(ended.json()["waiting"], 3, "{ended:?}");
    let told = status(&folder);
    assert!(told["platforms"].as_array().unwrap().iter().all(|p| p["name"] != "GWT_CHAT"), "{told}");
}

#[test]
fn a_restored_store_has_what_waited_at_the_time_of_the_backup_and_what_was_there_is_kept() {
    let (_guard, folder) = hub("http://127.0.0.1:9/");
    let waiting = || of(&status(&folder), "GWT_CHAT")["waiting"].clone();
    let id = || status(&folder)["store"].clone();
    let node = Served::start(&folder, &[]);
    talk(&node, 0..1);
    let early = run_in(&folder, &["restore", "nothing.db", "hub.db"]);
    assert!(early.code == Some(1) && early.err.contains("nothing.db"), "{early:?}");
    drop(node);
    let (before, first) = (waiting(), id());
    std::fs::copy(folder.join("hub.db"), folder.join("backup.db")).unwrap();
    let node = Served::start(&folder, &[]);
    talk(&node, 1..4);
    let open = run_in(&folder, &["restore", "backup.db", "hub.db"]);
    assert!(open.code == Some(1) && open.err.contains("stop all that use it"), "{open:?}");
    drop(node);
    assert_ne!(waiting(), before);
    let told = run_in(&folder, &["restore", "backup.db", "hub.db", "--json"]).ok().json();
    assert!(told["replaced"].as_str().unwrap().ends_with("hub.db.replaced"), "{told}");
    assert_eq!(waiting(), before);
    assert_ne!(id(), first, "the others see that it went back in time");
    let node = Served::start(&folder, &[]);
    talk(&node, 4..5);
}
