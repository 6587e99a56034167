// The count at the end: what is in every room at every platform, by that platform's own account, against the ledger.

import { bold, chapter, faint, green, pad, red, say } from "./narrate.mjs";

/** Counts and prints; returns whether all was there once and in order. */
export async function verify({ ledger, rooms, chats, allThere }) {
  chapter("The count, at every platform, of what each acknowledged");
  for (const chat of chats) await allThere(ledger.filter(({ room }) => room.chats.includes(chat)), chat);
  say(`  ${faint(`${pad("room", 18)} ${pad("at", 10)} written  there  lost  doubled  disordered  leaked`)}`);
  const sum = { there: 0, lost: 0, doubled: 0, disordered: 0, leaked: 0 };
  for (const room of rooms) {
    for (const chat of chats) {
      const written = room.chats.includes(chat) ? ledger.filter((entry) => entry.room === room) : [];
      const found = compare(written, (await chat.history(room.id)).map((message) => message.text));
      for (const key of Object.keys(sum)) sum[key] += found[key];
      const bad = (key) => (found[key] > 0 ? red : String)(String(found[key]).padStart(key.length));
      const numbers = `${String(written.length).padStart(7)}  ${String(found.there).padStart(5)}`;
      say(`  ${pad(room.name, 18)} ${pad(chat.name, 10)} ${numbers}  ${["lost", "doubled", "disordered", "leaked"].map(bad).join("  ")}`);
    }
  }
  const good = sum.lost + sum.doubled + sum.disordered + sum.leaked === 0 && sum.there > 0;
  const figures = `${sum.there} counted: ${sum.lost} lost, ${sum.doubled} doubled, ${sum.disordered} out of order, ${sum.leaked} where they don't belong`;
  say(`\n  ${good ? green(bold("✓ nothing lost, doubled or out of order")) : red(bold("✗ the promises were not kept"))} ${faint(`(${figures})`)}`);
  return good;
}

/** `written` in the order in which each platform acknowledged it, `texts` as they stand at one platform. */
export function compare(written, texts) {
  const place = new Map(written.map(({ text }, i) => [text, i]));
  const first = [...new Set(texts)].filter((text) => place.has(text));
  // Order is promised for each sending platform: what several say at once has no order of its own.
  let disordered = 0;
  const latest = new Map();
  for (const text of first) {
    const { chat } = written[place.get(text)];
    if (place.get(text) < (latest.get(chat) ?? -1)) disordered += 1;
    else latest.set(chat, place.get(text));
  }
  const known = texts.filter((text) => place.has(text));
  return {
    there: first.length,
    lost: written.length - first.length,
    doubled: known.length - first.length,
    disordered,
    leaked: texts.length - known.length,
  };
}
