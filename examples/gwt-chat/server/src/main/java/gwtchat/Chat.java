package gwtchat;

import gwtchat.db.Changes;
import gwtchat.db.Conversations;
import gwtchat.db.Database;
import gwtchat.db.Ids;
import gwtchat.db.Messages;
import gwtchat.db.Users;
import gwtchat.live.Push;
import gwtchat.live.Rooms;
import gwtchat.model.Conversation;
import java.nio.file.Path;
import java.util.List;

/** An ordinary chat: what it stores, and the open pages that are shown what happens. It knows nothing of other platforms. */
public final class Chat implements AutoCloseable {
    private final Database database;
    private final Ids ids;
    private final Users users;
    private final Changes changes;
    private final Messages messages;
    private final Conversations conversations;
    private final Rooms rooms = new Rooms();

    private Chat(Database database, String platform) {
        this.database = database;
        ids = new Ids(platform);
        users = new Users(database, ids);
        changes = new Changes(database, ids);
        messages = new Messages(database, changes);
        conversations = new Conversations(database, messages, ids);
    }

    /** Opens it; a new database begins with these users and a public room. */
    public static Chat open(Path file, String platform, List<String> names) {
        Chat chat = new Chat(Database.open(file), platform);
        if (chat.users.own().isEmpty()) {
            names.stream().map(String::strip).filter(name -> !name.isEmpty()).forEach(chat.users::add);
            chat.conversations.add("Plaza de " + platform, true, List.of());
        }
        return chat;
    }

    public Ids ids() {
        return ids;
    }

    public Users users() {
        return users;
    }

    public Changes changes() {
        return changes;
    }

    public Messages messages() {
        return messages;
    }

    public Conversations conversations() {
        return conversations;
    }

    public Rooms rooms() {
        return rooms;
    }

    // What the pages are shown.

    /** A conversation is new or has changed. */
    public void showConversation(String id) {
        rooms.inTurn(() -> conversations.find(id).ifPresent(c -> rooms.tellChanged(c, new Push.Changed(c))));
    }

    /** A message is new, or has got its place, or was changed. */
    public void showMessage(long id) {
        rooms.inTurn(() -> messages.find(id).ifPresent(message -> {
            Conversation in = conversations.find(message.conversation()).orElseThrow();
            boolean isLast = in.last() != null && in.last().id() == id;
            rooms.tell(in.id(), new Push.NewMessage(message, isLast ? null : in.last()));
        }));
    }

    /** How far a message has come has changed. */
    public void showTicks(long id) {
        rooms.inTurn(() -> messages.find(id).ifPresent(message -> rooms.tell(message.conversation(), new Push.Ticks(message))));
    }

    public void showPeople() {
        rooms.inTurn(() -> rooms.tellAll(new Push.People(users.all())));
    }

    @Override
    public void close() {
        rooms.close();
        database.close();
    }
}
