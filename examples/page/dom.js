// Small pieces that the page is built of: elements, icons, links, notices. They know nothing of the state.

import { pieces } from "./text.js";

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
  new: "M12 5v14M5 12h14",
  chats: "M4 6.500A2.500 2.500 0 0 1 6.500 4h11A2.500 2.500 0 0 1 20 6.500v7a2.500 2.500 0 0 1-2.500 2.500H11l-5 4v-4.100A2.500 2.500 0 0 1 4 13.500z",
  room: "M9 4L7 20M17 4l-2 16M4 9h16M3.500 15h16",
  group: "M9 11a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7zM2.500 20a6.500 6.500 0 0 1 13 0M16 4.500a3.500 3.500 0 0 1 0 6.300M18 14.300a6.500 6.500 0 0 1 3.500 5.700",
  people: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.500 20a7.500 7.500 0 0 1 15 0",
  waiting: "M12 3.500a8.500 8.500 0 1 0 0 17 8.500 8.500 0 0 0 0-17zM12 7.500V12l3 2",
  accepted: "M4 12h12M11 7l5 5-5 5M20 5v14",
  parked: "M9 6v12M15 6v12",
  delivered: "M4.500 12.500l5 5L19.500 7",
  dead: "M6 6l12 12M18 6L6 18",
  unsupported: "M12 3.500a8.500 8.500 0 1 0 0 17 8.500 8.500 0 0 0 0-17zM6 6l12 12",
  more: "M5.500 12h.01M12 12h.01M18.500 12h.01",
  remove: "M5 12h14",
  reply: "M10 6l-6 5.500 6 5.500M4.500 11.500H14a6 6 0 0 1 6 6v1",
  edit: "M4 20l1-4.500L16 4.500a2.100 2.100 0 0 1 3.500 3.500L8.500 19zM14 6.500l3.500 3.500",
  delete: "M5 7h14M9.500 7V4.500h5V7M7 7l1 13h8l1-13M10.500 11v5M13.500 11v5",
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

/** A text with its addresses as links, written in its own direction. */
export function linked(text) {
  return pieces(text).map((piece, n) => (n % 2 ? h("a", { href: piece, target: "_blank", rel: "noopener noreferrer" }, piece) : piece));
}

/** What somebody has written, or is called: in whichever direction it is read. */
export const written = (tag, className, ...children) => h(tag, { className, dir: "auto" }, ...children);

let hiding;

export function toast(text) {
  $("toast").textContent = text;
  $("toast").hidden = false;
  clearTimeout(hiding);
  hiding = setTimeout(() => ($("toast").hidden = true), 6000);
}
