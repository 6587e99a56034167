// The wall (examples/wall): five chats side by side, each with a real process behind it that its buttons kill and revive. What waits for one
// that is down is counted and arrives, and the room reads the same in all five.

import { execFile } from "node:child_process";
import { request } from "node:http";
import { join } from "node:path";
import { promisify } from "node:util";
import { serveWall } from "../../examples/wall/server.js";
import { FlaskChat, JsonChat, PlainChat, SignalRChat } from "../demo/chats.mjs";
import { DESK, PHONE, check, expect, inspect, person, shot, until } from "./harness.js";
import { freePorts } from "./platforms.js";

const ROOM = "Asado del sábado";
/** What is said, so that the picture of README.md has something to show: before the wall is opened, on it, and while BuasApp is down. */
const TALK = [
  ["Ana", "¿Quién viene el sábado?"], ["Marcelo", "¡Yo! Llevo el mate y las facturas 🥐"], ["Sofía", "Y yo las empanadas 🥟"],
  ["Lucía", "Pongo las reposeras ☀️"], ["Fabio", "Contá conmigo. ¿A qué hora?"], ["Ana", "A las nueve. Traigan hambre 😄"],
];
const FROM_EACH = [
  ["RustChat", "Yo me ocupo del fuego 🔥"], ["BuasApp", "Julieta hace la ensalada"], ["GWT_CHAT", "¿De carne o de humita?"],
  ["net core", "Las dos. Y llevo la guitarra 🎸"], ["PlainChat", "Hielo llevo yo 🧊"],
];
const MEANWHILE = [["RustChat", "Marcelo, ¿se te cortó la luz?"], ["GWT_CHAT", "Que traiga también la pava 🫖"], ["PlainChat", "Cuando vuelva lo lee todo"]];
/** The platforms as the wall shows them: who is logged in, and where each node keeps its store. */
const SHOWN = [
  { key: "rust", name: "RustChat", made: "Rust", user: "Ana", Chat: JsonChat, store: "node.db" },
  { key: "buas", name: "BuasApp", made: "Python", user: "Marcelo", Chat: FlaskChat, store: "integrador.db" },
  { key: "gwt", name: "GWT_CHAT", made: "Java", user: "Sofía", Chat: JsonChat, store: "node.db" },
  { key: "net", name: "net core", made: "C#", user: "Lucía", Chat: SignalRChat, store: "node.db" },
  { key: "plain", name: "PlainChat", made: "sin la biblioteca", user: "Fabio", Chat: PlainChat },
];

export async function run(browser, all) {
  const { urls, folder, bin } = all;
  const chats = SHOWN.map(({ key, name, user, Chat }) => new Chat(name, urls[key], [user]));
  const stores = [["Norte", join("Norte", "node.db")], ["Centro", "centro.db"], ...SHOWN.filter(({ store }) => store).map(({ name, store }) => [name, join(name, store)])];
  const status = (store) => [join(bin, "integrador"), "status", "--store", join(folder, store), "--json"];
  for (const [name, store] of stores) await reached(name, status(store));
  const room = await group(chats);
  const platforms = SHOWN.map(({ key, name, made, user }, n) => ({
    name, made, user, url: urls[key],
    process: () => all[key].process,
    address: () => chats[n].address(user, room),
    session: () => chats[n].session(user),
    kill: () => all[key].end("SIGKILL"),
    revive: () => all[key].start(),
  }));
  const wall = await serveWall({
    port: Number(new URL(urls.wall).port), platforms, room: () => ROOM, stores: stores.map(([name, store]) => ({ name, command: [...status(store), "--watch=1"] })),
  });
  const page = await person(browser, "wall", DESK);
  try {
    await onTheWall(page, wall, all);
    await lookersEnd(status("centro.db"));
  } finally {
    await page.context().close();
    wall.close();
  }
}

/** Waits until a node knows what all others are: what it kept for one that it did not know yet would be a dead letter then. */
async function reached(node, [program, ...args]) {
  await until(`${node} reaches all`, async () => {
    const { platforms } = JSON.parse((await promisify(execFile)(program, args)).stdout);
    return SHOWN.every(({ name }) => name === node || platforms.some((p) => p.name === name && (p.via || p.kind !== "unknown")));
  });
}

/** A group over all of them, in which they have talked. */
async function group(chats) {
  await Promise.all(chats.map((chat) => chat.open()));
  const [first] = chats;
  const [ana] = first.users;
  const ids = () => chats.map((chat) => chat.id(chat.users[0]));
  await first.until("all are known", () => ids().every((id) => id && first.people.has(id)));
  const room = await first.create(ana, ROOM, ids().slice(1));
  await Promise.all(chats.map((chat) => chat.until("the room", () => chat.rooms.has(room))));
  for (const [who, text] of TALK) {
    await chats.find((chat) => chat.users.includes(who)).write(who, room, text);
    await Promise.all(chats.map((chat) => chat.arrival(room, text)));
  }
  for (const chat of chats) chat.close();
  return room;
}

async function lookersEnd(status) {
  await check("wall: what looks at a store ends when nobody reads it any more", async () => {
    const [program, ...args] = status;
    const one = `"$0" "$@" --watch=1 | head -n 1`;
    const { stdout } = await promisify(execFile)("sh", ["-c", one, program, ...args], { timeout: 10_000 });
    expect(JSON.parse(stdout).platforms, stdout);
  });
}

async function onTheWall(page, wall, all) {
  const frames = SHOWN.map((_, n) => page.frameLocator(`#chat-${n} iframe`));
  const at = (name) => SHOWN.findIndex((one) => one.name === name);
  const card = (name) => page.locator(".card").nth(at(name));
  const waiting = async (name) => parseInt(await card(name).locator(".waiting dd").textContent(), 10);
  const texts = (frame) => frame.locator(".msg .text").allTextContents();
  const there = (frame, text) => frame.locator(".msg", { hasText: text }).waitFor();
  /** Somebody writes it in their frame, and it comes to these. */
  const say = async (name, text, readers) => {
    await frames[at(name)].locator("#text").fill(text);
    await frames[at(name)].locator("#text").press("Enter");
    for (const frame of readers) await there(frame, text);
    written += 1;
  };
  /** The same texts in the same order in all five. */
  const same = async (count) => {
    const [first, ...others] = await Promise.all(frames.map(texts));
    expect(first.length === count, `${count} were written, and there are ${first.join(" | ")}`);
    others.forEach((other, n) => expect(other.join() === first.join(), `${SHOWN[n + 1].name} reads ${other.join(" | ")}, and RustChat ${first.join(" | ")}`));
  };
  let written = TALK.length;

  await check("wall: five chats are there, each logged in as somebody, in the same room", async () => {
    await page.goto(wall.url);
    for (const [n, frame] of frames.entries()) {
      await there(frame, TALK.at(-1)[1]);
      expect((await frame.locator(SHOWN[n].key === "plain" ? "#title" : "#chat-name").textContent()) === ROOM, `${SHOWN[n].name} shows another room`);
    }
    await same(written);
    for (const { name } of SHOWN) await until(`${name} is up, and nothing waits`, async () => (await card(name).getAttribute("data-kind")) === "up" && (await waiting(name)) === 0);
  });

  await check("wall: what is written in one frame is in all five, in one order", async () => {
    for (const [name, text] of FROM_EACH) await say(name, text, frames);
    await same(written);
  });

  await check("wall: its button kills the process, and what is written meanwhile is seen to wait", async () => {
    const { pid } = all.buas.process;
    await card("BuasApp").getByRole("button", { name: "Matar BuasApp con kill -9" }).click();
    await card("BuasApp").locator(".why", { hasText: "kill -9" }).waitFor();
    expect((await card("BuasApp").locator(".state").textContent()) === "Caído", "it is not shown as down");
    expect(!alive(pid), `process ${pid} is still there`);
    for (const [n, [name, text]] of MEANWHILE.entries()) {
      await say(name, text, frames.filter((_, f) => f !== at("BuasApp")));
      await until(`${n + 1} wait`, async () => (await waiting("BuasApp")) === n + 1);
    }
    await card("BuasApp").locator(".told q").waitFor();
    const early = (await texts(frames[at("BuasApp")])).filter((text) => MEANWHILE.some(([, one]) => one === text));
    expect(!early.length, `it has ${early.join(" | ")} already`);
    await page.evaluate(() => document.activeElement.blur());
    await shot(page, "wall");
  });

  await check("wall: revived, it gets all that waited, and the order is the same everywhere", async () => {
    await card("BuasApp").getByRole("button", { name: "Revivir BuasApp" }).click();
    for (const [, text] of MEANWHILE) await there(frames[at("BuasApp")], text);
    await until("nothing waits", async () => (await waiting("BuasApp")) === 0);
    await until("it is up again", async () => (await card("BuasApp").getAttribute("data-kind")) === "up");
    await same(written);
  });

  await check("wall: a page that is not the wall's kills nothing", async () => {
    const own = new URL(wall.url);
    const token = await page.locator('meta[name="wall-token"]').getAttribute("content");
    const right = { host: own.host, origin: own.origin, "x-wall-token": token };
    const { pid } = all.gwt.process;
    for (const [what, headers, refused] of [
      ["no token", { ...right, "x-wall-token": undefined }, 403], ["another token", { ...right, "x-wall-token": token.replace(/./g, "A") }, 403],
      ["another origin", { ...right, origin: "http://127.0.0.1:1" }, 403], ["no origin", { ...right, origin: undefined }, 403],
      ["another host", { ...right, host: `localhost:${own.port}` }, 421],
    ]) {
      for (const path of ["/kill", "/revive", "/enter"]) {
        const status = await post(own, path, headers, { platform: "GWT_CHAT" });
        expect(status === refused, `${path} with ${what}: ${status}`);
      }
    }
    expect(all.gwt.process.pid === pid && alive(pid), "it is dead");
    expect((await post(own, "/kill", right, { platform: "Nadie" })) === 404, "a platform that is not there");
  });

  await check("wall: by keyboard, light and dark, at a desk", async () => {
    for (const colorScheme of ["dark", "light"]) {
      await page.emulateMedia({ colorScheme });
      await inspect(page, `wall-1280-${colorScheme}`, `the wall, ${colorScheme}`);
    }
    await page.reload();
    for (const frame of frames) await frame.locator("#text").waitFor();
    await page.keyboard.press("Tab");
    for (const { name } of SHOWN) {
      expect((await page.evaluate(() => document.activeElement.getAttribute("aria-label"))) === `Matar ${name} con kill -9`, `the key does not lead to the button of ${name}`);
      await page.keyboard.press("Tab");
    }
  });

  await check("wall: on a phone one chat at a time, and how all stand stays in sight", async () => {
    await page.setViewportSize(PHONE);
    await page.reload();
    for (const frame of frames) await there(frame, MEANWHILE.at(-1)[1]);
    await page.getByRole("tab", { name: /^RustChat/ }).focus();
    for (const [n, { name }] of SHOWN.entries()) {
      for (const [other] of SHOWN.entries()) {
        expect((await page.locator(`#chat-${other}`).isVisible()) === (other === n), `with ${name} chosen, ${SHOWN[other].name} is ${other === n ? "not " : ""}there`);
        expect((await page.locator(".card").nth(other).isVisible()) === (other === n), `with ${name} chosen, another one's part of the strip is there`);
        expect(await page.getByRole("tab").nth(other).isVisible(), "a tab is not there");
      }
      await frames[n].locator("#text").waitFor();
      await page.keyboard.press("ArrowRight");
    }
    await until("the nodes have said how it stands", async () => (await waiting("RustChat")) === 0);
    for (const colorScheme of ["dark", "light"]) {
      await page.emulateMedia({ colorScheme });
      await inspect(page, `wall-390-${colorScheme}`, `the wall on a phone, ${colorScheme}`);
    }
  });

  await check("wall: a chat that can't run here has its place, and what it needs stands there", async () => {
    const [port] = await freePorts(1);
    const needs = "Necesita un JDK 17 o más nuevo y Maven.";
    const poor = await serveWall({ port, stores: [], room: () => ROOM, platforms: [{ name: "GWT_CHAT", made: "Java", user: "Sofía", absent: needs }] });
    await page.goto(poor.url);
    await page.locator(".chat .note", { hasText: needs }).waitFor();
    expect((await page.locator(".card .state").textContent()) === "No está", "it is shown as if it were there");
    expect(!(await page.locator(".card button").count()), "it can be killed");
    poor.close();
  });
}

function alive(pid) {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Posts with these headers, whatever they are: the status. */
function post({ hostname, port }, path, headers, body) {
  const given = Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined));
  return new Promise((resolve, reject) => {
    const asked = request({ hostname, port, path, method: "POST", headers: { ...given, "content-type": "application/json" } }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    });
    asked.once("error", reject);
    asked.end(JSON.stringify(body));
  });
}
