// The pages of rust-chat and plain-chat.

import { DESK, IMAGE, PHONE, accessible, check, expect, noSideways, person, shot, until } from "./harness.js";

// How people use a rust-chat.

export const message = (page, text) => page.locator("#messages .msg").filter({ hasText: text });

export async function enter(page, url, name) {
  await page.goto(url);
  await page.getByRole("button", { name, exact: true }).click();
  await page.locator("#list .item").first().waitFor();
}

/** On a phone from the conversation back to the list; also on the pages of the other chats. */
export async function toList(page) {
  if (await page.locator("#back").isVisible()) await page.locator("#back").click();
}

export async function openChat(page, title) {
  await toList(page);
  await page.locator("#tab-chats").click();
  await page.locator("#list .item").filter({ has: page.locator(".title", { hasText: title }) }).first().click();
  await until(`«${title}» is open`, async () => (await page.locator("#chat-name").textContent()) === title);
}

export async function chatWith(page, name) {
  await toList(page);
  await page.locator("#tab-people").click();
  await page.locator("#list .item", { hasText: name }).click();
  await until(`the chat with ${name} is open`, async () => (await page.locator("#chat-name").textContent()) === name);
}

export async function write(page, text) {
  await page.locator("#text").fill(text);
  await page.locator("#text").press("Enter");
  await message(page, text).waitFor();
}

/** Its tick for that platform says so. */
export async function ticked(page, text, platform, state) {
  await message(page, text).locator(`.tick[data-platform="${platform}"][data-state="${state}"]`).waitFor();
}

export async function create(page, { name, people = [], open: isOpen = false }) {
  await toList(page);
  await page.locator("#new").click();
  if (isOpen) await page.getByLabel("Sala pública").check();
  for (const person of people) await page.locator("#new-people").getByLabel(person).check();
  await page.locator("#new-name").fill(name);
  return page.locator("#new-create");
}

// How people use plain-chat.

export async function enterPlain(page, url, name) {
  await page.goto(url);
  await page.getByRole("button", { name }).click();
}

export const note = (page, text) => page.locator("#log .msg").filter({ hasText: text });

export async function openNote(page, title) {
  await toList(page);
  await page.locator("#rooms button", { hasText: title }).click();
}

export async function jot(page, text) {
  await page.locator("#text").fill(text);
  await page.locator("#text").press("Enter");
  await note(page, text).waitFor();
}

/** What is said of a message that a platform has no word for: an edit comes as a message, and of a delete the ticks say so. */
export async function unable(ana, hugo, { name, app }) {
  await chatWith(ana, "Hugo");
  await write(ana, "Nos vemos a las ocho");
  await ticked(ana, "Nos vemos a las ocho", "Legacy", "delivered");
  const act = async (text, name) => {
    await message(ana, text).hover();
    await message(ana, text).locator(".more").click();
    await ana.locator("#menu").getByRole("button", { name, exact: true }).click();
  };
  await act("Nos vemos a las ocho", "Editar");
  await ana.locator("#text").fill("Nos vemos a las nueve");
  await ana.locator("#text").press("Enter");
  await openNote(hugo, name);
  await note(hugo, "✎ Nos vemos a las nueve").locator(".quote", { hasText: "a las ocho" }).waitFor();
  await note(hugo, "✎ Nos vemos a las nueve").locator(".more").click();
  expect((await hugo.locator("#menu").textContent()) === "Responder", `it offers ${await hugo.locator("#menu").textContent()}`);
  await hugo.keyboard.press("Escape");
  await ticked(ana, "Nos vemos a las nueve", "Legacy", "delivered");
  await message(ana, "Nos vemos a las nueve").locator(".ticks").click();
  for (const words of ["Mensaje", "Edición"]) await message(ana, "Nos vemos a las nueve").locator(".fates li", { hasText: words }).waitFor();
  await shot(ana, `${app}-unsupported`);
  ana.once("dialog", (dialog) => dialog.accept());
  await act("Nos vemos a las nueve", "Borrar");
  await ticked(ana, "Mensaje borrado", "Legacy", "unsupported");
  // What was told in words stays told.
  await message(ana, "Mensaje borrado").locator(".fates li", { hasText: "no lo muestra: ahí sigue el mensaje" }).waitFor();
  await shot(ana, `${app}-unsupported-delete`);
}

// The test.

export async function run(browser, all) {
  const { urls } = all;
  const ana = await person(browser, "ana", DESK);
  const diego = await person(browser, "diego", PHONE);
  const fabio = await person(browser, "fabio", PHONE);

  await check("a user of the app logs in, and only its own users are offered", async () => {
    await ana.goto(urls.rust);
    await ana.locator("#login-users button").first().waitFor();
    await shot(ana, "rust-chat-login");
    expect((await ana.locator("#login-users button").allTextContents()).join() === "AAna,BBruno,CCarla", "others are offered too");
    await enter(ana, urls.rust, "Ana");
    await enter(diego, urls.norte, "Diego");
    await enterPlain(fabio, urls.plain, "Fabio");
  });

  await check("people of the other platforms are shown, with their platform and whether it is up", async () => {
    await ana.locator("#tab-people").click();
    for (const name of ["Diego", "Elena Martínez", "Fabio", "Gabriela"]) await ana.locator("#list .item", { hasText: name }).waitFor();
    for (const platform of ["Norte", "PlainChat"]) await ana.locator(`#list h3[data-platform="${platform}"][data-state="up"]`).waitFor();
    expect(!(await ana.locator("#list h3[data-platform=Centro]").count()), "a standalone node is listed as a platform");
    await shot(ana, "rust-chat-people");
    await diego.locator("#tab-people").click();
    for (const name of ["Ana", "Bruno", "Fabio"]) await diego.locator("#list .item", { hasText: name }).waitFor();
    await shot(diego, "phone-people");
    for (const name of ["Ana", "Diego"]) await fabio.locator("#people .pick", { hasText: name }).waitFor();
  });

  await check("a private chat between two platforms, both ways, with accents and emoji", async () => {
    await chatWith(ana, "Diego");
    await ana.locator("#messages .none").waitFor();
    await write(ana, "¡Hola, Diego! ¿Qué tal el año? Mañana hay ñoquis 🧉");
    await diego.locator("#tab-chats").click();
    await diego.locator("#list .item.unread", { hasText: "Ana" }).locator(".count", { hasText: "1" }).waitFor();
    await shot(diego, "phone-list");
    await openChat(diego, "Ana");
    await message(diego, "¿Qué tal el año? Mañana hay ñoquis 🧉").waitFor();
    await write(diego, "¡Buenísimo! Llevo el vino 🍷");
    await write(diego, "👏🏽");
    await message(ana, "Llevo el vino 🍷").waitFor();
    await ticked(ana, "¡Hola, Diego!", "Norte", "delivered");
    await ticked(diego, "Llevo el vino", "RustChat", "delivered");
    await toList(diego);
    expect(!(await diego.locator("#list .count").count()), "what was read is still counted");
  });

  await check("a private chat with a platform that does not use the library", async () => {
    await chatWith(ana, "Fabio");
    await write(ana, "Fabio, ¿vienes el sábado?");
    await openNote(fabio, "Ana");
    await note(fabio, "¿vienes el sábado?").waitFor();
    await jot(fabio, "¡Claro que sí! 🎉");
    await message(ana, "¡Claro que sí! 🎉").waitFor();
    await ticked(ana, "¿vienes el sábado?", "PlainChat", "delivered");
    await note(fabio, "enviado").waitFor();
  });

  await check("a group over three platforms, in which everybody reads everybody", async () => {
    const button = await create(ana, { name: "Asado del sábado", people: ["Diego", "Fabio"] });
    await shot(ana, "rust-chat-new-group");
    await button.click();
    await until("the group is open", async () => (await ana.locator("#chat-name").textContent()) === "Asado del sábado");
    await write(ana, "¿Quién trae el carbón?");
    await openChat(diego, "Asado del sábado");
    await message(diego, "¿Quién trae el carbón?").waitFor();
    await write(diego, "Yo. Y leña de quebracho, por si acaso.");
    await openNote(fabio, "Asado del sábado");
    await note(fabio, "quebracho").waitFor();
    await jot(fabio, "Entonces llevo la ensalada 🥗");
    for (const page of [ana, diego]) {
      await message(page, "la ensalada 🥗").waitFor();
      const texts = await page.locator("#messages .text").allTextContents();
      expect(texts.join("|") === "¿Quién trae el carbón?|Yo. Y leña de quebracho, por si acaso.|Entonces llevo la ensalada 🥗", `read: ${texts.join("|")}`);
    }
    await ticked(ana, "¿Quién trae el carbón?", "Norte", "delivered");
    await ticked(ana, "¿Quién trae el carbón?", "PlainChat", "delivered");
    await message(ana, "¿Quién trae el carbón?").locator(".ticks").click();
    await message(ana, "¿Quién trae el carbón?").locator(".fates li", { hasText: "entregado" }).first().waitFor();
    await shot(ana, "rust-chat-group");
    await message(ana, "¿Quién trae el carbón?").locator(".ticks").click();
    await shot(diego, "phone-group");
    await shot(fabio, "plain-chat-group");
  });

  await check("a public room, found and joined from another platform", async () => {
    const button = await create(diego, { name: "Los mundialistas", open: true });
    await shot(diego, "phone-new-room");
    await noSideways(diego, "the dialog");
    await button.click();
    await until("the room is open", async () => (await diego.locator("#chat-name").textContent()) === "Los mundialistas");
    await openChat(ana, "Los mundialistas");
    await ana.locator("#membership", { hasText: "Unirme" }).click();
    await ana.locator("#membership", { hasText: "Salir" }).waitFor();
    await diego.locator("#chat-sub", { hasText: "Ana" }).waitFor();
    await write(ana, "¿Quién gana el domingo? ⚽");
    await message(diego, "¿Quién gana el domingo? ⚽").waitFor();
    await openNote(fabio, "Los mundialistas");
    await note(fabio, "¿Quién gana el domingo? ⚽").waitFor();
    await ana.locator("#membership").click();
    await ana.locator("#membership", { hasText: "Unirme" }).waitFor();
    await until("Norte knows that she left", async () => !(await diego.locator("#chat-sub").textContent()).includes("Ana"));
  });

  await check("an image arrives where images are shown, and as a line of text where not", async () => {
    await openChat(ana, "Asado del sábado");
    await ana.locator("#file").setInputFiles({ name: "parrilla.png", mimeType: "image/png", buffer: IMAGE });
    await ana.locator("#attached", { hasText: "PlainChat no muestra imágenes" }).waitFor();
    await write(ana, "Así quedó la parrilla");
    await openChat(diego, "Asado del sábado");
    const image = message(diego, "Así quedó la parrilla").locator("img");
    await until("Diego sees the image", () => image.evaluate((i) => i.complete && i.naturalWidth === 64));
    await openNote(fabio, "Asado del sábado");
    await note(fabio, "Así quedó la parrilla").filter({ hasText: "parrilla.png" }).waitFor();
  });

  await check("an edit comes as a message where edits are not known, and of a delete the ticks say so", async () => {
    const hugo = await person(browser, "hugo", PHONE);
    await hugo.goto(urls.legacy);
    await hugo.getByRole("button", { name: "Hugo" }).click();
    await unable(ana, hugo, { name: "Ana", app: "rust-chat" });
    await hugo.context().close();
  });

  await check("a platform killed while others write to it gets all of it, once and in order, and its pages come back", async () => {
    await openChat(ana, "Diego");
    await openChat(diego, "Ana");
    await all.norte.end("SIGKILL");
    const texts = ["¿Estás ahí?", "Bueno, cuando vuelvas lo lees 😴", "Te guardé un choripán", "Fin del mensaje"];
    for (const text of texts) await write(ana, text);
    await ticked(ana, texts[0], "Norte", "waiting");
    await ana.locator("#notice", { hasText: "Norte no responde" }).waitFor();
    await shot(ana, "rust-chat-peer-down");
    await diego.locator("#offline").waitFor();
    await shot(diego, "phone-offline");
    await all.norte.start();
    for (const text of texts) await ticked(ana, text, "Norte", "delivered");
    await message(diego, texts.at(-1)).waitFor();
    const read = (await diego.locator("#messages .text").allTextContents()).slice(-texts.length);
    expect(read.join("|") === texts.join("|"), `read: ${read.join("|")}`);
    await until("nobody is down", () => ana.locator("#notice").isHidden());
    await write(diego, "Ya volví 🙌");
    await message(ana, "Ya volví 🙌").waitFor();
  });

  await check("the app that writes is killed itself: what it had taken goes out after its start", async () => {
    await all.norte.end("SIGKILL");
    await write(ana, "Esto lo escribí antes de caerme");
    await ticked(ana, "antes de caerme", "Norte", "waiting");
    await all.rust.end("SIGKILL");
    await ana.locator("#offline").waitFor();
    await write(ana, "Y esto mientras no había servidor");
    await all.rust.start();
    await all.norte.start();
    for (const text of ["antes de caerme", "mientras no había servidor"]) {
      await message(diego, text).waitFor();
      await ticked(ana, text, "Norte", "delivered");
      expect((await message(diego, text).count()) === 1, `«${text}» came twice`);
    }
  });

  await check("plain-chat killed while others write to it gets all of it, once", async () => {
    await openChat(ana, "Fabio");
    await all.plain.end("SIGKILL");
    await write(ana, "¿Se te cortó la luz?");
    await write(ana, "Avisa cuando vuelvas");
    await all.plain.start();
    await openNote(fabio, "Ana");
    await note(fabio, "Avisa cuando vuelvas").waitFor();
    expect((await note(fabio, "¿Se te cortó la luz?").count()) === 1, "a message was lost or came twice");
    await ticked(ana, "Avisa cuando vuelvas", "PlainChat", "delivered");
  });

  await check("someone new signs up, and is known elsewhere at once", async () => {
    const nuria = await person(browser, "nuria", PHONE, "dark");
    await nuria.goto(urls.norte);
    await nuria.getByLabel("¿No estás en la lista?").fill("Ñuria");
    await nuria.keyboard.press("Enter");
    await nuria.locator("#list .item").first().waitFor();
    await shot(nuria, "phone-dark-list");
    await ana.locator("#tab-people").click();
    await ana.locator("#list .item", { hasText: "Ñuria" }).waitFor();
    await openChat(nuria, "Los mundialistas");
    await message(nuria, "¿Quién gana el domingo?").waitFor();
    await shot(nuria, "phone-dark-room");
  });

  await check("nothing scrolls sideways on a phone, however long a word is", async () => {
    await openChat(diego, "Ana");
    await write(diego, `https://ejemplo.org/${"muylargo".repeat(40)}`);
    await noSideways(diego, "a conversation");
    await toList(diego);
    await noSideways(diego, "the list");
    await diego.locator("#tab-people").click();
    await noSideways(diego, "the people");
    await noSideways(fabio, "plain-chat's conversation");
    await fabio.locator("#back").click();
    await noSideways(fabio, "plain-chat's list");
    await shot(fabio, "plain-chat-list");
    await fabio.setViewportSize(DESK);
    await openNote(fabio, "Asado del sábado");
    await shot(fabio, "plain-chat-desk");
  });

  await check("it can be used from the keyboard, and everything has a name", async () => {
    await ana.locator("#tab-chats").click();
    await ana.locator("#list .item").first().focus();
    await ana.keyboard.press("ArrowDown");
    const title = await ana.evaluate(() => document.activeElement.querySelector(".title").textContent);
    await ana.keyboard.press("Enter");
    await until("it is open", async () => (await ana.locator("#chat-name").textContent()) === title);
    await until("the text has the focus", () => ana.evaluate(() => document.activeElement.id === "text"));
    await ana.keyboard.type("Escrito sin ratón");
    await ana.keyboard.press("Enter");
    await message(ana, "Escrito sin ratón").waitFor();
    for (const page of [ana, diego, fabio]) await accessible(page);
  });

  await check("leaving the session ends it", async () => {
    await ana.locator("#logout").click();
    await ana.locator("#login-users button").first().waitFor();
    expect((await ana.request.post(`${urls.rust}app/conversations/1/read`, { data: {} })).status() === 401, "the session goes on");
  });
}
