package dev.integrador;

import java.util.Locale;

/** What an event is about. */
public enum EventKind {
    /** A user. */
    USER,
    /** A room. */
    ROOM,
    /** A message. */
    MESSAGE,
    /** A platform. */
    PLATFORM,
    /** Between nodes only: what became of a message. */
    RECEIPT,
    /** What became of something that was published. */
    DELIVERY,
    /** A message has another text. */
    EDIT,
    /** A message was deleted. */
    DELETE,
    /** Somebody reacted to a message, or took a reaction back. */
    REACTION;

    /**
     * The word for it, which is the same in JSON and in every language.
     *
     * @return such as {@code "user"}
     */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
