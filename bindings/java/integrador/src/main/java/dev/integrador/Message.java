package dev.integrador;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * Somebody on another platform wrote.
 *
 * @param eventId its id
 * @param attempt 1 the first time, more when an earlier handling failed, took too long or died with its process
 * @param room the room; of one of the application's own, {@code room.id()} is its own id
 * @param sender who wrote it
 * @param senderName the sender's name; its external id as long as nobody announced it
 * @param text the text
 * @param sentAt when it was written, or null if the sender did not say so
 * @param replyTo the event id of the message that it answers, or null
 * @param attachments what goes with it
 * @param late it comes after messages that were sent later: somebody retried a dead letter
 * @param traceparent where it stands in a distributed trace (W3C Trace Context, version 00), or null
 * @param ext what the sender's application carries beyond that, or null: maps, lists, texts, booleans, and numbers as {@code Long}
 *     where they are whole and fit, else as {@code BigDecimal}
 * @param lookup whom it asks for local ids and recipients
 */
public record Message(
        UUID eventId,
        int attempt,
        ExternalId room,
        ExternalId sender,
        String senderName,
        String text,
        Instant sentAt,
        UUID replyTo,
        List<Attachment> attachments,
        boolean late,
        String traceparent,
        Map<String, Object> ext,
        Lookup lookup)
        implements Said {}
