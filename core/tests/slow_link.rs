//! Two nodes with a link of 100 kB/s between them: what waits gets through, though a batch takes many times the time limit.

#![cfg(feature = "axum")]
#![allow(clippy::unwrap_used)]

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use integrador::{Config, EventBody, NewMessage, Node, RoomKind};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const PER_SECOND: usize = 100_000;
const MESSAGES: usize = 12;

/// Passes bytes on to that address, in each direction at most [`PER_SECOND`].
async fn slow(to: SocketAddr) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(other) = TcpStream::connect(to).await else { continue };
            let ((here, there), (back, forth)) = (stream.into_split(), other.into_split());
            for (mut from, mut to) in [(here, forth), (back, there)] {
                tokio::spawn(async move {
                    let mut buffer = vec![0; PER_SECOND / 20];
                    while let Ok(n @ 1..) = from.read(&mut buffer).await {
                        tokio::time::sleep(Duration::from_secs(1).mul_f64(n as f64 / PER_SECOND as f64)).await;
                        if to.write_all(&buffer[..n]).await.is_err() {
                            return;
                        }
                    }
                });
            }
        }
    });
    address
}

/// Shows promise 5.
#[tokio::test(flavor = "multi_thread")]
async fn a_megabyte_drains_over_100_kilobytes_a_second_with_a_time_limit_of_one_second() {
    let folder = tempfile::tempdir().unwrap();
    let config = |own: &str, other: &str, at: SocketAddr| {
        let registry = folder.path().join(format!("{own}.json"));
        let entry = serde_json::json!([{"id": 1, "name": other, "token": "a-shared-token-of-both", "endpoint": format!("http://{at}/")}]);
        std::fs::write(&registry, entry.to_string()).unwrap();
        let mut config =
            Config::new(own, folder.path().join(format!("{own}.db"))).platforms(registry).listen("127.0.0.1:0");
        config.request_timeout = Duration::from_secs(1);
        config
    };
    let nowhere = "127.0.0.1:9".parse().unwrap();
    let far = Node::open(config("Far", "Near", nowhere)).await.unwrap();
    let link = slow(far.local_addr().unwrap()).await;
    let near = Node::open(config("Near", "Far", link)).await.unwrap();
    near.publish_room(1, "Plaza", RoomKind::Public, vec![("Near".into(), vec![1.into()])]).await.unwrap();
    for n in 0..MESSAGES {
        near.publish_message(NewMessage::new(1, 1, format!("{n} {}", "x".repeat(90_000)))).await.unwrap();
    }
    let begin = Instant::now();
    let mut came = 0;
    let mut events = far.consumer();
    while came < MESSAGES {
        let left = Duration::from_secs(90).saturating_sub(begin.elapsed());
        let event = events.next(left).await.unwrap().unwrap_or_else(|| panic!("{came} of {MESSAGES} came"));
        came += usize::from(matches!(event.body, EventBody::Message(_)));
        events.done();
    }
    println!("{} kB in {:?}", MESSAGES * 90, begin.elapsed());
    near.close().await.unwrap();
    far.close().await.unwrap();
}
