// Which message stands before which, wherever it comes from.

import assert from "node:assert/strict";
import { test } from "node:test";
import { keyOf, lastOf, precedes, same } from "../../examples/page/order.js";

const sorted = (messages) => [...messages].sort((a, b) => (precedes(a, b) ? -1 : precedes(b, a) ? 1 : 0)).map((m) => m.text).join(" ");
const permutations = (all) => (all.length < 2 ? [all] : all.flatMap((one, n) => permutations([...all.slice(0, n), ...all.slice(n + 1)]).map((rest) => [one, ...rest])));

// Shows promise 9.
test("messages stand by event id, then what the server has published nowhere, then what it does not have, as it was written", () => {
  const messages = [
    { text: "first", id: 9, place: "a1" },
    { text: "second", id: 2, place: "a2" },
    { text: "stored", id: 4, place: null },
    { text: "stored-later", id: 7 },
    { text: "written", key: "k1", order: 10 },
    { text: "written-later", key: "k0", order: 11 },
  ];
  for (const some of permutations(messages)) assert.equal(sorted(some), "first second stored stored-later written written-later");
});

test("what the node refused stands by its number after the message whose place it has", () => {
  const messages = [{ text: "before", id: 3, place: "a1" }, { text: "refused", id: 5, place: "a1" }, { text: "after", id: 4, place: "a2" }];
  for (const some of permutations(messages)) assert.equal(sorted(some), "before refused after");
});

test("a message is the same before and after the server has it, and no one else's under the same key", () => {
  const written = { key: "17-x", sender: 1 };
  assert.ok(same(written, { id: 5, key: "1/17-x", sender: 1 }));
  assert.ok(same(written, { id: 5, key: "RustChat:1/17-x", sender: 1 }));
  assert.ok(!same(written, { id: 5, key: "2/17-x", sender: 2 }));
  assert.ok(same({ id: 5, sender: 1 }, { id: 5, sender: 1, place: "a" }));
  assert.ok(!same({ sender: 1 }, { sender: 1 }), "two without a key or an id are two");
  assert.equal(keyOf({}), undefined);
});

test("the last message of a conversation is the one that stands last, not the one that came last", () => {
  const last = { id: 3, place: "a5", sender: 1 };
  assert.equal(lastOf(null, last), last);
  assert.equal(lastOf(last, { id: 4, place: "a2", sender: 2 }), last);
  const later = { id: 4, place: "a6", sender: 2 };
  assert.equal(lastOf(last, later), later);
  const placed = { id: 4, place: "a2", sender: 1 };
  assert.equal(lastOf({ id: 4, sender: 1 }, placed), placed, "its own new form");
});
