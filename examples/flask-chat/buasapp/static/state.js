// What the page knows, and what a conversation is to the person who looks at it.

export const state = {
  me: 0, // the key of a user, as in people
  own: "", // the name of this platform
  platforms: [], // this one first
  people: new Map(), // by key
  conversations: new Map(), // by key
  open: null, // the key of the conversation that is shown
  tab: "chats",
};

export const current = () => state.conversations.get(state.open);
export const nameOf = (id) => state.people.get(id)?.name ?? "Alguien";
export const platformOf = (id) => state.people.get(id)?.platform ?? state.own;
export const platform = (name) => state.platforms.find((p) => p.name === name);

/** `room`, `group` or `person`: a private chat of two. */
export const kindOf = (c) => (c.public ? "room" : c.members.length === 2 ? "person" : "group");

const other = (c) => c.members.find((id) => id !== state.me) ?? state.me;

export const titleOf = (c) => (kindOf(c) === "person" ? nameOf(other(c)) : c.name || c.members.map(nameOf).join(", "));
export const homeOf = (c) => (kindOf(c) === "person" ? platformOf(other(c)) : c.home);

/** The other platforms that have somebody in it. */
export function othersIn(c) {
  const names = new Set(c.members.map(platformOf));
  return state.platforms.filter((p) => !p.own && names.has(p.name));
}

/** All who can be written to, this platform's own first. */
export function reachable() {
  const order = new Map(state.platforms.map((p, n) => [p.name, n]));
  return [...state.people.values()]
    .filter((p) => p.active && p.id !== state.me)
    .sort((a, b) => (order.get(a.platform) ?? 99) - (order.get(b.platform) ?? 99) || a.name.localeCompare(b.name, "es"));
}

const LAST = "~"; // after any event id

/** Whether it has its place. Without, it is on its way: to the chat, or from there to the other platforms. */
export const isPlaced = (message) => (message.place ?? null) !== null;

/** Whether one message stands before the other: by event id, which is the same order everywhere; what has none yet last, as it was written. */
export function precedes(one, other) {
  const [a, b] = [one.place ?? LAST, other.place ?? LAST];
  return a === b ? (one.id ?? Infinity) < (other.id ?? Infinity) : a < b;
}

export const matches = (text, query) => text.toLocaleLowerCase("es").includes(query.trim().toLocaleLowerCase("es"));
