package gwtchat.client;

import com.google.gwt.core.client.EntryPoint;
import elemental2.dom.DomGlobal;
import elemental2.dom.Element;
import elemental2.dom.HTMLInputElement;
import elemental2.dom.NodeList;
import gwtchat.client.Wire.Login;
import gwtchat.client.Wire.Nothing;
import gwtchat.client.Wire.Person;
import java.util.List;
import java.util.Map;

/** The page's beginning: logging in and out. */
public final class App implements EntryPoint {
    private static final Map<String, String> ICONS = Map.of(
            "logout", "leave", "back", "back", "attach", "attach", "send", "send", "new", "new", "tab-chats", "chats", "tab-people", "people");

    @Override
    public void onModuleLoad() {
        ICONS.forEach((id, icon) -> {
            Element button = Dom.byId(id);
            button.insertBefore(Dom.icon(icon), button.firstChild);
        });
        Dom.on(Dom.byId("login-form"), "submit", event -> {
            event.preventDefault();
            Login login = new Login();
            login.name = Dom.<HTMLInputElement>the("login-name").value;
            logIn(login);
        });
        Dom.on(Dom.byId("logout"), "click", event -> logOut());
        Api.get("/app/users", answer -> {
            State.platform = answer.platform;
            Look.assignHues(List.of(answer.platform));
            NodeList<Element> names = DomGlobal.document.querySelectorAll("[data-platform-name]");
            for (int n = 0; n < names.length; n++) {
                names.item(n).textContent = answer.platform;
            }
            DomGlobal.document.title = answer.platform;
            if (answer.me != null) {
                enter();
            } else {
                offer(answer.users);
            }
        }, failure -> {
            Dom.toast(failure.sentence);
            DomGlobal.setTimeout(ignored -> DomGlobal.location.reload(), 3_000);
        });
    }

    private static void offer(Person[] users) {
        Dom.fill(Dom.byId("login-users"));
        for (Person user : users) {
            Login login = new Login();
            login.id = user.id;
            Dom.add(Dom.byId("login-users"), Dom.button("", () -> logIn(login), Look.face(user), Dom.written("span", "", user.name)));
        }
        Dom.show(Dom.byId("login"), true);
    }

    private static void logIn(Login login) {
        Element error = Dom.byId("login-error");
        Dom.show(error, false);
        Api.post("/app/login", login, answer -> enter(), failure -> {
            error.textContent = failure.sentence;
            Dom.show(error, true);
        });
    }

    private static void logOut() {
        if (!Outbox.isEmpty() && !DomGlobal.window.confirm("Hay mensajes que todavía no salieron. Si salís, salen cuando vuelvas a entrar en este navegador. ¿Salir igual?")) {
            return;
        }
        Api.post("/app/logout", new Nothing(), answer -> toLogin(), failure -> Dom.toast("No se pudo cerrar la sesión: " + failure.sentence));
    }

    /** The session has ended. */
    static void toLogin() {
        DomGlobal.location.replace("/");
    }

    private static void enter() {
        Dom.show(Dom.byId("login"), false);
        Dom.show(Dom.byId("app"), true);
        ListView.begin();
        Pane.begin();
        Dialogs.begin();
        Participants.begin();
        ConversationView.begin();
        Menu.begin();
        Connection.begin();
    }
}
