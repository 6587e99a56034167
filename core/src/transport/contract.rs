//! What every transport must do: run with HTTP against a real server on loopback, and with the scripted one that other
//! tests rely on. Below it, what is HTTP's own.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use super::http::Http;
use super::scripted::{Reply, Scripted};
use super::{NoAnswer, Request, Transport};
use crate::Config;
use crate::util::secret::Secret;
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

/// How a transport is given something to fetch.
enum Kind {
    Http,
    Scripted,
}

const KINDS: [Kind; 2] = [Kind::Http, Kind::Scripted];

/// What is answered; `None`: nothing, ever.
type Told = Option<(u16, Option<&'static str>, &'static str)>;

impl Kind {
    /// A transport, and an endpoint whose every request is answered so.
    async fn answering(&self, told: Told) -> (Arc<dyn Transport>, url::Url) {
        match self {
            Kind::Http => {
                let (text, delay) = match told {
                    Some((status, retry_after, body)) => {
                        let retry_after = retry_after.map(|value| format!("retry-after: {value}\r\n"));
                        let length = body.len();
                        let head = format!("HTTP/1.1 {status} X\r\n{}", retry_after.unwrap_or_default());
                        (format!("{head}content-length: {length}\r\n\r\n{body}"), Duration::ZERO)
                    }
                    None => (String::new(), Duration::from_secs(60)),
                };
                let (url, _) = server(text.leak(), delay).await;
                (http(), url)
            }
            Kind::Scripted => {
                let transport = Scripted::new(move |_| match told {
                    Some((status, Some(retry_after), body)) => Reply::json(status, body).retry_after(retry_after),
                    Some((status, None, body)) => Reply::json(status, body),
                    None => Reply::never(),
                });
                (transport, "http://scripted/api/".parse().unwrap())
            }
        }
    }

    async fn nobody(&self) -> (Arc<dyn Transport>, url::Url) {
        match self {
            Kind::Http => {
                let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
                (http(), format!("http://{}/", listener.local_addr().unwrap()).parse().unwrap())
            }
            Kind::Scripted => (Scripted::new(|_| Reply::unreachable()), "http://scripted/".parse().unwrap()),
        }
    }
}

fn http() -> Arc<dyn Transport> {
    Arc::new(Http::new(&Config::new("ñandú", "")))
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
        beside: None,
        told: false,
        confidential: false,
        traceparent: body.map(|_| TRACE.into()),
        timeout: Duration::from_millis(500),
        max_answer: 64,
    }
}

/// The trace in a request that posts.
const TRACE: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

fn header<'a>(text: &'a str, name: &str) -> &'a str {
    let line = text.lines().find(|line| line.to_lowercase().starts_with(&format!("{name}:")));
    line.and_then(|line| line.split_once(": ")).map(|(_, value)| value).unwrap_or_default()
}

// ---- every transport

#[tokio::test]
async fn status_words_and_retry_after_come_back() {
    for kind in KINDS {
        let (transport, url) = kind.answering(Some((503, Some("7"), "busy"))).await;
        let answer = transport.send(request(&url, Some("{}"))).await.unwrap();
        assert_eq!((answer.status, answer.retry_after.as_deref(), &answer.body[..]), (503, Some("7"), &b"busy"[..]));
        let (transport, url) = kind.answering(Some((200, None, "[]"))).await;
        let answer = transport.send(request(&url, None)).await.unwrap();
        assert_eq!((answer.status, answer.retry_after, &answer.body[..]), (200, None, &b"[]"[..]));
    }
}

/// Shows promise 5.
#[tokio::test]
async fn an_answer_that_does_not_come_is_given_up_in_time() {
    for kind in KINDS {
        let (transport, url) = kind.answering(None).await;
        let begin = Instant::now();
        assert_eq!(transport.send(request(&url, Some("{}"))).await.unwrap_err(), NoAnswer::TimedOut);
        assert!(begin.elapsed() < Duration::from_secs(5));
    }
}

/// Shows promise 5.
#[tokio::test]
async fn a_long_answer_is_cut_and_a_long_list_is_refused() {
    let long = "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789";
    for kind in KINDS {
        let (transport, url) = kind.answering(Some((200, None, long))).await;
        assert_eq!(transport.send(request(&url, Some("{}"))).await.unwrap().body.len(), 64);
        transport.send(request(&url, None)).await.unwrap_err();
    }
}

#[tokio::test]
async fn nobody_there_is_said_in_words() {
    for kind in KINDS {
        let (transport, url) = kind.nobody().await;
        let why = transport.send(request(&url, Some("{}"))).await.unwrap_err().to_string();
        assert!(why.contains("connect"), "{why}");
    }
}

// ---- HTTP

/// Shows promise 7.
#[tokio::test]
async fn a_request_is_signed_and_names_the_node_and_never_bears_the_token() {
    let (url, mut requests) = server("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok", Duration::ZERO).await;
    http().send(request(&url, Some("{\"a\":1}"))).await.unwrap();
    let got = requests.recv().await.unwrap();
    assert!(got.starts_with("POST /api/message HTTP/1.1"), "{got}");
    assert!(!got.contains("a-token"));
    assert_eq!(header(&got, "integrador-node"), "%C3%B1and%C3%BA");
    assert_eq!(header(&got, "traceparent"), TRACE);
    let id = header(&got, "webhook-id");
    let stamp = signature::parse_timestamp(header(&got, "webhook-timestamp")).unwrap();
    let key = Secret::new("a-token").unwrap();
    assert!(signature::verify(&key, id, stamp, b"{\"a\":1}", header(&got, "webhook-signature")));
}

#[tokio::test]
async fn a_get_has_its_query() {
    let (url, mut requests) = server("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n[]", Duration::ZERO).await;
    http().send(request(&url, None)).await.unwrap();
    assert!(requests.recv().await.unwrap().starts_with("GET /api/users?scope=local HTTP/1.1"));
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_is_not_followed() {
    let answer = "HTTP/1.1 302 Found\r\nlocation: /elsewhere\r\ncontent-length: 0\r\n\r\n";
    let (url, mut requests) = server(answer, Duration::ZERO).await;
    assert_eq!(http().send(request(&url, Some("{}"))).await.unwrap().status, 302);
    requests.recv().await.unwrap();
    assert!(requests.try_recv().is_err(), "one request");
}

#[tokio::test]
async fn the_status_counts_even_if_its_words_never_come() {
    let answer = "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\ncut off";
    let (url, _requests) = server(answer, Duration::ZERO).await;
    assert_eq!(http().send(request(&url, Some("{}"))).await.unwrap().status, 200);
    http().send(request(&url, None)).await.unwrap_err();
}
