// What the nodes themselves say of each platform, added up: each node's store is looked at by `integrador status --json --watch`, also
// while the node is down.

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

const AGAIN = 1_000; // milliseconds until what could not be looked at is looked at again

export class Figures {
  #said = new Map(); // by node: its status
  #watching = new Set();
  #stores;
  #wanted = null; // what is done for one wish to look ends with it

  /** `stores`: of each node its name, and the command that prints its status as a line of JSON, again and again. */
  constructor(stores) {
    this.#stores = stores;
  }

  /** Looks until told otherwise: only while somebody wants to see it. */
  look() {
    if (this.#wanted) return;
    this.#wanted = {};
    for (const { name, command } of this.#stores) this.#watch(name, command, this.#wanted);
  }

  #watch(name, command, wanted) {
    const [program, ...args] = command;
    const child = spawn(program, args, { stdio: ["ignore", "pipe", "ignore"] });
    this.#watching.add(child);
    createInterface({ input: child.stdout }).on("line", (line) => line && this.#wanted === wanted && this.#said.set(name, JSON.parse(line)));
    child.once("error", () => {});
    // Before its node was started for the first time there is no store.
    child.once("close", () => {
      this.#watching.delete(child);
      setTimeout(() => this.#wanted === wanted && this.#watch(name, command, wanted), AGAIN).unref();
    });
  }

  /**
   * What all others say of a platform; null before anybody has said anything. `waiting` and `dead` are sums over the nodes, `contact`
   * is the last time that it was heard of, `down` are those that don't reach it, each with why.
   */
  of(name) {
    const lines = [...this.#said].flatMap(([by, { platforms }]) => platforms.filter((p) => p.name === name).map((p) => ({ by, ...p })));
    if (!lines.length) return null;
    const sum = (key) => lines.reduce((total, line) => total + line[key], 0);
    const contacts = lines.map((line) => line.last_contact).filter(Boolean).sort();
    const down = lines.filter((line) => line.up === false).map(({ by, alarm, last_error }) => ({ by, why: alarm ?? last_error }));
    return { waiting: sum("waiting"), dead: sum("dead"), contact: contacts.at(-1) ?? null, down };
  }

  /** Looks no more, and forgets what was said. */
  rest() {
    this.#wanted = null;
    this.#said.clear();
    for (const child of this.#watching) child.kill("SIGTERM");
  }
}
