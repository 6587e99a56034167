// The demo's verdict is worth what its counting finds.

import assert from "node:assert/strict";
import { test } from "node:test";
import { compare } from "./verify.mjs";

const [a, b] = ["a", "b"];
const written = [
  { chat: a, text: "a1" },
  { chat: b, text: "b1" },
  { chat: a, text: "a2" },
  { chat: b, text: "b2" },
];
const good = { there: 4, lost: 0, doubled: 0, disordered: 0, leaked: 0 };

test("all once and in each sender's order is good, however the senders mix", () => {
  assert.deepEqual(compare(written, ["a1", "b1", "a2", "b2"]), good);
  assert.deepEqual(compare(written, ["b1", "b2", "a1", "a2"]), good);
});

test("what is missing is lost", () => {
  assert.deepEqual(compare(written, ["a1", "b1", "b2"]), { ...good, there: 3, lost: 1 });
  assert.deepEqual(compare(written, []), { ...good, there: 0, lost: 4 });
});

test("what is there again is doubled", () => {
  assert.deepEqual(compare(written, ["a1", "b1", "a1", "a2", "b2"]), { ...good, doubled: 1 });
});

test("a sender's message before an earlier one of his is out of order", () => {
  assert.deepEqual(compare(written, ["a2", "a1", "b1", "b2"]), { ...good, disordered: 1 });
});

test("what nobody wrote in this room for this platform is in the wrong place", () => {
  assert.deepEqual(compare(written, ["a1", "b1", "a2", "b2", "c1"]), { ...good, leaked: 1 });
  assert.deepEqual(compare([], ["a1"]), { there: 0, lost: 0, doubled: 0, disordered: 0, leaked: 1 });
});
