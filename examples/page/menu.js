// What can be done with a message: a menu with the reactions, which opens by its button, by a long press, and from the keyboard.

import { REACTIONS, actsOn, emojiIn, hasReacted } from "./changes.js";
import * as composer from "./composer.js";
import { $, h, icon } from "./dom.js";
import { narrow } from "./markup.js";
import { isMe, state } from "./state.js";

const LONG = 450; // milliseconds of a press
const STILL = 10; // pixels that a finger may move meanwhile

let of; // of(article): its message, as it is shown
let acts; // { react(message, emoji, on), reply(message), edit(message), remove(message) }
let opened = null; // the id of the message whose menu is open

export function wireMenu(messageOf, theirs) {
  [of, acts] = [messageOf, theirs];
  const pane = $("messages");
  pane.addEventListener("click", (e) => {
    const more = e.target.closest(".more");
    if (more) open(more.closest("article"), more);
  });
  pane.addEventListener("keydown", walk);
  longPress(pane);
  $("menu").addEventListener("keydown", choose);
  // The browser gives the focus back to what had it, unless that was drawn anew meanwhile.
  $("menu").addEventListener("close", () => {
    const focused = document.activeElement; // may still be in the menu, until the page is laid out
    if (focused === document.body || $("menu").contains(focused)) pane.querySelector(`[data-id="${opened}"]`)?.focus({ preventScroll: true });
  });
}

// From the keyboard: the arrows go from message to message, Enter opens the menu of one.

function walk(e) {
  const pane = $("messages");
  const article = e.target.closest(".msg");
  // What stands in a message has keys of its own.
  if (e.target !== pane && e.target !== article) return;
  const all = [...pane.querySelectorAll(".msg")];
  const at = all.indexOf(article);
  const to = { ArrowUp: at < 0 ? all.length - 1 : at - 1, ArrowDown: at < 0 ? all.length - 1 : at + 1, Home: 0, End: all.length - 1 }[e.key];
  if (to !== undefined) {
    e.preventDefault();
    // Before the first one is the button for older ones.
    if (to < 0) pane.querySelector(".older")?.focus();
    else all[Math.min(to, all.length - 1)]?.focus();
  } else if (article && (["Enter", " ", "ContextMenu"].includes(e.key) || (e.key === "F10" && e.shiftKey))) {
    e.preventDefault();
    open(article, article);
  } else if (e.key === "Escape") {
    e.preventDefault();
    composer.focus();
  }
}

function longPress(pane) {
  let timer;
  let from = null;
  let pressed = false;
  const forget = () => {
    clearTimeout(timer);
    from = null;
  };
  pane.addEventListener("pointerdown", (e) => {
    forget();
    pressed = false;
    const article = e.target.closest(".msg");
    if (e.pointerType !== "touch" || !article || e.target.closest("audio, .more")) return;
    from = e;
    timer = setTimeout(() => {
      pressed = true;
      open(article, article);
    }, LONG);
  });
  pane.addEventListener("pointermove", (e) => {
    if (from && Math.hypot(e.clientX - from.clientX, e.clientY - from.clientY) > STILL) forget();
  });
  for (const end of ["pointerup", "pointercancel", "scroll"]) pane.addEventListener(end, forget);
  // The browser has a menu of its own for it, and takes the end of the press for one on what is below.
  pane.addEventListener("contextmenu", (e) => { if (pressed || from) e.preventDefault(); });
  pane.addEventListener("click", (e) => {
    if (!pressed) return;
    pressed = false;
    e.preventDefault();
    e.stopImmediatePropagation();
  }, { capture: true });
}

// The menu.

const WORDS = { reply: ["reply", "Responder"], edit: ["edit", "Editar"], delete: ["delete", "Borrar"] };

function open(article, origin) {
  const message = of(article);
  const can = message ? actsOn(message, isMe(message.sender)) : [];
  if (!can.length || $("menu").open) return;
  const then = (act) => () => {
    $("menu").close();
    act();
  };
  const run = { reply: () => acts.reply(message), edit: () => acts.edit(message), delete: () => acts.remove(message) };
  const items = can.filter((name) => name in WORDS).map((name) => h("button", { className: `act ${name}`, "data-row": name, onclick: then(run[name]) }, icon(WORDS[name][0]), WORDS[name][1]));
  $("menu").replaceChildren(picker(message, then), ...items);
  opened = message.id;
  $("menu").showModal();
  place(origin.classList.contains("more") ? origin : article.querySelector(".bubble"));
}

/** The reactions, and a field for another. */
function picker(message, then) {
  const one = (emoji) => {
    const on = hasReacted(message, emoji, state.me.id);
    return h("button", { className: "emoji", "data-row": "react", "aria-pressed": String(on), "aria-label": `Reaccionar con ${emoji}`, onclick: then(() => acts.react(message, emoji, !on)) }, emoji);
  };
  const field = h("input", { className: "other", "data-row": "other", placeholder: "Otro emoji", "aria-label": "Reaccionar con otro emoji", autocomplete: "off", enterKeyHint: "done" });
  const form = h("form", { className: "others" }, field, h("button", { className: "quiet" }, "Reaccionar"));
  field.addEventListener("input", () => field.setCustomValidity(""));
  form.addEventListener("submit", (e) => {
    e.preventDefault();
    const emoji = emojiIn(field.value);
    if (emoji) return then(() => acts.react(message, emoji, true))();
    field.setCustomValidity("Escribí un emoji.");
    field.reportValidity();
  });
  return h("div", { className: "reacting", role: "group", "aria-label": "Reaccionar" }, h("div", { className: "row" }, REACTIONS.map(one)), form);
}

/** Beside what it is of, and whole; on a phone at the bottom, where the thumb is. */
function place(beside) {
  const menu = $("menu");
  menu.style.left = menu.style.top = "";
  if (narrow()) return;
  const [at, own] = [beside.getBoundingClientRect(), menu.getBoundingClientRect()];
  const room = (from, size, all) => `${Math.max(12, Math.min(from, all - size - 12))}px`;
  menu.style.left = room(at.left + at.width / 2 - own.width / 2, own.width, innerWidth);
  menu.style.top = room(at.bottom + 6 + own.height > innerHeight - 12 ? at.top - own.height - 6 : at.bottom + 6, own.height, innerHeight);
}

/** Up and down go from line to line, left and right within one. */
function choose(e) {
  const items = [...$("menu").querySelectorAll("[data-row]")];
  const at = items.indexOf(document.activeElement);
  if (at < 0) return;
  const { row } = items[at].dataset;
  const rows = [...new Set(items.map((item) => item.dataset.row))];
  const line = (step) => items.find((item) => item.dataset.row === rows[(rows.indexOf(row) + step + rows.length) % rows.length]);
  const beside = (step) => (items[at + step]?.dataset.row === row ? items[at + step] : null);
  const typing = row === "other";
  const to = { ArrowDown: () => line(1), ArrowUp: () => line(-1), ArrowRight: () => !typing && beside(1), ArrowLeft: () => !typing && beside(-1), Home: () => !typing && items[0], End: () => !typing && items.at(-1) }[e.key]?.();
  if (!to) return;
  e.preventDefault();
  to.focus();
}
