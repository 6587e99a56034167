// Small pieces that the page is built of: elements, icons, the colours of the platforms, dates. They know nothing of the state.

/** An element: h("button", { className: "x", onclick }, "text", child, null). Text is always text, never markup. */
export function h(tag, props, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props ?? {})) {
    if (name.includes("-") || name === "role") element.setAttribute(name, value);
    else element[name] = value;
  }
  element.append(...children.flat().filter((c) => c !== null && c !== undefined && c !== false));
  return element;
}

export const $ = (id) => document.getElementById(id);

const PATHS = {
  back: "M15 5l-7 7 7 7",
  close: "M6 6l12 12M18 6L6 18",
  leave: "M10 4H6a2 2 0 0 0-2 2v12a2 2 0 0 0 2 2h4M15 8l4 4-4 4M19 12H9",
  send: "M5 12h13M12 5l7 7-7 7",
  attach: "M20 11l-8.500 8.500a5 5 0 0 1-7-7L13 4a3.400 3.400 0 0 1 4.800 4.800l-8.300 8.300a1.700 1.700 0 0 1-2.400-2.400L14.500 7.500",
  public: "M9 4L7 20M17 4l-2 16M4 9h16M3.500 15h16",
  group: "M9 11a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7zM2.500 20a6.500 6.500 0 0 1 13 0M16 4.500a3.500 3.500 0 0 1 0 6.300M18 14.300a6.500 6.500 0 0 1 3.500 5.700",
  waiting: "M12 3.500a8.500 8.500 0 1 0 0 17 8.500 8.500 0 0 0 0-17zM12 7.500V12l3 2",
  accepted: "M4 12h12M11 7l5 5-5 5M20 5v14",
  parked: "M9 6v12M15 6v12",
  delivered: "M4.500 12.500l5 5L19.500 7",
  dead: "M6 6l12 12M18 6L6 18",
};

export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "i");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}

// Platforms get colours that are well apart, and the same ones on the pages of all who know the same platforms.
const HUES = [200, 255, 155, 310, 45, 95, 350, 285];
let hues = new Map();

export function assignHues(names) {
  hues = new Map();
  for (const name of [...names].sort()) {
    let place = [...name].reduce((sum, c) => (sum * 31 + c.codePointAt(0)) % 65521, 0) % HUES.length;
    for (let n = 0; n < HUES.length && [...hues.values()].includes(HUES[place]); n++) place = (place + 1) % HUES.length;
    hues.set(name, HUES[place]);
  }
}

/** Gives an element the colour of a platform. */
export function hued(element, platform) {
  element.style.setProperty("--h", hues.get(platform) ?? 45);
  return element;
}

export function badge(platform, down = false) {
  const props = down ? { className: "badge down", title: `${platform} no responde` } : { className: "badge hue" };
  return hued(h("span", props, platform), platform);
}

export function avatar(name, platform, kind = "person", small = false) {
  const initials = name.split(/\s+/).slice(0, 2).map((w) => [...w][0] ?? "").join("").toLocaleUpperCase("es");
  const className = `avatar hue${kind === "person" ? "" : " room"}${small ? " small" : ""}`;
  return hued(h("span", { className, "aria-hidden": "true" }, kind === "person" ? initials : icon(kind)), platform);
}

const STATES = {
  waiting: "en espera: se enviará en cuanto responda",
  accepted: "la tiene su pasarela, falta entregarla",
  parked: "llegó, espera a que llegue también la conversación",
  delivered: "entregado",
  dead: "no se pudo entregar",
};

export const stateText = (tick) => STATES[tick.state] + (tick.why ? ` (${tick.why})` : "");

const TIME = new Intl.DateTimeFormat("es", { hour: "2-digit", minute: "2-digit" });
const DAY = new Intl.DateTimeFormat("es", { weekday: "long", day: "numeric", month: "long" });
const SHORT = new Intl.DateTimeFormat("es", { day: "numeric", month: "short" });

/** The platforms write their own dates; what is none of them counts as now. */
function date(text) {
  const d = new Date(text);
  return Number.isNaN(d.valueOf()) ? new Date() : d;
}

export const dayKey = (text) => date(text).toDateString();
export const time = (text) => TIME.format(date(text));

export function day(text) {
  const days = (new Date().setHours(0, 0, 0, 0) - date(text).setHours(0, 0, 0, 0)) / 86_400_000;
  return days === 0 ? "Hoy" : days === 1 ? "Ayer" : DAY.format(date(text));
}

export const when = (text) => (dayKey(text) === new Date().toDateString() ? time(text) : SHORT.format(date(text)));

/** A text with its addresses as links. */
export function linked(text) {
  return text.split(/(https?:\/\/[^\s<>"]+[^\s<>".,;:!?)\]}'])/).map((part, n) =>
    n % 2 ? h("a", { href: part, target: "_blank", rel: "noopener noreferrer" }, part) : part,
  );
}

let toastTimer;
export function toast(text) {
  $("toast").textContent = text;
  $("toast").hidden = false;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => ($("toast").hidden = true), 5000);
}

/** A call of the server. What fails is an Error whose message can be shown as it is. */
export async function call(path, body) {
  let answer;
  try {
    answer = await fetch(path, body === undefined ? {} : {
      method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body),
    });
  } catch {
    throw Object.assign(new Error("No hay conexión con el chat."), { passing: true });
  }
  const json = await answer.json().catch(() => ({}));
  if (answer.ok) return json;
  const error = new Error(json.error ?? "Algo salió mal. Inténtalo de nuevo.");
  throw Object.assign(error, { status: answer.status, passing: answer.status >= 500 });
}
