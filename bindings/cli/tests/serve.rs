//! `serve` and `ping`, with the real program as a process of its own.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use std::fs;

use common::{Served, eventually, hub, run_in};
use serde_json::{Value, json};

const NOWHERE: &str = "http://127.0.0.1:9/";

#[test]
fn it_says_where_it_listens_and_a_signal_ends_it_cleanly() {
    for signal in ["TERM", "INT"] {
        let (_guard, folder) = hub(NOWHERE);
        let node = Served::start(&folder, &[]);
        let (status, _) = node.post("user", &json!({"id": 1, "name": "Ana", "token": "token-of-buas"}));
        assert_eq!(status, 200);
        node.signal(signal);
        let ended = node.ended();
        assert_eq!((ended.code, ended.out.as_str()), (Some(0), ""), "after {signal}");
    }
}

#[test]
fn a_port_that_is_taken_is_a_clear_error() {
    let (_guard, folder) = hub(NOWHERE);
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let ended = run_in(&folder, &["serve", "--platforms", "platforms.json", "--listen", &address, "--store", "hub.db"]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    let error = ended.err.lines().find(|l| l.starts_with("error: ")).unwrap_or_else(|| panic!("{ended:?}"));
    assert!(error.contains(&address), "{error}");
    assert_eq!(ended.out, "");
}

#[test]
fn a_second_node_on_the_same_store_and_port_ends_with_an_error() {
    let (_guard, folder) = hub(NOWHERE);
    let node = Served::start(&folder, &[]);
    let address = node.address.to_string();
    let ended = run_in(&folder, &["serve", "--platforms", "platforms.json", "--listen", &address, "--store", "hub.db"]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.err.contains("error: ") && ended.err.contains(&address), "{ended:?}");
    // The first one goes on.
    run_in(&folder, &["ping", &node.url()]).ok();
}

#[test]
fn a_second_node_with_another_registry_is_refused_before_it_has_written_anything_to_the_store() {
    let (_guard, folder) = hub(NOWHERE);
    let node = Served::start(&folder, &[]);
    let intruder = json!([{"id": 1, "name": "intruder", "endpoint": NOWHERE, "token": "token-of-the-intruder"}]);
    fs::write(folder.join("wrong.json"), intruder.to_string()).unwrap();
    let ended = run_in(
        &folder,
        &["serve", "--platforms", "wrong.json", "--listen", "127.0.0.1:0", "--store", "hub.db", "--name", "stranger"],
    );
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.err.contains("one process"), "{ended:?}");
    let (_, rooms) = node.post("user", &json!({"id": 1, "name": "Ana", "token": "token-of-the-intruder"}));
    assert!(rooms.to_string().contains("nobody here has it"), "{rooms}");
    let store = fs::read(folder.join("hub.db")).unwrap();
    let log = fs::read(folder.join("hub.db-wal")).unwrap_or_default();
    let written = |name: &[u8]| [&store, &log].iter().any(|file| file.windows(name.len()).any(|w| w == name));
    assert!(!written(b"intruder") && !written(b"stranger"), "it left rows of its own");
}

#[test]
fn what_it_cannot_start_with_is_named_and_no_token_is_shown() {
    let (_guard, folder) = hub(NOWHERE);
    let serve = |platforms: &str, listen: &str| {
        let ended = run_in(&folder, &["serve", "--platforms", platforms, "--listen", listen, "--store", "hub.db"]);
        assert_eq!((ended.code, ended.out.as_str()), (Some(1), ""), "{ended:?}");
        ended.err
    };
    assert!(serve("missing.json", "127.0.0.1:0").contains("missing.json"));
    assert!(serve("platforms.json", "nonsense").contains("nonsense"));
    let twice = r#"[{"id": 1, "name": "A", "endpoint": "http://localhost:1/", "token": "hush-hush"},
        {"id": 2, "name": "B", "endpoint": "http://localhost:2/", "token": "hush-hush"}]"#;
    fs::write(folder.join("twice.json"), twice).unwrap();
    let error = serve("twice.json", "127.0.0.1:0");
    assert!(error.contains('A') && error.contains('B') && !error.contains("hush-hush"), "{error}");
}

#[test]
fn a_ping_tells_who_answers_and_fails_when_nobody_does() {
    let (_guard, folder) = hub(NOWHERE);
    let node = Served::start(&folder, &["--name", "plaza"]);
    let told = run_in(&folder, &["ping", &node.url(), "--json"]).ok().json();
    assert_eq!((&told["platform"], &told["standalone"]), (&json!("plaza"), &json!(true)), "{told}");
    assert!(told["ms"].as_f64().unwrap() > 0.0, "{told}");
    let text = run_in(&folder, &["ping", &node.url()]).ok().out;
    assert!(text.starts_with("plaza") && text.trim_end().ends_with("ms"), "{text}");

    let url = node.url();
    node.signal("TERM");
    node.ended();
    let ended = run_in(&folder, &["ping", &url]);
    assert_eq!((ended.code, ended.out.as_str()), (Some(1), ""), "{ended:?}");
    assert!(ended.err.starts_with("error: "), "{ended:?}");
}

#[test]
fn the_directory_is_open_to_all_only_when_told_so() {
    let users = |node: &Served| {
        use std::io::{Read, Write};
        let mut stream = std::net::TcpStream::connect(node.address).unwrap();
        stream.write_all(b"GET /users HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer.split(' ').nth(1).unwrap().to_owned()
    };
    let (_guard, folder) = hub(NOWHERE);
    assert_eq!(users(&Served::start(&folder, &[])), "401");
    let (_guard, folder) = hub(NOWHERE);
    assert_eq!(users(&Served::start(&folder, &["--directory", "public"])), "200");
}

#[test]
fn log_lines_are_json_objects_when_told_so_and_hold_no_token() {
    let (_guard, folder) = hub(NOWHERE);
    let node = Served::start(&folder, &["--log-format", "json"]);
    // Both platforms are down, which is worth a line.
    node.post("user", &json!({"id": 1, "name": "Ana", "token": "token-of-buas"}));
    let log = || fs::read_to_string(folder.join("serve.log")).unwrap();
    eventually("something is logged", || log().contains('\n'));
    node.signal("TERM");
    node.ended();
    for line in log().lines() {
        let line: Value = serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"));
        assert!(line["level"].is_string() && line["message"].is_string(), "{line}");
    }
    assert!(!log().contains("token-of"), "{}", log());
}

#[test]
fn a_file_of_options_is_read_and_the_command_line_wins() {
    let (_guard, folder) = hub(NOWHERE);
    let options =
        "platforms = 'platforms.json'\nlisten = '127.0.0.1:1'\nstore = 'hub.db'\nname = 'sur'\n[limits]\ntext = 10\n";
    fs::write(folder.join("hub.toml"), options).unwrap();
    let node = Served::run(&folder, &["serve", "--config", "hub.toml", "--listen", "127.0.0.1:0"]);
    let ping = run_in(&folder, &["ping", &node.url(), "--json"]).ok().json();
    assert_eq!(ping["platform"], "sur");
    let room = json!({"id": 4, "name": "G", "token": "token-of-buas", "type": "public", "users": []});
    assert_eq!(node.post("room", &room).0, 200);
    let message = json!({"roomOriginalPlatform": "BuasApp", "roomId": 4, "senderId": 1, "text": "0123456789x",
        "token": "token-of-buas"});
    let (status, answer) = node.post("message", &message);
    assert!(status == 400 && answer["message"].as_str().unwrap().contains("`text`"), "{answer}");
}

#[test]
fn an_option_that_is_not_known_is_named_with_its_line() {
    let (_guard, folder) = hub(NOWHERE);
    for (file, text) in
        [("hub.toml", "store = 'hub.db'\nlistn = 'x'\n"), ("hub.json", "{\"store\": \"hub.db\",\n\"listn\": 1}")]
    {
        fs::write(folder.join(file), text).unwrap();
        let ended = run_in(&folder, &["serve", "--config", file]);
        assert_eq!(ended.code, Some(1), "{ended:?}");
        assert!(["listn", "line 2", file].iter().all(|what| ended.err.contains(what)), "{ended:?}");
    }
    fs::write(folder.join("hub.toml"), "store = 'hub.db'\nplatforms = 'platforms.json'\n").unwrap();
    let ended = run_in(&folder, &["serve", "--config", "hub.toml"]);
    assert!(ended.code == Some(1) && ended.err.contains("`listen` is missing"), "{ended:?}");
    assert_eq!(
        run_in(&folder, &["serve", "--listen", "127.0.0.1:0"]).code,
        Some(2),
        "without a file all three are needed"
    );
}

#[test]
fn a_name_is_listened_to_at_each_of_its_addresses() {
    let (_guard, folder) = hub(NOWHERE);
    let all: Vec<_> = std::net::ToSocketAddrs::to_socket_addrs("localhost:0").unwrap().map(|at| at.ip()).collect();
    let here = |ip: &std::net::IpAddr| std::net::TcpListener::bind((*ip, 0)).is_ok();
    let node = Served::run(
        &folder,
        &["serve", "--platforms", "platforms.json", "--listen", "localhost:0", "--store", "hub.db"],
    );
    for ip in all.iter().filter(|ip| here(ip)) {
        let address = std::net::SocketAddr::new(*ip, node.address.port());
        run_in(&folder, &["ping", &format!("http://{address}/")]).ok();
    }
}
