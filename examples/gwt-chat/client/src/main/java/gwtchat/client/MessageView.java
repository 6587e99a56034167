package gwtchat.client;

import elemental2.core.JsRegExp;
import elemental2.dom.HTMLElement;
import gwtchat.client.Wire.Link;
import gwtchat.client.Wire.Message;
import gwtchat.client.Wire.Reply;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** One message as it is drawn: who says it, what it answers, what is attached, what it says, who reacted, when, and how far it has come. */
final class MessageView {
    private static final JsRegExp SAFE = new JsRegExp("^(https?://|/app/files/|data:(image|audio)/)");

    private static final int MOST_REACTIONS = 20; // that are shown

    private MessageView() {}

    /** @param first whether it begins what this person says */
    static HTMLElement of(Message m, boolean first) {
        if (m.notice != null) {
            return notice(m);
        }
        boolean mine = State.isMe(m.sender);
        String platform = State.platformOf(m.sender);
        String name = State.nameOf(m.sender, m.senderName);
        HTMLElement article = Dom.make("article", "msg" + (first ? " first" : "") + (mine ? " mine" : "") + (m.id == null ? " pending" : "")
                + (m.waiting ? " changing" : "") + (m.deleted ? " gone" : ""));
        article.setAttribute("aria-label", (mine ? "Vos" : name) + ", " + Texts.time(m.at));
        article.setAttribute("data-id", m.id == null ? "" : String.valueOf(m.id));
        article.tabIndex = -1;
        Look.hued(article, platform);
        if (first) {
            Dom.add(article, Dom.make("div", "from", Look.face(name, platform, State.avatarOf(m.sender)), Dom.written("strong", "", mine ? "Vos" : name),
                    mine || platform.equals(State.platform) ? null : Look.badge(platform)));
        }
        Dom.add(article, bubble(m));
        if (!m.deleted && m.reactions != null && m.reactions.length > 0) {
            Dom.add(article, reactions(m));
        }
        HTMLElement time = Dom.with(Dom.make("time", "", Texts.time(m.at)), "datetime", m.at);
        HTMLElement edited = m.edited && !m.deleted ? Dom.make("span", "edited", "editado") : null;
        Dom.add(article, Dom.make("div", "meta", Ticks.of(m), edited, time));
        if (Changes.mayAct(m)) {
            HTMLElement more = Dom.make("button", "more", Dom.icon("more"));
            more.setAttribute("type", "button");
            more.setAttribute("aria-label", "Acciones de este mensaje");
            more.setAttribute("aria-haspopup", "dialog");
            more.setAttribute("data-act", "more");
            more.tabIndex = -1;
            Dom.add(article, more);
        }
        return article;
    }

    /** What has happened to the conversation, in a line; nothing can be done with it. */
    private static HTMLElement notice(Message m) {
        HTMLElement line = Dom.make("p", "notice-line", Dom.written("span", "", happened(m)));
        return Dom.with(Dom.with(line, "data-id", String.valueOf(m.id)), "title", Texts.time(m.at));
    }

    private static String happened(Message m) {
        boolean mine = State.isMe(m.sender);
        String who = State.nameOf(m.sender, m.senderName);
        switch (m.notice) {
            case "joined":
                return mine ? "Te uniste" : who + " se unió";
            case "left":
                return mine ? "Saliste" : who + " salió";
            case "banned":
                return mine ? "Te bloquearon" : "Se bloqueó a " + who;
            case "unbanned":
                return mine ? "Te desbloquearon" : "Se desbloqueó a " + who;
            default:
                return "Ahora se llama «" + m.text + "»";
        }
    }

    private static HTMLElement bubble(Message m) {
        if (m.deleted) {
            return Dom.make("div", "bubble", Dom.icon("unsupported"), Dom.make("em", "text", "Mensaje borrado"));
        }
        HTMLElement bubble = Dom.make("div", "bubble", m.reply == null ? null : quote(m.reply));
        for (Link link : m.attachments) {
            Dom.add(bubble, attached(link));
        }
        if (!m.text.isEmpty()) {
            boolean big = m.attachments.length == 0 && m.reply == null && Texts.isEmoji(m.text);
            HTMLElement text = Dom.written("span", big ? "text big" : "text");
            Dom.addLinked(text, m.text);
            Dom.add(bubble, text);
        }
        return bubble;
    }

    // What it answers.

    /** The message that a new one answers, as it travels with that. */
    static Reply quoted(Message m) {
        Reply reply = new Reply();
        reply.message = m.id;
        reply.sender = m.sender;
        reply.senderName = m.senderName;
        reply.text = m.text;
        reply.what = m.attachments.length == 0 ? null : m.attachments[0].kind;
        reply.deleted = m.deleted;
        return reply;
    }

    /** What a message says, in a line. */
    static String inShort(Message m) {
        return inShort(quoted(m));
    }

    static String inShort(Reply reply) {
        return reply.deleted ? "Mensaje borrado" : !reply.text.isEmpty() || reply.what == null ? reply.text : nameOf(reply.what);
    }

    private static HTMLElement quote(Reply reply) {
        if (reply.message == null) {
            return Dom.make("div", "quote", Dom.make("em", "", "Responde a un mensaje que acá no está"));
        }
        String who = State.isMe(reply.sender) ? "Vos" : State.nameOf(reply.sender, reply.senderName);
        HTMLElement quote = Dom.button("quote", () -> ConversationView.jump(reply.message),
                Dom.written("strong", "", who), Dom.written("span", reply.deleted ? "short gone" : "short", inShort(reply)));
        quote.setAttribute("aria-label", "Responde a " + who + ": " + inShort(reply) + ". Ir a ese mensaje");
        quote.setAttribute("data-act", "quote");
        return Look.hued(quote, State.platformOf(reply.sender));
    }

    // Who reacted.

    private static HTMLElement reactions(Message m) {
        HTMLElement all = Dom.with(Dom.with(Dom.make("div", "reactions"), "role", "group"), "aria-label", "Reacciones");
        Stream.of(m.reactions).limit(MOST_REACTIONS).forEach(one -> {
            boolean mine = Changes.hasReacted(m, one.emoji);
            String names = Texts.list(Stream.of(one.people).map(id -> State.isMe(id) ? "vos" : State.nameOf(id)).collect(Collectors.toList()));
            String count = one.people.length > 1 ? " " + one.people.length : "";
            HTMLElement button = Dom.button("reaction", () -> Outbox.react(m, one.emoji, !mine),
                    Dom.make("span", "emoji", one.emoji), count.isEmpty() ? null : Dom.make("b", "", count));
            button.setAttribute("aria-pressed", String.valueOf(mine));
            button.setAttribute("aria-label", one.emoji + count + ": " + names);
            button.setAttribute("title", names);
            button.setAttribute("data-act", "r" + one.emoji);
            Dom.add(all, button);
        });
        return all;
    }

    // What is attached.

    private static HTMLElement attached(Link link) {
        String label = link.name != null && !link.name.isEmpty() ? link.name : nameOf(link.kind);
        if (!SAFE.test(link.url)) {
            return Dom.make("span", "", label);
        }
        if (link.kind.equals("audio")) {
            HTMLElement audio = Dom.with(Dom.make("audio", ""), "aria-label", label);
            audio.setAttribute("controls", "");
            audio.setAttribute("preload", "none");
            audio.setAttribute("src", link.url);
            return audio;
        }
        if (!link.kind.equals("image")) {
            return Dom.link(link.url, label);
        }
        HTMLElement image = Dom.make("img", "");
        image.setAttribute("alt", label);
        image.setAttribute("loading", "lazy");
        image.setAttribute("referrerpolicy", "no-referrer");
        Dom.on(image, "load", event -> Pane.follow());
        Dom.on(image, "error", event -> {
            if (image.parentNode != null) {
                image.parentNode.replaceChild(Dom.link(link.url, label), image);
            }
        });
        image.setAttribute("src", link.url);
        return image;
    }

    static String nameOf(String kind) {
        return kind.equals("image") ? "Imagen" : kind.equals("audio") ? "Audio" : "Archivo";
    }
}
