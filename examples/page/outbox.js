// What was written and the server doesn't have yet: messages, and changes of those that it has. The browser keeps it over a reload, and it is sent again by itself, under the
// same key, until the server has it; in order. The server takes what comes twice as one, so two tabs may well send the same.

import { keyOf } from "./order.js";

const LONGEST = 30_000;

export class Outbox {
  #unsent = new Map(); // by key
  #unkept = new Set(); // keys of what only this page has
  #sending = new Set(); // conversations
  #last = 0;
  #tries = 0;
  #timer;
  #kept;
  #to;

  /**
   * `kept` keeps what is unsent. `to`: `write(conversation, post)` sends a message, `change(conversation, change)` a change, and both return
   * `{ message }`; what they throw may be `passing` or `out`. `stored(message, unsent)`, `changed(unsent)`, `removed(unsent)`, `noRoom()` and `out()` are told what happens.
   */
  constructor(kept, to) {
    this.#kept = kept;
    this.#to = to;
    this.#load();
  }

  #load() {
    const names = new Set(this.#kept.names());
    const fresh = [...names].filter((name) => !this.#unsent.has(name)).map((name) => this.#kept.get(name)).filter(Boolean);
    for (const one of fresh) {
      this.#unsent.set(one.key, one);
      this.#last = Math.max(this.#last, one.order);
    }
    const gone = [...this.#unsent.values()].filter((one) => !names.has(one.key) && !this.#unkept.has(one.key));
    for (const one of gone) this.#unsent.delete(one.key);
    return { fresh, gone };
  }

  /** Another tab has written something, or sent it. */
  reload() {
    const { fresh, gone } = this.#load();
    fresh.forEach((one) => this.#to.changed(one));
    gone.forEach((one) => this.#to.removed(one));
    if (fresh.length) this.#later(); // that tab may be closed before it has sent it
  }

  #of(conversation) {
    return [...this.#unsent.values()].filter((one) => one.conversation === conversation).sort((a, b) => a.order - b.order);
  }

  /** The messages that were written in a conversation and are not stored, in order. */
  of(conversation) {
    return this.#of(conversation).filter((one) => !one.change);
  }

  /** The changes of its messages that are not stored, in order. */
  changes(conversation) {
    return this.#of(conversation).filter((one) => one.change);
  }

  /** Whether anything is still to be sent. */
  get waits() {
    return [...this.#unsent.values()].some((one) => !one.error);
  }

  /** `reply`: what it answers, as it is shown; its `message` is the id. */
  send(conversation, text, attachment, reply) {
    return this.#add(conversation, { text, attachment, reply });
  }

  /** `change`: `message` (an id), `kind` (`edit`, `delete`, `reaction`), and `text`, or `emoji` and `on`. */
  change(conversation, change) {
    return this.#add(conversation, { change });
  }

  #add(conversation, what) {
    this.#last = Math.max(this.#last + 1, Date.now());
    const key = `${this.#last}-${String(Math.random()).slice(2)}`;
    const one = { key, order: this.#last, conversation, at: new Date().toISOString(), ...what };
    this.#unsent.set(key, one);
    if (!this.#kept.put(key, one)) {
      this.#unkept.add(key);
      this.#to.noRoom();
    }
    this.#to.changed(one);
    return this.#flush(conversation);
  }

  /** The server has this one, as an answer or a push says. */
  confirm(message) {
    this.#forget(keyOf(message));
  }

  #forget(key) {
    this.#unsent.delete(key);
    this.#unkept.delete(key);
    this.#kept.remove(key);
  }

  /** Sends one again that the server has refused. */
  retry(key) {
    const one = this.#unsent.get(key);
    if (!one) return;
    this.#mark(one, undefined);
    return this.#flush(one.conversation);
  }

  /** Gives one up. */
  drop(key) {
    const one = this.#unsent.get(key);
    if (!one) return;
    this.#forget(key);
    this.#to.removed(one);
  }

  #mark(one, error) {
    one.error = error;
    if (!this.#unkept.has(one.key)) this.#kept.put(one.key, one);
    this.#to.changed(one);
  }

  /** The way is free again. */
  flush() {
    this.#tries = 0;
    return this.#flushAll();
  }

  #flushAll() {
    clearTimeout(this.#timer);
    const conversations = new Set([...this.#unsent.values()].map((one) => one.conversation));
    return Promise.all([...conversations].map((conversation) => this.#flush(conversation)));
  }

  async #flush(conversation) {
    if (this.#sending.has(conversation)) return;
    this.#sending.add(conversation);
    try {
      for (let next; (next = this.#of(conversation).find((one) => !one.error)); ) await this.#post(next);
    } catch (e) {
      if (e.out) this.#to.out();
      else this.#later();
    } finally {
      this.#sending.delete(conversation);
    }
  }

  /** Returns once this one needs nothing more; throws what passes. */
  async #post(one) {
    try {
      const { key, conversation, change, text, attachment, reply } = one;
      const { message } = change
        ? await this.#to.change(conversation, { key, ...change })
        : await this.#to.write(conversation, { key, text, attachment: attachment?.post, reply: reply?.message });
      this.#tries = 0;
      this.#forget(key);
      this.#to.stored(message, one);
    } catch (e) {
      if (e.out || e.passing) throw e;
      this.#mark(one, e.message);
    }
  }

  #later() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#flushAll(), Math.min(LONGEST, 500 * 2 ** this.#tries));
    this.#tries += 1;
  }
}
