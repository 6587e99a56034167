package dev.integrador;

import java.time.Instant;
import java.util.UUID;

/**
 * An event that will not arrive unless somebody retries it.
 *
 * @param number by which it is retried or dropped
 * @param eventId the event's id
 * @param kind what it is about
 * @param platform the platform that it was for
 * @param from the platform that it came from
 * @param inbound it died on its way in: the application's listener failed, or its room never came
 * @param why the reason
 * @param at when
 * @param body the event's body, JSON
 */
public record DeadLetter(
        long number,
        UUID eventId,
        EventKind kind,
        String platform,
        String from,
        boolean inbound,
        String why,
        Instant at,
        String body) {}
