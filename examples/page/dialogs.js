// The dialog in which a conversation begins.

import { avatar, badge } from "./colours.js";
import { $, h, written } from "./dom.js";
import { reachable, state } from "./state.js";
import { contains } from "./text.js";

let create; // create({ name, public, members }), which throws what is to be shown
let chosen = new Set();
let people = [];

export function wireDialogs(onCreate) {
  create = onCreate;
  $("new").addEventListener("click", openNew);
  $("new-search").addEventListener("input", renderPeople);
  for (const radio of document.querySelectorAll("[name=kind]")) radio.addEventListener("change", check);
  $("new-form").addEventListener("submit", submit);
}

const isPublic = () => document.querySelector("[name=kind]:checked").value === "public";

function openNew() {
  if (!state.me) return;
  chosen = new Set();
  people = reachable();
  $("new-form").reset();
  if (state.tab === "rooms") document.querySelector("[name=kind][value=public]").checked = true;
  $("new-error").hidden = true;
  renderPeople();
  check();
  $("new-dialog").showModal();
  (isPublic() ? $("new-name") : $("new-search")).focus();
}

/** One person makes a chat, which needs no name; more make a group, which may have one; a room must. */
function check() {
  const named = isPublic() || chosen.size > 1;
  $("new-name-field").hidden = !named;
  $("new-name").required = isPublic();
  $("new-name").placeholder = isPublic() ? "Los mundialistas" : "Opcional";
  $("new-create").disabled = !isPublic() && chosen.size === 0;
  $("new-create").textContent = isPublic() ? "Crear sala" : chosen.size > 1 ? `Crear grupo de ${chosen.size + 1}` : "Chatear";
}

function renderPeople() {
  const query = $("new-search").value;
  const found = people.filter((p) => chosen.has(p.id) || contains(p.name, query));
  const rows = found.flatMap((p, n) => [p.platform !== found[n - 1]?.platform && h("h3", {}, badge(p.platform)), pick(p)].filter(Boolean));
  $("new-people").replaceChildren(...(rows.length ? rows : [h("p", { className: "none" }, query ? "Nadie se llama así." : "Todavía no hay nadie más.")]));
}

function pick(p) {
  const box = h("input", { type: "checkbox", checked: chosen.has(p.id) });
  box.addEventListener("change", () => {
    if (box.checked) chosen.add(p.id);
    else chosen.delete(p.id);
    check();
  });
  return h("label", { className: "pick" }, box, avatar(p.name, p.platform, { small: true, picture: p.avatar }), written("span", "name", p.name));
}

async function submit(e) {
  e.preventDefault();
  $("new-create").disabled = true;
  try {
    await create({ name: $("new-name").value, public: isPublic(), members: [...chosen] });
    $("new-dialog").close();
  } catch (error) {
    $("new-error").textContent = error.message;
    $("new-error").hidden = false;
  }
  check();
}
