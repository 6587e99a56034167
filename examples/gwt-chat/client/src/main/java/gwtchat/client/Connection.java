package gwtchat.client;

import elemental2.core.Global;
import elemental2.dom.DomGlobal;
import elemental2.dom.WebSocket;
import gwtchat.client.Wire.Conversation;
import gwtchat.client.Wire.Message;
import gwtchat.client.Wire.Person;
import gwtchat.client.Wire.Platform;
import gwtchat.client.Wire.Push;
import jsinterop.base.Js;

/**
 * The WebSocket that keeps the page up to date. Each connection begins with all that there is, so whatever was missed is
 * made up for.
 */
final class Connection {
    private static WebSocket socket;
    private static int tries;
    private static double timer;

    private Connection() {}

    static void begin() {
        DomGlobal.window.addEventListener("online", event -> {
            tries = 0;
            connect();
        });
        // A connection whose network is gone may take minutes to notice it.
        DomGlobal.window.addEventListener("offline", event -> {
            tries = 1;
            lost();
        });
        connect();
    }

    private static void connect() {
        DomGlobal.clearTimeout(timer);
        hangUp();
        String scheme = DomGlobal.location.protocol.equals("https:") ? "wss://" : "ws://";
        WebSocket fresh = new WebSocket(scheme + DomGlobal.location.host + "/app/ws");
        socket = fresh;
        fresh.onmessage = event -> {
            take(Js.uncheckedCast(Global.JSON.parse(Js.<String>uncheckedCast(event.data))));
        };
        fresh.onclose = event -> {
            if (socket == fresh) {
                lost();
            }
        };
    }

    private static void hangUp() {
        WebSocket old = socket;
        socket = null; // what it still says is not heard
        if (old != null) {
            old.close();
        }
    }

    private static void lost() {
        hangUp();
        tries++;
        if (tries > 1) {
            Dom.byId("offline").textContent = "Sin conexión. Lo que escribas sale solo cuando vuelva.";
            Dom.show(Dom.byId("offline"), true);
        }
        DomGlobal.clearTimeout(timer);
        timer = DomGlobal.setTimeout(ignored -> {
            // The browser doesn't say why a WebSocket was refused.
            Api.get("/app/users", answer -> {
                if (answer.me == null) {
                    App.toLogin();
                } else {
                    connect();
                }
            }, failure -> lost());
        }, Math.min(250 << Math.min(tries, 5), 5_000));
    }

    private static void take(Push push) {
        switch (push.type) {
            case "hello":
                hello(push);
                break;
            case "message":
                message(push, Js.uncheckedCast(push.message));
                break;
            case "ticks":
                ConversationView.take(push);
                break;
            case "conversation":
                conversation(Js.uncheckedCast(push.conversation));
                break;
            case "people":
                setPeople(push.people);
                renderAll();
                break;
            case "platforms":
                setPlatforms(push.platforms);
                renderAll();
                break;
            case "read":
                Conversation read = State.conversations.get(Js.<String>uncheckedCast(push.conversation));
                if (read != null) {
                    read.unread = 0;
                }
                ListView.render();
                break;
            default:
                // A server that is newer than the page.
                break;
        }
    }

    private static void hello(Push push) {
        tries = 0;
        Dom.show(Dom.byId("offline"), false);
        boolean first = State.me == null;
        State.me = push.me;
        Dom.byId("me").textContent = push.me.name;
        setPlatforms(push.platforms);
        setPeople(push.people);
        Dom.fill(Dom.byId("my-face"), Look.face(push.me));
        State.conversations.clear();
        for (Conversation c : push.conversations) {
            State.conversations.put(c.id, c);
        }
        if (first) {
            Outbox.begin();
            Composer.begin();
        }
        ListView.render();
        ConversationView.reopen();
        Outbox.flushNow();
    }

    private static void message(Push push, Message message) {
        Outbox.confirm(message);
        Conversation c = State.conversations.get(message.conversation);
        if (c == null) {
            return;
        }
        if (message.notice != null) {
            // It is nobody's message: nothing that is unread, nor the last word in the list.
            ConversationView.take(push);
            return;
        }
        Message last = push.last != null ? push.last : message;
        if (c.last == null || !Changes.same(last, c.last) || Changes.isNewer(last, c.last)) {
            c.last = last;
        }
        if (c.newest == null || message.id > c.newest) {
            c.newest = message.id;
            c.unread += State.isMe(message.sender) ? 0 : 1;
        }
        ConversationView.take(push);
        if (c.id.equals(State.open)) {
            ConversationView.markRead();
        }
        ListView.render();
    }

    private static void conversation(Conversation c) {
        Conversation before = State.conversations.get(c.id);
        if (State.mayRead(c)) {
            c.unread = before == null ? 0 : before.unread;
            State.conversations.put(c.id, c);
        } else {
            State.conversations.remove(c.id);
        }
        ConversationView.changed(c.id);
        ListView.render();
    }

    private static void setPeople(Person[] people) {
        State.people.clear();
        for (Person person : people) {
            State.people.put(person.id, person);
        }
    }

    private static void setPlatforms(Platform[] platforms) {
        State.platforms.clear();
        for (Platform platform : platforms) {
            State.platforms.put(platform.name, platform);
        }
        if (!State.platforms.containsKey(State.platform)) {
            // One that knows no others, so far.
            Platform own = new Platform();
            own.name = State.platform;
            own.own = own.supportImage = own.supportAudio = own.up = true;
            State.platforms.put(own.name, own);
        }
        Look.assignHues(State.platforms.keySet());
    }

    private static void renderAll() {
        ListView.render();
        ConversationView.renderHead();
    }
}
