//! Promise 5 at the door: whoever opens connections and says nothing, or too slowly, or nonsense, keeps nobody out.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use integrador_tests::{Chatter, Net, Served, eventually, free_port, http, token};
use serde_json::json;

/// Lets this process hold this many connections.
#[allow(unsafe_code, reason = "only the system can raise its limit")]
pub(super) fn may_open(files: libc::rlim_t) {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: both calls only read or write the struct that they are given.
    let raised = unsafe {
        libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limit) == 0 && {
            limit.rlim_cur = limit.rlim_cur.max(files).min(limit.rlim_max);
            libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limit) == 0
        }
    };
    assert!(
        raised && limit.rlim_cur >= files,
        "this test needs {files} open files: raise the hard limit (ulimit -H -n)"
    );
}

/// Connections of which every other one has sent half of a request's head, and the others nothing.
fn half_open(address: &str, count: usize) -> Vec<TcpStream> {
    let open = |n: usize| {
        let mut stream = TcpStream::connect(address).expect("it is let in");
        if n.is_multiple_of(2) {
            stream.write_all(b"GET /ping HTTP/1.1\r\nHost: node\r\n").expect("half a head");
        }
        stream
    };
    (0..count).map(open).collect()
}

/// Whether the other side has ended this connection.
fn has_ended(mut stream: &TcpStream) -> bool {
    stream.set_nonblocking(true).expect("it can be asked");
    loop {
        match stream.read(&mut [0; 512]) {
            Ok(0) => return true,
            Ok(_) => {}
            Err(e) => return e.kind() != ErrorKind::WouldBlock,
        }
    }
}

#[track_caller]
fn answers_within_a_second(url: &str) {
    let begin = Instant::now();
    let answer = http::get(url, "ping").expect("an answer");
    assert_eq!(answer.status, 200);
    assert!(begin.elapsed() < Duration::from_secs(1), "{:?}", begin.elapsed());
}

/// Shows promise 5.
#[test]
fn fifteen_hundred_connections_that_say_nothing_keep_nobody_out_and_are_ended_after_ten_seconds() {
    may_open(2_500);
    let net = Net::new();
    net.registry("hub", &[]);
    let mut hub = Served::new(&net, "hub", free_port());
    hub.start();
    let address = hub.url.trim_start_matches("http://").trim_end_matches('/').to_owned();
    let begin = Instant::now();
    let silent = half_open(&address, 1_500);
    for _ in 0..20 {
        answers_within_a_second(&hub.url);
    }
    if begin.elapsed() < Duration::from_secs(8) {
        assert!(silent[..400].iter().all(has_ended), "the oldest make room");
        assert!(silent[600..].iter().all(|stream| !has_ended(stream)), "the others need not");
    }
    eventually("all are ended, since a head may take 10 s", || silent.iter().all(has_ended));
    let took = begin.elapsed();
    assert!(took >= Duration::from_secs(9) && took < Duration::from_secs(20), "{took:?}");
    hub.stop();
}

/// Shows promise 5.
#[test]
fn a_process_that_may_open_no_more_files_lets_newcomers_in_all_the_same() {
    let net = Net::new();
    let port = free_port();
    net.registry("A", &[]);
    let mut a = Chatter::new(&net, "A", net.config("A", port));
    a.before = "ulimit -n 128".into();
    a.start();
    let url = format!("http://127.0.0.1:{port}/");
    let silent = half_open(&format!("127.0.0.1:{port}"), 300);
    for _ in 0..20 {
        answers_within_a_second(&url);
    }
    a.must(json!({"do": "user", "id": 1, "name": "Ana"}));
    drop(silent);
    a.stop();
}

/// Shows promise 5.
#[test]
fn a_body_that_does_not_come_is_given_up_after_half_a_minute_and_its_connection_ended() {
    let net = Net::new();
    net.registry("hub", &[]);
    let mut hub = Served::new(&net, "hub", free_port());
    hub.start();
    let address = hub.url.trim_start_matches("http://").trim_end_matches('/').to_owned();
    let begin = Instant::now();
    let mut slow = TcpStream::connect(&address).expect("it is let in");
    let head = "POST /message HTTP/1.1\r\nHost: node\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n";
    slow.write_all(head.as_bytes()).expect("a head");
    let mut writing = slow.try_clone().expect("a second handle");
    // A byte now and then, so that it is never quite silent.
    std::thread::spawn(move || {
        while writing.write_all(b" ").is_ok() {
            std::thread::sleep(Duration::from_millis(500));
        }
    });
    slow.set_read_timeout(Some(Duration::from_secs(60))).expect("a timeout");
    let mut answer = [0; 12];
    slow.read_exact(&mut answer).expect("an answer");
    assert_eq!(String::from_utf8_lossy(&answer), "HTTP/1.1 408");
    assert!(begin.elapsed() < Duration::from_secs(40), "{:?}", begin.elapsed());
    let begin = Instant::now();
    while slow.read(&mut [0; 512]).is_ok_and(|read| read > 0) {}
    assert!(begin.elapsed() < Duration::from_secs(5), "it is ended");
    hub.stop();
}

/// Shows promise 5.
#[test]
fn a_node_that_closes_does_not_wait_for_those_who_say_nothing() {
    let net = Net::new();
    net.registry("hub", &[]);
    let mut hub = Served::new(&net, "hub", free_port());
    hub.start();
    let address = hub.url.trim_start_matches("http://").trim_end_matches('/').to_owned();
    let silent = half_open(&address, 10);
    let mut slow = TcpStream::connect(&address).expect("it is let in");
    slow.write_all(b"POST /user HTTP/1.1\r\nHost: node\r\nContent-Length: 1000\r\n\r\n{").expect("a head");
    answers_within_a_second(&hub.url);
    let begin = Instant::now();
    hub.stop();
    assert!(begin.elapsed() < Duration::from_secs(3), "{:?}", begin.elapsed());
    drop((silent, slow));
}

#[test]
fn a_client_that_closes_its_sending_side_after_the_request_gets_the_answer() {
    let net = Net::new();
    net.registry("hub", &[("P", "http://127.0.0.1:9/")]);
    let mut hub = Served::new(&net, "hub", free_port());
    hub.start();
    let address = hub.url.trim_start_matches("http://").trim_end_matches('/').to_owned();
    let body = json!({"id": 1, "name": "Pía", "token": token("hub", "P")}).to_string();
    let head = format!("POST /user HTTP/1.1\r\nHost: node\r\nContent-Length: {}\r\n\r\n", body.len());
    for _ in 0..20 {
        let mut stream = TcpStream::connect(&address).expect("it is let in");
        stream.write_all(format!("{head}{body}").as_bytes()).expect("a request");
        stream.shutdown(std::net::Shutdown::Write).expect("no more comes");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer, and then the end");
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer:?}");
    }
    hub.stop();
}

/// Shows promise 5.
#[test]
fn a_body_that_is_not_as_its_head_says_gets_a_400_that_says_what_is_wrong() {
    let net = Net::new();
    net.registry("hub", &[]);
    let mut hub = Served::new(&net, "hub", free_port());
    hub.start();
    let address = hub.url.trim_start_matches("http://").trim_end_matches('/').to_owned();
    let head = "POST /message HTTP/1.1\r\nHost: node\r\nContent-Type: application/json\r\n";
    let broken = [
        ("Transfer-Encoding: chunked", "5\r\n{\"a\":\r\nxyz\r\n1}\r\n0\r\n\r\n", "hunk size"),
        ("Transfer-Encoding: chunked", "2\r\n{}{}\r\n0\r\n\r\n", "hunk"),
        ("Transfer-Encoding: chunked", "2\r\n{}", "end"),
        ("Content-Length: 100", "{}", "end"),
    ];
    for (length, body, why) in broken {
        let mut stream = TcpStream::connect(&address).expect("it is let in");
        stream.write_all(format!("{head}{length}\r\n\r\n{body}").as_bytes()).expect("a request");
        stream.shutdown(std::net::Shutdown::Write).expect("no more comes");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        assert!(answer.starts_with("HTTP/1.1 400"), "{body:?}: {answer}");
        let said = answer.rsplit("\r\n").next().unwrap_or_default();
        let said: serde_json::Value = serde_json::from_str(said).expect("JSON");
        assert_eq!(said["status"], 400);
        let message = said["message"].as_str().expect("a message");
        assert!(message.starts_with("the body:") && message.contains(why), "{body:?}: {message}");
    }
    answers_within_a_second(&hub.url);
    hub.stop();
}
