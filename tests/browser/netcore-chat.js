// The pages of netcore-chat, which is net core, with a rust-chat, a flask-chat, a gwt-chat and a plain-chat on the other side. What the page
// shares with others is played in page.js.

import * as flask from "./flask-chat.js";
import { DESK, IMAGE, PHONE, accessible, check, expect, noSideways, person, shot, until } from "./harness.js";
import * as rust from "./rust-chat.js";

const { jot, message, note, openNote, ticked, write } = rust;
const { openChat } = flask; // its page has the same three lists

export async function enter(page, url, name) {
  await page.goto(url);
  await page.getByRole("button", { name, exact: true }).click();
  await until("the list is there", async () => (await page.locator("#list > *").count()) > 0);
}

async function toTab(page, tab) {
  await rust.toList(page);
  await page.locator(`#tab-${tab}`).click();
}

async function chatWith(page, name) {
  await toTab(page, "people");
  await page.locator("#list .item", { hasText: name }).click();
  await until(`the chat with ${name} is open`, async () => (await page.locator("#chat-name").textContent()) === name);
}

async function create(page, { name, people = [], open = false }) {
  await toTab(page, "chats");
  await page.locator("#new").click();
  if (open) await page.getByLabel("Sala pública").check();
  for (const one of people) await page.locator("#new-people").getByLabel(one).check();
  await page.locator("#new-name").fill(name);
  return page.locator("#new-create");
}

const texts = async (page) => (await page.locator("#messages .text").allTextContents()).join("|");

export async function run(browser, all) {
  const { urls } = all;
  const lucia = await person(browser, "lucia", DESK);
  const mateo = await person(browser, "mateo", PHONE);
  const carla = await person(browser, "carla", DESK);
  const nahuel = await person(browser, "nahuel", DESK);
  const sofia = await person(browser, "sofia", DESK);
  const gabriela = await person(browser, "gabriela", PHONE);

  await check("a user of the app logs in, and only its own users are offered", async () => {
    await lucia.goto(urls.net);
    await lucia.locator("#login-users button").first().waitFor();
    await shot(lucia, "netcore-chat-login");
    expect((await lucia.locator("#login-users button").allTextContents()).join() === "LLucía,MMateo,ZZoe", "others are offered too");
    for (const id of ["RustChat:1", "00000000-0000-8000-8000-000000000000"]) {
      const stranger = await lucia.request.post(`${urls.net}app/login`, { data: { id } });
      expect(stranger.status() === 404, `${id} logs in: ${stranger.status()}`);
    }
    await enter(lucia, urls.net, "Lucía");
    await mateo.goto(urls.net);
    await mateo.locator("#login-users button").first().waitFor();
    await shot(mateo, "netcore-chat-phone-login");
    await enter(mateo, urls.net, "Mateo");
    await rust.enter(carla, urls.rust, "Carla");
    await flask.enter(nahuel, urls.buas, "Nahuel");
    await rust.enter(sofia, urls.gwt, "Sofía");
    await rust.enterPlain(gabriela, urls.plain, "Gabriela");
  });

  await check("people of the other platforms are shown, with their platform and whether it is up", async () => {
    await toTab(lucia, "people");
    for (const name of ["Carla", "Diego", "Nahuel", "Sofía", "Gabriela"]) await lucia.locator("#list .item", { hasText: name }).waitFor();
    for (const platform of ["RustChat", "Norte", "BuasApp", "GWT_CHAT", "PlainChat"]) await lucia.locator(`#list h3[data-platform="${platform}"][data-state="up"]`).waitFor();
    await shot(lucia, "netcore-chat-people");
    await toTab(mateo, "people");
    await mateo.locator("#list .item", { hasText: "Carla" }).waitFor();
    await shot(mateo, "netcore-chat-phone-people");
    await carla.locator("#tab-people").click();
    await carla.locator("#list h3[data-platform='net core']").waitFor();
    await carla.locator("#list .item", { hasText: "Lucía" }).waitFor();
  });

  await check("a private chat with a user of another platform, both ways, with accents and emoji", async () => {
    await chatWith(lucia, "Carla");
    await write(lucia, "¡Hola, Carla! ¿Cómo está el cielo por ahí? ☁️");
    await rust.openChat(carla, "Lucía");
    await message(carla, "¿Cómo está el cielo por ahí? ☁️").waitFor();
    await write(carla, "Limpio y con ñandúes 🦤");
    await write(carla, "👏🏽");
    await message(lucia, "Limpio y con ñandúes 🦤").waitFor();
    await lucia.locator("#messages .big", { hasText: "👏🏽" }).waitFor();
    await ticked(lucia, "¡Hola, Carla!", "RustChat", "delivered");
    await ticked(carla, "Limpio y con", "net core", "delivered");
  });

  await check("a chat that is begun elsewhere appears, with what is unread, and is answered", async () => {
    await rust.chatWith(carla, "Mateo");
    await write(carla, "Mateo, ¿me pasás la receta del locro? 🍲");
    await toTab(mateo, "chats");
    await mateo.locator("#list .item.unread", { hasText: "Carla" }).locator(".count", { hasText: "1" }).waitFor();
    await shot(mateo, "netcore-chat-phone-list");
    await openChat(mateo, "Carla");
    await message(mateo, "la receta del locro? 🍲").waitFor();
    await write(mateo, "Es de mi tía Ñata 👵");
    await message(carla, "de mi tía Ñata 👵").waitFor();
    await mateo.locator("#back").click();
    expect(!(await mateo.locator("#list .item", { hasText: "Carla" }).locator(".count").count()), "what was read is still counted");
    await toTab(lucia, "chats");
    expect(!(await lucia.locator("#list .item", { hasText: "locro" }).count()), "a private chat of others is shown");
  });

  await check("a group over five platforms, in which everybody reads everybody in the same order, before and after a reload", async () => {
    const button = await create(lucia, { name: "Asado del domingo", people: ["Mateo", "Carla", "Nahuel", "Sofía", "Gabriela"] });
    await shot(lucia, "netcore-chat-new-group");
    await button.click();
    await until("the group is open", async () => (await lucia.locator("#chat-name").textContent()) === "Asado del domingo");
    await write(lucia, "¿Quién trae el carbón? 🔥");
    await rust.openChat(carla, "Asado del domingo");
    await message(carla, "¿Quién trae el carbón? 🔥").waitFor();
    await write(carla, "Yo, y la parrilla.");
    await openChat(nahuel, "Asado del domingo");
    await message(nahuel, "la parrilla").waitFor();
    await write(nahuel, "Las ensaladas son mías.");
    await rust.openChat(sofia, "Asado del domingo");
    await message(sofia, "ensaladas").waitFor();
    await write(sofia, "Llevo el postre 🍮");
    await openNote(gabriela, "Asado del domingo");
    await note(gabriela, "postre").waitFor();
    await jot(gabriela, "Entonces yo el hambre");
    await openChat(mateo, "Asado del domingo");
    const expected = "¿Quién trae el carbón? 🔥|Yo, y la parrilla.|Las ensaladas son mías.|Llevo el postre 🍮|Entonces yo el hambre";
    for (const page of [lucia, mateo]) await until("all is there", async () => (await texts(page)) === expected);
    for (const page of [lucia, mateo]) {
      await page.reload();
      await until("the same is there again", async () => (await texts(page)) === expected);
    }
    for (const platform of ["RustChat", "BuasApp", "GWT_CHAT", "PlainChat"]) await ticked(lucia, "¿Quién trae el carbón?", platform, "delivered");
    await message(lucia, "¿Quién trae el carbón?").locator(".ticks").click();
    await message(lucia, "¿Quién trae el carbón?").locator(".fates li", { hasText: "entregado" }).first().waitFor();
    await shot(lucia, "netcore-chat-group");
    await shot(mateo, "netcore-chat-phone-group");
    await lucia.locator("#chat-info").click();
    await lucia.locator("#info-people .pick", { hasText: "Gabriela" }).locator(".badge", { hasText: "PlainChat" }).waitFor();
    await lucia.keyboard.press("Escape");
  });

  await check("a public room of this platform is joined from another one, and one of another is joined and left from here", async () => {
    await (await create(lucia, { name: "Peña de los jueves", open: true })).click();
    await until("the room is open", async () => (await lucia.locator("#chat-name").textContent()) === "Peña de los jueves");
    await rust.openChat(carla, "Peña de los jueves");
    await carla.locator("#membership", { hasText: "Unirme" }).click();
    await lucia.locator("#chat-sub", { hasText: "Carla" }).waitFor();
    await write(carla, "¿Hay chacarera? 💃");
    await message(lucia, "¿Hay chacarera? 💃").waitFor();
    await openChat(mateo, "Plaza de RustChat", "rooms");
    await mateo.locator("#membership", { hasText: "Unirme" }).click();
    await mateo.locator("#membership", { hasText: "Salir" }).waitFor();
    await rust.openChat(carla, "Plaza de RustChat");
    await carla.locator("#chat-sub", { hasText: "Mateo" }).waitFor();
    await write(mateo, "Buenas, plaza 🌳");
    await message(carla, "Buenas, plaza 🌳").waitFor();
    await ticked(mateo, "Buenas, plaza", "RustChat", "delivered");
    await mateo.locator("#membership").click();
    await mateo.locator("#membership", { hasText: "Unirme" }).waitFor();
    await until("RustChat knows that he left", async () => !(await carla.locator("#chat-sub").textContent()).includes("Mateo"));
  });

  await check("pictures and sounds go both ways, and as a line of text to whom shows none", async () => {
    await openChat(lucia, "Asado del domingo");
    await lucia.locator("#file").setInputFiles({ name: "fuego.png", mimeType: "image/png", buffer: IMAGE });
    await lucia.locator("#attached", { hasText: "PlainChat no muestra imágenes" }).waitFor();
    await write(lucia, "Así va el fuego");
    const seen = (image) => until("the image is seen", () => image.evaluate((i) => i.complete && i.naturalWidth === 64));
    await rust.openChat(carla, "Asado del domingo");
    for (const page of [carla, nahuel, sofia]) await seen(message(page, "Así va el fuego").locator("img"));
    await note(gabriela, "Así va el fuego").filter({ hasText: "fuego.png" }).waitFor();
    await carla.locator("#file").setInputFiles({ name: "parrilla.png", mimeType: "image/png", buffer: IMAGE });
    await write(carla, "Y así la parrilla");
    await openChat(mateo, "Asado del domingo");
    for (const page of [lucia, mateo]) await seen(message(page, "Y así la parrilla").locator("img"));
    await lucia.locator("#file").setInputFiles({ name: "brasas.wav", mimeType: "audio/wav", buffer: Buffer.from("RIFF") });
    await write(lucia, "Escuchen las brasas");
    for (const page of [mateo, carla]) await message(page, "Escuchen las brasas").locator("audio").waitFor();
    await shot(mateo, "netcore-chat-phone-pictures");
  });

  await check("the peer is killed and restarted in between: all of it arrives, once and in order, both ways", async () => {
    await openChat(lucia, "Carla");
    await rust.openChat(carla, "Lucía");
    await all.rust.end("SIGKILL");
    const said = ["¿Estás?", "Leelo cuando vuelvas 😴", "Te guardé un chori 🌭", "Fin"];
    for (const text of said) await write(lucia, text);
    await ticked(lucia, said[0], "RustChat", "waiting");
    await lucia.locator("#notice", { hasText: "RustChat no responde" }).waitFor();
    await shot(lucia, "netcore-chat-peer-down");
    await all.rust.start();
    for (const text of said) await ticked(lucia, text, "RustChat", "delivered");
    await message(carla, said.at(-1)).waitFor();
    const read = (await carla.locator("#messages .text").allTextContents()).slice(-said.length);
    expect(read.join("|") === said.join("|"), `read: ${read.join("|")}`);
    await until("nobody is down", () => lucia.locator("#notice").isHidden());
    await write(carla, "Acá estoy de nuevo 🙌");
    await message(lucia, "Acá estoy de nuevo 🙌").waitFor();
  });

  await check("the app is killed itself: what it had taken goes out after its start, and what others wrote comes in", async () => {
    await all.rust.end("SIGKILL");
    await write(lucia, "Esto lo escribí antes de caerme");
    await ticked(lucia, "antes de caerme", "RustChat", "waiting");
    await all.net.end("SIGKILL");
    await lucia.locator("#offline").waitFor();
    await write(lucia, "Y esto mientras no había servidor");
    await all.rust.start();
    await write(carla, "¿Se te nubló?");
    await write(carla, "Avisá cuando aclare 🔦");
    await all.net.start();
    await message(lucia, "Avisá cuando aclare 🔦").waitFor();
    for (const text of ["antes de caerme", "mientras no había servidor"]) {
      await message(carla, text).waitFor();
      await ticked(lucia, text, "RustChat", "delivered");
      expect((await message(carla, text).count()) === 1, `«${text}» came twice`);
    }
    const shown = await texts(lucia);
    await lucia.reload();
    await until("a reload shows the same", async () => (await texts(lucia)) === shown);
  });

  await check("someone new signs up, is known elsewhere at once, and reads the public rooms, in the dark", async () => {
    const nusta = await person(browser, "nusta", PHONE, "dark");
    await nusta.goto(urls.net);
    await nusta.getByLabel("¿Es tu primera vez?").fill("Quillén");
    await shot(nusta, "netcore-chat-phone-dark-login");
    await nusta.keyboard.press("Enter");
    await until("the list is there", async () => (await nusta.locator("#list > *").count()) > 0);
    await carla.locator("#tab-people").click();
    await carla.locator("#list .item", { hasText: "Quillén" }).waitFor();
    await openChat(nusta, "Peña de los jueves", "rooms");
    await message(nusta, "¿Hay chacarera?").waitFor();
    await shot(nusta, "netcore-chat-phone-dark-room");
    await noSideways(nusta, "a room");
    const night = await person(browser, "night", DESK, "dark");
    await enter(night, urls.net, "Mateo");
    await openChat(night, "Asado del domingo");
    await message(night, "Así va el fuego").waitFor();
    await shot(night, "netcore-chat-dark");
    await night.context().close();
    for (const page of [lucia, nusta]) await accessible(page);
  });

  await check("leaving the session ends it in every tab, and what a stranger's page sends is refused", async () => {
    const id = decodeURIComponent(new URL(lucia.url()).hash.slice(2));
    const post = (headers) => lucia.request.post(`${urls.net}app/conversations/${id}/read`, { data: {}, headers });
    expect((await post()).status() === 200, "the session does not work");
    expect((await post({ origin: "http://127.0.0.1:9" })).status() === 403, "a page of another origin is served");
    const other = await lucia.context().newPage();
    await other.goto(urls.net);
    await other.locator("#tab-chats").waitFor();
    await lucia.locator("#logout").click();
    for (const page of [lucia, other]) await page.locator("#login-users button").first().waitFor();
    expect((await post()).status() === 401, "the session goes on");
    await other.close();
  });
}
