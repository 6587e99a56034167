package gwtchat.client;

import elemental2.dom.DomGlobal;
import elemental2.dom.HTMLElement;
import gwtchat.client.Wire.Conversation;
import gwtchat.client.Wire.Message;
import gwtchat.client.Wire.Nothing;
import gwtchat.client.Wire.Platform;
import gwtchat.client.Wire.Push;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import jsinterop.base.Js;

/**
 * The open conversation: its head, its messages, who takes part. The address says which it is, and the browser's history
 * has the list and at most one conversation after it, so that back on a phone always leads to the list.
 */
final class ConversationView {
    /** Just made, and not yet pushed. */
    private static String awaited;

    /** What is pushed while a page of messages is on its way, which may or may not have it. */
    private static List<Push> meanwhile;

    private ConversationView() {}

    static void begin() {
        DomGlobal.window.addEventListener("popstate", event -> followAddress());
        Dom.on(Dom.byId("back"), "click", event -> toList());
        Dom.on(Dom.byId("chat-info"), "click", event -> Participants.open(State.current()));
        Dom.on(Dom.byId("membership"), "click", event -> changeMembership(State.current()));
        DomGlobal.document.addEventListener("visibilitychange", event -> markRead());
    }

    // Where one is.

    /** Goes to a conversation, which may not be known yet. */
    static void go(String id) {
        String address = "#c" + Browser.encodeURIComponent(id);
        if (DomGlobal.location.hash.startsWith("#c")) {
            DomGlobal.window.history.replaceState(DomGlobal.window.history.state, "", address);
        } else {
            DomGlobal.window.history.pushState("list", "", address);
        }
        followAddress();
    }

    private static void toList() {
        if ("list".equals(DomGlobal.window.history.state)) {
            DomGlobal.window.history.back();
        } else {
            leaveAddress();
        }
    }

    private static void leaveAddress() {
        DomGlobal.window.history.replaceState(null, "", DomGlobal.location.pathname);
        followAddress();
    }

    static void followAddress() {
        String hash = DomGlobal.location.hash;
        String id = null;
        try {
            id = hash.startsWith("#c") ? Browser.decodeURIComponent(hash.substring(2)) : null;
        } catch (RuntimeException e) {
            // An address that somebody has mistyped is none.
        }
        if (id != null && State.conversations.containsKey(id)) {
            if (!id.equals(State.open)) {
                open(id, false);
            }
            return;
        }
        awaited = id;
        State.open = null;
        Dom.byId("app").setAttribute("data-view", "list");
        Dom.show(Dom.byId("nothing"), true);
        Dom.show(Dom.byId("conversation"), false);
        ListView.render();
    }

    /** After a new connection. */
    static void reopen() {
        if (State.current() != null) {
            open(State.open, true);
        } else {
            State.open = null;
            followAddress();
        }
    }

    private static void open(String id, boolean again) {
        State.open = id;
        awaited = null;
        Dom.byId("app").setAttribute("data-view", "chat");
        Dom.show(Dom.byId("nothing"), false);
        Dom.show(Dom.byId("conversation"), true);
        renderHead();
        ListView.render();
        if (!again) {
            Pane.clear();
            Composer.restore();
        }
        List<Push> pushed = new ArrayList<>();
        meanwhile = pushed;
        Api.get(Api.of(id, "messages"), answer -> {
            if (!id.equals(State.open) || meanwhile != pushed) {
                return;
            }
            meanwhile = null;
            Pane.show(answer.messages, Outbox.messages(id), answer.more);
            pushed.forEach(ConversationView::show);
            markRead();
            if (!again && DomGlobal.window.matchMedia("(min-width: 761px)").matches) {
                Composer.focus();
            }
        }, failure -> {
            if (meanwhile == pushed) {
                meanwhile = null;
                if (!failure.passing) {
                    Dom.toast(failure.sentence);
                } else if (!again) {
                    Pane.show(new Message[0], Outbox.messages(id), false);
                }
            }
        });
    }

    static void loadOlder(Double before) {
        String id = State.open;
        Api.get(Api.of(id, "messages") + "?before=" + before, answer -> {
            if (id.equals(State.open)) {
                Pane.prepend(answer.messages, answer.more);
            }
        }, failure -> {
            Dom.toast(failure.sentence);
            if (id.equals(State.open)) {
                Pane.prepend(new Message[0], true);
            }
        });
    }

    /** Goes to a message that is quoted, which may be far above. */
    static void jump(double wanted) {
        String id = State.open;
        if (Pane.reveal(wanted)) {
            return;
        }
        if (!Pane.hasMore()) {
            Dom.toast("Ese mensaje ya no está.");
            return;
        }
        Api.get(Api.of(id, "messages") + "?before=" + Pane.oldest(), answer -> {
            if (id.equals(State.open)) {
                Pane.prepend(answer.messages, answer.more);
                jump(wanted);
            }
        }, failure -> Dom.toast(failure.sentence));
    }

    // What is pushed.

    /** Shows what was pushed, if it is of the open conversation. */
    static void take(Push push) {
        if (meanwhile != null) {
            meanwhile.add(push);
        }
        show(push);
    }

    private static void show(Push push) {
        if (push.type.equals("message")) {
            Pane.put(Js.uncheckedCast(push.message));
        } else if (push.type.equals("ticks") && push.conversation.equals(State.open)) {
            Pane.tick(Js.asDouble(push.message), push.deliveries, push.failed, push.changes);
        }
    }

    /** A conversation is new, or has changed, or is gone. */
    static void changed(String id) {
        if (id.equals(State.open)) {
            if (State.current() == null) {
                leaveAddress();
            } else {
                renderHead();
            }
        } else if (id.equals(awaited)) {
            followAddress();
        }
    }

    static void markRead() {
        Conversation c = State.current();
        if (c == null || c.unread == 0 || DomGlobal.document.hidden) {
            return;
        }
        c.unread = 0;
        Api.post(Api.of(c.id, "read"), new Nothing(), answer -> {}, failure -> {});
        ListView.render();
    }

    // The head.

    static void renderHead() {
        Conversation c = State.current();
        if (c == null) {
            return;
        }
        List<Platform> others = State.othersIn(c);
        Dom.fill(Dom.byId("chat-face"), Look.face(c));
        Dom.byId("chat-name").textContent = State.titleOf(c);
        List<Object> about = new ArrayList<>();
        if (c.direct) {
            about.add(Look.badge(State.homeOf(c), others.stream().anyMatch(ConversationView::isDown)));
        } else {
            others.forEach(p -> about.add(Look.badge(p.name, isDown(p))));
            String names = Stream.of(c.members).map(m -> State.isMe(m) ? "vos" : State.nameOf(m)).collect(Collectors.joining(", "));
            about.add(c.open ? "Sala de " + State.homeOf(c) + (names.isEmpty() ? "" : " · " + names) : names);
        }
        Dom.byId("chat-sub").className = c.direct ? "" : "several";
        Dom.fill(Dom.byId("chat-sub"), about);
        HTMLElement membership = Dom.byId("membership");
        boolean inside = State.isMember(c);
        boolean barred = State.isBarred(c, State.me.id);
        Dom.show(membership, !c.direct && (inside || !barred));
        membership.textContent = inside ? "Salir" : "Unirme";
        membership.className = inside ? "quiet" : "primary";
        HTMLElement outside = Dom.byId("outside");
        Dom.show(outside, !inside);
        outside.textContent = barred
                ? "No podés participar en esta sala: " + State.homeOf(c) + " te bloqueó. Lo que se escribe se puede leer."
                : "No te uniste a esta sala. Al ser pública, igual podés leerla y escribir.";
        Dom.show(Dom.byId("composer"), !barred);
        Participants.render();
        renderNotice(c, others.stream().filter(ConversationView::isDown).map(p -> p.name).collect(Collectors.toList()));
        Composer.check();
    }

    private static boolean isDown(Platform platform) {
        return Boolean.FALSE.equals(platform.up);
    }

    private static void renderNotice(Conversation c, List<String> down) {
        HTMLElement notice = Dom.byId("notice");
        Dom.show(notice, c.failed != null || !down.isEmpty());
        if (c.failed != null) {
            notice.textContent = "Esta conversación no llegó a las otras plataformas: " + c.failed;
        } else {
            notice.textContent = Texts.list(down) + (down.size() == 1 ? " no responde ahora. Lo que escribas se guarda y llega cuando vuelva." : " no responden ahora. Lo que escribas se guarda y llega cuando vuelvan.");
        }
    }

    private static void changeMembership(Conversation c) {
        boolean joined = State.isMember(c);
        if (joined && !c.open && !DomGlobal.window.confirm("¿Salir de «" + State.titleOf(c) + "»? Dejás de ver sus mensajes.")) {
            return;
        }
        Api.post(Api.of(c.id, joined ? "leave" : "join"), new Nothing(), answer -> {}, failure -> Dom.toast(failure.sentence));
    }
}
