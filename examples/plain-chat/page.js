// The page: everything that is shown comes as one state, as often as it changes; what is the same stays in place, and so keeps the
// focus, the scroll position and what is half written.

import { $, avatar, fill, h } from "./dom.js";
import { inShort, lastOwn, message, wire } from "./message.js";
import { showPeople, wirePeople } from "./people.js";

const LONGEST = 4_000; // letters, as the server's
const MORE = 200; // messages, at each press of the button
const TALLEST = 180; // as in page.html

let state;
let open = null; // the key of the room that is shown
let count = MORE; // how many messages of it
let events;
let wanted = null; // the message to go to, as soon as it is here
let regarding = null; // what is written is { reply: to this message } or { edit: of this one }
const chosen = new Set();

const person = (id) => state.people.find((p) => `${p.platform}:${p.id}` === id);
const nameOf = (id) => person(id)?.name ?? id;
const platformOf = (id) => id.slice(0, id.indexOf(":"));
const other = (room) => room.members.find((m) => m !== state.me) ?? state.me;
const titleOf = (room) => (room.direct ? nameOf(other(room)) : room.name);
const isOutside = (room) => room.type === "public" && !room.members.includes(state.me);
const current = () => state.rooms.find((r) => r.key === open);

// Logging in, and staying connected.

const { platform, users } = await fetch("app/users").then((r) => r.json());
document.title = platform;
document.querySelectorAll("h1 span").forEach((e) => (e.textContent = platform));
$("#users").replaceChildren(...users.map((u) => h("button", { style: "width:100%;margin-bottom:-2px", onclick: () => enter(`${platform}:${u.id}`) }, u.name)));

/** The address may say who somebody is, and which room they want: #me=PlainChat:1&room=Norte:7. */
const addressed = new URLSearchParams(location.hash.slice(1));
if (users.some((u) => `${platform}:${u.id}` === addressed.get("me"))) enter(addressed.get("me"));

function enter(me) {
  $("#login").hidden = true;
  $("#app").hidden = false;
  connect(me);
}

/** The browser comes back by itself after a loss, and is sent everything again. */
function connect(me) {
  events?.close();
  events = new EventSource(`app/events?${new URLSearchParams({ me, room: open ?? "", count })}`);
  events.onmessage = (e) => {
    state = JSON.parse(e.data);
    show();
    const room = addressed.get("room");
    if (!state.rooms.some((r) => r.key === room)) return;
    addressed.delete("room");
    history.pushState("room", "");
    change(room);
  };
  events.onopen = () => say();
  events.onerror = () => say("Sin conexión. Reintentando…");
}

let quiet;
function say(text, forget = false) {
  clearTimeout(quiet);
  $("#alert").textContent = text ?? "";
  $("#alert").hidden = !text;
  if (forget) quiet = setTimeout(say, 5000);
}

/** Does it at the server; null if that failed. */
async function act(what, body) {
  const answer = await fetch(`app/${what}`, { method: "POST", body: JSON.stringify({ me: state.me, ...body }) }).catch(() => null);
  if (answer?.ok) {
    say();
    return answer.json();
  }
  say(answer && answer.status < 500 ? "El servidor no lo acepta." : "No se pudo guardar. Probá de nuevo.", true);
  return null;
}

// Showing.

function show() {
  $("#me").textContent = `Hola, ${nameOf(state.me)}`;
  const last = (r) => r.messages.findLast((m) => !m.notice)?.at ?? "";
  const rooms = state.rooms.sort((a, b) => last(b).localeCompare(last(a)) || a.key.localeCompare(b.key));
  fill($("#rooms"), rooms.length ? rooms.map(item) : [{ key: "none", make: () => h("small", {}, "Todavía ninguna.") }]);
  const people = state.people.filter((p) => `${p.platform}:${p.id}` !== state.me);
  people.sort((a, b) => a.platform.localeCompare(b.platform) || a.name.localeCompare(b.name));
  fill($("#people"), people.map(pick));
  form();
  showRoom(current());
}

function item(room) {
  const title = (room.type === "public" ? "# " : "") + titleOf(room);
  const home = platformOf(room.direct ? other(room) : room.key);
  const picture = room.direct ? person(other(room))?.avatar : room.avatar;
  const outside = isOutside(room);
  return {
    key: room.key,
    of: [title, home, room.key === open, picture, outside],
    make: () => h("button", { onclick: () => go(room.key), ariaCurrent: String(room.key === open), className: outside ? "outside" : "" },
      avatar(titleOf(room), picture), h("span", { className: "title" }, h("span", { dir: "auto" }, title), ...(outside ? [h("small", {}, "Sin unirte")] : [])), h("small", {}, home)),
  };
}

function pick(p) {
  const id = `${p.platform}:${p.id}`;
  const change = (e) => {
    if (e.target.checked) chosen.add(id);
    else chosen.delete(id);
    form();
  };
  return {
    key: id,
    of: [p.name, p.avatar],
    make: () => h("label", { className: "pick" }, h("input", { type: "checkbox", checked: chosen.has(id), onchange: change }), avatar(p.name, p.avatar), h("span", { dir: "auto" }, p.name), h("small", {}, p.platform)),
  };
}

function showRoom(room) {
  $("#app").toggleAttribute("data-open", !!room);
  for (const part of ["main header", "#log", "footer"]) $(part).hidden = !room;
  $("#none").hidden = !!room;
  if (!room) return;
  $("#title").textContent = titleOf(room);
  const members = room.members.map((m) => `${m === state.me ? "vos" : nameOf(m)}${platformOf(m) === state.platform ? "" : ` (${platformOf(m)})`}`);
  $("#who").textContent = (room.type === "public" ? ["Sala pública", ...members] : members).join(", ");
  $("#membership").hidden = !!room.direct;
  $("#membership").textContent = room.members.includes(state.me) ? "Salir" : "Unirme";
  $("#membership").className = isOutside(room) ? "primary" : "";
  $("#outside").hidden = !isOutside(room);
  showPeople(room);
  const log = $("#log");
  const fromEnd = log.scrollHeight - log.scrollTop;
  const atEnd = fromEnd - log.clientHeight < 60;
  const [first] = $("#all").children;
  const older = first?.dataset.key !== String(room.messages[0]?.id) && room.messages.some((m) => String(m.id) === first?.dataset.key);
  $("#older").hidden = !room.more;
  $("#older").disabled = false;
  fill($("#all"), room.messages.length ? room.messages.map(message) : [{ key: "none", make: () => h("p", { className: "none" }, "Todavía no hay mensajes.") }]);
  if (atEnd && !wanted) log.scrollTop = log.scrollHeight;
  else if (older) log.scrollTop = log.scrollHeight - fromEnd;
  if (wanted) jump(wanted);
}

/** Goes to a message that is quoted; older ones are asked for until it is there. */
function jump(quoted) {
  const element = [...$("#all").children].find((e) => e.dataset.key === String(quoted.id));
  wanted = element || !current().more ? null : quoted;
  element?.scrollIntoView({ block: "center" });
  element?.focus({ preventScroll: true });
  if (wanted) more();
}

// Which room is open. On a phone, back leads to the list.

function go(key) {
  if (key === open) return $("#text").focus();
  if (open === null) history.pushState("room", "");
  change(key);
  $("#text").focus();
}

function change(key) {
  [open, count, wanted] = [key, MORE, null];
  $("#all").replaceChildren();
  show();
  restore();
  $("#log").scrollTop = $("#log").scrollHeight;
  connect(state.me);
}

window.onpopstate = () => { if (state && open !== null) change(null); };
$("#back").onclick = () => history.back();
$("#older").onclick = more;

function more() {
  $("#older").disabled = true;
  count = current().messages.length + MORE;
  connect(state.me);
}
$("#membership").onclick = () => {
  const room = current();
  const leave = room.members.includes(state.me);
  if (leave && room.type === "private" && !confirm(`¿Salir de «${titleOf(room)}»? Dejás de ver sus mensajes.`)) return;
  void act(leave ? "leave" : "join", { room: room.key });
};

// A new one.

function form() {
  $("#name").hidden = !$("#public").checked && chosen.size < 2;
  $("#make button").disabled = $("#public").checked ? !$("#name").value.trim() : !chosen.size;
}
$("#public").onchange = $("#name").oninput = form;

$("#new").onsubmit = async (e) => {
  e.preventDefault();
  const members = [...chosen];
  const type = $("#public").checked ? "public" : "private";
  const old = type === "private" && members.length === 1 && state.rooms.find((r) => r.direct && r.members.includes(members[0]));
  const name = $("#name").value.trim() || [state.me, ...members].map(nameOf).join(", ").slice(0, 80);
  const made = old ? { room: old.key } : await act("room", { name, type, members });
  if (!made) return;
  chosen.clear();
  $("#new").reset();
  go(made.room);
};

// Writing. What is half written is kept for each room, over a reload too; a post whose answer is lost is repeated under its key.
// While a message is edited, the draft waits.

const draftOf = (key) => `plain-chat/draft/${state.me}/${key}`;
const draft = (key) => JSON.parse(localStorage.getItem(draftOf(key)) ?? "{}");

function keep() {
  if (regarding?.edit) return;
  if ($("#text").value || regarding) localStorage.setItem(draftOf(open), JSON.stringify({ text: $("#text").value, reply: regarding?.reply }));
  else localStorage.removeItem(draftOf(open));
}

/** Shows what is half written in the open room. */
function restore() {
  const { text = "", reply } = open === null ? {} : draft(open);
  $("#text").value = text;
  regarding = reply ? { reply } : null;
  check();
}

$("#text").oninput = () => {
  keep();
  check();
};

function check() {
  const text = $("#text");
  text.style.height = "auto";
  text.style.height = `${text.scrollHeight + 4}px`;
  text.style.overflowY = text.scrollHeight > TALLEST ? "auto" : "hidden";
  const over = [...text.value.trim()].length - LONGEST;
  $("#over").hidden = over <= 0;
  $("#over").textContent = `Te pasaste por ${over}: entran 4.000 letras.`;
  $("#send").disabled = over > 0 || !text.value.trim();
  $("#send").textContent = regarding?.edit ? "Guardar" : "Enviar";
  const what = regarding?.edit ?? regarding?.reply;
  $("#regarding").hidden = !what;
  if (!what) return;
  const title = regarding.edit ? "Editás tu mensaje" : what.sender === state.me ? "Respondés a tu mensaje" : `Respondés a ${nameOf(what.sender)}`;
  $("#regarding").replaceChildren(h("div", {}, h("strong", { dir: "auto" }, title), h("span", { className: "short", dir: "auto" }, inShort(what))),
    h("button", { ariaLabel: regarding.edit ? "No editar" : "No responder", title: "Cancelar (Escape)", onclick: cancel }, "×"));
}

function answer({ id, sender, text }) {
  if (regarding?.edit) restore();
  regarding = { reply: { id, sender, text } };
  keep();
  check();
  $("#text").focus();
}

function edit(m) {
  regarding = { edit: m };
  $("#text").value = m.text;
  check();
  $("#text").focus();
}

/** No edit, and the draft is back; no answer. */
function cancel() {
  if (regarding.edit) restore();
  else {
    regarding = null;
    keep();
    check();
  }
  $("#text").focus();
}

let last = null; // what was tried

async function send() {
  if ($("#send").disabled) return;
  const [room, text, { reply, edit } = {}] = [open, $("#text").value.trim(), regarding ?? {}];
  if (edit && text === edit.text) return cancel();
  const post = edit ? { room, text, id: edit.id } : { room, text, reply: reply?.id };
  if (JSON.stringify({ ...last, key: undefined }) !== JSON.stringify(post)) last = { ...post, key: newKey() };
  $("#send").disabled = true; // until there is an answer
  const done = await act(edit ? "edit" : "message", last);
  if (done) {
    last = null;
    if (!edit && draft(room).text?.trim() === text) localStorage.removeItem(draftOf(room));
    if (open === room && $("#text").value.trim() === text && regarding?.edit?.id === edit?.id) restore();
  }
  check();
}

const newKey = () => crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`;

$("#send").onclick = () => {
  void send();
  $("#text").focus();
};
$("#text").onkeydown = (e) => {
  if (e.isComposing) return;
  const own = e.key === "ArrowUp" && !$("#text").value && !regarding && lastOwn(current().messages);
  if (e.key === "Enter" && !e.shiftKey) void send();
  else if (e.key === "Escape" && regarding) cancel();
  else if (own) edit(own);
  else return;
  e.preventDefault();
};

wirePeople({ state: () => state, current, nameOf, platformOf, titleOf, act });
wire({ state: () => state, nameOf, platformOf, answer, edit, jump, act: (what, body) => act(what, { room: open, key: newKey(), ...body }) });
