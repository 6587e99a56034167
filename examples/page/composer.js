// Where a message is written: the text, what is attached to it, and a draft for each conversation, which the browser keeps over a
// reload.

import { $, h, icon, toast } from "./dom.js";
import { pictureAt, preview, read } from "./files.js";
import { current, othersIn, state } from "./state.js";
import { lengthOf, listing } from "./text.js";

const LONGEST = 4_000; // as the servers'
const TALLEST = 168; // as in page.css

let drafts;
let outbox;
let attachment = null;

export function wire(kept, unsent) {
  [drafts, outbox] = [kept, unsent];
  const text = $("text");
  text.addEventListener("input", () => {
    keep();
    check();
  });
  text.addEventListener("keydown", (e) => {
    if (e.key !== "Enter" || e.shiftKey || e.isComposing) return;
    e.preventDefault();
    submit();
  });
  text.addEventListener("paste", (e) => {
    const [file] = e.clipboardData.files;
    if (!file) return;
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

async function attach(file) {
  const conversation = state.open;
  try {
    const fresh = await read(file);
    if (state.open !== conversation) return;
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
  const text = $("text").value;
  if (!text && !attachment) return drafts.remove(state.open);
  // The text at least.
  if (!drafts.put(state.open, { text, attachment })) drafts.put(state.open, { text, attachment: null });
}

/** Shows what is half written in the open conversation. */
export function restore() {
  const draft = drafts.get(state.open);
  $("text").value = draft?.text ?? "";
  attachment = draft?.attachment ?? null;
  check();
}

/** The height, what is too much, what is attached, and what others will see of it. */
export function check() {
  const text = $("text");
  text.style.height = "auto";
  text.style.height = `${text.scrollHeight}px`;
  text.style.overflowY = text.scrollHeight > TALLEST ? "auto" : "hidden";
  const written = text.value.trim();
  const over = lengthOf(written) - LONGEST;
  $("over").hidden = over <= 0;
  $("over").textContent = over === 1 ? "Te pasaste por una letra: entran 4.000." : `Te pasaste por ${over} letras: entran 4.000.`;
  $("send").disabled = over > 0 || (!written && !attachment);
  const shown = attachment ?? pictureAt(written);
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
  const written = $("text").value.trim();
  const picture = attachment ? null : pictureAt(written);
  const file = attachment ?? picture;
  const conversation = state.open;
  $("text").value = "";
  set(null);
  focus();
  outbox.send(conversation, picture ? "" : written, file);
}
