// Which message stands before which.

const LAST = "~"; // after any event id

/** Whether it has its place. Without, it is on its way: to the chat, or from there to the other platforms. */
export const isPlaced = (message) => (message.place ?? null) !== null;

/**
 * Whether one stands before the other: by event id, which is the same order everywhere; what has none yet last, as the
 * server stored it; and after that what the server doesn't have yet, as it was written.
 */
export function precedes(one, other) {
  const [a, b] = [one.place ?? LAST, other.place ?? LAST];
  if (a !== b) return a < b;
  const [m, n] = [one.id ?? Infinity, other.id ?? Infinity];
  return m === n ? (one.order ?? 0) < (other.order ?? 0) : m < n;
}

/** The key that the page has given to a message, without what the server puts before it. */
export const keyOf = (message) => message.key?.slice(message.key.lastIndexOf("/") + 1);

/** Whether they are one message, be it stored or not. */
export function same(one, other) {
  if (one.id !== undefined && one.id === other.id) return true;
  const key = keyOf(one);
  return key !== undefined && key === keyOf(other) && one.sender === other.sender;
}

/** The last message of a conversation, now that this one is new or has got its place. */
export function lastOf(before, message) {
  if (!before || same(before, message)) return message;
  return precedes(message, before) ? before : message;
}

/** Whether this form of a message knows more than that one: a change more, or its place. Answers may come after pushes that know more. */
export function isNewer(one, other) {
  const [a, b] = [one.revision ?? 0, other.revision ?? 0];
  return other.id === undefined || a > b || (a === b && !isPlaced(other) && isPlaced(one));
}
