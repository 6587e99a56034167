//! Nodes in processes of their own: `chatter`, an application that writes down what was acknowledged and what its handler
//! got, and the real `integrador serve`. Both can be killed at any instant and started again.

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::OnceLock;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use integrador::Config;
use serde_json::{Value, json};

use crate::ledger::Heard;
use crate::{Net, PATIENCE, found, watch};

/// A child process: killed with the test, and its log shown if the test fails. Every wait for it has a bound.
pub(crate) struct Process {
    child: Child,
    log: PathBuf,
    lines: Receiver<String>,
    over: bool,
}

impl Process {
    pub(crate) fn start(mut command: Command, log: PathBuf) -> Process {
        let file = File::options().create(true).append(true).open(&log).expect("a log file");
        command.stdout(Stdio::piped()).stdin(Stdio::piped()).stderr(file);
        let mut child = command.spawn().unwrap_or_else(|e| panic!("{command:?}: {e}"));
        watch::started(child.id());
        let out = BufReader::new(child.stdout.take().expect("its output"));
        let (said, lines) = channel();
        thread::spawn(move || out.lines().map_while(Result::ok).all(|line| said.send(line).is_ok()));
        Process { child, log, lines, over: false }
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// The next line that it writes; None if it has ended.
    fn line(&self) -> Option<String> {
        match self.lines.recv_timeout(PATIENCE) {
            Ok(line) => Some(line),
            Err(RecvTimeoutError::Disconnected) => None,
            Err(RecvTimeoutError::Timeout) => panic!("it says nothing; its log is {}", self.log.display()),
        }
    }

    fn signal(&self, name: &str) {
        let sent = Command::new("kill").args(["-s", name, &self.id().to_string()]).status();
        assert!(sent.is_ok_and(|status| status.success()), "SIG{name} could not be sent");
    }

    fn kill(&mut self) {
        self.child.kill().expect("it can be killed");
        self.ended();
    }

    pub(crate) fn ended(&mut self) -> ExitStatus {
        let (status, _) = found("the process ends", || self.child.try_wait().expect("it is a child"));
        self.over = true;
        watch::ended(self.id());
        status
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if !self.over {
            let _ = self.child.kill();
            let _ = self.child.wait();
            watch::ended(self.id());
        }
        if thread::panicking() {
            let log = std::fs::read_to_string(&self.log).unwrap_or_default();
            let lines: Vec<_> = log.lines().collect();
            eprintln!("--- the end of {}\n{}", self.log.display(), lines[lines.len().saturating_sub(40)..].join("\n"));
        }
    }
}

/// A program that stands beside the one that runs.
fn beside(name: &str) -> PathBuf {
    let own = std::env::current_exe().expect("this program has a path");
    let folder = own.parent().expect("it is in a folder");
    let folder = if folder.ends_with("deps") { folder.parent().expect("deps is in a folder") } else { folder };
    folder.join(name)
}

/// The real command line, built if it is missing or older than its sources.
pub fn cli() -> &'static Path {
    static CLI: OnceLock<PathBuf> = OnceLock::new();
    CLI.get_or_init(|| {
        let path = beside("integrador");
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace");
        let newest = newest(&root.join("core/src")).max(newest(&root.join("bindings/cli/src")));
        let built = path.metadata().and_then(|meta| meta.modified()).ok();
        if built < newest {
            let mut cargo = Command::new(option_env!("CARGO").unwrap_or("cargo"));
            cargo.args(["build", "--workspace", "--all-features", "--bin", "integrador"]).current_dir(root);
            if path.parent().is_some_and(|folder| folder.ends_with("release")) {
                cargo.arg("--release");
            }
            assert!(cargo.status().is_ok_and(|status| status.success()), "{cargo:?}");
        }
        path
    })
}

fn newest(folder: &Path) -> Option<SystemTime> {
    let entries = std::fs::read_dir(folder).ok()?.flatten();
    let time = |path: PathBuf| if path.is_dir() { newest(&path) } else { path.metadata().ok()?.modified().ok() };
    entries.filter_map(|entry| time(entry.path())).max()
}

/// `integrador serve` for one registry file, at one port, on one store: the same at every start.
pub struct Served {
    name: String,
    /// Where it answers.
    pub url: String,
    store: PathBuf,
    registry: PathBuf,
    log: PathBuf,
    process: Option<Process>,
}

impl Served {
    /// The node of this name, whose registry file is there; not started.
    pub fn new(net: &Net, name: &str, port: u16) -> Served {
        Served {
            name: name.into(),
            url: format!("http://127.0.0.1:{port}/"),
            store: net.path(format!("{name}.db")),
            registry: net.path(format!("{name}.platforms.json")),
            log: net.path(format!("{name}.log")),
            process: None,
        }
    }

    /// What its process holds in memory now, bytes.
    pub fn memory(&self) -> usize {
        let id = self.process.as_ref().expect("it was started").id();
        let status = std::fs::read_to_string(format!("/proc/{id}/status")).expect("Linux shows its processes");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("what is in memory");
        line.trim().trim_end_matches(" kB").parse::<usize>().expect("a number") << 10
    }

    /// What it has logged.
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Starts it, and does not wait.
    pub fn spawn(&mut self) {
        let mut command = Command::new(cli());
        let listen = self.url.trim_start_matches("http://").trim_end_matches('/');
        command.args(["serve", "--name", &self.name, "--listen", listen]);
        command.arg("--platforms").arg(&self.registry).arg("--store").arg(&self.store);
        self.process = Some(Process::start(command, self.log.clone()));
    }

    /// Waits until it says where it listens.
    pub fn ready(&mut self) {
        let line = self.process.as_ref().expect("it was started").line();
        assert!(line.as_ref().is_some_and(|line| line.starts_with("listening on")), "{} said {line:?}", self.name);
    }

    /// Starts it and waits until it listens.
    pub fn start(&mut self) {
        self.spawn();
        self.ready();
    }

    /// `kill -9`.
    pub fn kill(&mut self) {
        self.process.take().expect("it was started").kill();
    }

    /// Has it hang: connections to it are made, and nothing is ever answered.
    pub fn hang(&self) {
        self.process.as_ref().expect("it was started").signal("STOP");
    }

    /// Has it go on where it hung.
    pub fn go_on(&self) {
        self.process.as_ref().expect("it was started").signal("CONT");
    }

    /// Whether nothing waits any more for another platform.
    pub fn has_sent_all(&self) -> bool {
        let status = Command::new(cli()).args(["status", "--json", "--store"]).arg(&self.store).output();
        let status: Value = serde_json::from_slice(&status.expect("it runs").stdout).expect("a status");
        status["platforms"].as_array().expect("platforms").iter().all(|platform| platform["waiting"] == 0)
    }

    /// How many connections to it bring something that it has not read yet.
    pub fn unread(&self) -> usize {
        let port = self.url.trim_end_matches('/').rsplit(':').next().and_then(|port| port.parse::<u16>().ok());
        let local = format!(":{:04X}", port.expect("a port"));
        // Columns: number, local address, remote address, state, bytes to be sent:bytes to be read.
        let table = std::fs::read_to_string("/proc/net/tcp").expect("Linux shows its connections");
        let columns = table.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
        columns.filter(|c| c[1].ends_with(&local) && c[3] == "01" && !c[4].ends_with(":00000000")).count()
    }

    /// SIGTERM, and waits for its end.
    pub fn stop(&mut self) {
        let mut process = self.process.take().expect("it was started");
        process.signal("TERM");
        let status = process.ended();
        assert!(status.success(), "{} ended with {status}", self.name);
    }
}

/// `chatter`: an application in a process of its own, with the same configuration and the same files at every start.
pub struct Chatter {
    config: Config,
    /// What was acknowledged to it.
    pub said: PathBuf,
    /// What its handler got and acknowledged.
    pub heard: PathBuf,
    log: PathBuf,
    /// Shell commands to run before it, in its process.
    pub before: String,
    running: Option<(Process, ChildStdin)>,
}

impl Chatter {
    /// An application with this configuration; not started. Its files are named after it.
    pub fn new(net: &Net, name: &str, config: Config) -> Chatter {
        Chatter {
            config,
            said: net.path(format!("{name}.said")),
            heard: net.path(format!("{name}.heard")),
            log: net.path(format!("{name}.log")),
            before: String::new(),
            running: None,
        }
    }

    /// Starts it, and does not wait.
    pub fn spawn(&mut self) {
        let options = json!({"config": self.config, "said": self.said, "heard": self.heard}).to_string();
        let program = beside("chatter");
        let mut command = Command::new("sh");
        command.args(["-c", &format!("{}\nexec \"$0\" \"$1\"", self.before)]).arg(program).arg(options);
        let mut process = Process::start(command, self.log.clone());
        let stdin = process.child.stdin.take().expect("its input");
        self.running = Some((process, stdin));
    }

    /// Waits until its node is open; returns what it said.
    pub fn ready(&mut self) -> Value {
        let (process, _) = self.running.as_ref().expect("it was started");
        let answer = answer(process).expect("it says that it is open");
        assert!(answer.get("error").is_none(), "it does not open: {answer}");
        answer
    }

    /// Starts it and waits until its node is open.
    pub fn start(&mut self) {
        self.spawn();
        self.ready();
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.running.as_ref().expect("it was started").0.id()
    }

    /// Has it do something; its answer may be an error.
    pub fn try_do(&mut self, order: Value) -> Value {
        self.begin(&order);
        let (process, _) = self.running.as_mut().expect("it was started");
        answer(process).unwrap_or_else(|| panic!("no answer to {order}"))
    }

    /// Has it begin something, for which nobody waits: it is killed meanwhile.
    pub fn begin(&mut self, order: &Value) {
        let (_, stdin) = self.running.as_mut().expect("it was started");
        writeln!(stdin, "{order}").expect("it takes orders");
    }

    /// Has it do something.
    #[track_caller]
    pub fn must(&mut self, order: Value) -> Value {
        let answer = self.try_do(order.clone());
        assert!(answer.get("error").is_none(), "{order}: {answer}");
        answer
    }

    /// Has it write numbered messages into these rooms (by external id, with the user who writes) until it is told to stop,
    /// with a pause between two in one room. It goes on where it was before a crash.
    pub fn talk(&mut self, rooms: &[(&str, i64)], pause_ms: u64) {
        self.must(json!({"do": "talk", "rooms": rooms, "pause_ms": pause_ms}));
    }

    /// Has it stop writing.
    pub fn hush(&mut self) {
        self.must(json!({"do": "hush"}));
    }

    /// `kill -9`.
    pub fn kill(&mut self) {
        self.running.take().expect("it was started").0.kill();
    }

    /// Whether it has ended by itself.
    pub fn has_ended(&mut self) -> bool {
        let (process, ..) = self.running.as_mut().expect("it was started");
        process.child.try_wait().expect("its state").is_some()
    }

    /// Has it close its node and end.
    pub fn stop(&mut self) {
        let (mut process, stdin) = self.running.take().expect("it was started");
        drop(stdin);
        let status = process.ended();
        assert!(status.success(), "it ended with {status}");
    }

    /// How many lines with this text it has logged.
    pub fn logged(&self, text: &str) -> usize {
        let log = std::fs::read_to_string(&self.log).unwrap_or_default();
        log.lines().filter(|line| line.contains(text)).count()
    }

    /// Waits until its handler has got this many different messages and nothing waits for it any more.
    #[track_caller]
    pub fn hears(&mut self, messages: u64) -> Heard {
        let begin = Instant::now();
        loop {
            let heard = Heard::read(&self.heard);
            let waiting = self.must(json!({"do": "status"}))["status"]["inbox"].as_u64();
            if heard.count() >= messages && waiting == Some(0) {
                return Heard::read(&self.heard);
            }
            let count = heard.count();
            assert!(
                begin.elapsed() < PATIENCE,
                "of {messages} messages {count} came, {waiting:?} wait for the handler"
            );
            thread::sleep(Duration::from_millis(20));
        }
    }
}

fn answer(process: &Process) -> Option<Value> {
    serde_json::from_str(&process.line()?).ok()
}
