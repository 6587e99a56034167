//! A platform without the library: its four endpoints over plain HTTP, with all that it was asked written down, and
//! whatever misbehaviour a test wants.

use std::collections::HashMap;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::net::token;
use crate::ports::free_port;
use crate::{PATIENCE, http};

/// Something that was posted to the platform.
#[derive(Debug, Clone)]
pub struct Post {
    /// When it had come whole.
    pub at: Instant,
    /// `user`, `room`, `message`.
    pub path: String,
    /// The header `webhook-id`.
    pub id: String,
    /// The body.
    pub body: Value,
    /// Whether it was answered 2xx (or would have been, had the sender lived to hear it).
    pub taken: bool,
}

impl Post {
    /// The text of a message.
    pub fn text(&self) -> &str {
        self.body["text"].as_str().unwrap_or_default()
    }
}

/// How a post is answered.
#[derive(Debug, Clone)]
pub enum Reply {
    /// With this status.
    Status(u16),
    /// With this status and these further header lines.
    With(u16, &'static str),
    /// With this status and these words.
    Says(u16, String),
    /// Not at all; the connection stays open.
    Hang,
    /// Not at all; the connection is closed. So it is as good as down, and counts who tries.
    HangUp,
    /// With a 200 whose body comes byte by byte and never ends.
    Drip,
}

type Behaviour = Box<dyn Fn(&Post) -> Reply + Send + Sync>;

struct State {
    name: String,
    port: u16,
    posts: Mutex<Vec<Post>>,
    gets: AtomicUsize,
    users: Mutex<Vec<(Value, String)>>,
    behaviour: Mutex<Arc<Behaviour>>,
    streams: Mutex<Vec<TcpStream>>,
    down: AtomicBool,
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A plain platform that answers at a port of its own until it is dropped.
pub struct Plain {
    state: Arc<State>,
    accepting: Option<thread::JoinHandle<()>>,
}

impl Plain {
    /// Starts one that answers 200 to everything.
    pub fn start(name: &str) -> Plain {
        Plain::at(name, free_port())
    }

    /// Starts one at this port.
    pub fn at(name: &str, port: u16) -> Plain {
        let state = Arc::new(State {
            name: name.into(),
            port,
            posts: Mutex::default(),
            gets: AtomicUsize::new(0),
            users: Mutex::default(),
            behaviour: Mutex::new(Arc::new(Box::new(|_| Reply::Status(200)))),
            streams: Mutex::default(),
            down: AtomicBool::new(true),
        });
        let mut plain = Plain { state, accepting: None };
        plain.up();
        plain
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.state.name
    }

    /// Where it answers.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/", self.state.port)
    }

    /// What it answers to a post from now on.
    pub fn answers(&self, behaviour: impl Fn(&Post) -> Reply + Send + Sync + 'static) {
        *held(&self.state.behaviour) = Arc::new(Box::new(behaviour));
    }

    /// What `GET users` lists from now on.
    pub fn has_users(&self, users: &[(i64, &str)]) {
        *held(&self.state.users) = users.iter().map(|(id, name)| (json!(id), (*name).to_owned())).collect();
    }

    /// How often it was asked for its users.
    pub fn gets(&self) -> usize {
        self.state.gets.load(Ordering::SeqCst)
    }

    /// Everything that was posted, also what it refused.
    pub fn posts(&self) -> Vec<Post> {
        held(&self.state.posts).clone()
    }

    /// What it took under a path.
    pub fn took(&self, path: &str) -> Vec<Post> {
        held(&self.state.posts).iter().filter(|post| post.taken && post.path == path).cloned().collect()
    }

    /// The texts of the messages that it took.
    pub fn texts(&self) -> Vec<String> {
        self.took("message").iter().map(|post| post.text().to_owned()).collect()
    }

    /// Takes it down: nobody listens, and open connections break.
    pub fn down(&mut self) {
        if let Some(accepting) = self.accepting.take() {
            self.state.down.store(true, Ordering::SeqCst);
            // Wakes the thread that waits for connections.
            let _ = TcpStream::connect(("127.0.0.1", self.state.port));
            let _ = accepting.join();
            for stream in held(&self.state.streams).drain(..) {
                let _ = stream.shutdown(Shutdown::Both);
            }
        }
    }

    /// Brings it up again at the same port.
    pub fn up(&mut self) {
        let begin = Instant::now();
        let listener = loop {
            match TcpListener::bind(("127.0.0.1", self.state.port)) {
                Ok(listener) => break listener,
                Err(e) => assert!(begin.elapsed() < PATIENCE, "port {}: {e}", self.state.port),
            }
            thread::sleep(Duration::from_millis(10));
        };
        self.state.down.store(false, Ordering::SeqCst);
        let state = self.state.clone();
        self.accepting = Some(thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if state.down.load(Ordering::SeqCst) {
                    return;
                }
                held(&state.streams).extend(stream.try_clone());
                let state = state.clone();
                thread::spawn(move || while let Ok(true) = answer(&state, &stream) {});
            }
        }));
    }

    /// Posts to its gateway, with the token that it shares with it.
    ///
    /// # Errors
    /// The gateway does not answer.
    pub fn post(&self, gateway: &str, url: &str, path: &str, body: Value) -> io::Result<http::Answer> {
        self.post_keyed(gateway, url, path, body, None)
    }

    /// Posts to its gateway under an `Idempotency-Key`.
    ///
    /// # Errors
    /// The gateway does not answer.
    pub fn post_keyed(
        &self,
        gateway: &str,
        url: &str,
        path: &str,
        mut body: Value,
        key: Option<&str>,
    ) -> io::Result<http::Answer> {
        body["token"] = token(gateway, self.name()).into();
        let headers: Vec<_> = key.map(|key| ("Idempotency-Key", key)).into_iter().collect();
        http::post(url, path, &headers, &body)
    }
}

impl Drop for Plain {
    fn drop(&mut self) {
        self.down();
    }
}

/// Answers one request; true if another may follow on this connection.
fn answer(state: &State, mut stream: &TcpStream) -> io::Result<bool> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Ok(false);
    }
    let mut parts = line.split_whitespace();
    let (method, path) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let path = path.trim_start_matches('/').split('?').next().unwrap_or_default();
    let mut headers = HashMap::new();
    loop {
        let mut header = String::new();
        reader.read_line(&mut header)?;
        let Some((name, value)) = header.split_once(':') else { break };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let length = headers.get("content-length").and_then(|l| l.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    if method == "GET" {
        state.gets.fetch_add(1, Ordering::SeqCst);
        let users: Vec<Value> = held(&state.users).iter().map(|(id, name)| json!({"id": id, "name": name})).collect();
        let (status, body) = if path == "users" { (200, json!(users)) } else { (404, json!({})) };
        return write(stream, status, "", &body).map(|()| true);
    }
    let mut post = Post {
        at: Instant::now(),
        path: path.to_owned(),
        id: headers.remove("webhook-id").unwrap_or_default(),
        body: serde_json::from_slice(&body).unwrap_or_default(),
        taken: false,
    };
    let behaviour = held(&state.behaviour).clone();
    let reply = behaviour(&post);
    post.taken = matches!(reply, Reply::Status(200..=299) | Reply::With(200..=299, _));
    held(&state.posts).push(post);
    let told = |status: u16| json!({"status": status, "message": format!("{} says {status}", state.name)});
    match reply {
        Reply::Status(status) => write(stream, status, "", &told(status))?,
        Reply::With(status, headers) => write(stream, status, headers, &told(status))?,
        Reply::Says(status, words) => write(stream, status, "", &json!({"status": status, "message": words}))?,
        Reply::Hang => {
            // Until the other side gives up.
            let _ = stream.read(&mut [0]);
            return Ok(false);
        }
        Reply::HangUp => {
            let _ = stream.shutdown(Shutdown::Both);
            return Ok(false);
        }
        Reply::Drip => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")?;
            loop {
                stream.write_all(b" ")?;
                thread::sleep(Duration::from_millis(20));
            }
        }
    }
    Ok(true)
}

fn write(mut stream: &TcpStream, status: u16, headers: &str, body: &Value) -> io::Result<()> {
    let body = body.to_string();
    let head = format!(
        "HTTP/1.1 {status} x\r\nContent-Type: application/json\r\nContent-Length: {}\r\n{headers}\r\n",
        body.len()
    );
    stream.write_all(format!("{head}{body}").as_bytes())
}
