// What the page knows, and what a conversation is to the person who looks at it.

export const state = {
  me: null, // a person, like those in people
  platform: "", // this chat's own
  people: new Map(), // by external id
  platforms: new Map(), // by name
  conversations: new Map(), // by id
  open: null, // the id of the conversation that is shown
  tab: "chats",
};

export const current = () => state.conversations.get(state.open);
export const platformOf = (id) => id.slice(0, Math.max(id.indexOf(":"), 0));
export const nameOf = (id, otherwise) => state.people.get(id)?.name ?? otherwise ?? id;

// What a conversation is to the person who looks at it.

export function kindOf(c) {
  if (c.public) return "public";
  return c.members.length === 2 ? "person" : "group";
}

export const otherIn = (c) => c.members.find((m) => m !== state.me.id) ?? state.me.id;

export function titleOf(c) {
  return kindOf(c) === "person" ? nameOf(otherIn(c)) : c.name || c.members.map((m) => nameOf(m)).join(", ");
}

export const homeOf = (c) => platformOf(kindOf(c) === "person" ? otherIn(c) : c.external);

/** The other platforms in it, by name. */
export function othersOf(c) {
  return [...new Set(c?.members.map(platformOf))].filter((p) => p !== state.platform).map((p) => state.platforms.get(p)).filter(Boolean);
}

export const mayRead = (c) => c.public || c.members.includes(state.me.id);
