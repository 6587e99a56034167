package gwtchat.db;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.sqlite.SQLiteConfig;

/**
 * The chat's own database: one connection, used by one thread at a time. A commit takes a fraction of a millisecond, so
 * that a pool would only add ways to wait.
 */
public final class Database implements AutoCloseable {
    private final Connection connection;
    private final ReentrantLock turn = new ReentrantLock();

    private Database(Connection connection) {
        this.connection = connection;
    }

    /** Opens the file, and brings its tables up to date. What is committed survives a crash of the machine. */
    public static Database open(Path file) {
        SQLiteConfig config = new SQLiteConfig();
        config.setJournalMode(SQLiteConfig.JournalMode.WAL);
        config.setSynchronous(SQLiteConfig.SynchronousMode.FULL);
        config.enforceForeignKeys(true);
        config.setBusyTimeout(10_000);
        try {
            Database database = new Database(config.createConnection("jdbc:sqlite:" + file));
            try {
                Schema.migrate(database);
                return database;
            } catch (RuntimeException e) {
                database.close();
                throw e;
            }
        } catch (SQLException e) {
            throw new DatabaseException("the database " + file + " cannot be opened", e);
        }
    }

    /** What a row becomes. */
    @FunctionalInterface
    interface Mapper<T> {
        T map(ResultSet row) throws SQLException;
    }

    <T> List<T> query(String sql, Mapper<T> mapper, Object... values) {
        return with(sql, values, statement -> {
            try (ResultSet rows = statement.executeQuery()) {
                List<T> found = new ArrayList<>();
                while (rows.next()) {
                    found.add(mapper.map(rows));
                }
                return found;
            }
        });
    }

    /** The first row; its value must not be null. */
    <T> Optional<T> first(String sql, Mapper<T> mapper, Object... values) {
        return query(sql, mapper, values).stream().findFirst();
    }

    /** Returns how many rows it changed. */
    int update(String sql, Object... values) {
        return with(sql, values, PreparedStatement::executeUpdate);
    }

    /** All of it, or nothing. One inside another is part of that one. */
    <T> T transaction(Supplier<T> work) {
        turn.lock();
        try {
            if (!connection.getAutoCommit()) {
                return work.get();
            }
            connection.setAutoCommit(false);
            try {
                T result = work.get();
                connection.commit();
                return result;
            } finally {
                // After a commit there is nothing to roll back.
                connection.rollback();
                connection.setAutoCommit(true);
            }
        } catch (SQLException e) {
            throw new DatabaseException("a transaction failed", e);
        } finally {
            turn.unlock();
        }
    }

    private interface Work<T> {
        T run(PreparedStatement statement) throws SQLException;
    }

    private <T> T with(String sql, Object[] values, Work<T> work) {
        turn.lock();
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int n = 0; n < values.length; n++) {
                statement.setObject(n + 1, values[n]);
            }
            return work.run(statement);
        } catch (SQLException e) {
            throw new DatabaseException(sql, e);
        } finally {
            turn.unlock();
        }
    }

    @Override
    public void close() {
        turn.lock();
        try {
            connection.close();
        } catch (SQLException e) {
            throw new DatabaseException("the database cannot be closed", e);
        } finally {
            turn.unlock();
        }
    }
}
