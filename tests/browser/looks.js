// The five pages as they look at a desk and on a phone, light and dark: nothing scrolls sideways, and axe finds nothing serious.

import { check, inspectAll } from "./harness.js";
import { toList } from "./rust-chat.js";

const GROUP = "Los cinco de siempre";

export async function looks(people, all) {
  for (const one of people) {
    const { page, chat, name, open } = one;
    const seen = (what, ready) => inspectAll(page, `looks-${chat}-${what}`, `${what} of ${name}`, ready);
    // On a phone the list and the conversation take turns.
    const list = () => toList(page);
    await check(`five chats: the page of ${chat} can be used by everybody, in each of its looks`, async () => {
      await open(page, GROUP);
      await seen("conversation");
      await seen("list", list);
      if (chat !== "plain") {
        await page.locator("#tab-people").click();
        await seen("people", list);
        await page.locator("#new").click();
        await seen("new");
        await page.keyboard.press("Escape");
      }
      await page.context().clearCookies();
      await page.goto(all.urls[chat]);
      await seen("login");
    });
  }
}
