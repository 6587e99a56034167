package dev.integrador;

import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * A room was created or changed by another platform.
 *
 * @param eventId its id
 * @param attempt 1 the first time, more when an earlier handling failed, took too long or died with its process
 * @param room the whole room, as it is now
 * @param changedBy the platform whose announcement changed it
 * @param lookup whom it asks for local ids and recipients
 */
public record RoomChange(UUID eventId, int attempt, Room room, String changedBy, Lookup lookup) implements Event {
    /**
     * What the application calls the room now.
     *
     * @return its own id, or the one that is bound to it; else nothing
     */
    public Optional<String> localRoom() {
        return lookup.localId(BindKind.ROOM, room.id());
    }

    /**
     * The application's own members of the room, as they are now.
     *
     * @return their ids
     */
    public List<String> recipients() {
        return lookup.recipients(room.id());
    }
}
