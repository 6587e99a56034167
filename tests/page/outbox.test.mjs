// What was written reaches the server once and in order, over reloads, in several tabs, and while the network is away.

import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { Kept } from "../../examples/page/kept.js";
import { Outbox } from "../../examples/page/outbox.js";

/** The browser's store, as far as Kept uses it: what is in it are its own properties. */
class Storage {
  setItem(name, value) {
    if (Object.keys(this).length >= (Storage.room ?? Infinity)) throw new Error("no room");
    this[name] = value;
  }

  getItem(name) {
    return this[name] ?? null;
  }

  removeItem(name) {
    delete this[name];
  }
}

const away = () => { throw Object.assign(new Error("away"), { passing: true }); };

/** A server that takes what comes twice as one, and what a tab is told. */
function world() {
  const storage = new Storage();
  const server = { texts: [], changes: [], keys: new Set(), answer: () => {}, posts: 0 };
  const tab = () => {
    const told = { stored: [], changed: [], removed: [], noRoom: 0, out: 0 };
    const outbox = new Outbox(new Kept(storage, "unsent", "RustChat/1"), {
      async write(conversation, post) {
        server.posts += 1;
        await server.answer(post);
        if (!server.keys.has(post.key)) server.texts.push(post.text);
        server.keys.add(post.key);
        return { message: { id: server.texts.length, conversation, key: `1/${post.key}`, sender: 1, text: post.text, reply: post.reply } };
      },
      async change(conversation, { key, ...change }) {
        server.posts += 1;
        await server.answer(change);
        if (!server.keys.has(key)) server.changes.push(change);
        server.keys.add(key);
        return { message: { id: change.message, conversation, text: `${change.kind} of ${change.message}` } };
      },
      stored: (message) => told.stored.push(message.text),
      changed: (one) => told.changed.push([one.text ?? one.change.kind, one.error]),
      removed: (one) => told.removed.push(one.text ?? one.change.kind),
      noRoom: () => (told.noRoom += 1),
      out: () => (told.out += 1),
    });
    return { outbox, told };
  };
  return { storage, server, tab };
}

const texts = (outbox, conversation = 7) => outbox.of(conversation).map((one) => one.text);

// Shows promise 4.
test("messages are sent one after the other, in the order in which they were written", async () => {
  const { server, tab, storage } = world();
  const { outbox, told } = tab();
  await Promise.all(["uno", "dos", "tres"].map((text) => outbox.send(7, text)));
  await outbox.flush();
  assert.deepEqual(server.texts, ["uno", "dos", "tres"]);
  assert.deepEqual(told.stored, ["uno", "dos", "tres"]);
  assert.deepEqual(Object.keys(storage), [], "nothing is kept of what the server has");
  assert.ok(!outbox.waits);
});

// Shows promise 3.
test("what is unsent is there after a reload, and goes out then under the same key", async () => {
  const { server, tab } = world();
  server.answer = away;
  const first = tab();
  await first.outbox.send(7, "uno", { kind: "image", name: "a.png", post: { url: "https://a.org/a.png", name: "a.png" } });
  await first.outbox.send(7, "dos");
  const second = tab();
  assert.deepEqual(texts(second.outbox), ["uno", "dos"]);
  assert.equal(second.outbox.of(7)[0].attachment.post.url, "https://a.org/a.png");
  assert.ok(second.outbox.waits);
  const posts = [];
  server.answer = (post) => void posts.push(post);
  await second.outbox.flush();
  assert.deepEqual(posts.map((p) => [p.text, p.attachment?.name]), [["uno", "a.png"], ["dos", undefined]]);
  assert.deepEqual(texts(second.outbox), []);
  first.outbox.drop("none of its");
});

// Shows promise 3.
test("an answer that is lost is no reason to write twice", async () => {
  const { server, tab } = world();
  const { outbox } = tab();
  await outbox.send(7, "uno");
  const lost = tab();
  let first = true;
  server.answer = (post) => {
    if (!first) return;
    first = false;
    server.texts.push(post.text);
    server.keys.add(post.key);
    away();
  };
  await lost.outbox.send(7, "dos");
  await lost.outbox.flush();
  assert.deepEqual(server.texts, ["uno", "dos"]);
});

test("it tries again by itself, with growing pauses, and at once when the way is free", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  try {
    const { server, tab } = world();
    server.answer = away;
    const { outbox, told } = tab();
    const settled = () => new Promise((resolve) => setImmediate(resolve));
    await outbox.send(7, "uno");
    assert.equal(server.posts, 1);
    for (const [pause, posts] of [[499, 1], [1, 2], [999, 2], [1, 3], [2000, 4]]) {
      mock.timers.tick(pause);
      await settled();
      assert.equal(server.posts, posts, `after ${pause} ms more`);
    }
    server.answer = () => {};
    await outbox.flush();
    assert.deepEqual([server.texts, told.stored], [["uno"], ["uno"]]);
    mock.timers.tick(60_000);
    await settled();
    assert.equal(server.posts, 5, "nothing is tried again that is sent");
  } finally {
    mock.timers.reset();
  }
});

// Shows promise 8.
test("what the server refuses says why, holds nothing up, and is sent again or given up by the person", async () => {
  const { server, tab } = world();
  const { outbox, told } = tab();
  server.answer = ({ text }) => { if (text === "mal") throw new Error("No se puede."); };
  await Promise.all([outbox.send(7, "mal"), outbox.send(7, "bien")]);
  await outbox.flush();
  assert.deepEqual(server.texts, ["bien"]);
  assert.deepEqual(told.changed.at(-1), ["mal", "No se puede."]);
  assert.ok(!outbox.waits, "it waits for a person");
  const again = tab();
  assert.equal(again.outbox.of(7)[0].error, "No se puede.", "also after a reload");
  server.answer = () => {};
  await again.outbox.retry(again.outbox.of(7)[0].key);
  assert.deepEqual(server.texts, ["bien", "mal"]);
  server.answer = () => { throw new Error("No."); };
  await again.outbox.send(7, "nunca");
  again.outbox.drop(again.outbox.of(7)[0].key);
  assert.deepEqual([again.told.removed, texts(tab().outbox)], [["nunca"], []]);
});

test("one tab shows what another has written, until the server has it, and sends it if that one is closed", async () => {
  const { server, tab } = world();
  const [one, other] = [tab(), tab()];
  server.answer = away;
  await one.outbox.send(7, "uno");
  other.outbox.reload();
  assert.deepEqual([texts(other.outbox), other.told.changed], [["uno"], [["uno", undefined]]]);
  server.answer = () => {};
  await other.outbox.flush();
  one.outbox.reload();
  assert.deepEqual([texts(one.outbox), one.told.removed, server.texts], [[], ["uno"], ["uno"]]);
});

test("a push that comes before the answer is enough", async () => {
  const { server, tab } = world();
  const { outbox } = tab();
  server.answer = away;
  await outbox.send(7, "uno");
  const [{ key }] = outbox.of(7);
  outbox.confirm({ id: 1, key: `RustChat:1/${key}`, sender: 1 });
  assert.deepEqual([texts(outbox), texts(tab().outbox)], [[], []]);
});

test("a session that has ended is told, and what is unsent is kept for the next one", async () => {
  const { server, tab } = world();
  const { outbox, told } = tab();
  server.answer = () => { throw Object.assign(new Error("out"), { out: true }); };
  await outbox.send(7, "uno");
  assert.equal(told.out, 1);
  assert.deepEqual(texts(tab().outbox), ["uno"]);
});

test("a browser without room is no reason not to send, and the person is told", async () => {
  const { server, tab } = world();
  const { outbox, told } = tab();
  Storage.room = 0;
  try {
    await outbox.send(7, "uno");
    server.answer = away;
    await outbox.send(7, "dos");
    outbox.reload();
  } finally {
    Storage.room = undefined;
  }
  assert.deepEqual([server.texts, told.noRoom, texts(outbox)], [["uno"], 2, ["dos"]]);
  outbox.confirm(outbox.of(7)[0]);
});

test("messages and what is said of others wait together, go out in order, and are told apart", async () => {
  const { server, tab, storage } = world();
  server.answer = away;
  const first = tab();
  await first.outbox.send(7, "uno", undefined, { message: 3, text: "cero" });
  await first.outbox.change(7, { message: 3, kind: "edit", text: "Cero" });
  await first.outbox.change(8, { message: 4, kind: "reaction", emoji: "👍", on: true });
  first.outbox.drop("none of its");
  const { outbox, told } = tab();
  assert.deepEqual([texts(outbox), outbox.of(7)[0].reply.text, outbox.changes(7).map((one) => one.change.text)], [["uno"], "cero", ["Cero"]]);
  assert.ok(outbox.waits);
  const order = [];
  server.answer = (what) => void order.push([what.kind ?? "message", what.reply ?? what.message]);
  await outbox.flush();
  assert.deepEqual(order.filter(([, message]) => message === 3), [["message", 3], ["edit", 3]]);
  assert.deepEqual(server.changes.find((c) => c.message === 4), { message: 4, kind: "reaction", emoji: "👍", on: true });
  assert.deepEqual([told.stored.sort(), Object.keys(storage)], [["edit of 3", "reaction of 4", "uno"], []]);
});

test("a change that comes twice is one, and one that is refused says so and is given up by the person", async () => {
  const { server, tab } = world();
  const { outbox, told } = tab();
  let lost = true;
  const change = { message: 3, kind: "delete" };
  server.answer = (what) => {
    if (!lost) return;
    lost = false;
    server.changes.push(what);
    server.keys.add(outbox.changes(7)[0].key);
    away();
  };
  await outbox.change(7, change);
  await outbox.flush();
  assert.deepEqual([server.changes, outbox.changes(7)], [[change], []]);
  server.answer = () => { throw new Error("Ya no está."); };
  await outbox.change(7, { message: 3, kind: "edit", text: "x" });
  assert.deepEqual([told.changed.at(-1), outbox.waits], [["edit", "Ya no está."], false]);
  outbox.drop(outbox.changes(7)[0].key);
  assert.deepEqual([told.removed, outbox.changes(7)], [["edit"], []]);
});

test("what two people of one browser write is kept apart", () => {
  const storage = new Storage();
  const [ana, other] = ["RustChat/1", "RustChat/2"].map((whose) => new Kept(storage, "draft", whose));
  ana.put(7, { text: "hola" });
  assert.deepEqual([ana.get(7), other.get(7), ana.names(), other.names()], [{ text: "hola" }, null, ["7"], []]);
  storage["chat/RustChat/1/draft/8"] = "{";
  assert.equal(ana.get(8), null, "what is broken is nothing");
});
