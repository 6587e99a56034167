// The five pages as they look at a desk and on a phone, light and dark: nothing scrolls sideways, and axe finds nothing serious.

import { accessible, check, eachLook, noSideways, shot } from "./harness.js";

const GROUP = "Los cinco de siempre";

export async function looks(people, all) {
  for (const one of people) {
    const { page, chat, name, open } = one;
    const seen = (what, ready = () => {}) => eachLook(page, async (look) => {
      await ready();
      await noSideways(page, `${what} of ${name}, ${look}`);
      await accessible(page, `${what} of ${name}, ${look}`);
      await shot(page, `looks-${chat}-${what}-${look}`);
    });
    // On a phone the list and the conversation take turns.
    const toList = async () => {
      if (await page.locator("#back").isVisible()) await page.locator("#back").click();
    };
    await check(`five chats: the page of ${chat} can be used by everybody, in each of its looks`, async () => {
      await open(page, GROUP);
      await seen("conversation");
      await seen("list", toList);
      if (chat !== "plain") {
        await page.locator("#tab-people").click();
        await seen("people", toList);
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
