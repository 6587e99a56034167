//! Event ids that lie ahead: what is exceeded, what is refused, and that nobody pushes anything beyond reach.

use super::{MINUTE, NOW, PLAIN, World, made_at, room};
use crate::ErrorKind;
use crate::model::RoomKind;
use crate::rules::Outcome;
use crate::util::event_id::{made_at as time_of, out_of_reach};
use crate::util::time::{Clock, instant};
use crate::wire::{Body, MessageBody, UserBody};

const PUBLIC: RoomKind = RoomKind::Public;

fn message(origin: &str, text: &str) -> Body {
    Body::Message(MessageBody {
        room_platform: origin.into(),
        room_id: 1.into(),
        sender: 1.into(),
        text: text.into(),
        sent_at: None,
        reply_to: None,
        traceparent: None,
        attachments: Vec::new(),
        ext: None,
    })
}

/// Shows promise 9.
#[test]
fn announcements_above_a_clock_that_runs_ahead_have_ids_of_their_own_and_all_arrive() {
    let world = World::new(&["A", "B"]);
    let (a, b) = (&world.nodes[0], &world.nodes[1]);
    b.clock.set(NOW + 25 * MINUTE);
    for id in [4, 5] {
        a.publish_room(id, PUBLIC, &[("A", &[1])]).unwrap();
    }
    world.settle();
    for id in [4, 5] {
        b.membership(("A", id), 2, true).unwrap();
    }
    world.settle();
    let ids: Vec<_> = [(4, 7), (5, 7), (4, 8), (5, 8)]
        .into_iter()
        .map(|(id, user)| a.publish_room(id, PUBLIC, &[("A", &[1, user])]).unwrap().event.unwrap())
        .collect();
    assert!((1..4).all(|n| !ids[..n].contains(&ids[n])), "{ids:?}");
    assert!(world.settle().iter().all(|handed| handed.outcome == Some(Outcome::Taken)));
    for id in [4, 5] {
        assert_eq!(a.members("A", id), b.members("A", id));
        assert_eq!(a.members("A", id).unwrap()[0].1, ["1", "8"]);
    }
}

/// Shows promise 9.
#[test]
fn an_answer_stands_after_what_it_answers_though_the_clock_is_behind_and_the_node_was_restarted() {
    let mut world = World::new(&["A", "B"]);
    world.nodes[0].publish_room(1, PUBLIC, &[]).unwrap();
    world.settle();
    world.nodes[1].clock.set(NOW + 20 * MINUTE);
    let mut last = world.nodes[1].say(("A", 1), 1, "from B").unwrap().event.unwrap();
    world.settle();
    for n in 0..6 {
        if n % 2 == 1 {
            world.nodes[0].restart();
        }
        let answer = match n % 3 {
            0 => world.nodes[0].say(("A", 1), 1, "from A").unwrap(),
            1 => world.nodes[0].post(message("A", "from the plain platform")).unwrap(),
            _ => world.nodes[0].publish_room(1, PUBLIC, &[("A", &[n])]).unwrap(),
        };
        let id = answer.event.unwrap();
        assert!(id > last, "{n}: {id} after {last}");
        last = id;
    }
    let elsewhere = world.nodes[0].publish_room(2, PUBLIC, &[]).unwrap().event.unwrap();
    assert!(time_of(elsewhere) <= NOW, "only ids of that room are lifted");
}

/// Shows promise 9.
#[test]
fn a_message_is_not_lifted_above_what_lies_more_than_thirty_minutes_ahead_and_an_announcement_is_a_conflict() {
    let mut world = World::new(&["A", "B"]);
    world.nodes[0].publish_room(1, PUBLIC, &[("A", &[1])]).unwrap();
    world.settle();
    let (near, far) = (made_at(NOW + 10 * MINUTE, 1), made_at(NOW + 50 * MINUTE, 1));
    let join = Body::Room(room(1, PUBLIC, &[("B", &[3])], Some("A")));
    world.nodes[0].take_as("B", near, message("A", "near")).unwrap();
    world.nodes[0].take_as("B", far, join).unwrap();
    world.nodes[0].take_as("B", made_at(NOW + 55 * MINUTE, 1), message("A", "far")).unwrap();
    for _ in 0..2 {
        let a = &world.nodes[0];
        let said = a.say(("A", 1), 1, "an answer").unwrap().event.unwrap();
        assert!(said > near && !out_of_reach(said, NOW), "{said}");
        let until = humantime::format_rfc3339_seconds(instant(NOW + 20 * MINUTE)).to_string();
        for error in
            [a.publish_room(1, PUBLIC, &[("A", &[1, 2])]).unwrap_err(), a.membership(("A", 1), 1, false).unwrap_err()]
        {
            assert_eq!(error.kind(), ErrorKind::Conflict);
            assert!(error.to_string().contains("what B announced") && error.to_string().contains(&until), "{error}");
        }
        // The members of another platform are not held up by it.
        for list in [&[6][..], &[]] {
            a.post(Body::Room(room(1, PUBLIC, &[(PLAIN, list)], Some("A")))).unwrap();
        }
        world.nodes[0].restart();
    }
    let a = &world.nodes[0];
    a.clock.set(NOW + 20 * MINUTE);
    let id = a.publish_room(1, PUBLIC, &[("A", &[1, 2])]).unwrap().event.unwrap();
    assert!(id > far);
}

#[test]
fn a_name_under_an_id_that_lies_far_ahead_holds_until_it_is_in_reach_and_says_so() {
    let world = World::new(&["A", "B"]);
    let a = &world.nodes[0];
    a.clock.set(NOW + 40 * MINUTE);
    a.publish_user(1, "Juana").unwrap();
    // The clock went back by more than an hour: ids begin anew, and are less than this one.
    a.clock.set(NOW - 30 * MINUTE);
    assert_eq!(a.publish_user(1, "Pedro").unwrap_err().kind(), ErrorKind::Conflict);
    a.publish_user(1, "Juana").expect("what has not changed is not announced");
    let (own, list) = (a.own(), vec![super::user(2, "Ana"), super::user(1, "Pedro")]);
    let all = a.run(move |job| crate::rules::user::publish_all(job, own, list)).unwrap_err();
    assert_eq!(all.kind(), ErrorKind::Conflict);
    assert!(a.open().directory.read().user(own, "2").is_none(), "all of a list is announced, or nothing of it");
    a.clock.set(NOW + 12 * MINUTE);
    a.publish_user(1, "Pedro").unwrap();
}

#[test]
fn the_later_of_two_names_counts_in_whatever_order_they_come() {
    let world = World::new(&["A", "B"]);
    let a = &world.nodes[0];
    let user =
        |name: &str| Body::User(UserBody { id: 1.into(), name: name.into(), active: true, extras: Default::default() });
    a.take_as("B", made_at(NOW, 2), user("later")).unwrap();
    a.take_as("B", made_at(NOW, 1), user("earlier")).unwrap();
    let directory = a.open().directory.read();
    assert_eq!(&*directory.user(directory.resolve("B").unwrap(), "1").unwrap().name, "later");
}

/// Shows promise 9.
#[test]
fn one_room_of_a_hostile_peer_pushes_the_ids_of_no_other() {
    let world = World::new(&["A", "B", "C"]);
    let a = &world.nodes[0];
    for n in 0..50_i64 {
        let id = made_at(NOW + 29 * MINUTE, n.unsigned_abs());
        a.take_as("B", id, Body::Room(room(n, PUBLIC, &[], None))).unwrap();
        assert!(a.say(("B", n), 1, "lifted").unwrap().event.unwrap() > id);
    }
    let own = a.publish_room(1, PUBLIC, &[]).unwrap().event.unwrap();
    assert!(time_of(own) <= a.clock.now());
}
