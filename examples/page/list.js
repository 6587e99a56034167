// The list beside the conversation: chats and rooms, or people; and beginning a conversation with some of them.

import { $, avatar, badge, call, h, toast, when } from "./dom.js";
import { homeOf, kindOf, nameOf, state, titleOf } from "./state.js";

export function renderList() {
  if (!state.me) return;
  const query = $("search").value.trim().toLocaleLowerCase("es");
  const matches = (text) => text.toLocaleLowerCase("es").includes(query);
  const focused = document.activeElement?.dataset?.key;
  const children = state.tab === "chats" ? chatItems(matches) : peopleItems(matches);
  $("list").replaceChildren(...(children.length ? children : [nothingInList(query)]));
  if (focused) $("list").querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
  const unread = [...state.conversations.values()].filter((c) => c.unread).length;
  document.title = unread ? `(${unread}) ${state.platform}` : state.platform;
}

function chatItems(matches) {
  const found = [...state.conversations.values()].filter((c) => matches(titleOf(c)));
  found.sort((a, b) => (b.newest ?? 0) - (a.newest ?? 0) || b.id - a.id);
  const chats = found.filter((c) => !c.public);
  const rooms = found.filter((c) => c.public);
  return [
    ...chats.map(chatItem),
    ...(rooms.length ? [h("h3", {}, "Salas públicas"), ...rooms.map(chatItem)] : []),
  ];
}

function chatItem(c) {
  const kind = kindOf(c);
  const home = homeOf(c);
  const m = c.last;
  const author = m && (m.sender === state.me.id ? "Tú: " : kind === "person" ? "" : `${nameOf(m.sender, m.senderName)}: `);
  const text = m ? author + (m.text || { image: "Imagen", audio: "Audio", file: "Archivo" }[m.attachments[0]?.kind] || "") : kind === "person" || !c.members.length ? "Sin mensajes todavía" : c.members.length === 1 ? "1 participante" : `${c.members.length} participantes`;
  const item = h("a", {
    className: c.unread ? "item unread" : "item", href: `#c${c.id}`, "data-key": `c${c.id}`,
    "aria-current": String(c.id === state.open),
  },
  avatar(titleOf(c), home, kind === "person" ? "person" : kind),
  h("span", { className: "body" },
    h("span", { className: "line" }, h("span", { className: "title" }, titleOf(c)), home !== state.platform && badge(home), m && h("span", { className: "when" }, when(m.at))),
    h("span", { className: "line" }, h("span", { className: "last" }, text), c.unread > 0 && h("span", { className: "count", "aria-label": `${c.unread} sin leer` }, String(c.unread)))));
  return item;
}

function peopleItems(matches) {
  const platforms = [...state.platforms.values()].sort((a, b) => b.own - a.own || a.name.localeCompare(b.name, "es"));
  return platforms.flatMap((platform) => {
    const people = [...state.people.values()].filter((p) => p.platform === platform.name && p.active && p.id !== state.me.id && matches(p.name));
    people.sort((a, b) => a.name.localeCompare(b.name, "es"));
    if (!people.length && $("search").value) return [];
    const dot = platform.up === true ? "up" : platform.up === false ? "down" : "";
    const words = { up: "en línea", down: "no responde", "": "" }[dot];
    return [
      h("h3", { "data-platform": platform.name, "data-state": dot }, badge(platform.name), platform.own ? "aquí" : "", h("span", { className: "state" }, words, h("span", { className: `dot ${dot}` }))),
      ...people.map((p) => h("button", { className: "item", "data-key": p.id, onclick: () => start({ members: [p.id] }).catch((e) => toast(e.message)) },
        avatar(p.name, p.platform), h("span", { className: "body" }, h("span", { className: "line" }, h("span", { className: "title" }, p.name))))),
      ...(people.length ? [] : [h("p", { className: "none" }, "Nadie más por ahora.")]),
    ];
  });
}

function nothingInList(query) {
  if (query) return h("p", { className: "none" }, `Nada coincide con «${query}».`);
  return h("p", { className: "none" }, h("strong", {}, "Aún no hay conversaciones"), h("span", {}, "Busca a alguien en Personas y salúdale."));
}

$("search").addEventListener("input", renderList);

for (const [tab, other] of [["chats", "people"], ["people", "chats"]]) {
  const button = $(`tab-${tab}`);
  button.addEventListener("click", () => selectTab(tab));
  button.addEventListener("keydown", (e) => {
    if (e.key !== "ArrowLeft" && e.key !== "ArrowRight") return;
    selectTab(other);
    $(`tab-${other}`).focus();
  });
}

function selectTab(tab) {
  state.tab = tab;
  for (const t of ["chats", "people"]) {
    $(`tab-${t}`).setAttribute("aria-selected", String(t === tab));
    $(`tab-${t}`).tabIndex = t === tab ? 0 : -1;
  }
  $("list").setAttribute("aria-labelledby", `tab-${tab}`);
  $("list").scrollTop = 0;
  renderList();
}

$("list").addEventListener("keydown", (e) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[e.key];
  if (!step) return;
  const items = [...$("list").querySelectorAll(".item")];
  items[items.indexOf(document.activeElement) + step]?.focus();
  e.preventDefault();
});

/** Begins a conversation; what is wrong is thrown. */
export async function start(wanted) {
  const { id } = await call("/app/conversations", wanted);
  $("search").value = "";
  selectTab("chats");
  location.hash = `#c${id}`;
}
