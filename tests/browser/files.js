// Pictures and sounds in the group of five.js: heard and seen where they can be, and told in words where not.

import { IMAGE, check, until } from "./harness.js";
import { message, note } from "./rust-chat.js";

/** A tenth of a second of silence: 8 kHz, one channel of 8 bits. */
const SILENCE = (() => {
  const head = Buffer.alloc(44);
  head.write("RIFF", 0);
  head.writeUInt32LE(36 + 800, 4);
  head.write("WAVEfmt ", 8);
  for (const [at, two] of [[20, 1], [22, 1], [32, 1], [34, 8]]) head.writeUInt16LE(two, at);
  for (const [at, four] of [[16, 16], [24, 8000], [28, 8000], [40, 800]]) head.writeUInt32LE(four, at);
  head.write("data", 36);
  return Buffer.concat([head, Buffer.alloc(800, 128)]);
})();

const FILES = [
  { title: "a picture", what: "una foto", mimeType: "image/png", buffer: IMAGE, ending: "png", arrived: async (bubble) => {
    await until("the picture is seen", () => bubble.locator("img:not(.avatar img)").last().evaluate((i) => i.complete && i.naturalWidth === 64));
  } },
  { title: "a sound", what: "un audio", mimeType: "audio/wav", buffer: SILENCE, ending: "wav", arrived: async (bubble) => {
    await until("the sound can be played", () => bubble.locator("audio").evaluate((a) => (a.readyState || a.load(), a.duration > 0.09)));
  } },
];

export async function files(people) {
  const senders = people.filter(({ chat }) => chat !== "plain");
  const [fabio] = people.filter(({ chat }) => chat === "plain");

  for (const { title, what, mimeType, buffer, ending, arrived } of FILES) {
    await check(`five chats: ${title} of each one arrives on the pages of all, and in words at PlainChat`, async () => {
      for (const { page, name, write } of senders) {
        const file = `de-${name}.${ending}`;
        await page.locator("#file").setInputFiles({ name: file, mimeType, buffer });
        await page.locator("#attached", { hasText: "PlainChat" }).waitFor();
        await write(page, `${name} manda ${what}`);
        for (const other of senders) await arrived(message(other.page, `${name} manda ${what}`)).catch((e) => { throw new Error(`on the page of ${other.name}: ${e.message}`); });
        await note(fabio.page, `${name} manda ${what}`).filter({ hasText: file }).waitFor();
      }
    });
  }
}
