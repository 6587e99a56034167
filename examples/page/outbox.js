// Writing. A message is shown at once, and sent again under the same key until the server has it; in order.

import { call } from "./dom.js";
import * as pane from "./messages.js";
import { state } from "./state.js";

const pending = new Map(); // conversation -> messages that the server has not confirmed

/** What was written in a conversation and the server has not confirmed. */
export const unconfirmed = (id) => pending.get(id) ?? [];

export function send(text, attachment) {
  const id = state.open;
  const key = crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`;
  const message = {
    conversation: id, sender: state.me.id, senderName: state.me.name, text, at: new Date().toISOString(), deliveries: [],
    attachments: attachment ? [{ kind: attachment.kind, url: attachment.preview, name: attachment.name }] : [],
    key: `${state.me.id}/${key}`, pending: true, post: { key, text, attachment: attachment?.post },
  };
  pending.set(id, [...(pending.get(id) ?? []), message]);
  pane.put(message);
  flush(id);
}

const flushing = new Set();

export async function flush(id) {
  if (flushing.has(id)) return;
  flushing.add(id);
  try {
    for (let next; (next = pending.get(id)?.[0]); ) {
      const { message } = await call(`/app/conversations/${id}/messages`, next.post);
      confirm(message);
      if (state.open === id) pane.put(message);
    }
  } catch (e) {
    // What passes is tried again by the next connection, or by the person.
    const [first] = pending.get(id) ?? [];
    if (first) {
      first.error = e.message;
      if (state.open === id) pane.put(first);
    }
  } finally {
    flushing.delete(id);
  }
}

/** The server has it. */
export function confirm(message) {
  const waiting = pending.get(message.conversation);
  if (waiting) pending.set(message.conversation, waiting.filter((m) => m.key !== message.key));
}

/** Sends what waits in any conversation. */
export function flushAll() {
  for (const id of pending.keys()) flush(id);
}
