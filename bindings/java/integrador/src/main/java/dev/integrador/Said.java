package dev.integrador;

import java.util.List;
import java.util.Optional;

/** What a user said in a room: a message, or an edit, a delete or a reaction, which change one. */
public sealed interface Said extends Event permits Message, Edit, Delete, Reaction {
    /**
     * Where it was said.
     *
     * @return the room; of one of the application's own, {@code room().id()} is its own id
     */
    ExternalId room();

    /**
     * Who said it.
     *
     * @return the sender
     */
    ExternalId sender();

    /**
     * What the sender is called.
     *
     * @return the sender's name; its external id as long as nobody announced it
     */
    String senderName();

    /**
     * Whom it asks for local ids and recipients.
     *
     * @return that
     */
    Lookup lookup();

    /**
     * What the application calls the room now.
     *
     * @return its own id, or the one that is bound to it; else nothing
     */
    default Optional<String> localRoom() {
        return lookup().localId(BindKind.ROOM, room());
    }

    /**
     * What the application calls the sender now.
     *
     * @return the id that is bound to the sender; else nothing
     */
    default Optional<String> localSender() {
        return lookup().localId(BindKind.USER, sender());
    }

    /**
     * The application's own members of the room, as they are now.
     *
     * @return their ids
     */
    default List<String> recipients() {
        return lookup().recipients(room());
    }
}
