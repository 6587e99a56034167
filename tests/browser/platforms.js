// The platforms of the test, as real processes: two rust-chats, a flask-chat, a gwt-chat, a netcore-chat, a standalone node, and
// two plain-chats behind it: one that knows edits, deletes and reactions, and Legacy, which does not.

import { execFileSync, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { createWriteStream, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";

/** Seconds after which a program that was asked to end is not waited for any more. */
const ENDS = 12;

/** Seconds within which a program says that it listens, also on a machine that does other things. */
const READY = 60;

/** A program that is started, killed and started again with the same arguments. */
export class Program {
  #child = null;
  /** How it is: `{ state, pid }` while it is starting or running, `{ state, code, signal }` when it has ended. */
  process = { state: "starting" };

  constructor(name, command, log, env = {}) {
    Object.assign(this, { name, command, log, env });
  }

  /** Returns when it says that it listens. */
  async start() {
    const [file, ...args] = this.command;
    const child = spawn(file, args, { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...this.env, NO_COLOR: "1" }, detached: true });
    this.#child = child;
    this.process = { state: "starting", pid: child.pid };
    this.exit = new Promise((resolve) => child.on("exit", (code, signal) => {
      this.process = { state: "ended", code, signal };
      resolve(signal ?? code);
    }));
    const log = createWriteStream(this.log, { flags: "a" });
    child.stdout.pipe(log);
    child.stderr.pipe(log);
    let output = "";
    const ready = new Promise((resolve) => child.stdout.on("data", (data) => {
      output += data;
      if (output.includes("listening on http://")) resolve("ready");
    }));
    const failed = new Promise((resolve) => child.on("error", (e) => resolve(e.message)));
    const how = await Promise.race([ready, failed, this.exit, pause(READY).then(() => `not ready after ${READY} s`)]);
    if (how !== "ready") throw new Error(`${this.name} did not start (${how}): see ${this.log}`);
    this.process = { state: "running", pid: child.pid };
  }

  /** Ends it, by this signal, and returns its exit code or the signal. SIGKILL goes to all that it has started, too, as a power cut would: so
   *  it is for one that does not end in time. */
  async end(signal) {
    const running = this.#child?.exitCode === null && this.#child.signalCode === null;
    if (running && signal === "SIGKILL") process.kill(-this.#child.pid, signal);
    else if (running) this.#child.kill(signal);
    const how = await Promise.race([this.exit, pause(ENDS).then(() => "still running")]);
    if (how === "still running") process.kill(-this.#child.pid, "SIGKILL");
    return how;
  }
}

/** Makes the library that gives a program a wrong clock, and returns what starts a program with it. */
export function skewed(folder, seconds) {
  const library = join(folder, "skew.so");
  execFileSync("cc", ["-shared", "-fPIC", "-O1", "-Wall", "-o", library, join(import.meta.dirname, "skew.c")], { stdio: "inherit" });
  return { LD_PRELOAD: library, SKEW: String(seconds) };
}

export const pause = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

/** Eight programs in this folder, which is made anew; `bin` is where the built ones are, `python` runs flask-chat. */
export async function platforms(folder, { bin, python, root }) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const [rust, norte, buas, gwt, net, centro, plain, legacy, wall] = (await freePorts(9)).map((port) => `127.0.0.1:${port}`);
  const tokens = new Map();
  const token = (a, b) => {
    const pair = [a, b].sort().join("/");
    if (!tokens.has(pair)) tokens.set(pair, randomBytes(18).toString("base64url"));
    return tokens.get(pair);
  };
  const textOnly = ["PlainChat", "Legacy"];
  const entry = (of, name, address) => ({
    name, endpoint: `http://${address}/api/`, token: token(of, name), supportImage: !textOnly.includes(name), supportAudio: !textOnly.includes(name),
    ...(name === "PlainChat" ? { supports: ["edit", "delete", "reaction"] } : {}),
  });
  const registry = (of, others) => {
    const own = { ...entry(of, of, "127.0.0.1:1"), token: token(of, of) };
    const entries = [own, ...others.map(([name, address]) => entry(of, name, address))];
    if (of === "Centro") entries.shift();
    for (const e of entries) if (e.name === "Centro") e.endpoint = `http://${centro}/`;
    const file = join(folder, `${of}.json`);
    writeFileSync(file, JSON.stringify(entries.map((e, n) => ({ id: n + 1, ...e })), null, 2), { mode: 0o600 });
    return file;
  };
  const rustChat = (name, listen, users, others) => new Program(name, [
    join(bin, "rust-chat"), "--name", name, "--listen", listen, "--data", join(folder, name), "--users", users,
    "--platforms", registry(name, others), ...framed,
  ], join(folder, `${name}.log`));
  const framed = ["--framed-by", `http://${wall}`];
  const peers = [["RustChat", rust], ["Norte", norte], ["BuasApp", buas], ["GWT_CHAT", gwt], ["net core", net], ["Centro", centro]];
  const others = (name) => peers.filter(([peer]) => peer !== name);
  const [tokenOfPlain, dataOfPlain] = [token("Centro", "PlainChat"), join(folder, "plain-chat.jsonl")];
  const plainChat = (name, listen, data, ...more) => new Program(name, [
    process.execPath, join(root, "examples/plain-chat/server.js"), "--name", name, "--listen", listen, "--gateway", `http://${centro}/`,
    "--data", data, ...framed, ...more,
  ], join(folder, `${name}.log`), { PLAIN_CHAT_TOKEN: token("Centro", name) });
  const programs = {
    centro: new Program("Centro", [
      join(bin, "integrador"), "serve", "--name", "Centro", "--listen", centro, "--store", join(folder, "centro.db"),
      "--platforms", registry("Centro", [...others("Centro"), ["PlainChat", plain], ["Legacy", legacy]]),
    ], join(folder, "Centro.log")),
    plain: plainChat("PlainChat", plain, dataOfPlain),
    legacy: plainChat("Legacy", legacy, join(folder, "legacy.jsonl"), "--supports", "", "--users", "Hugo,Irma"),
    rust: rustChat("RustChat", rust, "Ana,Bruno,Carla", others("RustChat")),
    norte: rustChat("Norte", norte, "Diego,Elena Martínez", others("Norte")),
    buas: new Program("BuasApp", [
      python, "-m", "buasapp", "--listen", buas, "--data", join(folder, "BuasApp"), "--platforms", registry("BuasApp", others("BuasApp")), ...framed,
    ], join(folder, "BuasApp.log"), { PYTHONPATH: join(root, "examples/flask-chat") }),
    gwt: new Program("GWT_CHAT", [
      "java", "-jar", join(root, "examples/gwt-chat/server/target/gwt-chat.jar"), "--listen", gwt, "--data", join(folder, "GWT_CHAT"),
      "--platforms", registry("GWT_CHAT", others("GWT_CHAT")), ...framed,
    ], join(folder, "GWT_CHAT.log")),
    net: new Program("net core", [
      python, join(root, "examples/netcore-chat/run"), "--built", "--listen", net, "--data", join(folder, "net core"),
      "--platforms", registry("net core", others("net core")), ...framed,
    ], join(folder, "net core.log")),
  };
  const url = (address) => `http://${address}/`;
  const urls = { rust: url(rust), norte: url(norte), buas: url(buas), gwt: url(gwt), net: url(net), plain: url(plain), legacy: url(legacy), centro: url(centro), wall: url(wall) };
  return { ...programs, programs: Object.values(programs), urls, folder, bin, tokenOfPlain, dataOfPlain };
}

let lastPort = 10_000 + (process.pid % 220) * 100;

/** Free ports outside the range from which the system takes the ports of outgoing connections, and those that it chooses
 *  itself: nobody takes them before the test does. */
export async function freePorts(count) {
  const ports = [];
  while (ports.length < count) {
    lastPort = lastPort < 32_000 ? lastPort + 1 : 10_000;
    if (await isFree(lastPort)) ports.push(lastPort);
  }
  return ports;
}

function isFree(port) {
  const server = createServer();
  return new Promise((resolve) => {
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
