// What became of what this person has written: the message, its latest edit or delete, reactions. As marks, and on request in words.

import { badge, hued } from "./colours.js";
import { h, icon } from "./dom.js";
import { isPlaced } from "./order.js";
import { isMe } from "./state.js";

const STATES = {
  waiting: "en espera: sale en cuanto responda",
  accepted: "la tiene su pasarela, falta entregarla",
  parked: "llegó, espera a que llegue también la conversación",
  delivered: "entregado",
  dead: "no se pudo entregar",
  unsupported: "no lo muestra",
};

// A platform that has no word for it.
const UNABLE = { delete: "no lo muestra: ahí sigue el mensaje", reaction: "no la muestra" };
const PARTS = { message: "Mensaje", edit: "Edición", delete: "Borrado" };
const REFUSED = { edit: "La edición no se envió", delete: "El borrado no se envió", reaction: "La reacción no se envió" };

const inWords = ({ state, why }, kind) => ((state === "unsupported" && UNABLE[kind]) || STATES[state] || state) + (why ? ` (${why})` : "");

/** What stands beside the time of a message. `acts`: `retry(one)` and `drop(one)`, of the outbox. */
export function fate(message, acts) {
  const mine = isMe(message.sender);
  if (message.error) return refused(message, acts);
  if (message.refused) return refused(message.refused, acts);
  if (mine && message.failed) return failed("No se envió", message.failed);
  if (message.waiting || (mine && (message.id === undefined || !isPlaced(message)))) return mark("waiting", "waiting", "Saliendo");
  const parts = partsOf(message, mine);
  const wrong = parts.find((part) => part.failed);
  if (wrong) return failed(REFUSED[wrong.kind], wrong.failed);
  if (parts.some((part) => !part.sent)) return mark("waiting", "waiting", "Saliendo");
  const told = parts.filter((part) => part.deliveries.length);
  if (told.length) return ticks(told);
  return mine && mark("stored", "delivered", "Guardado");
}

/** The message, what its writer has made of it, and the reactions of this person. */
function partsOf(message, mine) {
  const own = (message.changes ?? []).filter((change) => isMe(change.sender));
  const text = own.filter((change) => change.kind !== "reaction");
  const reactions = message.deleted ? [] : own.filter((change) => change.kind === "reaction");
  const whole = mine ? [{ kind: "message", sent: true, deliveries: message.deliveries }] : [];
  return [...whole, ...text, ...reactions];
}

function refused(one, { retry, drop }) {
  return [h("span", { className: "failed" }, one.error), h("button", { className: "retry", onclick: () => retry(one) }, "Reintentar"),
    h("button", { className: "retry", onclick: () => drop(one) }, "Descartar")];
}

const failed = (what, why) => h("span", { className: "failed tick", "data-state": "dead", title: why }, icon("dead"), what);

const mark = (stands, name, label) => h("span", { className: "tick", "data-state": stands, title: label }, icon(name), h("span", { className: "sr" }, label));

/**
 * One tick per destination: delivered ones as a mark in its colour, the others by name. They are those of the message as it is now; of a
 * reaction only what did not arrive. A press tells all in words.
 */
function ticks(parts) {
  const now = parts.findLast((part) => part.kind !== "reaction");
  const shown = parts.flatMap((part) => part.deliveries.filter((d) => part === now || d.state !== "delivered").filter(() => part === now || part.kind === "reaction").map((d) => [part, d]));
  const marks = shown.map(([{ kind, emoji }, d]) => hued(h("span", { className: "tick", "data-state": d.state, "data-platform": d.platform, title: `${d.platform}: ${inWords(d, kind)}` },
    icon(d.state), emoji && h("span", {}, emoji), d.state !== "delivered" && d.platform), d.platform));
  if (!marks.length) return null;
  const several = parts.length > 1;
  const said = (part) => part.deliveries.map((d) => `${d.platform}, ${inWords(d, part.kind)}`).join("; ");
  const label = parts.map((part) => `${several ? `${titleOf(part)}: ` : "Entrega: "}${said(part)}`).join(". ");
  const button = h("button", { className: "ticks", "aria-label": label, "aria-expanded": "false", "data-act": "ticks" }, marks);
  button.addEventListener("click", () => {
    const article = button.closest("article");
    const told = isOpen(article);
    button.setAttribute("aria-expanded", String(!told));
    if (told) article.querySelector(".fates").remove();
    else article.append(h("ul", { className: "fates" }, parts.flatMap((part) => [several && h("li", { className: "part" }, titleOf(part)), ...part.deliveries.map((d) => line(d, part.kind))])));
  });
  return button;
}

const titleOf = ({ kind, emoji }) => PARTS[kind] ?? emoji;
const line = (d, kind) => h("li", { "data-state": d.state }, icon(d.state), badge(d.platform), h("span", {}, inWords(d, kind)));

/** Whether a message tells in words how far it has come. */
export const isOpen = (article) => article.querySelector(".fates") !== null;

export const open = (article) => article.querySelector(".ticks")?.click();
