package gwtchat.client;

import elemental2.core.JsRegExp;
import elemental2.dom.Element;
import elemental2.dom.HTMLElement;
import gwtchat.client.Wire.Link;
import gwtchat.client.Wire.Message;
import gwtchat.client.Wire.Tick;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import jsinterop.base.Js;

/** One message as it is drawn: who says it, what is attached, what it says, when, and how far it has come. */
final class MessageView {
    private static final JsRegExp SAFE = new JsRegExp("^(https?://|/app/files/|data:(image|audio)/)");

    private static final Map<String, String> STATES = Map.of(
            "waiting", "en espera: se envía en cuanto responda",
            "accepted", "la tiene su pasarela, falta entregarla",
            "parked", "llegó, espera a que llegue también la conversación",
            "delivered", "entregado",
            "dead", "no se pudo entregar");

    private MessageView() {}

    /** @param first whether it begins what this person says */
    static HTMLElement of(Message m, boolean first) {
        boolean mine = State.isMe(m.sender);
        String platform = State.platformOf(m.sender);
        String name = State.nameOf(m.sender, m.senderName);
        HTMLElement article = Dom.make("article", "msg" + (first ? " first" : "") + (mine ? " mine" : "") + (m.id == null ? " pending" : ""));
        article.setAttribute("aria-label", (mine ? "Vos" : name) + ", " + Texts.time(m.at));
        Look.hued(article, platform);
        if (first) {
            Dom.add(article, Dom.make("div", "from", Look.face(name, platform), Dom.written("strong", "", mine ? "Vos" : name),
                    mine || platform.equals(State.platform) ? null : Look.badge(platform)));
        }
        for (Link link : m.attachments) {
            Dom.add(article, attached(link));
        }
        if (!m.text.isEmpty()) {
            boolean big = m.attachments.length == 0 && Texts.isEmoji(m.text);
            HTMLElement text = Dom.written("span", big ? "text big" : "text");
            Dom.addLinked(text, m.text);
            Dom.add(article, text);
        }
        HTMLElement time = Dom.with(Dom.make("time", "", Texts.time(m.at)), "datetime", m.at);
        Dom.add(article, Dom.make("div", "meta", mine ? fate(m) : null, time));
        return article;
    }

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

    // What became of an own message.

    private static List<HTMLElement> fate(Message m) {
        if (m.error != null) {
            return List.of(Dom.make("span", "failed", m.error), Dom.button("retry", () -> Outbox.retry(m), "Reintentar"),
                    Dom.button("retry", () -> Outbox.drop(m), "Descartar"));
        }
        if (m.failed != null) {
            HTMLElement failed = Dom.make("span", "failed tick", Dom.icon("dead"), "No se envió");
            return List.of(Dom.with(Dom.with(failed, "data-state", "dead"), "title", m.failed));
        }
        if (m.id == null || m.place == null) {
            return List.of(mark("waiting", "waiting", "Saliendo"));
        }
        return List.of(m.deliveries.length == 0 ? mark("stored", "delivered", "Guardado") : ticks(m));
    }

    private static HTMLElement mark(String state, String icon, String label) {
        HTMLElement mark = Dom.make("span", "tick", Dom.icon(icon), Dom.make("span", "sr", label));
        return Dom.with(Dom.with(mark, "data-state", state), "title", label);
    }

    /** One tick per destination: delivered ones as a mark in its colour, the others by name. A click tells all in words. */
    private static HTMLElement ticks(Message m) {
        List<HTMLElement> marks = new ArrayList<>();
        for (Tick tick : m.deliveries) {
            HTMLElement mark = Dom.make("span", "tick", Dom.icon(tick.state), tick.state.equals("delivered") ? null : tick.platform);
            mark.setAttribute("data-state", tick.state);
            mark.setAttribute("data-platform", tick.platform);
            mark.setAttribute("title", tick.platform + ": " + inWords(tick));
            marks.add(Look.hued(mark, tick.platform));
        }
        HTMLElement[] button = new HTMLElement[1];
        button[0] = Dom.button("ticks", () -> toggle(button[0], m), marks);
        String label = Stream.of(m.deliveries).map(tick -> tick.platform + ", " + inWords(tick)).collect(Collectors.joining("; "));
        button[0].setAttribute("aria-label", "Entrega: " + label);
        button[0].setAttribute("aria-expanded", "false");
        return button[0];
    }

    private static void toggle(HTMLElement button, Message m) {
        boolean open = "true".equals(button.getAttribute("aria-expanded"));
        button.setAttribute("aria-expanded", String.valueOf(!open));
        Element article = button.closest("article");
        if (open) {
            article.querySelector(".fates").remove();
            return;
        }
        HTMLElement fates = Dom.make("ul", "fates");
        for (Tick tick : m.deliveries) {
            Dom.add(fates, Dom.make("li", "", Dom.icon(tick.state), Look.badge(tick.platform), Dom.make("span", "", inWords(tick))));
        }
        article.appendChild(fates);
    }

    private static String inWords(Tick tick) {
        return STATES.getOrDefault(tick.state, tick.state) + (tick.why == null ? "" : " (" + tick.why + ")");
    }

    /** Whether it tells in words how far it has come. */
    static boolean isOpen(HTMLElement message) {
        return message.querySelector(".fates") != null;
    }

    static void open(HTMLElement message) {
        HTMLElement ticks = Js.uncheckedCast(message.querySelector(".ticks"));
        if (ticks != null) {
            ticks.click();
        }
    }
}
