// What people do with messages that are there, on the pages of every chat: answer, edit, delete, react; by mouse and keyboard, without
// a network, and as the other pages show it.

import { DESK, PHONE, accessible, check, expect, noSideways, person, shot, until } from "./harness.js";
import { pause } from "./platforms.js";
import * as rust from "./rust-chat.js";

const saying = (page, text) => ({ has: page.locator(".bubble > .text", { hasText: text }) });
export const bubble = (page, text) => page.locator(".msg").filter(saying(page, text));
export const stored = (page, text) => page.locator(".msg:not(.pending):not(.changing)").filter(saying(page, text));
export const reaction = (page, text, emoji) => bubble(page, text).locator(".reaction", { hasText: emoji });
const focused = (page, selector) => until(`${selector} has the focus`, () => page.evaluate((s) => document.activeElement.matches(s), selector));

export async function menuOf(page, text) {
  await stored(page, text).hover();
  await stored(page, text).locator(".more").click();
  await page.locator("#menu[open]").waitFor();
}

export async function choose(page, text, name) {
  await menuOf(page, text);
  await page.locator("#menu").getByRole("button", { name, exact: true }).click();
}

/**
 * Plays it between two people of different apps who have the same chat open: of each the page, the name, and how one writes there.
 */
export async function across(one, two) {
  const both = [one.page, two.page];
  await one.write(one.page, "¿Quién trae queso?");
  await stored(two.page, "¿Quién trae queso?").waitFor();
  await stored(one.page, "¿Quién trae queso?").waitFor();
  await choose(two.page, "¿Quién trae queso?", "Responder");
  await two.write(two.page, "Yo, uno azul");
  await stored(one.page, "Yo, uno azul").locator(".quote", { hasText: "¿Quién trae queso?" }).waitFor();
  await choose(two.page, "Yo, uno azul", "Editar");
  await two.page.locator("#text").fill("Yo, dos azules");
  await two.page.locator("#text").press("Enter");
  await stored(one.page, "Yo, dos azules").locator(".edited").waitFor();
  await choose(one.page, "¿Quién trae queso?", "Editar");
  await one.page.locator("#text").fill("¿Quién trae el queso?");
  await one.page.locator("#text").press("Enter");
  await stored(two.page, "¿Quién trae el queso?").locator(".edited").waitFor();
  for (const page of both) await bubble(page, "Yo, dos azules").locator(".quote", { hasText: "el queso" }).waitFor();
  for (const [{ page }, other] of [[one, two], [two, one]]) {
    await choose(page, "Yo, dos azules", "Reaccionar con 🙏");
    await reaction(other.page, "Yo, dos azules", "🙏").waitFor();
  }
  for (const { page } of [one, two]) await until("both have reacted", async () => (await reaction(page, "Yo, dos azules", "🙏").getAttribute("aria-label")).includes(" y "));
  await reaction(one.page, "Yo, dos azules", "🙏").click();
  await until("one has taken it back", async () => !(await reaction(two.page, "Yo, dos azules", "🙏").getAttribute("aria-label")).includes(" y "));
  for (const [{ page }, text] of [[one, "¿Quién trae el queso?"], [two, "Yo, dos azules"]]) {
    page.once("dialog", (dialog) => dialog.accept());
    await choose(page, text, "Borrar");
  }
  for (const page of both) await until("both are deleted", async () => (await bubble(page, "Mensaje borrado").count()) === 2 && !(await bubble(page, "queso").count()));
}

const longPress = (article) => article.locator(".bubble").evaluate((e) => {
  const { x, y } = e.getBoundingClientRect();
  e.dispatchEvent(new PointerEvent("pointerdown", { bubbles: true, pointerType: "touch", clientX: x + 5, clientY: y + 5 }));
});

/**
 * Plays it between two people of one app. `pane`: where its messages stand. `listed`: where the list shows the last message of the open
 * conversation, if it does. `press`: what a finger does to a message to open its menu. `posts`: where changes are posted, if the page keeps
 * what it can't post.
 */
export async function changes(browser, app) {
  const { name, url, people: [first, second], enter, chatWith = rust.chatWith, write = rust.write, reload = (page) => page.reload() } = app;
  const { pane = "#messages", listed = "#list .item[aria-current=true] .last", posts = "**/app/conversations/*/changes", press = longPress } = app;
  const it = (what, run) => check(`${name}: ${what}`, run);
  const one = await person(browser, `${name}-changes-${first}`, DESK);
  const two = await person(browser, `${name}-changes-${second}`, PHONE, "dark");

  await it("a message is answered with a quote, which leads to it", async () => {
    await enter(one, url, first);
    await enter(two, url, second);
    await chatWith(one, second);
    await chatWith(two, first);
    await write(one, "¿Llevamos mate al parque el domingo? Yo pongo el termo, la yerba y unas facturas de la panadería de la esquina, que abre temprano.");
    for (let n = 0; n < 14; n++) await write(one, `Algo en el medio (${n}).`);
    await choose(two, "¿Llevamos mate", "Responder");
    await two.locator("#regarding", { hasText: `Respondés a ${first}` }).waitFor();
    await focused(two, "#text");
    await two.locator("#text").fill("¡Sí!");
    await reload(two, second, first);
    await two.locator("#regarding", { hasText: "¿Llevamos mate" }).waitFor();
    await shot(two, `changes-${name}-phone-answering`);
    await two.locator("#text").press("Enter");
    for (const page of [one, two]) await stored(page, "¡Sí!").locator(".quote", { hasText: "¿Llevamos mate" }).waitFor();
    expect(await two.locator("#regarding").isHidden(), "it goes on answering");
    await stored(one, "¡Sí!").locator(".quote").click();
    await until("the quoted message is in view", () => bubble(one, "¿Llevamos mate").evaluate((e) => e.getBoundingClientRect().top > 0 && document.activeElement === e));
  });

  await it("one's own is edited, says so, and its quotes follow", async () => {
    await menuOf(one, "¿Llevamos mate");
    await shot(one, `changes-${name}-menu`);
    const menu = await one.locator("#menu").evaluate((e) => [e.scrollWidth - e.clientWidth, e.clientHeight]);
    expect(menu[0] <= 0 && menu[1] < 320, `the menu has ${menu[0]} px too much to show, and is ${menu[1]} high`);
    await one.keyboard.press("Escape");
    await choose(one, "¿Llevamos mate", "Editar");
    await one.locator("#regarding", { hasText: "Editás tu mensaje" }).waitFor();
    await one.locator("#text").fill("¿Llevamos mate al parque el sábado?");
    await shot(one, `changes-${name}-editing`);
    await one.locator("#text").press("Enter");
    for (const page of [one, two]) {
      await stored(page, "parque el sábado").locator(".edited", { hasText: "editado" }).waitFor();
      await bubble(page, "¡Sí!").locator(".quote", { hasText: "sábado" }).waitFor();
    }
    await menuOf(two, "parque el sábado");
    expect(!(await two.locator("#menu .act.edit").count()) && !(await two.locator("#menu .act.delete").count()), "what somebody else wrote can be edited");
    await shot(two, `changes-${name}-phone-menu`);
    await two.keyboard.press("Escape");
  });

  await it("reactions come and go, with one of those offered or any other", async () => {
    await choose(two, "parque el sábado", "Reaccionar con 👍");
    await choose(one, "parque el sábado", "Reaccionar con 👍");
    for (const page of [one, two]) await reaction(page, "parque el sábado", "👍").filter({ hasText: "2" }).waitFor();
    await menuOf(two, "parque el sábado");
    await two.locator("#menu .other").fill("hola");
    await two.locator("#menu .other").press("Enter");
    expect(await two.locator("#menu[open]").count(), "what is no emoji is taken");
    await two.locator("#menu .other").fill("🧉");
    await two.locator("#menu .other").press("Enter");
    await reaction(one, "parque el sábado", "🧉").waitFor();
    await reaction(one, "parque el sábado", "🧉").click();
    await reaction(two, "parque el sábado", "🧉").filter({ hasText: "2" }).waitFor();
    await reaction(one, "parque el sábado", "👍").click();
    await until("one is left", async () => (await reaction(two, "parque el sábado", "👍").textContent()).trim() === "👍");
    expect((await reaction(one, "parque el sábado", "👍").getAttribute("aria-label")).endsWith(second), "it says who");
    await shot(one, `changes-${name}-reactions`);
    await shot(two, `changes-${name}-phone-reactions`);
  });

  await it("what is deleted is shown as such, also in the list and in quotes", async () => {
    await choose(one, "¡Sí!", "Responder");
    await write(one, "Entonces vamos");
    two.once("dialog", (dialog) => dialog.accept());
    await choose(two, "¡Sí!", "Borrar");
    for (const page of [one, two]) {
      await bubble(page, "Mensaje borrado").waitFor();
      await bubble(page, "Entonces vamos").locator(".quote", { hasText: "Mensaje borrado" }).waitFor();
      expect(!(await bubble(page, "¡Sí!").count()), "it is still there");
      expect(!(await bubble(page, "Mensaje borrado").locator(".more").count()), "something can be done with it");
    }
    one.once("dialog", (dialog) => dialog.accept());
    await choose(one, "Entonces vamos", "Borrar");
    if (listed) await one.locator(listed, { hasText: "Mensaje borrado" }).waitFor();
    one.once("dialog", (dialog) => dialog.dismiss());
    await choose(one, "Algo en el medio (13).", "Borrar");
    await stored(one, "Algo en el medio (13).").waitFor();
    await shot(one, `changes-${name}-deleted`);
  });

  await it("all of it is done from the keyboard, and the focus comes back", async () => {
    await write(one, "Con el techado");
    await stored(one, "Con el techado").waitFor();
    await one.locator("#text").press("ArrowUp");
    await one.locator("#regarding", { hasText: "Editás" }).waitFor();
    await one.keyboard.press("End");
    await one.keyboard.type(" nuevo");
    await one.keyboard.press("Escape");
    expect((await one.locator("#text").inputValue()) === "" && (await one.locator("#regarding").isHidden()), "it is edited still");
    await one.keyboard.press("ArrowUp");
    await one.locator("#text").fill("Con el teclado");
    await one.keyboard.press("Enter");
    await stored(one, "Con el teclado").locator(".edited").waitFor();
    await focused(one, "#text");
    await one.locator(pane).focus();
    await one.keyboard.press("ArrowUp");
    await one.keyboard.press("ArrowUp");
    await one.keyboard.press("ArrowDown");
    expect(await one.evaluate(() => document.activeElement.textContent.includes("Con el teclado")), "the arrows go elsewhere");
    await shot(one, `changes-${name}-keyboard`);
    await one.keyboard.press("Enter");
    await focused(one, "#menu .emoji");
    await one.keyboard.press("ArrowRight");
    await one.keyboard.press("Enter");
    await reaction(two, "Con el teclado", "❤️").waitFor();
    await until("the message has the focus", () => one.evaluate(() => document.activeElement.matches(".msg") && document.activeElement.textContent.includes("Con el teclado")));
    await one.keyboard.press("Enter");
    await one.keyboard.press("ArrowUp");
    await focused(one, "#menu .act.delete");
    await one.keyboard.press("Escape");
    await until("the message has the focus again", () => one.evaluate(() => document.activeElement.matches(".msg")));
    await one.keyboard.press("Enter");
    for (let n = 0; n < 2; n++) await one.keyboard.press("ArrowDown");
    await focused(one, "#menu .act.reply");
    await one.keyboard.press("Enter");
    await one.locator("#regarding", { hasText: "Respondés a tu mensaje" }).waitFor();
    await one.keyboard.press("Escape");
    expect(await one.locator("#regarding").isHidden(), "it is answered still");
  });

  await it("a draft waits while something is edited", async () => {
    await one.locator("#text").fill("A medio escr");
    await choose(one, "Con el teclado", "Editar");
    await one.locator("#text").fill("Con el teclado y todo");
    await one.keyboard.press("Enter");
    await stored(two, "Con el teclado y todo").waitFor();
    expect((await one.locator("#text").inputValue()) === "A medio escr", "the draft is gone");
    await one.locator("#text").fill("");
  });

  if (posts) await it("without a network all of it is shown at once, outlives a reload, and goes out when it is back", async () => {
    await write(one, "Para borrar en el túnel");
    await stored(one, "Para borrar en el túnel").waitFor();
    await one.route(posts, (route) => route.abort());
    await choose(one, "Con el teclado y todo", "Editar");
    await one.locator("#text").fill("Editado en el túnel");
    await one.keyboard.press("Enter");
    await one.locator(".msg.changing").filter({ hasText: "Editado en el túnel" }).waitFor();
    one.once("dialog", (dialog) => dialog.accept());
    await choose(one, "Para borrar en el túnel", "Borrar");
    await shot(one, `changes-${name}-offline`);
    await one.reload();
    await one.locator(".msg.changing").filter({ hasText: "Editado en el túnel" }).waitFor();
    expect(!(await bubble(two, "Editado en el túnel").count()), "it went out without a network");
    await one.unrouteAll({ behavior: "wait" });
    await stored(one, "Editado en el túnel").waitFor();
    await stored(two, "Editado en el túnel").waitFor();
    await until("it is gone", async () => !(await bubble(two, "Para borrar en el túnel").count()));
  });

  await it("a finger opens the menu, nothing scrolls sideways, and everything has a name", async () => {
    await write(one, "Con el pulgar");
    // A page that scrolls to what has just come takes no press for a long one.
    await until("the menu is open", async () => {
      await press(stored(two, "Con el pulgar"));
      await pause(0.8);
      return two.locator("#menu[open]").count();
    });
    await noSideways(two, "the menu");
    await accessible(two);
    await two.locator("#menu .emoji").first().click();
    await reaction(one, "Con el pulgar", "👍").waitFor();
    await noSideways(two, "a conversation with quotes and reactions");
    for (const page of [one, two]) await accessible(page);
  });

  for (const page of [one, two]) await page.context().close();
}
