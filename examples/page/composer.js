// Where a message is written: the text, what is attached to it, and drafts per conversation.

import { $, h, icon, toast } from "./dom.js";

const LIMIT = 700 * 1024; // as the server's
const IMAGE_ADDRESS = /^https?:\/\/\S+\.(png|jpe?g|gif|webp)(\?\S*)?$/i;

export class Composer {
  #attachment = null;
  #drafts = new Map();
  #send;
  #platforms;

  /** `send(text, attachment)`; `platforms()`: the other platforms that will get it. */
  constructor({ send, platforms }) {
    this.#send = send;
    this.#platforms = platforms;
    const text = $("text");
    text.addEventListener("input", () => this.check());
    text.addEventListener("keydown", (e) => {
      if (e.key !== "Enter" || e.shiftKey || e.isComposing) return;
      e.preventDefault();
      this.#submit();
    });
    text.addEventListener("paste", (e) => {
      const [file] = e.clipboardData.files;
      if (!file) return;
      e.preventDefault();
      this.#attach(file);
    });
    $("composer").addEventListener("submit", (e) => {
      e.preventDefault();
      this.#submit();
    });
    $("attach").addEventListener("click", () => $("file").click());
    $("file").addEventListener("change", () => {
      const [file] = $("file").files;
      if (file) this.#attach(file);
      $("file").value = "";
    });
  }

  focus() {
    $("text").focus();
  }

  keep(conversation) {
    this.#drafts.set(conversation, { text: $("text").value, attachment: this.#attachment });
  }

  restore(conversation) {
    const draft = this.#drafts.get(conversation);
    $("text").value = draft?.text ?? "";
    this.#attachment = draft?.attachment ?? null;
    this.check();
  }

  /** The height, what is attached, and what others will see of it. */
  check() {
    const text = $("text");
    text.style.height = "auto";
    text.style.height = `${text.scrollHeight}px`;
    $("send").disabled = !text.value.trim() && !this.#attachment;
    const shown = this.#attachment ?? this.#address();
    $("attached").hidden = !shown;
    if (!shown) return;
    const able = shown.kind === "audio" ? "supportAudio" : "supportImage";
    const unable = this.#platforms().filter((p) => !p[able]).map((p) => p.name);
    const hint = unable.length
      ? `${new Intl.ListFormat("es").format(unable)} no muestra ${shown.kind === "audio" ? "audios" : "imágenes"}: allí llegará como texto.`
      : shown === this.#attachment ? "" : "Se enviará como imagen.";
    $("attached").replaceChildren(
      shown.kind === "image" ? h("img", { src: shown.preview, alt: "", referrerPolicy: "no-referrer" }) : icon("attach"),
      h("span", { className: "what" }, h("strong", {}, shown.name), h("span", { className: "hint" }, hint)),
      shown === this.#attachment && h("button", {
        type: "button", className: "icon", "aria-label": "Quitar el archivo", onclick: () => { this.#attachment = null; this.check(); },
      }, icon("close")),
    );
  }

  #submit() {
    const text = $("text").value.trim();
    const address = this.#attachment ? null : this.#address();
    const attachment = this.#attachment ?? address;
    if (!text && !attachment) return;
    this.#attachment = null;
    $("text").value = "";
    this.check();
    this.focus();
    this.#send(address ? "" : text, attachment);
  }

  /** A text that is nothing but the address of an image is an image. */
  #address() {
    const url = $("text").value.trim();
    if (!IMAGE_ADDRESS.test(url)) return null;
    const name = decodeURIComponent(new URL(url).pathname.split("/").pop().replace(/%(?![0-9a-f]{2})/gi, "%25"));
    return { kind: "image", name, preview: url, post: { url, name } };
  }

  async #attach(file) {
    try {
      const kind = file.type.split("/")[0];
      if (kind !== "image" && kind !== "audio") throw new Error("Solo se pueden adjuntar imágenes y audios.");
      const blob = file.size <= LIMIT ? file : kind === "image" ? await shrink(file) : null;
      if (!blob || blob.size > LIMIT) throw new Error("El archivo es demasiado grande: hasta 700 KB.");
      const preview = await dataUrl(blob);
      const data = preview.slice(preview.indexOf(",") + 1);
      this.#attachment = { kind, name: file.name || "imagen", preview, post: { data, mime: blob.type, name: file.name || "imagen" } };
      this.check();
      this.focus();
    } catch (e) {
      toast(e.message);
    }
  }
}

function dataUrl(blob) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result);
    reader.onerror = () => reject(new Error("El archivo no se puede leer."));
    reader.readAsDataURL(blob);
  });
}

/** A photo of today's cameras, made small enough to travel inside a message. */
async function shrink(file) {
  const image = await createImageBitmap(file).catch(() => { throw new Error("La imagen no se puede leer."); });
  const scale = Math.min(1, 1280 / Math.max(image.width, image.height));
  const canvas = h("canvas", { width: Math.round(image.width * scale), height: Math.round(image.height * scale) });
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.82));
}
