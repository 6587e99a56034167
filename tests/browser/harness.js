// What the tests of all pages share: checks that are counted, people with a browser each, and waiting.

import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { pause } from "./platforms.js";

export const root = resolve(import.meta.dirname, "../..");
const shots = join(root, "target/screenshots");
mkdirSync(shots, { recursive: true });

export const DESK = { width: 1280, height: 800 };
export const PHONE = { width: 390, height: 844 };
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const WAIT = 20_000;
const LONGEST = 180_000;
export const IMAGE = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAEAAAABACAIAAAAlC+aJAAAAT0lEQVR42u3PQQkAAAgEsEtkHBMbzAi+hcEKLNP1WgQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQELguM6oEtfYKjswAAAABJRU5ErkJggg==", "base64");

export const count = { passed: 0, failed: 0 };
const open = [];
const strangers = new Set();
const errors = [];

export async function check(name, run) {
  const began = Date.now();
  try {
    const late = pause(LONGEST / 1000).then(() => { throw new Error(`not done after ${LONGEST / 1000} s`); });
    await Promise.race([run(), late]);
    count.passed += 1;
    console.log(`ok    ${name} (${Date.now() - began} ms)`);
  } catch (e) {
    count.failed += 1;
    console.log(`FAIL  ${name}\n      ${e.stack.replaceAll("\n", "\n      ")}`);
    for (const [who, page] of open) await page.screenshot({ path: join(shots, `failed-${count.failed}-${who}.png`), timeout: 3000 }).catch(() => {});
  }
}

export function expect(condition, otherwise) {
  if (!condition) throw new Error(otherwise);
}

/** Waits until it holds. */
export async function until(what, holds, longest = WAIT) {
  const end = Date.now() + longest;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`not after ${longest / 1000} s: ${what}`);
    await pause(0.1);
  }
}

/** Somebody with a browser of their own. */
export async function person(browser, who, viewport, colorScheme = "light") {
  const context = await browser.newContext({ viewport, locale: "es", colorScheme, reducedMotion: "reduce" });
  const page = await context.newPage();
  page.setDefaultTimeout(WAIT);
  page.on("pageerror", (e) => errors.push(`${who}: ${e.message}`));
  page.on("request", (r) => { if (!/^(http:\/\/127\.0\.0\.1[:/]|data:|blob:)/.test(r.url())) strangers.add(r.url()); });
  open.push([who, page]);
  return page;
}

export const shot = (page, name) => page.screenshot({ path: join(shots, `${name}.png`), animations: "disabled" });

export async function noSideways(page, where) {
  const [wide, window] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  expect(wide <= window, `${where} scrolls sideways: ${wide} px in ${window}`);
}

/** Whoever does not see it, or not well, or has no mouse, can use it: axe finds nothing serious by WCAG 2.2 AA. */
export async function accessible(page, where = page.url()) {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => axe.run({
    runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    // An experiment of axe: it wants the names of all for whom a message waits in one piece, where the button says of each that it waits.
    rules: { "label-content-name-mismatch": { enabled: false } },
  }));
  const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
  const told = serious.map(({ help, nodes }) => `${help}:\n${nodes.map(({ html, failureSummary }) => `  ${html.slice(0, 160)}\n    ${failureSummary.replaceAll("\n", "\n    ")}`).join("\n")}`);
  expect(!serious.length, `${where}: ${told.join("\n")}`);
}

/** Looks at what a page shows: it can be used by everybody, and nothing scrolls sideways. A picture of it is kept. */
export async function inspect(page, name, where) {
  await noSideways(page, where);
  await accessible(page, where);
  await shot(page, name);
}

/** The same in each of its looks: at a desk and on a phone, light and dark. `ready` makes it show what is looked at. */
export async function inspectAll(page, name, where, ready = () => {}) {
  const before = page.viewportSize();
  for (const size of [DESK, PHONE]) {
    for (const colorScheme of ["light", "dark"]) {
      await page.setViewportSize(size);
      await page.emulateMedia({ colorScheme });
      await ready();
      await inspect(page, `${name}-${size.width}-${colorScheme}`, `${where}, ${size.width} px, ${colorScheme}`);
    }
  }
  await page.emulateMedia({ colorScheme: null });
  await page.setViewportSize(before);
}

export function nothingWentWrong() {
  expect(!strangers.size, `asked for ${[...strangers].join(" ")}`);
  expect(!errors.length, errors.join("; "));
}
