package gwtchat.db;

import java.sql.SQLException;

/** The database cannot do it now: it is locked, the disk is full, or the statement is wrong. */
public final class DatabaseException extends RuntimeException {
    DatabaseException(String what, SQLException cause) {
        super(what + ": " + cause.getMessage(), cause);
    }
}
