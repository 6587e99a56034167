package gwtchat.client;

import elemental2.dom.DOMRect;
import elemental2.dom.DomGlobal;
import elemental2.dom.Element;
import elemental2.dom.Event;
import elemental2.dom.HTMLDialogElement;
import elemental2.dom.HTMLElement;
import elemental2.dom.HTMLInputElement;
import elemental2.dom.KeyboardEvent;
import elemental2.dom.MouseEvent;
import gwtchat.client.Wire.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import jsinterop.base.Js;

/** What can be done with a message: a menu with the reactions, which opens by its button, by a long press, and from the keyboard. */
final class Menu {
    private static final int LONG = 450; // milliseconds of a press
    private static final int STILL = 10; // pixels that a finger may move meanwhile

    private static final HTMLDialogElement menu = Dom.the("menu");
    private static final HTMLElement pane = Dom.byId("messages");
    /** The id of the message whose menu is open, as its element has it. */
    private static String opened;

    private static MouseEvent pressedAt;
    private static boolean pressed;
    private static double timer;

    private Menu() {}

    static void begin() {
        Dom.on(pane, "click", event -> {
            Element more = target(event).closest(".more");
            if (more != null) {
                open(Js.uncheckedCast(more.closest("article")), more);
            }
        });
        Dom.on(pane, "keydown", event -> walk(Js.uncheckedCast(event)));
        watchPresses();
        Dom.on(menu, "keydown", event -> choose(Js.uncheckedCast(event)));
        Dom.on(menu, "click", event -> {
            if (target(event) == menu) {
                menu.close(); // a press beside it
            }
        });
        // The browser gives the focus back to what had it, unless that was drawn anew meanwhile.
        Dom.on(menu, "close", event -> {
            Element focused = DomGlobal.document.activeElement;
            if (focused == DomGlobal.document.body || menu.contains(focused)) {
                messages().stream().filter(m -> opened.equals(m.getAttribute("data-id"))).findFirst().ifPresent(Dom::focus);
            }
        });
    }

    private static Element target(Event event) {
        return Js.uncheckedCast(event.target);
    }

    private static List<HTMLElement> messages() {
        return Dom.all(pane, ".msg");
    }

    // From the keyboard: the arrows go from message to message, Enter opens the menu of one.

    private static void walk(KeyboardEvent event) {
        Element target = target(event);
        Element article = target.closest(".msg");
        if (target != pane && target != article) {
            return; // what stands in a message has keys of its own
        }
        List<HTMLElement> all = messages();
        int at = article == null ? all.size() : all.indexOf(article);
        switch (event.key) {
            case "ArrowUp":
                go(all, at - 1);
                break;
            case "ArrowDown":
                go(all, at + 1);
                break;
            case "Home":
                go(all, 0);
                break;
            case "End":
                go(all, all.size() - 1);
                break;
            case "Escape":
                Composer.focus();
                break;
            case "Enter":
            case " ":
            case "ContextMenu":
                if (article == null) {
                    return;
                }
                open(Js.uncheckedCast(article), article);
                break;
            default:
                return;
        }
        event.preventDefault();
    }

    /** Before the first one is the button for older ones. */
    private static void go(List<HTMLElement> all, int at) {
        Element older = at < 0 ? pane.querySelector(".older") : null;
        if (older != null) {
            Js.<HTMLElement>uncheckedCast(older).focus();
        } else if (!all.isEmpty()) {
            all.get(Math.max(0, Math.min(at, all.size() - 1))).focus();
        }
    }

    // By a finger.

    private static void watchPresses() {
        Dom.on(pane, "pointerdown", event -> {
            forget();
            pressed = false;
            Element article = target(event).closest(".msg");
            boolean touch = "touch".equals(Js.asPropertyMap(event).get("pointerType"));
            if (!touch || article == null || target(event).closest("audio, .more") != null) {
                return;
            }
            pressedAt = Js.uncheckedCast(event);
            timer = DomGlobal.setTimeout(ignored -> {
                pressed = true;
                open(Js.uncheckedCast(article), article);
            }, LONG);
        });
        Dom.on(pane, "pointermove", event -> {
            MouseEvent at = Js.uncheckedCast(event);
            if (pressedAt != null && Math.hypot(at.clientX - pressedAt.clientX, at.clientY - pressedAt.clientY) > STILL) {
                forget();
            }
        });
        for (String end : new String[] {"pointerup", "pointercancel", "scroll"}) {
            Dom.on(pane, end, event -> forget());
        }
        // The browser has a menu of its own for it, and takes the end of the press for one on what is below.
        Dom.on(pane, "contextmenu", event -> {
            if (pressed || pressedAt != null) {
                event.preventDefault();
            }
        });
        pane.addEventListener("click", event -> {
            if (pressed) {
                pressed = false;
                event.preventDefault();
                event.stopImmediatePropagation();
            }
        }, true);
    }

    private static void forget() {
        DomGlobal.clearTimeout(timer);
        pressedAt = null;
    }

    // The menu. It has rows: the reactions, the field for another one, what else can be done.

    private static void open(HTMLElement article, Element origin) {
        Message message = Pane.of(article);
        if (message == null || !Changes.mayAct(message) || menu.open) {
            return;
        }
        List<HTMLElement> items = new ArrayList<>();
        items.add(Dom.make("div", "row", Changes.REACTIONS.stream().map(emoji -> offered(message, emoji)).collect(Collectors.toList())));
        items.add(another(message));
        items.add(act("reply", "Responder", () -> Composer.answer(message)));
        if (Changes.mayEdit(message)) {
            items.add(act("edit", "Editar", () -> Composer.edit(message)));
            items.add(act("delete", "Borrar", () -> remove(message)));
        }
        Dom.fill(menu, items);
        opened = article.getAttribute("data-id");
        menu.showModal();
        place(origin.classList.contains("more") ? origin : article);
    }

    private static HTMLElement item(String classes, Runnable then, Object... children) {
        return Dom.button(classes, () -> {
            menu.close();
            then.run();
        }, children);
    }

    private static HTMLElement act(String name, String words, Runnable then) {
        return Dom.make("div", "row", item("act " + name, then, Dom.icon(name), words));
    }

    private static HTMLElement offered(Message message, String emoji) {
        boolean on = Changes.hasReacted(message, emoji);
        HTMLElement button = item("emoji", () -> Outbox.react(message, emoji, !on), emoji);
        button.setAttribute("aria-pressed", String.valueOf(on));
        return Dom.with(button, "aria-label", "Reaccionar con " + emoji);
    }

    private static HTMLElement another(Message message) {
        HTMLInputElement field = Js.uncheckedCast(Dom.make("input", "other"));
        field.placeholder = "Otro emoji";
        field.autocomplete = "off";
        field.setAttribute("aria-label", "Reaccionar con otro emoji");
        Dom.on(field, "input", event -> field.setCustomValidity(""));
        HTMLElement form = Dom.make("form", "row", field, Dom.make("button", "quiet", "Reaccionar"));
        Dom.on(form, "submit", event -> {
            event.preventDefault();
            String emoji = Texts.emojiIn(field.value);
            if (emoji == null) {
                field.setCustomValidity("Escribí un emoji.");
                field.reportValidity();
                return;
            }
            menu.close();
            Outbox.react(message, emoji, true);
        });
        return form;
    }

    private static void remove(Message message) {
        if (DomGlobal.window.confirm("¿Borrar este mensaje para todos? Donde no se puede borrar lo que ya llegó, sigue estando.")) {
            Outbox.delete(message);
        }
    }

    /** Beside what it is of, and whole; on a phone at the bottom, where the thumb is. */
    private static void place(Element beside) {
        menu.style.setProperty("left", "");
        menu.style.setProperty("top", "");
        if (!DomGlobal.window.matchMedia("(min-width: 761px)").matches) {
            return;
        }
        DOMRect at = beside.getBoundingClientRect();
        DOMRect own = menu.getBoundingClientRect();
        boolean above = at.bottom + 6 + own.height > DomGlobal.window.innerHeight - 12;
        menu.style.setProperty("left", within(at.left + at.width / 2 - own.width / 2, own.width, DomGlobal.window.innerWidth));
        menu.style.setProperty("top", within(above ? at.top - own.height - 6 : at.bottom + 6, own.height, DomGlobal.window.innerHeight));
    }

    private static String within(double from, double size, double all) {
        return Math.max(12, Math.min(from, all - size - 12)) + "px";
    }

    /** Up and down go from row to row, left and right within one. */
    private static void choose(KeyboardEvent event) {
        List<List<HTMLElement>> rows = Dom.all(menu, ".row").stream().map(row -> Dom.all(row, "button, input")).collect(Collectors.toList());
        Element focused = DomGlobal.document.activeElement;
        for (int y = 0; y < rows.size(); y++) {
            int x = rows.get(y).indexOf(focused);
            HTMLElement to = x < 0 ? null : next(rows, y, x, event.key, focused.matches("input"));
            if (to != null) {
                event.preventDefault();
                to.focus();
                return;
            }
        }
    }

    private static HTMLElement next(List<List<HTMLElement>> rows, int y, int x, String key, boolean typing) {
        int step = key.equals("ArrowRight") ? 1 : key.equals("ArrowLeft") ? -1 : 0;
        if (key.equals("ArrowDown") || key.equals("ArrowUp")) {
            return rows.get((y + (key.equals("ArrowDown") ? 1 : rows.size() - 1)) % rows.size()).get(0);
        }
        boolean there = step != 0 && !typing && x + step >= 0 && x + step < rows.get(y).size();
        return there ? rows.get(y).get(x + step) : null;
    }
}
