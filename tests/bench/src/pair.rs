//! Two nodes, Alpha and Beta, in processes of their own; Alpha has a room with a member on each.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::ports::free_port;
use crate::{Failed, proc};

/// How the receiver takes events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Takes {
    Batches,
    OneARequest,
}

/// A node's own counters.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Figures {
    /// Events that are durable and that its app has not taken.
    pub inbox: u64,
    pub commits: u64,
    pub waiting: u64,
    pub dead: u64,
}

/// A node's process, which is killed when this is dropped.
pub(crate) struct Process {
    child: Child,
    orders: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Process {
    fn start(arguments: &[&str]) -> Result<Process, Failed> {
        let mut child = Command::new(std::env::current_exe()?)
            .arg("--node")
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let (Some(orders), Some(answers)) = (child.stdin.take(), child.stdout.take()) else {
            return Err("a process without its pipes".into());
        };
        let mut process = Process { child, orders, answers: BufReader::new(answers) };
        process.answer()?;
        Ok(process)
    }

    /// Gives an order; [`answer`](Self::answer) waits for its end.
    pub(crate) fn order(&mut self, order: &str) -> Result<(), Failed> {
        Ok(writeln!(self.orders, "{order}")?)
    }

    pub(crate) fn answer(&mut self) -> Result<Vec<u128>, Failed> {
        let mut line = String::new();
        if self.answers.read_line(&mut line)? == 0 {
            return Err("a node's process ended".into());
        }
        Ok(line.split_whitespace().filter_map(|word| word.parse().ok()).collect())
    }

    pub(crate) fn ask(&mut self, order: &str) -> Result<Vec<u128>, Failed> {
        self.order(order)?;
        self.answer()
    }

    pub(crate) fn figures(&mut self) -> Result<Figures, Failed> {
        let answer = self.ask("figures")?;
        let figure = |i: usize| answer.get(i).and_then(|n| u64::try_from(*n).ok()).unwrap_or(0);
        Ok(Figures { inbox: figure(0), commits: figure(1), waiting: figure(2), dead: figure(3) })
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    fn close(mut self) -> Result<(), Failed> {
        self.ask("close")?;
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) struct Pair {
    pub alpha: Process,
    /// None while it is down.
    beta: Option<Process>,
    takes: Takes,
    folder: PathBuf,
    addresses: [String; 2],
}

impl Pair {
    /// Opens both on fresh stores in a folder of their own, which goes with them.
    pub(crate) fn open(parent: &Path, takes: Takes) -> Result<Pair, Failed> {
        Pair::of_rooms(parent, takes, 1)
    }

    /// The same, with this many rooms and as many who write in them.
    pub(crate) fn of_rooms(parent: &Path, takes: Takes, rooms: u64) -> Result<Pair, Failed> {
        let folder = parent.join("pair");
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder)?;
        let addresses = [free_port(), free_port()].map(|port| format!("127.0.0.1:{port}"));
        let url = |i: usize| format!("http://{}/", addresses[i]);
        let mesh = integrador::registry_file::mesh(&[("Alpha".into(), url(0)), ("Beta".into(), url(1))])?;
        for (name, json) in mesh {
            fs::write(folder.join(format!("{name}.json")), json)?;
        }
        let beta = node(&folder, "Beta", &addresses[1], takes)?;
        let alpha = node(&folder, "Alpha", &addresses[0], Takes::Batches)?;
        let mut pair = Pair { alpha, beta: Some(beta), takes, folder, addresses };
        pair.alpha.ask(&format!("announce {rooms} {rooms}"))?;
        pair.settle()?;
        Ok(pair)
    }

    pub(crate) fn beta(&mut self) -> Result<&mut Process, Failed> {
        Ok(self.beta.as_mut().ok_or("Beta is down")?)
    }

    /// Waits until nothing is under way, and returns how many events Beta has.
    pub(crate) fn settle(&mut self) -> Result<u64, Failed> {
        let deadline = Instant::now() + Duration::from_secs(60);
        let (mut last, mut quiet) = (0, 0);
        while quiet < 6 {
            let waiting = self.alpha.figures()?.waiting;
            let inbox = self.beta()?.figures()?.inbox;
            quiet = if waiting == 0 && inbox > 0 && inbox == last { quiet + 1 } else { 0 };
            last = inbox;
            if Instant::now() > deadline {
                return Err(format!("the nodes do not come to rest: {waiting} wait, {inbox} are there").into());
            }
            sleep(Duration::from_millis(50));
        }
        Ok(last)
    }

    /// CPU seconds of both.
    pub(crate) fn cpu_seconds(&mut self) -> Result<f64, Failed> {
        let beta = self.beta()?.pid();
        Ok(proc::cpu_seconds(self.alpha.pid())? + proc::cpu_seconds(beta)?)
    }

    pub(crate) fn take_down_beta(&mut self) -> Result<(), Failed> {
        self.beta.take().map_or(Ok(()), Process::close)
    }

    pub(crate) fn bring_up_beta(&mut self) -> Result<(), Failed> {
        self.beta = Some(node(&self.folder, "Beta", &self.addresses[1], self.takes)?);
        Ok(())
    }

    pub(crate) fn reopen_alpha(&mut self) -> Result<(), Failed> {
        self.alpha.ask("close")?;
        self.alpha.child.wait()?;
        self.alpha = node(&self.folder, "Alpha", &self.addresses[0], Takes::Batches)?;
        Ok(())
    }
}

impl Drop for Pair {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn node(folder: &Path, name: &str, address: &str, takes: Takes) -> Result<Process, Failed> {
    let path = |ending: &str| folder.join(format!("{name}.{ending}")).display().to_string();
    let (store, registry) = (path("db"), path("json"));
    let mut arguments = vec![name, &store, &registry, address];
    if takes == Takes::OneARequest {
        arguments.push("singly");
    }
    Process::start(&arguments)
}
