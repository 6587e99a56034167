// The WebSocket that keeps the page up to date. Each connection begins with all that there is, so whatever was missed is made
// up for.

import { $, assignHues, call, hued } from "./dom.js";
import { changed, followAddress, keep, markRead, openConversation, renderHead } from "./conversation.js";
import { renderList } from "./list.js";
import * as pane from "./messages.js";
import { confirm, flushAll } from "./sending.js";
import { current, mayRead, state } from "./state.js";

let tries = 0;

export function connect() {
  const socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/app/ws`);
  socket.onmessage = (e) => {
    const push = JSON.parse(e.data);
    keep(push);
    receive[push.type]?.(push);
  };
  socket.onclose = async () => {
    tries += 1;
    if (tries > 1) {
      $("offline").textContent = `Sin conexión con ${state.platform}. Reintentando…`;
      $("offline").hidden = false;
    }
    await new Promise((resolve) => setTimeout(resolve, Math.min(250 * 2 ** tries, 5000)));
    // The browser doesn't say why a WebSocket was refused.
    const who = await call("/app/users").catch(() => null);
    if (who && !who.me) location.replace("/");
    else connect();
  };
}

const receive = {
  hello(push) {
    tries = 0;
    $("offline").hidden = true;
    state.me = push.me;
    $("me").textContent = push.me.name;
    setPlatforms(push.platforms);
    setPeople(push.people);
    state.conversations = new Map(push.conversations.map((c) => [c.id, c]));
    const first = state.open === null;
    renderList();
    if (first) followAddress();
    else openConversation(state.open, true);
    flushAll();
  },
  message({ message, last }) {
    const c = state.conversations.get(message.conversation);
    if (!c) return;
    c.last = last ?? message;
    if (message.id > (c.newest ?? 0)) {
      c.newest = message.id;
      if (message.sender !== state.me.id) c.unread += 1;
    }
    confirm(message);
    if (state.open === c.id) {
      pane.put(message);
      markRead();
    }
    renderList();
  },
  ticks({ conversation, message, deliveries, failed }) {
    if (state.open === conversation) pane.tick(message, deliveries, failed);
  },
  conversation({ conversation }) {
    const before = state.conversations.get(conversation.id);
    if (!mayRead(conversation)) {
      state.conversations.delete(conversation.id);
      if (state.open === conversation.id) location.hash = "";
    } else {
      conversation.unread = before?.unread ?? 0;
      state.conversations.set(conversation.id, conversation);
      changed(conversation.id);
    }
    renderList();
  },
  people({ people }) {
    setPeople(people);
    renderAll();
  },
  platforms({ platforms }) {
    setPlatforms(platforms);
    renderAll();
  },
  read({ conversation }) {
    const c = state.conversations.get(conversation);
    if (c) c.unread = 0;
    renderList();
  },
};

function setPeople(people) {
  state.people = new Map(people.map((p) => [p.id, p]));
}

function setPlatforms(platforms) {
  state.platforms = new Map(platforms.map((p) => [p.name, p]));
  state.platforms.set(state.platform, state.platforms.get(state.platform) ?? { name: state.platform, own: true, up: true, supportImage: true, supportAudio: true });
  assignHues(state.platforms.keys());
  hued(document.documentElement, state.platform);
}

function renderAll() {
  renderList();
  if (current()) renderHead();
}
