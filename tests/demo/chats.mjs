// The chats as their own pages use them: log in, write, see what arrives. Nothing here speaks to a node.

import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { listen } from "./websocket.mjs";

const PATIENCE = 20_000;

/** What both have in common: who is known, and when which message arrived. */
class Chat {
  /** By external id. */
  people = new Map();
  rooms = new Set();
  up = false;
  #arrived = new Map();
  #waiting = new Set();
  #gone = [];

  constructor(name, url, users) {
    Object.assign(this, { name, url, users });
  }

  /** The external id of one of its own users. */
  id(user) {
    return [...this.people].find(([, p]) => p.platform === this.name && p.name === user)?.[0];
  }

  arrived(room, text) {
    const key = JSON.stringify([room, text]);
    if (!this.#arrived.has(key)) this.#arrived.set(key, performance.now());
    this.changed();
  }

  changed() {
    for (const check of this.#waiting) check();
  }

  /** Waits until it is so; fails after a while, and at once when the chat goes down. */
  async until(what, isSo, patience = PATIENCE) {
    let check;
    const so = new Promise((resolve) => {
      check = () => isSo() && resolve(true);
      this.#waiting.add(check);
      check();
    });
    const gone = new Promise((resolve) => this.#gone.push(() => resolve(false)));
    try {
      const came = await Promise.race([so, gone, sleep(patience, undefined, { ref: false })]);
      if (!came) throw new Error(`${this.name}: ${what} did not come true ${came === false ? "before it went down" : `in ${patience / 1000} s`}`);
    } finally {
      this.#waiting.delete(check);
    }
  }

  /** When it arrived, in milliseconds; undefined if it hasn't when the chat goes down or the time is up. */
  async arrival(room, text, patience) {
    const key = JSON.stringify([room, text]);
    await this.until("a message", () => this.#arrived.has(key), patience).catch(() => {});
    return this.#arrived.get(key);
  }

  wentDown() {
    this.up = false;
    for (const gone of this.#gone.splice(0)) gone();
  }

  async json(path, options = {}) {
    const ask = () => fetch(this.url + path, { ...options, signal: AbortSignal.timeout(PATIENCE) });
    // A connection that is kept may be closed at the moment when it is used again: what only reads is asked once more.
    const answer = await (options.method ? ask() : ask().catch(ask));
    const body = await answer.json();
    if (!answer.ok) throw new Refused(`${this.name} answered ${answer.status}: ${body.error ?? body.message}`);
    return { body, headers: answer.headers };
  }
}

/** The chat is there and says no: trying again won't help. */
class Refused extends Error {}

const post = (body, headers = {}) => ({
  method: "POST",
  headers: { "content-type": "application/json", ...headers },
  body: JSON.stringify(body),
});

/** What all chats with the library have in common: sessions by cookie, calls by HTTP, news by WebSocket. */
class PageChat extends Chat {
  #sessions = new Map(); // by user: the cookie
  #local = new Map(); // by external id of the room: this chat's own id
  #hangUps = [];

  /** Logs all its users in and listens for each. */
  async open() {
    this.up = true;
    for (const user of this.users) {
      await this.session(user);
      this.#hangUps.push(await this.listen(this.#as(user), (news) => this.#news(news), () => this.wentDown()));
    }
    await this.until("its greeting", () => this.people.size > 0);
    // What arrived before anybody listened comes with no news.
    for (const room of this.rooms) {
      for (const { text } of await this.history(room)) this.arrived(room, text);
    }
  }

  close() {
    for (const hangUp of this.#hangUps.splice(0)) hangUp();
  }

  /** The cookie of somebody's session, which outlives the chat's process. */
  async session(user) {
    if (!this.#sessions.has(user)) this.#sessions.set(user, await this.logIn(user));
    return this.#sessions.get(user);
  }

  /** Where a browser in which this user is logged in finds a room; undefined until the chat knows it. */
  address(user, room) {
    const id = this.#local.get(room);
    return id === undefined ? undefined : `${this.url}#c${encodeURIComponent(id)}`;
  }

  #as(user) {
    return { cookie: this.#sessions.get(user) };
  }

  #news(news) {
    for (const person of news.people ?? []) this.people.set(person.external ?? person.id, person);
    for (const room of [...(news.conversations ?? []), news.conversation].filter((r) => r?.external)) {
      this.#local.set(room.external, room.id);
      this.rooms.add(room.external);
    }
    if (news.type === "message") {
      const [room] = [...this.#local].find(([, id]) => id === news.message.conversation) ?? [];
      if (room && !news.message.notice) this.arrived(room, news.message.text);
    }
    this.changed();
  }

  /** Makes a room and returns its external id; the members by theirs. */
  async create(user, name, members) {
    const keys = members.map((external) => this.people.get(external).id);
    const { body } = await this.json("app/conversations", post({ name, members: keys }, this.#as(user)));
    const external = () => [...this.#local].find(([, id]) => id === body.id)?.[0];
    await this.until("the new room", external);
    return external();
  }

  /** Writes a message; tried again under the same key, as the page does, until the chat says that it has it. */
  async write(user, room, text) {
    const message = post({ key: randomUUID(), text }, this.#as(user));
    const end = performance.now() + PATIENCE;
    for (;;) {
      try {
        await this.json(`app/conversations/${this.#local.get(room)}/messages`, message);
        return;
      } catch (error) {
        if (error instanceof Refused || performance.now() > end) throw error;
        await sleep(100);
      }
    }
  }

  /** All that is in a room, oldest first: who wrote it and what. Empty if nobody here may see the room. */
  async history(room) {
    const id = this.#local.get(room);
    const all = [];
    for (const user of id === undefined ? [] : this.users) {
      let more = true;
      while (more) {
        const before = all.length > 0 ? `?before=${all[0].id}` : "";
        const page = await this.json(`app/conversations/${id}/messages${before}`, { headers: this.#as(user) }).catch((error) => {
          if (error instanceof Refused) return { body: { messages: [], more: false } };
          throw error;
        });
        all.unshift(...page.body.messages);
        more = page.body.more;
      }
      if (all.length > 0) break;
    }
    return all.filter(isMessage);
  }
}

/** Not a line that tells what has happened to the room. */
const isMessage = ({ notice }) => !notice;

const cookieOf = (headers) => headers.get("set-cookie").split(";")[0];

/** examples/rust-chat and examples/gwt-chat: users without passwords, plain JSON over the WebSocket. */
export class JsonChat extends PageChat {
  async logIn(user) {
    const { body } = await this.json("app/users");
    const { id } = body.users.find((u) => u.name === user);
    const { headers } = await this.json("app/login", post({ id }));
    return cookieOf(headers);
  }

  listen(session, onNews, onClose) {
    return listen(`${this.url}app/ws`, session, (text) => onNews(JSON.parse(text)), onClose);
  }
}

/** examples/netcore-chat: the same by SignalR, whose messages end with a character of their own. */
export class SignalRChat extends JsonChat {
  listen(session, onNews, onClose) {
    const END = "\u001e";
    const PING = JSON.stringify({ type: 6 }) + END;
    const onText = (text, say) => {
      for (const part of text.split(END).slice(0, -1)) {
        const message = JSON.parse(part);
        // Who says nothing for half a minute is taken for gone.
        if (message.type === 6) say(PING);
        if (message.type === 1) onNews(message.arguments[0]);
      }
    };
    return listen(`${this.url}app/hub`, session, onText, onClose, JSON.stringify({ protocol: "json", version: 1 }) + END);
  }
}

/** examples/flask-chat: users with passwords, a form to log in, Socket.IO. */
export class FlaskChat extends PageChat {
  async logIn(user) {
    const body = new URLSearchParams({ name: user, password: "buasapp" });
    const answer = await fetch(`${this.url}login`, { method: "POST", body, redirect: "manual", signal: AbortSignal.timeout(PATIENCE) });
    if (answer.status !== 302) throw new Refused(`${this.name} answered ${answer.status} to ${user}'s password`);
    return cookieOf(answer.headers);
  }

  listen(session, onNews, onClose) {
    const onText = (text, say) => {
      if (text.startsWith("0")) say("40");
      else if (text === "2") say("3");
      else if (text.startsWith("42")) {
        const [type, news] = JSON.parse(text.slice(2));
        onNews({ type, people: news.person && [news.person], ...news });
      }
    };
    return listen(`${this.url}socket.io/?EIO=4&transport=websocket`, session, onText, onClose);
  }
}

/** examples/plain-chat: news as server-sent events, each of them the whole state. */
export class PlainChat extends Chat {
  #state = new Map(); // by user
  #hangUp = new AbortController();

  async open() {
    const { body } = await this.json("app/users");
    this.up = true;
    await Promise.all(
      this.users.map(async (user) => {
        const me = `${this.name}:${body.users.find((u) => u.name === user).id}`;
        const stream = await fetch(`${this.url}app/events?me=${encodeURIComponent(me)}`, { signal: this.#hangUp.signal });
        void this.#follow(user, stream.body).catch(() => this.wentDown());
      }),
    );
  }

  close() {
    this.#hangUp.abort();
  }

  async #follow(user, stream) {
    let rest = "";
    for await (const part of stream.pipeThrough(new TextDecoderStream())) {
      const events = (rest + part).split("\n\n");
      rest = events.pop();
      for (const event of events.filter((e) => e.startsWith("data: "))) this.#news(user, JSON.parse(event.slice(6)));
    }
    this.wentDown();
  }

  #news(user, state) {
    this.#state.set(user, state);
    for (const { id, name, platform } of state.people) this.people.set(`${platform}:${id}`, { id: `${platform}:${id}`, name, platform });
    for (const room of state.rooms) {
      this.rooms.add(room.key);
      for (const message of room.messages.filter(isMessage)) this.arrived(room.key, message.text);
    }
    this.changed();
  }

  /** There are no sessions: whoever opens the page says who they are, and so does the address. */
  async session() {}

  address(user, room) {
    return this.rooms.has(room) ? `${this.url}#${new URLSearchParams({ me: this.id(user), room })}` : undefined;
  }

  async write(user, room, text) {
    await this.json("app/message", post({ me: this.id(user), room, text }));
  }

  async history(room) {
    const states = this.users.map((user) => this.#state.get(user)?.rooms.find((r) => r.key === room));
    return states.find(Boolean)?.messages.filter(isMessage) ?? [];
  }
}
