package gwtchat.model;

/** Why somebody's change of a message is not taken. */
public enum Not {
    /** There is no such message in this conversation, or it was deleted. */
    THERE,
    /** Somebody else wrote it. */
    THEIRS,
    /** The node doesn't have it yet; this passes. */
    YET,
    /** It would say nothing any more. */
    EMPTY,
    /** There are too many reactions. */
    MORE
}
