//! `serve` and `ping`, with the real program as a process of its own.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use std::fs;

use common::{Served, eventually, free_port, hub, run_in};
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

/// Shows promise 7.
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

/// Shows promise 7.
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

/// What a GET answers: status and body.
fn get(address: &str, path: &str) -> (String, String) {
    use std::io::{Read, Write};
    let mut stream = std::net::TcpStream::connect(address).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (_, body) = answer.split_once("\r\n\r\n").unwrap();
    (answer.split(' ').nth(1).unwrap().to_owned(), body.to_owned())
}

#[test]
fn health_and_metrics_are_answered_on_a_port_of_their_own_and_not_where_others_post() {
    let (_guard, folder) = hub(NOWHERE);
    let node = Served::start(&folder, &["--admin-listen", "127.0.0.1:0"]);
    let log = fs::read_to_string(folder.join("serve.log")).unwrap();
    let admin = log.split("health and metrics on http://").nth(1).and_then(|rest| rest.lines().next()).unwrap();
    assert_eq!(get(admin, "/health").0, "200");
    let (status, body) = get(admin, "/metrics");
    assert!(status == "200" && body.contains("integrador_up{platform=\"GWT_CHAT\"}"), "{status}: {body}");
    let (status, _) = get(&node.address.to_string(), "/metrics");
    assert_eq!(status, "404");
}

#[test]
fn a_ping_says_that_a_plain_platform_answers_or_what_else() {
    let (_guard, folder) = hub(NOWHERE);
    let plain = common::Plain::start();
    let told = run_in(&folder, &["ping", &plain.url]).ok().out;
    assert!(told.starts_with("a plain platform answers"), "{told}");
    assert_eq!(run_in(&folder, &["ping", &plain.url, "--json"]).ok().json()["kind"], "plain");
    let node = Served::start(&folder, &[]);
    let elsewhere = run_in(&folder, &["ping", &format!("{}no/such/", node.url())]);
    assert_eq!(elsewhere.code, Some(1), "{elsewhere:?}");
    assert!(elsewhere.err.contains("404") && elsewhere.err.contains("prefix"), "{elsewhere:?}");
    let tls = run_in(&folder, &["ping", &node.url().replace("http:", "https:")]);
    assert!(tls.code == Some(1) && !tls.err.contains("InvalidContentType"), "{tls:?}");
}

#[test]
fn a_ping_says_whether_the_node_there_accepts_a_token_without_sending_it() {
    let (_guard, folder) = hub(NOWHERE);
    let node = Served::start(&folder, &[]);
    fs::write(folder.join("right"), "token-of-gwt\n").unwrap();
    fs::write(folder.join("wrong"), "token-of-nobody\n").unwrap();
    let ping = |token: &str| run_in(&folder, &["ping", &node.url(), "--token", token]);
    let right = ping("file:right").ok();
    assert!(right.out.contains("accepts the token"), "{right:?}");
    let wrong = ping("file:wrong");
    assert!(wrong.code == Some(1) && wrong.err.contains("401") && !wrong.err.contains("token-of"), "{wrong:?}");
    assert_eq!(ping("token-of-gwt").code, Some(2), "a token does not stand in a command line");
}

/// A registry file of the hub that has this entry for the node `Sur`, and one of `Sur` for the hub; each with its token.
fn two_nodes(folder: &std::path::Path, at: &Served, token_here: &str, token_there: &str) {
    let sur = json!([{"id": 1, "name": "plaza", "endpoint": at.url(), "token": token_here}]);
    fs::write(folder.join("sur.json"), sur.to_string()).unwrap();
    let hub = json!([{"id": 1, "name": "Sur", "endpoint": "http://127.0.0.1:9/", "token": token_there}]);
    fs::write(folder.join("platforms.json"), hub.to_string()).unwrap();
}

#[test]
fn a_wrong_token_shows_in_the_status_and_in_check_before_anything_is_sent() {
    let (_guard, folder) = hub(NOWHERE);
    let node = Served::start(&folder, &["--name", "plaza"]);
    two_nodes(&folder, &node, "a-token-with-a-slip-in-it", "a-token-without-a-slip-in-it");
    let sur = ["--platforms", "sur.json", "--listen", "127.0.0.1:0", "--store", "sur.db", "--name", "Sur"];
    let other = Served::run(&folder, &[&["serve"][..], &sur].concat());
    let mut line = String::new();
    eventually("the status says that it is refused, and when it is tried again", || {
        let text = run_in(&folder, &["status", "--store", "sur.db"]).ok().out;
        line = text.lines().find(|line| line.starts_with("plaza")).unwrap_or_default().to_owned();
        line.contains("down") && line.contains("401") && line.contains("next try in")
    });
    assert!(!line.contains('{'), "{line}");
    assert_eq!(run_in(&folder, &["status", "--store", "sur.db", "--exit-code"]).code, Some(3));
    let check = run_in(&folder, &["check", "sur.json", "--as", "Sur", "--online"]);
    assert!(check.code == Some(1) && check.out.contains("refused") && check.out.contains("`token`"), "{check:?}");
    drop(other);

    two_nodes(&folder, &node, "a-token-without-a-slip-in-it", "a-token-without-a-slip-in-it");
    eventually("nothing is wrong", || {
        run_in(&folder, &["check", "sur.json", "--as", "Sur", "--online"]).code == Some(0)
    });
}

#[test]
fn a_message_is_sent_and_heard_without_an_application() {
    let folder = tempfile::tempdir().unwrap();
    let [here, there] = [free_port(), free_port()].map(|port| format!("127.0.0.1:{port}"));
    let mesh = [format!("Norte=http://{here}/"), format!("Sur=http://{there}/")];
    run_in(folder.path(), &["mesh", &mesh[0], &mesh[1]]).ok();
    let heard = std::thread::scope(|scope| {
        let listens = scope.spawn(|| {
            let args = [
                "listen",
                "--platforms",
                "Sur.platforms.json",
                "--store",
                "sur.db",
                "--listen",
                &there,
                "--count",
                "1",
            ];
            run_in(folder.path(), &args)
        });
        let args =
            ["send", "hola a todos", "--platforms", "Norte.platforms.json", "--store", "norte.db", "--timeout", "25"];
        let sent = run_in(folder.path(), &args).ok();
        assert!(sent.out.contains("Sur") && sent.out.contains("delivered"), "{sent:?}");
        listens.join().unwrap().ok().out
    });
    assert!(heard.lines().any(|line| line.contains("hola a todos")), "{heard}");
}
