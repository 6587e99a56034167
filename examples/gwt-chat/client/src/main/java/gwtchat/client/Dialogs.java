package gwtchat.client;

import elemental2.dom.DomGlobal;
import elemental2.dom.Element;
import elemental2.dom.HTMLButtonElement;
import elemental2.dom.HTMLDialogElement;
import elemental2.dom.HTMLElement;
import elemental2.dom.HTMLFormElement;
import elemental2.dom.HTMLInputElement;
import elemental2.dom.NodeList;
import gwtchat.client.Wire.NewConversation;
import gwtchat.client.Wire.Person;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import jsinterop.base.Js;

/** The dialog in which a conversation begins. */
final class Dialogs {
    private static final HTMLInputElement name = Dom.the("new-name");
    private static final HTMLInputElement search = Dom.the("new-search");
    private static final HTMLInputElement open = Dom.the("new-open");
    private static final HTMLButtonElement create = Dom.the("new-create");
    private static final Set<String> chosen = new LinkedHashSet<>();

    private Dialogs() {}

    static void begin() {
        each("[data-close]", button -> {
            if (button.classList.contains("icon")) {
                Dom.add(button, Dom.icon("close"));
            }
            Dom.on(button, "click", event -> Js.<HTMLDialogElement>uncheckedCast(button.closest("dialog")).close());
        });
        // A click beside it.
        each("dialog", dialog -> Dom.on(dialog, "click", event -> {
            if (event.target == dialog) {
                Js.<HTMLDialogElement>uncheckedCast(dialog).close();
            }
        }));
        Dom.on(Dom.byId("new"), "click", event -> openNew());
        Dom.on(search, "input", event -> renderPeople());
        each("[name=kind]", radio -> Dom.on(radio, "change", event -> check()));
        Dom.on(Dom.byId("new-form"), "submit", event -> {
            event.preventDefault();
            submit();
        });
    }

    private static void each(String selector, java.util.function.Consumer<Element> work) {
        NodeList<Element> found = DomGlobal.document.querySelectorAll(selector);
        for (int n = 0; n < found.length; n++) {
            work.accept(found.item(n));
        }
    }

    private static void openNew() {
        chosen.clear();
        Dom.<HTMLFormElement>the("new-form").reset();
        Dom.show(Dom.byId("new-error"), false);
        renderPeople();
        check();
        Dom.<HTMLDialogElement>the("new-dialog").showModal();
    }

    private static void submit() {
        NewConversation wanted = new NewConversation();
        wanted.name = name.value;
        wanted.open = open.checked;
        wanted.members = chosen.toArray(new String[0]);
        create.disabled = true;
        ListView.start(wanted, () -> Dom.<HTMLDialogElement>the("new-dialog").close(), sentence -> {
            Dom.byId("new-error").textContent = sentence;
            Dom.show(Dom.byId("new-error"), true);
            check();
        });
    }

    /** One person makes a chat, which needs no name; more make a group. */
    private static void check() {
        boolean named = open.checked || chosen.size() > 1;
        Dom.show(Dom.byId("new-name-field"), named);
        name.required = open.checked;
        name.placeholder = open.checked ? "Los mundialistas" : "Opcional";
        create.disabled = !open.checked && chosen.isEmpty();
        create.textContent = open.checked ? "Crear sala" : chosen.size() > 1 ? "Crear grupo de " + (chosen.size() + 1) : "Chatear";
    }

    private static void renderPeople() {
        List<HTMLElement> rows = new ArrayList<>();
        String platform = null;
        for (Person person : State.reachable()) {
            if (!chosen.contains(person.id) && !Texts.contains(person.name, search.value)) {
                continue;
            }
            if (!person.platform.equals(platform)) {
                platform = person.platform;
                rows.add(Dom.make("h3", "", Look.badge(platform)));
            }
            rows.add(row(person));
        }
        String nobody = search.value.isEmpty() ? "Todavía no hay nadie más." : "Nadie se llama así.";
        Dom.fill(Dom.byId("new-people"), rows.isEmpty() ? Dom.make("p", "none", nobody) : rows);
    }

    private static HTMLElement row(Person person) {
        HTMLInputElement box = Js.uncheckedCast(Dom.make("input", ""));
        box.type = "checkbox";
        box.checked = chosen.contains(person.id);
        Dom.on(box, "change", event -> {
            if (box.checked) {
                chosen.add(person.id);
            } else {
                chosen.remove(person.id);
            }
            check();
        });
        return Dom.make("label", "pick", Look.face(person), Dom.written("span", "name", person.name), box);
    }
}
