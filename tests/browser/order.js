// One order for all: whoever was away while something was written, the four pages show a conversation in the same order,
// and in the same one after a reload. What is compared is what the pages show, not what their servers would answer.

import { readFileSync, writeFileSync } from "node:fs";
import * as flask from "./flask-chat.js";
import { DESK, PHONE, check, expect, person, shot, until } from "./harness.js";
import { skewed } from "./platforms.js";
import * as rust from "./rust-chat.js";

const GROUP = "Orden del día";
const ROOM = "Relojes";
const LONG = "Larga";
const AHEAD = "Dos minutos antes";

// How the pages are read.

const bubbles = (page) => page.locator("#messages .text").allTextContents();

/** Those of plain-chat. */
const notes = (page) => page.locator("#log .text").allTextContents();

/** The id of the conversation that is open, as the server of its page knows it. */
const idIn = (page) => decodeURIComponent(new URL(page.url()).hash).replace(/^#c?/, "");

/** What the list beside the conversation says of it. */
const preview = (page) => page.locator("#list [aria-current=true]").locator(".last, .preview").textContent();

/** Returns once the readers show these texts and no others, in this order; then they do so after a reload, too. */
async function allRead(readers, expected) {
  let read = [];
  const agree = async () => {
    read = await Promise.all(readers.map(({ page, texts }) => texts(page)));
    return read.every((texts) => texts.join("|") === expected.join("|"));
  };
  const all = () => readers.map(({ name }, n) => `\n${name}: ${read[n].join(" | ")}`).join("");
  await until("all pages show the same", agree).catch((e) => { throw new Error(`${e.message}${all()}\nexpected: ${expected.join(" | ")}`); });
  for (const { page, name } of readers.filter((r) => r.texts === bubbles)) {
    const last = await preview(page);
    expect(last.endsWith(expected.at(-1)), `${name}: the list says «${last}»`);
  }
  for (const { page, reload, texts } of readers) {
    await reload(page);
    await until("the messages are there again", async () => (await texts(page)).length === expected.length);
  }
  expect(await agree(), `after a reload:${all()}`);
}

// Two messages that are written while the server is away. Its history is asked for before it has the first of them, and
// comes between the two: the worst that can happen to a page.

async function writeWhileAway(page, program, write, texts) {
  const event = () => {
    let happens;
    const happened = new Promise((resolve) => { happens = resolve; });
    return { happens, happened };
  };
  const [asked, posted, given] = [event(), event(), event()];
  await program.end("SIGKILL");
  await page.locator("#offline").waitFor();
  for (const text of texts) await write(page, text);
  await page.route("**/app/conversations/*/messages", async (route) => {
    const post = route.request().postDataJSON();
    if (post?.text === texts[0]) await asked.happened;
    else if (post) await given.happened;
    const response = await route.fetch();
    if (!post) {
      asked.happens();
      await posted.happened;
    }
    await route.fulfill({ response });
    (post ? posted : given).happens();
  });
  await program.start();
  await given.happened;
  for (const text of texts) await page.locator("#messages .msg:not(.pending)").filter({ hasText: text }).waitFor();
  await page.unrouteAll({ behavior: "wait" });
}

// The test.

export async function run(browser, all) {
  const { urls } = all;
  const ana = await person(browser, "ana", DESK);
  const marcelo = await person(browser, "marcelo", DESK);
  const sofia = await person(browser, "sofia", DESK);
  const fabio = await person(browser, "fabio", PHONE);
  const enterPlain = (page) => rust.enterPlain(page, urls.plain, "Fabio");
  let group; // in which all four of them are
  const reload = (page) => page.reload(); // the address says which conversation is open
  const readers = [
    { name: "RustChat", page: ana, texts: bubbles, reload },
    { name: "BuasApp", page: marcelo, texts: bubbles, reload },
    { name: "GWT_CHAT", page: sofia, texts: bubbles, reload },
    { name: "PlainChat", page: fabio, texts: notes, reload: async (page) => { await enterPlain(page); await rust.openNote(page, group); } },
  ];
  const begin = async (name) => {
    group = name;
    const button = await rust.create(ana, { name, people: ["Marcelo", "Sofía", "Fabio"] });
    await button.click();
    await rust.openChat(ana, name);
    await rust.openChat(sofia, name);
    await flask.openChat(marcelo, name);
    await rust.openNote(fabio, name);
  };
  const said = [];
  /** Somebody writes, and it is the next in the order of all. */
  const says = async (write, page, text) => {
    await write(page, text);
    said.push(text);
  };

  await check("a group over four platforms reads the same on all pages while they write by turns", async () => {
    await rust.enter(ana, urls.rust, "Ana");
    await flask.enter(marcelo, urls.buas, "Marcelo");
    await rust.enter(sofia, urls.gwt, "Sofía");
    await enterPlain(fabio);
    await begin(GROUP);
    for (const n of [1, 2]) {
      for (const [write, page, who] of [[rust.write, ana, "Ana"], [flask.write, marcelo, "Marcelo"], [rust.write, sofia, "Sofía"], [rust.jot, fabio, "Fabio"]]) {
        await says(write, page, `${who} dice ${n}`);
        for (const { page, texts } of readers) await until("it is everywhere", async () => (await texts(page)).includes(said.at(-1)));
      }
    }
    await allRead(readers, said);
  });

  await check("what comes late from a platform that was away stands where it was written", async () => {
    await all.buas.end("SIGKILL");
    await says(rust.write, ana, "Ana, mientras BuasApp no está");
    await rust.ticked(ana, said.at(-1), "BuasApp", "waiting");
    await says(rust.jot, fabio, "Fabio, también");
    await rust.note(fabio, said.at(-1)).filter({ hasText: "enviado" }).waitFor();
    await all.rust.end("SIGKILL");
    await all.buas.start();
    await flask.message(marcelo, "Fabio, también").waitFor();
    await says(flask.write, marcelo, "Marcelo, sin saber de Ana");
    await says(flask.write, marcelo, "Marcelo, otra vez");
    await flask.ticked(marcelo, said.at(-1), "RustChat", "waiting");
    await all.rust.start();
    await flask.message(marcelo, "Ana, mientras BuasApp no está").waitFor();
    await shot(marcelo, "order-late");
    await allRead(readers, said);
  });

  await check("what waits for the gateway stands last, and takes its place when it is posted", async () => {
    await all.centro.end("SIGKILL");
    const waiting = ["Fabio, sin pasarela", "Fabio, todavía sin pasarela"];
    for (const text of waiting) await rust.jot(fabio, text);
    await says(rust.write, ana, "Ana, con la pasarela caída");
    await flask.message(marcelo, said.at(-1)).waitFor();
    await says(flask.write, marcelo, "Marcelo, con la pasarela caída");
    await flask.ticked(marcelo, said.at(-1), "RustChat", "delivered");
    await shot(fabio, "order-waiting");
    await all.centro.start();
    said.push(...waiting);
    await allRead(readers, said);
  });

  await check("two messages written while the app was away keep their order, even if its history comes between them", async () => {
    for (const [page, program, write, who] of [
      [ana, all.rust, rust.write, "Ana"], [marcelo, all.buas, flask.write, "Marcelo"], [sofia, all.gwt, rust.write, "Sofía"],
    ]) {
      const texts = [`${who}, sin servidor`, `${who}, aún sin servidor`];
      await writeWhileAway(page, program, write, texts);
      said.push(...texts);
      const read = (await bubbles(page)).slice(-2);
      expect(read.join("|") === texts.join("|"), `${who} reads: ${read.join(" | ")}`);
      await allRead(readers, said);
    }
    await shot(ana, "order");
    await shot(marcelo, "order-flask-chat");
    for (const page of [ana, marcelo]) await page.setViewportSize(PHONE);
    await shot(ana, "order-phone");
    await shot(marcelo, "order-flask-chat-phone");
    for (const page of [ana, marcelo]) await page.setViewportSize(DESK);
    await shot(fabio, "order-plain-chat-phone");
    await fabio.setViewportSize(DESK);
    await shot(fabio, "order-plain-chat");
  });

  await check("what comes late and belongs before all that a page shows appears among the older ones", async () => {
    const sides = [
      { page: ana, program: all.rust, name: "RustChat", url: urls.rust, write: rust.write, ticked: rust.ticked, message: rust.message },
      { page: marcelo, program: all.buas, name: "BuasApp", url: urls.buas, write: flask.write, ticked: flask.ticked, message: flask.message },
      { page: sofia, program: all.gwt, name: "GWT_CHAT", url: urls.gwt, write: rust.write, ticked: rust.ticked, message: rust.message },
    ];
    const [rustChat, buasApp, gwtChat] = sides;
    await rust.openChat(ana, GROUP);
    await flask.openChat(marcelo, GROUP);
    await rust.openChat(sofia, GROUP);
    const groups = new Map(sides.map(({ page }) => [page, idIn(page)]));
    await begin(LONG);
    const told = [];
    for (const [late, here] of [[rustChat, buasApp], [buasApp, rustChat], [rustChat, gwtChat]]) {
      const { page } = here;
      const first = `${late.name} llega tarde a ${here.name}`;
      await here.program.end("SIGKILL");
      await late.write(late.page, first);
      await late.ticked(late.page, first, here.name, "waiting");
      await late.program.end("SIGKILL");
      await here.program.start();
      await page.locator("#offline").waitFor({ state: "hidden" });
      const post = (conversation, text) => page.request.post(`${here.url}app/conversations/${encodeURIComponent(conversation)}/messages`, { data: { key: text, text } });
      const texts = Array.from({ length: 60 }, (_, n) => `${here.name} dice ${n}`);
      for (const text of texts) await post(idIn(page), text);
      await post(groups.get(page), `${here.name} en otra parte`);
      await page.reload();
      await here.message(page, texts.at(-1)).waitFor();
      const top = (title) => page.locator("#list a").first().filter({ hasText: title }).waitFor();
      await top(GROUP);
      await late.program.start();
      await top(LONG); // it has come
      expect((await bubbles(page)).join("|") === texts.slice(-50).join("|"), `the end reads: ${(await bubbles(page)).join(" | ")}`);
      told.push(first, ...texts);
      while (await page.locator(".older").isVisible()) {
        const shown = (await bubbles(page)).length;
        await page.locator(".older").click();
        await until("older ones are there", async () => (await bubbles(page)).length > shown);
      }
      expect((await bubbles(page)).join("|") === told.join("|"), `all of it reads: ${(await bubbles(page)).join(" | ")}`);
    }
  });

  await check("a clock that is wrong moves nothing: messages stand in the order in which they were taken", async () => {
    await (await rust.create(ana, { name: ROOM, open: true })).click();
    await rust.openChat(ana, ROOM);
    await flask.openChat(marcelo, ROOM, "rooms");
    await rust.openChat(sofia, ROOM);
    await rust.openNote(fabio, ROOM);
    await rust.write(ana, "Son las diez");
    await rust.note(fabio, "Son las diez").waitFor();
    const roomId = Number(await ana.evaluate(() => location.hash.slice(2)));
    const day = 86_400_000;
    const told = [];
    for (const [text, ahead] of [["Aquí es pasado mañana", 2 * day], ["Aquí es anteayer", -2 * day]]) {
      const data = { roomOriginalPlatform: "RustChat", roomId, senderId: 2, text, sentAt: new Date(Date.now() + ahead).toISOString(), token: all.tokenOfPlain };
      const answer = await fabio.request.post(`${urls.centro}message`, { data });
      expect(answer.status() === 200, `the gateway answers ${answer.status()}`);
      told.push((await answer.json()).id);
    }
    expect(told[0] < told[1], `the gateway tells event ids: ${told}`);
    await rust.message(ana, "Aquí es anteayer").waitFor();
    await rust.write(ana, "Aquí siguen siendo las diez");
    await allRead(readers.slice(0, 3), ["Son las diez", "Aquí es pasado mañana", "Aquí es anteayer", "Aquí siguen siendo las diez"]);
  });

  await check("an app whose clock is two minutes ahead writes, and all read what it says and its answers in one order", async () => {
    await begin(AHEAD);
    const restart = async (env) => {
      await all.rust.end("SIGTERM");
      await ana.locator("#offline").waitFor();
      all.rust.env = env;
      await all.rust.start();
      await ana.locator("#offline").waitFor({ state: "hidden" });
    };
    const right = all.rust.env;
    await restart({ ...right, ...skewed(all.folder, 120) });
    for (const [write, page, text] of [
      [rust.write, ana, "Ana, dos minutos adelantada"], [flask.write, marcelo, "Marcelo responde"], [rust.write, sofia, "Sofía responde"], [rust.jot, fabio, "Fabio también responde"],
    ]) {
      await write(page, text);
      for (const { page, texts } of readers) await until("it is everywhere", async () => (await texts(page)).includes(text));
    }
    const at = await flask.message(marcelo, "Ana, dos minutos adelantada").locator("time").getAttribute("datetime");
    expect(Date.parse(at) > Date.now() + 60_000, `the clock was right: ${at}`);
    await rust.note(fabio, "Fabio también responde").filter({ hasText: "enviado" }).waitFor();
    await restart(right);
    await rust.write(ana, "Ana, con el reloj en hora");
    await rust.note(fabio, "Ana, con el reloj en hora").waitFor();
    await allRead(readers, ["Ana, dos minutos adelantada", "Marcelo responde", "Sofía responde", "Fabio también responde", "Ana, con el reloj en hora"]);
    await shot(marcelo, "order-ahead");
  });

  await check("plain-chat opens a file in which its own messages have no event ids, and reads as it did", async () => {
    await rust.openNote(fabio, GROUP);
    const before = await notes(fabio);
    await all.plain.end("SIGTERM");
    const file = readFileSync(all.dataOfPlain, "utf8");
    const old = file.trimEnd().split("\n").map((line) => JSON.parse(line)).map(({ event, ...line }) => line);
    expect(file.includes('"event":'), "the file has no event ids to be left out");
    writeFileSync(all.dataOfPlain, old.map((line) => `${JSON.stringify(line)}\n`).join(""));
    await all.plain.start();
    await enterPlain(fabio);
    await rust.openNote(fabio, GROUP);
    const now = await notes(fabio);
    expect(now.length === before.length && now.every((text) => before.includes(text)), `read: ${now.join(" | ")}`);
    const others = (texts) => texts.filter((text) => !text.startsWith("Fabio")).join("|");
    expect(others(now) === others(before), `what others wrote: ${others(now)}`);
    const own = (texts) => texts.filter((text) => text.startsWith("Fabio")).join("|");
    expect(own(now) === own(before), `what was written here: ${own(now)}`);
    await rust.jot(fabio, "Fabio, después");
    await rust.note(fabio, "Fabio, después").filter({ hasText: "enviado" }).waitFor();
    expect((await notes(fabio)).at(-1) === "Fabio, después", "what is new does not stand last");
  });
}
