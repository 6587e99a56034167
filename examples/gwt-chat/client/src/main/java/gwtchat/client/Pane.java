package gwtchat.client;

import elemental2.dom.DomGlobal;
import elemental2.dom.Element;
import elemental2.dom.HTMLElement;
import gwtchat.client.Wire.Change;
import gwtchat.client.Wire.Message;
import gwtchat.client.Wire.Tick;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** The messages of the open conversation: what is shown, in its order, and keeping the place while it changes. */
final class Pane {
    private static final HTMLElement pane = Dom.byId("messages");

    /** A message that is shown; the line with its day before it if it is the first of one. */
    private static final class Entry {
        Message message;
        boolean first;
        HTMLElement element;
        HTMLElement day;
        /** Whether it is to tell in words how far it has come, as soon as there is something to tell. */
        boolean told;
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
        } else if (Changes.isNewer(message, old.message)) {
            change(old, message, old.first);
            move(old);
            quotesOf(message).forEach(entry -> {
                entry.message.reply = MessageView.quoted(message);
                change(entry, entry.message, entry.first);
            });
        }
        if (!stay) {
            toEnd();
        } else if (old == null && message.notice == null) {
            Dom.show(Dom.byId("to-end"), true);
        }
    }

    private static Entry find(Message message) {
        return shown.stream().filter(entry -> Changes.same(message, entry.message)).findFirst().orElse(null);
    }

    private static List<Entry> quotesOf(Message message) {
        return shown.stream()
                .filter(entry -> entry.message.reply != null && entry.message.reply.message != null && entry.message.reply.message.equals(message.id))
                .collect(Collectors.toList());
    }

    private static Entry find(double id) {
        return shown.stream().filter(entry -> entry.message.id != null && entry.message.id == id).findFirst().orElse(null);
    }

    /** The message of an element, as it is shown. */
    static Message of(Element element) {
        return shown.stream().filter(entry -> entry.element == element).findFirst().map(entry -> Changes.applied(entry.message)).orElse(null);
    }

    /** The last one of this person that can be edited, as it is shown, or null. */
    static Message lastOwn() {
        Message last = null;
        for (Entry entry : shown) {
            Message message = Changes.applied(entry.message);
            last = Changes.mayEdit(message) ? message : last;
        }
        return last;
    }

    /** Brings one into view and gives it the focus; false if it is not here. */
    static boolean reveal(double id) {
        Entry entry = find(id);
        if (entry == null) {
            return false;
        }
        following = false;
        pane.scrollTop = entry.element.offsetTop - Math.max(0, (pane.clientHeight - entry.element.offsetHeight) / 2);
        Dom.focus(entry.element);
        entry.element.classList.add("revealed");
        DomGlobal.setTimeout(ignored -> entry.element.classList.remove("revealed"), 1_600);
        return true;
    }

    /** What was said of one, and the server doesn't have yet, is another. */
    static void redraw(double id) {
        Entry entry = find(id);
        if (entry != null) {
            change(entry, entry.message, entry.first);
            follow();
        }
    }

    static void remove(Message message) {
        Entry entry = find(message);
        if (entry != null) {
            takeOut(entry);
        }
    }

    /** How far a message has come has changed. */
    static void tick(double id, Tick[] deliveries, String failed, Change[] changes) {
        Entry entry = find(id);
        if (entry != null) {
            boolean stay = !atEnd();
            entry.message.deliveries = deliveries;
            entry.message.failed = failed;
            entry.message.changes = changes;
            change(entry, entry.message, entry.first);
            if (!stay) {
                toEnd();
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

    static boolean hasMore() {
        return more;
    }

    static Double oldest() {
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
        entry.element = MessageView.of(Changes.applied(message), false);
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
        boolean first = newDay || before.notice != null || !before.sender.equals(entry.message.sender);
        if (first != entry.first) {
            change(entry, entry.message, first);
        }
    }

    private static void change(Entry entry, Message message, boolean first) {
        boolean told = entry.told || Ticks.isOpen(entry.element);
        Element focused = entry.element.contains(DomGlobal.document.activeElement) ? DomGlobal.document.activeElement : null;
        HTMLElement fresh = MessageView.of(Changes.applied(message), first);
        pane.replaceChild(fresh, entry.element);
        entry.element = fresh;
        entry.message = message;
        entry.first = first;
        if (told) {
            Ticks.open(fresh);
        }
        entry.told = told && !Ticks.isOpen(fresh); // there is nothing to tell while it is on its way
        if (focused != null) {
            Dom.focus(Dom.all(fresh, "[data-act]").stream().filter(e -> isSame(e, focused)).findFirst().orElse(fresh));
        }
    }

    /** Whether one is, in the message that was drawn anew, what the other was before. */
    private static boolean isSame(Element one, Element other) {
        return one.getAttribute("data-act").equals(other.getAttribute("data-act"));
    }
}
