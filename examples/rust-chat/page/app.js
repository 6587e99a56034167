// The page: the WebSocket that keeps it up to date, what it shows, and what people do with it.

import { $, assignHues, avatar, badge, call, h, hued, icon, toast, when } from "./dom.js";
import { Composer } from "./composer.js";
import * as pane from "./messages.js";
import { openInfo, openNew, wireDialogs } from "./dialogs.js";
import { current, homeOf, kindOf, mayRead, nameOf, othersOf, platformOf, state, titleOf } from "./state.js";

const pending = new Map(); // conversation -> messages that the server has not confirmed
const composer = new Composer({ send, platforms: () => othersOf(current()) });

// Logging in.

async function begin() {
  const { platform, users, me } = await call("/app/users");
  state.platform = platform;
  assignHues([platform]);
  hued(document.documentElement, platform);
  for (const element of document.querySelectorAll("[data-platform-name]")) element.textContent = platform;
  document.title = platform;
  if (me) return enter();
  $("app").hidden = true;
  $("login").hidden = false;
  $("login-users").replaceChildren(...users.map((user) =>
    h("button", { onclick: () => login({ id: user.id }) }, avatar(user.name, platform), user.name)));
}

async function login(who) {
  $("login-error").hidden = true;
  try {
    await call("/app/login", who);
    enter();
  } catch (e) {
    $("login-error").textContent = e.message;
    $("login-error").hidden = false;
  }
}

$("login-form").addEventListener("submit", (e) => {
  e.preventDefault();
  login({ name: $("login-name").value });
});

$("logout").addEventListener("click", async () => {
  await call("/app/logout", {}).catch(() => {});
  location.replace("/");
});

function enter() {
  $("login").hidden = true;
  $("app").hidden = false;
  connect();
}

// The WebSocket. Each connection begins with all that there is, so whatever was missed is made up for.

let tries = 0;
let meanwhile = null; // what is pushed while a page of messages is on its way, which may or may not hold it

function connect() {
  const socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/app/ws`);
  socket.onmessage = (e) => {
    const push = JSON.parse(e.data);
    meanwhile?.push(push);
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
    for (const id of pending.keys()) flush(id);
  },
  message({ message }) {
    const c = state.conversations.get(message.conversation);
    if (!c) return;
    if (!c.last || c.last.id < message.id) {
      c.last = message;
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
      if (state.open === conversation.id) renderHead();
      else if (waitedFor === conversation.id) followAddress();
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

// The list.

function renderList() {
  if (!state.me) return;
  const query = $("search").value.trim().toLocaleLowerCase("es");
  const matches = (text) => text.toLocaleLowerCase("es").includes(query);
  const focused = document.activeElement?.dataset?.key;
  const children = state.tab === "chats" ? chatItems(matches) : peopleItems(matches);
  $("list").replaceChildren(...(children.length ? children : [nothingInList(query)]));
  if (focused) $("list").querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
  const unread = [...state.conversations.values()].filter((c) => c.unread).length;
  document.title = unread ? `(${unread}) ${state.platform}` : state.platform;
}

function chatItems(matches) {
  const found = [...state.conversations.values()].filter((c) => matches(titleOf(c)));
  found.sort((a, b) => (b.last?.id ?? 0) - (a.last?.id ?? 0) || b.id - a.id);
  const chats = found.filter((c) => !c.public);
  const rooms = found.filter((c) => c.public);
  return [
    ...chats.map(chatItem),
    ...(rooms.length ? [h("h3", {}, "Salas públicas"), ...rooms.map(chatItem)] : []),
  ];
}

function chatItem(c) {
  const kind = kindOf(c);
  const home = homeOf(c);
  const m = c.last;
  const author = m && (m.sender === state.me.id ? "Tú: " : kind === "person" ? "" : `${nameOf(m.sender, m.senderName)}: `);
  const text = m ? author + (m.text || { image: "Imagen", audio: "Audio", file: "Archivo" }[m.attachments[0]?.kind] || "") : kind === "person" || !c.members.length ? "Sin mensajes todavía" : c.members.length === 1 ? "1 participante" : `${c.members.length} participantes`;
  const item = h("a", {
    className: c.unread ? "item unread" : "item", href: `#c${c.id}`, "data-key": `c${c.id}`,
    "aria-current": String(c.id === state.open),
  },
  avatar(titleOf(c), home, kind === "person" ? "person" : kind),
  h("span", { className: "body" },
    h("span", { className: "line" }, h("span", { className: "title" }, titleOf(c)), home !== state.platform && badge(home), m && h("span", { className: "when" }, when(m.at))),
    h("span", { className: "line" }, h("span", { className: "last" }, text), c.unread > 0 && h("span", { className: "count", "aria-label": `${c.unread} sin leer` }, String(c.unread)))));
  return item;
}

function peopleItems(matches) {
  const platforms = [...state.platforms.values()].sort((a, b) => b.own - a.own || a.name.localeCompare(b.name, "es"));
  return platforms.flatMap((platform) => {
    const people = [...state.people.values()].filter((p) => p.platform === platform.name && p.active && p.id !== state.me.id && matches(p.name));
    people.sort((a, b) => a.name.localeCompare(b.name, "es"));
    if (!people.length && $("search").value) return [];
    const dot = platform.up === true ? "up" : platform.up === false ? "down" : "";
    const words = { up: "en línea", down: "no responde", "": "" }[dot];
    return [
      h("h3", { "data-platform": platform.name, "data-state": dot }, badge(platform.name), platform.own ? "aquí" : "", h("span", { className: "state" }, words, h("span", { className: `dot ${dot}` }))),
      ...people.map((p) => h("button", { className: "item", "data-key": p.id, onclick: () => start({ members: [p.id] }).catch((e) => toast(e.message)) },
        avatar(p.name, p.platform), h("span", { className: "body" }, h("span", { className: "line" }, h("span", { className: "title" }, p.name))))),
      ...(people.length ? [] : [h("p", { className: "none" }, "Nadie más por ahora.")]),
    ];
  });
}

function nothingInList(query) {
  if (query) return h("p", { className: "none" }, `Nada coincide con «${query}».`);
  return h("p", { className: "none" }, h("strong", {}, "Aún no hay conversaciones"), h("span", {}, "Busca a alguien en Personas y salúdale."));
}

$("search").addEventListener("input", renderList);

for (const [tab, other] of [["chats", "people"], ["people", "chats"]]) {
  const button = $(`tab-${tab}`);
  button.addEventListener("click", () => selectTab(tab));
  button.addEventListener("keydown", (e) => {
    if (e.key !== "ArrowLeft" && e.key !== "ArrowRight") return;
    selectTab(other);
    $(`tab-${other}`).focus();
  });
}

function selectTab(tab) {
  state.tab = tab;
  for (const t of ["chats", "people"]) {
    $(`tab-${t}`).setAttribute("aria-selected", String(t === tab));
    $(`tab-${t}`).tabIndex = t === tab ? 0 : -1;
  }
  $("list").setAttribute("aria-labelledby", `tab-${tab}`);
  $("list").scrollTop = 0;
  renderList();
}

// The open one again: its address does not change, and the hand is wanted for writing.
$("list").addEventListener("click", (e) => {
  if (e.target.closest(`[data-key="c${state.open}"]`)) composer.focus();
});

$("list").addEventListener("keydown", (e) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[e.key];
  if (!step) return;
  const items = [...$("list").querySelectorAll(".item")];
  items[items.indexOf(document.activeElement) + step]?.focus();
  e.preventDefault();
});

// The open conversation. The address says which, so that back on a phone leads to the list.

let waitedFor = null; // just made, and not yet pushed

window.addEventListener("hashchange", followAddress);

function followAddress() {
  const id = Number(/^#c(\d+)$/.exec(location.hash)?.[1]);
  if (state.conversations.has(id)) openConversation(id);
  else {
    waitedFor = id || null;
    closeConversation();
  }
}

function closeConversation() {
  if (current()) composer.keep(state.open);
  state.open = null;
  $("app").dataset.view = "list";
  $("nothing").hidden = false;
  $("conversation").hidden = true;
  renderList();
}

async function openConversation(id, again = false) {
  const c = state.conversations.get(id);
  if (!c) return closeConversation();
  if (!again && current()) composer.keep(state.open);
  state.open = id;
  waitedFor = null;
  $("app").dataset.view = "chat";
  $("nothing").hidden = true;
  $("conversation").hidden = false;
  renderHead();
  renderList();
  if (!again) {
    composer.restore(id);
    pane.show([], [], false, contextOf(c));
  }
  const pushed = (meanwhile = []);
  try {
    const { messages, more } = await call(`/app/conversations/${id}/messages`);
    if (state.open !== id) return;
    pane.show(messages, pending.get(id) ?? [], more, contextOf(c));
    for (const push of pushed) {
      if (push.type === "message" && push.message.conversation === id) pane.put(push.message);
      if (push.type === "ticks") pane.tick(push.message, push.deliveries, push.failed);
    }
    markRead();
    if (!again && matchMedia("(min-width: 761px)").matches) composer.focus();
  } catch (e) {
    if (!e.passing) toast(e.message);
  } finally {
    if (meanwhile === pushed) meanwhile = null;
  }
}

function contextOf(c) {
  return { me: state.me.id, nameOf, platformOf, group: kindOf(c) !== "person", older: () => loadOlder(c.id), retry: () => flush(c.id) };
}

async function loadOlder(id) {
  try {
    const { messages, more } = await call(`/app/conversations/${id}/messages?before=${pane.oldest()}`);
    if (state.open === id) pane.prepend(messages, more);
  } catch (e) {
    toast(e.message);
    if (state.open === id) pane.prepend([], true);
  }
}

function renderHead() {
  const c = current();
  const kind = kindOf(c);
  const others = othersOf(c);
  $("chat-avatar").replaceChildren(avatar(titleOf(c), homeOf(c), kind === "person" ? "person" : kind));
  $("chat-name").textContent = titleOf(c);
  const names = c.members.map((m) => (m === state.me.id ? "tú" : nameOf(m))).join(", ");
  const badges = [...others.map((p) => badge(p.name, p.up === false)), " "];
  $("chat-sub").replaceChildren(...(kind === "person"
    ? [badge(homeOf(c), others[0]?.up === false)]
    : [...badges.flatMap((b) => [b, " "]), c.public ? `Sala de ${homeOf(c)}${names ? ` · ${names}` : ""}` : names]));
  const joined = c.members.includes(state.me.id);
  $("membership").hidden = kind === "person";
  $("membership").textContent = joined ? "Salir" : "Unirme";
  const down = others.filter((p) => p.up === false).map((p) => p.name);
  $("notice").hidden = !down.length && !c.failed;
  $("notice").textContent = c.failed ? `Esta conversación no llegó a las otras plataformas: ${c.failed}` : `${new Intl.ListFormat("es").format(down)} no ${down.length === 1 ? "responde" : "responden"} ahora. Lo que escribas se guarda y llegará en cuanto vuelva${down.length === 1 ? "" : "n"}.`;
  composer.check();
}

$("back").addEventListener("click", () => (location.hash = ""));
$("chat-info").addEventListener("click", () => openInfo(current()));

$("membership").addEventListener("click", async () => {
  const c = current();
  const joined = c.members.includes(state.me.id);
  if (joined && !c.public && !window.confirm(`¿Salir de «${titleOf(c)}»? Dejarás de ver sus mensajes.`)) return;
  try {
    await call(`/app/conversations/${c.id}/${joined ? "leave" : "join"}`, {});
  } catch (e) {
    toast(e.message);
  }
});

function markRead() {
  const c = current();
  if (!c?.unread || document.hidden) return;
  c.unread = 0;
  call(`/app/conversations/${c.id}/read`, {}).catch(() => {});
  renderList();
}

document.addEventListener("visibilitychange", markRead);

// Beginning one.

async function start(wanted) {
  const { id } = await call("/app/conversations", wanted);
  $("search").value = "";
  selectTab("chats");
  location.hash = `#c${id}`;
}

$("new").addEventListener("click", () => openNew());
wireDialogs(start);

// Writing. A message is shown at once, and sent again under the same key until the server has it; in order.

function send(text, attachment) {
  const id = state.open;
  const key = crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`;
  const message = {
    conversation: id, sender: state.me.id, senderName: state.me.name, text, at: new Date().toISOString(), deliveries: [],
    attachments: attachment ? [{ kind: attachment.kind, url: attachment.preview, name: attachment.name }] : [],
    key: `${state.me.id}/${key}`, pending: true, post: { key, text, attachment: attachment?.post },
  };
  pending.set(id, [...(pending.get(id) ?? []), message]);
  pane.put(message);
  flush(id);
}

const flushing = new Set();

async function flush(id) {
  if (flushing.has(id)) return;
  flushing.add(id);
  try {
    for (let next; (next = pending.get(id)?.[0]); ) {
      const { message } = await call(`/app/conversations/${id}/messages`, next.post);
      confirm(message);
      if (state.open === id) pane.put(message);
    }
  } catch (e) {
    // What passes is tried again by the next connection, or by the person.
    const [first] = pending.get(id) ?? [];
    if (first) {
      first.error = e.message;
      if (state.open === id) pane.put(first);
    }
  } finally {
    flushing.delete(id);
  }
}

/** The server has it. */
function confirm(message) {
  const waiting = pending.get(message.conversation);
  if (waiting) pending.set(message.conversation, waiting.filter((m) => m.key !== message.key));
}

for (const [id, name] of [["logout", "leave"], ["back", "back"], ["attach", "attach"], ["send", "send"]]) $(id).append(icon(name));
begin().catch((e) => toast(e.message));
