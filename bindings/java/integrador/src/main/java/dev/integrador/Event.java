package dev.integrador;

import java.util.UUID;

/** Something that happened elsewhere, for the application to handle. */
public sealed interface Event permits Said, UserChange, RoomChange, PlatformChange, DeliveryChange {
    /**
     * Its id, by which it is acknowledged.
     *
     * @return the id
     */
    UUID eventId();

    /**
     * How often it was handed out.
     *
     * @return 1 the first time; more when an earlier handling failed, took longer than {@code handler_timeout}, or was under way
     *     when its process died
     */
    int attempt();
}
