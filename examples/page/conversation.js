// The open conversation: its head, its messages, who takes part. The address says which it is, so that back on a phone leads to
// the list.

import { $, avatar, badge, call, toast } from "./dom.js";
import { Composer } from "./composer.js";
import { openInfo } from "./dialogs.js";
import { renderList } from "./list.js";
import * as pane from "./messages.js";
import { flush, send, unconfirmed } from "./sending.js";
import { current, homeOf, kindOf, nameOf, othersOf, platformOf, state, titleOf } from "./state.js";

const composer = new Composer({ send, platforms: () => othersOf(current()) });
let waitedFor = null; // just made, and not yet pushed
let meanwhile = null; // what is pushed while a page of messages is on its way, which may or may not hold it

window.addEventListener("hashchange", followAddress);

export function followAddress() {
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

export async function openConversation(id, again = false) {
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
    pane.show(messages, unconfirmed(id), more, contextOf(c));
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

/** Keeps what is pushed, for the page of messages that is on its way. */
export function keep(push) {
  meanwhile?.push(push);
}

/** A conversation is new, or another than before. */
export function changed(id) {
  if (state.open === id) renderHead();
  else if (waitedFor === id) followAddress();
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

export function renderHead() {
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

export function markRead() {
  const c = current();
  if (!c?.unread || document.hidden) return;
  c.unread = 0;
  call(`/app/conversations/${c.id}/read`, {}).catch(() => {});
  renderList();
}

document.addEventListener("visibilitychange", markRead);

// The open one again: its address does not change, and the hand is wanted for writing.
$("list").addEventListener("click", (e) => {
  if (e.target.closest(`[data-key="c${state.open}"]`)) composer.focus();
});
