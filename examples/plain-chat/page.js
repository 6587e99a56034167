// The page: everything that is shown comes as one state, as often as it changes; what is the same stays in place, and so keeps the
// focus, the scroll position and what is half written.

const LONGEST = 4_000; // letters, as the server's
const MORE = 200; // messages, at each press of the button
const TALLEST = 180; // as in page.html

const $ = (selector) => document.querySelector(selector);
const h = (tag, props, ...children) => {
  const element = Object.assign(document.createElement(tag), props);
  element.append(...children);
  return element;
};

let state;
let open = null; // the key of the room that is shown
let count = MORE; // how many messages of it
let events;
const chosen = new Set();

const person = (id) => state.people.find((p) => `${p.platform}:${p.id}` === id);
const nameOf = (id) => person(id)?.name ?? id;
const platformOf = (id) => id.slice(0, id.indexOf(":"));
const other = (room) => room.members.find((m) => m !== state.me) ?? state.me;
const titleOf = (room) => (room.direct ? nameOf(other(room)) : room.name);
const current = () => state.rooms.find((r) => r.key === open);

// Logging in, and staying connected.

const { platform, users } = await fetch("app/users").then((r) => r.json());
document.title = platform;
document.querySelectorAll("h1 span").forEach((e) => (e.textContent = platform));
$("#users").replaceChildren(...users.map((u) => h("button", { style: "width:100%;margin-bottom:-2px", onclick: () => enter(`${platform}:${u.id}`) }, u.name)));

function enter(me) {
  $("#login").hidden = true;
  $("#app").hidden = false;
  connect(me);
}

/** The browser comes back by itself after a loss, and is sent everything again. */
function connect(me) {
  events?.close();
  const wanted = new URLSearchParams({ me, room: open ?? "", count });
  events = new EventSource(`app/events?${wanted}`);
  events.onmessage = (e) => {
    state = JSON.parse(e.data);
    show();
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

// Showing. Each child has a key and says what it is made of; it is made anew only if that has changed.

function fill(parent, wanted) {
  const there = new Map([...parent.children].map((e) => [e.dataset.key, e]));
  const focused = parent.contains(document.activeElement) && document.activeElement.closest("[data-key]").dataset.key;
  const keys = new Set(wanted.map(({ key }) => key));
  for (const [key, element] of there) if (!keys.has(key)) element.remove();
  wanted.forEach(({ key, of, make }, n) => {
    const made = JSON.stringify(of ?? null);
    let element = there.get(key);
    if (!element || element.dataset.of !== made) {
      const fresh = make();
      Object.assign(fresh.dataset, { key, of: made });
      element?.replaceWith(fresh);
      element = fresh;
    }
    if (parent.children[n] !== element) parent.insertBefore(element, parent.children[n] ?? null);
  });
  if (focused && !parent.contains(document.activeElement)) {
    const again = [...parent.children].find((e) => e.dataset.key === focused);
    (again?.matches("button") ? again : again?.querySelector("input, a"))?.focus({ preventScroll: true });
  }
}

function show() {
  $("#me").textContent = `Hola, ${nameOf(state.me)}`;
  const last = (r) => r.messages.at(-1)?.at ?? "";
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
  return {
    key: room.key,
    of: [title, home, room.key === open],
    make: () => h("button", { onclick: () => go(room.key), ariaCurrent: String(room.key === open) }, h("span", { dir: "auto" }, title), h("small", {}, home)),
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
    of: p.name,
    make: () => h("label", { className: "pick" }, h("input", { type: "checkbox", checked: chosen.has(id), onchange: change }), h("span", { dir: "auto" }, p.name), h("small", {}, p.platform)),
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
  const log = $("#log");
  const fromEnd = log.scrollHeight - log.scrollTop;
  const atEnd = fromEnd - log.clientHeight < 60;
  const [first] = $("#all").children;
  const older = first?.dataset.key !== String(room.messages[0]?.id) && room.messages.some((m) => String(m.id) === first?.dataset.key);
  $("#older").hidden = !room.more;
  $("#older").disabled = false;
  fill($("#all"), room.messages.length ? room.messages.map(message) : [{ key: "none", make: () => h("p", { className: "none" }, "Todavía no hay mensajes.") }]);
  if (atEnd) log.scrollTop = log.scrollHeight;
  else if (older) log.scrollTop = log.scrollHeight - fromEnd;
}

const STANDS = { waiting: "… en espera", sent: "· enviado" };

function message(m) {
  const mine = m.sender === state.me;
  const when = new Date(m.at).toLocaleTimeString("es-AR", { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  const who = mine ? null : `${nameOf(m.sender)} · ${platformOf(m.sender)}`;
  const stands = !mine ? "" : m.why ? `✗ ${m.why}` : STANDS[m.state] ?? "";
  return {
    key: String(m.id),
    of: [m.text, who, when, stands],
    make: () => h("article", { className: mine ? "msg mine" : "msg" }, ...(who ? [h("small", {}, who)] : []),
      h("div", { className: "text", dir: "auto" }, ...linked(m.text)), h("small", { className: m.state ?? "" }, `${when} ${stands}`)),
  };
}

/** A text with its addresses as links. What ends the sentence is no part of one; a bracket is, if it was opened in it. */
function linked(text) {
  const parts = [];
  let from = 0;
  for (const { 0: found, index } of text.matchAll(/https?:\/\/[^\s<>"«»]+/g)) {
    let address = found.replace(/[.,;:!?'’}*_]+$/, "");
    while (/[)\]]$/.test(address) && address.split(/[([]/).length < address.split(/[)\]]/).length) address = address.slice(0, -1).replace(/[.,;:!?'’}*_]+$/, "");
    parts.push(text.slice(from, index), h("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, address));
    from = index + address.length;
  }
  return [...parts, text.slice(from)];
}

// Which room is open. On a phone, back leads to the list.

function go(key) {
  if (key === open) return $("#text").focus();
  if (open === null) history.pushState("room", "");
  change(key);
  $("#text").focus();
}

function change(key) {
  [open, count] = [key, MORE];
  $("#all").replaceChildren();
  $("#text").value = (key && localStorage.getItem(draftOf(key))) ?? "";
  show();
  $("#log").scrollTop = $("#log").scrollHeight;
  check();
  connect(state.me);
}

window.onpopstate = () => { if (state && open !== null) change(null); };
$("#back").onclick = () => history.back();
$("#older").onclick = () => {
  $("#older").disabled = true;
  count = current().messages.length + MORE;
  connect(state.me);
};
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

const draftOf = (key) => `plain-chat/${state.me}/${key}`;
let post = null; // the last one that was tried

$("#text").oninput = () => {
  if ($("#text").value) localStorage.setItem(draftOf(open), $("#text").value);
  else localStorage.removeItem(draftOf(open));
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
}

async function send() {
  if ($("#send").disabled) return;
  const [room, text] = [open, $("#text").value.trim()];
  if (post?.room !== room || post.text !== text) post = { room, text, key: crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}` };
  $("#send").disabled = true; // until there is an answer
  const done = await act("message", post);
  if (done) {
    post = null;
    if (localStorage.getItem(draftOf(room))?.trim() === text) localStorage.removeItem(draftOf(room));
    if (open === room && $("#text").value.trim() === text) $("#text").value = "";
  }
  check();
}
$("#send").onclick = () => {
  void send();
  $("#text").focus();
};
$("#text").onkeydown = (e) => {
  if (e.key !== "Enter" || e.shiftKey || e.isComposing) return;
  e.preventDefault();
  void send();
};
