package dev.integrador;

import java.util.Locale;

/** What is wrong with the registry, or with a platform in it. */
public enum FindingKind {
    /** The registry file is in error, or says what is hardly meant. */
    REGISTRY,
    /** Nobody answers there. */
    UNREACHABLE,
    /** It answers 401 or 403: the tokens differ, or it has no entry for this node, or a suspended one. */
    REFUSED,
    /** Somebody answers, but not as a node or a plain platform does. */
    ODD,
    /** Under its endpoint this node answers itself. */
    ITSELF,
    /** It calls itself by another name than the registry does. */
    OTHER_NAME,
    /** It speaks with a node that has no entry here: what that node's users write doesn't arrive here. */
    NOT_KNOWN_HERE,
    /** It has no entry for a node that has one here, or none by the name of this one. */
    NOT_KNOWN_THERE,
    /** A plain platform that both this node and that one take for theirs: what it posts to one of them the other refuses. */
    HOSTED_TWICE,
    /** A room whose origin is here has members whom nobody has announced, or is private and has none. */
    MEMBERS;

    /**
     * The word for it, which is the same in JSON and in every language.
     *
     * @return such as {@code "registry"}
     */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
