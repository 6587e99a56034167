// An element with properties and children; names with a hyphen and `role` are attributes.
export function h(tag, props, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props ?? {})) {
    if (name.includes("-") || name === "role") element.setAttribute(name, value);
    else element[name] = value;
  }
  element.append(...children);
  return element;
}

export const $ = (id) => document.getElementById(id);

/** Sets a text only if it is another one, so that what is read aloud or selected is left alone. */
export function put(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
