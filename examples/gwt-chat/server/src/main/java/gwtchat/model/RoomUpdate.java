package gwtchat.model;

import java.util.List;

/**
 * What somebody at a page changes of a room. People are the chat's own ids.
 *
 * @param name another name, or null
 */
public record RoomUpdate(String name, List<String> add, List<String> remove, List<String> ban, List<String> unban) {
    public RoomUpdate {
        name = name == null ? null : name.strip();
        add = add == null ? List.of() : add;
        remove = remove == null ? List.of() : remove;
        ban = ban == null ? List.of() : ban;
        unban = unban == null ? List.of() : unban;
    }
}
