package gwtchat.client;

import elemental2.dom.DomGlobal;
import elemental2.dom.Element;
import elemental2.dom.Event;
import elemental2.dom.HTMLElement;
import elemental2.dom.Node;
import elemental2.dom.NodeList;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import jsinterop.base.Js;
import jsinterop.base.JsPropertyMap;

/** Elements of the page: finding them, and building them. Text is always text, never markup. */
final class Dom {
    private static final String SVG = "http://www.w3.org/2000/svg";

    private static final Map<String, String> PATHS = Map.ofEntries(
            Map.entry("back", "M15 5l-7 7 7 7"),
            Map.entry("close", "M6 6l12 12M18 6L6 18"),
            Map.entry("leave", "M10 4H6a2 2 0 0 0-2 2v12a2 2 0 0 0 2 2h4M15 8l4 4-4 4M19 12H9"),
            Map.entry("send", "M4 12l16-8-6 16-3-6.500z"),
            Map.entry("attach", "M4 7a2 2 0 0 1 2-2h12a2 2 0 0 1 2 2v10a2 2 0 0 1-2 2H6a2 2 0 0 1-2-2zM4 16l4.500-4.500 4 4 2.500-2.500 5 4.500M15.500 9.500h.1"),
            Map.entry("new", "M12 5v14M5 12h14"),
            Map.entry("chats", "M4 6.500A2.500 2.500 0 0 1 6.500 4h11A2.500 2.500 0 0 1 20 6.500v7a2.500 2.500 0 0 1-2.500 2.500H11l-5 4v-4.100a2.500 2.500 0 0 1-2-2.400z"),
            Map.entry("people", "M9 11a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7zM2.500 20a6.500 6.500 0 0 1 13 0M16 4.500a3.500 3.500 0 0 1 0 6.300M18 14.300a6.500 6.500 0 0 1 3.500 5.700"),
            Map.entry("group", "M9 11a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7zM2.500 20a6.500 6.500 0 0 1 13 0M16 4.500a3.500 3.500 0 0 1 0 6.300M18 14.300a6.500 6.500 0 0 1 3.500 5.700"),
            Map.entry("public", "M9 4L7 20M17 4l-2 16M4 9h16M3.500 15h16"),
            Map.entry("waiting", "M12 3.500a8.500 8.500 0 1 0 0 17 8.500 8.500 0 0 0 0-17zM12 7.500V12l3 2"),
            Map.entry("accepted", "M4 12h12M11 7l5 5-5 5M20 5v14"),
            Map.entry("parked", "M9 6v12M15 6v12"),
            Map.entry("delivered", "M4.500 12.500l5 5L19.500 7"),
            Map.entry("dead", "M6 6l12 12M18 6L6 18"),
            Map.entry("unsupported", "M12 3.500a8.500 8.500 0 1 0 0 17 8.500 8.500 0 0 0 0-17zM6 6l12 12"),
            Map.entry("more", "M5.500 12h.01M12 12h.01M18.500 12h.01"),
            Map.entry("reply", "M10 6l-6 5.500 6 5.500M4.500 11.500H14a6 6 0 0 1 6 6v1"),
            Map.entry("edit", "M4 20l1-4.500L16 4.500a2.100 2.100 0 0 1 3.500 3.500L8.500 19zM14 6.500l3.500 3.500"),
            Map.entry("delete", "M5 7h14M9.500 7V4.500h5V7M7 7l1 13h8l1-13M10.500 11v5M13.500 11v5"));

    private Dom() {}

    static HTMLElement byId(String id) {
        return Js.uncheckedCast(DomGlobal.document.getElementById(id));
    }

    /** That element, as the type it is of. */
    static <T> T the(String id) {
        return Js.uncheckedCast(DomGlobal.document.getElementById(id));
    }

    /** {@code make("span", "badge hue", "text", child, null)}. */
    static HTMLElement make(String tag, String classes, Object... children) {
        HTMLElement element = Js.uncheckedCast(DomGlobal.document.createElement(tag));
        if (!classes.isEmpty()) {
            element.className = classes;
        }
        for (Object child : children) {
            add(element, child);
        }
        return element;
    }

    static void add(Element parent, Object child) {
        if (child instanceof String) {
            parent.appendChild(DomGlobal.document.createTextNode((String) child));
        } else if (child instanceof List) {
            ((List<?>) child).forEach(c -> add(parent, c));
        } else if (child != null) {
            parent.appendChild(Js.<Node>uncheckedCast(child));
        }
    }

    static HTMLElement button(String classes, Runnable action, Object... children) {
        HTMLElement button = make("button", classes, children);
        button.setAttribute("type", "button");
        button.addEventListener("click", event -> action.run());
        return button;
    }

    /** All of these, in order. */
    static List<HTMLElement> all(Element in, String selector) {
        NodeList<Element> found = in.querySelectorAll(selector);
        List<HTMLElement> all = new ArrayList<>();
        for (int n = 0; n < found.length; n++) {
            all.add(Js.uncheckedCast(found.item(n)));
        }
        return all;
    }

    /** The same element, with that attribute. */
    static HTMLElement with(HTMLElement element, String attribute, String value) {
        element.setAttribute(attribute, value);
        return element;
    }

    static void fill(Element element, Object... children) {
        element.textContent = "";
        for (Object child : children) {
            add(element, child);
        }
    }

    /** What people write may be in any script. */
    static HTMLElement written(String tag, String classes, Object... children) {
        return with(make(tag, classes, children), "dir", "auto");
    }

    static void show(Element element, boolean shown) {
        element.toggleAttribute("hidden", !shown);
    }

    static void on(Element element, String event, Consumer<Event> handler) {
        element.addEventListener(event, handler::accept);
    }

    static Element icon(String name) {
        Element svg = DomGlobal.document.createElementNS(SVG, "svg");
        svg.setAttribute("viewBox", "0 0 24 24");
        svg.setAttribute("class", "i");
        svg.setAttribute("aria-hidden", "true");
        Element path = DomGlobal.document.createElementNS(SVG, "path");
        path.setAttribute("d", PATHS.get(name));
        svg.appendChild(path);
        return svg;
    }

    /** A text with its addresses as links. */
    static void addLinked(Element element, String text) {
        List<String> pieces = Texts.withAddresses(text);
        for (int n = 0; n < pieces.size(); n++) {
            add(element, n % 2 == 0 ? pieces.get(n) : link(pieces.get(n), pieces.get(n)));
        }
    }

    static HTMLElement link(String address, String text) {
        HTMLElement link = make("a", "", text);
        link.setAttribute("href", address);
        link.setAttribute("target", "_blank");
        link.setAttribute("rel", "noopener noreferrer");
        return link;
    }

    /** Gives it the focus, and moves nothing. */
    static void focus(HTMLElement element) {
        Js.<Browser.Focusable>uncheckedCast(element).focus(JsPropertyMap.of("preventScroll", true));
    }

    private static double hiding;

    /** Says something for a moment. */
    static void toast(String text) {
        HTMLElement toast = byId("toast");
        toast.textContent = text;
        show(toast, true);
        DomGlobal.clearTimeout(hiding);
        hiding = DomGlobal.setTimeout(ignored -> show(toast, false), 6000);
    }
}
