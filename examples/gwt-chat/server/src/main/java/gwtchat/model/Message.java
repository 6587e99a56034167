package gwtchat.model;

import java.util.List;

/**
 * A message, with where it stands at each platform if it is one of ours.
 *
 * @param at RFC 3339
 * @param key the page's own key for it, by which a repeated post is recognised
 * @param place what it is sorted by, its event id as a rule; null: it is on its way to the node
 * @param failed why the node refused it
 */
public record Message(
        long id,
        String conversation,
        String sender,
        String senderName,
        String text,
        List<Link> attachments,
        String at,
        String key,
        String place,
        List<Tick> deliveries,
        String failed) {

    /** An attachment as the page sees it: always an address, its bytes stay in the database. */
    public record Link(String kind, String url, String name) {}

    public Message with(List<Link> attachments, List<Tick> deliveries) {
        return new Message(
                id, conversation, sender, senderName, text, attachments, at, key, place, deliveries, failed);
    }
}
