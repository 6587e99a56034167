// The pane of messages: what is shown of one conversation, and keeping the place while things change.

import { $, badge, day, dayKey, h, hued, icon, linked, stateText, time } from "./dom.js";

const pane = $("messages");
let shown = []; // as the pane shows them, pending ones last
let context; // { me, nameOf, platformOf, group, older, retry }

/** Shows these messages from scratch, at their end. */
export function show(messages, pending, more, newContext) {
  context = newContext;
  shown = [];
  pane.replaceChildren();
  if (more) pane.append(olderButton());
  for (const message of [...messages, ...pending]) add(message);
  if (!shown.length) pane.append(nothingYet());
  toEnd();
}

/** Puts older ones before what is shown, without moving it. */
export function prepend(older, more) {
  const all = [...older, ...shown];
  const fromEnd = pane.scrollHeight - pane.scrollTop;
  shown = [];
  pane.replaceChildren();
  if (more) pane.append(olderButton());
  all.forEach(add);
  pane.scrollTop = pane.scrollHeight - fromEnd;
}

/** A new one, or the stored form of one that was pending. */
export function put(message) {
  const stay = !atEnd() && !isMine(message);
  const old = message.key && shown.find((m) => m.key === message.key);
  // The answer of the post may come after pushes that already know more.
  if (old?.id !== undefined) return;
  if (old) {
    const fresh = element(message, old.first);
    old.element.replaceWith(fresh);
    Object.assign(old, message, { pending: message.pending, error: message.error, element: fresh });
  } else if (!shown.some((m) => m.id !== undefined && m.id === message.id)) {
    pane.querySelector(".none")?.remove();
    add(message);
    shown.at(-1).element.classList.add("fresh");
  }
  if (stay) $("to-end").hidden = false;
  else toEnd();
}

/** Where a message stands has changed. */
export function tick(id, deliveries, failed) {
  const message = shown.find((m) => m.id === id);
  if (!message) return;
  const stay = !atEnd();
  const open = message.element.querySelector(".ticks")?.getAttribute("aria-expanded") === "true";
  Object.assign(message, { deliveries, failed, published: true });
  const fresh = element(message, message.first);
  message.element.replaceWith(fresh);
  message.element = fresh;
  if (open) fresh.querySelector(".ticks")?.click();
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

function add(message) {
  const before = shown.at(-1);
  const newDay = !before || dayKey(before.at) !== dayKey(message.at);
  if (newDay) pane.append(h("div", { className: "day" }, day(message.at)));
  const first = newDay || before.sender !== message.sender;
  const fresh = element(message, first);
  pane.append(fresh);
  shown.push({ ...message, first, element: fresh });
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
  } else if (message.pending || !message.published) {
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

