// `make demo`: six chats talk to each other: two in Rust, one in Python, one in Java and one in C# that embed the library, one that doesn't, behind a
// standalone node.
// Builds, starts, lets them talk, counts, and then leaves all running to be looked at, until Ctrl-C. The wall (examples/wall) shows five of
// them side by side from the start.
//
//     DEMO=once make demo      ends after the conversation: 1 if anything was lost, doubled or out of order
//
// Needs Rust, a C compiler, Node.js and Python 3.10 or newer; from PyPI what flask-chat requires, from Maven Central what gwt-chat does, and from npm
// what netcore-chat does. Without a JDK and Maven it goes on without gwt-chat, without a .NET without netcore-chat, and says so.

import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { NETCORE_CHAT, build } from "./build.mjs";
import { FlaskChat, JsonChat, PlainChat, SignalRChat } from "./chats.mjs";
import { bold, chapter, command, faint, note, pad, red, say } from "./narrate.mjs";
import { Service, run, stopAll } from "./processes.mjs";
import { declares } from "./registry.mjs";
import { Story } from "./story.mjs";
import { HELP, obey } from "./terminal.mjs";
import { verify } from "./verify.mjs";
import { DemoWall, openInBrowser } from "./wall.mjs";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
process.chdir(ROOT);
const DATA = join("target", "demo");
const ONCE = process.env.DEMO === "once";
/** Milliseconds that a platform which was killed stays down, so that one sees on the wall what waits for it. */
const LINGER = 4_000;
const program = (name) => join("target", "debug", name);

let ending;
let wall;

/** Ends all and exits. A second call is the same end. */
function end(code) {
  ending ??= (async () => {
    wall?.close();
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
  const { python, java, dotnet, absent } = await build();
  freshData();

  chapter("Registry files: who is reached where, and a secret for each pair");
  const [wallPort, hubPort, rustPort, rondaPort, plainPort, buasPort, gwtPort, netPort] = await Promise.all([4999, 5000, 5001, 5002, 5003, 5004, 5005, 5006].map(port));
  const at = (number, path = "") => `http://127.0.0.1:${number}/${path}`;
  const framed = ["--framed-by", `http://127.0.0.1:${wallPort}`];
  const { files, token } = await registries({
    RustChat: at(rustPort, "api/"),
    Ronda: at(rondaPort, "api/"),
    BuasApp: at(buasPort, "api/"),
    ...(java && { GWT_CHAT: at(gwtPort, "api/") }),
    ...(dotnet && { "net core": at(netPort, "api/") }),
    integrador: at(hubPort),
    PlainChat: at(plainPort, "api/"),
  });

  const users = { RustChat: ["Ana", "Bruno"], Ronda: ["Carla", "Diego"], BuasApp: ["Marcelo", "Julieta"], GWT_CHAT: ["Sofía", "Tomás"], "net core": ["Lucía", "Mateo"], PlainChat: ["Fabio", "Gabriela"] };
  const hubStore = join(DATA, "hub.db");
  const status = (store) => [program("integrador"), "status", "--store", store];
  wall = new DemoWall(wallPort, {
    urls: { RustChat: at(rustPort), BuasApp: at(buasPort), GWT_CHAT: at(gwtPort), "net core": at(netPort), PlainChat: at(plainPort) },
    users,
    absent,
    stores: [["integrador", hubStore], ...["RustChat", "Ronda", "BuasApp", "GWT_CHAT", "net core"].filter((name) => files[name]).map((name) => [name, join(DATA, name, name === "BuasApp" ? "integrador.db" : "node.db")])],
    status: (store) => [...status(store), "--json", "--watch=1"],
  });
  const { url } = await wall.open();
  chapter("The wall: five chats side by side, and how each of them stands");
  say(`  open this: ${bold(url)}`);
  if (!ONCE && openInBrowser(url)) note("it opens in your browser");

  chapter("Starting");
  const log = (name) => join(DATA, `${name}.log`);
  const rustChat = (name, number, users) => {
    const where = ["--listen", `127.0.0.1:${number}`, "--data", join(DATA, name), "--platforms", files[name], ...framed];
    return new Service(name, [program("rust-chat"), "--name", name, ...where, "--users", users.join(",")], log(name));
  };
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
      "--data", join(DATA, "BuasApp"), "--platforms", files.BuasApp, "--users", users.BuasApp.join(","), ...framed],
    log("BuasApp"),
    { PYTHONPATH: join(ROOT, "examples", "flask-chat") },
  );
  const gwtService = java && new Service(
    "GWT_CHAT",
    ["java", "-jar", join("examples", "gwt-chat", "server", "target", "gwt-chat.jar"), "--listen", `127.0.0.1:${gwtPort}`,
      "--data", join(DATA, "GWT_CHAT"), "--platforms", files.GWT_CHAT, "--users", users.GWT_CHAT.join(","), ...framed],
    log("GWT_CHAT"),
  );
  const netService = dotnet && new Service(
    "net core",
    [python, NETCORE_CHAT, "--built", "--listen", `127.0.0.1:${netPort}`, "--data", join(DATA, "net core"),
      "--platforms", files["net core"], "--users", users["net core"].join(","), ...framed],
    log("net core"),
  );
  const plainService = new Service(
    "PlainChat",
    [process.execPath, join("examples", "plain-chat", "server.js"), "--name", "PlainChat", "--listen", `127.0.0.1:${plainPort}`,
      "--gateway", at(hubPort), "--data", join(DATA, "plain-chat.jsonl"), "--users", users.PlainChat.join(","), ...framed],
    log("PlainChat"),
    { PLAIN_CHAT_TOKEN: token },
  );
  const rust = new JsonChat("RustChat", at(rustPort), users.RustChat);
  const ronda = new JsonChat("Ronda", at(rondaPort), users.Ronda);
  const buas = new FlaskChat("BuasApp", at(buasPort), users.BuasApp);
  const gwt = java && new JsonChat("GWT_CHAT", at(gwtPort), users.GWT_CHAT);
  const net = dotnet && new SignalRChat("net core", at(netPort), users["net core"]);
  const plain = new PlainChat("PlainChat", at(plainPort), users.PlainChat);
  wall.shows([[rust, rustService], [buas, buasService], [gwt, gwtService], [net, netService], [plain, plainService]].filter(([chat]) => chat));
  const services = [hub, rustService, rondaService, buasService, gwtService, netService, plainService].filter(Boolean);
  await Promise.all(services.map((service) => service.start()));
  for (const service of services) {
    note(`${pad(service.name, 10)} process ${service.child.pid}, log ${service.log}`);
  }

  await Promise.all([rust, ronda, buas, gwt, net, plain].filter(Boolean).map((chat) => chat.open()));
  const linger = ONCE ? 0 : LINGER;
  const story = new Story({ rust, ronda, buas, gwt, net, plain, rondaService, buasService, gwtService, netService, linger, status: status(hubStore), everywhere: (room) => wall.goTo(room) });
  await story.tell();
  const good = await verify(story);
  for (const chat of story.chats) chat.close();

  if (ONCE) return end(good ? 0 : 1);
  wall.free();
  chapter("All of them are running: write, kill and revive");
  say(`  ${pad("the wall", 10)} ${bold(url)}   ${faint("five of them side by side, with a button to kill each, and one to revive it")}`);
  for (const chat of story.chats) say(`  ${pad(chat.name, 10)} ${bold(chat.url)}   ${faint(`log in as ${chat.users.join(" or ")}${chat === buas ? ", password buasapp" : ""}`)}`);
  say(`\n  ${faint("who is up and what waits:")} ${status(hubStore).join(" ")}`);
  say(`  ${faint("logs and data:")}            ${relative(ROOT, DATA)}/`);
  say(`\n  Type ${bold(HELP)}; ${bold("Ctrl-C")} ends all of them.`);
  obey(process.stdin, services, () => run(...status(hubStore)));
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
