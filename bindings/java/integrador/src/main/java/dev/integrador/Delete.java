package dev.integrador;

import java.util.UUID;

/**
 * A message was deleted, for good: no edit brings it back.
 *
 * @param eventId its id; that of the message is {@code of}
 * @param attempt 1 the first time, more when an earlier handling failed, took too long or died with its process
 * @param room the room; of one of the application's own, {@code room.id()} is its own id
 * @param sender who did it
 * @param senderName the sender's name; its external id as long as nobody announced it
 * @param of the event id of the message
 * @param ofPlatform the platform whose user wrote the message; the application's own where a room's origin moderates
 * @param lookup whom it asks for local ids and recipients
 */
public record Delete(
        UUID eventId,
        int attempt,
        ExternalId room,
        ExternalId sender,
        String senderName,
        UUID of,
        String ofPlatform,
        Lookup lookup)
        implements Said {}
