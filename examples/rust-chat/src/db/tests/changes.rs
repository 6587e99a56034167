//! What is said of messages: who may, what counts, and in whatever order it comes.

use super::*;
use crate::model::{ForeignChange, Reaction, Said};

const ANA: &str = "RustChat:1";
const BRUNO: &str = "RustChat:2";
const CARLA: &str = "Norte:4";

/// A room of this app's own with one message of Ana, published, and one of Carla.
fn with_two() -> (Db, i64, [i64; 2]) {
    let db = db();
    let room = chat(&db);
    let mine = db.add_own_message(&draft(room, ANA, "Ola", Some("k"))).unwrap().id;
    db.message_published(mine, &event(1)).unwrap();
    let theirs = db.add_foreign_message(&draft(room, CARLA, "Chau", None), &event(2), None).unwrap().unwrap().id;
    (db, room, [mine, theirs])
}

fn edit(text: &str) -> Said {
    Said::Edit { text: text.into(), attachments: None }
}

fn react(emoji: &str, on: bool) -> Said {
    Said::Reaction { emoji: emoji.into(), on }
}

fn foreign(at: u8, of: u8, sender: &str, said: Said) -> ForeignChange {
    ForeignChange { event: event(at), of: event(of), sender: sender.into(), said }
}

fn reactions(message: &Message) -> Vec<String> {
    message.reactions.iter().map(|Reaction { emoji, people }| format!("{emoji} {}", people.join(" "))).collect()
}

#[test]
fn an_own_message_is_edited_and_deleted_by_its_writer_alone() {
    let (db, room, [mine, theirs]) = with_two();
    let say = |message, sender, said| {
        db.add_own_change(room, message, (sender, &format!("{sender} {said:?}")), &said).unwrap()
    };
    for (message, sender) in [(mine, BRUNO), (theirs, ANA)] {
        assert_eq!(say(message, sender, edit("x")), Err(Not::Theirs));
        assert_eq!(say(message, sender, Said::Delete), Err(Not::Theirs));
    }
    assert_eq!(say(99, ANA, Said::Delete), Err(Not::There));
    assert_eq!(db.add_own_change(room + 1, mine, (ANA, "elsewhere"), &Said::Delete).unwrap(), Err(Not::There));
    assert_eq!(say(mine, ANA, edit("")), Err(Not::Empty));
    let now = say(mine, ANA, edit("Hola")).unwrap();
    assert_eq!((now.text.as_str(), now.edited, now.revision), ("Hola", true, 1));
    say(theirs, ANA, react("👍", true)).unwrap();
    let gone = say(mine, ANA, Said::Delete).unwrap();
    assert_eq!((gone.text.as_str(), gone.deleted, gone.revision), ("", true, 2));
    assert_eq!(say(mine, ANA, edit("¿Hola?")), Err(Not::There));
    assert_eq!(say(mine, BRUNO, react("👍", true)), Err(Not::There));
    let outgoing: Vec<Said> = db.unpublished_changes(10).unwrap().into_iter().map(|c| c.said).collect();
    assert_eq!(outgoing, [edit("Hola"), react("👍", true), Said::Delete]);
}

#[test]
fn a_change_that_is_posted_twice_is_one_also_when_the_message_is_gone() {
    let (db, room, [mine, _]) = with_two();
    let post = || db.add_own_change(room, mine, (ANA, "k"), &Said::Delete).unwrap().unwrap();
    assert_eq!(post(), post());
    assert_eq!(db.unpublished_changes(10).unwrap().len(), 1);
}

#[test]
fn a_message_that_the_node_does_not_have_yet_is_changed_later() {
    let db = db();
    let room = chat(&db);
    let mine = db.add_own_message(&draft(room, ANA, "Ola", Some("k"))).unwrap().id;
    let post = || db.add_own_change(room, mine, (ANA, "k"), &edit("Hola")).unwrap();
    assert_eq!(post(), Err(Not::Yet));
    db.message_published(mine, &event(1)).unwrap();
    assert_eq!(post().unwrap().text, "Hola");
}

#[test]
fn elsewhere_a_message_is_edited_by_its_writer_and_deleted_by_that_or_by_the_platform_of_its_room() {
    let (db, _, [mine, theirs]) = with_two();
    let text = |id| db.message(id).unwrap().unwrap().text;
    for (of, sender, said) in
        [(2, "Norte:5", edit("x")), (2, "Norte:5", Said::Delete), (1, CARLA, edit("x")), (1, CARLA, Said::Delete)]
    {
        assert_eq!(db.add_foreign_change(&foreign(9, of, sender, said)).unwrap(), None);
    }
    assert_eq!((text(mine), text(theirs)), ("Ola".into(), "Chau".into()));
    assert_eq!(db.add_foreign_change(&foreign(4, 2, CARLA, edit("¡Chau!"))).unwrap(), Some(theirs));
    assert_eq!(text(theirs), "¡Chau!");

    let foreign_room = save(&db, "Norte:7", "grupo", false, &[ANA.into(), CARLA.into()]);
    let own = db.add_own_message(&draft(foreign_room, ANA, "a borrar", Some("k7"))).unwrap().id;
    db.message_published(own, &event(20)).unwrap();
    assert_eq!(db.add_foreign_change(&foreign(21, 20, "Sur:1", Said::Delete)).unwrap(), None);
    assert_eq!(db.add_foreign_change(&foreign(22, 20, "Norte:5", Said::Delete)).unwrap(), Some(own));
    assert!(db.message(own).unwrap().unwrap().deleted);
}

#[test]
fn whatever_order_changes_come_in_and_however_often_the_latest_edit_counts_and_a_delete_is_final() {
    let changes = [
        foreign(4, 2, CARLA, edit("a")),
        foreign(5, 2, CARLA, edit("b")),
        foreign(6, 2, CARLA, react("👍", true)),
        foreign(7, 2, CARLA, react("👍", false)),
    ];
    for order in [[0, 1, 2, 3, 3], [1, 0, 3, 2, 2], [3, 1, 2, 0, 1]] {
        let (db, _, [_, theirs]) = with_two();
        for n in order {
            db.add_foreign_change(&changes[n]).unwrap();
        }
        let now = db.message(theirs).unwrap().unwrap();
        assert_eq!((now.text.as_str(), reactions(&now)), ("b", vec![]), "{order:?}");
        db.add_foreign_change(&foreign(3, 2, CARLA, Said::Delete)).unwrap();
        assert_eq!(db.add_foreign_change(&foreign(8, 2, CARLA, edit("c"))).unwrap(), None);
        let gone = db.message(theirs).unwrap().unwrap();
        assert!(gone.deleted && gone.text.is_empty());
    }
}

#[test]
fn what_is_said_of_a_message_before_it_comes_is_done_when_it_comes() {
    let db = db();
    let room = chat(&db);
    for change in [
        foreign(5, 2, CARLA, edit("b")),
        foreign(4, 2, CARLA, edit("a")),
        foreign(6, 2, "Sur:1", react("🧉", true)),
        foreign(7, 2, "Norte:5", edit("not theirs")),
        foreign(8, 3, CARLA, Said::Delete),
        foreign(9, 1, CARLA, react("👍", true)),
    ] {
        assert_eq!(db.add_foreign_change(&change).unwrap(), None);
        assert_eq!(db.add_foreign_change(&change).unwrap(), None, "it comes twice");
    }
    let come = |at: u8| db.add_foreign_message(&draft(room, CARLA, "Chau", None), &event(at), None).unwrap().unwrap();
    let edited = come(2);
    assert_eq!((edited.text.as_str(), edited.edited, reactions(&edited)), ("b", true, vec!["🧉 Sur:1".to_owned()]));
    assert!(come(3).deleted);
    let mine = db.add_own_message(&draft(room, ANA, "Ola", Some("k"))).unwrap().id;
    db.message_published(mine, &event(1)).unwrap();
    assert_eq!(reactions(&db.message(mine).unwrap().unwrap()), ["👍 Norte:4"], "others were faster than this row");
    let left: i64 = db.with(|c| c.query_row("SELECT count(*) FROM early", [], |r| r.get(0))).unwrap();
    assert_eq!(left, 0);
}

#[test]
fn one_platform_can_not_fill_the_chat_with_changes_of_messages_that_never_come_or_with_reactions() {
    let (db, _, [_, theirs]) = with_two();
    for n in 0..1010 {
        let change =
            ForeignChange { event: format!("e{n}"), of: format!("m{n}"), sender: CARLA.into(), said: Said::Delete };
        db.add_foreign_change(&change).unwrap();
    }
    db.add_foreign_change(&foreign(9, 99, "Sur:1", Said::Delete)).unwrap();
    let left = |of: &str| {
        db.with(|c| c.query_row("SELECT count(*) FROM early WHERE platform = ?", [of], |r| r.get::<_, i64>(0))).unwrap()
    };
    assert_eq!((left("Norte"), left("Sur")), (1000, 1));
    for n in 0..30 {
        db.add_foreign_change(&foreign(10, 2, CARLA, react(&format!("{n}"), true))).unwrap();
    }
    assert_eq!(db.message(theirs).unwrap().unwrap().reactions.len(), 20);
}

#[test]
fn reactions_are_counted_for_each_emoji_and_taken_back_by_whoever_gave_them() {
    let (db, room, [mine, _]) = with_two();
    let say = |sender, n: u8, said| db.add_own_change(room, mine, (sender, &n.to_string()), &said).unwrap().unwrap();
    say(BRUNO, 1, react("👍", true));
    db.add_foreign_change(&foreign(5, 1, CARLA, react("🎉", true))).unwrap();
    assert_eq!(reactions(&say(ANA, 2, react("👍", true))), ["👍 RustChat:2 RustChat:1", "🎉 Norte:4"]);
    assert_eq!(reactions(&say(BRUNO, 3, react("👍", false))), ["👍 RustChat:1", "🎉 Norte:4"]);
}

#[test]
fn a_change_has_its_own_ticks_and_only_what_is_in_force_is_told() {
    let (db, room, [mine, _]) = with_two();
    let say = |n: u8, said| db.add_own_change(room, mine, (ANA, &n.to_string()), &said).unwrap().unwrap();
    for (n, said) in
        [(1, edit("a")), (2, edit("b")), (3, react("👍", true)), (4, react("🎉", true)), (5, react("🎉", false))]
    {
        say(n, said);
    }
    let told = || db.message(mine).unwrap().unwrap().changes;
    let kinds = |sent: bool| told().iter().filter(|c| c.sent == sent).map(|c| c.kind.clone()).collect::<Vec<_>>();
    assert_eq!((kinds(false), kinds(true)), (vec!["edit".to_owned(), "reaction".into()], vec![]));
    for (n, row) in db.unpublished_changes(10).unwrap().into_iter().enumerate() {
        db.change_published(row.id, Some(&event(30 + n as u8))).unwrap();
    }
    assert_eq!(kinds(true).len(), 2);
    let tick = |state: &str| Tick { platform: "Norte".into(), state: state.into(), why: None };
    assert_eq!(db.set_delivery(&event(31), &tick("waiting"), true).unwrap(), Some(mine));
    assert_eq!(db.set_delivery(&event(32), &tick("waiting"), true).unwrap(), None, "nobody would tell the end of it");
    assert_eq!(db.set_delivery(&event(32), &tick("unsupported"), false).unwrap(), Some(mine));
    assert_eq!(db.open_deliveries().unwrap(), [event(31)]);
    db.set_delivery(&event(31), &tick("delivered"), false).unwrap();
    db.set_delivery(&event(31), &tick("waiting"), true).unwrap();
    let ticks: Vec<Vec<Tick>> = told().into_iter().map(|c| c.deliveries).collect();
    assert_eq!(ticks, [vec![tick("delivered")], vec![tick("unsupported")]]);
    assert!(db.message(mine).unwrap().unwrap().deliveries.is_empty(), "they are not the message's");
    assert!(db.unpublished_changes(10).unwrap().is_empty());
}

#[test]
fn an_answer_shows_what_it_answers_as_that_is_now_and_nothing_of_another_conversation() {
    let (db, room, [mine, theirs]) = with_two();
    let own = |key: &str, reply| {
        db.add_own_message(&Draft { reply: Some(reply), ..draft(room, ANA, "Sí", Some(key)) }).unwrap()
    };
    let answer = own("a", theirs);
    assert_eq!(answer.reply.as_ref().map(|r| (r.message, r.text.as_str())), Some((Some(theirs), "Chau")));
    assert_eq!(db.answered(answer.id).unwrap(), Some(event(2)));
    let incoming = |at, of| {
        let draft = Draft { reply_event: Some(event(of)), ..draft(room, CARLA, "No", None) };
        db.add_foreign_message(&draft, &event(at), None).unwrap().unwrap().reply.unwrap()
    };
    assert_eq!(incoming(10, 1).message, Some(mine));
    assert_eq!(incoming(11, 77).message, None, "it is not here");
    db.add_own_change(room, mine, (ANA, "gone"), &Said::Delete).unwrap().unwrap();
    let page = db.page(room, None, 10).unwrap();
    assert!(
        page.iter()
            .any(|m| m.reply.as_ref().is_some_and(|r| r.message == Some(mine) && r.deleted && r.text.is_empty()))
    );

    let secret_room = db.add_conversation("otra", false, &[ANA.into(), BRUNO.into()]).unwrap();
    let secret = db.add_own_message(&draft(secret_room, ANA, "secreto", Some("s"))).unwrap().id;
    db.message_published(secret, &event(50)).unwrap();
    assert_eq!((incoming(12, 50).message, incoming(13, 50).text), (None, String::new()));
    let leak = own("leak", secret);
    assert_eq!((leak.reply.unwrap().message, db.answered(leak.id).unwrap()), (None, None));
}
