package gwtchat.web;

import gwtchat.Chat;
import gwtchat.integration.Integration;
import gwtchat.model.User;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Logging in and out. It is choosing a name: this is a demonstration, without passwords. People of other platforms are
 * no users of this app, so none of them can log in.
 */
final class PeopleServlet extends JsonServlet {
    private final transient Chat chat;
    private final transient Integration integration;
    private final transient Sessions sessions;

    PeopleServlet(Chat chat, Integration integration, Sessions sessions) {
        this.chat = chat;
        this.integration = integration;
        this.sessions = sessions;
    }

    private record Names(String platform, List<User> users, String me) {}

    private record Login(String id, String name) {}

    /** The names for the first page, and who is logged in already. */
    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
        answer(response, () -> new Names(
                chat.ids().platform(), chat.users().own(), sessions.find(request).map(User::id).orElse(null)));
    }

    @Override
    protected void doPost(HttpServletRequest request, HttpServletResponse response) throws IOException {
        answer(response, () -> request.getServletPath().endsWith("login") ? logIn(request, response) : logOut(request, response));
    }

    private Object logIn(HttpServletRequest request, HttpServletResponse response) throws IOException {
        Login login = body(request, Login.class);
        User user = login.id() != null
                ? chat.users().findOwn(login.id()).orElseThrow(() -> new Refusal(404, "Esa persona ya no está."))
                : signUp(login.name() == null ? "" : login.name().strip());
        sessions.begin(user, request, response);
        return Map.of("me", user.id());
    }

    private User signUp(String name) {
        if (name.isEmpty() || name.codePointCount(0, name.length()) > 60) {
            throw new Refusal(400, "Escribí un nombre de 1 a 60 letras.");
        }
        User user = chat.users().add(name)
                .orElseThrow(() -> new Refusal(409, "Ese nombre ya existe: elegilo en la lista o escribí otro."));
        chat.showPeople();
        integration.written();
        return user;
    }

    private Object logOut(HttpServletRequest request, HttpServletResponse response) {
        Optional<String> token = sessions.token(request);
        token.ifPresent(t -> {
            sessions.end(t, request, response);
            // The other tabs too.
            chat.rooms().end(t);
        });
        return NOTHING;
    }
}
