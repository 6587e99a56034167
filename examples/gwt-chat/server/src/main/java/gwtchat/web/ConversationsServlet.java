package gwtchat.web;

import gwtchat.Chat;
import gwtchat.integration.Integration;
import gwtchat.live.Push;
import gwtchat.model.Conversation;
import gwtchat.model.Draft;
import gwtchat.model.Message;
import gwtchat.model.User;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Conversations: making them, joining and leaving, reading and writing. */
final class ConversationsServlet extends JsonServlet {
    static final int MAX_TEXT = 4_000;
    private static final int PAGE = 50;

    private final transient Chat chat;
    private final transient Integration integration;
    private final transient Sessions sessions;

    ConversationsServlet(Chat chat, Integration integration, Sessions sessions) {
        this.chat = chat;
        this.integration = integration;
        this.sessions = sessions;
    }

    private record NewConversation(String name, @com.google.gson.annotations.SerializedName("public") boolean open, List<String> members) {}

    private record NewMessage(String key, String text, Upload attachment) {}

    private record Page(List<Message> messages, boolean more) {}

    /** A conversation that this person may see, and what is to be done with it. */
    private record Target(Conversation conversation, String action) {}

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
        answer(response, () -> {
            Target target = target(request, sessions.require(request));
            if (!target.action().equals("messages")) {
                throw Refusal.NOT_THERE;
            }
            List<Message> page = chat.messages().page(target.conversation().id(), before(request), PAGE);
            return new Page(page, page.size() == PAGE);
        });
    }

    private static Long before(HttpServletRequest request) {
        String before = request.getParameter("before");
        try {
            return before == null ? null : Long.valueOf(before);
        } catch (NumberFormatException e) {
            throw new Refusal(400, "El pedido no se entiende.");
        }
    }

    @Override
    protected void doPost(HttpServletRequest request, HttpServletResponse response) throws IOException {
        answer(response, () -> {
            User me = sessions.require(request);
            if (request.getPathInfo() == null) {
                return create(me, body(request, NewConversation.class));
            }
            Target target = target(request, me);
            Conversation in = target.conversation();
            switch (target.action()) {
                case "messages" -> {
                    return write(me, in, body(request, NewMessage.class));
                }
                case "join" -> integration.client().join(in, me);
                case "leave" -> integration.client().leave(in, me);
                case "read" -> {
                    chat.conversations().markRead(me.id(), in.id());
                    chat.rooms().tellPerson(me.id(), new Push.Read(in.id()));
                }
                default -> throw Refusal.NOT_THERE;
            }
            return NOTHING;
        });
    }

    /** {@code /BuasApp:7/messages}: ids of other platforms may have any character in them, a slash too. */
    private Target target(HttpServletRequest request, User me) {
        String path = Optional.ofNullable(request.getPathInfo()).orElse("");
        int end = path.lastIndexOf('/');
        if (end < 2) {
            throw Refusal.NOT_THERE;
        }
        Conversation found = chat.conversations().find(path.substring(1, end))
                .filter(c -> c.admits(me.id()))
                .orElseThrow(() -> Refusal.NOT_THERE);
        return new Target(found, path.substring(end + 1));
    }

    private Object create(User me, NewConversation wanted) {
        List<User> members = new ArrayList<>(List.of(me));
        for (String id : wanted.members() == null ? List.<String>of() : wanted.members()) {
            User person = Optional.ofNullable(id).flatMap(chat.users()::find).filter(User::active)
                    .orElseThrow(() -> new Refusal(404, "Una de las personas ya no está."));
            if (!members.contains(person)) {
                members.add(person);
            }
        }
        String name = wanted.name() == null ? "" : wanted.name().strip();
        if (name.codePointCount(0, name.length()) > 80) {
            throw new Refusal(400, "El nombre puede tener hasta 80 letras.");
        }
        if (wanted.open() && name.isEmpty()) {
            throw new Refusal(400, "Una sala pública necesita un nombre.");
        }
        if (!wanted.open() && members.size() == 1) {
            throw new Refusal(400, "Elegí al menos a una persona.");
        }
        if (!wanted.open() && members.size() == 2) {
            Optional<String> before = chat.conversations().chatOf(me.id(), members.get(1).id());
            if (before.isPresent()) {
                return Map.of("id", before.get());
            }
        }
        String id = chat.conversations().add(name.isEmpty() ? names(members) : name, wanted.open(), members.stream().map(User::id).toList());
        chat.showConversation(id);
        integration.written();
        return Map.of("id", id);
    }

    private static String names(List<User> members) {
        String names = String.join(", ", members.stream().map(User::name).toList());
        return names.substring(0, names.offsetByCodePoints(0, Math.min(80, names.codePointCount(0, names.length()))));
    }

    private Object write(User me, Conversation in, NewMessage wanted) {
        String text = wanted.text() == null ? "" : wanted.text().strip();
        List<Draft.File> files = wanted.attachment() == null ? List.of() : List.of(wanted.attachment().accept());
        if (text.isEmpty() && files.isEmpty()) {
            throw new Refusal(400, "El mensaje está vacío.");
        }
        if (text.codePointCount(0, text.length()) > MAX_TEXT) {
            throw new Refusal(413, "El mensaje es demasiado largo: hasta 4.000 letras.");
        }
        if (wanted.key() == null || wanted.key().isEmpty() || wanted.key().length() > 100) {
            throw new Refusal(400, "El pedido no se entiende.");
        }
        Draft draft = new Draft(in.id(), me.id(), me.name(), text, files);
        // Two people whose pages chose the same key don't get in each other's way.
        Message message = chat.messages().addOwn(draft, me.id() + "/" + wanted.key());
        chat.showMessage(message.id());
        integration.written();
        return Map.of("message", message);
    }
}
