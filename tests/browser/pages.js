// The pages of the example chats, used as people use them: in a real browser, at a desk (1280) and on a phone (390).
//
//   node pages.js                after building; see ./run
//   node pages.js flask-chat     these pages only
//   BIN=target/debug             where the programs are
//   PYTHON=…/bin/python          one with the package integrador and what flask-chat requires
//
// Screenshots go to target/screenshots, logs and data to target/browser-test.

import { join, resolve } from "node:path";
import { launch } from "./browser.js";
import * as five from "./five.js";
import * as flaskChat from "./flask-chat.js";
import * as gwtChat from "./gwt-chat.js";
import { check, count, expect, nothingWentWrong, root } from "./harness.js";
import * as newcomer from "./newcomer.js";
import { pause, platforms } from "./platforms.js";
import * as order from "./order.js";
import * as netcoreChat from "./netcore-chat.js";
import * as page from "./page.js";
import * as plainChat from "./plain-chat.js";
import * as rustChat from "./rust-chat.js";
import * as wall from "./wall.js";

const PAGES = { "rust-chat": rustChat, "flask-chat": flaskChat, "gwt-chat": gwtChat, "netcore-chat": netcoreChat, page, "plain-chat": plainChat, five, newcomer, order, wall };
const chosen = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(PAGES);

const all = await platforms(join(root, "target/browser-test"), {
  bin: resolve(root, process.env.BIN ?? "target/debug"),
  python: process.env.PYTHON,
  root,
});
const endAll = () => Promise.all(all.programs.map((program) => program.end("SIGKILL")));
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => void endAll().finally(() => process.exit(1)));
let browser;
try {
  for (const program of all.programs) await program.start();
  browser = await launch(join(root, "target/browser"));
  for (const name of chosen) {
    console.log(`--- ${name}`);
    await PAGES[name].run(browser, all);
  }
  await check("no page asks anything of another host, and no script failed", nothingWentWrong);
  await check("SIGTERM ends every program cleanly", async () => {
    for (const program of all.programs) {
      const how = await program.end("SIGTERM");
      expect(how === 0, `${program.name}: ${how}`);
    }
  });
} catch (e) {
  count.failed += 1;
  console.log(`FAIL  ${e.stack}`);
} finally {
  await Promise.race([browser?.close(), pause(10)]);
  await endAll();
}
console.log(`${count.passed} passed, ${count.failed} failed`);
process.exit(count.failed ? 1 : 0);
