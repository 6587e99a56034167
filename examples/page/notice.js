// What has happened to a conversation, in a line among its messages: who came and who went, what it is called now, whom it bars.

import { time } from "./dates.js";
import { h, written } from "./dom.js";
import { isMe, nameOf } from "./state.js";

const WORDS = {
  joined: [(who) => `${who} se unió`, "Te uniste"],
  left: [(who) => `${who} salió`, "Saliste"],
  banned: [(who) => `Se bloqueó a ${who}`, "Te bloquearon"],
  unbanned: [(who) => `Se desbloqueó a ${who}`, "Te desbloquearon"],
};

/** `message` has a `notice`. Nothing can be done with it. */
export function line(message) {
  return h("p", { className: "notice-line", title: time(message.at), "data-id": message.id }, written("span", "", words(message)));
}

function words({ notice, sender, senderName, text }) {
  if (notice === "renamed") return `Ahora se llama «${text}»`;
  const [of, mine] = WORDS[notice] ?? [() => "La conversación cambió", "La conversación cambió"];
  return isMe(sender) ? mine : of(nameOf(sender, senderName || undefined));
}
