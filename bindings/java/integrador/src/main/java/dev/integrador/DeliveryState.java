package dev.integrador;

import java.util.Locale;

/** Where a publication stands at one platform. */
public enum DeliveryState {
    /** Here on disk, not yet sent or not yet acknowledged. */
    WAITING,
    /** The gateway of that platform has it. */
    ACCEPTED,
    /** The other node has it, and waits for the room's announcement. */
    PARKED,
    /** There. */
    DELIVERED,
    /** It will not arrive unless somebody retries it. */
    DEAD,
    /** That platform has no word for it, so it did not go there, and will not: a delete or a reaction. */
    UNSUPPORTED;

    /**
     * The word for it, which is the same in JSON and in every language.
     *
     * @return such as {@code "waiting"}
     */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
