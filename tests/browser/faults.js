// Each of the five chats goes down and comes back, now killed, now asked to end, while the others write in a group of all.

import { check, expect, until } from "./harness.js";
import { bubble, stored } from "./changes.js";
import * as rust from "./rust-chat.js";

const GROUP = "Llueva o truene";
const PLATFORM = { rust: "RustChat", buas: "BuasApp", gwt: "GWT_CHAT", net: "net core", plain: "PlainChat" };

/** All that stands in the open conversation. */
const read = async ({ page }) => (await page.locator(".msg .bubble > .text").allTextContents()).join(" | ");

export async function faults(people, all) {
  const [ana] = people;

  await check("five chats: a group over all of them, for better or worse", async () => {
    const others = people.filter((one) => one !== ana);
    await (await rust.create(ana.page, { name: GROUP, people: others.map(({ name }) => name) })).click();
    for (const { page, open } of people) await open(page, GROUP);
  });

  for (const [n, down] of people.entries()) {
    const signal = n % 2 ? "SIGTERM" : "SIGKILL";
    const platform = PLATFORM[down.chat];
    await check(`five chats: ${platform} is ended by ${signal}, misses what the others write, and has it all when it is back`, async () => {
      const up = people.filter((one) => one !== down);
      await all[down.chat].end(signal);
      const said = up.map(({ name }) => `${name}, sin ${platform}`);
      for (const [m, { page, write }] of up.entries()) {
        await write(page, said[m]);
        for (const other of up) await stored(other.page, said[m]).waitFor();
      }
      const watcher = up[0];
      await rust.ticked(watcher.page, said[0], platform, "waiting");
      expect(!(await bubble(down.page, said[0]).count()), `${platform} is down, and yet it got it`);
      await all[down.chat].start();
      for (const text of said) await stored(down.page, text).waitFor();
      await rust.ticked(watcher.page, said[0], platform, "delivered");
      await down.write(down.page, `${platform} está de vuelta`);
      for (const { page } of people) await stored(page, `${platform} está de vuelta`).waitFor();
    });
  }

  await check("five chats: after all that, every page reads the same, now and after a reload", async () => {
    const text = await read(ana);
    const count = (words) => text.split(words).length - 1;
    for (const [words, wanted] of [["sin ", 20], ["está de vuelta", 5]]) expect(count(words) === wanted, `of «${words}» there are ${count(words)}: ${text}`);
    for (const one of people) await until(`${one.name} reads what Ana reads`, async () => (await read(one)) === text);
    for (const one of people) {
      await one.page.reload();
      // PlainChat asks again who one is.
      if (one.chat === "plain") {
        await one.enter(one.page, all.urls.plain, one.name);
        await one.open(one.page, GROUP);
      }
      await until(`${one.name} reads the same after a reload`, async () => (await read(one)) === text);
    }
  });
}
