// The messages of the open conversation: what is shown, and keeping the place while it changes.

import { $, day, el, icon, inTone, linked, sameDay, time } from "./ui.js";
import { kindOf, nameOf, platformOf, state } from "./state.js";

const pane = $("messages");
let shown = []; // { message, element }, in the order of the pane
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
  pane.replaceChildren();
  if (more) pane.append(el("button.quiet.older", { onclick: (e) => { e.target.disabled = true; context.older(); } }, "Ver mensajes anteriores"));
  messages.forEach(add);
  if (!messages.length) pane.append(el("p.none.first-word", {}, el("strong", {}, "Todavía no hay mensajes"), "El primero puede ser el tuyo. 🧉"));
}

/** A new one, or the stored form of one that was pending. */
export function put(message) {
  const stay = !atEnd() && message.sender !== state.me;
  const place = shown.findIndex((s) => (message.key && s.message.key === message.key) || (message.id && s.message.id === message.id));
  if (place < 0) {
    pane.querySelector(".first-word")?.remove();
    add(message);
  } else if (!shown[place].message.id) renew(place, message); // an answer may come after pushes that know more
  if (stay) $("to-end").hidden = false;
  else toEnd();
}

/** Where one stands has changed. */
export function update(id, changes) {
  const place = shown.findIndex((s) => s.message.id === id);
  if (place < 0) return;
  const stay = !atEnd();
  renew(place, { ...shown[place].message, ...changes });
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

function add(message) {
  const before = shown.at(-1)?.message;
  const newDay = !before || !sameDay(before.at, message.at);
  if (newDay) pane.append(el("div.day", {}, el("span", {}, day(message.at))));
  const element = bubble(message, newDay || before.sender !== message.sender);
  pane.append(element);
  shown.push({ message, element });
}

function renew(place, message) {
  const old = shown[place].element;
  const open = old.querySelector(".ticks")?.getAttribute("aria-expanded") === "true";
  const element = bubble(message, old.classList.contains("first"));
  old.replaceWith(element);
  shown[place] = { message, element };
  if (open) element.querySelector(".ticks")?.click();
}

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
  if (!message.published) return el("span.tick", { data: { state: "leaving" } }, icon("waiting"), el("span.sr", {}, "Saliendo"));
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
