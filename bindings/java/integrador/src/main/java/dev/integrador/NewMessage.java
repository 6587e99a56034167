package dev.integrador;

import dev.integrador.internal.Writer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;

/**
 * A message to publish.
 *
 * <pre>{@code
 * NewMessage.of("7", "3", "¿Quién viene?").withKey("row-81")
 * }</pre>
 *
 * @param room the room
 * @param sender one of the application's own users
 * @param text the text
 * @param key a key of the application's own, such as the id of its row, or null; remembered for 7 days: published again under the
 *     same key, it is the same message and the first receipt comes back
 * @param sentAt when it was written, or null
 * @param replyTo the event id of the message that it answers, or null
 * @param attachments what goes with it
 * @param traceparent where it stands in a distributed trace (W3C Trace Context), or null; one that is not as it should be is left
 *     out
 * @param ext what the application carries beyond that, or null; see {@link NewUser}
 */
public record NewMessage(
        Ref room,
        Ref sender,
        String text,
        String key,
        Instant sentAt,
        UUID replyTo,
        List<Attachment> attachments,
        String traceparent,
        Map<String, ?> ext) {
    /**
     * Checks what must be there, and that the texts can be sent.
     *
     * @param room as the record says
     * @param sender as the record says
     * @param text as the record says
     * @param key as the record says
     * @param sentAt as the record says
     * @param replyTo as the record says
     * @param attachments as the record says
     * @param traceparent as the record says
     * @param ext as the record says
     */
    public NewMessage {
        Objects.requireNonNull(room, "room");
        Objects.requireNonNull(sender, "sender");
        Writer.checked("text", text);
        if (key != null) {
            Writer.checked("key", key);
        }
        if (traceparent != null) {
            Writer.checked("traceparent", traceparent);
        }
        Objects.requireNonNull(attachments, "attachments");
        attachments.forEach(attachment -> Objects.requireNonNull(attachment, "attachment"));
        attachments = List.copyOf(attachments);
    }

    /**
     * A message.
     *
     * @param room the room
     * @param sender one of the application's own users
     * @param text the text
     * @return the message
     */
    public static NewMessage of(Ref room, Ref sender, String text) {
        return new NewMessage(room, sender, text, null, null, null, List.of(), null, null);
    }

    /**
     * A message to a room by the application's own id, or by a local one that is bound.
     *
     * @param room the room's id
     * @param sender the id of one of the application's own users
     * @param text the text
     * @return the message
     */
    public static NewMessage of(String room, String sender, String text) {
        return of(Ref.own(room), Ref.own(sender), text);
    }

    /**
     * A message to a room of any platform.
     *
     * @param room the room's external id
     * @param sender the id of one of the application's own users
     * @param text the text
     * @return the message
     */
    public static NewMessage of(ExternalId room, String sender, String text) {
        return of(room, Ref.own(sender), text);
    }

    /**
     * The same with a key.
     *
     * @param key see the class
     * @return the message
     */
    public NewMessage withKey(String key) {
        return new NewMessage(room, sender, text, key, sentAt, replyTo, attachments, traceparent, ext);
    }

    /**
     * The same with the time at which it was written.
     *
     * @param sentAt when
     * @return the message
     */
    public NewMessage withSentAt(Instant sentAt) {
        return new NewMessage(room, sender, text, key, sentAt, replyTo, attachments, traceparent, ext);
    }

    /**
     * The same as an answer.
     *
     * @param replyTo the event id of the message that it answers
     * @return the message
     */
    public NewMessage withReplyTo(UUID replyTo) {
        return new NewMessage(room, sender, text, key, sentAt, replyTo, attachments, traceparent, ext);
    }

    /**
     * The same with one more attachment.
     *
     * @param attachment what goes with it
     * @return the message
     */
    public NewMessage withAttachment(Attachment attachment) {
        List<Attachment> all = new ArrayList<>(attachments);
        all.add(attachment);
        return new NewMessage(room, sender, text, key, sentAt, replyTo, all, traceparent, ext);
    }

    /**
     * The same within a distributed trace.
     *
     * @param traceparent see the class
     * @return the message
     */
    public NewMessage withTraceparent(String traceparent) {
        return new NewMessage(room, sender, text, key, sentAt, replyTo, attachments, traceparent, ext);
    }

    /**
     * The same with what the application carries beyond that; the handler elsewhere finds it in {@link Message#ext()}.
     *
     * @param ext see the class
     * @return the message
     */
    public NewMessage withExt(Map<String, ?> ext) {
        return new NewMessage(room, sender, text, key, sentAt, replyTo, attachments, traceparent, ext);
    }
}
