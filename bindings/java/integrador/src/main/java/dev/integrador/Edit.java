package dev.integrador;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * A message of another platform has another text. That {@code sender} may edit it is vouched for by their platform alone, which is
 * that of the message. Of several edits the one with the greatest {@code eventId} counts.
 *
 * @param eventId its id; that of the message is {@code of}
 * @param attempt 1 the first time, more when an earlier handling failed, took too long or died with its process
 * @param room the room; of one of the application's own, {@code room.id()} is its own id
 * @param sender who did it
 * @param senderName the sender's name; its external id as long as nobody announced it
 * @param of the event id of the message
 * @param text the text that it has from now on
 * @param attachments the attachments that it has from now on, which may be none; not present where the edit leaves those that it had
 * @param ext what the sender's application carries with the message from now on, or null: what it carried
 * @param lookup whom it asks for local ids and recipients
 */
public record Edit(
        UUID eventId,
        int attempt,
        ExternalId room,
        ExternalId sender,
        String senderName,
        UUID of,
        String text,
        Optional<List<Attachment>> attachments,
        Map<String, Object> ext,
        Lookup lookup)
        implements Said {}
