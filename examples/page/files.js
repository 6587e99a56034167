// What is attached to a message: `{ kind, name, post }`, where `post` is what the server gets.

import { h } from "./dom.js";

const LARGEST = 700 * 1024; // as the servers'
const PICTURE = /^https?:\/\/\S+\.(png|jpe?g|gif|webp)(\?\S*)?$/i;

/** The address of what is shown for it. */
export const preview = ({ post }) => post.url ?? `data:${post.mime};base64,${post.data}`;

/** A text that is nothing but the address of a picture is a picture. */
export function pictureAt(text) {
  if (!PICTURE.test(text)) return null;
  const last = new URL(text).pathname.split("/").pop();
  const name = decodeURIComponent(last.replace(/%(?![0-9a-f]{2})/gi, "%25"));
  return { kind: "image", name, post: { url: text, name } };
}

/** Reads one that somebody has chosen; why it can't be attached is thrown. */
export async function read(file) {
  const [kind] = file.type.split("/");
  if (kind !== "image" && kind !== "audio") throw new Error("Solo se pueden adjuntar imágenes y audios.");
  const blob = file.size > LARGEST && kind === "image" ? await shrunk(file) : file;
  if (!blob || blob.size > LARGEST) throw new Error("El archivo es demasiado grande: hasta 700 KB.");
  const address = await asAddress(blob);
  const name = file.name || (kind === "image" ? "imagen" : "audio");
  return { kind, name, post: { data: address.slice(address.indexOf(",") + 1), mime: blob.type, name } };
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
  const canvas = h("canvas", { width: Math.round(photo.width * scale), height: Math.round(photo.height * scale) });
  canvas.getContext("2d").drawImage(photo, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.82));
}
