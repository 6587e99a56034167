package gwtchat.client;

import elemental2.core.JsDate;
import elemental2.dom.DomGlobal;
import gwtchat.client.Wire.Link;
import gwtchat.client.Wire.Message;
import gwtchat.client.Wire.Reply;
import gwtchat.client.Wire.Tick;
import gwtchat.client.Wire.Unsent;
import gwtchat.client.Wire.Upload;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * What was written and the server doesn't have yet: messages, and what is said of those that it has. The browser keeps it over a reload, and it is sent again by itself,
 * under the same key, until the server has it; in order. The server takes what comes twice as one, so that two tabs may
 * well send the same.
 */
final class Outbox {
    private static final int LONGEST = 30_000;

    /** By key, in the order in which it was written. */
    private static final Map<String, Unsent> unsent = new TreeMap<>();

    private static final Set<String> sending = new HashSet<>();
    private static Kept kept;
    private static double last;
    private static int tries;
    private static double timer;

    private Outbox() {}

    /** Takes up what the last page has left; then what other tabs leave. */
    static void begin() {
        kept = new Kept("unsent");
        load();
        DomGlobal.window.addEventListener("storage", event -> load());
        DomGlobal.window.addEventListener("online", event -> flushNow());
    }

    private static void load() {
        for (Unsent one : kept.<Unsent>all()) {
            unsent.putIfAbsent(one.key, one);
            last = Math.max(last, one.order);
        }
    }

    /** The messages that were written in a conversation and are not stored, as they are shown. */
    static List<Message> messages(String conversation) {
        return in(conversation).stream().filter(one -> one.kind == null).map(Outbox::shown).collect(Collectors.toList());
    }

    /** What was said of its messages and is not stored, in order. */
    static List<Unsent> changes(String conversation) {
        return in(conversation).stream().filter(one -> one.kind != null).collect(Collectors.toList());
    }

    private static List<Unsent> in(String conversation) {
        List<Unsent> found = new ArrayList<>();
        for (Unsent one : unsent.values()) {
            if (one.conversation.equals(conversation)) {
                found.add(one);
            }
        }
        return found;
    }

    /** Whether anything is still to be sent. */
    static boolean isEmpty() {
        return unsent.values().stream().allMatch(one -> one.error != null);
    }

    /** @param answered what it answers, as it is shown, or null */
    static void send(String conversation, String text, Upload attachment, Reply answered) {
        Unsent one = new Unsent();
        one.text = text;
        one.attachment = attachment;
        one.answered = answered;
        one.reply = answered == null ? null : answered.message;
        add(conversation, one);
    }

    static void edit(Message message, String text) {
        Unsent one = change(message, "edit");
        one.text = text;
        add(message.conversation, one);
    }

    static void delete(Message message) {
        add(message.conversation, change(message, "delete"));
    }

    static void react(Message message, String emoji, boolean on) {
        Unsent one = change(message, "reaction");
        one.emoji = emoji;
        one.on = on;
        add(message.conversation, one);
    }

    private static Unsent change(Message message, String kind) {
        Unsent one = new Unsent();
        one.message = message.id;
        one.kind = kind;
        return one;
    }

    private static void add(String conversation, Unsent one) {
        last = Math.max(last + 1, JsDate.now());
        one.order = last;
        // Keys sort as what they name was written.
        one.key = (long) last + "-" + String.valueOf(Math.random()).substring(2);
        one.conversation = conversation;
        one.at = new JsDate().toISOString();
        unsent.put(one.key, one);
        if (!kept.put(one.key, one)) {
            Dom.toast("El navegador no tiene lugar para guardar este mensaje: no cierres la página hasta que salga.");
        }
        show(one);
        flush(conversation);
    }

    /** It is new, or has changed. */
    private static void show(Unsent one) {
        if (!one.conversation.equals(State.open)) {
            return;
        }
        if (one.kind == null) {
            Pane.put(shown(one));
        } else {
            Pane.redraw(one.message);
        }
    }

    private static Message shown(Unsent one) {
        Message m = new Message();
        m.conversation = one.conversation;
        m.sender = State.me.id;
        m.senderName = State.me.name;
        m.text = one.text;
        m.at = one.at;
        m.key = State.me.id + "/" + one.key;
        m.order = one.order;
        m.error = one.error;
        m.reply = one.answered;
        m.deliveries = new Tick[0];
        m.attachments = new Link[0];
        if (one.attachment != null) {
            Link link = new Link();
            link.kind = Files.kind(one.attachment);
            link.url = Files.address(one.attachment);
            link.name = one.attachment.name;
            m.attachments = new Link[] {link};
        }
        return m;
    }

    /** The server has it. */
    static void confirm(Message message) {
        if (message.key != null && State.isMe(message.sender)) {
            forget(message.key.substring(message.key.indexOf('/') + 1));
        }
    }

    private static void forget(String key) {
        unsent.remove(key);
        kept.remove(key);
    }

    /** Gives up one that the server refuses. */
    static void drop(Message message) {
        confirm(message);
        Pane.remove(message);
    }

    /** The same of what is said of a message. */
    static void drop(Unsent change) {
        forget(change.key);
        show(change);
    }

    static void retry(Message message) {
        in(message.conversation).stream().filter(one -> message.key.endsWith("/" + one.key)).forEach(Outbox::retry);
    }

    static void retry(Unsent one) {
        mark(one, null);
        flush(one.conversation);
    }

    private static void mark(Unsent one, String error) {
        one.error = error;
        kept.put(one.key, one);
        show(one);
    }

    /** The way is free again. */
    static void flushNow() {
        tries = 0;
        DomGlobal.clearTimeout(timer);
        Set<String> conversations = new HashSet<>();
        unsent.values().forEach(one -> conversations.add(one.conversation));
        conversations.forEach(Outbox::flush);
    }

    private static void flush(String conversation) {
        Unsent next = in(conversation).stream().filter(one -> one.error == null).findFirst().orElse(null);
        if (next == null || !sending.add(conversation)) {
            return;
        }
        Api.post(Api.of(conversation, next.kind == null ? "messages" : "changes"), next, answer -> {
            sending.remove(conversation);
            tries = 0;
            forget(next.key);
            if (conversation.equals(State.open)) {
                Pane.put(answer.message);
                if (next.kind != null) {
                    Pane.redraw(next.message);
                }
            }
            flush(conversation);
        }, failure -> {
            sending.remove(conversation);
            if (failure.status == 401) {
                App.toLogin();
            } else if (failure.passing) {
                later();
            } else {
                mark(next, failure.sentence);
                if (!conversation.equals(State.open)) {
                    Dom.toast("Un mensaje no se pudo enviar: " + failure.sentence);
                }
                flush(conversation);
            }
        });
    }

    private static void later() {
        int wait = Math.min(LONGEST, 500 << Math.min(tries, 6));
        tries++;
        DomGlobal.clearTimeout(timer);
        timer = DomGlobal.setTimeout(ignored -> {
            int before = tries;
            flushNow();
            tries = before;
        }, wait);
    }
}
