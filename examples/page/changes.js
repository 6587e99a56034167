// What changes a message that is there: another text, a delete, a reaction. It needs no page.

import { isEmoji } from "./text.js";

/** The reactions that are offered at once. */
export const REACTIONS = ["👍", "❤️", "😂", "😮", "😢", "🙏"];

const MOST_BYTES = 32; // of a reaction, on its way

/**
 * A message as it is once the server has what this person has said of it: `unsent` are the outbox's changes of that conversation, `me`
 * is the person. `waiting`: something is on its way; `refused`: the change that the server did not take.
 */
export function applied(message, unsent, me) {
  const mine = unsent.filter((one) => one.change.message === message.id);
  if (!mine.length) return message;
  const result = { ...message, waiting: mine.some((one) => !one.error), refused: mine.find((one) => one.error) };
  for (const { change } of mine.filter((one) => !one.error)) {
    if (change.kind === "edit") Object.assign(result, { text: change.text, edited: true });
    else if (change.kind === "delete") Object.assign(result, { text: "", attachments: [], reactions: [], deleted: true });
    else result.reactions = reacted(result.reactions ?? [], change, me);
  }
  return result;
}

/** These reactions with one more or one less. */
function reacted(reactions, { emoji, on }, me) {
  const people = (reactions.find((r) => r.emoji === emoji)?.people ?? []).filter((id) => id !== me);
  const now = { emoji, people: on ? [...people, me] : people };
  const all = reactions.some((r) => r.emoji === emoji) ? reactions.map((r) => (r.emoji === emoji ? now : r)) : [...reactions, now];
  return all.filter((r) => r.people.length);
}

/** Whether that person has reacted so. */
export const hasReacted = (message, emoji, me) => (message.reactions ?? []).some((r) => r.emoji === emoji && r.people.includes(me));

/** The emoji with which a text begins, or null. */
export function emojiIn(text) {
  const [first] = new Intl.Segmenter("es", { granularity: "grapheme" }).segment(text.trim());
  const emoji = first?.segment ?? "";
  return isEmoji(emoji) && new TextEncoder().encode(emoji).length <= MOST_BYTES ? emoji : null;
}

/** What may be done with a message, by its writer (`mine`) or another: nothing until the server has it, and nothing once it is gone. */
export function actsOn(message, mine) {
  if (message.id === undefined || message.failed || message.deleted) return [];
  return mine ? ["react", "reply", "edit", "delete"] : ["react", "reply"];
}
