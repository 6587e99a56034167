// Elements of the page.

export const $ = (selector) => document.querySelector(selector);

export const h = (tag, props, ...children) => {
  const element = Object.assign(document.createElement(tag), props);
  element.append(...children);
  return element;
};

/** The picture of a person or a room; until it is there, and where it can't be loaded, the first letter stands. */
export function avatar(name, address) {
  const element = h("span", { className: "avatar", ariaHidden: "true" }, [...name][0] ?? "");
  if (!/^https?:\/\//i.test(address ?? "")) return element;
  const image = h("img", { alt: "", referrerPolicy: "no-referrer" });
  image.onload = () => element.replaceChildren(image);
  image.src = address;
  return element;
}

/** Shows these children. Each has a key and says what it is made of; it is made anew only if that has changed. */
export function fill(parent, wanted) {
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
    (again?.matches("button, [tabindex]") ? again : again?.querySelector("input, a"))?.focus({ preventScroll: true });
  }
}

/** A text with its addresses as links. What ends the sentence is no part of one; a bracket is, if it was opened in it. */
export function linked(text) {
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
