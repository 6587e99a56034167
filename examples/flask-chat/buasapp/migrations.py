"""The database as this version wants it: made, or brought up to date if an earlier version made it.

A database says in `user_version` how many of the steps it has behind it. The first version did not count.
"""

from __future__ import annotations

from sqlalchemy import inspect

from .models import db

STEPS = [
    # Where a message stands. What was published before has its event id; what the node had refused stays behind all
    # that was older.
    [
        "ALTER TABLE messages ADD COLUMN place VARCHAR",
        """UPDATE messages SET place = coalesce(event_id, (
               SELECT max(m.event_id) FROM messages m
               WHERE m.conversation_id = messages.conversation_id AND m.id < messages.id), '')
           WHERE published""",
        "CREATE INDEX messages_in_order ON messages (conversation_id, coalesce(place, '~'), id)",
    ],
    # Sessions that can be ended. Who was logged in logs in again.
    [
        """CREATE TABLE sessions (
               id VARCHAR NOT NULL PRIMARY KEY, user_id INTEGER NOT NULL REFERENCES users (id), at VARCHAR NOT NULL)""",
    ],
    # Whether it is a private chat of two. Before, what had two members was one.
    [
        "ALTER TABLE conversations ADD COLUMN direct BOOLEAN NOT NULL DEFAULT 0",
        """UPDATE conversations SET direct = 1
           WHERE NOT public AND (SELECT count(*) FROM members WHERE conversation_id = conversations.id) = 2""",
    ],
    # What a message answers, and what is said of it.
    [
        "ALTER TABLE messages ADD COLUMN reply_id INTEGER",
        "ALTER TABLE messages ADD COLUMN reply_event VARCHAR",
        "ALTER TABLE messages ADD COLUMN edited VARCHAR",
        "ALTER TABLE messages ADD COLUMN deleted BOOLEAN NOT NULL DEFAULT 0",
        "ALTER TABLE messages ADD COLUMN revision INTEGER NOT NULL DEFAULT 0",
        """CREATE TABLE reactions (
               id INTEGER NOT NULL PRIMARY KEY, message_id INTEGER NOT NULL REFERENCES messages (id),
               user_id INTEGER NOT NULL REFERENCES users (id), emoji VARCHAR NOT NULL, event_id VARCHAR NOT NULL,
               removed BOOLEAN NOT NULL, UNIQUE (message_id, user_id, emoji))""",
        """CREATE TABLE changes (
               id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, message_id INTEGER NOT NULL REFERENCES messages (id),
               sender_id INTEGER NOT NULL REFERENCES users (id), kind VARCHAR NOT NULL, text VARCHAR, emoji VARCHAR,
               removed BOOLEAN NOT NULL, "key" VARCHAR NOT NULL UNIQUE, event_id VARCHAR UNIQUE,
               published BOOLEAN NOT NULL, failed VARCHAR)""",
        "CREATE INDEX ix_changes_message_id ON changes (message_id)",
        "CREATE INDEX changes_to_publish ON changes (id) WHERE published = 0",
        """CREATE TABLE change_deliveries (
               change_id INTEGER NOT NULL REFERENCES changes (id),
               platform_id INTEGER NOT NULL REFERENCES platforms (id),
               state VARCHAR NOT NULL, why VARCHAR, PRIMARY KEY (change_id, platform_id))""",
        """CREATE INDEX change_deliveries_open ON change_deliveries (change_id)
           WHERE state IN ('waiting', 'accepted', 'parked')""",
        """CREATE TABLE early (
               id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, event_id VARCHAR NOT NULL UNIQUE, "of" VARCHAR NOT NULL,
               platform_id INTEGER REFERENCES platforms (id), change JSON NOT NULL)""",
        'CREATE INDEX ix_early_of ON early ("of")',
        "CREATE INDEX ix_early_platform_id ON early (platform_id)",
    ],
    # What has happened to a conversation, pictures, and who is barred.
    [
        "ALTER TABLE messages ADD COLUMN notice VARCHAR",
        "ALTER TABLE users ADD COLUMN avatar VARCHAR",
        "ALTER TABLE conversations ADD COLUMN avatar VARCHAR",
        "ALTER TABLE conversations ADD COLUMN banned JSON NOT NULL DEFAULT '[]'",
    ],
]


def migrate() -> None:
    """Whole, or not at all; of several processes that start at once, one does it."""
    with db.engine.connect() as connection:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        if inspect(connection).has_table("messages"):
            done = connection.exec_driver_sql("PRAGMA user_version").scalar_one()
            for step in STEPS[done:]:
                for statement in step:
                    connection.exec_driver_sql(statement)
        else:
            db.metadata.create_all(connection)
        connection.exec_driver_sql(f"PRAGMA user_version = {len(STEPS)}")
        connection.commit()
