// The two dialogs: beginning a conversation, and who takes part in one.

import { $, avatar, badge, h, icon } from "./dom.js";
import { nameOf, platformOf, state, titleOf } from "./state.js";

let chosen = new Set();
let people = [];

/** `create({ name, public, members })` makes the conversation, or throws what is to be shown. */
export function wireDialogs(create) {
  for (const button of document.querySelectorAll("[data-close]")) {
    if (button.classList.contains("icon")) button.append(icon("close"));
    button.addEventListener("click", () => button.closest("dialog").close());
  }
  for (const dialog of document.querySelectorAll("dialog")) {
    // A click beside it.
    dialog.addEventListener("click", (e) => { if (e.target === dialog) dialog.close(); });
  }
  $("new-search").addEventListener("input", renderPeople);
  for (const radio of document.querySelectorAll("[name=kind]")) radio.addEventListener("change", check);
  $("new-form").addEventListener("submit", async (e) => {
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
  });
}

const isPublic = () => document.querySelector("[name=kind]:checked").value === "public";

export function openNew() {
  chosen = new Set();
  people = [...state.people.values()].filter((p) => p.active && p.id !== state.me.id);
  people.sort((a, b) => (b.platform === state.platform) - (a.platform === state.platform)
    || a.platform.localeCompare(b.platform, "es") || a.name.localeCompare(b.name, "es"));
  $("new-form").reset();
  $("new-error").hidden = true;
  renderPeople();
  check();
  $("new-dialog").showModal();
}

/** One person makes a chat, which needs no name; more make a group. */
function check() {
  const named = isPublic() || chosen.size > 1;
  $("new-name-field").hidden = !named;
  $("new-name").required = isPublic();
  $("new-name").placeholder = isPublic() ? "Los mundialistas" : "Opcional";
  $("new-create").disabled = !isPublic() && chosen.size === 0;
  $("new-create").textContent = isPublic() ? "Crear sala" : chosen.size > 1 ? `Crear grupo de ${chosen.size + 1}` : "Chatear";
}

function renderPeople() {
  const query = $("new-search").value.trim().toLocaleLowerCase("es");
  const found = people.filter((p) => chosen.has(p.id) || p.name.toLocaleLowerCase("es").includes(query));
  const rows = [];
  for (const [n, p] of found.entries()) {
    if (p.platform !== found[n - 1]?.platform) rows.push(h("h3", {}, badge(p.platform)));
    const box = h("input", { type: "checkbox", checked: chosen.has(p.id), value: p.id });
    box.addEventListener("change", () => {
      if (box.checked) chosen.add(p.id);
      else chosen.delete(p.id);
      check();
    });
    rows.push(h("label", { className: "pick" }, box, avatar(p.name, p.platform, "person", true), h("span", { className: "name" }, p.name)));
  }
  $("new-people").replaceChildren(...(rows.length ? rows : [h("p", { className: "none" }, query ? "Nadie se llama así." : "Todavía no hay nadie más.")]));
}

export function openInfo(conversation) {
  $("info-title").textContent = titleOf(conversation);
  const rows = conversation.members.map((id) => {
    const name = nameOf(id);
    return h("div", { className: "pick" }, avatar(name, platformOf(id), "person", true),
      h("span", { className: "name" }, id === state.me.id ? `${name} (tú)` : name), badge(platformOf(id)));
  });
  const none = h("p", { className: "none" }, "Nadie se ha unido todavía; leer y escribir puede cualquiera.");
  $("info-people").replaceChildren(...(rows.length ? rows : [none]));
  $("info-dialog").showModal();
}
