// Where a message is written: the text, what is attached to it, what it answers, and a draft for each conversation, which the browser
// keeps over a reload. One that is there is edited here too; the draft waits meanwhile.

import { $, h, icon, toast, written } from "./dom.js";
import { pictureAt, preview, read } from "./files.js";
import { inShort, quoted } from "./message.js";
import { current, isMe, nameOf, othersIn, state } from "./state.js";
import { lengthOf, listing } from "./text.js";

const LONGEST = 4_000; // as the servers'
const TALLEST = 168; // as in page.css

let drafts;
let outbox;
let lastOwn; // lastOwn(): the message that ↑ edits
let attachment = null;
let reply = null; // what is answered, as it is shown
let edited = null; // the message that is edited

export function wire(kept, unsent, last) {
  [drafts, outbox, lastOwn] = [kept, unsent, last];
  const text = $("text");
  text.addEventListener("input", () => {
    keep();
    check();
  });
  text.addEventListener("keydown", (e) => {
    if (e.isComposing) return;
    if (e.key === "Enter" && !e.shiftKey) submit();
    else if (e.key === "Escape" && (edited || reply)) cancel();
    else if (e.key === "ArrowUp" && isEmpty() && lastOwn()) edit(lastOwn());
    else return;
    e.preventDefault();
  });
  text.addEventListener("paste", (e) => {
    const [file] = e.clipboardData.files;
    if (!file || edited) return;
    e.preventDefault();
    attach(file);
  });
  $("composer").addEventListener("submit", (e) => {
    e.preventDefault();
    submit();
  });
  $("attach").addEventListener("click", () => $("file").click());
  $("file").addEventListener("change", () => {
    const [file] = $("file").files;
    if (file) attach(file);
    $("file").value = "";
  });
  window.addEventListener("resize", () => check());
}

export const focus = () => $("text").focus();

const isEmpty = () => !$("text").value && !attachment && !reply && !edited;

// What is answered, and what is edited.

/** The next message answers this one. */
export function answer(message) {
  if (edited) restore();
  reply = quoted(message);
  keep();
  check();
  focus();
}

/** Another text for this message. */
export function edit(message) {
  [edited, attachment, reply] = [message, null, null];
  const text = $("text");
  text.value = message.text;
  check();
  focus();
  text.setSelectionRange(text.value.length, text.value.length);
}

/** No answer; no edit, and the draft is back. */
function cancel() {
  if (edited) restore();
  else {
    reply = null;
    keep();
    check();
  }
  focus();
}

function showRegarding() {
  const what = edited ?? reply;
  $("regarding").hidden = !what;
  if (!what) return;
  const title = edited ? "Editás tu mensaje" : isMe(reply.sender) ? "Respondés a tu mensaje" : `Respondés a ${nameOf(reply.sender, reply.senderName)}`;
  $("regarding").replaceChildren(icon(edited ? "edit" : "reply"), h("span", { className: "what" }, written("strong", "", title), written("span", "short", inShort(what))),
    h("button", { type: "button", className: "icon", "aria-label": edited ? "No editar" : "No responder", title: "Cancelar (Escape)", onclick: cancel }, icon("close")));
}

async function attach(file) {
  const conversation = state.open;
  try {
    const fresh = await read(file);
    if (state.open !== conversation || edited) return;
    set(fresh);
    focus();
  } catch (e) {
    toast(e.message);
  }
}

function set(file) {
  attachment = file;
  keep();
  check();
}

function keep() {
  if (edited) return;
  const text = $("text").value;
  if (!text && !attachment && !reply) return drafts.remove(state.open);
  // The text at least.
  if (!drafts.put(state.open, { text, attachment, reply })) drafts.put(state.open, { text, attachment: null, reply });
}

/** Shows what is half written in the open conversation. */
export function restore() {
  const draft = drafts.get(state.open);
  $("text").value = draft?.text ?? "";
  [attachment, reply, edited] = [draft?.attachment ?? null, draft?.reply ?? null, null];
  check();
}

/** The height, what is too much, what is answered or attached, and what others will see of it. */
export function check() {
  showRegarding();
  const text = $("text");
  text.style.height = "auto";
  text.style.height = `${text.scrollHeight}px`;
  text.style.overflowY = text.scrollHeight > TALLEST ? "auto" : "hidden";
  const said = text.value.trim();
  const over = lengthOf(said) - LONGEST;
  $("over").hidden = over <= 0;
  $("over").textContent = over === 1 ? "Te pasaste por una letra: entran 4.000." : `Te pasaste por ${over} letras: entran 4.000.`;
  $("send").disabled = over > 0 || (!said && !attachment && !edited?.attachments.length);
  $("attach").disabled = edited !== null;
  $("send").setAttribute("aria-label", edited ? "Guardar" : "Enviar");
  const shown = edited ? null : (attachment ?? pictureAt(said));
  $("attached").hidden = !shown;
  if (shown) show(shown);
}

function show(file) {
  const [able, what] = file.kind === "audio" ? ["supportAudio", "audios"] : ["supportImage", "imágenes"];
  const unable = othersIn(current()).filter((p) => !p[able]).map((p) => p.name);
  const hint = unable.length
    ? `${listing(unable)} no ${unable.length === 1 ? "muestra" : "muestran"} ${what}: ahí llega como texto.`
    : file === attachment ? "" : "Se envía como imagen.";
  $("attached").replaceChildren(
    file.kind === "image" ? h("img", { src: preview(file), alt: "", referrerPolicy: "no-referrer" }) : icon("attach"),
    h("span", { className: "what" }, h("strong", { dir: "auto" }, file.name), h("span", { className: "hint" }, hint)),
    ...(file === attachment ? [h("button", { type: "button", className: "icon", "aria-label": "Quitar el archivo", onclick: () => { set(null); focus(); } }, icon("close"))] : []));
}

function submit() {
  if ($("send").disabled) return;
  const said = $("text").value.trim();
  const conversation = state.open;
  if (edited) {
    const { id, text } = edited;
    restore();
    focus();
    if (said !== text) outbox.change(conversation, { message: id, kind: "edit", text: said });
    return;
  }
  const picture = attachment ? null : pictureAt(said);
  const [file, answered] = [attachment ?? picture, reply];
  $("text").value = "";
  reply = null;
  set(null);
  focus();
  outbox.send(conversation, picture ? "" : said, file, answered ?? undefined);
}
