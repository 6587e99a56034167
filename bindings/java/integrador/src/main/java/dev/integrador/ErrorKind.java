package dev.integrador;

import java.util.Locale;

/** What went wrong, for code to branch on. The names are the same in every language. */
public enum ErrorKind {
    /** The configuration or the registry file is wrong. */
    CONFIG,
    /** An argument, or a body that came in, is not what it must be; the message names the field. */
    INVALID,
    /** No token, an unknown one, or a signature that does not verify. */
    UNAUTHORIZED,
    /** Known, but not allowed. */
    FORBIDDEN,
    /** The sender is not a member of the private room. */
    NOT_A_MEMBER,
    /** No platform of that name is known here. */
    UNKNOWN_PLATFORM,
    /** No room of that id was announced here. */
    UNKNOWN_ROOM,
    /** No message of that event id and platform is remembered here. */
    UNKNOWN_MESSAGE,
    /** It contradicts what is there: a local id bound already, a key used for another content, a name taken. */
    CONFLICT,
    /** Over a limit of size. */
    TOO_LARGE,
    /** Over a limit of rate, or a queue is full: later it will do. */
    BUSY,
    /** The node is closed or closing. */
    CLOSED,
    /** The store can't be read or written now: disk full, locked, damaged. */
    STORE,
    /** Another platform could not be reached, or answered what it must not. */
    TRANSPORT,
    /** A defect of this library. */
    INTERNAL;

    /**
     * The word for it, which is the same in JSON and in every language.
     *
     * @return such as {@code "config"}
     */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
