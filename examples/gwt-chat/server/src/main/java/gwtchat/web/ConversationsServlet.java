package gwtchat.web;

import gwtchat.Chat;
import gwtchat.integration.Integration;
import gwtchat.live.Push;
import gwtchat.model.Conversation;
import gwtchat.model.Draft;
import gwtchat.model.Message;
import gwtchat.model.Not;
import gwtchat.model.RoomUpdate;
import gwtchat.model.Said;
import gwtchat.model.User;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Conversations: making them, joining and leaving, reading and writing. */
final class ConversationsServlet extends JsonServlet {
    static final int MAX_TEXT = 4_000;
    private static final int MAX_EMOJI = 32; // bytes
    private static final int PAGE = 50;
    private static final Refusal GONE = new Refusal(404, "Ese mensaje ya no está.");
    private static final Refusal UNCLEAR = new Refusal(400, "El pedido no se entiende.");

    private final transient Chat chat;
    private final transient Integration integration;
    private final transient Sessions sessions;

    ConversationsServlet(Chat chat, Integration integration, Sessions sessions) {
        this.chat = chat;
        this.integration = integration;
        this.sessions = sessions;
    }

    private record NewConversation(String name, @com.google.gson.annotations.SerializedName("public") boolean open, List<String> members) {}

    /** @param reply the id of the message that it answers, or null */
    private record NewMessage(String key, String text, Upload attachment, Long reply) {}

    private record NewChange(String key, long message, String kind, String text, String emoji, boolean on) {}

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
            throw UNCLEAR;
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
                case "changes" -> {
                    return change(me, in, body(request, NewChange.class));
                }
                case "join" -> integration.memberships().join(in, me.id());
                case "leave" -> integration.memberships().leave(in, me.id());
                case "update" -> update(me, in, body(request, RoomUpdate.class));
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

    private void update(User me, Conversation in, RoomUpdate wanted) {
        if (!integration.memberships().may(in, me, wanted)) {
            throw new Refusal(403, "No podés hacer eso en esta conversación.");
        }
        String name = wanted.name();
        if (name != null && (name.isEmpty() || name.codePointCount(0, name.length()) > 80)) {
            throw new Refusal(400, "Escribí un nombre de 1 a 80 letras.");
        }
        Stream.concat(wanted.add().stream(), wanted.ban().stream()).forEach(id -> chat.users().find(id).filter(User::active)
                .orElseThrow(() -> new Refusal(404, "Una de las personas ya no está.")));
        integration.memberships().update(in, wanted);
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
        Optional<Long> reply = Optional.ofNullable(wanted.reply());
        if (reply.isPresent() && reply.flatMap(chat.messages()::find).filter(m -> m.conversation().equals(in.id())).isEmpty()) {
            throw GONE;
        }
        Draft draft = new Draft(in.id(), me.id(), me.name(), checked(text), files, wanted.reply(), null);
        Message message = chat.messages().addOwn(draft, key(me, wanted.key()));
        return shown(message.id());
    }

    private static String checked(String text) {
        if (text.codePointCount(0, text.length()) > MAX_TEXT) {
            throw new Refusal(413, "El mensaje es demasiado largo: hasta 4.000 letras.");
        }
        return text;
    }

    /** Two people whose pages chose the same key don't get in each other's way. */
    private static String key(User me, String key) {
        if (key == null || key.isEmpty() || key.length() > 100) {
            throw UNCLEAR;
        }
        return me.id() + "/" + key;
    }

    private Object change(User me, Conversation in, NewChange wanted) {
        Said said = switch (String.valueOf(wanted.kind())) {
            case "edit" -> Said.edit(checked(Optional.ofNullable(wanted.text()).orElseThrow(() -> UNCLEAR).strip()), null);
            case "delete" -> Said.delete();
            case "reaction" -> Said.reaction(emoji(wanted.emoji()), wanted.on());
            default -> throw UNCLEAR;
        };
        Optional<Not> not = chat.changes().addOwn(in.id(), wanted.message(), me.id(), key(me, wanted.key()), said);
        if (not.isPresent()) {
            throw refusal(not.get());
        }
        return shown(wanted.message());
    }

    private static String emoji(String emoji) {
        int bytes = emoji == null ? 0 : emoji.getBytes(StandardCharsets.UTF_8).length;
        if (bytes == 0 || bytes > MAX_EMOJI) {
            throw new Refusal(400, "Esa reacción no se puede usar.");
        }
        return emoji;
    }

    private static Refusal refusal(Not not) {
        return switch (not) {
            case THERE -> GONE;
            case THEIRS -> new Refusal(403, "Ese mensaje no es tuyo.");
            case YET -> new Refusal(503, "Ese mensaje todavía está saliendo. Probá de nuevo en un momento.");
            case EMPTY -> new Refusal(400, "El mensaje está vacío.");
            case MORE -> new Refusal(409, "Ya reaccionaste muchas veces a ese mensaje.");
        };
    }

    /** Shows what was written to the open pages, wakes what publishes, and answers the message. */
    private Object shown(long id) {
        chat.showMessage(id);
        integration.written();
        return Map.of("message", chat.messages().find(id).orElseThrow(() -> GONE));
    }
}
