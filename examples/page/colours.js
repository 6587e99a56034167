// The colours of the platforms, and what is drawn in them.

import { h, icon } from "./dom.js";
import { initials } from "./text.js";

// Well apart, and given in the same way by the pages of all who know the same platforms.
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

const broken = new Set(); // addresses of pictures that could not be loaded: not asked for again

/** `kind`: person, group or room. `picture`: its address, if there is one; until it is loaded, and where it can't be, the initials stand. */
export function avatar(name, platform, { kind = "person", small = false, picture = null } = {}) {
  const className = `avatar hue${kind === "person" ? "" : " room"}${small ? " small" : ""}`;
  const element = hued(h("span", { className, "aria-hidden": "true" }, kind === "person" ? initials(name) : icon(kind)), platform);
  if (!/^https?:\/\//i.test(picture ?? "") || broken.has(picture)) return element;
  const image = h("img", { alt: "", referrerPolicy: "no-referrer", decoding: "async" });
  const show = () => element.replaceChildren(image);
  image.addEventListener("load", show);
  image.addEventListener("error", () => broken.add(picture));
  image.src = picture;
  if (image.complete && image.naturalWidth) show(); // this page has it: no initials for a moment
  return element;
}
