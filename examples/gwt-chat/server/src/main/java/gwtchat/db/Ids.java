package gwtchat.db;

/**
 * The chat's own keys and the ids that all platforms share. What was made here has a number, {@code 7}; what was made
 * elsewhere has its external id as its key, {@code BuasApp:7}: the colon, which no number has, tells them apart.
 *
 * @param platform the name of this platform
 */
public record Ids(String platform) {

    public boolean isOwn(String id) {
        return id.indexOf(':') < 0;
    }

    public String external(String id) {
        return isOwn(id) ? platform + ":" + id : id;
    }

    /** The key of what all platforms know as this. */
    public String local(String external) {
        String prefix = platform + ":";
        return external.startsWith(prefix) ? external.substring(prefix.length()) : external;
    }

    public String platformOf(String id) {
        return isOwn(id) ? platform : id.substring(0, id.indexOf(':'));
    }
}
