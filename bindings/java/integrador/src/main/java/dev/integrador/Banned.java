package dev.integrador;

import dev.integrador.internal.Writer;
import java.util.List;

/**
 * Whom of one platform a room's origin bars from it: they can't be members, and what they write there is refused.
 *
 * @param all whether all users of the platform are barred
 * @param users who is, where not all are
 */
public record Banned(boolean all, List<String> users) {
    /**
     * Checks the ids.
     *
     * @param all as the record says
     * @param users as the record says
     */
    public Banned {
        users = List.copyOf(users);
        users.forEach(id -> Writer.checked("banned", id));
    }

    /**
     * Some users.
     *
     * @param ids their ids
     * @return who is barred
     */
    public static Banned users(List<String> ids) {
        return new Banned(false, ids);
    }

    /** {@return all users of the platform} */
    public static Banned everybody() {
        return new Banned(true, List.of());
    }
}
