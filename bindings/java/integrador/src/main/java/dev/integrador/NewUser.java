package dev.integrador;

import dev.integrador.internal.Writer;
import java.util.Map;

/**
 * One of the application's own users, to publish.
 *
 * <pre>{@code
 * NewUser.of("3", "Ana").withAvatar("https://example.org/ana.png")
 * }</pre>
 *
 * @param id what the application calls it, 1 to 255 characters
 * @param name the name to show, at most 255 characters
 * @param avatar the URL of a picture to show (http or https, at most 2,048 characters), or null
 * @param ext what the application carries beyond that, or null: what JSON can say (maps by texts, lists, texts, numbers, booleans,
 *     null), at most 4 KiB of it
 */
public record NewUser(String id, String name, String avatar, Map<String, ?> ext) {
    /**
     * Checks that the texts can be sent.
     *
     * @param id as the record says
     * @param name as the record says
     * @param avatar as the record says
     * @param ext as the record says
     */
    public NewUser {
        Writer.checked("id", id);
        Writer.checked("name", name);
        if (avatar != null) {
            Writer.checked("avatar", avatar);
        }
    }

    /**
     * A user.
     *
     * @param id as the record says
     * @param name as the record says
     * @return the user
     */
    public static NewUser of(String id, String name) {
        return new NewUser(id, name, null, null);
    }

    /**
     * The same with a picture.
     *
     * @param avatar its URL
     * @return the user
     */
    public NewUser withAvatar(String avatar) {
        return new NewUser(id, name, avatar, ext);
    }

    /**
     * The same with what the application carries.
     *
     * @param ext see the class
     * @return the user
     */
    public NewUser withExt(Map<String, ?> ext) {
        return new NewUser(id, name, avatar, ext);
    }
}
