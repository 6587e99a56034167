package dev.integrador;

import dev.integrador.internal.Native;
import dev.integrador.internal.Writer;

/**
 * A user or a room as every platform can name it, such as {@code BuasApp:4}.
 *
 * @param platform the platform on which it was created, spelled as the registry does
 * @param id its id there
 */
public record ExternalId(String platform, String id) implements Ref {
    /**
     * Checks that both are there.
     *
     * @param platform as the record says
     * @param id as the record says
     */
    public ExternalId {
        Writer.checked("platform", platform);
        Writer.checked("id", id);
    }

    /**
     * From its text, such as one that was stored.
     *
     * @param text what {@link #toString()} returned
     * @return the id
     * @throws IntegradorException of kind {@code INVALID}, unless a name that a platform can have, a colon and something more
     *     stand there
     */
    public static ExternalId parse(String text) {
        return Native.ask(Writer.of("external_id_parts").text("text", text)).external();
    }

    /** {@return its text: {@code BuasApp:4}} */
    @Override
    public String toString() {
        return platform + ":" + id;
    }
}
