//! What a list of another platform's may cost: memory is measured, so this test has a process of its own.

#![allow(clippy::disallowed_methods)] // Nobody forks here.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)]

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;

use integrador::{Config, Node};

/// Answers each request with a list of these items, this many bytes long.
fn platform(item: &'static str, length: usize) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = BufReader::new(stream.unwrap());
            let mut line = String::from("x");
            while line.trim() != "" {
                line.clear();
                stream.read_line(&mut line).unwrap();
            }
            let (times, rest) = ((length - 3) / (item.len() + 1), "0]");
            let length = 1 + times * (item.len() + 1) + rest.len();
            let stream = stream.get_mut();
            let head = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n["
            );
            let some = format!("{item},").repeat(1_000);
            let mut send = |bytes: &[u8]| stream.write_all(bytes);
            // Whoever hangs up has read enough.
            let _ = (|| {
                send(head.as_bytes())?;
                (0..times / 1_000).try_for_each(|_| send(some.as_bytes()))?;
                send(format!("{item},").repeat(times % 1_000).as_bytes())?;
                send(rest.as_bytes())
            })();
        }
    });
    port
}

/// A figure of this process's memory, bytes.
fn memory(field: &str) -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with(field)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<usize>().unwrap() * 1024
}

#[tokio::test]
async fn a_list_of_junk_as_long_as_is_taken_in_costs_no_more_than_twice_its_bytes() {
    const LONGEST: usize = 32 << 20;
    for item in ["[[0]]", "{}", "[[[[[[[[]]]]]]]]", "{\"id\":[{}]}", "0"] {
        let folder = tempfile::tempdir().unwrap();
        let entry = serde_json::json!([{
            "id": 1, "name": "legacy", "token": "the-token-of-legacy",
            "endpoint": format!("http://127.0.0.1:{}/", platform(item, LONGEST)),
        }]);
        std::fs::write(folder.path().join("platforms.json"), entry.to_string()).unwrap();
        let config =
            Config::standalone("hub", folder.path().join("hub.db")).platforms(folder.path().join("platforms.json"));
        let node = Node::open(config).await.unwrap();
        // Forgets the earlier peak.
        std::fs::write("/proc/self/clear_refs", "5").unwrap();
        let before = memory("VmRSS");
        node.sync_now(Some("legacy")).await.unwrap();
        let more = memory("VmHWM").saturating_sub(before);
        eprintln!("{item}: {} MiB more", more >> 20);
        assert!(more <= 2 * LONGEST, "{item}: {} MiB more", more >> 20);
        let status = node.status().await.unwrap();
        assert!(
            status.platforms[0].import_error.as_ref().unwrap().contains("10000 entries or more are odd"),
            "{status:?}"
        );
        node.close().await.unwrap();
    }
}
