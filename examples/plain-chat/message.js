// One message as it is drawn, and what can be done with it: by a menu that its button opens, or Enter where it has the focus.

import { $, h, linked } from "./dom.js";

const REACTIONS = ["👍", "❤️", "😂", "😮", "😢", "🙏"];
const MOST_REACTIONS = 20; // that are shown
const TIME = new Intl.DateTimeFormat("es-AR", { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const STANDS = { waiting: "… en espera", sent: "· enviado" };
const REFUSED = { edit: "la edición no se envió", delete: "el borrado no se envió", reaction: "la reacción no se envió" };

let page; // { state(), nameOf(id), platformOf(id), act(what, body), answer(message), edit(message), jump(message) }

export function wire(theirs) {
  page = theirs;
  $("#log").addEventListener("keydown", walk);
  $("#menu").addEventListener("keydown", choose);
  $("#menu").addEventListener("click", (e) => { if (e.target === $("#menu")) $("#menu").close(); });
}

const isMine = (m) => m.sender === page.state().me;

/** What `fill` needs of it. */
export function message(m) {
  if (m.notice) return { key: String(m.id), of: happened(m), make: () => h("p", { className: "notice-line", dir: "auto" }, happened(m)) };
  const mine = isMine(m);
  const when = TIME.format(new Date(m.at));
  const who = mine ? null : `${page.nameOf(m.sender)} · ${page.platformOf(m.sender)}`;
  const stands = m.refused ? `✗ ${REFUSED[m.refused.kind]}: ${m.refused.why}` : mine && m.why ? `✗ ${m.why}` : m.changing ? STANDS.waiting : (mine && STANDS[m.state]) || "";
  const reactions = (m.reactions ?? []).slice(0, MOST_REACTIONS).map(({ emoji, people }) => [emoji, people.map(nameIn), people.includes(page.state().me)]);
  const classes = ["msg", mine && "mine", m.state === "waiting" && "pending", m.changing && "changing", m.deleted && "gone"].filter(Boolean).join(" ");
  const state = m.refused ? "refused" : (m.state ?? "");
  return {
    key: String(m.id),
    of: [m.text, who, when, stands, classes, m.edited, m.reply && inShort(m.reply), reactions],
    make: () => h("article", { className: classes, tabIndex: -1, ariaLabel: `${mine ? "Vos" : page.nameOf(m.sender)}, ${when}` },
      ...(who ? [h("small", {}, who)] : []),
      h("div", { className: "bubble" }, ...(m.reply && !m.deleted ? [quote(m.reply)] : []), h("div", { className: "text", dir: "auto" }, ...(m.deleted ? ["Mensaje borrado"] : linked(m.text)))),
      ...(reactions.length ? [h("div", { className: "reactions" }, ...reactions.map((one) => reaction(m, ...one)))] : []),
      h("small", { className: state }, when, ...(m.edited && !m.deleted ? [" · ", h("span", { className: "edited" }, "editado")] : []), ` ${stands}`),
      ...(canBeSaidOf(m) ? [h("button", { className: "more", ariaLabel: "Acciones de este mensaje", ariaHasPopup: "dialog", tabIndex: -1, onclick: () => open(m) }, "…")] : [])),
  };
}

/** What has happened to a room, in words. */
function happened({ notice, sender, text }) {
  const mine = sender === page.state().me;
  const who = page.nameOf(sender);
  return {
    joined: mine ? "Te uniste" : `${who} se unió`, left: mine ? "Saliste" : `${who} salió`, renamed: `Ahora se llama «${text}»`,
    banned: `Se bloqueó a ${who}`, unbanned: `Se desbloqueó a ${who}`,
  }[notice];
}

const nameIn = (id) => (id === page.state().me ? "vos" : page.nameOf(id));

/** Not until the gateway has it. */
const canBeSaidOf = (m) => m.event !== undefined && !m.deleted;

/** The last one of this person that can be edited. */
export const lastOwn = (messages) => page.state().supports.includes("edit") && messages.findLast((m) => isMine(m) && canBeSaidOf(m));

export const inShort = (m) => (m.id === undefined ? "" : m.deleted ? "Mensaje borrado" : m.text);

function quote(reply) {
  if (reply.id === undefined) return h("div", { className: "quote" }, "Responde a un mensaje que acá no está");
  const who = isMine(reply) ? "Vos" : page.nameOf(reply.sender);
  return h("button", { className: "quote", tabIndex: -1, ariaLabel: `Responde a ${who}: ${inShort(reply)}. Ir a ese mensaje`, onclick: () => page.jump(reply) },
    h("strong", { dir: "auto" }, who), h("span", { className: "short", dir: "auto" }, inShort(reply)));
}

function reaction(m, emoji, names, on) {
  const who = new Intl.ListFormat("es").format(names);
  const shown = names.length > 1 ? `${emoji} ${names.length}` : emoji;
  return h("button", { className: "reaction", ariaPressed: String(on), ariaLabel: `${shown}: ${who}`, title: who, tabIndex: -1, disabled: !page.state().supports.includes("reaction"),
    onclick: () => page.act("reaction", { id: m.id, emoji, on: !on }) }, shown);
}

// The menu. Left and right go along a row of it, up and down from row to row.

function open(m) {
  const then = (act) => () => {
    $("#menu").close();
    act();
  };
  const row = (...children) => h("div", { className: "row" }, ...children);
  const act = (name, words, run) => row(h("button", { className: `act ${name}`, onclick: then(run) }, words));
  const can = (kind) => page.state().supports.includes(kind) && (kind === "reaction" || isMine(m));
  $("#menu").replaceChildren(
    ...(can("reaction") ? [row(...REACTIONS.map((emoji) => offered(m, emoji, then))), another(m, then)] : []),
    act("reply", "Responder", () => page.answer(m)),
    ...(can("edit") ? [act("edit", "Editar", () => page.edit(m))] : []),
    ...(can("delete") ? [act("delete", "Borrar", () => remove(m))] : []));
  $("#menu").showModal();
}

function offered(m, emoji, then) {
  const on = (m.reactions ?? []).some((one) => one.emoji === emoji && one.people.includes(page.state().me));
  return h("button", { className: "emoji", ariaPressed: String(on), ariaLabel: `Reaccionar con ${emoji}`, onclick: then(() => page.act("reaction", { id: m.id, emoji, on: !on })) }, emoji);
}

function another(m, then) {
  const field = h("input", { className: "other", placeholder: "Otro emoji", ariaLabel: "Reaccionar con otro emoji", autocomplete: "off", oninput: () => field.setCustomValidity("") });
  const onsubmit = (e) => {
    e.preventDefault();
    const emoji = emojiIn(field.value);
    if (emoji) return then(() => page.act("reaction", { id: m.id, emoji, on: true }))();
    field.setCustomValidity("Escribí un emoji.");
    field.reportValidity();
  };
  return h("form", { className: "row", onsubmit }, field, h("button", {}, "Reaccionar"));
}

/** The emoji with which a text begins, if it does; on its way it has 32 bytes at most. */
function emojiIn(text) {
  const [first] = new Intl.Segmenter("es", { granularity: "grapheme" }).segment(text.trim());
  const isOne = /^(\p{Extended_Pictographic}|\p{Regional_Indicator}{2})/u.test(first?.segment ?? "");
  return isOne && new TextEncoder().encode(first.segment).length <= 32 ? first.segment : null;
}

function remove(m) {
  if (confirm("¿Borrar este mensaje para todos? Donde no se puede borrar lo que ya llegó, sigue estando.")) void page.act("delete", { id: m.id });
}

function choose(e) {
  const rows = [...$("#menu").querySelectorAll(".row")].map((row) => [...row.querySelectorAll("button, input")]);
  const y = rows.findIndex((row) => row.includes(document.activeElement));
  if (y < 0) return;
  const x = rows[y].indexOf(document.activeElement);
  const typing = document.activeElement.matches("input");
  const to = { ArrowDown: rows[(y + 1) % rows.length][0], ArrowUp: rows.at(y - 1)[0], ArrowRight: !typing && rows[y][x + 1], ArrowLeft: !typing && rows[y][x - 1] }[e.key];
  if (!to) return;
  e.preventDefault();
  to.focus();
}

// In the messages the arrows go from one to the next, Enter opens the menu of one, and Escape leads back to the text.

function walk(e) {
  const article = e.target.closest(".msg");
  if (e.target !== $("#log") && e.target !== article) return; // what stands in a message has keys of its own
  const all = [...$("#log").querySelectorAll(".msg")];
  const at = article ? all.indexOf(article) : all.length;
  const to = { ArrowUp: at - 1, ArrowDown: at + 1, Home: 0, End: all.length - 1 }[e.key];
  if (to !== undefined) all[Math.max(0, Math.min(to, all.length - 1))]?.focus();
  else if (e.key === "Enter" && article) article.querySelector(".more")?.click();
  else if (e.key === "Escape") $("#text").focus();
  else return;
  e.preventDefault();
}
