// The page's one connection: what comes, and in which order it is taken.

import assert from "node:assert/strict";
import { test } from "node:test";

globalThis.window = { addEventListener() {} };
const { stayConnected } = await import("../../examples/page/connection.js");

/** The page's end, and a server that pushes when it is told to. */
function connected() {
  const taken = [];
  const servers = [];
  stayConnected({
    connect: (server) => { servers.push(server); return () => {}; },
    push: (event) => taken.push(event.n),
    lost() {},
    refused() {},
  });
  return { taken, push: (type, n) => servers.at(-1).push({ type, n }) };
}

test("what a server pushes before all that there is, is taken after it, in order", () => {
  const { taken, push } = connected();
  push("message", 1);
  push("conversation", 2);
  assert.deepEqual(taken, []);
  push("hello", 3);
  assert.deepEqual(taken, [3, 1, 2]);
  push("message", 4);
  push("hello", 5);
  assert.deepEqual(taken, [3, 1, 2, 4, 5]);
});
