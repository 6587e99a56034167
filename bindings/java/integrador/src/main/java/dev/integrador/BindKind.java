package dev.integrador;

import java.util.Locale;

/** What is bound to an id of the application's own. */
public enum BindKind {
    /** A user. */
    USER,
    /** A room. */
    ROOM;

    /**
     * The word for it, which is the same in JSON and in every language.
     *
     * @return such as {@code "user"}
     */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
