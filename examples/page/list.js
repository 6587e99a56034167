// The list beside the conversation: chats, rooms, or people.

import { avatar, badge } from "./colours.js";
import { go } from "./conversation.js";
import { when } from "./dates.js";
import { $, h, written } from "./dom.js";
import { titleOfTab } from "./markup.js";
import { inShort } from "./message.js";
import { homeOf, isIn, isMe, kindOf, nameOf, pictureOf, reachable, sortedPlatforms, state, titleOf } from "./state.js";
import { contains } from "./text.js";

let tabs; // their names, in order
let write; // write(id): begins a chat with a person

export function wireList(names, onWrite) {
  [tabs, write, state.tab] = [names, onWrite, names[0]];
  $("search").addEventListener("input", renderList);
  for (const tab of tabs) {
    $(`tab-${tab}`).addEventListener("click", () => select(tab));
    $(`tab-${tab}`).addEventListener("keydown", (e) => {
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[e.key];
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
    const items = [...$("list").querySelectorAll(".item")];
    items[items.indexOf(document.activeElement) + step]?.focus();
  });
}

/** Shows that tab, or the chats where it has none of its own. */
export function select(tab) {
  state.tab = tabs.includes(tab) ? tab : "chats";
  $("search").value = "";
  $("list").scrollTop = 0;
  renderList();
}

export function renderList() {
  if (!state.me) return;
  const query = $("search").value;
  const focused = document.activeElement?.dataset?.key;
  const children = state.tab === "people" ? people(query) : conversations(query);
  $("list").replaceChildren(...(children.length ? children : [nothing(query)]));
  if (focused) $("list").querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
  $("side-title").textContent = titleOfTab(state.tab);
  $("list").setAttribute("aria-labelledby", `tab-${state.tab}`);
  const unread = [...state.conversations.values()].filter((c) => c.unread);
  for (const tab of tabs) {
    $(`tab-${tab}`).setAttribute("aria-selected", String(tab === state.tab));
    $(`tab-${tab}`).tabIndex = tab === state.tab ? 0 : -1;
    const count = unread.filter((c) => tabOf(c) === tab).length;
    const mark = $(`tab-${tab}`).querySelector(".count");
    mark.hidden = !count;
    mark.textContent = count;
    mark.setAttribute("aria-label", `${count} sin leer`);
  }
  document.title = unread.length ? `(${unread.length}) ${state.platform}` : state.platform;
}

/** The list in which a conversation is. */
export const tabOf = (c) => (c.public && tabs.includes("rooms") ? "rooms" : "chats");

function conversations(query) {
  const found = [...state.conversations.values()].filter((c) => tabOf(c) === state.tab && contains(titleOf(c), query));
  found.sort((a, b) => (b.newest ?? 0) - (a.newest ?? 0) || (a.id < b.id ? 1 : -1));
  const [own, rooms] = [found.filter((c) => !c.public), found.filter((c) => c.public)];
  const title = rooms.length && state.tab === "chats" ? [h("h3", {}, "Salas públicas")] : [];
  return [...own.map(item), ...title, ...rooms.map(item)];
}

function item(c) {
  const [kind, home, last] = [kindOf(c), homeOf(c), c.last];
  const who = last && (isMe(last.sender) ? "Vos: " : kind === "person" ? "" : `${nameOf(last.sender, last.senderName)}: `);
  const members = c.members.length === 1 ? "1 participante" : `${c.members.length} participantes`;
  const says = last ? who + inShort(last) : kind === "person" || !c.members.length ? "Sin mensajes todavía" : members;
  const outside = c.public && !isIn(c);
  const link = h("a", { className: `item${c.unread ? " unread" : ""}${outside ? " outside" : ""}`, href: `#c${encodeURIComponent(c.id)}`, "data-key": `c${c.id}`, "aria-current": String(c.id === state.open) },
    avatar(titleOf(c), home, { kind, picture: pictureOf(c) }),
    h("span", { className: "body" },
      h("span", { className: "line" }, written("span", "title", titleOf(c)), home !== state.platform && badge(home), last && h("span", { className: "when" }, when(last.at))),
      h("span", { className: "line" }, written("span", "last", says), outside && h("span", { className: "apart" }, "No te uniste"), c.unread > 0 && h("span", { className: "count", "aria-label": `${c.unread} sin leer` }, String(c.unread)))));
  link.addEventListener("click", (e) => {
    if (e.ctrlKey || e.metaKey || e.shiftKey) return;
    e.preventDefault();
    go(c.id);
  });
  return link;
}

function people(query) {
  const all = reachable().filter((p) => contains(p.name, query));
  return sortedPlatforms().flatMap((platform) => {
    const here = all.filter((p) => p.platform === platform.name);
    if (!here.length && query) return [];
    const [stands, word] = platform.own ? ["up", "tu plataforma"] : platform.up ? ["up", "en línea"] : platform.up === false ? ["down", "no responde"] : ["", "sin noticias"];
    return [
      h("h3", { "data-platform": platform.name, "data-state": stands }, badge(platform.name), h("span", { className: "state" }, word, h("span", { className: `dot ${stands}` }))),
      ...here.map((p) => h("button", { className: "item", "data-key": `p${p.id}`, onclick: () => write(p.id) },
        avatar(p.name, p.platform, { picture: p.avatar }), h("span", { className: "body" }, h("span", { className: "line" }, written("span", "title", p.name))))),
      ...(here.length ? [] : [h("p", { className: "none" }, "Nadie más por ahora.")]),
    ];
  });
}

function nothing(query) {
  if (query) return h("p", { className: "none" }, `Nada coincide con «${query}».`);
  if (state.tab === "rooms") return h("p", { className: "none" }, h("strong", {}, "Todavía no hay salas"), h("span", {}, "Creá la primera con Nueva conversación."));
  return h("p", { className: "none" }, h("strong", {}, "Todavía no hay conversaciones"), h("span", {}, "Buscá a alguien en Personas y saludalo."));
}
