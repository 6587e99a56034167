package dev.integrador;

import java.util.UUID;

/**
 * What became of something that this application published, at one platform.
 *
 * @param eventId the id of this event itself; what it is about is {@code publication}
 * @param attempt 1 the first time, more when an earlier handling failed, took too long or died with its process
 * @param publication the event id of the receipt
 * @param platform the platform that it was meant for
 * @param state what became of it
 * @param why the reason when it is dead, else null
 * @param count how many in a row this stands for, at least 1: dead letters of one cause are told together
 */
public record DeliveryChange(
        UUID eventId, int attempt, UUID publication, String platform, DeliveryState state, String why, long count)
        implements Event {}
