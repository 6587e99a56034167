//! `peer`, with the real program as a process of its own: it conforms, shows what it gets, posts what is typed, and answers as
//! it is told.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{ChildStdin, Stdio};
use std::time::{Duration, Instant};

use common::{PATIENCE, Served, Started, command, eventually, free_port, hub, run_in};
use serde_json::{Value, json};

const TOKEN: &str = "token-of-gwt";

/// A running `integrador peer`, and what can be typed into it.
struct Peer {
    process: Started,
    input: ChildStdin,
    url: String,
}

impl Peer {
    fn start(folder: &Path, args: &[&str]) -> Self {
        let mut command = command(&[&["peer"], args].concat());
        command.current_dir(folder).stdin(Stdio::piped());
        let mut process = Started::start(command);
        let input = process.input();
        let begin = if args.contains(&"--json") { "{\"listening\":\"" } else { "listening on " };
        let url = process.says(begin).trim_end_matches("\"}").to_owned();
        Peer { process, input, url }
    }

    fn types(&mut self, line: &str) {
        writeln!(self.input, "{line}").unwrap();
    }

    /// Asserts that it says so, once it does.
    fn shows(&self, line: &str) {
        eventually(&format!("it shows {line:?}"), || self.process.out().lines().any(|l| l.starts_with(line)));
    }
}

#[test]
fn it_conforms_and_what_is_typed_is_posted_as_it_must() {
    let folder = tempfile::tempdir().unwrap();
    let port = free_port();
    let gateway = format!("http://127.0.0.1:{port}/");
    let mut peer =
        Peer::start(folder.path(), &["Legacy", "--listen", "127.0.0.1:0", "--gateway", &gateway, "--token", TOKEN]);
    peer.types("user 1 Ana");
    let listen = format!("127.0.0.1:{port}");
    let mut judging = Started::start(command(&[
        "conform",
        &peer.url,
        "--token",
        TOKEN,
        "--name",
        "Legacy",
        "--member",
        "1",
        "--strict",
        "--json",
        "--timeout",
        "60",
        "--listen",
        &listen,
        "--expect-posts",
        "2",
    ]));
    judging.says("Now write");
    peer.types("room 7 \"Los mundialistas\" private 1");
    peer.types("message 7 ¡Hola! 👋");
    peer.types("message 7 ¿Alguien?");
    let ended = judging.ended();
    assert_eq!((&ended.json()["faults"], ended.code), (&json!([]), Some(0)), "{ended:?}");
    assert!(!peer.process.out().contains(TOKEN) && !peer.process.err().contains(TOKEN), "the token is shown");
}

/// A hub, and `GWT_CHAT` as a peer of it by what its registry file says.
fn behind_a_hub(more: &[&str]) -> (tempfile::TempDir, Served, Peer) {
    let (guard, folder) = hub(&format!("http://127.0.0.1:{}/api/", free_port()));
    let node = Served::start(&folder, &[]);
    let peer = Peer::start(
        &folder,
        &[&["gwt_chat", "--platforms", "platforms.json", "--gateway", &node.url()], more].concat(),
    );
    (guard, node, peer)
}

fn says(node: &Served, text: &str) {
    let message =
        json!({"roomOriginalPlatform": "BuasApp", "roomId": 4, "senderId": 3, "text": text, "token": "token-of-buas"});
    assert_eq!(node.post("message", &message).0, 200);
}

fn opens_a_room(node: &Served) {
    for (path, body) in [
        ("user", json!({"id": 3, "name": "Juan", "token": "token-of-buas"})),
        (
            "room",
            json!({"id": 4, "name": "Mundialistas", "type": "public", "users": [{"BuasApp": [3]}], "token": "token-of-buas"}),
        ),
    ] {
        assert_eq!(node.post(path, &body).0, 200);
    }
}

#[test]
fn it_shows_what_it_gets_in_one_line_each_and_posts_what_is_typed() {
    let (_guard, node, mut peer) = behind_a_hub(&[]);
    opens_a_room(&node);
    says(&node, "Hola\na todos");
    peer.shows("user BuasApp:3 Juan");
    peer.shows("room BuasApp:4 Mundialistas (public): BuasApp:3");
    peer.shows("message BuasApp:4 BuasApp:3: Hola\\na todos");

    peer.types("message BuasApp:4 nobody can say this");
    peer.process.says("error: there is no user who could write");
    peer.types("user 1 Ana");
    peer.types("message BuasApp:4 ¿qué tal?");
    peer.shows("posted user: 200 0");
    peer.shows("posted message: 200 0");
    peer.types("message Nowhere:4 x");
    peer.shows("message not posted yet: ");
    peer.types("nonsense");
    peer.process.says("error: `nonsense` is no command");
    peer.types("quit");
    let ended = peer.process.ended();
    assert_eq!((ended.code, ended.out.contains("1 not posted")), (Some(0), true), "{ended:?}");
}

#[test]
fn it_takes_the_changes_of_messages_that_its_entry_supports_and_posts_those_that_are_typed() {
    let (_guard, folder) = hub(&format!("http://127.0.0.1:{}/api/", free_port()));
    let file = folder.join("platforms.json");
    let mut registry: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    registry[1]["supports"] = json!(["edit", "delete", "reaction"]);
    std::fs::write(&file, registry.to_string()).unwrap();
    let node = Served::start(&folder, &[]);
    let mut peer = Peer::start(&folder, &["GWT_CHAT", "--platforms", "platforms.json", "--gateway", &node.url()]);
    opens_a_room(&node);
    let change = |path: &str, more: Value| {
        let mut body = json!({"roomOriginalPlatform": "BuasApp", "roomId": 4, "senderId": 3, "token": "token-of-buas"});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let (status, answer) = node.post(path, &body);
        assert_eq!(status, 200, "{path}: {answer}");
        answer["id"].as_str().unwrap().to_owned()
    };
    let of = change("message", json!({"text": "Hola"}));
    change("edit", json!({"of": of, "text": "¡Hola!"}));
    peer.shows(&format!("edit BuasApp:4 BuasApp:3 of {of}: ¡Hola!"));

    peer.types("user 1 Ana");
    peer.types("react 👍");
    peer.shows("posted reaction: 200 0");
    peer.types("unreact 👍");
    peer.types("message BuasApp:4 ¿qué tal?");
    peer.types("edit ¿Qué tal?");
    peer.shows("posted edit: 200 0");
    peer.types("delete");
    peer.shows("posted delete: 200 0");

    change("delete", json!({"of": of}));
    peer.shows(&format!("delete BuasApp:4 BuasApp:3 of {of}"));
}

#[test]
fn as_json_each_line_is_an_object() {
    let (_guard, node, mut peer) = behind_a_hub(&["--json"]);
    opens_a_room(&node);
    says(&node, "Hola");
    peer.types("user 1 Ana");
    peer.types("users");
    let of = |what: &str| -> Vec<Value> {
        let out = peer.process.out();
        let lines = out.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        lines.filter(|line| !line[what].is_null()).collect()
    };
    eventually("all of it came", || of("got").len() >= 3 && of("posted").len() == 1 && of("users").len() == 1);
    let message = of("got").into_iter().find(|line| line["got"] == "message").unwrap();
    assert_eq!((&message["body"]["text"], &message["again"]), (&json!("Hola"), &json!(false)), "{message}");
    assert_eq!(of("users")[0]["users"], json!([{"id": 1, "name": "Ana"}]));
}

#[test]
fn a_gateway_waits_while_it_answers_badly_and_delivers_once_it_answers_normally() {
    let (_guard, node, mut peer) = behind_a_hub(&[]);
    opens_a_room(&node);
    peer.shows("room BuasApp:4");
    peer.types("answer 429 after 1s");
    peer.types("users");
    peer.shows("0 users");
    says(&node, "after a while");
    peer.shows("message  answered: 429, Retry-After: 1");
    assert!(!peer.process.out().contains("after a while"), "{}", peer.process.out());
    peer.types("answer normally");
    peer.shows("message BuasApp:4 BuasApp:3: after a while");
}

/// What it answers to a post that is not signed: 401 if it was told nothing else; and how long that took. None: nothing.
fn asked(url: &str, method: &str, path: &str, wait: Duration) -> (Option<String>, Duration) {
    let begin = Instant::now();
    let mut stream = TcpStream::connect(url.strip_prefix("http://").unwrap()).unwrap();
    stream.set_read_timeout(Some(wait)).unwrap();
    write!(stream, "{method} /api/{path} HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{{}}")
        .unwrap();
    let mut answer = String::new();
    let answered = stream.read_to_string(&mut answer).is_ok();
    (answered.then_some(answer), begin.elapsed())
}

#[test]
fn it_answers_as_it_is_told_and_for_as_long() {
    let folder = tempfile::tempdir().unwrap();
    let nobody = format!("http://127.0.0.1:{}/", free_port());
    let mut peer =
        Peer::start(folder.path(), &["Legacy", "--listen", "127.0.0.1:0", "--gateway", &nobody, "--token", TOKEN]);
    let url = peer.url.clone();
    let status = |method: &str, path: &str| {
        let answer = asked(&url, method, path, PATIENCE).0.unwrap();
        answer.split(' ').nth(1).unwrap().parse::<u16>().unwrap()
    };
    let is_silent = || asked(&url, "POST", "room", Duration::from_secs(2)).0.is_none();
    assert_eq!(status("POST", "message"), 401);
    for code in [500, 404, 400] {
        peer.types(&format!("answer {code}"));
        eventually("it does", || status("POST", "message") == code);
        assert_eq!(status("GET", "users"), 401, "what is asked is answered as it must");
    }
    peer.types("answer 503 to all for 2s");
    eventually("it does", || status("GET", "users") == 503);
    eventually("two seconds are over", || status("GET", "users") == 401);
    assert_eq!(status("POST", "message"), 401);

    peer.types("answer 429");
    eventually("it does", || status("POST", "user") == 429);
    let head = asked(&url, "POST", "user", PATIENCE).0.unwrap().to_lowercase();
    assert!(head.contains("retry-after: 5"), "{head}");

    peer.types("answer slowly 1s");
    eventually("it does", || asked(&url, "POST", "room", PATIENCE).1 >= Duration::from_secs(1));
    peer.types("answer nothing");
    eventually("it does", is_silent);
    peer.types("answer normally");
    // What is asked before it has read that line is never answered.
    eventually("it does", || !is_silent());
    assert_eq!(status("POST", "message"), 401);
}

#[test]
fn what_it_cannot_start_with_is_named() {
    let (_guard, folder) = hub("http://127.0.0.1:9/");
    for (args, code, names) in [
        (&["peer", "Legacy"][..], 2, "--listen"),
        (&["peer", "Legacy", "--platforms", "platforms.json"], 1, "no entry is named `Legacy`"),
        (&["peer", "GWT_CHAT", "--platforms", "missing.json"], 1, "missing.json"),
        (&["peer", "Legacy", "--listen", "nonsense", "--token", TOKEN], 1, "--listen nonsense"),
        (&["peer", "Legacy", "--listen", "127.0.0.1:0", "--token", "env:NOBODY_SETS_THIS"], 1, "NOBODY_SETS_THIS"),
        (&["peer", "Legacy", "--listen", "127.0.0.1:0", "--token", TOKEN, "--gateway", "nonsense"], 1, "http://"),
    ] {
        let ended = run_in(&folder, args);
        assert_eq!((ended.code, ended.out.as_str()), (Some(code), ""), "{args:?}: {ended:?}");
        assert!(ended.err.contains(names) && !ended.err.contains(TOKEN), "{args:?}: {ended:?}");
    }
}
