//! As much HTTP as a test needs: one request on a connection of its own.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;

/// An answer.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The head, as it came.
    pub head: String,
    /// The body; null if it is no JSON.
    pub body: Value,
}

/// Posts JSON.
///
/// # Errors
/// Nobody listens there, or who listened hung up.
pub fn post(url: &str, path: &str, headers: &[(&str, &str)], body: &Value) -> io::Result<Answer> {
    request("POST", url, path, headers, &body.to_string())
}

/// Gets.
///
/// # Errors
/// As [`post`].
pub fn get(url: &str, path: &str) -> io::Result<Answer> {
    request("GET", url, path, &[], "")
}

/// Sends a request with this body, JSON, and reads the answer to its end.
///
/// # Errors
/// As [`post`].
pub fn request(method: &str, url: &str, path: &str, headers: &[(&str, &str)], body: &str) -> io::Result<Answer> {
    typed(method, url, path, "application/json", headers, body)
}

/// Sends a request with a body of this type.
///
/// # Errors
/// As [`post`].
pub fn typed(
    method: &str,
    url: &str,
    path: &str,
    content_type: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> io::Result<Answer> {
    let (host, prefix) = url.trim_start_matches("http://").split_once('/').unwrap_or((url, ""));
    let address: std::net::SocketAddr = host.parse().map_err(|_| io::Error::other(format!("not HOST:PORT: {host}")))?;
    let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(5))?;
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    let mut head = format!("{method} /{prefix}{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n");
    head.push_str(&format!("Content-Type: {content_type}\r\nContent-Length: {}\r\n", body.len()));
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    stream.write_all(format!("{head}\r\n{body}").as_bytes())?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let (head, body) = answer.split_once("\r\n\r\n").ok_or_else(|| io::Error::other("no answer"))?;
    let status = head.split(' ').nth(1).and_then(|s| s.parse().ok()).ok_or_else(|| io::Error::other("no status"))?;
    Ok(Answer { status, head: head.to_owned(), body: serde_json::from_str(body).unwrap_or_default() })
}
