// What a message looks like once the server has what was said of it, and what may be said of it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { REACTIONS, actsOn, applied, emojiIn, hasReacted } from "../../examples/page/changes.js";
import { isNewer } from "../../examples/page/order.js";

const hello = { id: 5, sender: 1, text: "Ola", attachments: [{ kind: "image" }], reactions: [{ emoji: "👍", people: [2] }] };
const edit = (text, message = 5) => ({ change: { message, kind: "edit", text } });
const remove = { change: { message: 5, kind: "delete" } };
const react = (emoji, on = true) => ({ change: { message: 5, kind: "reaction", emoji, on } });

test("what is on its way is shown at once, in the order in which it was said, and as on its way", () => {
  const now = applied(hello, [edit("Hola"), edit("¡Hola!"), edit("otro", 6)], 1);
  assert.deepEqual([now.text, now.edited, now.waiting, now.attachments.length], ["¡Hola!", true, true, 1]);
  assert.equal(hello.text, "Ola", "what the server has is left as it is");
  assert.equal(applied(hello, [edit("otro", 6)], 1), hello, "nothing was said of it");
});

test("a message that is being deleted shows nothing of what it said", () => {
  const now = applied(hello, [edit("Hola"), remove], 1);
  assert.deepEqual([now.deleted, now.text, now.attachments, now.reactions], [true, "", [], []]);
});

test("what the server has refused is not shown as if it were, and the message says so", () => {
  const refused = { ...edit("Hola"), error: "No se puede." };
  const now = applied(hello, [refused], 1);
  assert.deepEqual([now.text, now.waiting, now.refused], ["Ola", false, refused]);
});

test("a reaction is on or off, for each person and emoji", () => {
  const after = (...changes) => applied(hello, changes, 1).reactions.map((r) => `${r.emoji} ${r.people}`);
  assert.deepEqual(after(react("👍")), ["👍 2,1"]);
  assert.deepEqual(after(react("👍"), react("👍")), ["👍 2,1"], "twice is once");
  assert.deepEqual(after(react("🙏"), react("👍")), ["👍 2,1", "🙏 1"]);
  assert.deepEqual(after(react("🙏"), react("🙏", false)), ["👍 2"]);
  assert.deepEqual(applied({ ...hello, reactions: undefined }, [react("🙏")], 1).reactions, [{ emoji: "🙏", people: [1] }]);
  assert.ok(hasReacted(hello, "👍", 2) && !hasReacted(hello, "👍", 1) && !hasReacted(hello, "🙏", 2));
});

test("a reaction is one emoji, whatever is written around it", () => {
  for (const emoji of [...REACTIONS, "👩🏽‍🚀", "🇦🇷", "🧉"]) assert.equal(emojiIn(emoji), emoji);
  assert.equal(emojiIn(" 🧉🧉 y más"), "🧉");
  for (const text of ["", "  ", "hola 🧉", "1", "👨‍👩‍👧‍👦‍👨‍👩‍👧‍👦"]) assert.equal(emojiIn(text), null, text);
});

test("one edits and deletes one's own alone, reacts and replies to all, and neither to what is gone or has not gone out", () => {
  assert.deepEqual(actsOn(hello, true), ["react", "reply", "edit", "delete"]);
  assert.deepEqual(actsOn(hello, false), ["react", "reply"]);
  for (const not of [{ ...hello, id: undefined }, { ...hello, failed: "no" }, { ...hello, deleted: true }]) assert.deepEqual(actsOn(not, true), []);
});

test("of two forms of a message the one with more changes counts, then the one with a place, whichever comes later", () => {
  const [bare, placed, changed] = [{ id: 5, place: null }, { id: 5, place: "a" }, { id: 5, place: "a", revision: 1 }];
  for (const [newer, older] of [[placed, bare], [changed, bare], [changed, placed], [bare, { key: "k" }]]) {
    assert.ok(isNewer(newer, older));
    if (older.id) assert.ok(!isNewer(older, newer));
  }
  assert.ok(!isNewer(placed, placed));
});
