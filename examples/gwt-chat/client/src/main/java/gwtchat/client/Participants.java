package gwtchat.client;

import elemental2.dom.DomGlobal;
import elemental2.dom.Element;
import elemental2.dom.HTMLDialogElement;
import elemental2.dom.HTMLElement;
import elemental2.dom.HTMLInputElement;
import gwtchat.client.Wire.Conversation;
import gwtchat.client.Wire.Person;
import gwtchat.client.Wire.RoomUpdate;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Who takes part in the open conversation, and what this person may change of that: members, the name, who is barred. */
final class Participants {
    private static final HTMLDialogElement dialog = Dom.the("info-dialog");
    private static final HTMLInputElement name = Dom.the("info-name");
    private static final HTMLInputElement search = Dom.the("info-search");
    /** The id of the conversation that is looked at. */
    private static String shown;

    private Participants() {}

    static void begin() {
        Dom.on(search, "input", event -> render());
        Dom.on(Dom.byId("info-rename"), "submit", event -> {
            event.preventDefault();
            RoomUpdate renamed = new RoomUpdate();
            renamed.name = name.value.trim();
            if (!renamed.name.isEmpty() && !renamed.name.equals(State.current().name)) {
                change(renamed);
            }
        });
    }

    static void open(Conversation c) {
        shown = c.id;
        name.value = c.name;
        search.value = "";
        Dom.byId("info-add").removeAttribute("open");
        Dom.show(Dom.byId("info-error"), false);
        dialog.showModal();
        render();
    }

    /** It may change while it is looked at. */
    static void render() {
        if (!dialog.open) {
            return;
        }
        Conversation c = State.current();
        if (c == null || !c.id.equals(shown)) {
            dialog.close();
            return;
        }
        Element active = DomGlobal.document.activeElement;
        String focused = active == null ? null : active.getAttribute("data-key");
        Dom.byId("info-title").textContent = State.titleOf(c);
        Dom.show(Dom.byId("info-rename"), decides(c));
        List<HTMLElement> rows = new ArrayList<>();
        Stream.of(c.members).forEach(member -> rows.add(member(c, member)));
        if (rows.isEmpty()) {
            rows.add(Dom.make("p", "none", "Nadie se unió todavía; leer y escribir puede cualquiera."));
        }
        if (c.banned.length > 0) {
            rows.add(Dom.make("h3", "", "Bloqueados"));
            Stream.of(c.banned).forEach(who -> rows.add(barred(c, who)));
        }
        Dom.fill(Dom.byId("info-people"), rows);
        renderOthers(c);
        if (focused != null) {
            Dom.all(dialog, "[data-key]").stream().filter(e -> focused.equals(e.getAttribute("data-key"))).findFirst()
                    .ifPresentOrElse(Dom::focus, () -> Dom.focus(Dom.byId("info-close")));
        }
    }

    // What this person may: the platform of a room decides on all of it, the others on the people of their own.

    private static boolean decides(Conversation c) {
        return !c.direct && c.failed == null && State.isMember(c) && State.homeOf(c).equals(State.platform);
    }

    private static boolean isOwn(Conversation c, String user) {
        return !c.direct && c.failed == null && State.isMember(c) && State.platformOf(user).equals(State.platform);
    }

    private static HTMLElement member(Conversation c, String user) {
        List<HTMLElement> acts = new ArrayList<>();
        if (!State.isMe(user) && (decides(c) || isOwn(c, user))) {
            RoomUpdate removed = new RoomUpdate();
            removed.remove = new String[] {user};
            acts.add(act("close", "Quitar", user, () -> change(removed)));
        }
        if (!State.isMe(user) && decides(c)) {
            RoomUpdate banned = new RoomUpdate();
            banned.ban = new String[] {user};
            acts.add(act("unsupported", "Bloquear", user, () -> {
                if (DomGlobal.window.confirm("¿Bloquear a " + State.nameOf(user) + "? Sale de la conversación, y no puede volver ni escribir en ella.")) {
                    change(banned);
                }
            }));
        }
        return row(user, acts);
    }

    private static HTMLElement barred(Conversation c, String who) {
        if (who.endsWith(":*")) {
            return Dom.make("div", "pick", Dom.make("span", "name", "Toda la plataforma"), Look.badge(State.platformOf(who)));
        }
        RoomUpdate unbanned = new RoomUpdate();
        unbanned.unban = new String[] {who};
        HTMLElement button = Dom.button("quiet", () -> change(unbanned), "Desbloquear");
        return row(who, decides(c) ? List.of(Dom.with(button, "aria-label", "Desbloquear a " + State.nameOf(who))) : List.of());
    }

    private static void renderOthers(Conversation c) {
        List<HTMLElement> rows = new ArrayList<>();
        boolean any = false;
        for (Person person : State.reachable()) {
            boolean may = decides(c) || c.open && isOwn(c, person.id);
            if (!may || State.isBarred(c, person.id) || Stream.of(c.members).anyMatch(person.id::equals)) {
                continue;
            }
            any = true;
            if (Texts.contains(person.name, search.value)) {
                RoomUpdate added = new RoomUpdate();
                added.add = new String[] {person.id};
                rows.add(row(person.id, List.of(act("new", "Agregar", person.id, () -> change(added)))));
            }
        }
        Dom.show(Dom.byId("info-add"), any);
        Dom.fill(Dom.byId("info-others"), rows.isEmpty() ? Dom.make("p", "none", "Nadie se llama así.") : rows);
    }

    private static HTMLElement row(String user, List<HTMLElement> acts) {
        String who = State.nameOf(user);
        String platform = State.platformOf(user);
        return Dom.make("div", "pick", Look.face(who, platform, State.avatarOf(user)),
                Dom.written("span", "name", State.isMe(user) ? who + " (vos)" : who), Look.badge(platform), acts);
    }

    private static HTMLElement act(String icon, String word, String user, Runnable then) {
        HTMLElement button = Dom.button("icon small", then, Dom.icon(icon));
        button.setAttribute("title", word);
        button.setAttribute("data-key", word + " " + user);
        return Dom.with(button, "aria-label", word + " a " + State.nameOf(user));
    }

    private static void change(RoomUpdate what) {
        HTMLElement error = Dom.byId("info-error");
        Dom.show(error, false);
        Api.post(Api.of(shown, "update"), what, answer -> {}, failure -> {
            error.textContent = failure.sentence;
            Dom.show(error, true);
        });
    }
}
