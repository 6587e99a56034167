// The pane of messages: what is shown of one conversation, in its order, and keeping the place while things change.

import { $, badge, day, dayKey, h, hued, icon, linked, stateText, time } from "./dom.js";

const pane = $("messages");
let shown = []; // in the order of the pane
let older = false; // whether there are more before them
let context; // { me, nameOf, platformOf, group, older, retry }

const LAST = "~"; // after any event id

/** Whether one stands before the other: by event id, which is the same order everywhere; what has none yet last, as it was written. */
function precedes(one, other) {
  const [a, b] = [one.place ?? LAST, other.place ?? LAST];
  return a === b ? (one.id ?? Infinity) < (other.id ?? Infinity) : a < b;
}

/** Shows these messages from scratch, at their end. */
export function show(messages, pending, more, newContext) {
  context = newContext;
  fill([...messages, ...pending.filter((p) => !messages.some((m) => m.key === p.key))], more);
  if (!shown.length) pane.append(nothingYet());
  toEnd();
}

/** Puts older ones before what is shown, without moving it. */
export function prepend(messages, more) {
  const fromEnd = pane.scrollHeight - pane.scrollTop;
  fill([...messages, ...shown], more);
  pane.scrollTop = pane.scrollHeight - fromEnd;
}

function fill(messages, more) {
  shown = [];
  older = false; // until all are in
  pane.replaceChildren();
  if (more) pane.append(olderButton());
  messages.forEach(insert);
  older = more;
}

/** A new one, the stored form of one that was pending, or one that has got its place. */
export function put(message) {
  const old = shown.find((m) => (message.key && m.key === message.key) || (message.id !== undefined && m.id === message.id));
  const stay = !atEnd() && (old || !isMine(message));
  if (!old) {
    pane.querySelector(".none")?.remove();
    insert(message)?.element.classList.add("fresh");
  } else if (old.place === undefined && (old.id === undefined || message.place !== undefined)) {
    // Else it is the answer of a post, that came after pushes which know more.
    const { pending, error } = message;
    change(old, { ...message, pending, error });
    move(old);
  }
  if (!stay) toEnd();
  else if (!old) $("to-end").hidden = false;
}

/** How far a message has come has changed. */
export function tick(id, deliveries, failed) {
  const message = shown.find((m) => m.id === id);
  if (!message) return;
  const stay = !atEnd();
  change(message, { deliveries, failed });
  if (!stay) toEnd();
}

export const atEnd = () => pane.scrollHeight - pane.scrollTop - pane.clientHeight < 60;

export function toEnd() {
  pane.scrollTop = pane.scrollHeight;
  $("to-end").hidden = true;
}

pane.addEventListener("scroll", () => { if (atEnd()) $("to-end").hidden = true; });
$("to-end").addEventListener("click", toEnd);

const isMine = (message) => message.sender === context.me;

/** Puts one where it belongs; not if that is among those before the first, which are not here. */
function insert(message) {
  let at = shown.length;
  while (at && precedes(message, shown[at - 1])) at -= 1;
  if (!at && older) return null;
  const entry = { ...message, first: false, day: null, element: element(message, false) };
  const next = shown[at];
  if (next) (next.day ?? next.element).before(entry.element);
  else pane.append(entry.element);
  shown.splice(at, 0, entry);
  settle(at);
  settle(at + 1);
  return entry;
}

/** Where it belongs may be elsewhere by now. */
function move(entry) {
  const at = shown.indexOf(entry);
  const [before, after] = [shown[at - 1], shown[at + 1]];
  if (!(before && precedes(entry, before)) && !(after && precedes(after, entry))) return;
  shown.splice(at, 1);
  entry.day?.remove();
  entry.element.remove();
  settle(at);
  insert(entry);
}

/** Whether one begins a day, or what somebody says, depends on the one before it. */
function settle(at) {
  const [before, entry] = [shown[at - 1], shown[at]];
  if (!entry) return;
  const newDay = !before || dayKey(before.at) !== dayKey(entry.at);
  if (!newDay) {
    entry.day?.remove();
    entry.day = null;
  } else if (!entry.day) {
    entry.day = h("div", { className: "day" }, day(entry.at));
    entry.element.before(entry.day);
  }
  const first = newDay || before.sender !== entry.sender;
  if (first !== entry.first) change(entry, { first });
}

function change(entry, news) {
  const open = entry.element.querySelector(".ticks")?.getAttribute("aria-expanded") === "true";
  Object.assign(entry, news);
  const fresh = element(entry, entry.first);
  entry.element.replaceWith(fresh);
  entry.element = fresh;
  if (open) fresh.querySelector(".ticks")?.click();
}

function element(message, first) {
  const mine = isMine(message);
  const platform = context.platformOf(message.sender);
  const name = context.nameOf(message.sender, message.senderName);
  const article = h("article", {
    className: `msg${first ? " first" : ""}${mine ? " mine" : ""}${message.pending ? " pending" : ""}`,
    "aria-label": `${mine ? "Tú" : name}, ${time(message.at)}`,
  });
  if (first && !mine && context.group) {
    article.append(h("div", { className: "from" }, h("span", {}, name), badge(platform)));
  }
  const big = !message.attachments.length && /^(\p{Extended_Pictographic}|\p{Emoji_Modifier}|[\u200d\ufe0f\s]){1,12}$/u.test(message.text);
  const bubble = h("div", { className: big ? "bubble big" : "bubble" });
  for (const attachment of message.attachments) bubble.append(attached(attachment));
  if (message.text) bubble.append(h("span", { className: "text" }, linked(message.text)));
  article.append(bubble, meta(message, mine));
  return article;
}

function attached({ kind, url, name }) {
  if (!/^(https?:\/\/|\/app\/files\/|data:image\/|blob:)/.test(url)) return h("span", {}, name ?? "Archivo");
  const label = name || (kind === "audio" ? "Audio" : "Imagen");
  if (kind === "image") {
    const image = h("img", { src: url, alt: label, loading: "lazy", referrerPolicy: "no-referrer" });
    const stay = context && !atEnd();
    image.addEventListener("load", () => { if (!stay) toEnd(); });
    image.addEventListener("error", () => image.replaceWith(h("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, label)));
    return image;
  }
  if (kind === "audio") return h("audio", { controls: true, src: url, preload: "none", "aria-label": label });
  return h("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, name || "Archivo");
}

function meta(message, mine) {
  const line = h("div", { className: "meta" }, h("time", { dateTime: message.at }, time(message.at)));
  if (!mine) return line;
  if (message.error) {
    line.append(h("span", { className: "failed" }, message.error), h("button", { className: "retry", onclick: () => context.retry(message) }, "Reintentar"));
  } else if (message.failed) {
    line.append(h("span", { className: "failed tick", "data-state": "dead", title: message.failed }, icon("dead"), "No se envió"));
  } else if (message.pending || message.place === undefined) {
    line.append(h("span", { className: "tick", "data-state": "waiting" }, icon("waiting"), h("span", { className: "sr" }, "Saliendo")));
  } else if (message.deliveries.length) {
    line.append(ticks(message.deliveries));
  } else {
    line.append(h("span", { className: "tick", "data-state": "stored", title: "Guardado" }, icon("delivered"), h("span", { className: "sr" }, "Guardado")));
  }
  return line;
}

/** One tick per destination: delivered ones as a mark in its colour, the others by name. A click tells all in words. */
function ticks(deliveries) {
  const marks = deliveries.map((d) => {
    const name = d.state === "delivered" ? null : d.platform;
    const mark = h("span", { className: "tick", "data-state": d.state, "data-platform": d.platform, title: `${d.platform}: ${stateText(d)}` }, icon(d.state), name);
    return hued(mark, d.platform);
  });
  const label = `Entrega: ${deliveries.map((d) => `${d.platform}, ${stateText(d)}`).join("; ")}`;
  const button = h("button", { className: "ticks", "aria-label": label, "aria-expanded": "false" }, marks);
  button.addEventListener("click", () => {
    const open = button.getAttribute("aria-expanded") === "true";
    button.setAttribute("aria-expanded", String(!open));
    const article = button.closest("article");
    if (open) article.querySelector(".fates").remove();
    else article.append(h("ul", { className: "fates" }, deliveries.map((d) => h("li", {}, icon(d.state), badge(d.platform), h("span", {}, stateText(d))))));
  });
  return button;
}

function olderButton() {
  return h("button", { className: "quiet older", onclick: (e) => { e.target.disabled = true; context.older(); } }, "Ver mensajes anteriores");
}

function nothingYet() {
  return h("div", { className: "none" }, h("strong", {}, "Todavía no hay mensajes"), h("span", {}, "El primero puede ser el tuyo. 👋"));
}

/** The id of the oldest message shown. */
export const oldest = () => shown.find((m) => m.id !== undefined)?.id;

