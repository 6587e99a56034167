// What the page knows, and what a conversation is to the person who looks at it.

export const state = {
  me: null, // a person, like those in people
  platform: "", // this chat's own
  people: new Map(), // by id
  platforms: new Map(), // by name
  conversations: new Map(), // by id
  open: null, // the id of the conversation that is shown
  tab: "chats",
};

export const current = () => state.conversations.get(state.open);
export const isMe = (id) => id === state.me.id;
export const nameOf = (id, otherwise) => state.people.get(id)?.name ?? otherwise ?? "Alguien";

/** Somebody who is known no more may still tell it by the id: `Norte:4`. */
export function platformOf(id) {
  const known = state.people.get(id)?.platform;
  return known ?? (String(id).includes(":") ? String(id).split(":")[0] : state.platform);
}

export const kindOf = (c) => (c.public ? "room" : c.direct ? "person" : "group");
export const otherIn = (c) => c.members.find((m) => !isMe(m)) ?? state.me.id;
export const titleOf = (c) => (c.direct ? nameOf(otherIn(c)) : c.name || c.members.map((m) => nameOf(m)).join(", "));
export const homeOf = (c) => (c.direct ? platformOf(otherIn(c)) : c.home);
export const pictureOf = (c) => (c.direct ? state.people.get(otherIn(c))?.avatar : c.avatar);
export const mayRead = (c) => c.public || c.members.some(isMe);

export const isIn = (c) => c.members.some(isMe);

/** Whether the platform of a room bars somebody from it, alone or with all of their platform. */
export const isBarred = (c, id) => (c.banned ?? []).some((one) => one === id || one === `${platformOf(id)}:*`);

/**
 * What this person may do with a conversation. Its platform decides on all of it; the others on the people of their own: those come to
 * public rooms and leave any. That the person takes part is asked of them here.
 */
export function rights(c) {
  const partaking = !c.direct && !c.failed && isIn(c);
  const atHome = partaking && c.home === state.platform;
  const own = (id) => partaking && platformOf(id) === state.platform;
  return { rename: atHome, ban: atHome, add: (id) => atHome || (c.public && own(id)), remove: (id) => atHome || own(id) };
}

/** The other platforms in it. */
export function othersIn(c) {
  const names = new Set(c?.members.map(platformOf));
  return sortedPlatforms().filter((p) => !p.own && names.has(p.name));
}

/** This one first. */
export function sortedPlatforms() {
  return [...state.platforms.values()].sort((a, b) => b.own - a.own || a.name.localeCompare(b.name, "es"));
}

/** All who can be written to, platform by platform. */
export function reachable() {
  const order = new Map(sortedPlatforms().map((p, n) => [p.name, n]));
  return [...state.people.values()]
    .filter((p) => p.active && !isMe(p.id))
    .sort((a, b) => (order.get(a.platform) ?? 99) - (order.get(b.platform) ?? 99) || a.name.localeCompare(b.name, "es"));
}

export function setPeople(people) {
  state.people = new Map(people.map((p) => [p.id, p]));
}

export function setPlatforms(platforms) {
  state.platforms = new Map(platforms.map((p) => [p.name, p]));
  // One that knows no others, so far.
  const own = { name: state.platform, own: true, up: true, supportImage: true, supportAudio: true };
  if (!state.platforms.has(own.name)) state.platforms.set(own.name, own);
}
