package gwtchat.model;

import java.util.List;

/** A message to store. */
public record Draft(String conversation, String sender, String senderName, String text, List<File> attachments) {

    /**
     * An attachment: an address, or its bytes.
     *
     * @param kind {@code image}, {@code audio} or {@code file}
     */
    public record File(String kind, String url, byte[] data, String mime, String name) {}
}
