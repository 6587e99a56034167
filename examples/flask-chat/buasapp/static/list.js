// The column of the lists: chats, public rooms, and people by platform.

import { $, el, face, icon, tag, when } from "./ui.js";
import { homeOf, kindOf, matches, nameOf, reachable, state, titleOf } from "./state.js";

const TABS = { chats: "Chats", rooms: "Salas", people: "Personas" };

let write; // write(person id): begins a private chat

/** `onWrite(id)` when somebody is chosen among the people. */
export function wireList(onWrite) {
  write = onWrite;
  $("search").addEventListener("input", renderList);
  const tabs = Object.keys(TABS);
  for (const tab of tabs) {
    $(`tab-${tab}`).addEventListener("click", () => select(tab));
    $(`tab-${tab}`).addEventListener("keydown", (e) => {
      const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[e.key];
      if (!step) return;
      e.preventDefault();
      const next = tabs[(tabs.indexOf(tab) + step + tabs.length) % tabs.length];
      select(next);
      $(`tab-${next}`).focus();
    });
  }
  $("list").addEventListener("keydown", (e) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[e.key];
    if (!step) return;
    e.preventDefault();
    const rows = [...$("list").querySelectorAll(".row")];
    rows[rows.indexOf(document.activeElement) + step]?.focus();
  });
}

export function select(tab) {
  state.tab = tab;
  $("search").value = "";
  $("list").scrollTop = 0;
  renderList();
}

export function renderList() {
  const query = $("search").value;
  const focused = document.activeElement?.dataset?.row;
  const rows = state.tab === "people" ? people(query) : chats(query, state.tab === "rooms");
  $("list").replaceChildren(...(rows.length ? rows : [nothing(query)]));
  if (focused) $("list").querySelector(`[data-row="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
  for (const tab of Object.keys(TABS)) {
    const chosen = tab === state.tab;
    $(`tab-${tab}`).setAttribute("aria-selected", String(chosen));
    $(`tab-${tab}`).tabIndex = chosen ? 0 : -1;
  }
  $("side-title").textContent = TABS[state.tab];
  $("list").setAttribute("aria-labelledby", `tab-${state.tab}`);
  const unread = [...state.conversations.values()].filter((c) => c.unread);
  mark("tab-chats", unread.filter((c) => !c.public).length);
  mark("tab-rooms", unread.filter((c) => c.public).length);
  document.title = unread.length ? `(${unread.length}) ${state.own}` : state.own;
}

function mark(tab, count) {
  const sign = $(tab).querySelector(".count");
  sign.hidden = !count;
  sign.textContent = count;
}

function chats(query, open) {
  return [...state.conversations.values()]
    .filter((c) => c.public === open && matches(titleOf(c), query))
    .sort((a, b) => (b.newest ?? 0) - (a.newest ?? 0) || b.id - a.id)
    .map(chat);
}

const WHAT = { image: "Imagen", audio: "Audio", file: "Archivo" };

function chat(c) {
  const [kind, home, last] = [kindOf(c), homeOf(c), c.last];
  const who = last && (last.sender === state.me ? "Tú: " : kind === "person" ? "" : `${nameOf(last.sender)}: `);
  const preview = last ? who + (last.text || WHAT[last.attachments[0]?.kind] || "") : "Sin mensajes todavía";
  return el("a.row", { href: `#${c.id}`, "aria-current": String(c.id === state.open), data: { row: c.id } },
    face(titleOf(c), home, kind),
    el("span.what", {},
      el("span.line", {}, el("strong", {}, titleOf(c)), last && el("span.when", {}, when(last.at))),
      el("span.line", {}, el("span.preview", {}, preview), c.unread > 0 && el("span.count", { "aria-label": `${c.unread} sin leer` }, String(c.unread))),
      home !== state.own && tag(home)));
}

function people(query) {
  const all = reachable().filter((p) => matches(p.name, query));
  return state.platforms.flatMap((platform) => {
    const here = all.filter((p) => p.platform === platform.name);
    if (!here.length && query) return [];
    const [stands, word] = platform.up === false ? ["down", "no responde"] : platform.up ? ["up", "en línea"] : ["", "sin noticias"];
    const title = el("h2", { data: { platform: platform.name, state: stands } },
      tag(platform.name), el(`span.stands${stands ? `.${stands}` : ""}`, {}, platform.own ? "tu plataforma" : word));
    const rows = here.map((p) => el("button.row", { data: { row: `p${p.id}` }, onclick: () => write(p.id) },
      face(p.name, p.platform), el("span.what", {}, el("strong", {}, p.name)), icon("write")));
    return [title, ...(rows.length ? rows : [el("p.none", {}, "Nadie más por ahora.")])];
  });
}

function nothing(query) {
  if (query) return el("p.none", {}, `Nada coincide con «${query}».`);
  if (state.tab === "rooms") return el("p.none", {}, "Todavía no hay salas. Crea la primera con el botón de arriba.");
  return el("p.none", {}, el("strong", {}, "Todavía no hay chats"), "Busca a alguien en Personas y salúdale.");
}
