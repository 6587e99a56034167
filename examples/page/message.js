// One message as it is drawn: who says it, what it answers, what is attached, what it says, who reacted, when.

import { badge, hued } from "./colours.js";
import { actsOn } from "./changes.js";
import { time } from "./dates.js";
import { h, icon, linked, written } from "./dom.js";
import { current, isMe, kindOf, nameOf, platformOf, state } from "./state.js";
import { isEmoji, listing } from "./text.js";
import { line } from "./notice.js";
import { fate } from "./ticks.js";

const MOST_REACTIONS = 20; // that are shown

/**
 * `first`: it begins what this person says. `acts`: `retry(one)` and `drop(one)`, of the outbox; `react(message, emoji, on)`; `jump(id)`, to
 * a message that is quoted.
 */
export function draw(message, first, acts) {
  if (message.notice) return line(message);
  const mine = isMe(message.sender);
  const platform = platformOf(message.sender);
  const name = nameOf(message.sender, message.senderName);
  const stored = message.id !== undefined;
  const article = h("article", {
    className: `msg${first ? " first" : ""}${mine ? " mine" : ""}${stored ? "" : " pending"}${message.waiting ? " changing" : ""}${message.deleted ? " gone" : ""}`,
    "aria-label": `${mine ? "Vos" : name}, ${time(message.at)}`,
    tabIndex: -1,
    "data-id": message.id ?? "",
  });
  if (first && !mine && kindOf(current()) !== "person") {
    article.append(hued(h("div", { className: "from" }, written("strong", "", name), platform !== state.platform && badge(platform)), platform));
  }
  const more = actsOn(message, mine).length > 0 && h("button", { className: "more", tabIndex: -1, "aria-label": "Acciones de este mensaje", "aria-haspopup": "dialog", "data-act": "more" }, icon("more"));
  article.append(h("div", { className: "said" }, bubble(message, acts), more));
  if (!message.deleted && message.reactions?.length) article.append(reactions(message, acts));
  article.append(h("div", { className: "meta" }, h("time", { dateTime: message.at }, time(message.at)),
    message.edited && !message.deleted && h("span", { className: "edited" }, "editado"), fate(message, acts)));
  return article;
}

function bubble(message, acts) {
  if (message.deleted) return h("div", { className: "bubble" }, icon("unsupported"), h("em", { className: "text" }, "Mensaje borrado"));
  const pictured = message.attachments.some((a) => a.kind === "image");
  const big = !message.attachments.length && !message.reply && isEmoji(message.text);
  const bubble = h("div", { className: `bubble${big ? " big" : ""}${pictured ? " pictured" : ""}` });
  if (message.reply) bubble.append(quote(message.reply, acts));
  bubble.append(...message.attachments.map(attached));
  if (message.text) bubble.append(written("div", "text", linked(message.text)));
  return bubble;
}

// What it answers.

const WHAT = { image: "Imagen", audio: "Audio", file: "Archivo" };

/** What a message says, in a line. */
export function inShort({ deleted, text, attachments, what }) {
  return deleted ? "Mensaje borrado" : text || WHAT[what ?? attachments?.[0]?.kind] || "";
}

/** The message that a new one answers, as it travels with that. */
export const quoted = (message) => ({
  message: message.id, sender: message.sender, senderName: message.senderName, text: message.text, what: message.attachments[0]?.kind, deleted: message.deleted,
});

function quote(reply, { jump }) {
  const { message, sender, senderName } = reply;
  if (message === null) return h("div", { className: "quote" }, h("em", {}, "Responde a un mensaje que acá no está"));
  const who = isMe(sender) ? "Vos" : nameOf(sender, senderName);
  return hued(h("button", { className: "quote", "aria-label": `Responde a ${who}: ${inShort(reply)}. Ir a ese mensaje`, "data-act": "quote", onclick: () => jump(message) },
    written("strong", "", who), written("span", reply.deleted ? "short gone" : "short", inShort(reply))), platformOf(sender));
}

// Who reacted.

function reactions(message, { react }) {
  return h("div", { className: "reactions", role: "group", "aria-label": "Reacciones" }, message.reactions.slice(0, MOST_REACTIONS).map(({ emoji, people }) => {
    const mine = people.includes(state.me.id);
    const names = listing(people.map((id) => (isMe(id) ? "vos" : nameOf(id))));
    const count = people.length > 1 ? ` ${people.length}` : "";
    return h("button", { className: "reaction", "aria-pressed": String(mine), "aria-label": `${emoji}${count}: ${names}`, title: names, "data-act": `r${emoji}`, onclick: () => react(message, emoji, !mine) },
      h("span", { className: "emoji" }, emoji), count && h("b", {}, count));
  }));
}

// What is attached.

const SAFE = /^(https?:\/\/|\/(?!\/)|data:(image|audio)\/|blob:)/;

function attached({ kind, url, name }) {
  const label = name || WHAT[kind] || "Archivo";
  if (!SAFE.test(url)) return h("span", {}, label);
  const link = () => h("a", { className: "file", href: url, target: "_blank", rel: "noopener noreferrer" }, label);
  if (kind === "audio") return h("audio", { controls: true, src: url, preload: "none", "aria-label": label });
  if (kind !== "image") return link();
  const image = h("img", { src: url, alt: label, loading: "lazy", referrerPolicy: "no-referrer" });
  image.addEventListener("error", () => image.replaceWith(link()));
  return image;
}
