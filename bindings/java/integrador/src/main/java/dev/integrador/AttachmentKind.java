package dev.integrador;

import java.util.Locale;

/** The kind of an attachment. */
public enum AttachmentKind {
    /** An image. */
    IMAGE,
    /** A sound. */
    AUDIO,
    /** Any other file. */
    FILE;

    /**
     * The word for it, which is the same in JSON and in every language.
     *
     * @return such as {@code "image"}
     */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
