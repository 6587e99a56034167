// Who takes part in the open conversation, and what this person may change of that: members, the name, who is barred.

import { avatar, badge } from "./colours.js";
import { $, h, icon, written } from "./dom.js";
import { current, isBarred, isMe, kindOf, nameOf, platformOf, reachable, rights, state, titleOf } from "./state.js";
import { contains } from "./text.js";

let update; // update(id, { name, add, remove, ban, unban }), which throws what is to be shown
let shown = null; // the conversation that is looked at

export function wireInfo(transport) {
  ({ update } = transport);
  $("info-search").addEventListener("input", renderInfo);
  $("info-rename").addEventListener("submit", (e) => {
    e.preventDefault();
    const name = $("info-name").value.trim();
    if (name && name !== current().name) change({ name });
  });
}

export function openInfo() {
  shown = state.open;
  $("info-name").value = current().name;
  $("info-search").value = "";
  $("info-add").open = false;
  $("info-error").hidden = true;
  $("info-dialog").showModal();
  renderInfo();
}

/** It may change while it is looked at. */
export function renderInfo() {
  const c = current();
  if (!$("info-dialog").open) return;
  // It is gone, or another one is open now.
  if (!c || c.id !== shown) return $("info-dialog").close();
  const focused = document.activeElement?.dataset?.key;
  const may = rights(c);
  $("info-title").textContent = titleOf(c);
  const count = c.members.length === 1 ? "1 participante" : `${c.members.length} participantes`;
  $("info-about").textContent = { person: "Chat privado", group: `Grupo de ${c.home} · ${count}`, room: `Sala pública de ${c.home} · ${count}` }[kindOf(c)];
  $("info-rename").hidden = !may.rename;
  $("info-people").replaceChildren(...members(c, may), ...barred(c, may));
  const others = reachable().filter((p) => !c.members.includes(p.id) && !isBarred(c, p.id) && may.add(p.id));
  $("info-add").hidden = !others.length;
  const found = others.filter((p) => contains(p.name, $("info-search").value));
  $("info-others").replaceChildren(...(found.length ? found.map((p) => row(p.id, act("new", "Agregar", p.id, () => change({ add: [p.id] })))) : [none("Nadie se llama así.")]));
  if (focused && !document.activeElement?.dataset?.key) ($("info-dialog").querySelector(`[data-key="${CSS.escape(focused)}"]`) ?? $("info-close")).focus({ preventScroll: true });
}

function members(c, may) {
  if (!c.members.length) return [none("Todavía no se unió nadie; leer y escribir puede cualquiera.")];
  return c.members.map((id) => row(id,
    !isMe(id) && may.remove(id) && act("remove", "Quitar", id, () => change({ remove: [id] })),
    !isMe(id) && may.ban && act("unsupported", "Bloquear", id, () => ban(id))));
}

function barred(c, may) {
  const all = c.banned ?? [];
  if (!all.length) return [];
  const one = (id) => (String(id).endsWith(":*")
    ? h("div", { className: "pick" }, written("span", "name", "Toda la plataforma"), badge(String(id).slice(0, -2)))
    : row(id, may.ban && h("button", { className: "quiet small", "data-key": `unban ${id}`, "aria-label": `Desbloquear a ${nameOf(id)}`, onclick: () => change({ unban: [id] }) }, "Desbloquear")));
  return [h("h3", {}, "Bloqueados"), ...all.map(one)];
}

function row(id, ...acts) {
  const name = isMe(id) ? `${nameOf(id)} (vos)` : nameOf(id);
  return h("div", { className: "pick", "data-person": String(id) },
    avatar(nameOf(id), platformOf(id), { small: true, picture: state.people.get(id)?.avatar }), written("span", "name", name), badge(platformOf(id)), ...acts);
}

const act = (sign, word, id, onclick) => h("button", { className: "icon small", title: word, "aria-label": `${word} a ${nameOf(id)}`, "data-key": `${word} ${id}`, onclick }, icon(sign));
const none = (text) => h("p", { className: "none" }, text);

function ban(id) {
  if (window.confirm(`¿Bloquear a ${nameOf(id)}? Sale de la conversación, y no puede volver ni escribir en ella.`)) change({ ban: [id] });
}

async function change(what) {
  $("info-error").hidden = true;
  try {
    await update(shown, what);
  } catch (e) {
    $("info-error").textContent = e.message;
    $("info-error").hidden = false;
  }
}
