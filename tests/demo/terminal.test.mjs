// What can be typed while the demo stays open, with real programs behind it.

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Service, stopAll } from "./processes.mjs";
import { declares } from "./registry.mjs";
import { obey } from "./terminal.mjs";

const folder = mkdtempSync(join(tmpdir(), "demo-"));
const program = `console.log("listening on http://here"); process.on("SIGTERM", () => process.exit(0)); setInterval(() => {}, 1000);`;
const service = (name) => new Service(name, [process.execPath, "-e", program], join(folder, `${name}.log`));

after(async () => {
  await stopAll();
  rmSync(folder, { recursive: true });
});

/** What is printed while lines are obeyed, until one contains `last`. */
async function typed(services, lines, last) {
  const said = [];
  const log = console.log;
  console.log = (line) => said.push(line);
  const input = new PassThrough();
  try {
    obey(input, services, async () => "RustChat up 3 s");
    input.write(lines.map((line) => `${line}\n`).join(""));
    for (const end = Date.now() + 30_000; !said.some((line) => line.includes(last)); await sleep(20)) assert.ok(Date.now() < end, `said: ${said.join("\n")}`);
  } finally {
    console.log = log;
    input.end();
  }
  return said.join("\n");
}

test("one program is stopped and started, whatever the capitals, and the others go on", async () => {
  const services = [service("BuasApp"), service("RustChat")];
  await Promise.all(services.map((s) => s.start()));
  const [buas, rust] = services;
  const before = rust.child.pid;
  await typed(services, ["stop buasapp"], "is stopped");
  assert.deepEqual([buas.isRunning, rust.isRunning, buas.child.exitCode], [false, true, 0]);
  const said = await typed(services, ["status", "start BuasApp"], "running again");
  assert.match(said, /BuasApp +stopped[^]*RustChat +running[^]*RustChat up 3 s/);
  assert.deepEqual([buas.isRunning, rust.child.pid], [true, before]);
});

test("what makes no sense is answered in words, and the next line is obeyed", async () => {
  const gone = service("Ronda");
  const said = await typed([gone], ["stop", "stop Norte", "stop Ronda", "__proto__", "restart Ronda", "", "help"], "Ctrl-C");
  for (const part of ["which one?: they are Ronda", "there is no «Norte»", "Ronda is stopped already", "«__proto__» is no command", "«restart» is no command: stop NAME"]) assert.ok(said.includes(part), `${part} is not in ${said}`);
});

test("the entry of a chat without a node says what it is able to do, and the rest of the file stays", () => {
  const file = join(folder, "hub.json");
  const entries = [{ name: "RustChat", token: "a", supportImage: true }, { name: "PlainChat", token: "b", supportImage: true, supportAudio: true, note: 1 }];
  writeFileSync(file, JSON.stringify(entries));
  declares(file, "PlainChat");
  const abilities = { supportImage: false, supportAudio: false, supports: ["edit", "delete", "reaction"] };
  assert.deepEqual(JSON.parse(readFileSync(file)), [entries[0], { ...entries[1], ...abilities }]);
  assert.throws(() => declares(file, "Nobody"), /no entry for Nobody/);
});
