package dev.integrador;

import dev.integrador.internal.Writer;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * A room of the application's own, to publish.
 *
 * <pre>{@code
 * NewRoom.of("7", "Plaza", RoomKind.PUBLIC).withMembers("GWT_CHAT", List.of("1", "2")).withBanned("Malo", Banned.everybody())
 * }</pre>
 *
 * @param id what the application calls it, 1 to 255 characters
 * @param name the name to show; may be empty
 * @param kind private or public
 * @param members the ids of the members, by platform
 * @param banned whom the application bars, by platform: what they write in the room is refused everywhere, and whoever of them is among
 *     the members is left out. Who is not barred in the next announcement is barred no more
 * @param avatar the URL of a picture to show (http or https, at most 2,048 characters), or null
 * @param ext what the application carries beyond that, or null; see {@link NewUser}
 */
public record NewRoom(
        String id,
        String name,
        RoomKind kind,
        Map<String, List<String>> members,
        Map<String, Banned> banned,
        String avatar,
        Map<String, ?> ext) {
    /**
     * Checks what must be there, and that the texts can be sent.
     *
     * @param id as the record says
     * @param name as the record says
     * @param kind as the record says
     * @param members as the record says
     * @param banned as the record says
     * @param avatar as the record says
     * @param ext as the record says
     */
    public NewRoom {
        Writer.checked("id", id);
        Writer.checked("name", name);
        Objects.requireNonNull(kind, "kind");
        if (avatar != null) {
            Writer.checked("avatar", avatar);
        }
        members = Collections.unmodifiableMap(new LinkedHashMap<>(members));
        banned = Collections.unmodifiableMap(new LinkedHashMap<>(banned));
    }

    /**
     * A room without members.
     *
     * @param id as the record says
     * @param name as the record says
     * @param kind as the record says
     * @return the room
     */
    public static NewRoom of(String id, String name, RoomKind kind) {
        return new NewRoom(id, name, kind, Map.of(), Map.of(), null, null);
    }

    /**
     * The same with these members of a platform.
     *
     * @param platform the platform
     * @param ids the ids of its members
     * @return the room
     */
    public NewRoom withMembers(String platform, Collection<String> ids) {
        return new NewRoom(id, name, kind, with(members, platform, List.copyOf(ids)), banned, avatar, ext);
    }

    /**
     * The same, from which these users of a platform are barred.
     *
     * @param platform the platform
     * @param users who
     * @return the room
     */
    public NewRoom withBanned(String platform, Banned users) {
        return new NewRoom(id, name, kind, members, with(banned, platform, users), avatar, ext);
    }

    /**
     * The same with a picture.
     *
     * @param avatar its URL
     * @return the room
     */
    public NewRoom withAvatar(String avatar) {
        return new NewRoom(id, name, kind, members, banned, avatar, ext);
    }

    /**
     * The same with what the application carries.
     *
     * @param ext see the class
     * @return the room
     */
    public NewRoom withExt(Map<String, ?> ext) {
        return new NewRoom(id, name, kind, members, banned, avatar, ext);
    }

    private static <T> Map<String, T> with(Map<String, T> all, String platform, T more) {
        Map<String, T> changed = new LinkedHashMap<>(all);
        changed.put(platform, more);
        return changed;
    }
}
