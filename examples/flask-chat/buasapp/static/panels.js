// The two panels: beginning a conversation, over the list; and who takes part in one, beside the messages.

import { $, el, face, icon, tag } from "./ui.js";
import { current, kindOf, matches, nameOf, platformOf, reachable, state, titleOf } from "./state.js";

const chosen = new Set();
let create; // create({ name, public, members }), which throws what is to be shown

export function wirePanels(onCreate) {
  create = onCreate;
  $("new").addEventListener("click", begin);
  $("new-cancel").addEventListener("click", closeNew);
  $("new-search").addEventListener("input", renderNew);
  $("new-public").addEventListener("change", renderNew);
  $("new-form").addEventListener("submit", submit);
  $("new-panel").addEventListener("keydown", (e) => { if (e.key === "Escape") closeNew(); });
  $("details-close").addEventListener("click", closeDetails);
  $("details").addEventListener("keydown", (e) => { if (e.key === "Escape") closeDetails(); });
}

function begin() {
  chosen.clear();
  $("new-form").reset();
  $("new-public").checked = state.tab === "rooms";
  $("new-error").hidden = true;
  $("new-panel").hidden = false;
  renderNew();
  $("new-search").focus();
}

export function closeNew() {
  if ($("new-panel").hidden) return;
  $("new-panel").hidden = true;
  $("new").focus();
}

/** One person makes a chat, which needs no name; more make a group, which may have one; a room must. */
function renderNew() {
  const isRoom = $("new-public").checked;
  $("new-name-field").hidden = !isRoom && chosen.size < 2;
  $("new-name").required = isRoom;
  $("new-name").placeholder = isRoom ? "Los mundialistas" : "Opcional";
  $("new-create").disabled = !isRoom && !chosen.size;
  $("new-create").textContent = isRoom ? "Crear sala" : chosen.size > 1 ? `Crear grupo de ${chosen.size + 1}` : "Chatear";
  $("new-chosen").replaceChildren(...[...chosen].map((id) =>
    el("button.chip", { type: "button", "aria-label": `Quitar a ${nameOf(id)}`, onclick: () => { chosen.delete(id); renderNew(); } }, nameOf(id), icon("close"))));
  const focused = document.activeElement?.value;
  const rows = reachable().filter((p) => matches(p.name, $("new-search").value)).map(pick);
  $("new-people").replaceChildren(...(rows.length ? rows : [el("p.none", {}, "No hay nadie con ese nombre.")]));
  if (focused) $("new-people").querySelector(`input[value="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
}

function pick(p) {
  const box = el("input", { type: "checkbox", value: p.id, checked: chosen.has(p.id) });
  box.addEventListener("change", () => {
    if (box.checked) chosen.add(p.id);
    else chosen.delete(p.id);
    renderNew();
  });
  return el("label.row", {}, box, face(p.name, p.platform), el("span.what", {}, el("strong", {}, p.name)), tag(p.platform));
}

async function submit(e) {
  e.preventDefault();
  $("new-create").disabled = true;
  try {
    await create({ name: $("new-name").value, public: $("new-public").checked, members: [...chosen] });
    closeNew();
  } catch (error) {
    $("new-error").textContent = error.message;
    $("new-error").hidden = false;
  }
  renderNew();
}

// Who takes part.

export function toggleDetails() {
  if (!$("details").hidden) return closeDetails();
  $("details").hidden = false;
  renderDetails();
  $("details-close").focus();
}

export function closeDetails() {
  $("details").hidden = true;
}

export function renderDetails() {
  const c = current();
  if ($("details").hidden || !c) return;
  const kind = kindOf(c);
  const about = { person: "Chat privado", group: "Grupo", room: `Sala pública de ${c.home}` }[kind];
  const rows = c.members.map((id) => el("div.row", {}, face(nameOf(id), platformOf(id)),
    el("span.what", {}, el("strong", {}, id === state.me ? `${nameOf(id)} (tú)` : nameOf(id))), tag(platformOf(id))));
  const nobody = el("p.none", {}, "Nadie se ha unido todavía. Leer y escribir puede cualquiera.");
  $("details-people").replaceChildren(
    el("div.about", {}, face(titleOf(c), c.home, kind), el("strong", {}, titleOf(c)), el("span", {}, about)),
    el("h2", {}, c.members.length === 1 ? "1 participante" : `${c.members.length} participantes`), ...(rows.length ? rows : [nobody]));
}
