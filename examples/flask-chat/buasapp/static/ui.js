// What the page is built of: elements, icons, the colours of the platforms, dates. It knows nothing of the state.

export const $ = (id) => document.getElementById(id);

/** An element: el("button.quiet", { onclick }, "text", child, null). Text is always text, never markup. */
export function el(what, props, ...children) {
  const [tag, ...classes] = what.split(".");
  const element = document.createElement(tag);
  element.classList.add(...classes);
  for (const [name, value] of Object.entries(props ?? {})) {
    if (name === "data") Object.assign(element.dataset, value);
    else if (name.includes("-") || name === "role") element.setAttribute(name, value);
    else element[name] = value;
  }
  element.append(...children.flat().filter((child) => child || child === 0));
  return element;
}

const SVG = "http://www.w3.org/2000/svg";

/** One of the symbols of the page. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "i");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#i-${name}`);
  svg.append(use);
  return svg;
}

// Platforms have a colour each; this one has the chat's own green.
const TONES = 7;
let tones = new Map();

export function assignTones(own, names) {
  tones = new Map([...names].filter((n) => n !== own).sort().map((name, n) => [name, 1 + (n % TONES)]));
}

const tone = (platform) => `t${tones.get(platform) ?? 0}`;

export const tag = (platform, down = false) =>
  el(`span.tag.${tone(platform)}${down ? ".down" : ""}`, down ? { title: `${platform} no responde` } : {}, platform);

export function face(name, platform, kind = "person") {
  const initials = name.split(/\s+/).slice(0, 2).map((word) => [...word][0] ?? "").join("").toLocaleUpperCase("es");
  return el(`span.face.${tone(platform)}.${kind}`, { "aria-hidden": "true" }, kind === "person" ? initials : icon(kind));
}

export const inTone = (element, platform) => (element.classList.add(tone(platform)), element);

/** A date of whatever form a platform writes; what is none counts as now. */
function date(text) {
  const found = new Date(text);
  return Number.isNaN(found.valueOf()) ? new Date() : found;
}

const hour = new Intl.DateTimeFormat("es", { hour: "2-digit", minute: "2-digit" });
const long = new Intl.DateTimeFormat("es", { weekday: "long", day: "numeric", month: "long" });
const short = new Intl.DateTimeFormat("es", { day: "numeric", month: "short" });
const midnight = (d) => new Date(d).setHours(0, 0, 0, 0);

export const sameDay = (one, other) => midnight(date(one)) === midnight(date(other));
export const time = (text) => hour.format(date(text));
export const when = (text) => (midnight(date(text)) === midnight(new Date()) ? time(text) : short.format(date(text)));

export function day(text) {
  const ago = Math.round((midnight(new Date()) - midnight(date(text))) / 86_400_000);
  return ["Hoy", "Ayer"][ago] ?? long.format(date(text));
}

export const listing = (names) => new Intl.ListFormat("es").format(names);

const ADDRESS = /(https?:\/\/[^\s<>"]*[^\s<>".,;:!?)\]}'])/;

/** A text, its addresses being links. */
export function linked(text) {
  return text.split(ADDRESS).map((part, n) => (n % 2 ? el("a", { href: part, target: "_blank", rel: "noopener noreferrer" }, part) : part));
}

let hiding;

export function toast(text) {
  $("toast").textContent = text;
  $("toast").hidden = false;
  clearTimeout(hiding);
  hiding = setTimeout(() => ($("toast").hidden = true), 5000);
}

/** A call of the chat. What fails is an Error whose message can be shown; `passing` if trying again may help. */
export async function call(path, body) {
  const options = body && { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  const answer = await fetch(`/app/${path}`, options).catch(() => {
    throw Object.assign(new Error("No hay conexión con el chat."), { passing: true });
  });
  const json = await answer.json().catch(() => ({}));
  if (answer.ok) return json;
  throw Object.assign(new Error(json.error ?? "Algo salió mal. Inténtalo de nuevo."), { passing: answer.status >= 500 });
}
