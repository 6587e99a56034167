package dev.integrador;

import java.util.List;
import java.util.Map;

/**
 * A room of any platform, with its members as they are now.
 *
 * @param id the external id
 * @param name the name to show; may be empty
 * @param kind private or public
 * @param members the ids of the members, by platform, in the order in which they were announced
 * @param banned whom its origin bars from it, by platform
 * @param avatar the URL of a picture to show (http or https), or null
 * @param ext what its application carries beyond that, or null
 */
public record Room(
        ExternalId id,
        String name,
        RoomKind kind,
        Map<String, List<String>> members,
        Map<String, Banned> banned,
        String avatar,
        Map<String, Object> ext) {
    /**
     * The external ids of all members.
     *
     * @return them, platform by platform
     */
    public List<ExternalId> memberIds() {
        return members.entrySet().stream()
                .flatMap(of -> of.getValue().stream().map(id -> new ExternalId(of.getKey(), id)))
                .toList();
    }
}
