// What of the wall needs no browser: its words, and the figures that it makes of what the nodes say.

import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Figures } from "../../examples/wall/figures.js";
import { ago, news, standing, told, why } from "../../examples/wall/page/words.js";

const calm = { waiting: 0, dead: 0, contact: null, down: [] };
const running = { name: "BuasApp", process: { state: "running", pid: 7 }, figures: calm };
const unreached = { ...calm, down: [{ by: "Norte", why: null }, { by: "RustChat", why: "can't connect" }] };
const ended = { name: "BuasApp", process: { state: "ended", code: null, signal: "SIGKILL" }, figures: unreached };

test("a platform is down when its process has ended, whatever the others have noticed yet", () => {
  assert.equal(standing({ ...ended, figures: calm }).kind, "down");
  assert.equal(why(ended), "Su proceso terminó por kill -9.");
  assert.equal(why({ ...ended, process: { state: "ended", code: 1, signal: null } }), "Su proceso terminó con código 1.");
});

test("one that runs again is not up before the others reach it, and it says who doesn't", () => {
  assert.deepEqual([standing(running).kind, standing({ ...running, figures: unreached }).kind], ["up", "late"]);
  assert.equal(why({ ...running, figures: unreached }), "Ya arrancó; Norte y RustChat todavía no lo saben.");
});

test("what another node says of one that is down is quoted with who says it, and of one that is up nothing", () => {
  assert.deepEqual(told(ended), { by: "RustChat", words: "can't connect" });
  assert.equal(told({ ...running, figures: unreached }), null);
});

test("going down, coming back and receiving all that waited are told to those who don't see it, and nothing else", () => {
  assert.equal(news(running, ended), "BuasApp: caído.");
  assert.equal(news(ended, running), "BuasApp: en marcha.");
  assert.equal(news({ ...running, figures: { ...calm, waiting: 2 } }, running), "BuasApp recibió todo lo que lo esperaba.");
  assert.equal(news(running, { ...running, figures: { ...calm, waiting: 2 } }), "");
});

test("an instant is as long ago as it is", () => {
  const now = Date.parse("2026-01-01T12:00:00Z");
  const words = ["11:59:59.5", "11:59:48", "11:58:01", "09:00:00"].map((time) => ago(`2026-01-01T${time}Z`, now));
  assert.deepEqual(words, ["recién", "hace 12 s", "hace 1 min", "hace 3 h"]);
});

test("the figures of all nodes are added up, as long as somebody looks", async () => {
  const says = (name, platforms) => ({ name, command: [process.execPath, "-e", `console.log(${JSON.stringify(JSON.stringify({ platforms }))}); setInterval(() => {}, 1000)`] });
  const of = (more) => ({ name: "BuasApp", waiting: 0, dead: 0, up: true, last_contact: null, alarm: null, last_error: null, ...more });
  const figures = new Figures([
    says("Norte", [of({ waiting: 2, up: false, last_error: "refused", last_contact: "2026-01-01T12:00:00Z" })]),
    says("Centro", [of({ waiting: 1, dead: 1, last_contact: "2026-01-01T12:00:05Z" }), of({ name: "Norte", waiting: 9 })]),
  ]);
  assert.equal(figures.of("BuasApp"), null);
  figures.look();
  for (const end = Date.now() + 20_000; figures.of("BuasApp")?.waiting !== 3; await sleep(20)) assert.ok(Date.now() < end, "nothing was said");
  assert.deepEqual(figures.of("BuasApp"), { waiting: 3, dead: 1, contact: "2026-01-01T12:00:05Z", down: [{ by: "Norte", why: "refused" }] });
  figures.rest();
  assert.equal(figures.of("BuasApp"), null);
});
