package dev.integrador;

import java.util.List;
import java.util.Optional;

/** What an event asks its node when it is asked; a {@link Node} is one. Looked up in memory, as things are then. */
public interface Lookup {
    /** Knows nothing: for events that a test of the application makes itself. */
    Lookup NONE = new Lookup() {
        @Override
        public Optional<String> localId(BindKind kind, ExternalId external) {
            return Optional.empty();
        }

        @Override
        public List<String> recipients(Ref room) {
            return List.of();
        }
    };

    /**
     * What the application calls a user or a room.
     *
     * @param kind which of the two
     * @param external its external id
     * @return its own id, or the one that is bound to it; else nothing
     */
    Optional<String> localId(BindKind kind, ExternalId external);

    /**
     * The application's own members of a room.
     *
     * @param room the room
     * @return their ids
     */
    List<String> recipients(Ref room);
}
