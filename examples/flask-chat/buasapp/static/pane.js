// The messages of the open conversation: what is shown, in its order, and keeping the place while it changes.

import { $, day, el, icon, inTone, linked, sameDay, time } from "./ui.js";
import { isPlaced, kindOf, nameOf, platformOf, precedes, state } from "./state.js";

const pane = $("messages");
let shown = []; // { message, element, day }, in the order of the pane
let earlier = false; // whether there are more before them
let context; // { conversation, older(), retry() }

export function show(messages, more, newContext) {
  context = newContext;
  fill(messages, more);
  toEnd();
}

/** Puts older ones before what is shown, without moving it. */
export function prepend(older, more) {
  const fromEnd = pane.scrollHeight - pane.scrollTop;
  fill([...older, ...shown.map((s) => s.message)], more);
  pane.scrollTop = pane.scrollHeight - fromEnd;
}

function fill(messages, more) {
  shown = [];
  earlier = false; // until all are in
  pane.replaceChildren();
  if (more) pane.append(el("button.quiet.older", { onclick: (e) => { e.target.disabled = true; context.older(); } }, "Ver mensajes anteriores"));
  messages.forEach(insert);
  earlier = more;
  if (!messages.length) pane.append(el("p.none.first-word", {}, el("strong", {}, "Todavía no hay mensajes"), "El primero puede ser el tuyo. 🧉"));
}

/** A new one, the stored form of one that was pending, or one that has got its place. */
export function put(message) {
  const old = shown.find((s) => (message.key && s.message.key === message.key) || (message.id && s.message.id === message.id));
  const stay = !atEnd() && (old || message.sender !== state.me);
  if (!old) {
    pane.querySelector(".first-word")?.remove();
    insert(message);
  } else if (!isPlaced(old.message) && (!old.message.id || isPlaced(message))) {
    // Else it is an answer, which may come after pushes that know more.
    renew(old, message);
    move(old);
  }
  if (!stay) toEnd();
  else if (!old) $("to-end").hidden = false;
}

/** How far one has come has changed. */
export function update(id, changes) {
  const entry = shown.find((s) => s.message.id === id);
  if (!entry) return;
  const stay = !atEnd();
  renew(entry, { ...entry.message, ...changes });
  if (!stay) toEnd();
}

export const oldest = () => shown.find((s) => s.message.id)?.message.id;

const atEnd = () => pane.scrollHeight - pane.scrollTop - pane.clientHeight < 60;

function toEnd() {
  pane.scrollTop = pane.scrollHeight;
  $("to-end").hidden = true;
}

pane.addEventListener("scroll", () => { if (atEnd()) $("to-end").hidden = true; });
$("to-end").addEventListener("click", toEnd);

/** Puts one where it belongs; not if that is among those before the first, which are not here. */
function insert(message) {
  let at = shown.length;
  while (at && precedes(message, shown[at - 1].message)) at -= 1;
  if (!at && earlier) return;
  const entry = { message, element: bubble(message, false), day: null };
  const next = shown[at];
  if (next) (next.day ?? next.element).before(entry.element);
  else pane.append(entry.element);
  shown.splice(at, 0, entry);
  settle(at);
  settle(at + 1);
}

/** Where it belongs may be elsewhere by now. */
function move(entry) {
  const at = shown.indexOf(entry);
  const [before, after] = [shown[at - 1], shown[at + 1]];
  if (!(before && precedes(entry.message, before.message)) && !(after && precedes(after.message, entry.message))) return;
  shown.splice(at, 1);
  entry.day?.remove();
  entry.element.remove();
  settle(at);
  insert(entry.message);
}

/** Whether one begins a day, or what somebody says, depends on the one before it. */
function settle(at) {
  const [before, entry] = [shown[at - 1], shown[at]];
  if (!entry) return;
  const newDay = !before || !sameDay(before.message.at, entry.message.at);
  if (!newDay) {
    entry.day?.remove();
    entry.day = null;
  } else if (!entry.day) {
    entry.day = el("div.day", {}, el("span", {}, day(entry.message.at)));
    entry.element.before(entry.day);
  }
  renew(entry, entry.message, newDay || before.message.sender !== entry.message.sender);
}

function renew(entry, message, first = isFirst(entry)) {
  if (message === entry.message && first === isFirst(entry)) return;
  const open = entry.element.querySelector(".ticks")?.getAttribute("aria-expanded") === "true";
  const element = bubble(message, first);
  entry.element.replaceWith(element);
  Object.assign(entry, { message, element });
  if (open) element.querySelector(".ticks")?.click();
}

const isFirst = (entry) => entry.element.classList.contains("first");

const ONLY_EMOJI = /^(\p{Extended_Pictographic}|\p{Emoji_Modifier}|[\u200d\ufe0f\s]){1,12}$/u;

function bubble(message, first) {
  const mine = message.sender === state.me;
  const group = kindOf(context.conversation) !== "person";
  const platform = platformOf(message.sender);
  const name = nameOf(message.sender);
  const classes = ["msg", mine ? "mine" : "theirs", first && "first", !message.id && "pending"].filter(Boolean).join(".");
  const author = first && !mine && group && inTone(el("div.author", {}, el("strong", {}, name), platform !== state.own && ` · ${platform}`), platform);
  const text = message.text && el(`span.text${ONLY_EMOJI.test(message.text) && !message.attachments.length ? ".big" : ""}`, {}, linked(message.text));
  return el(`article.${classes}`, { "aria-label": `${mine ? "Tú" : name}, ${time(message.at)}` },
    author, message.attachments.map(attached), text,
    el("div.foot", {}, el("time", { dateTime: message.at }, time(message.at)), mine && fate(message)));
}

const SAFE = /^(https?:\/\/|\/app\/files\/\d+$|data:(image|audio)\/|blob:)/;

function attached({ kind, url, name }) {
  const label = name || { image: "Imagen", audio: "Audio" }[kind] || "Archivo";
  if (!SAFE.test(url)) return el("span", {}, label);
  const link = () => el("a.file", { href: url, target: "_blank", rel: "noopener noreferrer" }, label);
  if (kind === "audio") return el("audio", { controls: true, src: url, preload: "none", "aria-label": label });
  if (kind !== "image") return link();
  const image = el("img", { src: url, alt: label, loading: "lazy", referrerPolicy: "no-referrer" });
  const stay = !atEnd();
  image.addEventListener("load", () => { if (!stay) toEnd(); });
  image.addEventListener("error", () => image.replaceWith(link()));
  return image;
}

// What became of an own message.

const STANDS = {
  waiting: "en espera: saldrá en cuanto responda",
  accepted: "la tiene su pasarela, falta entregarla",
  parked: "llegó, espera a que llegue también la conversación",
  delivered: "entregado",
  dead: "no se pudo entregar",
};

function fate(message) {
  if (message.error) return [el("span.bad", {}, message.error), el("button.retry", { onclick: () => context.retry() }, "Reintentar")];
  if (message.failed) return el("span.bad", { title: message.failed }, icon("dead"), "No se envió");
  if (!isPlaced(message)) return el("span.tick", { data: { state: "leaving" } }, icon("waiting"), el("span.sr", {}, "Saliendo"));
  if (!message.ticks.length) return el("span.tick", { data: { state: "kept" }, title: "Guardado" }, icon("delivered"), el("span.sr", {}, "Guardado"));
  return ticks(message.ticks);
}

/** A mark for each destination; a press tells all in words. */
function ticks(all) {
  const inWords = (t) => STANDS[t.state] + (t.why ? ` (${t.why})` : "");
  const marks = all.map((t) => inTone(el("span.tick", { data: { platform: t.platform, state: t.state }, title: `${t.platform}: ${inWords(t)}` },
    icon(t.state), t.state !== "delivered" && el("span", {}, t.platform)), t.platform));
  const label = `Entrega: ${all.map((t) => `${t.platform}, ${inWords(t)}`).join("; ")}`;
  return el("button.ticks", {
    "aria-label": label, "aria-expanded": "false",
    onclick: ({ currentTarget: button }) => {
      const open = button.getAttribute("aria-expanded") === "true";
      button.setAttribute("aria-expanded", String(!open));
      const article = button.closest("article");
      if (open) article.querySelector(".fates").remove();
      else article.append(el("ul.fates", {}, all.map((t) => inTone(el("li", { data: { state: t.state } }, icon(t.state), el("strong", {}, t.platform), inWords(t)), t.platform))));
    },
  }, marks);
}
