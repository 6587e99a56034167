//! What is HTTP's own: the age of connections, proxies, certificates, slow links.

use std::net::SocketAddr;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use url::Url;

use super::*;
use crate::util::lock::MutexExt;

const PATIENCE: Duration = Duration::from_secs(20);

fn manner() -> Manner {
    Manner { proxy: None, proxy_local: false, greatest_age: clients::GREATEST_AGE, resolver: None }
}

fn post(endpoint: &Url, body: impl Into<Bytes>, timeout: Duration) -> Request {
    Request {
        endpoint: endpoint.clone(),
        path: "message",
        query: None,
        body: Some(body.into()),
        content_type: "application/json",
        id: "01990000-0000-7000-8000-000000000001".into(),
        token: None,
        beside: None,
        told: false,
        confidential: false,
        traceparent: None,
        timeout,
        max_answer: 1_000,
    }
}

/// One request off this connection: its head, and its body thrown away.
async fn take(stream: &mut TcpStream) -> Option<String> {
    let mut text = Vec::new();
    let mut buffer = vec![0; 64 << 10];
    loop {
        let n = stream.read(&mut buffer).await.ok().filter(|n| *n > 0)?;
        text.extend_from_slice(&buffer[..n]);
        if let Some(end) = text.windows(4).position(|w| w == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&text[..end]).to_string();
            let length =
                head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
            let mut left = length.unwrap_or(0usize).saturating_sub(text.len() - end - 4);
            while left > 0 {
                left -= stream.read(&mut buffer).await.ok().filter(|n| *n > 0)?.min(left);
            }
            return Some(head);
        }
    }
}

/// A server that keeps connections and says what heads came.
async fn keeping(listener: TcpListener) -> mpsc::UnboundedReceiver<String> {
    let (got, heads) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let got = got.clone();
            tokio::spawn(async move {
                while let Some(head) = take(&mut stream).await {
                    let _ = got.send(head);
                    if stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await.is_err() {
                        return;
                    }
                }
            });
        }
    });
    heads
}

/// Says that every name is here.
struct Moved(Mutex<SocketAddr>);

impl reqwest::dns::Resolve for Moved {
    fn resolve(&self, _: reqwest::dns::Name) -> reqwest::dns::Resolving {
        let address = *self.0.hold();
        Box::pin(async move { Ok(Box::new(std::iter::once(address)) as reqwest::dns::Addrs) })
    }
}

/// Shows promise 5.
#[tokio::test]
async fn a_host_name_that_moves_is_followed_under_steady_traffic() {
    let old = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = old.local_addr().unwrap();
    let new = TcpListener::bind(("127.0.0.2", address.port())).await.unwrap();
    let moved = new.local_addr().unwrap();
    let (mut at_old, mut at_new) = (keeping(old).await, keeping(new).await);
    let resolver = Arc::new(Moved(Mutex::new(address)));
    let age = Duration::from_millis(300);
    let http = Http::with("a", Manner { greatest_age: age, resolver: Some(resolver.clone()), ..manner() });
    let url: Url = format!("http://chat.example:{}/", address.port()).parse().unwrap();
    http.send(post(&url, "{}", PATIENCE)).await.unwrap();
    assert!(at_old.recv().await.is_some());
    *resolver.0.hold() = moved;
    let begin = Instant::now();
    while at_new.try_recv().is_err() {
        assert!(begin.elapsed() < PATIENCE, "it still goes to the old server");
        http.send(post(&url, "{}", PATIENCE)).await.unwrap();
    }
    assert!(at_old.try_recv().is_ok() || begin.elapsed() >= age, "a connection that is young is used again");
    while at_old.try_recv().is_ok() {}
    http.send(post(&url, "{}", PATIENCE)).await.unwrap();
    assert!(at_old.try_recv().is_err(), "nothing goes back");
}

#[tokio::test]
async fn what_is_under_way_is_finished_though_its_connection_is_too_old() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url: Url = format!("http://{}/", listener.local_addr().unwrap()).parse().unwrap();
    let http = Arc::new(Http::with("a", Manner { greatest_age: Duration::ZERO, ..manner() }));
    let slow = tokio::spawn(http.send(post(&url, "{}", PATIENCE)));
    let (mut first, _) = listener.accept().await.unwrap();
    take(&mut first).await.unwrap();
    let _heads = keeping(listener).await;
    // By another connection, and so by another client.
    http.send(post(&url, "{}", PATIENCE)).await.unwrap();
    first.write_all(b"HTTP/1.1 202 OK\r\ncontent-length: 0\r\n\r\n").await.unwrap();
    assert_eq!(slow.await.unwrap().unwrap().status, 202);
}

#[tokio::test]
async fn a_proxy_is_used_for_what_is_elsewhere_and_for_what_is_local_only_if_told() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = format!("http://ana:s3cret@{}/", listener.local_addr().unwrap());
    let mut at_proxy = keeping(listener).await;
    let server = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let local: Url = format!("http://{}/api/", server.local_addr().unwrap()).parse().unwrap();
    let mut at_server = keeping(server).await;
    let elsewhere: Url = "http://chat.example/api/".parse().unwrap();

    let http = Http::with("a", Manner { proxy: Some(at.parse().unwrap()), ..manner() });
    http.send(post(&elsewhere, "{}", PATIENCE)).await.unwrap();
    let head = at_proxy.recv().await.unwrap();
    assert!(head.starts_with("POST http://chat.example/api/message HTTP/1.1"), "{head}");
    assert!(head.to_lowercase().contains("proxy-authorization: basic "), "{head}");
    http.send(post(&local, "{}", PATIENCE)).await.unwrap();
    assert!(at_server.recv().await.is_some() && at_proxy.try_recv().is_err());

    let http = Http::with("a", Manner { proxy: Some(at.parse().unwrap()), proxy_local: true, ..manner() });
    http.send(post(&local, "{}", PATIENCE)).await.unwrap();
    assert!(at_proxy.recv().await.is_some() && at_server.try_recv().is_err());

    let http = Http::with("a", Manner { proxy: Some(at.parse().unwrap()), ..manner() });
    let secure: Url = "https://chat.example/api/".parse().unwrap();
    let refused = http.send(post(&secure, "{}", Duration::from_millis(500))).await.unwrap_err().to_string();
    let head = at_proxy.recv().await.unwrap();
    assert!(head.starts_with("CONNECT chat.example:443 HTTP/1.1"), "{head}");
    assert!(!refused.contains("s3cret"), "{refused}");
}

/// Passes bytes on from this listener to that address, at most this many a second.
async fn throttled(to: SocketAddr, per_second: usize) -> Url {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap()).parse().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let other = TcpStream::connect(to).await.unwrap();
            let ((here, there), (back, forth)) = (stream.into_split(), other.into_split());
            for (mut from, mut to) in [(here, forth), (back, there)] {
                tokio::spawn(async move {
                    let mut buffer = vec![0; per_second / 20];
                    while let Ok(n @ 1..) = from.read(&mut buffer).await {
                        tokio::time::sleep(Duration::from_secs(1).mul_f64(n as f64 / per_second as f64)).await;
                        if to.write_all(&buffer[..n]).await.is_err() {
                            return;
                        }
                    }
                });
            }
        }
    });
    url
}

/// Shows promise 5.
#[tokio::test]
async fn a_request_over_a_slow_link_is_waited_for_as_long_as_it_moves() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let _heads = keeping(listener).await;
    let url = throttled(address, 100_000).await;
    let http = Http::with("a", manner());
    let begin = Instant::now();
    // Three seconds' worth, of which a tenth may pass without anything.
    let answer = http.send(post(&url, vec![b' '; 300_000], Duration::from_millis(300))).await.unwrap();
    assert_eq!(answer.status, 200);
    assert!(begin.elapsed() > Duration::from_secs(2), "the link is slow");
}

#[tokio::test]
async fn without_ca_certificates_http_works_and_https_says_what_is_missing() {
    // The environment is a process's, so this is one of its own.
    if std::env::var_os("INTEGRADOR_TEST_NO_CERTIFICATES").is_none() {
        let nowhere = tempfile::tempdir().unwrap();
        let name = "transport::http::tests::without_ca_certificates_http_works_and_https_says_what_is_missing";
        let mut child = tokio::process::Command::new(std::env::current_exe().unwrap());
        child.args(["--exact", name]).env("INTEGRADOR_TEST_NO_CERTIFICATES", "1");
        child.env("SSL_CERT_FILE", nowhere.path().join("none.pem")).env("SSL_CERT_DIR", nowhere.path());
        let output = tokio::time::timeout(PATIENCE, child.kill_on_drop(true).output()).await.unwrap().unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && said.contains("1 passed"), "{said}");
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let node = crate::Node::open(crate::Config::new("A", dir.path().join("a.db"))).await.unwrap();
    node.close().await.unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url: Url = format!("http://{}/", listener.local_addr().unwrap()).parse().unwrap();
    let _heads = keeping(listener).await;
    let http = Http::with("a", manner());
    assert_eq!(http.send(post(&url, "{}", PATIENCE)).await.unwrap().status, 200);
    let url: Url = "https://127.0.0.1:1/".parse().unwrap();
    let why = http.send(post(&url, "{}", PATIENCE)).await.unwrap_err().to_string();
    assert!(why.contains("CA certificates") && why.contains("SSL_CERT_FILE"), "{why}");
}
