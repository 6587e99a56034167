package gwtchat.db;

import gwtchat.model.User;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;

/** People: those of this app, who can log in, and those of other platforms, who can't. */
public final class Users {
    private static final String USER = "SELECT id, name, platform, active, avatar FROM users ";

    private final Database database;
    private final Ids ids;

    public Users(Database database, Ids ids) {
        this.database = database;
        this.ids = ids;
    }

    public List<User> all() {
        return database.query(USER + "ORDER BY platform IS NOT NULL, platform, name COLLATE NOCASE", this::user);
    }

    /** Those of this app, the oldest first. */
    public List<User> own() {
        return database.query(USER + "WHERE platform IS NULL ORDER BY CAST(id AS INTEGER)", this::user);
    }

    public Optional<User> find(String id) {
        return database.first(USER + "WHERE id = ?", this::user, id);
    }

    /** A user of this app; nobody of another platform is ever found here. */
    public Optional<User> findOwn(String id) {
        return database.first(USER + "WHERE id = ? AND platform IS NULL", this::user, id);
    }

    /** A new user of this app; nothing if the name is taken. */
    public Optional<User> add(String name) {
        return database.first(
                """
                INSERT INTO users (id, name, published)
                SELECT coalesce(max(CAST(id AS INTEGER)), 0) + 1, ?, 0 FROM users WHERE platform IS NULL
                ON CONFLICT DO NOTHING RETURNING id, name, platform, active, avatar""",
                this::user, name);
    }

    /** Somebody of another platform, as that one tells it now. */
    public void save(String id, String name, String platform, boolean active, String avatar) {
        database.update(
                """
                INSERT INTO users (id, name, platform, active, avatar, published) VALUES (?, ?, ?, ?, ?, 1)
                ON CONFLICT (id) DO UPDATE SET name = excluded.name, active = excluded.active, avatar = excluded.avatar""",
                id, name, platform, active, avatar);
    }

    public List<User> unpublished() {
        return database.query(USER + "WHERE NOT published ORDER BY CAST(id AS INTEGER)", this::user);
    }

    public void published(String id) {
        database.update("UPDATE users SET published = 1 WHERE id = ?", id);
    }

    // Sessions.

    public void addSession(String token, String user) {
        database.update("INSERT INTO sessions VALUES (?, ?)", token, user);
    }

    public Optional<User> ofSession(String token) {
        return database.first(USER + "WHERE platform IS NULL AND id = (SELECT user FROM sessions WHERE token = ?)", this::user, token);
    }

    public void endSession(String token) {
        database.update("DELETE FROM sessions WHERE token = ?", token);
    }

    private User user(ResultSet row) throws SQLException {
        String id = row.getString(1);
        String platform = row.getString(3);
        return new User(id, ids.external(id), row.getString(2), platform == null ? ids.platform() : platform, row.getBoolean(4), row.getString(5));
    }
}
