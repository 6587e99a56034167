//! Real platforms, nodes, and what can't be judged.

use std::path::Path;
use std::process::{Command, Stdio};

use integrador::{Config, Node};
use serde_json::json;

use crate::broken::{self, Fault, TOKEN};
use crate::common::{Served, Started, free_port, hub, run_in};
use crate::found;

/// `examples/plain-chat` behind a gateway at this port; and where its endpoints are.
fn plain_chat(folder: &Path, gateway: u16) -> (Started, String) {
    let server = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/plain-chat/server.js");
    let mut command = Command::new("node");
    let gateway = format!("http://127.0.0.1:{gateway}/");
    command.args([server, "--listen", "127.0.0.1:0", "--gateway", &gateway, "--data", "chat.jsonl"]);
    command.env("PLAIN_CHAT_TOKEN", TOKEN).current_dir(folder).stdin(Stdio::null());
    let mut chat = Started::start(command);
    let url = chat.says("listening on ");
    (chat, url)
}

#[test]
fn plain_chat_conforms_and_what_is_written_in_it_is_posted_as_it_must() {
    let folder = tempfile::tempdir().unwrap();
    let port = free_port();
    let (_chat, url) = plain_chat(folder.path(), port);
    let listen = format!("127.0.0.1:{port}");
    let args = [
        "conform",
        &format!("{url}/api"),
        "--token",
        TOKEN,
        "--name",
        "PlainChat",
        "--member",
        "1",
        "--supports",
        "edit,delete,reaction",
        "--strict",
        "--json",
        "--listen",
        &listen,
        "--expect-posts",
        "2",
        "--timeout",
        "60",
    ];
    let mut judging = Started::start(crate::common::command(&args));
    judging.says("Now write a message on the platform");
    let post = |action: &str, body: serde_json::Value| crate::posting::post(&format!("{url}/app/"), action, &[], &body);
    let made = post("room", json!({"me": "PlainChat:1", "name": "Plaza", "type": "public", "members": []}));
    assert_eq!(made.status, 200, "{made:?}");
    for text in ["¡Hola! 👋", "¿Alguien?"] {
        let told = post("message", json!({"me": "PlainChat:1", "room": made.body["room"], "text": text}));
        assert_eq!(told.status, 200, "{told:?}");
    }
    let ended = judging.ended();
    let report = ended.json();
    assert_eq!((found(&report), ended.code), (vec![], Some(0)), "{report:#}");
    assert_eq!((&report["kind"], report["not_judged"].as_array().unwrap().len()), (&json!("plain"), 0), "{report:#}");
}

#[test]
fn of_a_node_only_reachability_token_and_ping_are_judged() {
    let (_guard, folder) = hub("http://127.0.0.1:9/");
    let node = Served::start(&folder, &["--name", "plaza"]);
    let (_app, mounted) = application(&folder);
    for (url, what) in [(node.url(), "a standalone node, plaza"), (mounted, "an embedded node, Norte")] {
        let judge =
            |token: &str, more: &[&str]| run_in(&folder, &[&["conform", &url, "--token", token], more].concat());
        let told = judge("token-of-buas", &[]).ok();
        assert!(told.out.contains(&format!("{what}: nothing to check but reachability, token, and ping")), "{told:?}");
        assert!(told.out.ends_with("4 checks. It conforms.\n"), "{told:?}");
        assert!(!told.err.contains("Posting"), "nothing is posted to a node: {told:?}");

        let wrong = judge("another-token-altogether", &["--json"]);
        assert_eq!((found(&wrong.json()), wrong.code), (vec!["node.token".into()], Some(1)), "{wrong:?}");
        assert_eq!(wrong.json()["kind"], "node");
    }
}

/// An application that mounts a node under /api in axum, as examples/rust-chat does; it ends when the runtime is dropped.
fn application(folder: &Path) -> (tokio::runtime::Runtime, String) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let config = Config::new("Norte", folder.join("norte.db")).platforms(folder.join("platforms.json"));
    let url = runtime.block_on(async {
        let node = Node::open(config).await.unwrap();
        let app = axum::Router::new().nest("/api", integrador::axum::router(node));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/api/", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await });
        url
    });
    (runtime, url)
}

#[test]
fn what_cannot_be_judged_ends_with_2_and_says_why() {
    let (_guard, folder) = hub("http://127.0.0.1:9/");
    let url = broken::start(&[]);
    let nobody = format!("http://127.0.0.1:{}/", free_port());
    for (args, names) in [
        (&["conform", &nobody, "--token", TOKEN][..], "can't connect"),
        (&["conform", &url, "--token", "another-token-altogether"], "answered 401"),
        (&["conform", "localhost:8080", "--token", TOKEN], "http://"),
        (&["conform", &url, "--token", "env:NOBODY_SETS_THIS"], "NOBODY_SETS_THIS"),
        (&["conform", &url, "--token", "file:missing"], "missing"),
        (&["conform", &url, "--token", TOKEN, "--only", "nonsense"], "words.emoji"),
        (&["conform", &url, "--token", TOKEN, "--listen", "nonsense", "--expect-posts", "1"], "--listen nonsense"),
        (&["conform", &url], "--token"),
        (&["conform", &url, "--token", TOKEN, "--expect-posts", "1"], "--listen"),
    ] {
        let ended = run_in(&folder, args);
        assert_eq!((ended.code, ended.out.as_str()), (Some(2), ""), "{args:?}: {ended:?}");
        assert!(ended.err.contains("error: ") && ended.err.contains(names), "{args:?}: {ended:?}");
        assert!(!ended.err.contains(TOKEN) && !ended.err.contains("another-token"), "{ended:?}");
    }
}

#[test]
fn a_platform_that_ends_meanwhile_was_not_judged() {
    let folder = tempfile::tempdir().unwrap();
    let ended = run_in(folder.path(), &["conform", &broken::start(&[Fault::EndsAtEmoji]), "--token", TOKEN]);
    assert_eq!((ended.code, ended.out.as_str()), (Some(2), ""), "{ended:?}");
    assert!(ended.err.contains("nobody listens") && ended.err.contains("words.emoji"), "{ended:?}");
}

#[test]
fn the_token_may_stand_in_a_file_and_the_rooms_are_closed_in_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let (_chat, url) = plain_chat(folder.path(), free_port());
    std::fs::write(folder.path().join("token"), format!("{TOKEN}\n")).unwrap();
    let url = format!("{url}/api");
    let judge = |more: &[&str]| {
        let usual = ["conform", &url, "--token", "file:token", "--only", "message.taken"];
        run_in(folder.path(), &[&usual, more].concat()).ok();
        let kept = std::fs::read_to_string(folder.path().join("chat.jsonl")).unwrap();
        let rooms = kept.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        let last = rooms.rev().find(|line| line["kind"] == "room").unwrap();
        (last["type"].clone(), last["members"].as_array().unwrap().len())
    };
    assert_eq!(judge(&["--keep"]), (json!("public"), 1));
    assert_eq!(judge(&[]), (json!("private"), 0));
}
