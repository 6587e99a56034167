//! What has happened to a conversation, in lines among its messages.

use super::*;
use crate::model::Room;

const ANA: &str = "RustChat:1";
const CARLA: &str = "Norte:4";
const DIEGO: &str = "Norte:5";

fn room(name: &str, members: &[&str], banned: &[&str]) -> Room {
    let people = |ids: &[&str]| ids.iter().map(|&id| id.to_owned()).collect();
    Room {
        external: "Norte:7".into(),
        name: name.into(),
        members: people(members),
        banned: people(banned),
        ..Room::default()
    }
}

fn told(db: &Db, id: i64) -> Vec<(Option<String>, String, String)> {
    db.page(id, None, 50).unwrap().into_iter().map(|m| (m.notice, m.sender, m.text)).collect()
}

fn line(notice: &str, who: &str, text: &str) -> (Option<String>, String, String) {
    (Some(notice.into()), who.into(), text.into())
}

#[test]
fn what_happens_to_a_room_is_told_once_at_the_place_of_its_announcement() {
    let db = db();
    let (id, notices) = db.save_room(&room("Cine", &[ANA, CARLA], &[]), Some(&event(1))).unwrap();
    assert!(notices.is_empty(), "a room that is new begins without any");
    db.add_foreign_message(&draft(id, CARLA, "antes", None), &event(2), None).unwrap();
    db.add_foreign_message(&draft(id, CARLA, "después", None), &event(9), None).unwrap();
    let now = room("Cine club", &[ANA, DIEGO], &[]);
    assert_eq!(db.save_room(&now, Some(&event(5))).unwrap().1.len(), 3);
    assert!(db.save_room(&now, Some(&event(6))).unwrap().1.is_empty(), "it is as it was");
    let lines = [line("left", CARLA, ""), line("joined", DIEGO, ""), line("renamed", "", "Cine club")];
    let said = |text: &str| (None, CARLA.to_owned(), text.to_owned());
    let [left, joined, renamed] = lines;
    assert_eq!(told(&db, id), [said("antes"), left, joined, renamed, said("después")]);
}

#[test]
fn who_is_barred_has_not_left_and_a_platform_is_nobody() {
    let db = db();
    let id = db.save_room(&room("Cine", &[ANA, CARLA], &[]), None).unwrap().0;
    db.save_room(&room("Cine", &[ANA], &[CARLA, "Malo:*"]), None).unwrap();
    assert_eq!(db.conversation(id).unwrap().unwrap().banned, [CARLA, "Malo:*"]);
    db.save_room(&room("Cine", &[ANA], &[]), None).unwrap();
    assert_eq!(told(&db, id), [line("banned", CARLA, ""), line("unbanned", CARLA, "")]);
}

#[test]
fn a_line_is_no_message_that_is_counted_answered_or_changed() {
    let db = db();
    let id = db.save_room(&room("Cine", &[ANA, CARLA], &[]), None).unwrap().0;
    let message = db.add_foreign_message(&draft(id, CARLA, "hola", None), &event(2), None).unwrap().unwrap().id;
    let notice = db.save_room(&room("Cine", &[ANA, CARLA, DIEGO], &[]), Some(&event(3))).unwrap().1[0];
    let shown = db.conversations(ANA).unwrap().into_iter().find(|c| c.id == id).unwrap();
    assert_eq!((shown.unread, shown.newest, shown.last.map(|m| m.id)), (1, Some(message), Some(message)));
    let said = crate::model::Said::Reaction { emoji: "👍".into(), on: true };
    assert_eq!(db.add_own_change(id, notice, (ANA, "k"), &said).unwrap(), Err(Not::There));
    assert!(db.unpublished_messages(10).unwrap().is_empty());
}
