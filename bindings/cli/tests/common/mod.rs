//! What the tests of the command line are written with: the real program, a few lines of HTTP, and platforms that are played.

#![allow(dead_code, unused_imports, reason = "each test file uses a part of it")]

#[path = "../../../../tests/src/ports.rs"]
#[allow(unreachable_pub, reason = "it belongs to a library")]
mod ports;

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

pub(crate) use ports::free_port;

/// How long anything may take before a test gives up.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// What a command that ended left behind.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ended {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|e| panic!("no JSON: {e}: {self:?}"))
    }

    /// Asserts that it ended well.
    pub(crate) fn ok(self) -> Self {
        assert_eq!(self.code, Some(0), "{self:?}");
        self
    }
}

fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_integrador"));
    command.env_remove("RUST_LOG").stdin(Stdio::null());
    command
}

/// Runs a command to its end in a folder.
pub(crate) fn run_in(folder: &Path, args: &[&str]) -> Ended {
    let mut command = program();
    command.args(args).current_dir(folder);
    Started::start(command).ended()
}

/// The command line with these arguments, to be started.
pub(crate) fn command(args: &[&str]) -> Command {
    let mut command = program();
    command.args(args);
    command
}

/// A program that runs, of which what it wrote can be read meanwhile.
pub(crate) struct Started {
    running: Running,
    out: File,
    err: File,
}

impl Started {
    pub(crate) fn start(mut command: Command) -> Self {
        let (out, err) = (tempfile::tempfile().unwrap(), tempfile::tempfile().unwrap());
        command.stdout(out.try_clone().unwrap()).stderr(err.try_clone().unwrap());
        Started { running: Running(command.spawn().unwrap()), out, err }
    }

    /// Its standard input, where that is a pipe.
    pub(crate) fn input(&mut self) -> std::process::ChildStdin {
        self.running.0.stdin.take().unwrap()
    }

    pub(crate) fn out(&self) -> String {
        so_far(&self.out)
    }

    pub(crate) fn err(&self) -> String {
        so_far(&self.err)
    }

    /// Waits until it says a line that begins so on one of its outputs; the rest of that line.
    pub(crate) fn says(&mut self, begin: &str) -> String {
        let mut found = None;
        eventually(&format!("it says {begin:?}"), || {
            let said = format!("{}\n{}", self.out(), self.err());
            found = said.lines().find_map(|line| line.strip_prefix(begin)).map(str::to_owned);
            let over = self.running.0.try_wait().unwrap().is_some();
            assert!(found.is_some() || !over, "it ended without saying {begin:?}: {said}");
            found.is_some()
        });
        found.unwrap()
    }

    /// Waits for its end.
    pub(crate) fn ended(mut self) -> Ended {
        let code = self.running.ended();
        Ended { code, out: whole(self.out), err: whole(self.err) }
    }
}

/// What was written into a file that is still written to, without moving where that is.
fn so_far(file: &File) -> String {
    use std::os::unix::fs::FileExt;
    let mut bytes = vec![0; usize::try_from(file.metadata().unwrap().len()).unwrap()];
    let read = file.read_at(&mut bytes, 0).unwrap();
    bytes.truncate(read);
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A process that writes into files, so that nobody waits for the end of a pipe; killed if a test ends before it.
struct Running(Child);

impl Running {
    /// Waits for its end.
    fn ended(&mut self) -> Option<i32> {
        let mut status = None;
        eventually("the program ends", || {
            status = self.0.try_wait().unwrap();
            status.is_some()
        });
        status.unwrap().code()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// All that was written into a file.
fn whole(mut file: File) -> String {
    let mut text = String::new();
    file.rewind().unwrap();
    file.read_to_string(&mut text).unwrap();
    text
}

/// Waits until it is so.
pub(crate) fn eventually(what: &str, mut is_so: impl FnMut() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < end, "it never came true that {what}");
        std::thread::sleep(Duration::from_millis(30));
    }
}

/// A running `integrador serve`.
pub(crate) struct Served {
    running: Running,
    out: PathBuf,
    pub(crate) address: SocketAddr,
}

impl Served {
    /// Starts it in a folder, on any free port, and waits for the line that says where it listens.
    pub(crate) fn start(folder: &Path, more: &[&str]) -> Self {
        let usual = ["serve", "--platforms", "platforms.json", "--listen", "127.0.0.1:0", "--store", "hub.db"];
        Served::run(folder, &[&usual, more].concat())
    }

    /// Starts it by these arguments, and waits for the line that says where it listens.
    pub(crate) fn run(folder: &Path, args: &[&str]) -> Self {
        let log = File::create(folder.join("serve.log")).unwrap();
        let out = folder.join("serve.out");
        let mut running = Running(
            program().args(args).current_dir(folder).stdout(File::create(&out).unwrap()).stderr(log).spawn().unwrap(),
        );
        let mut said = String::new();
        eventually("it says something, or ends", || {
            let over = running.0.try_wait().unwrap().is_some();
            said = std::fs::read_to_string(&out).unwrap();
            over || said.ends_with('\n')
        });
        let first = said.lines().next().unwrap_or_default();
        let address = first.strip_prefix("listening on http://").and_then(|a| a.parse().ok());
        let log = || std::fs::read_to_string(folder.join("serve.log")).unwrap();
        Served { running, out, address: address.unwrap_or_else(|| panic!("it said {said:?}\n{}", log())) }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    /// Sends a signal, such as `TERM`.
    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("kill").args(["-s", name, &self.running.0.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// Waits for its end. What it wrote after the line that says where it listens is part of what is returned.
    pub(crate) fn ended(mut self) -> Ended {
        let code = self.running.ended();
        let said = std::fs::read_to_string(&self.out).unwrap();
        let (_, out) = said.split_once('\n').unwrap();
        Ended { code, out: out.to_owned(), err: String::new() }
    }

    /// Posts JSON, as a plain platform does.
    pub(crate) fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        let body = body.to_string();
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        write!(
            stream,
            "POST /{path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
        let (_, body) = answer.split_once("\r\n\r\n").unwrap();
        (status, serde_json::from_str(body).unwrap())
    }
}

/// A platform without the library, played: answers every post with the status that it was told to.
pub(crate) struct Plain {
    pub(crate) url: String,
    status: Arc<AtomicU16>,
    got: Arc<Mutex<Vec<(String, Value)>>>,
}

impl Plain {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let plain = Plain { url, status: Arc::new(AtomicU16::new(200)), got: Arc::default() };
        let (status, got) = (plain.status.clone(), plain.got.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (status, got) = (status.clone(), got.clone());
                std::thread::spawn(move || answer(stream.unwrap(), &status, &got));
            }
        });
        plain
    }

    pub(crate) fn answers(&self, status: u16) {
        self.status.store(status, Ordering::SeqCst);
    }

    /// The texts of the messages that it took.
    pub(crate) fn texts(&self) -> Vec<String> {
        let got = self.got.lock().unwrap();
        let messages = got.iter().filter(|(path, _)| path == "/message");
        messages.map(|(_, body)| body["text"].as_str().unwrap().to_owned()).collect()
    }
}

/// Answers one request; `Connection: close` makes it the only one. A half-sent request of a node that ends is dropped.
fn answer(stream: TcpStream, status: &AtomicU16, got: &Mutex<Vec<(String, Value)>>) -> Option<()> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut parts = line.split(' ').map(str::to_owned);
    let (method, path) = (parts.next()?, parts.next()?);
    let mut length = 0;
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        if header.trim().is_empty() {
            break;
        }
        if let Some(value) = header.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let (status, body) = if method == "GET" {
        (200, "[]".to_owned())
    } else {
        let status = status.load(Ordering::SeqCst);
        if status == 200 {
            got.lock().unwrap().push((path, serde_json::from_slice(&body).ok()?));
        }
        (status, json!({"status": status, "message": "played"}).to_string())
    };
    write!(
        reader.get_mut(),
        "HTTP/1.1 {status} Played\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
    .ok()
}

/// A folder with a registry file of two plain platforms: `BuasApp`, which posts and is reached nowhere, and `GWT_CHAT`.
pub(crate) fn hub(gwt: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let registry = json!([
        {"id": 1, "name": "BuasApp", "endpoint": "http://127.0.0.1:9/", "token": "token-of-buas"},
        {"id": 2, "name": "GWT_CHAT", "endpoint": gwt, "token": "token-of-gwt"},
    ]);
    std::fs::write(folder.path().join("platforms.json"), registry.to_string()).unwrap();
    let path = folder.path().to_owned();
    (folder, path)
}
