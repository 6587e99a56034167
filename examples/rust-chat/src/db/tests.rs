//! What the rest of the app relies on: nothing twice, nothing forgotten.

use super::*;
use crate::model::{Draft, Message, Tick};

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
    }
}

fn chat(db: &Db) -> i64 {
    db.add_conversation("", false, &["RustChat:1".into(), "Norte:4".into()]).unwrap()
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
    assert_eq!(db.page(id, i64::MAX, 10).unwrap().len(), 1);
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
    let id = db.save_room("Norte:7", "grupo", false, &["Norte:4".into(), "RustChat:1".into()]).unwrap();
    db.add_foreign_message(&draft(id, "Norte:4", "hola", None), "event-1", None).unwrap();
    db.add_own_message(&draft(id, "RustChat:1", "hola", Some("k"))).unwrap();
    let of = |person: &str| db.conversations(person).unwrap().into_iter().find(|c| c.id == id);
    assert_eq!(of("RustChat:1").unwrap().unread, 1);
    db.mark_read("RustChat:1", id).unwrap();
    assert_eq!(of("RustChat:1").unwrap().unread, 0);
    assert!(of("RustChat:2").is_none());
    db.save_room("Norte:7", "grupo", false, &["Norte:4".into()]).unwrap();
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
