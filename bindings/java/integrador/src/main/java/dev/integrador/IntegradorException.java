package dev.integrador;

/**
 * What every operation throws when something is wrong: as data its {@link #kind() kind}, and as a sentence for people what was
 * wrong, where, and what to do. No message holds a token.
 */
public final class IntegradorException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** What went wrong. */
    private final ErrorKind kind;

    /** The argument in error, or null. */
    private final String field;

    /** Whether later is better. */
    private final boolean retryable;

    /**
     * An exception.
     *
     * @param kind what went wrong
     * @param message the same for people
     * @param field the argument in error, or null
     * @param retryable whether the same call may succeed later without anything being fixed
     * @param cause what is behind it, or null
     */
    public IntegradorException(ErrorKind kind, String message, String field, boolean retryable, Throwable cause) {
        super(message, cause);
        this.kind = kind;
        this.field = field;
        this.retryable = retryable;
    }

    /**
     * What went wrong, to branch on.
     *
     * @return the kind
     */
    public ErrorKind kind() {
        return kind;
    }

    /**
     * The argument or field in error, where there is one.
     *
     * @return such as {@code "attachments[1].url"}, or null
     */
    public String field() {
        return field;
    }

    /**
     * Whether the same call may succeed later without anything being fixed.
     *
     * @return whether it is worth trying again
     */
    public boolean isRetryable() {
        return retryable;
    }
}
