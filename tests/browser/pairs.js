// Each two of the five chats: a private chat, in which both write.

import { check } from "./harness.js";
import { bubble } from "./changes.js";
import * as rust from "./rust-chat.js";

export async function pairs(people) {
  for (const [n, one] of people.entries()) {
    for (const other of people.slice(n + 1)) {
      await check(`five chats: ${one.name} of ${one.chat} and ${other.name} of ${other.chat} write to each other`, async () => {
        await rust.chatWith(one.page, other.name);
        await one.write(one.page, `${one.name} a ${other.name}: ¿todo bien?`);
        await other.open(other.page, one.name);
        await bubble(other.page, `${one.name} a ${other.name}: ¿todo bien?`).waitFor();
        await other.write(other.page, `${other.name} a ${one.name}: ¡todo bien! 🙌`);
        await bubble(one.page, `${other.name} a ${one.name}: ¡todo bien! 🙌`).waitFor();
      });
    }
  }
}
