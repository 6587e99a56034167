package gwtchat.model;

import java.util.List;

/**
 * A message as it is now, with where it stands at each platform if it is one of ours.
 *
 * @param notice what has happened to the sender, or to the conversation: then it is no message of theirs; else null
 * @param text empty if it was deleted, and then nothing is attached
 * @param at RFC 3339
 * @param key the page's own key for it, by which a repeated post is recognised
 * @param place what it is sorted by, its event id as a rule; null: it is on its way to the node
 * @param failed why the node refused it
 * @param revision how many times it was changed
 * @param reply what it answers, or null
 * @param changes what users of this app have said of it and is in force: the latest edit or delete, and each reaction
 */
public record Message(
        long id,
        String conversation,
        String sender,
        String senderName,
        String notice,
        String text,
        List<Link> attachments,
        String at,
        String key,
        String place,
        List<Tick> deliveries,
        String failed,
        int revision,
        boolean edited,
        boolean deleted,
        Reply reply,
        List<Reaction> reactions,
        List<Change> changes) {

    /** An attachment as the page sees it: always an address, its bytes stay in the database. */
    public record Link(String kind, String url, String name) {}

    /**
     * A message that another answers, as it is now.
     *
     * @param message its id; null: it is not here, and nothing is known of it
     * @param text its beginning
     * @param what the kind of what is attached to it, or null
     */
    public record Reply(Long message, String sender, String senderName, String text, String what, boolean deleted) {
        public static final Reply NOT_HERE = new Reply(null, null, null, null, null, false);
    }

    /** Who reacted with this. */
    public record Reaction(String emoji, List<String> people) {}

    /**
     * What a user of this app has said of a message.
     *
     * @param kind {@code edit}, {@code delete} or {@code reaction}
     * @param emoji of a reaction
     * @param sent whether the node has it
     * @param failed why the node refused it
     */
    public record Change(String kind, String sender, String emoji, boolean sent, List<Tick> deliveries, String failed) {}
}
