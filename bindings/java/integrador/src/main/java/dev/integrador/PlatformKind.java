package dev.integrador;

import java.util.Locale;

/** What a platform turned out to be. */
public enum PlatformKind {
    /** Not known yet: it has not answered. */
    UNKNOWN,
    /** Without this library: it speaks plain HTTP to its gateway. */
    PLAIN,
    /** A node. */
    NODE;

    /**
     * The word for it, which is the same in JSON and in every language.
     *
     * @return such as {@code "unknown"}
     */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
