// Where a message is written: its text, what is attached, and a draft for each conversation.

import { $, el, icon, listing, toast } from "./ui.js";

const LIMIT = 700 * 1024; // the server's
const ADDRESS_OF_IMAGE = /^https?:\/\/\S+\.(png|jpe?g|gif|webp)(\?\S*)?$/i;

let attachment = null;
let send; // send(text, attachment)
let others; // others(): the platforms that will get it
const drafts = new Map();
const text = $("text");

export function wireComposer(options) {
  ({ send, others } = options);
  text.addEventListener("input", check);
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
}

export const keepDraft = (id) => drafts.set(id, { text: text.value, attachment });

export function restoreDraft(id) {
  const draft = drafts.get(id);
  text.value = draft?.text ?? "";
  attachment = draft?.attachment ?? null;
  check();
}

/** The height, what is attached, and what others will see of it. */
export function check() {
  text.style.height = "auto";
  text.style.height = `${text.scrollHeight}px`;
  $("send").disabled = !text.value.trim() && !attachment;
  const shown = attachment ?? addressed();
  $("attached").hidden = !shown;
  if (!shown) return;
  const [able, what] = shown.kind === "audio" ? ["audio", "audios"] : ["image", "imágenes"];
  const unable = others().filter((p) => !p[able]).map((p) => p.name);
  const hint = unable.length ? `${listing(unable)} no muestra ${what}: allí llegará como texto.` : attachment ? "" : "Se enviará como imagen.";
  $("attached").replaceChildren(
    shown.kind === "image" ? el("img", { src: shown.preview, alt: "", referrerPolicy: "no-referrer" }) : icon("attach"),
    el("span.about", {}, el("strong", {}, shown.name), el("span", {}, hint)),
    attachment ? el("button.icon", { type: "button", "aria-label": "Quitar el archivo", onclick: () => { attachment = null; check(); } }, icon("close")) : "");
}

function submit() {
  const address = attachment ? null : addressed();
  const written = text.value.trim();
  const goes = attachment ?? address;
  if (!written && !goes) return;
  attachment = null;
  text.value = "";
  check();
  text.focus();
  send(address ? "" : written, goes);
}

/** A text that is nothing but the address of an image is an image. */
function addressed() {
  const url = text.value.trim();
  if (!ADDRESS_OF_IMAGE.test(url)) return null;
  const name = new URL(url).pathname.split("/").pop();
  return { kind: "image", name, preview: url, post: { url, name } };
}

async function attach(file) {
  try {
    const [kind] = file.type.split("/");
    if (kind !== "image" && kind !== "audio") throw new Error("Solo se pueden adjuntar imágenes y audios.");
    const fits = file.size <= LIMIT ? file : kind === "image" ? await shrunk(file) : file;
    if (fits.size > LIMIT) throw new Error("El archivo es demasiado grande: hasta 700 KB.");
    const preview = await asAddress(fits);
    const name = file.name || "imagen";
    attachment = { kind, name, preview, post: { data: preview.slice(preview.indexOf(",") + 1), mime: fits.type, name } };
    check();
    text.focus();
  } catch (e) {
    toast(e.message);
  }
}

const asAddress = (blob) => new Promise((resolve, reject) => {
  const reader = new FileReader();
  reader.onload = () => resolve(reader.result);
  reader.onerror = () => reject(new Error("El archivo no se puede leer."));
  reader.readAsDataURL(blob);
});

/** A photo of today's cameras, small enough to travel inside a message. */
async function shrunk(file) {
  const photo = await createImageBitmap(file).catch(() => { throw new Error("La imagen no se puede leer."); });
  const scale = Math.min(1, 1280 / Math.max(photo.width, photo.height));
  const canvas = el("canvas", { width: Math.round(photo.width * scale), height: Math.round(photo.height * scale) });
  canvas.getContext("2d").drawImage(photo, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.82));
}
