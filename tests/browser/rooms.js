// Who is in a room, what it is called, whom it bars, on the pages of the five chats: what one of them changes is told on all.

import { createServer } from "node:http";
import { bubble, stored } from "./changes.js";
import * as flask from "./flask-chat.js";
import { IMAGE, check, expect, inspectAll, shot, until } from "./harness.js";
import * as rust from "./rust-chat.js";

const isPlain = ({ chat }) => chat === "plain";
const line = (page, words) => page.locator(".notice-line").filter({ hasText: words });
const item = (page, title) => page.locator("#list .item, #rooms button").filter({ hasText: title });
const title = (one) => one.page.locator(isPlain(one) ? "#title" : "#chat-name");

/** Opens the panel with who takes part, does something in it, and closes it. */
async function panel(one, work) {
  await one.page.locator(isPlain(one) ? "#info" : "#chat-info").click();
  const dialog = one.page.locator(isPlain(one) ? "#participants" : "#info-dialog");
  await dialog.waitFor();
  await work(dialog);
  await one.page.keyboard.press("Escape");
  await dialog.waitFor({ state: "hidden" });
}

const press = (dialog, name) => dialog.getByRole("button", { name, exact: true }).click();

/** Begins a group. */
async function begin({ page, chat }, name, members) {
  await rust.toList(page);
  if (chat === "plain") {
    for (const member of members) await page.locator("#people").getByLabel(member).check();
    await page.locator("#name").fill(name);
    await page.getByRole("button", { name: "Crear" }).click();
    return;
  }
  await page.locator("#new").click();
  await page.getByLabel("Chat o grupo").check();
  for (const member of members) await page.locator("#new-people").getByLabel(member).check();
  await page.locator("#new-name").fill(name);
  await page.locator("#new-create").click();
}

async function add(dialog, name) {
  if (!(await dialog.locator("details").evaluate((e) => e.open))) await dialog.locator("summary").click();
  await press(dialog, `Agregar a ${name}`);
}

/** What stands in the open conversation from these words on. */
async function read({ page }, from) {
  const all = await page.locator(".notice-line, .msg .text").allTextContents();
  return all.slice(all.lastIndexOf(from)).join(" | ");
}

/** `people`: Ana's group, as five.js has opened it on all pages, is called `group`. */
export async function rooms(people, everywhere, group, all) {
  const [ana, marcelo, sofia, lucia, fabio] = people;
  const stay = people.filter((one) => one !== fabio);
  const toldTo = (some, words) => Promise.all(some.map(({ page, name }) => line(page, words).last().waitFor().catch((e) => { throw new Error(`on the page of ${name}: ${e.message}`); })));
  const name = "Los cinco de siempre";

  await check("five chats: who is taken out and who is added is told on every page, at one place, and still after a reload", async () => {
    await ana.write(ana.page, "Antes");
    await everywhere((page) => stored(page, "Antes").waitFor());
    await panel(ana, (dialog) => press(dialog, "Quitar a Fabio"));
    await toldTo(stay, "Fabio salió");
    await until("it is gone for him", async () => !(await item(fabio.page, group).count()));
    await ana.write(ana.page, "Mientras");
    for (const { page } of stay) await stored(page, "Mientras").waitFor();
    await panel(ana, (dialog) => add(dialog, "Fabio"));
    await toldTo(stay, "Fabio se unió");
    await fabio.open(fabio.page, group);
    await line(fabio.page, "Te uniste").waitFor();
    await ana.write(ana.page, "Después");
    await everywhere((page) => stored(page, "Después").waitFor());
    const told = "Antes | Fabio salió | Mientras | Fabio se unió | Después";
    for (const again of [false, true]) {
      for (const one of stay) {
        if (again) await one.page.reload();
        await until(`${one.name} reads it so`, async () => (await read(one, "Antes")) === told);
      }
    }
    expect((await read(fabio, "Antes")) === "Antes | Saliste | Te uniste | Después", await read(fabio, "Antes"));
  });

  await check("five chats: a new name is on every page, and the line that says so", async () => {
    await panel(ana, async (dialog) => {
      await dialog.getByLabel("Nombre de la conversación").fill(name);
      await press(dialog, "Renombrar");
    });
    await toldTo(people, `Ahora se llama «${name}»`);
    for (const one of people) await until(`${one.name} sees it`, async () => (await title(one).textContent()) === name);
    for (const { page, chat } of people) await shot(page, `rooms-${chat}`);
  });

  await check("five chats: others are offered what their platform may", async () => {
    for (const one of people.slice(1)) {
      await panel(one, async (dialog) => {
        await dialog.getByText("Ana", { exact: true }).or(dialog.getByText("Ana RustChat")).first().waitFor();
        expect(!(await dialog.getByRole("button", { name: /^(Quitar|Bloquear|Agregar) a/ }).count()), `${one.name} is offered to change members`);
        expect(!(await dialog.getByRole("button", { name: "Renombrar" }).isVisible()), `${one.name} is offered another name`);
      });
    }
  });

  await check("five chats: who has not joined a public room is told so, and joins", async () => {
    const button = await rust.create(ana.page, { name: "Terraza", open: true });
    await button.click();
    await until("it is open", async () => (await title(ana).textContent()) === "Terraza");
    expect(!(await ana.page.locator("#outside").isVisible()), "who made it is in it");
    const open = { rust: rust.openChat, gwt: rust.openChat, plain: rust.openNote, buas: (page, title) => flask.openChat(page, title, "rooms"), net: (page, title) => flask.openChat(page, title, "rooms") };
    for (const one of people.slice(1)) {
      await open[one.chat](one.page, "Terraza");
      await one.page.locator("#outside", { hasText: "No te uniste a esta sala" }).waitFor();
      await inspectAll(one.page, `rooms-outside-${one.chat}`, `the page of ${one.name}`);
      expect((await item(one.page, "Terraza").getAttribute("class")).includes("outside"), `the list of ${one.name} shows it like their own`);
    }
    for (const one of [lucia, fabio, sofia]) {
      await one.page.locator("#membership", { hasText: "Unirme" }).click();
      await one.page.locator("#outside").waitFor({ state: "hidden" });
      await toldTo(people.filter((other) => other !== one), `${one.name} se unió`);
      await line(one.page, "Te uniste").waitFor();
    }
  });

  await check("five chats: people of their own come and go in a public room of another platform", async () => {
    await marcelo.page.locator("#membership").click();
    await toldTo([ana, sofia, lucia, fabio], "Marcelo se unió");
    await panel(marcelo, async (dialog) => {
      expect(!(await dialog.getByRole("button", { name: /^Quitar a (Ana|Lucía|Sofía|Fabio)$/ }).count()), "he is offered to take out others");
      await add(dialog, "Julieta");
    });
    await toldTo(people, "Julieta se unió");
    await panel(marcelo, (dialog) => press(dialog, "Quitar a Julieta"));
    await toldTo(people, "Julieta salió");
  });

  await check("five chats: whom the room's platform bars is kept out, told so, and let in again", async () => {
    for (const barred of [lucia, fabio]) {
      ana.page.once("dialog", (dialog) => dialog.accept());
      await panel(ana, (dialog) => press(dialog, `Bloquear a ${barred.name}`));
      await toldTo([ana, marcelo, sofia], `Se bloqueó a ${barred.name}`);
    }
    await lucia.page.locator("#outside", { hasText: "RustChat te bloqueó" }).waitFor();
    for (const gone of ["#composer", "#membership"]) expect(!(await lucia.page.locator(gone).isVisible()), `${gone} is still there`);
    await shot(lucia.page, "rooms-barred");
    // A platform without the library is told of members alone: its gateway refuses what is written.
    await line(fabio.page, "Saliste").waitFor();
    await rust.jot(fabio.page, "Yo igual escribo");
    await rust.note(fabio.page, "Yo igual escribo").locator("small", { hasText: "✗" }).waitFor();
    await panel(ana, async (dialog) => {
      await dialog.getByText("Bloqueados").waitFor();
      await inspectAll(ana.page, "rooms-panel", "the panel");
      await press(dialog, "Desbloquear a Lucía");
    });
    await toldTo([ana, marcelo, sofia], "Se desbloqueó a Lucía");
    await lucia.page.locator("#membership", { hasText: "Unirme" }).click();
    await lucia.page.locator("#composer").waitFor();
    await lucia.write(lucia.page, "Volví");
    for (const { page } of [ana, marcelo, sofia]) {
      await stored(page, "Volví").waitFor();
      expect(!(await bubble(page, "Yo igual escribo").count()), "what he wrote has come");
    }
  });

  await check("five chats: on each of their pages the rooms of its own are changed in every way", async () => {
    for (const one of people.slice(1)) {
      const group = `De ${one.name}`;
      await begin(one, group, ["Ana", "Bruno"]);
      await until("it is open", async () => (await title(one).textContent()) === group);
      await ana.open(ana.page, group);
      for (const [what, words] of [
        [(dialog) => press(dialog, "Quitar a Bruno"), "Bruno salió"],
        [(dialog) => add(dialog, "Bruno"), "Bruno se unió"],
        [async (dialog) => {
          await dialog.getByLabel("Nombre de la conversación").fill(`${group} y más`);
          await press(dialog, "Renombrar");
        }, `Ahora se llama «${group} y más»`],
        [async (dialog) => {
          if (!isPlain(one)) one.page.once("dialog", (question) => question.accept());
          await press(dialog, "Bloquear a Bruno");
          await dialog.getByText("Bloqueados").waitFor();
          await inspectAll(one.page, `rooms-panel-${one.chat}`, `the panel of ${one.name}`);
        }, "Se bloqueó a Bruno"],
        [(dialog) => press(dialog, "Desbloquear a Bruno"), "Se desbloqueó a Bruno"],
      ]) {
        await panel(one, what);
        await toldTo([one, ana], words);
      }
    }
  });

  await check("five chats: a picture stands for who has one, and the initials where it can't be loaded", () => withPictures(async (pictures) => {
    for (const [id, name, file] of [[1, "Fabio", "ok.png"], [2, "Gabriela", "gone.png"]]) {
      const body = { id, name, avatar: `${pictures.url}/${file}`, token: all.tokenOfPlain };
      const answer = await fetch(`${all.urls.centro}user`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
      expect(answer.ok, `Centro answers ${answer.status}`);
    }
    for (const { page, chat } of stay) {
      await rust.toList(page);
      await page.locator("#tab-people").click();
      const face = (name) => page.locator("#list .item").filter({ hasText: name }).locator(".avatar, .face");
      await until("it is loaded", () => face("Fabio").locator("img").evaluate((e) => e.naturalWidth > 0).catch(() => false));
      const [a, b] = [await face("Fabio").boundingBox(), await face("Gabriela").boundingBox()];
      expect(a.width === b.width && a.height === b.height, "it has a size of its own");
      await until("the other one was asked for", () => pictures.asked.has("/gone.png"));
      await until("it has the initials", async () => (await face("Gabriela").textContent()).trim() === "G");
      await shot(page, `rooms-pictures-${chat}`);
    }
    expect(pictures.referers.size === 0, `the pages say where they are: ${[...pictures.referers].join(" ")}`);
  }));
}

/** A server that has one picture. */
async function withPictures(work) {
  const asked = new Set();
  const referers = new Set();
  const server = createServer((request, response) => {
    asked.add(request.url);
    if (request.headers.referer) referers.add(request.headers.referer);
    const there = request.url === "/ok.png";
    response.writeHead(there ? 200 : 404, { "content-type": "image/png", "cache-control": "max-age=600" }).end(there ? IMAGE : "");
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    await work({ url: `http://127.0.0.1:${server.address().port}`, asked, referers });
  } finally {
    server.closeAllConnections();
    server.close();
  }
}
