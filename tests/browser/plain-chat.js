// The page of plain-chat, with a rust-chat on the other side. What is looked at is what the page shows.

import { across, changes, choose } from "./changes.js";
import { DESK, PHONE, accessible, check, expect, noSideways, person, shot, until } from "./harness.js";
import { enterPlain as enter, jot, note, openNote } from "./rust-chat.js";
import * as rust from "./rust-chat.js";

const texts = (page) => page.locator("#log .text").allTextContents();
const draft = (page) => page.locator("#text").inputValue();

async function create(page, { name, people = [], open = false }) {
  await rust.toList(page);
  if (open) await page.getByLabel("sala pública").check();
  for (const one of people) await page.locator("#people").getByLabel(one).check();
  if (await page.locator("#name").isVisible()) await page.locator("#name").fill(name);
  await page.locator("#make button").click();
  await until("it is open", async () => (await page.locator("#title").textContent()) === name);
}

export async function run(browser, all) {
  const { urls } = all;
  await changes(browser, {
    name: "plain-chat", url: urls.plain, people: ["Fabio", "Gabriela"], pane: "#log", listed: null, posts: null, enter, write: jot,
    chatWith: (page, name) => create(page, { name, people: [name] }),
    press: (article) => article.locator(".more").click(),
    // It has no sessions: whoever loads the page says again who they are.
    reload: async (page, name, other) => {
      await enter(page, urls.plain, name);
      await openNote(page, other);
    },
  });
  const fabio = await person(browser, "plain-fabio", DESK);
  const gabriela = await person(browser, "plain-gabriela", PHONE, "dark");
  const carla = await person(browser, "plain-carla", DESK);
  /** Writes as the page does. */
  const post = (room, text) => fabio.request.post(`${urls.plain}app/message`, { data: JSON.stringify({ me: "PlainChat:1", room, text, key: text }) });

  await check("what is half written stays with its room, over other rooms and a reload", async () => {
    await enter(fabio, urls.plain, "Fabio");
    await enter(gabriela, urls.plain, "Gabriela");
    await rust.enter(carla, urls.rust, "Carla");
    await create(fabio, { name: "Gabriela", people: ["Gabriela"] });
    await create(fabio, { name: "Picada", people: ["Gabriela", "Carla"] });
    await fabio.locator("#text").fill("Yo llevo el salam");
    await openNote(fabio, "Gabriela");
    expect((await draft(fabio)) === "", "it goes along into another room");
    await openNote(fabio, "Picada");
    expect((await draft(fabio)) === "Yo llevo el salam", `it is «${await draft(fabio)}»`);
    await enter(fabio, urls.plain, "Fabio");
    await openNote(fabio, "Picada");
    expect((await draft(fabio)) === "Yo llevo el salam", "a reload takes it away");
    await fabio.locator("#text").press("Enter");
    await note(fabio, "Yo llevo el salam").waitFor();
    await until("nothing is half written", async () => (await draft(fabio)) === "");
    await openNote(fabio, "Gabriela");
    await openNote(fabio, "Picada");
    expect((await draft(fabio)) === "", "what was sent is back");
  });

  await check("what comes meanwhile takes away neither the focus nor what is chosen", async () => {
    await rust.openChat(carla, "Picada");
    await fabio.locator("#people").getByLabel("Gabriela").check();
    const focused = () => fabio.evaluate(() => document.activeElement.closest("[data-key]")?.dataset.key ?? document.activeElement.id);
    for (const [element, id] of [[fabio.locator("#people").getByLabel("Gabriela"), "PlainChat:2"], [fabio.locator("#text"), "text"], [fabio.locator("#rooms button", { hasText: "Gabriela" }), await fabio.locator("#rooms button", { hasText: "Gabriela" }).getAttribute("data-key")]]) {
      await element.focus();
      await rust.write(carla, `Mientras el foco está en ${id}`);
      await note(fabio, `Mientras el foco está en ${id}`).waitFor();
      expect((await focused()) === id, `the focus is at ${await focused()}, and was at ${id}`);
    }
    expect(await fabio.locator("#people").getByLabel("Gabriela").isChecked(), "what was chosen is not chosen any more");
    await fabio.locator("#people").getByLabel("Gabriela").uncheck();
  });

  await check("answers, edits, deletes and reactions go to another platform and come from it", async () => {
    await create(fabio, { name: "Carla", people: ["Carla"] });
    await rust.chatWith(carla, "Fabio");
    await across({ page: fabio, write: jot }, { page: carla, write: rust.write });
    await rust.ticked(carla, "Mensaje borrado", "PlainChat", "delivered");
  });

  await check("what is said of a message waits while the gateway is down, and is there after a restart", async () => {
    await jot(fabio, "Llevo vino");
    await note(fabio, "Llevo vino").filter({ hasText: "enviado" }).waitFor();
    await all.centro.end("SIGKILL");
    await choose(fabio, "Llevo vino", "Editar");
    await fabio.locator("#text").fill("Llevo dos vinos");
    await fabio.locator("#text").press("Enter");
    await note(fabio, "Llevo dos vinos").filter({ hasText: "en espera" }).waitFor();
    await all.plain.end("SIGKILL");
    await all.plain.start();
    await all.centro.start();
    await rust.message(carla, "Llevo dos vinos").locator(".edited").waitFor();
    await enter(fabio, urls.plain, "Fabio");
    await openNote(fabio, "Carla");
    await note(fabio, "Llevo dos vinos").filter({ hasText: "enviado" }).waitFor();
    expect((await note(fabio, "Mensaje borrado").count()) === 2, "what was deleted is back");
    const strange = await fabio.request.post(`${urls.plain}app/edit`, { data: JSON.stringify({ me: "PlainChat:2", room: "PlainChat:1", id: 1, text: "x" }) });
    expect(strange.status() === 400, `what is somebody else's, or not there, can be edited: ${strange.status()}`);
    await openNote(fabio, "Picada");
  });

  await check("lines stay lines, addresses are links, and a text is read in its own direction", async () => {
    await fabio.locator("#text").fill("Lista:\n- queso (https://es.wikipedia.org/wiki/Queso_(lácteo)).\n- aceitunas");
    await fabio.locator("#text").press("Enter");
    const list = note(gabriela, "aceitunas").locator(".text");
    await openNote(gabriela, "Picada");
    await until("it has three lines", async () => (await list.evaluate((e) => e.innerText)).split("\n").length === 3);
    const href = await list.locator("a").getAttribute("href");
    expect(href === "https://es.wikipedia.org/wiki/Queso_(lácteo)", `the address is ${href}`);
    await rust.openChat(carla, "Picada");
    await rust.message(carla, "aceitunas").waitFor();
    await jot(fabio, "שלום");
    await until("it has its direction", async () => (await note(gabriela, "שלום").locator(".text").evaluate((e) => getComputedStyle(e).direction)) === "rtl");
  });

  await check("what is too long is not cut, and says by how much", async () => {
    await fabio.locator("#text").fill("y".repeat(5_000));
    expect((await draft(fabio)).length === 5_000, "it is cut");
    await fabio.locator("#over", { hasText: "1000" }).waitFor();
    await fabio.locator("#text").press("Enter");
    expect((await draft(fabio)).length === 5_000, "it went out");
    await fabio.locator("#text").fill("y".repeat(4_000));
    await fabio.locator("#text").press("Enter");
    await rust.message(carla, "y".repeat(4_000)).waitFor();
  });

  await check("all messages can be reached, however many there are", async () => {
    const key = await fabio.locator("#rooms button", { hasText: "Picada" }).getAttribute("data-key");
    const before = await texts(fabio);
    const said = Array.from({ length: 230 }, (_, n) => `Número ${n}`);
    for (const text of said) await post(key, text);
    await note(fabio, "Número 229").waitFor();
    expect((await texts(fabio)).join("|") === said.slice(-200).join("|"), `the end reads ${await texts(fabio)}`);
    await fabio.locator("#log").evaluate((e) => (e.scrollTop = 0));
    const where = () => note(fabio, "Número 35").first().evaluate((e) => e.getBoundingClientRect().top);
    const top = await where();
    await fabio.locator("#older").click();
    await until("older ones are there", async () => (await texts(fabio)).length === before.length + said.length);
    expect(Math.abs((await where()) - top) < 60, `what was at ${top} is at ${await where()}`);
    expect((await texts(fabio)).join("|") === [...before, ...said].join("|"), "the whole is another");
    expect(await fabio.locator("#older").isHidden(), "there are still more");
    await fabio.locator("#log").evaluate((e) => (e.scrollTop = e.scrollHeight));
  });

  await check("public rooms are joined and left, here and elsewhere, and a private group is left", async () => {
    await openNote(fabio, "Plaza de RustChat");
    await rust.openChat(carla, "Plaza de RustChat");
    await fabio.locator("#membership", { hasText: "Unirme" }).click();
    await fabio.locator("#membership", { hasText: "Salir" }).waitFor();
    await carla.locator("#chat-sub", { hasText: "Fabio" }).waitFor();
    await fabio.locator("#membership").click();
    await fabio.locator("#membership", { hasText: "Unirme" }).waitFor();
    await until("the other platform knows that he left", async () => !(await carla.locator("#chat-sub").textContent()).includes("Fabio"));
    await create(gabriela, { name: "Peña de PlainChat", open: true });
    await openNote(fabio, "Peña de PlainChat");
    await rust.openChat(carla, "Peña de PlainChat");
    await fabio.locator("#membership", { hasText: "Unirme" }).click();
    await carla.locator("#chat-sub", { hasText: "Fabio" }).waitFor();
    await gabriela.locator("#membership", { hasText: "Salir" }).click();
    await until("she is out", async () => !(await carla.locator("#chat-sub").textContent()).includes("Gabriela"));
    await carla.locator("#chat-sub", { hasText: "Fabio" }).waitFor();
  });

  await check("a group that shrinks to two stays a group, here and on the other platform", async () => {
    await openNote(gabriela, "Picada");
    gabriela.once("dialog", (dialog) => dialog.accept());
    await gabriela.locator("#membership").click();
    await gabriela.locator("#rooms").waitFor();
    await until("it is gone for her", async () => !(await gabriela.locator("#rooms button", { hasText: "Picada" }).count()));
    await openNote(fabio, "Picada");
    await until("he knows", async () => !(await fabio.locator("#who").textContent()).includes("Gabriela"));
    expect((await fabio.locator("#title").textContent()) === "Picada", "it is called like a chat of two");
    await fabio.locator("#membership", { hasText: "Salir" }).waitFor();
    await rust.openChat(carla, "Picada");
    await until("she knows", async () => !(await carla.locator("#chat-sub").textContent()).includes("Gabriela"));
    await all.plain.end("SIGKILL");
    await all.plain.start();
    await enter(fabio, urls.plain, "Fabio");
    await openNote(fabio, "Picada");
  });

  await check("an answer that is lost is no reason to write twice", async () => {
    let lose = true;
    await fabio.route("**/app/message", async (route) => {
      const response = await route.fetch();
      if (lose) await route.abort();
      else await route.fulfill({ response });
    });
    await fabio.locator("#text").fill("Una sola vez");
    await fabio.locator("#text").press("Enter");
    await fabio.locator("#alert", { hasText: "Probá de nuevo" }).waitFor();
    expect((await draft(fabio)) === "Una sola vez", "it is lost");
    lose = false;
    await fabio.locator("#text").press("Enter");
    await until("it is sent", async () => (await draft(fabio)) === "");
    await rust.message(carla, "Una sola vez").waitFor();
    expect((await note(fabio, "Una sola vez").count()) === 1, "it is there twice");
    await fabio.unrouteAll({ behavior: "wait" });
  });

  await check("what a stranger's page sends is refused", async () => {
    const said = (headers) => fabio.request.post(`${urls.plain}app/message`, { data: {}, headers }).then((answer) => answer.status());
    expect((await said({ origin: "http://127.0.0.1:9" })) === 403, "a page of another origin is served");
    expect((await said({ origin: "null" })) === 403, "a page of no origin is served");
    expect((await said({ origin: new URL(urls.plain).origin })) === 400, "its own page is not told that nothing is written");
  });

  await check("back on a phone leads to the list; nothing scrolls sideways, and everything has a name", async () => {
    await openNote(gabriela, "Peña de PlainChat");
    await jot(gabriela, `https://ejemplo.org/${"muylargo".repeat(40)}`);
    await noSideways(gabriela, "a conversation");
    await shot(gabriela, "plain-chat-phone-dark");
    await gabriela.goBack();
    await gabriela.locator("#rooms").waitFor();
    await noSideways(gabriela, "the list");
    await shot(gabriela, "plain-chat-phone-dark-list");
    await shot(fabio, "plain-chat");
    for (const page of [fabio, gabriela]) await accessible(page);
  });
}
