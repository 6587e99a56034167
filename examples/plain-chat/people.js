// Who takes part in the open room, and what may be changed of that from here: see `may` in server.js.

import { $, avatar, fill, h } from "./dom.js";

let page; // { state(), current(), nameOf(id), platformOf(id), titleOf(room), act(what, body) }
let shown = null; // the key of the room that is looked at

export function wirePeople(theirs) {
  page = theirs;
  const dialog = $("#participants");
  $("#info").onclick = () => {
    const room = page.current();
    shown = room.key;
    $("#new-name").value = room.name;
    $("#add").open = false;
    dialog.showModal();
    showPeople(room);
  };
  $("#participants-close").onclick = () => dialog.close();
  dialog.addEventListener("click", (e) => { if (e.target === dialog) dialog.close(); });
  $("#rename").onsubmit = (e) => {
    e.preventDefault();
    const name = $("#new-name").value.trim();
    if (name && name !== page.current().name) update({ name });
  };
}

const update = (what) => void page.act("update", { room: shown, ...what });

/** The dialog, if it is open: it may change while it is looked at. */
export function showPeople(room) {
  if (!$("#participants").open) return;
  if (room?.key !== shown) return $("#participants").close();
  const { me, platform, people } = page.state();
  const inside = !room.direct && room.members.includes(me);
  const home = inside && page.platformOf(room.key) === platform;
  const own = (id) => inside && page.platformOf(id) === platform;
  const act = (word, id, what) => h("button", { ariaLabel: `${word} a ${page.nameOf(id)}`, onclick: () => update(what) }, word);
  const line = (id, acts) => ({ key: id, of: [page.nameOf(id), acts.length], make: () => one(id, ...acts) });
  $("#participants-title").textContent = page.titleOf(room);
  $("#rename").hidden = !home;
  const none = { key: "none", make: () => h("small", {}, "Todavía no se unió nadie; leer y escribir puede cualquiera.") };
  fill($("#members"), room.members.length ? room.members.map((id) => line(id, [
    ...(id !== me && (home || own(id)) ? [act("Quitar", id, { remove: [id] })] : []),
    ...(id !== me && home ? [act("Bloquear", id, { ban: [id] })] : []),
  ])) : [none]);
  $("#barred").hidden = !room.banned.length;
  fill($("#barred div"), room.banned.map((id) => line(id, home ? [act("Desbloquear", id, { unban: [id] })] : [])));
  const others = people.map((p) => `${p.platform}:${p.id}`)
    .filter((id) => !room.members.includes(id) && !room.banned.includes(id) && (home || (room.type === "public" && own(id))));
  $("#add").hidden = !others.length;
  fill($("#others"), others.map((id) => line(id, [act("Agregar", id, { add: [id] })])));
}

function one(id, ...acts) {
  const { me, people } = page.state();
  const picture = people.find((p) => `${p.platform}:${p.id}` === id)?.avatar;
  return h("div", { className: "one" }, avatar(page.nameOf(id), picture),
    h("span", { className: "name", dir: "auto" }, page.nameOf(id), h("small", {}, ` ${id === me ? "(vos)" : page.platformOf(id)}`)), ...acts);
}
