package gwtchat.model;

import java.util.List;

/**
 * A room as the node knows it, to store.
 *
 * @param id the chat's own key
 * @param open whoever wants reads and writes
 * @param members the ids of users
 * @param banned whom its platform bars from it: ids of users, and {@code Malo:*} for all of a platform
 * @param avatar the address of a picture, or null
 */
public record Room(String id, String name, boolean open, List<String> members, List<String> banned, String avatar) {}
