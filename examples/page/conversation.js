// The open conversation: its head, its messages, who takes part. The address says which it is, and the browser's history has
// the list and at most one conversation after it, so that back on a phone always leads to the list.

import { applied } from "./changes.js";
import { avatar, badge } from "./colours.js";
import * as composer from "./composer.js";
import { $, h, toast } from "./dom.js";
import { preview } from "./files.js";
import { openInfo, renderInfo } from "./info.js";
import { renderList, tabOf } from "./list.js";
import { narrow, view } from "./markup.js";
import { wireMenu } from "./menu.js";
import * as pane from "./pane.js";
import { current, homeOf, isBarred, isIn, isMe, kindOf, nameOf, othersIn, pictureOf, state, titleOf } from "./state.js";
import { listing } from "./text.js";

let transport;
let outbox;
let awaited = null; // just made, and not yet pushed
let meanwhile = null; // what is pushed while messages are on their way, which may or may not have it

export function wire(theirs, unsentOnes) {
  [transport, outbox] = [theirs, unsentOnes];
  pane.wire({ older, asSaid, react, jump, retry: (one) => outbox.retry(one.key), drop: (one) => outbox.drop(one.key) });
  wireMenu(pane.messageOf, { react, reply: composer.answer, edit: composer.edit, remove: removeForAll });
  window.addEventListener("popstate", followAddress);
  document.addEventListener("visibilitychange", markRead);
  $("back").addEventListener("click", toList);
  $("chat-info").addEventListener("click", openInfo);
  $("membership").addEventListener("click", changeMembership);
}

// Where one is.

/** Goes to a conversation, which may not be known yet. */
export function go(id) {
  const address = `#c${encodeURIComponent(id)}`;
  if (location.hash.startsWith("#c")) history.replaceState(history.state, "", address);
  else history.pushState("list", "", address);
  followAddress();
  if (state.open === id && !narrow()) composer.focus();
}

function toList() {
  if (history.state === "list") history.back();
  else leaveAddress();
}

function leaveAddress() {
  history.replaceState(null, "", location.pathname);
  followAddress();
}

/** The id as the address has it: a text, be it a number or not. */
function addressed() {
  try {
    return location.hash.startsWith("#c") ? decodeURIComponent(location.hash.slice(2)) : null;
  } catch {
    return null; // what somebody has mistyped
  }
}

function followAddress() {
  const name = addressed();
  const id = [...state.conversations.keys()].find((key) => String(key) === name);
  if (id !== undefined) {
    if (id !== state.open) open(id);
    return;
  }
  awaited = name;
  state.open = null;
  view("list");
  $("nothing").hidden = false;
  $("conversation").hidden = true;
  renderList();
}

/** After a new connection. */
export function reopen() {
  if (current()) return void open(state.open, true);
  state.open = null;
  followAddress();
}

async function open(id, again = false) {
  const c = state.conversations.get(id);
  state.open = id;
  awaited = null;
  if (!again && state.tab !== "people") state.tab = tabOf(c);
  view("chat");
  $("nothing").hidden = true;
  $("conversation").hidden = false;
  renderHead();
  renderList();
  if (!again) {
    pane.show([], false);
    composer.restore();
  }
  const pushed = (meanwhile = []);
  try {
    const { messages, more } = await endOf(id, again ? pane.oldest() : undefined);
    if (state.open !== id || meanwhile !== pushed) return;
    pane.show([...messages, ...unsentIn(id)], more, again);
    pushed.forEach(show);
    pane.nothingYet();
    markRead();
    if (!again && !narrow()) composer.focus();
  } catch (e) {
    if (state.open !== id || meanwhile !== pushed) return;
    if (e.out) location.replace(transport.login);
    else if (!e.passing) toast(e.message);
    // What passes is made up for by the next connection.
    else if (!again) pane.show(unsentIn(id), false);
  } finally {
    if (meanwhile === pushed) meanwhile = null;
  }
}

/** The end of a conversation, back to the message with that id. */
async function endOf(id, oldest) {
  let { messages, more } = await transport.messages(id);
  while (more && oldest !== undefined && !messages.some((m) => m.id === oldest)) {
    const earlier = await transport.messages(id, messages[0].id);
    if (!earlier.messages.length) return { messages, more: false };
    messages = [...earlier.messages, ...messages];
    more = earlier.more;
  }
  return { messages, more };
}

async function older(before) {
  const id = state.open;
  const { messages, more } = await transport.messages(id, before).catch((e) => {
    toast(e.message);
    return { messages: [], more: true };
  });
  if (state.open === id) pane.prepend(messages, more);
}

/** Goes to a message that is quoted, which may be far above. */
async function jump(wanted) {
  const id = state.open;
  try {
    while (!pane.reveal(wanted)) {
      const { messages, more } = await transport.messages(id, pane.oldest());
      if (state.open !== id) return;
      pane.prepend(messages, more);
      if (!more && !pane.reveal(wanted)) return toast("Ese mensaje ya no está.");
    }
  } catch (e) {
    toast(e.message);
  }
}

// What is said of a message.

function react(message, emoji, on) {
  outbox.change(state.open, { message: message.id, kind: "reaction", emoji, on });
}

function removeForAll(message) {
  const question = "¿Borrar este mensaje para todos? Donde no se puede borrar lo que ya llegó, sigue estando.";
  if (window.confirm(question)) outbox.change(state.open, { message: message.id, kind: "delete" });
}

/** A message with what was said of it, and the server doesn't have yet. */
const asSaid = (message) => (message.id === undefined ? message : applied(message, outbox.changes(message.conversation), state.me.id));

/** That of a message has changed. */
export function redraw(one) {
  if (one.conversation === state.open) pane.redraw(one.change.message);
}

// What is unsent, as it is shown.

export const unsent = (one) => ({
  ...one, sender: state.me.id, senderName: state.me.name, deliveries: [],
  attachments: one.attachment ? [{ kind: one.attachment.kind, name: one.attachment.name, url: preview(one.attachment) }] : [],
});

const unsentIn = (id) => outbox.of(id).map(unsent);

export function put(message) {
  if (message.conversation === state.open) pane.put(message);
}

export function remove(message) {
  if (message.conversation === state.open) pane.remove(message);
}

// What is pushed.

/** Shows it, if it is of the open conversation. */
export function take(event) {
  meanwhile?.push(event);
  show(event);
  if (event.type === "message" && event.message.conversation === state.open) markRead();
}

function show(event) {
  if (event.type === "message") put(event.message);
  else if (event.conversation === state.open) pane.tick(event.message, event);
}

/** A conversation is new, or has changed, or is gone. */
export function changed(id) {
  if (id === state.open) {
    if (current()) renderHead();
    else leaveAddress();
  } else if (String(id) === awaited) followAddress();
}

function markRead() {
  const c = current();
  if (!c?.unread || document.hidden) return;
  c.unread = 0;
  transport.read(c.id).catch(() => {});
  renderList();
}

// The head.

export function renderHead() {
  const c = current();
  if (!c) return;
  const kind = kindOf(c);
  const others = othersIn(c);
  $("chat-avatar").replaceChildren(avatar(titleOf(c), homeOf(c), { kind, picture: pictureOf(c) }));
  $("chat-name").textContent = titleOf(c);
  const names = c.members.map((m) => (isMe(m) ? "vos" : nameOf(m))).join(", ");
  const badges = kind === "person" ? [badge(homeOf(c), others.some(isDown))] : others.map((p) => badge(p.name, isDown(p)));
  const about = { person: "", group: names, room: `Sala de ${c.home}${names && ` · ${names}`}` }[kind];
  $("chat-sub").replaceChildren(...badges, h("span", { className: "about" }, about));
  const [inside, barred] = [isIn(c), isBarred(c, state.me.id)];
  $("membership").hidden = kind === "person" || (barred && !inside);
  $("membership").textContent = inside ? "Salir" : "Unirme";
  $("membership").className = inside ? "quiet" : "primary";
  $("outside").hidden = inside;
  $("outside").textContent = barred
    ? `No podés participar en esta sala: ${c.home} te bloqueó. Lo que se escribe se puede leer.`
    : "No te uniste a esta sala. Al ser pública, igual podés leerla y escribir.";
  $("composer").hidden = barred;
  const down = others.filter(isDown).map((p) => p.name);
  $("notice").hidden = !down.length && !c.failed;
  $("notice").textContent = c.failed
    ? `Esta conversación no llegó a las otras plataformas: ${c.failed}`
    : `${listing(down)} no ${down.length === 1 ? "responde" : "responden"} ahora. Lo que escribas se guarda y llega cuando vuelva${down.length === 1 ? "" : "n"}.`;
  renderInfo();
  composer.check();
}

const isDown = (platform) => platform.up === false;

async function changeMembership() {
  const c = current();
  const joined = isIn(c);
  if (joined && !c.public && !window.confirm(`¿Salir de «${titleOf(c)}»? Dejás de ver sus mensajes.`)) return;
  try {
    await (joined ? transport.leave(c.id) : transport.join(c.id));
  } catch (e) {
    toast(e.message);
  }
}
