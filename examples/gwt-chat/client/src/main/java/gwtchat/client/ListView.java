package gwtchat.client;

import elemental2.dom.DomGlobal;
import elemental2.dom.HTMLElement;
import elemental2.dom.HTMLInputElement;
import elemental2.dom.KeyboardEvent;
import elemental2.dom.NodeList;
import elemental2.dom.Element;
import gwtchat.client.Wire.Conversation;
import gwtchat.client.Wire.Message;
import gwtchat.client.Wire.NewConversation;
import gwtchat.client.Wire.Person;
import gwtchat.client.Wire.Platform;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import jsinterop.base.Js;

/** The list beside the conversation: chats and rooms, or people. */
final class ListView {
    private static final String[] TABS = {"chats", "people"};
    private static final HTMLElement list = Dom.byId("list");
    private static final HTMLInputElement search = Dom.the("search");
    private static String tab = TABS[0];

    private ListView() {}

    static void begin() {
        Dom.on(search, "input", event -> render());
        for (int n = 0; n < TABS.length; n++) {
            String name = TABS[n];
            String other = TABS[1 - n];
            HTMLElement button = Dom.byId("tab-" + name);
            Dom.on(button, "click", event -> select(name));
            Dom.on(button, "keydown", event -> {
                String key = Js.<KeyboardEvent>uncheckedCast(event).key;
                if (key.equals("ArrowLeft") || key.equals("ArrowRight")) {
                    select(other);
                    Dom.byId("tab-" + other).focus();
                }
            });
        }
        Dom.on(list, "keydown", event -> {
            String key = Js.<KeyboardEvent>uncheckedCast(event).key;
            int step = key.equals("ArrowDown") ? 1 : key.equals("ArrowUp") ? -1 : 0;
            if (step != 0) {
                event.preventDefault();
                focusNext(step);
            }
        });
    }

    private static void focusNext(int step) {
        NodeList<Element> items = list.querySelectorAll(".item");
        int at = -1;
        for (int n = 0; n < items.length; n++) {
            at = items.item(n) == DomGlobal.document.activeElement ? n : at;
        }
        if (at + step >= 0 && at + step < items.length) {
            Js.<HTMLElement>uncheckedCast(items.item(at + step)).focus();
        }
    }

    private static void select(String name) {
        tab = name;
        for (String each : TABS) {
            HTMLElement button = Dom.byId("tab-" + each);
            button.setAttribute("aria-selected", String.valueOf(each.equals(name)));
            button.tabIndex = each.equals(name) ? 0 : -1;
        }
        list.setAttribute("aria-labelledby", "tab-" + name);
        list.scrollTop = 0;
        render();
    }

    static void render() {
        if (State.me == null) {
            return;
        }
        Element active = DomGlobal.document.activeElement;
        String focused = active == null ? null : active.getAttribute("data-key");
        List<HTMLElement> children = tab.equals(TABS[0]) ? chats() : people();
        Dom.fill(list, children.isEmpty() ? nothing() : children);
        if (focused != null) {
            NodeList<Element> items = list.querySelectorAll("[data-key]");
            for (int n = 0; n < items.length; n++) {
                if (focused.equals(items.item(n).getAttribute("data-key"))) {
                    Js.<HTMLElement>uncheckedCast(items.item(n)).focus();
                }
            }
        }
        long unread = State.conversations.values().stream().filter(c -> c.unread > 0).count();
        DomGlobal.document.title = unread > 0 ? "(" + unread + ") " + State.platform : State.platform;
    }

    // Chats and rooms.

    private static List<HTMLElement> chats() {
        List<Conversation> found = new ArrayList<>();
        for (Conversation c : State.conversations.values()) {
            if (Texts.contains(State.titleOf(c), search.value)) {
                found.add(0, c); // the latest first
            }
        }
        found.sort((a, b) -> Double.compare(newest(b), newest(a)));
        List<HTMLElement> items = new ArrayList<>();
        found.stream().filter(c -> !c.open).forEach(c -> items.add(item(c)));
        if (found.stream().anyMatch(c -> c.open)) {
            items.add(Dom.make("h3", "", "Salas públicas"));
        }
        found.stream().filter(c -> c.open).forEach(c -> items.add(item(c)));
        return items;
    }

    private static double newest(Conversation c) {
        return c.newest == null ? 0 : c.newest;
    }

    private static HTMLElement item(Conversation c) {
        String home = State.homeOf(c);
        HTMLElement item = Dom.make("a", "item" + (c.unread > 0 ? " unread" : "") + (State.isOutside(c) ? " outside" : ""), Look.face(c),
                Dom.make("span", "body",
                        Dom.make("span", "line", Dom.written("span", "title", State.titleOf(c)),
                                home.equals(State.platform) ? null : Look.badge(home),
                                c.last == null ? null : Dom.make("span", "when", Texts.when(c.last.at))),
                        Dom.make("span", "line", Dom.written("span", "last", preview(c)),
                                State.isOutside(c) ? Dom.make("span", "apart", "No te uniste") : null,
                                c.unread > 0 ? Dom.with(Dom.make("span", "count", String.valueOf((int) c.unread)), "aria-label", (int) c.unread + " sin leer") : null)));
        item.setAttribute("href", "#c" + Browser.encodeURIComponent(c.id));
        item.setAttribute("data-key", "c" + c.id);
        item.setAttribute("aria-current", String.valueOf(c.id.equals(State.open)));
        Dom.on(item, "click", event -> {
            event.preventDefault();
            if (c.id.equals(State.open)) {
                Composer.focus();
            } else {
                ConversationView.go(c.id);
            }
        });
        return item;
    }

    private static String preview(Conversation c) {
        Message m = c.last;
        if (m == null) {
            return c.members.length == 0 || c.direct ? "Sin mensajes todavía" : c.members.length == 1 ? "1 participante" : c.members.length + " participantes";
        }
        String author = State.isMe(m.sender) ? "Vos: " : c.direct ? "" : State.nameOf(m.sender, m.senderName) + ": ";
        return author + MessageView.inShort(m);
    }

    // People.

    private static List<HTMLElement> people() {
        List<HTMLElement> items = new ArrayList<>();
        List<Person> reachable = State.reachable();
        for (Platform platform : State.sortedPlatforms()) {
            List<HTMLElement> there = new ArrayList<>();
            for (Person person : reachable) {
                if (person.platform.equals(platform.name) && Texts.contains(person.name, search.value)) {
                    there.add(item(person));
                }
            }
            if (there.isEmpty() && !search.value.isEmpty()) {
                continue;
            }
            items.add(heading(platform));
            items.addAll(there);
            if (there.isEmpty()) {
                items.add(Dom.make("p", "none", "Nadie más por ahora."));
            }
        }
        return items;
    }

    private static HTMLElement heading(Platform platform) {
        String state = platform.up == null ? "" : platform.up ? "up" : "down";
        String words = platform.up == null ? "" : platform.own ? "acá" : platform.up ? "en línea" : "no responde";
        HTMLElement heading = Dom.make("h3", "", Look.badge(platform.name), Dom.make("span", "state " + state, words, Dom.make("span", "dot")));
        return Dom.with(Dom.with(heading, "data-platform", platform.name), "data-state", state);
    }

    private static HTMLElement item(Person person) {
        NewConversation wanted = new NewConversation();
        wanted.members = new String[] {person.id};
        HTMLElement item = Dom.button("item", () -> start(wanted, () -> {}, Dom::toast), Look.face(person),
                Dom.make("span", "body", Dom.make("span", "line", Dom.written("span", "title", person.name))));
        return Dom.with(item, "data-key", person.id);
    }

    private static List<HTMLElement> nothing() {
        if (!search.value.trim().isEmpty()) {
            return List.of(Dom.make("p", "none", "Nada coincide con «" + search.value.trim() + "»."));
        }
        return List.of(Dom.make("p", "none", Dom.make("strong", "", "Todavía no hay conversaciones"), Dom.make("span", "", "Buscá a alguien en Personas y saludalo.")));
    }

    /** Begins a conversation. */
    static void start(NewConversation wanted, Runnable then, Consumer<String> otherwise) {
        Api.post("/app/conversations", wanted, answer -> {
            search.value = "";
            select(TABS[0]);
            then.run();
            ConversationView.go(answer.id);
        }, failure -> otherwise.accept(failure.sentence));
    }
}
