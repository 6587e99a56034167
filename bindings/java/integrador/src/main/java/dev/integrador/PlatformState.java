package dev.integrador;

import java.util.Locale;

/** What happened to a platform. */
public enum PlatformState {
    /** It answers. A hint, which a crash may swallow. */
    UP,
    /** It does not answer. A hint, which a crash may swallow. */
    DOWN,
    /** It is new here. */
    JOINED,
    /** It is gone from the registry. */
    REMOVED,
    /** It answers 401 or 403: a wrong token or a wrong registry. */
    REFUSED;

    /**
     * The word for it, which is the same in JSON and in every language.
     *
     * @return such as {@code "up"}
     */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
