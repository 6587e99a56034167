//! The fifth step's part that SQL can't do. Earlier versions took ids of any time in: one announcement that lay thousands of
//! years ahead held for good, and everything after it was dropped. Such ids are disarmed: they count as the least of all from
//! now on, which is worked out of the id alone and so is the same at every node.

use rusqlite::{Connection, Result, params};
use uuid::Uuid;

use super::rows;
use crate::util::event_id::{disarmed, incredible, made_at, now_ms};

/// Every column that holds the id of an event which may count or travel again, with what finds its row.
const IDS: &[(&str, &str, &str)] = &[
    ("announcement", "event", "rowid"),
    ("room", "event", "num"),
    ("event", "id", "seq"),
    ("dead", "id", "num"),
    ("parked", "id", "num"),
    ("inbox", "id", "seq"),
];

pub(super) fn run(conn: &Connection) -> Result<()> {
    retried(conn)?;
    let now = now_ms();
    let mut found = 0;
    for (table, column, key) in IDS {
        let rows = read(conn, &format!("SELECT {column}, {key} FROM {table}"), now)?;
        let mut update = conn.prepare(&format!("UPDATE {table} SET {column} = ?2 WHERE {key} = ?1"))?;
        for (id, key) in &rows {
            update.execute(params![key, disarmed(*id).as_bytes()])?;
        }
        found += rows.len();
    }
    // Their keys are texts and pairs: found by the id itself, which nothing else has.
    for (id, _) in read(conn, "SELECT event, 0 FROM user WHERE event IS NOT NULL", now)? {
        conn.execute("UPDATE user SET event = ?2 WHERE event = ?1", [id, disarmed(id)].map(Uuid::into_bytes))?;
        found += 1;
    }
    for (id, _) in read(conn, "SELECT event, 0 FROM mark", now)? {
        conn.execute("DELETE FROM mark WHERE event = ?1", [id.as_bytes()])?;
        found += 1;
    }
    if found > 0 {
        tracing::warn!(found, "event ids that lay more than an hour ahead of the clock are in force no longer");
    }
    highest_announcements(conn)
}

/// The incredible ids that a query finds, with the number beside each.
fn read(conn: &Connection, sql: &str, now: i64) -> Result<Vec<(Uuid, i64)>> {
    let mut query = conn.prepare(sql)?;
    let rows = query.query_map([], |row| Ok((rows::uuid(row, 0)?, row.get(1)?)))?;
    rows.filter(|row| row.as_ref().map_or(true, |(id, _)| incredible(*id, now))).collect()
}

/// A room's row has the greatest of its announcements.
fn highest_announcements(conn: &Connection) -> Result<()> {
    let sql = "UPDATE room SET event = ifnull((SELECT max(event) FROM announcement WHERE room = room.num), event)";
    conn.execute(sql, []).map(drop)
}

/// Before there was a column for it, a dead letter that was retried was known by having entered long after it was made.
fn retried(conn: &Connection) -> Result<()> {
    let mut query = conn.prepare("SELECT id, seq, at FROM event")?;
    let rows = query.query_map([], |row| Ok((rows::uuid(row, 0)?, row.get::<_, i64>(1)?, row.get::<_, i64>(2)?)))?;
    let late = |row: &Result<(Uuid, i64, i64)>| {
        row.as_ref().map_or(true, |(id, _, at)| at.saturating_sub(made_at(*id)) > 1_000)
    };
    let late: Vec<_> = rows.filter(late).collect::<Result<_>>()?;
    let mut update = conn.prepare("UPDATE event SET again = 1 WHERE seq = ?1")?;
    late.iter().try_for_each(|(_, seq, _)| update.execute([seq]).map(drop))
}

#[cfg(test)]
mod tests {
    use super::super::migrate2;
    use super::*;

    /// The tables before this step.
    fn tables() -> Connection {
        let conn = Connection::open_in_memory().unwrap();
        conn.execute_batch(include_str!("schema1.sql")).unwrap();
        conn.execute_batch(include_str!("schema2.sql")).unwrap();
        migrate2::run(&conn).unwrap();
        conn.execute_batch(include_str!("schema3.sql")).unwrap();
        conn.execute_batch(include_str!("schema4.sql")).unwrap();
        conn
    }

    fn step(conn: &Connection) {
        conn.execute_batch(include_str!("schema5.sql")).unwrap();
        run(conn).unwrap();
    }

    fn id(conn: &Connection, sql: &str) -> Uuid {
        conn.query_row(sql, [], |row| rows::uuid(row, 0)).unwrap()
    }

    #[test]
    fn ids_of_an_impossible_time_count_as_the_least_and_all_others_stay() {
        let conn = tables();
        let good = crate::util::event_id::unique();
        let bad: Uuid = "ffffffff-ffff-7fff-bfff-ffffffffffff".parse().unwrap();
        for (num, by, event) in [(1, 1, good), (1, 2, bad), (2, 1, good)] {
            let sql = "INSERT INTO announcement (room, platform, event, members, version) VALUES (?1, ?2, ?3, '[]', 1)";
            conn.execute(sql, params![num, by, event.as_bytes()]).unwrap();
        }
        for (num, event) in [(1, bad), (2, good)] {
            let sql = "INSERT INTO room (num, origin, id, number, name, public, event, asked, version)
                       VALUES (?1, 1, ?1, 1, 'Sala', 1, ?2, '[[1,[4]]]', 1)";
            conn.execute(sql, params![num, event.as_bytes()]).unwrap();
        }
        for (user, event) in [("a", Some(bad)), ("b", Some(good)), ("c", None)] {
            let sql = "INSERT INTO user (platform, id, number, name, active, placeholder, event, version)
                       VALUES (1, ?1, 0, 'x', 1, 0, ?2, 1)";
            conn.execute(sql, params![user, event.map(Uuid::into_bytes)]).unwrap();
        }
        for (platform, event) in [(1, bad), (2, good)] {
            let sql = "INSERT INTO mark (room, platform, event) VALUES (1, ?1, ?2)";
            conn.execute(sql, params![platform, event.as_bytes()]).unwrap();
        }
        let sql = "INSERT INTO event (seq, id, kind, platform, at, body) VALUES (1, ?1, 1, 1, 0, x'')";
        conn.execute(sql, [bad.as_bytes()]).unwrap();
        step(&conn);

        let least = disarmed(bad);
        let announced =
            |room, by| id(&conn, &format!("SELECT event FROM announcement WHERE room = {room} AND platform = {by}"));
        assert_eq!([announced(1, 1), announced(1, 2), announced(2, 1)], [good, least, good]);
        assert!([1, 2].iter().all(|num| id(&conn, &format!("SELECT event FROM room WHERE num = {num}")) == good));
        assert_eq!(id(&conn, "SELECT event FROM user WHERE id = 'a'"), least);
        assert_eq!(id(&conn, "SELECT event FROM user WHERE id = 'b'"), good);
        assert_eq!(id(&conn, "SELECT event FROM mark"), good);
        assert_eq!(id(&conn, "SELECT id FROM event"), least);
        let asked = "SELECT count(*) FROM asked WHERE members = '[[1,[4]]]'";
        assert_eq!(conn.query_row(asked, [], |row| row.get::<_, i64>(0)).unwrap(), 2);
    }

    #[test]
    fn what_was_retried_before_is_known_as_that() {
        let conn = tables();
        let made = crate::util::event_id::unique();
        for (seq, later) in [(1, 100), (2, 60_000)] {
            let sql = "INSERT INTO event (seq, id, kind, platform, at, body) VALUES (?1, ?2, 1, 1, ?3, x'')";
            conn.execute(sql, params![seq, made.as_bytes(), made_at(made) + later]).unwrap();
        }
        step(&conn);
        let again = "SELECT seq FROM event WHERE again";
        assert_eq!(conn.query_row(again, [], |row| row.get::<_, i64>(0)).unwrap(), 2);
    }
}
