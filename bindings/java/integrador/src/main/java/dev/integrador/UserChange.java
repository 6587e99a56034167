package dev.integrador;

import java.util.Optional;
import java.util.UUID;

/**
 * A user of another platform is new, renamed or gone.
 *
 * @param eventId its id
 * @param attempt 1 the first time, more when an earlier handling failed, took too long or died with its process
 * @param user the user as it is now
 * @param lookup whom it asks for local ids
 */
public record UserChange(UUID eventId, int attempt, User user, Lookup lookup) implements Event {
    /**
     * What the application calls the user now.
     *
     * @return the id that is bound to the user; else nothing
     */
    public Optional<String> localUser() {
        return lookup.localId(BindKind.USER, user.id());
    }
}
