// The programs that the demo starts, each in a process group of its own, and the certainty that none outlives it.

import { spawn } from "node:child_process";
import { closeSync, openSync, readFileSync, statSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

const running = new Set();
const commands = new Set();

// Whatever ends this process, also kill -9: the guard's input ends with it, and then the guard ends what is still there.
const GUARD = `
  while read -r sign group; do
    case $sign in
      +) groups="$groups $group " ;;
      -) groups=$(printf %s "$groups" | sed "s/ $group / /") ;;
    esac
  done
  for group in $groups; do kill -s KILL -- "-$group" 2>/dev/null; done
`;
const guard = spawn("sh", ["-c", GUARD], { detached: true, stdio: ["pipe", "ignore", "ignore"] });
guard.unref();
guard.stdin.unref();
guard.stdin.on("error", () => {});

/** A program that says `listening on http://…` on its standard output when it is ready. */
export class Service {
  /** How its process is: `{ state, pid }` while it is starting or running, `{ state, code, signal }` when it has ended. */
  process = { state: "starting" };

  constructor(name, command, log, env = {}) {
    Object.assign(this, { name, command, log, env });
  }

  async start() {
    const from = size(this.log);
    const out = openSync(this.log, "a");
    const [program, ...args] = this.command;
    const child = spawn(program, args, {
      detached: true,
      stdio: ["ignore", out, out],
      env: { ...process.env, NO_COLOR: "1", ...this.env },
    });
    closeSync(out);
    this.child = child;
    this.process = { state: "starting", pid: child.pid };
    this.ended = new Promise((resolve) => {
      child.once("exit", (code, signal) => resolve({ code, signal }));
      child.once("error", (error) => resolve({ error }));
    });
    if (child.pid) {
      running.add(this);
      guard.stdin.write(`+ ${child.pid}\n`);
    }
    void this.ended.then(({ code, signal }) => {
      this.process = { state: "ended", code, signal };
      running.delete(this);
      if (child.pid) guard.stdin.write(`- ${child.pid}\n`);
    });
    const end = Date.now() + 60_000;
    while (Date.now() < end && running.has(this)) {
      if (tail(this.log, from).includes("listening on http")) {
        this.process = { ...this.process, state: this.isRunning ? "running" : "ended" };
        return;
      }
      await sleep(20);
    }
    throw new Error(`${this.name} did not start; its log, ${this.log}, ends so:\n${tail(this.log, from).slice(-2_000)}`);
  }

  get isRunning() {
    return running.has(this);
  }

  /** At once, as a power cut would. */
  async kill() {
    signal(this.child.pid, "SIGKILL");
    await this.ended;
  }

  /** Asks it to end; returns whether it did so cleanly. */
  async stop() {
    if (!running.has(this)) return false;
    signal(this.child.pid, "SIGTERM");
    const ended = await Promise.race([this.ended, sleep(12_000, null, { ref: false })]);
    if (!ended) await this.kill();
    // Also what it may have started itself.
    signal(this.child.pid, "SIGKILL");
    return ended?.code === 0;
  }
}

/** Ends all that still runs; returns the names of those that did not end cleanly. */
export async function stopAll() {
  for (const command of commands) signal(command.pid, "SIGKILL");
  const services = [...running];
  const clean = await Promise.all(services.map((service) => service.stop()));
  return services.filter((_, i) => !clean[i]).map((service) => service.name);
}

/** How long a command may take: one that answers, and one that compiles or fetches. */
const ANSWER = 60_000;
const WORK = 20 * 60_000;

/** A command in a group of its own, which is ended as a whole if it takes too long; and a promise of how it ended. */
function bounded(limit, program, args, stdio) {
  const child = spawn(program, args, { stdio, detached: true });
  if (child.pid) guard.stdin.write(`+ ${child.pid}\n`);
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    signal(child.pid, "SIGKILL");
  }, limit);
  commands.add(child);
  const ended = new Promise((resolve, reject) => {
    child.once("close", (code) => resolve(late ? `took longer than ${limit / 1000} s` : code === 0 ? "" : "failed"));
    child.once("error", reject);
  }).finally(() => {
    clearTimeout(timer);
    commands.delete(child);
    if (child.pid) guard.stdin.write(`- ${child.pid}\n`);
  });
  return { child, ended };
}

/** Runs a command to its end and returns its standard output. */
export async function run(program, ...args) {
  const { child, ended } = bounded(ANSWER, program, args, ["ignore", "pipe", "pipe"]);
  const text = async (stream) => {
    let all = "";
    for await (const part of stream.setEncoding("utf8")) all += part;
    return all;
  };
  const [out, err, wrong] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  if (wrong) throw new Error(`${program} ${args[0]} ${wrong}: ${err.trim()}`);
  return out;
}

/** Runs a command whose output is to be seen; it gets no input. */
export async function show(program, ...args) {
  const wrong = await bounded(WORK, program, args, ["ignore", "inherit", "inherit"]).ended;
  if (wrong) throw new Error(`${program} ${args[0]} ${wrong}`);
}

function signal(group, name) {
  try {
    process.kill(-group, name);
  } catch (error) {
    if (error.code !== "ESRCH") throw error;
  }
}

function size(file) {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

function tail(file, from) {
  return readFileSync(file).subarray(from).toString();
}
