// The page: what is pushed to it, the open conversation, and what people do.

import { $, assignTones, call, el, face, listing, tag, toast } from "./ui.js";
import { check, keepDraft, restoreDraft, wireComposer } from "./composer.js";
import { renderList, select, wireList } from "./list.js";
import * as pane from "./pane.js";
import { closeDetails, closeNew, renderDetails, toggleDetails, wirePanels } from "./panels.js";
import { stayConnected } from "./socket.js";
import { current, homeOf, kindOf, nameOf, othersIn, platformOf, precedes, state, titleOf } from "./state.js";

// What is pushed. The first is all that there is.

const receive = {
  hello(all) {
    const first = !state.me;
    $("offline").hidden = true;
    Object.assign(state, { me: all.me, own: all.platform });
    state.people = new Map(all.people.map((p) => [p.id, p]));
    state.conversations = new Map(all.conversations.map((c) => [c.id, c]));
    $("me").replaceChildren(face(nameOf(state.me), state.own));
    $("me").title = nameOf(state.me);
    receive.platforms(all);
    if (first || !current()) follow();
    else open(state.open, true);
    for (const id of unsent.keys()) flush(id);
  },
  platforms({ platforms }) {
    state.platforms = platforms;
    assignTones(state.own, platforms.map((p) => p.name));
    renderAll();
  },
  person({ person }) {
    state.people.set(person.id, person);
    renderAll();
  },
  conversation({ conversation: c }) {
    if (c.public || c.members.includes(state.me)) {
      const before = state.conversations.get(c.id);
      state.conversations.set(c.id, { ...c, last: before?.last, newest: before?.newest, unread: before?.unread ?? 0 });
      if (!before && location.hash === `#${c.id}`) follow();
    } else {
      state.conversations.delete(c.id);
      if (state.open === c.id) location.hash = "";
    }
    renderAll();
  },
  message({ message, last }) {
    const c = state.conversations.get(message.conversation);
    if (!c) return;
    c.last = last ?? (c.last && precedes(message, c.last) ? c.last : message);
    if (message.id > (c.newest ?? 0)) {
      c.newest = message.id;
      if (message.sender !== state.me) c.unread += 1;
    }
    stored(message);
    if (state.open === c.id) {
      pane.put(message);
      markRead();
    }
    renderList();
  },
  ticks({ conversation, message, ...stands }) {
    if (state.open === conversation) pane.update(message, stands);
  },
  read({ conversation }) {
    const c = state.conversations.get(conversation);
    if (c) c.unread = 0;
    renderList();
  },
};

let meanwhile = null; // what is pushed while messages are fetched, which may or may not hold it

stayConnected({
  on(event, data) {
    meanwhile?.push([event, data]);
    receive[event]?.(data);
  },
  lost(tries) {
    $("offline").hidden = tries < 2;
  },
  refused: () => location.replace("/login"),
});

function renderAll() {
  renderList();
  if (current()) renderHead();
}

// The open conversation. The address says which, so that going back on a phone leads to the list.

window.addEventListener("hashchange", follow);

function follow() {
  const id = Number(location.hash.slice(1));
  if (state.conversations.has(id)) open(id);
  else close();
}

function close() {
  if (current()) keepDraft(state.open);
  state.open = null;
  document.body.dataset.view = "list";
  $("nothing").hidden = false;
  $("conversation").hidden = true;
  closeDetails();
  renderList();
}

async function open(id, again = false) {
  const c = state.conversations.get(id);
  if (!again) {
    if (current()) keepDraft(state.open);
    closeNew();
    if (state.tab !== "people") state.tab = c.public ? "rooms" : "chats";
  }
  state.open = id;
  document.body.dataset.view = "chat";
  $("nothing").hidden = true;
  $("conversation").hidden = false;
  const context = { conversation: c, older: () => older(id), retry: () => flush(id) };
  if (!again) {
    pane.show([], false, context);
    restoreDraft(id);
  }
  renderAll();
  const pushed = (meanwhile = []);
  try {
    const { messages, more } = await call(`conversations/${id}/messages`);
    if (state.open !== id) return;
    pane.show([...messages, ...(unsent.get(id) ?? []).filter((u) => !messages.some((m) => m.key === u.key))], more, context);
    for (const [event, data] of pushed) {
      if (event === "message" && data.message.conversation === id) pane.put(data.message);
      if (event === "ticks") receive.ticks(data);
    }
    markRead();
    if (!again && matchMedia("(min-width: 761px)").matches) $("text").focus();
  } catch (e) {
    if (!e.passing) toast(e.message); // what passes is made up for by the next connection
  } finally {
    if (meanwhile === pushed) meanwhile = null;
  }
}

async function older(id) {
  const { messages, more } = await call(`conversations/${id}/messages?before=${pane.oldest()}`).catch((e) => {
    toast(e.message);
    return { messages: [], more: true };
  });
  if (state.open === id) pane.prepend(messages, more);
}

function renderHead() {
  const c = current();
  const kind = kindOf(c);
  const others = othersIn(c);
  $("chat-face").replaceChildren(face(titleOf(c), homeOf(c), kind));
  $("chat-name").textContent = titleOf(c);
  const who = c.members.map((id) => (id === state.me ? "tú" : nameOf(id))).join(", ");
  const about = { person: platformOf(c.members.find((id) => id !== state.me)), group: who, room: `Sala de ${c.home}${who && ` · ${who}`}` }[kind];
  $("chat-about").replaceChildren(...(kind === "person" ? [] : others.map((p) => tag(p.name, p.up === false))), el("span.who", {}, about));
  $("membership").hidden = kind === "person";
  $("membership").textContent = c.members.includes(state.me) ? "Salir" : "Unirme";
  const down = others.filter((p) => p.up === false).map((p) => p.name);
  $("notice").hidden = !down.length && !c.failed;
  $("notice").textContent = c.failed
    ? `Esta conversación no llegó a las otras plataformas: ${c.failed}`
    : `${listing(down)} no ${down.length === 1 ? "responde" : "responden"}. Lo que escribas queda guardado y llegará en cuanto vuelva${down.length === 1 ? "" : "n"}.`;
  renderDetails();
  check();
}

function markRead() {
  const c = current();
  if (!c?.unread || document.hidden) return;
  c.unread = 0;
  call(`conversations/${c.id}/read`, {}).catch(() => {});
  renderList();
}

document.addEventListener("visibilitychange", markRead);
$("back").addEventListener("click", () => (location.hash = ""));
$("chat-info").addEventListener("click", toggleDetails);

$("membership").addEventListener("click", async () => {
  const c = current();
  const joined = c.members.includes(state.me);
  if (joined && !c.public && !window.confirm(`¿Salir de «${titleOf(c)}»? Dejarás de ver sus mensajes.`)) return;
  await call(`conversations/${c.id}/${joined ? "leave" : "join"}`, {}).catch((e) => toast(e.message));
});

// Beginning one.

async function begin(wanted) {
  const { id } = await call("conversations", wanted);
  select(wanted.public ? "rooms" : "chats");
  location.hash = `#${id}`;
}

wireList((id) => begin({ members: [id] }).catch((e) => toast(e.message)));
wirePanels(begin);

// Writing. A message is shown at once, and sent again under the same key until the chat has it; in order.

const unsent = new Map(); // by conversation
const flushing = new Set();

wireComposer({ send: write, others: () => (current() ? othersIn(current()) : []) });

function write(text, attachment) {
  const id = state.open;
  const key = crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`;
  const message = {
    conversation: id, sender: state.me, text, at: new Date().toISOString(), key: `${state.me}/${key}`, ticks: [],
    attachments: attachment ? [{ kind: attachment.kind, name: attachment.name, url: attachment.preview }] : [],
    post: { key, text, attachment: attachment?.post },
  };
  unsent.set(id, [...(unsent.get(id) ?? []), message]);
  pane.put(message);
  flush(id);
}

async function flush(id) {
  if (flushing.has(id)) return;
  flushing.add(id);
  try {
    for (let next; (next = unsent.get(id)?.[0]); ) {
      delete next.error;
      const { message } = await call(`conversations/${id}/messages`, next.post);
      stored(message);
      if (state.open === id) pane.put(message);
    }
  } catch (e) {
    // It is tried again by the next connection, or by the person.
    const [first] = unsent.get(id) ?? [];
    if (!first) return;
    first.error = e.message;
    if (state.open === id) pane.put(first);
  } finally {
    flushing.delete(id);
  }
}

/** The chat has it. */
function stored(message) {
  const waiting = unsent.get(message.conversation);
  if (waiting) unsent.set(message.conversation, waiting.filter((m) => m.key !== message.key));
}
