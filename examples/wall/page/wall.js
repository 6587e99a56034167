// The wall: five chats beside each other, and how each platform stands.

import { Card } from "./card.js";
import { $, h, put } from "./dom.js";
import { Frame } from "./frame.js";
import { news, standing } from "./words.js";

const meta = (name) => document.querySelector(`meta[name="wall-${name}"]`).content;
const LEAD = $("lead").textContent;

let columns = null; // of each platform: { card, frame, tab, state }

// What is asked of the server.

async function post(what, platform) {
  try {
    const answer = await fetch(what, {
      method: "POST", headers: { "content-type": "application/json", "x-wall-token": meta("token") }, body: JSON.stringify({ platform }),
    });
    if (answer.ok) return true;
    tell((await answer.json()).error);
  } catch {
    tell("El mural no responde. ¿Sigue en marcha la demo?");
  }
  return false;
}

let quiet;
function tell(text) {
  clearTimeout(quiet);
  $("alert").textContent = text;
  $("alert").hidden = false;
  quiet = setTimeout(() => ($("alert").hidden = true), 6_000);
}

// What it tells.

const feed = new EventSource("feed");
feed.onmessage = ({ data }) => {
  const state = JSON.parse(data);
  // Another run has other chats, in which nobody of here is logged in.
  if (state.run !== meta("run")) return location.reload();
  columns ??= build(state.platforms);
  state.platforms.forEach((platform, n) => show(columns[n], platform, state.busy));
  put($("lead"), state.busy ?? LEAD);
  document.body.toggleAttribute("data-lost", false);
};
feed.onerror = () => document.body.toggleAttribute("data-lost", true);
setInterval(() => columns?.forEach(({ card }) => card.tick()), 1_000);

function build(platforms) {
  const built = platforms.map((platform, n) => {
    const { name } = platform;
    const card = new Card(platform, (what) => post(what, name));
    const frame = new Frame(platform, n, () => post("enter", name));
    const count = h("span", { className: "count" });
    const tab = h("button", { role: "tab", id: `tab-${n}`, "aria-controls": `chat-${n}`, onclick: () => choose(n) },
      h("span", { className: "dot" }), h("span", { className: "name" }, name), count);
    card.element.id = `card-${n}`;
    return { card, frame, tab, count, state: platform };
  });
  $("tabs").replaceChildren(...built.map(({ tab }) => tab));
  $("strip").replaceChildren(...built.map(({ card }) => card.element));
  $("frames").replaceChildren(...built.map(({ frame }) => frame.element));
  columns = built;
  choose(0);
  return built;
}

function show(column, state, busy) {
  const said = news(column.state, state);
  column.state = state;
  column.card.show(state, busy);
  column.frame.show(state);
  const { kind, word } = standing(state);
  const waiting = state.figures?.waiting ?? 0;
  column.tab.dataset.kind = kind;
  column.tab.setAttribute("aria-label", `${state.name}, ${word.toLowerCase()}${waiting ? `, ${waiting} esperando` : ""}`);
  put(column.count, waiting ? String(waiting) : "");
  if (said) put($("live"), said);
}

// On a phone one of them at a time.

function choose(chosen) {
  columns.forEach(({ tab, card, frame }, n) => {
    const is = n === chosen;
    tab.setAttribute("aria-selected", String(is));
    tab.tabIndex = is ? 0 : -1;
    for (const element of [card.element, frame.element]) element.toggleAttribute("data-chosen", is);
  });
}

$("tabs").addEventListener("keydown", (e) => {
  const now = columns.findIndex(({ tab }) => tab === document.activeElement);
  const last = columns.length - 1;
  const next = { ArrowRight: now === last ? 0 : now + 1, ArrowLeft: now === 0 ? last : now - 1, Home: 0, End: last }[e.key];
  if (next === undefined) return;
  e.preventDefault();
  choose(next);
  columns[next].tab.focus();
});
