package gwtchat.model;

import java.util.List;

/**
 * A message to store.
 *
 * @param reply the id of the message that it answers, or null
 * @param replyEvent of a message of another platform, instead of that: the event id of what it answers, be it here or not
 */
public record Draft(
        String conversation, String sender, String senderName, String text, List<File> attachments, Long reply, String replyEvent) {

    /** One that answers nothing. */
    public Draft(String conversation, String sender, String senderName, String text, List<File> attachments) {
        this(conversation, sender, senderName, text, attachments, null, null);
    }

    /**
     * An attachment: an address, or its bytes.
     *
     * @param kind {@code image}, {@code audio} or {@code file}
     */
    public record File(String kind, String url, byte[] data, String mime, String name) {}
}
