// The pages of flask-chat, which is BuasApp, with a rust-chat and a plain-chat on the other side.

import { DESK, IMAGE, PHONE, accessible, check, expect, noSideways, person, shot, until } from "./harness.js";
import * as rust from "./rust-chat.js";

// How people use a flask-chat.

export const { message, ticked, write } = rust;
const row = (page, title) => page.locator("#list .item").filter({ has: page.locator(".title", { hasText: title }) });

async function fillIn(page, url, name, password) {
  await page.goto(url);
  await page.getByLabel("Nombre").fill(name);
  await page.getByLabel("Contraseña").fill(password);
}

export async function enter(page, url, name, password = "buasapp") {
  await fillIn(page, url, name, password);
  await page.getByRole("button", { name: "Entrar" }).click();
  await page.locator("#tab-chats").waitFor();
  await until("the list is there", async () => (await page.locator("#list > *").count()) > 0);
}

async function toTab(page, tab) {
  await rust.toList(page);
  await page.locator(`#tab-${tab}`).click();
}

export async function openChat(page, title, tab = "chats") {
  await toTab(page, tab);
  await row(page, title).first().click();
  await until(`«${title}» is open`, async () => (await page.locator("#chat-name").textContent()) === title);
}

async function create(page, { name, people = [], room = false }) {
  await toTab(page, room ? "rooms" : "chats");
  await page.locator("#new").click();
  for (const person of people) await page.locator("#new-people").getByLabel(person).check();
  await page.locator("#new-name").fill(name);
  return page.locator("#new-create");
}

const texts = (page) => page.locator("#messages .text").allTextContents();

// The test.

export async function run(browser, all) {
  const { urls } = all;
  const marcelo = await person(browser, "marcelo", DESK);
  const julieta = await person(browser, "julieta", PHONE);
  const bruno = await person(browser, "bruno", DESK);
  const gabriela = await person(browser, "gabriela", PHONE);

  await check("a user of the app logs in with a password, and nobody of another platform can", async () => {
    await marcelo.goto(urls.buas);
    await shot(marcelo, "flask-chat-login");
    for (const [name, password] of [["Marcelo", "otra"], ["Bruno", "buasapp"], ["RustChat:2", ""], ["Bruno", ""]]) {
      await fillIn(marcelo, urls.buas, name, password);
      await marcelo.locator("[name=password]").evaluate((e) => e.removeAttribute("required"));
      await marcelo.getByRole("button", { name: "Entrar" }).click();
      await marcelo.locator(".bad", { hasText: "no son correctos" }).waitFor();
    }
    await enter(marcelo, urls.buas, "marcelo");
    await julieta.goto(urls.buas);
    await shot(julieta, "flask-chat-phone-login");
    await enter(julieta, urls.buas, "Julieta");
    await rust.enter(bruno, urls.rust, "Bruno");
    await rust.enterPlain(gabriela, urls.plain, "Gabriela");
  });

  await check("people of the other platforms are shown, with their platform and whether it is up", async () => {
    await shot(marcelo, "flask-chat-empty");
    await toTab(marcelo, "people");
    for (const name of ["Julieta", "Ana", "Bruno", "Diego", "Fabio", "Gabriela"]) await row(marcelo, name).waitFor();
    for (const platform of ["RustChat", "Norte", "PlainChat"]) await marcelo.locator(`#list h3[data-platform="${platform}"][data-state="up"]`).waitFor();
    expect(!(await marcelo.locator("#list h3[data-platform=Centro]").count()), "a standalone node is listed as a platform");
    await shot(marcelo, "flask-chat-people");
    await toTab(julieta, "people");
    await row(julieta, "Bruno").waitFor();
    await shot(julieta, "flask-chat-phone-people");
    await bruno.locator("#tab-people").click();
    for (const name of ["Marcelo", "Julieta", "Nahuel"]) await bruno.locator("#list .item", { hasText: name }).waitFor();
  });

  await check("a private chat with a user of another platform, both ways, with accents and emoji", async () => {
    await row(marcelo, "Bruno").click();
    await until("the chat with Bruno is open", async () => (await marcelo.locator("#chat-name").textContent()) === "Bruno");
    await marcelo.locator("#messages .none").waitFor();
    await write(marcelo, "¡Buenas, Bruno! ¿Cómo anda tu pingüino? 🐧 Mañana hay ñoquis 🧉");
    await bruno.locator("#tab-chats").click();
    await rust.openChat(bruno, "Marcelo");
    await rust.message(bruno, "¿Cómo anda tu pingüino? 🐧 Mañana hay ñoquis 🧉").waitFor();
    await rust.write(bruno, "¡Qué sorpresa! Está más gordo que el año pasado 😂");
    await rust.write(bruno, "👏🏽");
    await message(marcelo, "más gordo que el año pasado 😂").waitFor();
    await marcelo.locator("#messages .big", { hasText: "👏🏽" }).waitFor();
    await ticked(marcelo, "¡Buenas, Bruno!", "RustChat", "delivered");
    await rust.ticked(bruno, "¡Qué sorpresa!", "BuasApp", "delivered");
  });

  await check("a chat that is begun elsewhere appears, with what is unread, and is answered", async () => {
    await rust.chatWith(bruno, "Julieta");
    await rust.write(bruno, "Julieta, ¿tenés la receta de los alfajores? 🍪");
    await toTab(julieta, "chats");
    await row(julieta, "Bruno").locator(".count", { hasText: "1" }).waitFor();
    await julieta.locator("#tab-chats .count", { hasText: "1" }).waitFor();
    await shot(julieta, "flask-chat-phone-list");
    await openChat(julieta, "Bruno");
    await message(julieta, "la receta de los alfajores? 🍪").waitFor();
    await write(julieta, "Sí, es de mi abuela Íñiga 👵");
    await rust.message(bruno, "es de mi abuela Íñiga 👵").waitFor();
    await toTab(julieta, "chats");
    expect(!(await julieta.locator("#list .count").count()), "what was read is still counted");
    await openChat(marcelo, "Bruno");
    expect((await texts(marcelo)).length === 3, "a private chat of others is shown");
  });

  await check("a group over three platforms, in which everybody reads everybody in the same order", async () => {
    const button = await create(marcelo, { name: "Fútbol de los jueves", people: ["Julieta", "Bruno", "Gabriela"] });
    await shot(marcelo, "flask-chat-new-group");
    await button.click();
    await until("the group is open", async () => (await marcelo.locator("#chat-name").textContent()) === "Fútbol de los jueves");
    await write(marcelo, "¿Quién trae la pelota? ⚽");
    await rust.openChat(bruno, "Fútbol de los jueves");
    await rust.message(bruno, "¿Quién trae la pelota? ⚽").waitFor();
    await rust.write(bruno, "Yo. Y los conos, por si acaso.");
    await rust.openNote(gabriela, "Fútbol de los jueves");
    await rust.note(gabriela, "los conos").waitFor();
    await rust.jot(gabriela, "Entonces llevo el agua 💧");
    await openChat(julieta, "Fútbol de los jueves");
    for (const page of [marcelo, julieta]) {
      await message(page, "llevo el agua 💧").waitFor();
      expect((await texts(page)).join("|") === "¿Quién trae la pelota? ⚽|Yo. Y los conos, por si acaso.|Entonces llevo el agua 💧", `read: ${await texts(page)}`);
    }
    for (const platform of ["RustChat", "PlainChat"]) await ticked(marcelo, "¿Quién trae la pelota?", platform, "delivered");
    await message(marcelo, "¿Quién trae la pelota?").locator(".ticks").click();
    await message(marcelo, "¿Quién trae la pelota?").locator(".fates li", { hasText: "entregado" }).first().waitFor();
    await marcelo.locator("#chat-info").click();
    await marcelo.locator("#info-dialog .pick", { hasText: "Gabriela" }).locator(".badge", { hasText: "PlainChat" }).waitFor();
    await shot(marcelo, "flask-chat-group");
    await shot(julieta, "flask-chat-phone-group");
    await marcelo.locator("#info-close").click();
    await message(marcelo, "¿Quién trae la pelota?").locator(".ticks").click();
  });

  await check("a public room of this platform is joined from another one", async () => {
    const button = await create(marcelo, { name: "Tangos y milongas", room: true });
    await shot(marcelo, "flask-chat-new-room");
    await button.click();
    await until("the room is open", async () => (await marcelo.locator("#chat-name").textContent()) === "Tangos y milongas");
    await rust.openChat(bruno, "Tangos y milongas");
    await bruno.locator("#membership", { hasText: "Unirme" }).click();
    await marcelo.locator("#chat-sub", { hasText: "Bruno" }).waitFor();
    await rust.write(bruno, "¿Quién baila el viernes? 💃");
    await message(marcelo, "¿Quién baila el viernes? 💃").waitFor();
    // Who has not joined reads it too.
    await openChat(julieta, "Tangos y milongas", "rooms");
    await message(julieta, "¿Quién baila el viernes? 💃").waitFor();
    await rust.write(bruno, "Llevo a mi prima");
    await message(julieta, "Llevo a mi prima").waitFor();
  });

  await check("a public room of another platform is joined and left from here", async () => {
    await openChat(julieta, "Plaza de RustChat", "rooms");
    await julieta.locator("#membership", { hasText: "Unirme" }).click();
    await julieta.locator("#membership", { hasText: "Salir" }).waitFor();
    await rust.openChat(bruno, "Plaza de RustChat");
    await bruno.locator("#chat-sub", { hasText: "Julieta" }).waitFor();
    await write(julieta, "¡Hola, plaza! 🌳");
    await rust.message(bruno, "¡Hola, plaza! 🌳").waitFor();
    await ticked(julieta, "¡Hola, plaza!", "RustChat", "delivered");
    await julieta.locator("#membership").click();
    await julieta.locator("#membership", { hasText: "Unirme" }).waitFor();
    await until("RustChat knows that she left", async () => !(await bruno.locator("#chat-sub").textContent()).includes("Julieta"));
  });

  await check("an image goes both ways, and as a line of text to whom shows none", async () => {
    await openChat(marcelo, "Fútbol de los jueves");
    await marcelo.locator("#file").setInputFiles({ name: "cancha.png", mimeType: "image/png", buffer: IMAGE });
    await marcelo.locator("#attached", { hasText: "PlainChat no muestra imágenes" }).waitFor();
    await write(marcelo, "Así quedó la cancha");
    await rust.openChat(bruno, "Fútbol de los jueves");
    const seen = (image) => until("the image is seen", () => image.evaluate((i) => i.complete && i.naturalWidth === 64));
    await seen(rust.message(bruno, "Así quedó la cancha").locator("img"));
    await rust.note(gabriela, "Así quedó la cancha").filter({ hasText: "cancha.png" }).waitFor();
    await bruno.locator("#file").setInputFiles({ name: "arco.png", mimeType: "image/png", buffer: IMAGE });
    await rust.write(bruno, "Y así el arco");
    await openChat(julieta, "Fútbol de los jueves");
    for (const page of [marcelo, julieta]) await seen(message(page, "Y así el arco").locator("img"));
    await marcelo.locator("#file").setInputFiles({ name: "silbato.wav", mimeType: "audio/wav", buffer: Buffer.from("RIFF") });
    await write(marcelo, "Escuchen el silbato");
    await message(julieta, "Escuchen el silbato").locator("audio").waitFor();
    await rust.message(bruno, "Escuchen el silbato").locator("audio").waitFor();
  });

  await check("the peer is killed and restarted in between: all of it arrives, once and in order, both ways", async () => {
    await openChat(marcelo, "Bruno");
    await rust.openChat(bruno, "Marcelo");
    await all.rust.end("SIGKILL");
    const said = ["¿Estás ahí?", "Cuando vuelvas lo leés 😴", "Te guardé un choripán 🌭", "Ñam", "Fin del mensaje"];
    for (const text of said) await write(marcelo, text);
    await ticked(marcelo, said[0], "RustChat", "waiting");
    await marcelo.locator("#notice", { hasText: "RustChat no responde" }).waitFor();
    await shot(marcelo, "flask-chat-peer-down");
    await all.rust.start();
    for (const text of said) await ticked(marcelo, text, "RustChat", "delivered");
    await rust.message(bruno, said.at(-1)).waitFor();
    const read = (await bruno.locator("#messages .text").allTextContents()).slice(-said.length);
    expect(read.join("|") === said.join("|"), `read: ${read.join("|")}`);
    await until("nobody is down", () => marcelo.locator("#notice").isHidden());
    await rust.write(bruno, "Ya volví 🙌");
    await message(marcelo, "Ya volví 🙌").waitFor();
  });

  await check("the app is killed itself: what it had taken goes out after its start, and what others wrote comes in", async () => {
    await all.rust.end("SIGKILL");
    await write(marcelo, "Esto lo escribí antes de caerme");
    await ticked(marcelo, "antes de caerme", "RustChat", "waiting");
    await all.buas.end("SIGKILL");
    await marcelo.locator("#offline").waitFor();
    await write(marcelo, "Y esto mientras no había servidor");
    await all.rust.start();
    await rust.write(bruno, "¿Se te cortó la luz?");
    await rust.write(bruno, "Avisá cuando vuelvas 🔦");
    await all.buas.start();
    await message(marcelo, "Avisá cuando vuelvas 🔦").waitFor();
    for (const text of ["antes de caerme", "mientras no había servidor"]) {
      await rust.message(bruno, text).waitFor();
      await ticked(marcelo, text, "RustChat", "delivered");
      expect((await rust.message(bruno, text).count()) === 1, `«${text}» came twice`);
    }
    for (const text of ["¿Se te cortó la luz?", "Avisá cuando vuelvas"]) expect((await message(marcelo, text).count()) === 1, `«${text}» came twice`);
    await shot(julieta, "flask-chat-phone-back");
  });

  await check("someone new signs up, and is known elsewhere at once", async () => {
    const nandu = await person(browser, "nandu", PHONE, "dark");
    await fillIn(nandu, urls.buas, "Ñandú", "pampa");
    await nandu.getByRole("button", { name: "Crear una cuenta" }).click();
    await nandu.locator("#tab-chats").waitFor();
    await bruno.locator("#tab-people").click();
    await bruno.locator("#list .item", { hasText: "Ñandú" }).waitFor();
    await openChat(nandu, "Tangos y milongas", "rooms");
    await message(nandu, "¿Quién baila el viernes?").waitFor();
    await write(nandu, "Yo, si me prestan zapatos 👞");
    await rust.openChat(bruno, "Tangos y milongas");
    await rust.message(bruno, "si me prestan zapatos 👞").waitFor();
    await shot(nandu, "flask-chat-phone-dark");
    await toTab(nandu, "people");
    await shot(nandu, "flask-chat-phone-dark-people");
    const dark = await person(browser, "dark", DESK, "dark");
    await enter(dark, urls.buas, "Nahuel");
    await openChat(dark, "Tangos y milongas", "rooms");
    await shot(dark, "flask-chat-dark");
  });

  await check("nothing scrolls sideways on a phone, however long a word is", async () => {
    await openChat(julieta, "Bruno");
    await write(julieta, `https://ejemplo.org/${"muylargo".repeat(40)}`);
    await noSideways(julieta, "a conversation");
    await julieta.locator("#chat-info").click();
    await noSideways(julieta, "who takes part");
    await julieta.locator("#info-close").click();
    for (const tab of ["chats", "rooms", "people"]) {
      await toTab(julieta, tab);
      await noSideways(julieta, `the list of ${tab}`);
    }
    await julieta.locator("#new").click();
    await julieta.locator("#new-people").getByLabel("Bruno").check();
    await noSideways(julieta, "a new conversation");
    await shot(julieta, "flask-chat-phone-new");
    await julieta.keyboard.press("Escape");
  });

  await check("it can be used from the keyboard, and everything has a name", async () => {
    await toTab(marcelo, "chats");
    await marcelo.locator("#list .item").first().focus();
    await marcelo.keyboard.press("ArrowDown");
    const title = await marcelo.evaluate(() => document.activeElement.querySelector(".title").textContent);
    await marcelo.keyboard.press("Enter");
    await until("it is open", async () => (await marcelo.locator("#chat-name").textContent()) === title);
    await until("the text has the focus", () => marcelo.evaluate(() => document.activeElement.id === "text"));
    await marcelo.keyboard.type("Escrito sin ratón");
    await marcelo.keyboard.press("Enter");
    await message(marcelo, "Escrito sin ratón").waitFor();
    await marcelo.locator("#tab-chats").focus();
    await marcelo.keyboard.press("ArrowDown");
    await marcelo.locator("#tab-rooms[aria-selected=true]").waitFor();
    for (const page of [marcelo, julieta]) await accessible(page);
  });

  await check("leaving the session ends it, and what a stranger's page sends is refused", async () => {
    const post = (headers) => marcelo.request.post(`${urls.buas}app/conversations/1/read`, { data: {}, headers });
    expect((await post({ origin: "http://127.0.0.1:9" })).status() === 403, "a page of another origin is served");
    await marcelo.locator("#logout").click();
    await marcelo.getByLabel("Contraseña").waitFor();
    expect((await post()).status() === 401, "the session goes on");
  });
}
