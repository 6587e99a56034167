// The pages of gwt-chat, which is GWT_CHAT, with a rust-chat, a flask-chat and a plain-chat on the other side. It is used as a
// rust-chat is, so what people do on its page is found there.

import { across, changes } from "./changes.js";
import * as flask from "./flask-chat.js";
import { DESK, IMAGE, PHONE, accessible, check, expect, noSideways, person, shot, until } from "./harness.js";
import { chatWith, create, enter, enterPlain, jot, message, note, openChat, openNote, ticked, unable, write } from "./rust-chat.js";

const texts = async (page) => (await page.locator("#messages .text").allTextContents()).join("|");
const sent = (page, text) => page.locator("#messages .msg:not(.pending)").filter({ hasText: text }).waitFor();

export async function run(browser, all) {
  const { urls } = all;
  const sofia = await person(browser, "sofia", DESK);
  const tomas = await person(browser, "tomas", PHONE);
  const carla = await person(browser, "carla", DESK);
  const nahuel = await person(browser, "nahuel", DESK);
  const gabriela = await person(browser, "gabriela", PHONE);

  await check("a user of the app logs in, and only its own users are offered", async () => {
    await sofia.goto(urls.gwt);
    await sofia.locator("#login-users button").first().waitFor();
    await shot(sofia, "gwt-chat-login");
    expect((await sofia.locator("#login-users button").allTextContents()).join() === "SSofía,TTomás,VValentina", "others are offered too");
    const stranger = await sofia.request.post(`${urls.gwt}app/login`, { data: { id: "RustChat:1" } });
    expect(stranger.status() === 404, `a user of another platform logs in: ${stranger.status()}`);
    await enter(sofia, urls.gwt, "Sofía");
    await tomas.goto(urls.gwt);
    await shot(tomas, "gwt-chat-phone-login");
    await enter(tomas, urls.gwt, "Tomás");
    await enter(carla, urls.rust, "Carla");
    await flask.enter(nahuel, urls.buas, "Nahuel");
    await enterPlain(gabriela, urls.plain, "Gabriela");
  });

  await check("people of the other platforms are shown, with their platform and whether it is up", async () => {
    await sofia.locator("#tab-people").click();
    for (const name of ["Carla", "Diego", "Nahuel", "Gabriela"]) await sofia.locator("#list .item", { hasText: name }).waitFor();
    for (const platform of ["RustChat", "Norte", "BuasApp", "PlainChat"]) await sofia.locator(`#list h3[data-platform="${platform}"][data-state="up"]`).waitFor();
    expect(!(await sofia.locator("#list h3[data-platform=Centro]").count()), "a standalone node is listed as a platform");
    await shot(sofia, "gwt-chat-people");
    await tomas.locator("#tab-people").click();
    await tomas.locator("#list .item", { hasText: "Carla" }).waitFor();
    await shot(tomas, "gwt-chat-phone-people");
    await carla.locator("#tab-people").click();
    await carla.locator("#list .item", { hasText: "Sofía" }).waitFor();
  });

  await check("a platform has the same colour here as on the page of another chat", async () => {
    const hues = (page) => page.locator("#list h3[data-platform] .badge").evaluateAll((all) =>
      all.map((b) => `${b.textContent} ${b.style.getPropertyValue("--h")}`).sort().join());
    await until("both show the same colours", async () => (await hues(sofia)) === (await hues(carla)) && (await hues(sofia)).includes("GWT_CHAT"));
  });

  await check("a private chat with a user of another platform, both ways, with accents and emoji", async () => {
    await chatWith(sofia, "Carla");
    await sofia.locator("#messages .none").waitFor();
    await write(sofia, "¡Hola, Carla! ¿Cómo anda el pingüino? Mañana hay ñoquis 🧉");
    await openChat(carla, "Sofía");
    await message(carla, "¿Cómo anda el pingüino? Mañana hay ñoquis 🧉").waitFor();
    await write(carla, "¡Más gordo que nunca! 😂");
    await write(carla, "👏🏽");
    await message(sofia, "¡Más gordo que nunca! 😂").waitFor();
    await sofia.locator("#messages .text.big", { hasText: "👏🏽" }).waitFor();
    await ticked(sofia, "¡Hola, Carla!", "RustChat", "delivered");
    await ticked(carla, "¡Más gordo", "GWT_CHAT", "delivered");
  });

  await check("a chat that is begun elsewhere appears, with what is unread, and is answered", async () => {
    await chatWith(carla, "Tomás");
    await write(carla, "Tomás, ¿tenés la receta de los alfajores? 🍪");
    await tomas.locator("#tab-chats").click();
    await tomas.locator("#list .item.unread", { hasText: "Carla" }).locator(".count", { hasText: "1" }).waitFor();
    await shot(tomas, "gwt-chat-phone-list");
    await openChat(tomas, "Carla");
    await message(tomas, "la receta de los alfajores? 🍪").waitFor();
    await write(tomas, "Sí, es de mi abuela Íñiga 👵");
    await message(carla, "es de mi abuela Íñiga 👵").waitFor();
    await tomas.locator("#back").click();
    expect(!(await tomas.locator("#list .item", { hasText: "Carla" }).locator(".count").count()), "what was read is still counted");
    expect(!(await sofia.locator("#list .item", { hasText: "alfajores" }).count()), "a private chat of others is shown");
  });

  await check("answers, edits, deletes and reactions go to another platform and come from it", async () => {
    await chatWith(sofia, "Carla");
    await openChat(carla, "Sofía");
    await across({ page: sofia, write }, { page: carla, write });
    await ticked(sofia, "Mensaje borrado", "RustChat", "delivered");
  });

  await check("an edit comes as a message where edits are not known, and of a delete the ticks say so", async () => {
    const hugo = await person(browser, "gwt-hugo", PHONE);
    await hugo.goto(urls.legacy);
    await hugo.getByRole("button", { name: "Hugo" }).click();
    await unable(sofia, hugo, { name: "Sofía", app: "gwt-chat" });
    await hugo.context().close();
  });

  await check("a group over four platforms, in which everybody reads everybody in the same order, before and after a reload", async () => {
    const button = await create(sofia, { name: "Fútbol de los martes", people: ["Tomás", "Carla", "Nahuel", "Gabriela"] });
    await shot(sofia, "gwt-chat-new-group");
    await button.click();
    await until("the group is open", async () => (await sofia.locator("#chat-name").textContent()) === "Fútbol de los martes");
    await write(sofia, "¿Quién trae la pelota? ⚽");
    await openChat(carla, "Fútbol de los martes");
    await message(carla, "¿Quién trae la pelota? ⚽").waitFor();
    await write(carla, "Yo. Y los conos, por si acaso.");
    await flask.openChat(nahuel, "Fútbol de los martes");
    await flask.message(nahuel, "los conos").waitFor();
    await flask.write(nahuel, "Yo las pecheras.");
    await openNote(gabriela, "Fútbol de los martes");
    await note(gabriela, "pecheras").waitFor();
    await jot(gabriela, "Entonces llevo el agua 💧");
    await openChat(tomas, "Fútbol de los martes");
    const expected = "¿Quién trae la pelota? ⚽|Yo. Y los conos, por si acaso.|Yo las pecheras.|Entonces llevo el agua 💧";
    for (const page of [sofia, tomas]) await until("all is there", async () => (await texts(page)) === expected);
    for (const page of [sofia, tomas]) {
      await page.reload();
      await until("the same is there again", async () => (await texts(page)) === expected);
    }
    for (const platform of ["RustChat", "BuasApp", "PlainChat"]) await ticked(sofia, "¿Quién trae la pelota?", platform, "delivered");
    await message(sofia, "¿Quién trae la pelota?").locator(".ticks").click();
    await message(sofia, "¿Quién trae la pelota?").locator(".fates li", { hasText: "entregado" }).first().waitFor();
    await shot(sofia, "gwt-chat-group");
    await shot(tomas, "gwt-chat-phone-group");
    await sofia.locator("#chat-info").click();
    await sofia.locator("#info-people .pick", { hasText: "Gabriela" }).locator(".badge", { hasText: "PlainChat" }).waitFor();
    await sofia.keyboard.press("Escape");
  });

  await check("a group that shrinks to two stays a group, and a private chat of the two is another one", async () => {
    await (await create(sofia, { name: "Los tres", people: ["Tomás", "Diego"] })).click();
    await until("the group is open", async () => (await sofia.locator("#chat-name").textContent()) === "Los tres");
    await write(sofia, "Somos tres");
    await openChat(tomas, "Los tres");
    tomas.once("dialog", (dialog) => dialog.accept());
    await tomas.locator("#membership", { hasText: "Salir" }).click();
    await tomas.locator("#conversation").waitFor({ state: "hidden" });
    await until("he is gone", async () => !(await sofia.locator("#chat-sub").textContent()).includes("Tomás"));
    expect((await sofia.locator("#chat-name").textContent()) === "Los tres", "the group has become a private chat");
    await chatWith(sofia, "Diego");
    await sofia.locator("#messages .none").waitFor();
  });

  await check("a public room of this platform is joined from another one, and one of another is joined and left from here", async () => {
    await (await create(sofia, { name: "Peñas del domingo", open: true })).click();
    await until("the room is open", async () => (await sofia.locator("#chat-name").textContent()) === "Peñas del domingo");
    await openChat(carla, "Peñas del domingo");
    await carla.locator("#membership", { hasText: "Unirme" }).click();
    await sofia.locator("#chat-sub", { hasText: "Carla" }).waitFor();
    await write(carla, "¿Quién baila el viernes? 💃");
    await message(sofia, "¿Quién baila el viernes? 💃").waitFor();
    await openChat(tomas, "Plaza de RustChat");
    await tomas.locator("#membership", { hasText: "Unirme" }).click();
    await tomas.locator("#membership", { hasText: "Salir" }).waitFor();
    await openChat(carla, "Plaza de RustChat");
    await carla.locator("#chat-sub", { hasText: "Tomás" }).waitFor();
    await write(tomas, "Buenas tardes, plaza 🌳");
    await message(carla, "Buenas tardes, plaza 🌳").waitFor();
    await ticked(tomas, "Buenas tardes, plaza", "RustChat", "delivered");
    await tomas.locator("#membership").click();
    await tomas.locator("#membership", { hasText: "Unirme" }).waitFor();
    await until("RustChat knows that he left", async () => !(await carla.locator("#chat-sub").textContent()).includes("Tomás"));
  });

  await check("pictures and sounds go both ways, and as a line of text to whom shows none", async () => {
    await openChat(sofia, "Fútbol de los martes");
    await sofia.locator("#file").setInputFiles({ name: "cancha.png", mimeType: "image/png", buffer: IMAGE });
    await sofia.locator("#attached", { hasText: "PlainChat no muestra imágenes" }).waitFor();
    await write(sofia, "Así quedó la cancha");
    const seen = (image) => until("the image is seen", () => image.evaluate((i) => i.complete && i.naturalWidth === 64));
    await openChat(carla, "Fútbol de los martes");
    await seen(message(carla, "Así quedó la cancha").locator("img"));
    await seen(flask.message(nahuel, "Así quedó la cancha").locator("img"));
    await note(gabriela, "Así quedó la cancha").filter({ hasText: "cancha.png" }).waitFor();
    await carla.locator("#file").setInputFiles({ name: "arco.png", mimeType: "image/png", buffer: IMAGE });
    await write(carla, "Y así el arco");
    await openChat(tomas, "Fútbol de los martes");
    for (const page of [sofia, tomas]) await seen(message(page, "Y así el arco").locator("img"));
    const [bubble, image] = await Promise.all([message(sofia, "Y así el arco"), message(sofia, "Y así el arco").locator("img")].map((l) => l.boundingBox()));
    expect(image.x >= bubble.x && image.x + image.width <= bubble.x + bubble.width, "the picture is wider than its message");
    await sofia.locator("#file").setInputFiles({ name: "silbato.wav", mimeType: "audio/wav", buffer: Buffer.from("RIFF") });
    await write(sofia, "Escuchen el silbato");
    for (const page of [tomas, carla]) await message(page, "Escuchen el silbato").locator("audio").waitFor();
    await shot(tomas, "gwt-chat-phone-pictures");
    const page = await sofia.request.post(`${urls.gwt}app/conversations/1/messages`, {
      data: { key: "html", text: "", attachment: { data: Buffer.from("<script>").toString("base64"), mime: "text/html", name: "x.html" } },
    });
    expect(page.status() === 400, `a page is taken as an attachment: ${page.status()}`);
  });

  await check("the peer is killed and restarted in between: all of it arrives, once and in order, both ways", async () => {
    await openChat(sofia, "Carla");
    await openChat(carla, "Sofía");
    await all.rust.end("SIGKILL");
    const said = ["¿Estás ahí?", "Cuando vuelvas lo leés 😴", "Te guardé un choripán 🌭", "Fin del mensaje"];
    for (const text of said) await write(sofia, text);
    await ticked(sofia, said[0], "RustChat", "waiting");
    await sofia.locator("#notice", { hasText: "RustChat no responde" }).waitFor();
    await shot(sofia, "gwt-chat-peer-down");
    await all.rust.start();
    for (const text of said) await ticked(sofia, text, "RustChat", "delivered");
    await message(carla, said.at(-1)).waitFor();
    const read = (await carla.locator("#messages .text").allTextContents()).slice(-said.length);
    expect(read.join("|") === said.join("|"), `read: ${read.join("|")}`);
    await until("nobody is down", () => sofia.locator("#notice").isHidden());
    await write(carla, "Ya volví 🙌");
    await message(sofia, "Ya volví 🙌").waitFor();
  });

  await check("the app is killed itself: what it had taken goes out after its start, and what others wrote comes in", async () => {
    await all.rust.end("SIGKILL");
    await write(sofia, "Esto lo escribí antes de caerme");
    await ticked(sofia, "antes de caerme", "RustChat", "waiting");
    await all.gwt.end("SIGKILL");
    await sofia.locator("#offline").waitFor();
    await write(sofia, "Y esto mientras no había servidor");
    await all.rust.start();
    await write(carla, "¿Se te cortó la luz?");
    await write(carla, "Avisá cuando vuelvas 🔦");
    await all.gwt.start();
    await message(sofia, "Avisá cuando vuelvas 🔦").waitFor();
    for (const text of ["antes de caerme", "mientras no había servidor"]) {
      await message(carla, text).waitFor();
      await ticked(sofia, text, "RustChat", "delivered");
      expect((await message(carla, text).count()) === 1, `«${text}» came twice`);
    }
    const shown = await texts(sofia);
    await sofia.reload();
    await until("a reload shows the same", async () => (await texts(sofia)) === shown);
  });

  await check("what is written without a network is kept over a reload, with what is half written, and is sent by itself", async () => {
    await openChat(tomas, "Carla");
    await tomas.context().setOffline(true);
    await tomas.locator("#offline").waitFor();
    await write(tomas, "Estoy en el subte");
    await write(tomas, "No hay señal");
    await shot(tomas, "gwt-chat-phone-offline");
    await tomas.context().setOffline(false);
    for (const text of ["Estoy en el subte", "No hay señal"]) await sent(tomas, text);
    await tomas.route("**/messages", (route) => (route.request().method() === "POST" ? route.abort() : route.continue()));
    await write(tomas, "Y ahora recargo");
    await tomas.locator("#text").fill("a medio escribir");
    await tomas.reload();
    await tomas.locator("#messages .msg.pending", { hasText: "Y ahora recargo" }).waitFor();
    expect((await tomas.locator("#text").inputValue()) === "a medio escribir", "what was half written is gone");
    await tomas.unrouteAll({ behavior: "wait" });
    await sent(tomas, "Y ahora recargo");
    await openChat(carla, "Tomás");
    await message(carla, "Y ahora recargo").waitFor();
    const read = (await carla.locator("#messages .text").allTextContents()).slice(-3);
    expect(read.join("|") === "Estoy en el subte|No hay señal|Y ahora recargo", `read: ${read.join("|")}`);
    await tomas.locator("#text").fill("");
  });

  await check("nothing is cut without a word: what is too long is not sent, and says by how much", async () => {
    await tomas.locator("#text").fill("ñ".repeat(4_003));
    await tomas.locator("#over", { hasText: "3 letras" }).waitFor();
    expect(await tomas.locator("#send").isDisabled(), "it can be sent");
    await shot(tomas, "gwt-chat-phone-too-long");
    await tomas.locator("#text").fill("");
  });

  await check("someone new signs up, is known elsewhere at once, and reads the public rooms", async () => {
    const nusta = await person(browser, "nusta", PHONE, "dark");
    await nusta.goto(urls.gwt);
    await nusta.getByLabel("¿No estás en la lista?").fill("Ñusta");
    await nusta.keyboard.press("Enter");
    await nusta.locator("#list .item").first().waitFor();
    await shot(nusta, "gwt-chat-phone-dark-list");
    await carla.locator("#tab-people").click();
    await carla.locator("#list .item", { hasText: "Ñusta" }).waitFor();
    await openChat(nusta, "Peñas del domingo");
    await message(nusta, "¿Quién baila el viernes?").waitFor();
    await shot(nusta, "gwt-chat-phone-dark-room");
    await noSideways(nusta, "a room");
  });

  await check("nothing scrolls sideways on a phone, however long a word is, and back leads to the list", async () => {
    await write(tomas, `https://ejemplo.org/(${"muylargo".repeat(40)}).`);
    const link = await message(tomas, "ejemplo.org").locator("a").getAttribute("href");
    expect(link.endsWith("o)"), `the address ends so: ${link.slice(-5)}`);
    await noSideways(tomas, "a conversation");
    await tomas.locator("#back").click();
    await openChat(tomas, "Fútbol de los martes");
    await tomas.goBack();
    await tomas.locator("#list .item").first().waitFor();
    expect(await tomas.locator("#conversation").isHidden(), "back leads to another conversation");
    await noSideways(tomas, "the list");
    await tomas.locator("#tab-people").click();
    await noSideways(tomas, "the people");
    await tomas.locator("#new").click();
    await shot(tomas, "gwt-chat-phone-new");
    await noSideways(tomas, "the dialog");
    await tomas.keyboard.press("Escape");
  });

  await check("it can be used from the keyboard, and everything has a name", async () => {
    await sofia.locator("#tab-chats").click();
    await sofia.locator("#list .item").first().focus();
    await sofia.keyboard.press("ArrowDown");
    const title = await sofia.evaluate(() => document.activeElement.querySelector(".title").textContent);
    await sofia.keyboard.press("Enter");
    await until("it is open", async () => (await sofia.locator("#chat-name").textContent()) === title);
    await until("the text has the focus", () => sofia.evaluate(() => document.activeElement.id === "text"));
    await sofia.keyboard.type("Escrito sin ratón");
    await sofia.keyboard.press("Enter");
    await message(sofia, "Escrito sin ratón").waitFor();
    for (const page of [sofia, tomas]) await accessible(page);
  });

  await changes(browser, { name: "gwt-chat", url: urls.gwt, people: ["Tomás", "Valentina"], enter });

  await check("leaving the session ends it in every tab, and what a stranger's page sends is refused", async () => {
    const post = (headers) => sofia.request.post(`${urls.gwt}app/conversations/1/read`, { data: {}, headers });
    expect((await post()).status() === 200, "the session does not work");
    expect((await post({ origin: "http://127.0.0.1:9" })).status() === 403, "a page of another origin is served");
    const other = await sofia.context().newPage();
    await other.goto(urls.gwt);
    await other.locator("#list .item").first().waitFor();
    await sofia.locator("#logout").click();
    for (const page of [sofia, other]) await page.locator("#login-users button").first().waitFor();
    expect((await post()).status() === 401, "the session goes on");
    await other.close();
  });
}
