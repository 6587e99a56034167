//! What every transport must do, run against a real server on loopback.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use super::http::Http;
use super::{Request, Transport};
use crate::registry::Secret;
use crate::wire::signature;

/// A server that answers every request with `answer` after `delay`, and tells what it got.
async fn server(answer: &'static str, delay: Duration) -> (url::Url, mpsc::UnboundedReceiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/api/", listener.local_addr().unwrap()).parse().unwrap();
    let (got, requests) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let got = got.clone();
            tokio::spawn(async move {
                let mut text = String::new();
                let mut buffer = [0; 4096];
                while !text.ends_with("\r\n\r\n") && !text.ends_with('}') {
                    let n = stream.read(&mut buffer).await.unwrap_or(0);
                    if n == 0 {
                        return;
                    }
                    text.push_str(&String::from_utf8_lossy(&buffer[..n]));
                }
                let _ = got.send(text);
                tokio::time::sleep(delay).await;
                let _ = stream.write_all(answer.as_bytes()).await;
            });
        }
    });
    (url, requests)
}

fn transports() -> Vec<Arc<dyn Transport>> {
    vec![Arc::new(Http::new("ñandú").unwrap())]
}

fn request(endpoint: &url::Url, body: Option<&'static str>) -> Request {
    Request {
        endpoint: endpoint.clone(),
        path: if body.is_some() { "message" } else { "users" },
        query: body.is_none().then_some("scope=local"),
        body: body.map(|text| Bytes::from_static(text.as_bytes())),
        content_type: "application/json",
        id: "01990000-0000-7000-8000-000000000001".into(),
        token: Some(Secret::new("a-token").unwrap()),
        timeout: Duration::from_millis(500),
        max_answer: 64,
    }
}

fn header<'a>(text: &'a str, name: &str) -> &'a str {
    let line = text.lines().find(|line| line.to_lowercase().starts_with(&format!("{name}:")));
    line.and_then(|line| line.split_once(": ")).map(|(_, value)| value).unwrap_or_default()
}

#[tokio::test]
async fn a_request_is_signed_and_names_the_node_and_never_bears_the_token() {
    for transport in transports() {
        let (url, mut requests) = server("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok", Duration::ZERO).await;
        let answer = transport.send(request(&url, Some("{\"a\":1}"))).await.unwrap();
        assert_eq!((answer.status, &answer.body[..]), (200, &b"ok"[..]));
        let got = requests.recv().await.unwrap();
        assert!(got.starts_with("POST /api/message HTTP/1.1"), "{got}");
        assert!(!got.contains("a-token"));
        assert_eq!(header(&got, "integrador-node"), "%C3%B1and%C3%BA");
        let id = header(&got, "webhook-id");
        let stamp = signature::parse_timestamp(header(&got, "webhook-timestamp")).unwrap();
        let key = Secret::new("a-token").unwrap();
        assert!(signature::verify(&key, id, stamp, b"{\"a\":1}", header(&got, "webhook-signature")));
    }
}

#[tokio::test]
async fn a_get_has_its_query() {
    for transport in transports() {
        let (url, mut requests) = server("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n[]", Duration::ZERO).await;
        transport.send(request(&url, None)).await.unwrap();
        assert!(requests.recv().await.unwrap().starts_with("GET /api/users?scope=local HTTP/1.1"));
    }
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_is_not_followed() {
    for transport in transports() {
        let answer = "HTTP/1.1 302 Found\r\nlocation: /elsewhere\r\ncontent-length: 0\r\n\r\n";
        let (url, mut requests) = server(answer, Duration::ZERO).await;
        assert_eq!(transport.send(request(&url, Some("{}"))).await.unwrap().status, 302);
        requests.recv().await.unwrap();
        assert!(requests.try_recv().is_err(), "one request");
    }
}

#[tokio::test]
async fn retry_after_is_told() {
    for transport in transports() {
        let answer = "HTTP/1.1 503 No\r\nretry-after: 7\r\ncontent-length: 0\r\n\r\n";
        let (url, _requests) = server(answer, Duration::ZERO).await;
        assert_eq!(transport.send(request(&url, Some("{}"))).await.unwrap().retry_after.as_deref(), Some("7"));
    }
}

#[tokio::test]
async fn an_answer_that_does_not_come_is_given_up_in_time() {
    for transport in transports() {
        let (url, _requests) = server("", Duration::from_secs(60)).await;
        let begin = Instant::now();
        transport.send(request(&url, Some("{}"))).await.unwrap_err();
        assert!(begin.elapsed() < Duration::from_secs(5));
    }
}

#[tokio::test]
async fn a_long_answer_is_cut_and_a_long_list_is_refused() {
    for transport in transports() {
        let answer = concat!(
            "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n",
            "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789"
        );
        let (url, _requests) = server(answer, Duration::ZERO).await;
        assert_eq!(transport.send(request(&url, Some("{}"))).await.unwrap().body.len(), 64);
        transport.send(request(&url, None)).await.unwrap_err();
    }
}

#[tokio::test]
async fn the_status_counts_even_if_its_words_never_come() {
    for transport in transports() {
        let answer = "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\ncut off";
        let (url, _requests) = server(answer, Duration::ZERO).await;
        assert_eq!(transport.send(request(&url, Some("{}"))).await.unwrap().status, 200);
        transport.send(request(&url, None)).await.unwrap_err();
    }
}

#[tokio::test]
async fn nobody_there_is_said_in_words() {
    for transport in transports() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap()).parse().unwrap();
        drop(listener);
        let why = transport.send(request(&url, Some("{}"))).await.unwrap_err().0;
        assert!(why.contains("connect"), "{why}");
    }
}
