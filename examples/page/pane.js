// The messages of the open conversation: what is shown, in its order, and keeping the place while it changes.

import { day, sameDay } from "./dates.js";
import { $, h } from "./dom.js";
import { draw } from "./message.js";
import { isNewer, precedes, same } from "./order.js";
import { isMe } from "./state.js";
import { isOpen, open } from "./ticks.js";

let shown = []; // { message, element, first, day }, in the order of the pane
let earlier = false; // whether there are more before them
let following = true; // whether the end is looked at, and so to be kept in view
let acts; // { older(id), asSaid(message): with what the server doesn't have yet } and those of message.js

export function wire(theirs) {
  acts = theirs;
  let top = 0;
  $("messages").addEventListener("scroll", () => {
    // What has grown meanwhile is no reason to stop following: going up is.
    following = atEnd() || (following && $("messages").scrollTop >= top);
    top = $("messages").scrollTop;
    if (following) $("to-end").hidden = true;
  });
  $("to-end").addEventListener("click", toEnd);
  // The composer grows, a notice comes; a picture has its size.
  const sizes = new ResizeObserver(follow);
  sizes.observe($("messages"));
  sizes.observe($("all"));
}

const atEnd = () => $("messages").scrollHeight - $("messages").scrollTop - $("messages").clientHeight < 60;

function toEnd() {
  following = true;
  $("messages").scrollTop = $("messages").scrollHeight;
  $("to-end").hidden = true;
}

/** What is shown has grown, or the pane has shrunk. */
function follow() {
  if (following) toEnd();
}

/** The message of an element, as it is shown. */
export function messageOf(element) {
  const entry = shown.find((s) => s.element === element);
  return entry && acts.asSaid(entry.message);
}

/** The last one of this person that the server has, as it is shown. */
export function lastOwn() {
  const all = shown.filter((s) => s.message.id !== undefined && !s.message.notice && isMe(s.message.sender)).map((s) => acts.asSaid(s.message));
  return all.findLast((message) => !message.deleted && !message.failed);
}

/** Brings one into view and gives it the focus; false if it is not here. */
export function reveal(id) {
  const entry = shown.find((s) => s.message.id === id);
  if (!entry) return false;
  following = false;
  entry.element.scrollIntoView({ block: "center" });
  entry.element.focus({ preventScroll: true });
  entry.element.classList.add("revealed");
  setTimeout(() => entry.element.classList.remove("revealed"), 1600);
  return true;
}

/** The id of the first one that is stored. */
export const oldest = () => shown.find((s) => s.message.id !== undefined)?.message.id;

/** Shows these from scratch, at their end; `again`: where one was, if that was not the end. */
export function show(messages, more, again = false) {
  const stay = again && !following && place();
  fill(messages, more);
  if (stay) stay();
  else toEnd();
}

export function nothingYet() {
  if (!shown.length) $("all").replaceChildren(h("p", { className: "none" }, h("strong", {}, "Todavía no hay mensajes"), h("span", {}, "El primero puede ser el tuyo. 👋")));
}

/** Puts older ones before what is shown, without moving it. */
export function prepend(messages, more) {
  const stay = place();
  fill([...messages, ...shown.map((s) => s.message)], more);
  stay();
}

/** Remembers the first message that can be seen; what it returns puts it back there. */
function place() {
  const top = $("messages").scrollTop;
  const entry = shown.find((s) => s.element.offsetTop + s.element.offsetHeight > top);
  if (!entry) return toEnd;
  const from = entry.element.offsetTop - top;
  return () => {
    const now = shown.find((s) => same(s.message, entry.message));
    if (now) $("messages").scrollTop = now.element.offsetTop - from;
    else toEnd();
  };
}

function fill(messages, more) {
  shown = [];
  earlier = false; // until all are in
  $("all").replaceChildren();
  if (more) $("all").append(h("button", { className: "quiet older", onclick: askForOlder }, "Ver mensajes anteriores"));
  for (const message of messages) if (!shown.some((s) => same(s.message, message))) insert(message);
  earlier = more;
}

function askForOlder(e) {
  e.target.disabled = true;
  acts.older(oldest());
}

/** A new one, the stored form of one that was not, one that has got its place or was changed. */
export function put(message) {
  const old = shown.find((s) => same(s.message, message));
  if (!old) {
    $("all").querySelector(".none")?.remove();
    insert(message)?.element.classList.add("fresh");
    if (isMe(message.sender) && message.id === undefined) return toEnd();
    if (!following && !message.notice) $("to-end").hidden = false;
  } else if (isNewer(message, old.message)) {
    change(old, message);
    move(old);
    for (const entry of shown.filter((s) => s.message.reply?.message === message.id)) {
      const { text, attachments, deleted } = message;
      change(entry, { ...entry.message, reply: { ...entry.message.reply, text, what: attachments[0]?.kind, deleted } });
    }
  }
  follow();
}

/** What was said of one, and the server doesn't have yet, is another. */
export function redraw(id) {
  const entry = shown.find((s) => s.message.id === id);
  if (entry) change(entry, entry.message);
  follow();
}

/** One that is given up. */
export function remove(message) {
  const entry = shown.find((s) => s.message.id === undefined && same(s.message, message));
  if (entry) takeOut(entry);
  follow();
}

/** How far one has come has changed. */
export function tick(id, { deliveries, failed, changes }) {
  const entry = shown.find((s) => s.message.id === id);
  if (!entry) return;
  change(entry, { ...entry.message, deliveries, failed, changes });
  follow();
}

/** Puts one where it belongs; not if that is among those before the first, which are not here. */
function insert(message) {
  let at = shown.length;
  while (at && precedes(message, shown[at - 1].message)) at -= 1;
  if (!at && earlier) return null;
  const entry = { message, first: false, day: null, element: element(message, false) };
  const next = shown[at];
  if (next) (next.day ?? next.element).before(entry.element);
  else $("all").append(entry.element);
  shown.splice(at, 0, entry);
  settle(at);
  settle(at + 1);
  return entry;
}

/** Where it belongs may be elsewhere by now. */
function move(entry) {
  const at = shown.indexOf(entry);
  const [before, after] = [shown[at - 1], shown[at + 1]];
  if (!(before && precedes(entry.message, before.message)) && !(after && precedes(after.message, entry.message))) return;
  takeOut(entry);
  insert(entry.message);
}

function takeOut(entry) {
  const at = shown.indexOf(entry);
  shown.splice(at, 1);
  entry.day?.remove();
  entry.element.remove();
  settle(at);
}

/** Whether one begins a day, or what somebody says, depends on the one before it. */
function settle(at) {
  const [before, entry] = [shown[at - 1], shown[at]];
  if (!entry) return;
  const newDay = !before || !sameDay(before.message.at, entry.message.at);
  if (!newDay) {
    entry.day?.remove();
    entry.day = null;
  } else if (!entry.day) {
    entry.day = h("div", { className: "day" }, h("span", {}, day(entry.message.at)));
    entry.element.before(entry.day);
  }
  const first = newDay || Boolean(before.message.notice) || before.message.sender !== entry.message.sender;
  if (first !== entry.first) change(entry, entry.message, first);
}

function change(entry, message, first = entry.first) {
  const told = isOpen(entry.element) || entry.told;
  const focused = entry.element.contains(document.activeElement) ? document.activeElement : null;
  const fresh = element(message, first);
  entry.element.replaceWith(fresh);
  Object.assign(entry, { message, first, element: fresh });
  if (told) open(fresh);
  entry.told = told && !isOpen(fresh); // there is nothing to tell while it is on its way
  // What had the focus is another element now, or gone.
  if (focused) (fresh.querySelector(`[data-act="${CSS.escape(focused.dataset.act ?? "")}"]`) ?? fresh).focus({ preventScroll: true });
}

const element = (message, first) => draw(acts.asSaid(message), first, acts);
