package dev.integrador;

import java.util.Locale;

/** Whether a room is open to all. */
public enum RoomKind {
    /** Only its members read and write. */
    PRIVATE,
    /** Everybody on every platform may read and write. */
    PUBLIC;

    /**
     * The word for it, which is the same in JSON and in every language.
     *
     * @return such as {@code "private"}
     */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
