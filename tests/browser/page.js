// The page that the chats share, played in the same way on those of every app that has it. What is looked at is what the page
// shows, not what its server would answer.

import { changes } from "./changes.js";
import * as flask from "./flask-chat.js";
import { DESK, IMAGE, PHONE, accessible, check, expect, noSideways, person, shot, until } from "./harness.js";
import * as netcore from "./netcore-chat.js";
import { pause } from "./platforms.js";
import * as rust from "./rust-chat.js";

/** An app with the page: which program it is, three of its users, how one comes in, and what is seen when one is out. */
const APPS = [
  { name: "rust-chat", program: "rust", people: ["Ana", "Bruno", "Carla"], enter: rust.enter, login: "#login-users button" },
  { name: "flask-chat", program: "buas", people: ["Marcelo", "Julieta", "Nahuel"], enter: flask.enter, login: "[name=password]" },
  { name: "netcore-chat", program: "net", people: ["Lucía", "Mateo", "Zoe"], enter: netcore.enter, login: "#login-users button" },
];

const { message, write } = rust;
const texts = (page) => page.locator("#messages .text").allTextContents();
const stored = (page, text) => page.locator("#messages .msg:not(.pending)").filter({ hasText: text });
const pending = (page, text) => page.locator("#messages .msg.pending").filter({ hasText: text });
const draft = (page) => page.locator("#text").inputValue();
const idIn = (page) => decodeURIComponent(new URL(page.url()).hash.slice(2));

/** Opens the conversation of that name, whichever list it is in. */
async function open(page, title) {
  await rust.toList(page);
  for (const tab of ["chats", "rooms"]) {
    if (!(await page.locator(`#tab-${tab}`).count())) continue;
    await page.locator(`#tab-${tab}`).click();
    const item = page.locator("#list .item").filter({ has: page.locator(".title", { hasText: title }) });
    if (!(await item.count())) continue;
    await item.first().click();
    return until(`«${title}» is open`, async () => (await page.locator("#chat-name").textContent()) === title);
  }
  throw new Error(`no list has «${title}»`);
}

async function chatWith(page, name) {
  await rust.toList(page);
  await page.locator("#tab-people").click();
  await page.locator("#list .item", { hasText: name }).click();
  await until(`the chat with ${name} is open`, async () => (await page.locator("#chat-name").textContent()) === name);
}

async function create(page, name, people) {
  await rust.toList(page);
  await page.locator("#new").click();
  await page.getByLabel(people ? "Chat o grupo" : "Sala pública").check();
  for (const one of people ?? []) await page.locator("#new-people").getByLabel(one).check();
  await page.locator("#new-name").fill(name);
  await page.locator("#new-create").click();
  await until(`«${name}» is open`, async () => (await page.locator("#chat-name").textContent()) === name);
}

/** What the browser has spent on layout since it was asked before: seconds, and how many times. */
async function layoutOf(page) {
  const client = await page.context().newCDPSession(page);
  await client.send("Performance.enable");
  return async () => {
    const { metrics } = await client.send("Performance.getMetrics");
    const value = (name) => metrics.find((m) => m.name === name).value;
    return { seconds: value("LayoutDuration"), count: value("LayoutCount") };
  };
}

const intersect = (a, b) => a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;

const colours = new Map(); // by platform: its hue on the page of each app

export async function run(browser, all) {
  for (const app of APPS) {
    await play(browser, all, app);
    await changes(browser, { ...app, url: all.urls[app.program] });
  }
  await check("a platform has the same colour on the pages of all apps", async () => {
    for (const [platform, hues] of colours) expect(new Set(hues).size === 1 && hues[0], `${platform}: ${hues}`);
    expect(colours.size >= 3, `only ${[...colours.keys()]} were seen`);
  });
}

async function play(browser, all, { name, program, people: [first, second, third], enter, login }) {
  const url = all.urls[program];
  const one = await person(browser, `${name}-${first}`, DESK);
  const two = await person(browser, `${name}-${second}`, PHONE, "dark");
  const it = (what, run) => check(`${name}: ${what}`, run);
  /** Posts as the page of that person does. */
  const post = async (page, id, text) => {
    const answer = await page.request.post(`${url}app/conversations/${encodeURIComponent(id)}/messages`, { data: { key: `${id} ${text}`, text }, maxRetries: 3 }); // a connection that was kept may be closed at that moment; by the key it is one message
    expect(answer.ok(), `${answer.status()} for «${text}»`);
  };

  await it("what is unsent and what is half written survive a reload, and go out by themselves", async () => {
    await enter(one, url, first);
    await enter(two, url, second);
    await chatWith(one, second);
    await one.route("**/app/conversations/*/messages", (route) => (route.request().method() === "POST" ? route.abort() : route.continue()));
    await write(one, "Escrito sin suerte 🧉");
    await one.locator("#file").setInputFiles({ name: "mate.png", mimeType: "image/png", buffer: IMAGE });
    await write(one, "Con una foto");
    await one.locator("#text").fill("A medio escr");
    await one.reload();
    await pending(one, "Escrito sin suerte 🧉").waitFor();
    await pending(one, "Con una foto").locator("img").waitFor();
    expect((await draft(one)) === "A medio escr", `the draft is «${await draft(one)}»`);
    await one.unrouteAll({ behavior: "wait" });
    for (const text of ["Escrito sin suerte 🧉", "Con una foto"]) await stored(one, text).waitFor();
    await chatWith(two, first);
    await until("both are there", async () => (await texts(two)).length === 2);
    expect((await texts(two)).join("|") === "Escrito sin suerte 🧉|Con una foto", `read: ${await texts(two)}`);
    await chatWith(one, third);
    expect((await draft(one)) === "", "the draft goes with one into another conversation");
    await one.locator("#text").fill("Otro borrador");
    await chatWith(one, second);
    expect((await draft(one)) === "A medio escr", "the draft is gone");
    await one.locator("#text").fill("");
    await one.reload();
    await message(one, "Con una foto").waitFor();
    expect((await draft(one)) === "", "what was deleted is back");
  });

  await it("without a network one writes on, is told so where it covers nothing, and all goes out when it is back, without a click", async () => {
    await one.context().setOffline(true);
    await one.locator("#offline").waitFor();
    await write(one, "Desde el túnel");
    await write(one, "Sigo en el túnel");
    const box = (selector) => one.locator(selector).boundingBox();
    const offline = await box("#offline");
    for (const covered of ["#logout", "#chat-name", "#membership", "#search"]) {
      const at = await box(covered);
      expect(!at || !intersect(offline, at), `the line covers ${covered}`);
    }
    await shot(one, `page-${name}-offline`);
    await one.context().setOffline(false);
    await one.locator("#offline").waitFor({ state: "hidden" });
    for (const text of ["Desde el túnel", "Sigo en el túnel"]) await stored(one, text).waitFor();
    await message(two, "Sigo en el túnel").waitFor();
    for (const page of [one, two]) expect((await texts(page)).slice(-2).join("|") === "Desde el túnel|Sigo en el túnel", `read: ${await texts(page)}`);
  });

  await it("two tabs show the same, once, and what is unsent in one is in the other too", async () => {
    const tab = await one.context().newPage();
    tab.setDefaultTimeout(20_000);
    await tab.goto(one.url());
    await message(tab, "Sigo en el túnel").waitFor();
    await write(one, "En las dos");
    await stored(tab, "En las dos").waitFor();
    for (const page of [one, tab]) await page.route("**/app/conversations/*/messages", (route) => (route.request().method() === "POST" ? route.abort() : route.continue()));
    await write(one, "Todavía no");
    await pending(tab, "Todavía no").waitFor();
    for (const page of [one, tab]) await page.unrouteAll({ behavior: "wait" });
    for (const page of [one, tab]) await stored(page, "Todavía no").waitFor();
    await message(two, "Todavía no").waitFor();
    for (const page of [one, tab, two]) {
      for (const text of ["En las dos", "Todavía no"]) expect((await message(page, text).count()) === 1, `«${text}» is there ${await message(page, text).count()} times`);
    }
    await tab.close();
  });

  await it("at 300 messages one more costs as much as at 20, and nothing scrolls away", async () => {
    const tab = await one.context().newPage();
    await tab.goto(url);
    await tab.locator("#list .item").first().waitFor();
    const some = (what, n) => Array.from({ length: n }, (_, i) => `${what} ${i} de ${n}.`);
    const begin = async (page, title, count) => {
      await create(two, title);
      const id = idIn(two);
      await open(page, title);
      const all = some("En el medio", count);
      for (let from = 0; from < count; from += 10) await Promise.all(all.slice(from, from + 10).map((text) => post(two, id, text)));
      await until(`${count} are shown`, async () => (await page.locator("#messages .msg:not(.pending)").count()) === count, 60_000);
      const spent = await layoutOf(page);
      return async (text) => {
        const before = await spent();
        await post(two, id, text);
        await stored(page, text).waitFor();
        const after = await spent();
        return { seconds: after.seconds - before.seconds, count: after.count - before.count };
      };
    };
    const short = await begin(tab, `Veinte en ${name}`, 20);
    const long = await begin(one, `Trescientos en ${name}`, 300);
    // By turns, so that whatever else the machine does slows down both. Where each message is measured anew it is six times as much.
    let told = "";
    for (let round = 0; !told.endsWith("good"); round++) {
      expect(round < 6, `one more costs, at 20 and at 300:${told}`);
      const sum = { few: { seconds: 0, count: 0 }, many: { seconds: 0, count: 0 } };
      for (const text of some(`Vuelta ${round}, mensaje`, 5)) {
        for (const [which, cost] of [["few", short], ["many", long]]) {
          const { seconds, count } = await cost(text);
          sum[which].seconds += seconds;
          sum[which].count += count;
        }
      }
      const { few, many } = sum;
      told += `\n${(few.seconds * 200).toFixed(2)} and ${(many.seconds * 200).toFixed(2)} ms, ${few.count} and ${many.count} layouts`;
      if (many.seconds < 3 * few.seconds && many.count <= 2 * few.count) told += ": good";
    }
    await tab.close();
    await one.route("**/app/conversations/*/messages", async (route) => { await pause(0.5); await route.continue(); });
    await write(one, "Pendiente entre muchos");
    const where = await one.evaluate(() => [document.documentElement.scrollTop, document.body.scrollTop, document.querySelector(".app").scrollTop]);
    expect(where.every((top) => top === 0), `the page itself scrolls: ${where}`);
    await stored(one, "Pendiente entre muchos").waitFor();
    await one.unrouteAll({ behavior: "wait" });
  });

  await it("after a reconnect one is where one was, with all that was there and what came meanwhile, in the order of a reload", async () => {
    await one.reload();
    await message(one, "Pendiente entre muchos").waitFor();
    while ((await one.locator("#messages .msg").count()) < 200) {
      const before = await one.locator("#messages .msg").count();
      await one.locator(".older").click();
      await until("older ones are there", async () => (await one.locator("#messages .msg").count()) > before);
    }
    const mark = "En el medio 200 de";
    await message(one, mark).evaluate((e) => e.scrollIntoView({ block: "center" }));
    const top = () => message(one, mark).evaluate((e) => e.getBoundingClientRect().top);
    const before = await top();
    await one.context().setOffline(true);
    await one.locator("#offline").waitFor();
    await write(two, "Mientras tanto");
    await one.context().setOffline(false);
    await one.locator("#offline").waitFor({ state: "hidden" });
    await stored(one, "Mientras tanto").waitFor();
    // Heights that the browser had only estimated are known a frame later.
    await until(`it is where it was, at ${before} px`, async () => Math.abs((await top()) - before) < 60);
    const read = await texts(one);
    expect(read.length > 200, `${read.length} are left`);
    await one.reload();
    await message(one, "Mientras tanto").waitFor();
    const again = await texts(one);
    const shown = read.slice(-again.length);
    const at = shown.findIndex((text, n) => text !== again[n]);
    expect(at < 0 && shown.length === again.length, `shown: ${shown.slice(at, at + 20)}; after a reload: ${again.slice(at, at + 20)}`);
    await one.locator("#messages").evaluate((e) => (e.scrollTop = 0));
    await write(two, "Abajo de todo");
    await one.locator("#to-end").click();
    await until("the end is shown", () => message(one, "Abajo de todo").evaluate((e) => e.getBoundingClientRect().bottom < innerHeight));
  });

  await it("what is too long is not cut: it says by how much, and is not sent until it fits", async () => {
    await one.locator("#text").fill("ñ".repeat(5_000));
    expect((await draft(one)).length === 5_000, "it is cut");
    await one.locator("#over", { hasText: "1000" }).waitFor();
    await one.locator("#text").press("Enter");
    expect((await draft(one)).length === 5_000 && (await one.locator("#send").isDisabled()), "it went out");
    await one.locator("#text").fill("ñ".repeat(4_000));
    await one.locator("#over").waitFor({ state: "hidden" });
    await one.locator("#text").press("Enter");
    await stored(one, "ñ".repeat(4_000)).waitFor();
    await until("it is whole at the other", async () => (await texts(two)).at(-1)?.length === 4_000);
  });

  await it("a text is read in its own direction, its addresses are whole, and a picture's bubble is as wide as the picture", async () => {
    const link = "https://es.wikipedia.org/wiki/Mate_(bebida)";
    await write(one, `(mirá ${link})`);
    const anchor = message(two, "mirá https").locator("a");
    expect((await anchor.getAttribute("href")) === link, `the address is ${await anchor.getAttribute("href")}`);
    await write(one, "שלום, נשתה מאטה");
    const direction = (text) => message(two, text).locator(".text").evaluate((e) => getComputedStyle(e).direction);
    await until("each has its direction", async () => (await direction("נשתה")) === "rtl" && (await direction("mirá https")) === "ltr");
    await one.locator("#text").fill("שלום");
    expect((await one.locator("#text").evaluate((e) => getComputedStyle(e).direction)) === "rtl", "it is written the other way round");
    await one.locator("#text").fill("Una línea\notra línea");
    await one.locator("#text").press("Enter");
    await message(two, "otra línea").waitFor();
    await until("it has two lines", async () => (await message(two, "otra línea").locator(".text").evaluate((e) => e.innerText)).includes("\n"));
    const wide = await one.evaluate(() => {
      const canvas = Object.assign(document.createElement("canvas"), { width: 900, height: 1400 });
      canvas.getContext("2d").fillRect(0, 0, 900, 1400);
      return canvas.toDataURL("image/png").split(",")[1];
    });
    await one.locator("#file").setInputFiles({ name: "alta.png", mimeType: "image/png", buffer: Buffer.from(wide, "base64") });
    await one.locator("#text").press("Enter");
    for (const page of [one, two]) {
      // Drawn anew when it gets its place and its ticks: so it is measured at once.
      let sizes;
      await until("the picture is there", async () => (sizes = await page.evaluate(() => {
        const image = document.querySelector("#messages .msg:not(.pending) img[alt='alta.png']");
        return image?.naturalWidth === 900 ? [image.closest(".bubble"), image].map((e) => e.getBoundingClientRect().toJSON()) : null;
      })));
      const [bubble, picture] = sizes;
      expect(bubble.width < picture.width + 30 && picture.height < 350, `the bubble is ${bubble.width} wide, the picture ${picture.width}`);
    }
    for (const page of [one, two]) {
      await until("the end of the picture is shown", () => page.locator("#messages").evaluate((e) => e.scrollHeight - e.scrollTop - e.clientHeight < 2));
    }
    await shot(one, `page-${name}`);
    await shot(two, `page-${name}-phone-dark`);
  });

  await it("a group that shrinks to two stays a group, beside the chat of the two", async () => {
    const gone = await person(browser, `${name}-${third}`, DESK, "dark");
    await enter(gone, url, third);
    await create(one, `Grupo de ${name}`, [second, third]);
    await write(one, "¿Estamos los tres?");
    await open(gone, `Grupo de ${name}`);
    await message(gone, "¿Estamos los tres?").waitFor();
    await shot(gone, `page-${name}-dark`);
    gone.once("dialog", (dialog) => dialog.accept());
    await gone.locator("#membership").click();
    await gone.locator("#nothing").waitFor();
    await until("one hears it", async () => !(await one.locator("#chat-sub").textContent()).includes(third));
    await open(two, `Grupo de ${name}`);
    for (const page of [one, two]) {
      expect((await page.locator("#chat-name").textContent()) === `Grupo de ${name}`, "it is called like a chat of two");
      await page.locator("#membership", { hasText: "Salir" }).waitFor();
    }
    await chatWith(one, second);
    await until("the chat of the two is shown, and not the group", async () => (await texts(one)).includes("En las dos"));
    await gone.context().close();
  });

  await it("the empty composer has no scrollbar, and grows with what is written", async () => {
    const text = one.locator("#text");
    await text.fill("");
    const measure = () => text.evaluate((e) => ({ over: e.scrollHeight > e.clientHeight, bar: getComputedStyle(e).overflowY !== "hidden", height: e.clientHeight }));
    const empty = await measure();
    expect(!empty.bar, "it has a scrollbar");
    await text.fill("a\nb\nc");
    const three = await measure();
    expect(!three.bar && three.height > empty.height, `it is ${three.height} high, and was ${empty.height}`);
    await text.fill("a\n".repeat(40));
    expect((await measure()).bar, "what does not fit can't be reached");
    await text.fill("");
  });

  await it("back on a phone leads to the list, and from there out, wherever one has been", async () => {
    await rust.toList(two);
    await two.goto("about:blank");
    await two.goto(url);
    await two.locator("#list .item").first().waitFor();
    const shown = (view) => until(`the ${view} is shown`, async () => (await two.locator("#app").getAttribute("data-view")) === view);
    await two.locator("#tab-chats").click();
    await two.locator("#list .item").first().click();
    await shown("chat");
    await two.goBack();
    await shown("list");
    await two.locator("#list .item").first().click();
    await shown("chat");
    await two.locator("#back").click();
    await shown("list");
    await two.reload();
    await two.locator("#list .item").first().click();
    await shown("chat");
    await two.goBack();
    await shown("list");
    await two.goBack();
    expect(two.url() === "about:blank", `it leads to ${two.url()}`);
    await two.goForward();
    await two.locator("#list .item").first().waitFor();
  });

  await it("nothing scrolls sideways on a phone, and everything has a name", async () => {
    await open(two, `Trescientos en ${name}`);
    await write(two, `https://ejemplo.org/${"muylargo".repeat(40)}`);
    await noSideways(two, "a conversation");
    await two.locator("#chat-info").click();
    await noSideways(two, "who takes part");
    await accessible(two);
    await two.keyboard.press("Escape");
    await rust.toList(two);
    for (const tab of await two.locator("#tabs button").all()) {
      await tab.click();
      await noSideways(two, "a list");
    }
    await shot(two, `page-${name}-phone-dark-people`);
    await two.locator("#new").click();
    await noSideways(two, "a new conversation");
    await shot(two, `page-${name}-phone-dark-new`);
    await two.keyboard.press("Escape");
    for (const page of [one, two]) await accessible(page);
  });

  await it("it can be used from the keyboard, and what comes meanwhile takes no focus away", async () => {
    const tabs = await one.locator("#tabs button").all();
    await tabs[0].focus();
    await one.keyboard.press("ArrowRight");
    await until("the next tab is chosen", async () => (await tabs[1].getAttribute("aria-selected")) === "true");
    await one.keyboard.press("ArrowLeft");
    await one.locator("#list .item").first().focus();
    await one.keyboard.press("ArrowDown");
    const focused = () => one.evaluate(() => document.activeElement.querySelector(".title")?.textContent);
    const title = await focused();
    await chatWith(two, first);
    await write(two, "Perdón que interrumpa");
    await one.locator("#list .item", { hasText: "Perdón que interrumpa" }).waitFor();
    expect((await focused()) === title, `the focus went from «${title}» to «${await focused()}»`);
    await one.keyboard.press("Enter");
    await until("it is open", async () => (await one.locator("#chat-name").textContent()) === title);
    await until("the text has the focus", () => one.evaluate(() => document.activeElement.id === "text"));
    await one.keyboard.type("A mano");
    await one.keyboard.press("Enter");
    await message(one, "A mano").waitFor();
    await one.locator("#tab-people").click();
    for (const badge of await one.locator("#list h3 .badge").all()) {
      const platform = await badge.textContent();
      colours.set(platform, [...(colours.get(platform) ?? []), await badge.evaluate((e) => e.style.getPropertyValue("--h"))]);
    }
  });

  await it("logging out ends all tabs of this browser, and the cookie reads nothing any more", async () => {
    await chatWith(one, second);
    const tab = await one.context().newPage();
    await tab.goto(one.url());
    await tab.locator("#messages .msg").first().waitFor();
    const history = `${url}app/conversations/${encodeURIComponent(idIn(one))}/messages`;
    const cookie = (await one.context().cookies()).map((c) => `${c.name}=${c.value}`).join("; ");
    const read = async () => (await fetch(history, { headers: { cookie } })).status;
    expect((await read()) === 200, "the cookie is not the one");
    await one.locator("#logout").click();
    await one.locator(login).first().waitFor();
    await tab.locator(login).first().waitFor();
    expect((await read()) === 401, `the old cookie is answered ${await read()}`);
    await tab.close();
  });
}
