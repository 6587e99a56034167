// What is done with a message on one page is seen on all: a group over the five chats, in which somebody of each writes, answers, edits,
// reacts, deletes and sends pictures and sounds; in rooms.js who is in it, and in a public room; in pairs.js each two of them; in faults.js
// each of them down and back; in looks.js all that was said, in each look of each page. What is looked at is what the pages show.

import { bubble, choose, reaction, stored } from "./changes.js";
import * as flask from "./flask-chat.js";
import { DESK, PHONE, accessible, check, expect, noSideways, person, shot, until } from "./harness.js";
import * as netcore from "./netcore-chat.js";
import { faults } from "./faults.js";
import { files } from "./files.js";
import { looks } from "./looks.js";
import { pairs } from "./pairs.js";
import { rooms } from "./rooms.js";
import * as rust from "./rust-chat.js";

const GROUP = "Los cinco";

/** One who takes part: on the page of which app, how they come in, open the group and write. */
const CHATS = [
  { name: "Ana", chat: "rust", enter: rust.enter, open: rust.openChat, write: rust.write },
  { name: "Marcelo", chat: "buas", enter: flask.enter, open: flask.openChat, write: rust.write },
  { name: "Sofía", chat: "gwt", enter: rust.enter, open: rust.openChat, write: rust.write },
  { name: "Lucía", chat: "net", enter: netcore.enter, open: flask.openChat, write: rust.write },
  { name: "Fabio", chat: "plain", enter: rust.enterPlain, open: rust.openNote, write: rust.jot },
];

export async function run(browser, all) {
  const people = [];
  for (const [n, chat] of CHATS.entries()) {
    const page = await person(browser, `five-${chat.chat}`, n % 2 ? PHONE : DESK, n === 3 ? "dark" : "light");
    people.push({ ...chat, page });
  }
  const others = (one) => people.filter((other) => other !== one);
  /** The one after this one, round and round. */
  const next = (one) => people[(people.indexOf(one) + 1) % people.length];
  const everywhere = (see) => Promise.all(people.map(({ page, name }) => see(page).catch((e) => { throw new Error(`on the page of ${name}: ${e.message}`); })));

  await check("five chats: a group over all of them reads what each one writes", async () => {
    for (const { page, chat, name, enter } of people) await enter(page, all.urls[chat], name);
    const [ana] = people;
    const button = await rust.create(ana.page, { name: GROUP, people: others(ana).map(({ name }) => name) });
    await button.click();
    for (const { page, open } of people) await open(page, GROUP);
    for (const { page, name, write } of people) {
      await write(page, `De ${name}`);
      await everywhere((page) => stored(page, `De ${name}`).waitFor());
    }
  });

  await check("five chats: an answer leads to what it answers, on every page", async () => {
    for (const one of people) {
      const { page, name, write } = next(one);
      await choose(page, `De ${one.name}`, "Responder");
      await write(page, `${name} contesta`);
      await everywhere((page) => stored(page, `${name} contesta`).locator(".quote", { hasText: `De ${one.name}` }).waitFor());
    }
  });

  await check("five chats: an edit is seen on every page, in the quotes too", async () => {
    for (const one of people) {
      await choose(one.page, `De ${one.name}`, "Editar");
      await one.page.locator("#text").fill(`Mejor dicho por ${one.name}`);
      await one.page.locator("#text").press("Enter");
      await everywhere(async (page) => {
        await stored(page, `Mejor dicho por ${one.name}`).locator(".edited", { hasText: "editado" }).waitFor();
        await stored(page, `${next(one).name} contesta`).locator(".quote", { hasText: `Mejor dicho por ${one.name}` }).waitFor();
      });
    }
  });

  await check("five chats: reactions of all are counted on every page, and one that is taken back is gone", async () => {
    const [ana] = people;
    for (const { page } of people) await choose(page, `Mejor dicho por ${ana.name}`, "Reaccionar con ❤️");
    await everywhere((page) => reaction(page, `Mejor dicho por ${ana.name}`, "❤️").filter({ hasText: "5" }).waitFor());
    for (const { page } of people.slice(1)) await reaction(page, `Mejor dicho por ${ana.name}`, "❤️").click();
    await everywhere((page) => until("one is left", async () => (await reaction(page, `Mejor dicho por ${ana.name}`, "❤️").textContent()).trim() === "❤️"));
    for (const one of people) {
      await choose(next(one).page, `Mejor dicho por ${one.name}`, "Reaccionar con 👍");
      await everywhere((page) => reaction(page, `Mejor dicho por ${one.name}`, "👍").waitFor());
    }
    for (const { page, chat } of people) await shot(page, `five-${chat}`);
  });

  await check("five chats: what is deleted is gone from every page", async () => {
    for (const one of people) {
      one.page.once("dialog", (dialog) => dialog.accept());
      await choose(one.page, `${one.name} contesta`, "Borrar");
      await everywhere((page) => until("it is gone", async () => !(await bubble(page, `${one.name} contesta`).count())));
    }
    await everywhere((page) => until("five are shown as deleted", async () => (await bubble(page, "Mensaje borrado").count()) === people.length));
    for (const { page, name } of people) {
      await noSideways(page, `the page of ${name}`);
      await accessible(page);
    }
  });

  await check("five chats: nobody can edit or delete what another one wrote", async () => {
    for (const one of people) {
      const { page } = next(one);
      await stored(page, `Mejor dicho por ${one.name}`).hover();
      await stored(page, `Mejor dicho por ${one.name}`).locator(".more").click();
      await page.locator("#menu[open]").waitFor();
      for (const name of ["Editar", "Borrar"]) {
        expect(!(await page.locator("#menu").getByRole("button", { name, exact: true }).count()), `${next(one).name} is offered «${name}»`);
      }
      await page.keyboard.press("Escape");
    }
  });

  await files(people);
  await rooms(people, everywhere, GROUP, all);
  await pairs(people);
  await faults(people, all);
  await looks(people, all);

  for (const { page } of people) await page.context().close();
}
