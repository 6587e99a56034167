// A newcomer joins the running mesh by one line, and chats at once with the people of all the others, those behind the hub among them.
// Nobody's registry file is touched, and no program is started anew.

import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import * as flask from "./flask-chat.js";
import { DESK, PHONE, check, expect, person, shot, until } from "./harness.js";
import * as netcore from "./netcore-chat.js";
import { freePorts, Program } from "./platforms.js";
import * as rust from "./rust-chat.js";

const NAME = "Cuarta";
/** Seconds within which a newcomer and all others know each other. */
const KNOWN = 2;
/** Somebody of each platform. */
const OTHERS = ["Ana", "Diego", "Marcelo", "Sofía", "Lucía", "Fabio"];

const execute = promisify(execFile);

/** The registry files of all, as they are. */
const files = (folder) => readdirSync(folder).filter((name) => name.endsWith(".json")).map((name) => readFileSync(join(folder, name), "utf8")).join();

export async function run(browser, all) {
  const { urls, folder, bin } = all;
  const [port] = await freePorts(1);
  const url = `http://127.0.0.1:${port}/`;
  const cuarta = new Program(NAME, [
    join(bin, "rust-chat"), "--name", NAME, "--listen", `127.0.0.1:${port}`, "--data", join(folder, NAME), "--users", "Quique,Renata",
  ], join(folder, `${NAME}.log`));
  all.programs.push(cuarta);
  const command = async (...args) => (await execute(join(bin, "integrador"), args)).stdout.trim();
  const quique = await person(browser, "quique", DESK);
  const marcelo = await person(browser, "newcomer-marcelo", DESK);
  const sofia = await person(browser, "newcomer-sofia", PHONE);
  const lucia = await person(browser, "newcomer-lucia", DESK);
  const fabio = await person(browser, "newcomer-fabio", PHONE);
  const before = files(folder);

  await check("a chat that knows nobody is an ordinary chat", async () => {
    await cuarta.start();
    await rust.enter(quique, url, "Quique");
    await quique.locator("#tab-people").click();
    await quique.locator("#list .item", { hasText: "Renata" }).waitFor();
    for (const name of OTHERS) expect(!(await quique.locator("#list .item", { hasText: name }).count()), `${name} is there already`);
    await flask.enter(marcelo, urls.buas, "Marcelo");
    await rust.enter(sofia, urls.gwt, "Sofía");
    await netcore.enter(lucia, urls.net, "Lucía");
    await rust.enterPlain(fabio, urls.plain, "Fabio");
  });

  await check("it joins by one line, and everybody is on its page and it on everybody's", async () => {
    const invite = await command("invite", "--store", join(folder, "RustChat", "node.db"), "--url", `${urls.rust}api/`);
    expect(/^integrador:\S+$/.test(invite), `the invite is «${invite}»`);
    const joined = await command("join", invite, "--store", join(folder, NAME, "node.db"), "--url", `${url}api/`);
    const began = Date.now();
    expect(joined.startsWith("joined RustChat and "), joined);
    for (const name of OTHERS) await quique.locator("#list .item", { hasText: name }).waitFor();
    for (const page of [marcelo, sofia, lucia]) {
      await page.locator("#tab-people").click();
      await page.locator("#list .item", { hasText: "Quique" }).waitFor();
    }
    await fabio.getByLabel("Quique").first().waitFor();
    const seconds = (Date.now() - began) / 1000;
    expect(seconds <= KNOWN, `it took ${seconds} s`);
    await shot(quique, "newcomer-people");
  });

  await check("it chats at once with people of all of them, behind the hub too", async () => {
    const pages = [[marcelo, "Marcelo"], [sofia, "Sofía"], [lucia, "Lucía"]];
    for (const [page, name] of pages) {
      await rust.chatWith(quique, name);
      await rust.write(quique, `Hola, ${name}, soy nuevo`);
      await flask.openChat(page, "Quique");
      await rust.message(page, `Hola, ${name}, soy nuevo`).waitFor();
      await rust.write(page, `¡Bienvenido! De ${name}`);
      await rust.message(quique, `¡Bienvenido! De ${name}`).waitFor();
    }
    await rust.chatWith(quique, "Fabio");
    await rust.write(quique, "Hola, Fabio, soy nuevo");
    await rust.openNote(fabio, "Quique");
    await rust.note(fabio, "Hola, Fabio, soy nuevo").waitFor();
    await rust.jot(fabio, "¡Bienvenido! De Fabio");
    await rust.message(quique, "¡Bienvenido! De Fabio").waitFor();
    await rust.ticked(quique, "Hola, Fabio, soy nuevo", "PlainChat", "delivered");
    await shot(quique, "newcomer-chat");
    await shot(sofia, "newcomer-phone");
  });

  await check("nobody's file is touched, and what joined is there after a restart", async () => {
    expect(files(folder) === before, "a registry file has changed");
    await cuarta.end("SIGKILL");
    await cuarta.start();
    await quique.reload();
    await rust.chatWith(quique, "Lucía");
    await rust.write(quique, "Aquí otra vez");
    await flask.openChat(lucia, "Quique");
    await rust.message(lucia, "Aquí otra vez").waitFor();
  });

  for (const page of [quique, marcelo, sofia, lucia, fabio]) await page.context().close();
}
