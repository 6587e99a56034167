package gwtchat.client;

import elemental2.dom.Element;
import elemental2.dom.HTMLElement;
import gwtchat.client.Wire.Change;
import gwtchat.client.Wire.Message;
import gwtchat.client.Wire.Tick;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import jsinterop.base.Js;

/** What became of what this person has written: the message, its latest edit or delete, reactions. As marks, and on request in words. */
final class Ticks {
    private static final Map<String, String> STATES = Map.of(
            "waiting", "en espera: se envía en cuanto responda",
            "accepted", "la tiene su pasarela, falta entregarla",
            "parked", "llegó, espera a que llegue también la conversación",
            "delivered", "entregado",
            "dead", "no se pudo entregar",
            "unsupported", "no lo muestra");

    /** At a platform that has no word for it. */
    private static final Map<String, String> UNABLE = Map.of("delete", "no lo muestra: ahí sigue el mensaje", "reaction", "no la muestra");

    private static final Map<String, String> REFUSED = Map.of(
            "edit", "La edición no se envió", "delete", "El borrado no se envió", "reaction", "La reacción no se envió");

    private Ticks() {}

    /** The message itself, or what this person has said of it: something that has gone to the other platforms. */
    private static final class Part {
        final String kind;
        final String title;
        final String emoji;
        final boolean sent;
        final Tick[] deliveries;
        final String failed;

        Part(Message message) {
            kind = "message";
            title = "Mensaje";
            emoji = null;
            sent = true;
            deliveries = message.deliveries;
            failed = null;
        }

        Part(Change change) {
            kind = change.kind;
            title = kind.equals("edit") ? "Edición" : kind.equals("delete") ? "Borrado" : change.emoji;
            emoji = change.emoji;
            sent = change.sent;
            deliveries = change.deliveries;
            failed = change.failed;
        }

        boolean isReaction() {
            return kind.equals("reaction");
        }

        String inWords(Tick tick) {
            String unable = tick.state.equals("unsupported") ? UNABLE.get(kind) : null;
            return (unable != null ? unable : STATES.getOrDefault(tick.state, tick.state)) + (tick.why == null ? "" : " (" + tick.why + ")");
        }

        String inWords() {
            return Stream.of(deliveries).map(tick -> tick.platform + ", " + inWords(tick)).collect(Collectors.joining("; "));
        }
    }

    /** What stands beside the time of a message. */
    static List<HTMLElement> of(Message m) {
        boolean mine = State.isMe(m.sender);
        if (m.error != null) {
            return refused(m.error, () -> Outbox.retry(m), () -> Outbox.drop(m));
        }
        if (m.refused != null) {
            return refused(m.refused.error, () -> Outbox.retry(m.refused), () -> Outbox.drop(m.refused));
        }
        if (mine && m.failed != null) {
            return List.of(failed("No se envió", m.failed));
        }
        if (m.waiting || mine && (m.id == null || m.place == null)) {
            return List.of(mark("waiting", "waiting", "Saliendo"));
        }
        List<Part> parts = parts(m, mine);
        for (Part part : parts) {
            if (part.failed != null) {
                return List.of(failed(REFUSED.get(part.kind), part.failed));
            }
        }
        if (parts.stream().anyMatch(part -> !part.sent)) {
            return List.of(mark("waiting", "waiting", "Saliendo"));
        }
        List<Part> told = parts.stream().filter(part -> part.deliveries.length > 0).collect(Collectors.toList());
        if (!told.isEmpty()) {
            return marks(told);
        }
        return mine ? List.of(mark("stored", "delivered", "Guardado")) : List.of();
    }

    /** The message, what its writer has made of it, and the reactions of this person. */
    private static List<Part> parts(Message m, boolean mine) {
        List<Part> parts = new ArrayList<>();
        if (mine) {
            parts.add(new Part(m));
        }
        List<Part> own = Stream.of(m.changes).filter(change -> State.isMe(change.sender)).map(Part::new).collect(Collectors.toList());
        own.stream().filter(part -> !part.isReaction()).forEach(parts::add);
        own.stream().filter(part -> part.isReaction() && !m.deleted).forEach(parts::add);
        return parts;
    }

    private static List<HTMLElement> refused(String why, Runnable retry, Runnable drop) {
        return List.of(Dom.make("span", "failed", why), Dom.button("retry", retry, "Reintentar"), Dom.button("retry", drop, "Descartar"));
    }

    private static HTMLElement failed(String what, String why) {
        HTMLElement failed = Dom.make("span", "failed tick", Dom.icon("dead"), what);
        return Dom.with(Dom.with(failed, "data-state", "dead"), "title", why);
    }

    private static HTMLElement mark(String state, String icon, String label) {
        HTMLElement mark = Dom.make("span", "tick", Dom.icon(icon), Dom.make("span", "sr", label));
        return Dom.with(Dom.with(mark, "data-state", state), "title", label);
    }

    /**
     * One tick per destination: delivered ones as a mark in its colour, the others by name. They are those of the message as it is now; of
     * a reaction only what did not arrive. A click tells all in words.
     */
    private static List<HTMLElement> marks(List<Part> parts) {
        Part now = parts.stream().filter(part -> !part.isReaction()).reduce((before, part) -> part).orElse(null);
        List<HTMLElement> marks = new ArrayList<>();
        for (Part part : parts) {
            for (Tick tick : part.deliveries) {
                if (part == now || part.isReaction() && !tick.state.equals("delivered")) {
                    marks.add(mark(part, tick));
                }
            }
        }
        if (marks.isEmpty()) {
            return List.of();
        }
        HTMLElement[] button = new HTMLElement[1];
        button[0] = Dom.button("ticks", () -> toggle(button[0], parts), marks);
        String label = parts.size() == 1
                ? "Entrega: " + parts.get(0).inWords()
                : parts.stream().map(part -> part.title + ": " + part.inWords()).collect(Collectors.joining(". "));
        button[0].setAttribute("aria-label", label);
        button[0].setAttribute("aria-expanded", "false");
        button[0].setAttribute("data-act", "ticks");
        return List.of(button[0]);
    }

    private static HTMLElement mark(Part part, Tick tick) {
        HTMLElement mark = Dom.make("span", "tick", Dom.icon(tick.state), part.isReaction() ? Dom.make("span", "", part.emoji) : null,
                tick.state.equals("delivered") ? null : tick.platform);
        mark.setAttribute("data-state", tick.state);
        mark.setAttribute("data-platform", tick.platform);
        mark.setAttribute("title", tick.platform + ": " + part.inWords(tick));
        return Look.hued(mark, tick.platform);
    }

    private static void toggle(HTMLElement button, List<Part> parts) {
        boolean open = "true".equals(button.getAttribute("aria-expanded"));
        button.setAttribute("aria-expanded", String.valueOf(!open));
        Element article = button.closest("article");
        if (open) {
            article.querySelector(".fates").remove();
            return;
        }
        HTMLElement fates = Dom.make("ul", "fates");
        for (Part part : parts) {
            Dom.add(fates, parts.size() == 1 ? null : Dom.make("li", "part", part.title));
            for (Tick tick : part.deliveries) {
                Dom.add(fates, Dom.make("li", "", Dom.icon(tick.state), Look.badge(tick.platform), Dom.make("span", "", part.inWords(tick))));
            }
        }
        article.appendChild(fates);
    }

    /** Whether a message tells in words how far it has come. */
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
