package gwtchat.client;

import elemental2.dom.Element;
import elemental2.dom.HTMLElement;
import gwtchat.client.Wire.Message;
import gwtchat.client.Wire.Tick;
import java.util.ArrayList;
import java.util.List;

/** The messages of the open conversation: what is shown, in its order, and keeping the place while it changes. */
final class Pane {
    private static final HTMLElement pane = Dom.byId("messages");

    /** A message that is shown; the line with its day before it if it is the first of one. */
    private static final class Entry {
        Message message;
        boolean first;
        HTMLElement element;
        HTMLElement day;
    }

    /** In the order of the pane. */
    private static final List<Entry> shown = new ArrayList<>();

    /** Whether there are more before them. */
    private static boolean more;

    /** Whether the end is looked at, and so to be kept in view. */
    private static boolean following = true;

    private Pane() {}

    static void begin() {
        Dom.on(pane, "scroll", event -> {
            following = atEnd();
            if (following) {
                Dom.show(Dom.byId("to-end"), false);
            }
        });
        Dom.on(Dom.byId("to-end"), "click", event -> toEnd());
    }

    static void clear() {
        fill(List.of(), false);
    }

    /** Shows these from scratch, and what is not sent yet, at their end. */
    static void show(Message[] messages, List<Message> unsent, boolean thereAreMore) {
        List<Message> all = new ArrayList<>(List.of(messages));
        for (Message one : unsent) {
            if (all.stream().noneMatch(m -> one.key.equals(m.key))) {
                all.add(one);
            }
        }
        fill(all, thereAreMore);
        if (shown.isEmpty()) {
            Dom.add(pane, Dom.make("div", "none", Dom.make("strong", "", "Todavía no hay mensajes"), Dom.make("span", "", "El primero puede ser el tuyo. 👋")));
        }
        toEnd();
    }

    /** Puts older ones before what is shown, without moving it. */
    static void prepend(Message[] older, boolean thereAreMore) {
        double fromEnd = pane.scrollHeight - pane.scrollTop;
        List<Message> all = new ArrayList<>(List.of(older));
        shown.forEach(entry -> all.add(entry.message));
        fill(all, thereAreMore);
        pane.scrollTop = pane.scrollHeight - fromEnd;
    }

    private static void fill(List<Message> messages, boolean thereAreMore) {
        shown.clear();
        more = false; // until all are in
        pane.textContent = "";
        if (thereAreMore) {
            HTMLElement[] button = new HTMLElement[1];
            button[0] = Dom.button("quiet older", () -> {
                button[0].setAttribute("disabled", "");
                ConversationView.loadOlder(oldest());
            }, "Ver mensajes anteriores");
            pane.appendChild(button[0]);
        }
        messages.forEach(Pane::insert);
        more = thereAreMore;
    }

    /** A new one, the stored form of one that was not, or one that has got its place. */
    static void put(Message message) {
        if (!message.conversation.equals(State.open)) {
            return;
        }
        Entry old = find(message);
        boolean stay = !atEnd() && (old != null || !State.isMe(message.sender));
        if (old == null) {
            Element none = pane.querySelector(".none");
            if (none != null) {
                none.remove();
            }
            insert(message);
        } else if (old.message.id == null || old.message.place == null && message.place != null) {
            // Else it is the answer of a post, that came after pushes which know more.
            change(old, message, old.first);
            move(old);
        }
        if (!stay) {
            toEnd();
        } else if (old == null) {
            Dom.show(Dom.byId("to-end"), true);
        }
    }

    private static Entry find(Message message) {
        for (Entry entry : shown) {
            boolean same = message.id != null && message.id.equals(entry.message.id);
            if (same || message.key != null && message.key.equals(entry.message.key)) {
                return entry;
            }
        }
        return null;
    }

    static void remove(Message message) {
        Entry entry = find(message);
        if (entry != null) {
            takeOut(entry);
        }
    }

    /** How far a message has come has changed. */
    static void tick(double id, Tick[] deliveries, String failed) {
        for (Entry entry : shown) {
            if (entry.message.id != null && entry.message.id == id) {
                boolean stay = !atEnd();
                entry.message.deliveries = deliveries;
                entry.message.failed = failed;
                change(entry, entry.message, entry.first);
                if (!stay) {
                    toEnd();
                }
            }
        }
    }

    private static boolean atEnd() {
        return pane.scrollHeight - pane.scrollTop - pane.clientHeight < 60;
    }

    /** What is shown has grown, or the pane has shrunk. */
    static void follow() {
        if (following) {
            toEnd();
        }
    }

    private static void toEnd() {
        following = true;
        pane.scrollTop = pane.scrollHeight;
        Dom.show(Dom.byId("to-end"), false);
    }

    private static Double oldest() {
        return shown.stream().map(entry -> entry.message.id).filter(id -> id != null).findFirst().orElse(null);
    }

    /** Puts one where it belongs; not if that is among those before the first, which are not here. */
    private static void insert(Message message) {
        int at = shown.size();
        while (at > 0 && State.precedes(message, shown.get(at - 1).message)) {
            at--;
        }
        if (at == 0 && more) {
            return;
        }
        Entry entry = new Entry();
        entry.message = message;
        entry.element = MessageView.of(message, false);
        Entry next = at < shown.size() ? shown.get(at) : null;
        pane.insertBefore(entry.element, next == null ? null : next.day != null ? next.day : next.element);
        shown.add(at, entry);
        settle(at);
        settle(at + 1);
    }

    /** Where it belongs may be elsewhere by now. */
    private static void move(Entry entry) {
        int at = shown.indexOf(entry);
        boolean late = at > 0 && State.precedes(entry.message, shown.get(at - 1).message);
        boolean early = at + 1 < shown.size() && State.precedes(shown.get(at + 1).message, entry.message);
        if (late || early) {
            takeOut(entry);
            insert(entry.message);
        }
    }

    private static void takeOut(Entry entry) {
        int at = shown.indexOf(entry);
        shown.remove(at);
        if (entry.day != null) {
            entry.day.remove();
        }
        entry.element.remove();
        settle(at);
    }

    /** Whether one begins a day, or what somebody says, depends on the one before it. */
    private static void settle(int at) {
        if (at >= shown.size()) {
            return;
        }
        Entry entry = shown.get(at);
        Message before = at == 0 ? null : shown.get(at - 1).message;
        boolean newDay = before == null || !Texts.sameDay(before.at, entry.message.at);
        if (!newDay && entry.day != null) {
            entry.day.remove();
            entry.day = null;
        } else if (newDay && entry.day == null) {
            entry.day = Dom.make("div", "day", Dom.make("span", "", Texts.day(entry.message.at)));
            pane.insertBefore(entry.day, entry.element);
        }
        boolean first = newDay || !before.sender.equals(entry.message.sender);
        if (first != entry.first) {
            change(entry, entry.message, first);
        }
    }

    private static void change(Entry entry, Message message, boolean first) {
        boolean open = MessageView.isOpen(entry.element);
        HTMLElement fresh = MessageView.of(message, first);
        pane.replaceChild(fresh, entry.element);
        entry.element = fresh;
        entry.message = message;
        entry.first = first;
        if (open) {
            MessageView.open(fresh);
        }
    }
}
