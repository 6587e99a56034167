// The page's beginning, and what is pushed to it.

import { assignHues, avatar, hued } from "./colours.js";
import * as composer from "./composer.js";
import { stayConnected } from "./connection.js";
import * as conversation from "./conversation.js";
import { wireDialogs } from "./dialogs.js";
import { $, toast } from "./dom.js";
import { wireInfo } from "./info.js";
import { Kept } from "./kept.js";
import { renderList, select, wireList } from "./list.js";
import { draw } from "./markup.js";
import { lastOf } from "./order.js";
import { Outbox } from "./outbox.js";
import { lastOwn } from "./pane.js";
import { isMe, mayRead, setPeople, setPlatforms, state } from "./state.js";

let transport;
let outbox = null; // until it is known whose

/** Draws the page and connects it: see README.md for what an app gives. */
export function start({ transport: theirs, look }) {
  transport = theirs;
  draw(look);
  wireList(look.tabs, write);
  wireDialogs(create);
  wireInfo(transport);
  $("logout").addEventListener("click", logOut);
  stayConnected({
    connect: transport.connect,
    push: (event) => receive[event.type]?.(event),
    lost: () => ($("offline").hidden = false),
    refused: out,
  });
}

function out() {
  location.replace(transport.login);
}

async function logOut() {
  const question = "Hay mensajes que todavía no salieron. Si salís, salen cuando vuelvas a entrar en este navegador. ¿Salir igual?";
  if (outbox?.waits && !window.confirm(question)) return;
  try {
    await transport.logout();
    out();
  } catch (e) {
    if (e.out) out();
    else toast(`No se pudo cerrar la sesión: ${e.message}`);
  }
}

/** Whose page this is, is known: what the browser has kept for them. */
function begin() {
  const whose = `${state.platform}/${state.me.id}`;
  outbox = new Outbox(new Kept(localStorage, "unsent", whose), {
    write: transport.write,
    change: transport.change,
    stored: (message, one) => {
      conversation.put(message);
      if (one.change) conversation.redraw(one);
    },
    changed: (one) => {
      if (one.change) conversation.redraw(one);
      else conversation.put(conversation.unsent(one));
      if (one.error && one.conversation !== state.open) toast(`${one.change ? "Un cambio" : "Un mensaje"} no se pudo enviar: ${one.error}`);
    },
    removed: (one) => (one.change ? conversation.redraw(one) : conversation.remove(conversation.unsent(one))),
    noRoom: () => toast("El navegador no tiene lugar para guardar este mensaje: no cierres la página hasta que salga."),
    out,
  });
  composer.wire(new Kept(localStorage, "draft", whose), outbox, lastOwn);
  conversation.wire(transport, outbox);
  window.addEventListener("storage", () => outbox.reload());
  window.addEventListener("online", () => outbox.flush());
}

const receive = {
  hello(all) {
    $("offline").hidden = true;
    Object.assign(state, { platform: all.platform, me: all.me });
    state.conversations = new Map(all.conversations.map((c) => [c.id, c]));
    setPeople(all.people);
    show(all.platforms);
    $("platform").textContent = all.platform;
    $("me").textContent = all.me.name;
    $("my-avatar").replaceChildren(avatar(all.me.name, all.platform, { picture: all.me.avatar }));
    $("my-avatar").title = all.me.name;
    if (!outbox) begin();
    renderList();
    conversation.reopen();
    outbox.flush();
  },
  message(event) {
    const { message, last } = event;
    if (isMe(message.sender)) outbox.confirm(message);
    const c = state.conversations.get(message.conversation);
    if (!c) return;
    // It is nobody's message: nothing that is unread, nor the last word in the list.
    if (message.notice) return conversation.take(event);
    c.last = last ?? lastOf(c.last, message);
    if (message.id > (c.newest ?? 0)) {
      c.newest = message.id;
      if (!isMe(message.sender)) c.unread += 1;
    }
    conversation.take(event);
    renderList();
  },
  ticks: (event) => conversation.take(event),
  conversation({ conversation: c }) {
    const before = state.conversations.get(c.id);
    if (mayRead(c)) state.conversations.set(c.id, { ...c, last: c.last ?? before?.last, newest: c.newest ?? before?.newest, unread: before?.unread ?? 0 });
    else state.conversations.delete(c.id);
    conversation.changed(c.id);
    renderList();
  },
  people({ people }) {
    setPeople(people);
    renderAll();
  },
  person({ person }) {
    state.people.set(person.id, person);
    renderAll();
  },
  platforms({ platforms }) {
    show(platforms);
    renderAll();
  },
  read({ conversation: id }) {
    const c = state.conversations.get(id);
    if (c) c.unread = 0;
    renderList();
  },
};

function show(platforms) {
  setPlatforms(platforms);
  assignHues(state.platforms.keys());
  hued(document.documentElement, state.platform);
}

function renderAll() {
  renderList();
  conversation.renderHead();
}

/** Begins a conversation; what is wrong is thrown. */
async function create(wanted) {
  const { id } = await transport.create(wanted);
  select(wanted.public ? "rooms" : "chats");
  conversation.go(id);
}

/** Writes to one person. */
const write = (id) => create({ name: "", public: false, members: [id] }).catch((e) => toast(e.message));
