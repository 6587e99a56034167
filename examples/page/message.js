// One message as it is drawn: who says it, what is attached, what it says, when, and how far it has come.

import { badge, hued } from "./colours.js";
import { time } from "./dates.js";
import { h, icon, linked, written } from "./dom.js";
import { isPlaced } from "./order.js";
import { current, isMe, kindOf, nameOf, platformOf, state } from "./state.js";
import { isEmoji } from "./text.js";

/** `first`: it begins what this person says. `acts`: `retry(message)` and `drop(message)`. */
export function draw(message, first, acts) {
  const mine = isMe(message.sender);
  const platform = platformOf(message.sender);
  const name = nameOf(message.sender, message.senderName);
  const stored = message.id !== undefined;
  const article = h("article", {
    className: `msg${first ? " first" : ""}${mine ? " mine" : ""}${stored ? "" : " pending"}`,
    "aria-label": `${mine ? "Vos" : name}, ${time(message.at)}`,
  });
  if (first && !mine && kindOf(current()) !== "person") {
    article.append(hued(h("div", { className: "from" }, written("strong", "", name), platform !== state.platform && badge(platform)), platform));
  }
  const pictured = message.attachments.some((a) => a.kind === "image");
  const big = !message.attachments.length && isEmoji(message.text);
  const bubble = h("div", { className: `bubble${big ? " big" : ""}${pictured ? " pictured" : ""}` });
  bubble.append(...message.attachments.map(attached));
  if (message.text) bubble.append(written("div", "text", linked(message.text)));
  article.append(bubble, h("div", { className: "meta" }, h("time", { dateTime: message.at }, time(message.at)), mine && fate(message, acts)));
  return article;
}

const SAFE = /^(https?:\/\/|\/(?!\/)|data:(image|audio)\/|blob:)/;

function attached({ kind, url, name }) {
  const label = name || { image: "Imagen", audio: "Audio" }[kind] || "Archivo";
  if (!SAFE.test(url)) return h("span", {}, label);
  const link = () => h("a", { className: "file", href: url, target: "_blank", rel: "noopener noreferrer" }, label);
  if (kind === "audio") return h("audio", { controls: true, src: url, preload: "none", "aria-label": label });
  if (kind !== "image") return link();
  const image = h("img", { src: url, alt: label, loading: "lazy", referrerPolicy: "no-referrer" });
  image.addEventListener("error", () => image.replaceWith(link()));
  return image;
}

// What became of an own message.

const STATES = {
  waiting: "en espera: sale en cuanto responda",
  accepted: "la tiene su pasarela, falta entregarla",
  parked: "llegó, espera a que llegue también la conversación",
  delivered: "entregado",
  dead: "no se pudo entregar",
};

const inWords = (tick) => (STATES[tick.state] ?? tick.state) + (tick.why ? ` (${tick.why})` : "");

function fate(message, { retry, drop }) {
  if (message.error) {
    return [h("span", { className: "failed" }, message.error), h("button", { className: "retry", onclick: () => retry(message) }, "Reintentar"),
      h("button", { className: "retry", onclick: () => drop(message) }, "Descartar")];
  }
  if (message.failed) return h("span", { className: "failed tick", "data-state": "dead", title: message.failed }, icon("dead"), "No se envió");
  if (message.id === undefined || !isPlaced(message)) return mark("waiting", "waiting", "Saliendo");
  return message.deliveries.length ? ticks(message.deliveries) : mark("stored", "delivered", "Guardado");
}

const mark = (stands, name, label) => h("span", { className: "tick", "data-state": stands, title: label }, icon(name), h("span", { className: "sr" }, label));

/** One tick per destination: delivered ones as a mark in its colour, the others by name. A press tells all in words. */
function ticks(deliveries) {
  const marks = deliveries.map((d) => hued(h("span", { className: "tick", "data-state": d.state, "data-platform": d.platform, title: `${d.platform}: ${inWords(d)}` },
    icon(d.state), d.state !== "delivered" && d.platform), d.platform));
  const label = `Entrega: ${deliveries.map((d) => `${d.platform}, ${inWords(d)}`).join("; ")}`;
  const button = h("button", { className: "ticks", "aria-label": label, "aria-expanded": "false" }, marks);
  button.addEventListener("click", () => {
    const article = button.closest("article");
    const told = isOpen(article);
    button.setAttribute("aria-expanded", String(!told));
    if (told) article.querySelector(".fates").remove();
    else article.append(h("ul", { className: "fates" }, deliveries.map((d) => h("li", { "data-state": d.state }, icon(d.state), badge(d.platform), h("span", {}, inWords(d))))));
  });
  return button;
}

/** Whether a message tells in words how far it has come. */
export const isOpen = (article) => article.querySelector(".fates") !== null;

export const open = (article) => article.querySelector(".ticks")?.click();
