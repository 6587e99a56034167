//! What the rest of the app relies on: nothing twice, nothing forgotten.

mod changes;
mod rooms;

use super::*;
use crate::model::{Draft, Message, Room, Tick};

fn db() -> Db {
    Db::open(Path::new(":memory:"), "RustChat", &["Ana".into(), " Bruno ".into(), String::new()]).unwrap()
}

fn draft(conversation: i64, sender: &str, text: &str, key: Option<&str>) -> Draft {
    Draft {
        conversation,
        sender: sender.into(),
        sender_name: "x".into(),
        text: text.into(),
        attachments: Vec::new(),
        key: key.map(Into::into),
        reply: None,
        reply_event: None,
    }
}

fn chat(db: &Db) -> i64 {
    db.add_conversation("", false, &["RustChat:1".into(), "Norte:4".into()]).unwrap()
}

fn save(db: &Db, external: &str, name: &str, public: bool, members: &[String]) -> i64 {
    let room =
        Room { external: external.into(), name: name.into(), public, members: members.into(), ..Room::default() };
    db.save_room(&room, None).unwrap().0
}

#[test]
fn a_new_database_begins_with_its_users_and_a_public_room() {
    let db = db();
    let names: Vec<String> = db.users().unwrap().into_iter().map(|u| u.name).collect();
    assert_eq!(names, ["Ana", "Bruno"]);
    assert_eq!(db.add_user("ana").unwrap(), None, "the name is taken");
    let rooms = db.conversations("RustChat:1").unwrap();
    assert_eq!(rooms.len(), 1);
    assert!(rooms[0].public && rooms[0].external == "RustChat:1");
}

#[test]
fn an_event_that_comes_twice_is_stored_once() {
    let db = db();
    let id = chat(&db);
    let hello = draft(id, "Norte:4", "hola", None);
    assert!(db.add_foreign_message(&hello, "event-1", None).unwrap().is_some());
    assert!(db.add_foreign_message(&hello, "event-1", None).unwrap().is_none());
    assert_eq!(db.page(id, None, 10).unwrap().len(), 1);
}

#[test]
fn a_post_that_is_repeated_under_its_key_is_one_message() {
    let db = db();
    let id = chat(&db);
    let first = db.add_own_message(&draft(id, "RustChat:1", "hola", Some("k"))).unwrap();
    let again = db.add_own_message(&draft(id, "RustChat:1", "hola", Some("k"))).unwrap();
    assert_eq!(first, again);
}

#[test]
fn what_is_not_published_is_found_again_in_order() {
    let db = db();
    let id = chat(&db);
    let texts = ["uno", "dos", "tres"];
    let rows: Vec<Message> =
        texts.iter().map(|t| db.add_own_message(&draft(id, "RustChat:1", t, Some(t))).unwrap()).collect();
    db.add_foreign_message(&draft(id, "Norte:4", "de fuera", None), "event-9", None).unwrap();
    db.message_published(rows[0].id, "event-1").unwrap();
    db.message_failed(rows[1].id, "no").unwrap();
    let left: Vec<String> = db.unpublished_messages(10).unwrap().into_iter().map(|m| m.text).collect();
    assert_eq!(left, ["tres"]);
    assert!(db.unpublished_conversations().unwrap().iter().any(|c| c.id == id));
    db.conversation_published(id, None).unwrap();
    assert!(!db.unpublished_conversations().unwrap().iter().any(|c| c.id == id));
}

#[test]
fn a_state_that_was_reread_undoes_no_end() {
    let db = db();
    let id = chat(&db);
    let message = db.add_own_message(&draft(id, "RustChat:1", "hola", Some("k"))).unwrap();
    db.message_published(message.id, "event-1").unwrap();
    let tick = |state: &str| Tick { platform: "Norte".into(), state: state.into(), why: None };
    assert_eq!(db.set_delivery("event-1", &tick("waiting"), true).unwrap(), Some(message.id));
    assert_eq!(db.open_deliveries().unwrap(), ["event-1"]);
    db.set_delivery("event-1", &tick("delivered"), false).unwrap();
    db.set_delivery("event-1", &tick("waiting"), true).unwrap();
    assert_eq!(db.message(message.id).unwrap().unwrap().deliveries, [tick("delivered")]);
    assert_eq!(db.set_delivery("of a room", &tick("delivered"), false).unwrap(), None);
}

#[test]
fn a_private_room_is_seen_by_its_members_alone_and_counts_what_they_have_not_read() {
    let db = db();
    let id = save(&db, "Norte:7", "grupo", false, &["Norte:4".into(), "RustChat:1".into()]);
    db.add_foreign_message(&draft(id, "Norte:4", "hola", None), "event-1", None).unwrap();
    db.add_own_message(&draft(id, "RustChat:1", "hola", Some("k"))).unwrap();
    let of = |person: &str| db.conversations(person).unwrap().into_iter().find(|c| c.id == id);
    assert_eq!(of("RustChat:1").unwrap().unread, 1);
    db.mark_read("RustChat:1", id).unwrap();
    assert_eq!(of("RustChat:1").unwrap().unread, 0);
    assert!(of("RustChat:2").is_none());
    save(&db, "Norte:7", "grupo", false, &["Norte:4".into()]);
    assert!(of("RustChat:1").is_none(), "who was dropped sees it no more");
}

#[test]
fn the_private_chat_of_two_people_is_found_and_no_group_is_taken_for_it() {
    let db = db();
    let trio = ["RustChat:1".into(), "Norte:4".into(), "Norte:5".into()];
    db.add_conversation("grupo", false, &trio).unwrap();
    assert_eq!(db.chat_of("RustChat:1", "Norte:4").unwrap(), None);
    let id = chat(&db);
    assert_eq!(db.chat_of("Norte:4", "RustChat:1").unwrap(), Some(id));
}

fn texts(messages: &[Message]) -> Vec<&str> {
    messages.iter().map(|m| m.text.as_str()).collect()
}

/// An event id that was made at this instant.
fn event(at: u8) -> String {
    format!("0199{at:04x}-0000-7000-8000-000000000000")
}

#[test]
fn a_conversation_reads_in_the_order_of_the_event_ids_and_what_has_none_yet_stands_last() {
    let db = db();
    let id = chat(&db);
    let own = |text: &str| db.add_own_message(&draft(id, "RustChat:1", text, Some(text))).unwrap();
    let foreign =
        |text: &str, at| db.add_foreign_message(&draft(id, "Norte:4", text, None), &event(at), None).unwrap().unwrap();
    let shown = || {
        let page = db.page(id, None, 10).unwrap();
        let conversation = db.conversation(id).unwrap().unwrap();
        assert_eq!(conversation.last.as_ref(), page.last(), "the last one is the last of the page");
        assert_eq!(conversation.newest, page.iter().map(|m| m.id).max());
        texts(&page).join(" ")
    };
    let (mine, refused) = (own("mine"), own("refused"));
    foreign("later", 9);
    foreign("earlier", 3);
    assert_eq!(shown(), "earlier later mine refused");
    db.message_published(mine.id, &event(6)).unwrap();
    assert_eq!(shown(), "earlier mine later refused");
    db.message_failed(refused.id, "no").unwrap();
    foreign("last", 10);
    foreign("first", 1);
    assert_eq!(shown(), "first earlier mine refused later last");
}

#[test]
fn pages_of_a_conversation_join_without_a_gap_whatever_order_its_messages_came_in() {
    let db = db();
    let id = chat(&db);
    for at in [7, 2, 9, 4, 1, 8, 3, 6, 5] {
        db.add_foreign_message(&draft(id, "Norte:4", &at.to_string(), None), &event(at), None).unwrap();
    }
    for text in ["10", "11"] {
        db.add_own_message(&draft(id, "RustChat:1", text, Some(text))).unwrap();
    }
    let (mut read, mut before) = (Vec::new(), None);
    loop {
        let page = db.page(id, before, 3).unwrap();
        let Some(first) = page.first() else { break };
        before = Some(first.id);
        read.splice(0..0, texts(&page).into_iter().map(str::to_owned));
    }
    assert_eq!(read, (1..=11).map(|n| n.to_string()).collect::<Vec<_>>());
    assert!(db.page(id, Some(99), 3).unwrap().is_empty(), "before a message that is not there is nothing");
}

/// The tables as the first version made them, and left them without a count.
fn of_the_first_version(file: &Path) -> Connection {
    let connection = Connection::open(file).unwrap();
    connection.execute_batch(schema::STEPS[0]).unwrap();
    connection
}

#[test]
fn a_database_of_the_first_version_is_sorted_and_what_it_had_not_published_takes_its_place_later() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("chat.db");
    let old = of_the_first_version(&file);
    old.execute_batch(
        "INSERT INTO users VALUES (1, 'Ana'); INSERT INTO conversations VALUES (7, 'Norte:7', 'x', 1, 1, NULL);",
    )
    .unwrap();
    for (text, event, published, failed) in [
        ("nowhere", None, true, Some("no")),
        ("second", Some(event(5)), true, None),
        ("refused", None, true, Some("no")),
        ("waiting", None, false, None),
        ("first", Some(event(2)), true, None),
    ] {
        old.execute(
            "INSERT INTO messages (conversation, sender, sender_name, text, attachments, at, event, published, failed)
             VALUES (7, 'RustChat:1', 'Ana', ?, '[]', '2026-01-01T00:00:00Z', ?, ?, ?)",
            params![text, event, published, failed],
        )
        .unwrap();
    }
    drop(old);
    for _ in 0..2 {
        let db = Db::open(&file, "RustChat", &[]).unwrap();
        assert_eq!(texts(&db.page(7, None, 10).unwrap()), ["nowhere", "first", "second", "refused", "waiting"]);
    }
    let db = Db::open(&file, "RustChat", &[]).unwrap();
    let waiting = db.unpublished_messages(10).unwrap();
    assert_eq!(texts(&waiting), ["waiting"]);
    db.message_published(waiting[0].id, &event(4)).unwrap();
    assert_eq!(texts(&db.page(7, None, 10).unwrap()), ["nowhere", "first", "waiting", "second", "refused"]);
}

#[test]
fn a_group_that_shrinks_to_two_stays_a_group_and_its_two_have_no_chat_yet() {
    let db = db();
    let people = |ids: &[&str]| ids.iter().map(|&id| id.to_owned()).collect::<Vec<String>>();
    let (ana, bruno, carla) = ("RustChat:1", "RustChat:2", "Norte:4");
    let own = db.add_conversation("Asado", false, &people(&[ana, bruno, carla])).unwrap();
    save(&db, &format!("RustChat:{own}"), "Asado", false, &people(&[ana, carla]));
    let foreign = save(&db, "Norte:9", "Cine", false, &people(&[ana, bruno, carla]));
    save(&db, "Norte:9", "Cine", false, &people(&[ana, carla]));
    for id in [own, foreign] {
        let group = db.conversation(id).unwrap().unwrap();
        assert!(!group.direct && group.members.len() == 2, "{group:?}");
    }
    assert_eq!(db.chat_of(ana, carla).unwrap(), None);
}

#[test]
fn a_chat_of_two_is_one_until_others_come_to_it() {
    let db = db();
    let id = chat(&db);
    assert!(db.conversation(id).unwrap().unwrap().direct);
    assert_eq!(db.chat_of("Norte:4", "RustChat:1").unwrap(), Some(id));
    let theirs = save(&db, "Norte:9", "", false, &["RustChat:1".into(), "Norte:5".into()]);
    let direct = || db.conversation(theirs).unwrap().unwrap().direct;
    assert!(direct());
    for (members, stays) in [(1, true), (2, true), (3, false), (2, false)] {
        let members: Vec<String> = (1..=members).map(|n| format!("Norte:{n}")).collect();
        save(&db, "Norte:9", "", false, &members);
        assert_eq!(direct(), stays, "with {}", members.len());
    }
}

#[test]
fn a_database_of_before_has_its_chats_of_two() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("chat.db");
    let old = of_the_first_version(&file);
    old.execute_batch(
        "INSERT INTO users VALUES (1, 'Ana');
         INSERT INTO conversations VALUES (1, 'RustChat:1', 'Plaza', 1, 1, NULL), (2, 'RustChat:2', '', 0, 1, NULL), (3, 'RustChat:3', 'x', 0, 1, NULL);
         INSERT INTO members VALUES (1, 'a'), (1, 'b'), (2, 'a'), (2, 'b'), (3, 'a'), (3, 'b'), (3, 'c');",
    )
    .unwrap();
    drop(old);
    let db = Db::open(&file, "RustChat", &[]).unwrap();
    let direct: Vec<bool> = (1..=3).map(|id| db.conversation(id).unwrap().unwrap().direct).collect();
    assert_eq!(direct, [false, true, false]);
}
