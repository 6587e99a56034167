package gwtchat.model;

import com.google.gson.annotations.SerializedName;
import java.util.List;

/**
 * A private chat, a group or a public room.
 *
 * @param id the chat's own key: {@code 7}, or {@code BuasApp:7} for one that was made elsewhere
 * @param external the id by which all platforms know it
 * @param open a public room: whoever wants reads and writes
 * @param direct a private chat of two people; a group that has shrunk to two is none
 * @param members the ids of users
 * @param banned whom its platform bars from it: ids of users, and {@code Malo:*} for all of a platform
 * @param avatar the address of a picture, or null
 * @param last the last message in the order in which the conversation is read
 * @param newest the id of the message that was the latest to arrive
 * @param unread how many messages the person it is shown to has not read
 * @param failed why the other platforms will never hear of it
 */
public record Conversation(
        String id,
        String external,
        String name,
        @SerializedName("public") boolean open,
        boolean direct,
        List<String> members,
        List<String> banned,
        String avatar,
        Message last,
        Long newest,
        long unread,
        String failed) {

    /** Whether this person may read and write in it. */
    public boolean admits(String user) {
        return open || members.contains(user);
    }
}
