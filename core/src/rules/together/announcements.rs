//! Private rooms that two sides change at once, and what one platform may make others hold.

use super::{MINUTE, NOW, PLAIN, World, made_at, room, users};
use crate::ErrorKind;
use crate::config::Limits;
use crate::model::RoomKind;
use crate::rules::Outcome;
use crate::wire::{Body, RoomBody, UserBody};

const PRIVATE: RoomKind = RoomKind::Private;

type Shown = Vec<(String, Vec<String>)>;

fn shown(members: &[(&str, &[i64])]) -> Option<Shown> {
    let list = |ids: &[i64]| ids.iter().map(i64::to_string).collect();
    Some(members.iter().map(|(name, ids)| ((*name).to_owned(), list(ids))).collect())
}

/// Shows promise 9.
#[test]
fn a_member_leaves_while_the_origin_drops_another_and_both_are_out_everywhere_in_whatever_order_it_is_heard() {
    for orders in 0..8 {
        let world = World::new(&["A", "B", "C"]);
        let [a, b, c] = [0, 1, 2].map(|n| &world.nodes[n]);
        a.publish_room(1, PRIVATE, &[("A", &[9]), ("B", &[1, 2, 3]), ("C", &[5])]).unwrap();
        world.settle();
        if orders & 4 == 0 {
            b.clock.set(NOW + MINUTE);
        }
        b.membership(("A", 1), 1, false).unwrap();
        a.publish_room(1, PRIVATE, &[("A", &[9]), ("B", &[1, 2]), ("C", &[5])]).unwrap();
        let (first, second) = if orders & 1 == 0 { ((0, 2), (1, 2)) } else { ((1, 2), (0, 2)) };
        let (third, fourth) = if orders & 2 == 0 { ((0, 1), (1, 0)) } else { ((1, 0), (0, 1)) };
        for (from, to) in [first, second, third, fourth] {
            let handed = world.hand_over(from, to, false).unwrap();
            assert!(handed.refused.is_none(), "{handed:?}");
        }
        world.settle();
        for node in [a, b, c] {
            assert_eq!(node.members("A", 1), shown(&[("A", &[9]), ("B", &[2]), ("C", &[5])]), "at {}", node.name);
        }
    }
}

#[test]
fn an_origin_without_members_of_its_own_is_told_who_left_its_room() {
    let world = World::new(&["A", "B", "C"]);
    let [a, b, c] = [0, 1, 2].map(|n| &world.nodes[n]);
    a.publish_room(1, PRIVATE, &[("B", &[1, 2]), ("C", &[5])]).unwrap();
    world.settle();
    b.membership(("A", 1), 1, false).unwrap();
    world.settle();
    for node in [a, b, c] {
        assert_eq!(node.members("A", 1), shown(&[("B", &[2]), ("C", &[5])]), "at {}", node.name);
    }
    assert_eq!(a.inbox().last().map(|row| row.event.platform), Some(a.num("B")), "its app hears of it");
}

/// Shows promise 9.
#[test]
fn whom_a_platform_took_out_the_origin_adds_again_only_when_its_app_asks_anew() {
    let world = World::new(&["A", "B"]);
    let (a, b) = (&world.nodes[0], &world.nodes[1]);
    let check = |members: &[(&str, &[i64])]| {
        world.settle();
        for node in [a, b] {
            assert_eq!(node.members("A", 1), shown(members), "at {}", node.name);
        }
    };
    a.publish_room(1, PRIVATE, &[("A", &[9]), ("B", &[1, 2])]).unwrap();
    world.settle();
    b.membership(("A", 1), 1, false).unwrap();
    check(&[("A", &[9]), ("B", &[2])]);
    // The app says the same as before, and something else: nobody comes back by that.
    a.publish_room(1, PRIVATE, &[("A", &[9]), ("B", &[1, 2])]).unwrap();
    a.publish_room(1, PRIVATE, &[("A", &[9]), ("B", &[1, 2, 3])]).unwrap();
    check(&[("A", &[9]), ("B", &[2, 3])]);
    a.publish_room(1, PRIVATE, &[("A", &[9]), ("B", &[2, 3])]).unwrap();
    a.publish_room(1, PRIVATE, &[("A", &[9]), ("B", &[1, 2, 3])]).unwrap();
    check(&[("A", &[9]), ("B", &[1, 2, 3])]);
    // What comes later keeps who was added again in.
    a.publish_room(1, PRIVATE, &[("A", &[8, 9]), ("B", &[1, 2, 3])]).unwrap();
    check(&[("A", &[8, 9]), ("B", &[1, 2, 3])]);
    b.membership(("A", 1), 3, false).unwrap();
    check(&[("A", &[8, 9]), ("B", &[1, 2])]);
}

#[test]
fn a_plain_platform_adds_again_by_the_difference_to_its_last_list() {
    let world = World::new(&["A", "B"]);
    let (a, b) = (&world.nodes[0], &world.nodes[1]);
    let post = |list: &[i64]| {
        a.post(Body::Room(room(1, PRIVATE, &[(PLAIN, &[4]), ("B", list)], None))).unwrap();
        world.settle();
    };
    let check = |list: &[i64]| {
        for node in [a, b] {
            assert_eq!(node.members(PLAIN, 1), shown(&[("B", list), (PLAIN, &[4])]), "at {}", node.name);
        }
    };
    post(&[1, 2]);
    b.membership((PLAIN, 1), 1, false).unwrap();
    world.settle();
    post(&[1, 2]);
    check(&[2]);
    post(&[2]);
    post(&[1, 2]);
    check(&[1, 2]);
}

#[test]
fn into_a_private_room_of_another_nobody_is_added_by_whoever_it_is() {
    let world = World::new(&["A", "B"]);
    let (a, b) = (&world.nodes[0], &world.nodes[1]);
    let as_it_is = shown(&[("A", &[9]), ("B", &[1, 2]), (PLAIN, &[4])]);
    a.publish_room(1, PRIVATE, &[("A", &[9]), ("B", &[1, 2]), (PLAIN, &[4])]).unwrap();
    world.settle();
    for list in [&[4, 5][..], &[4]] {
        let posted = a.post(Body::Room(room(1, PRIVATE, &[(PLAIN, list)], Some("A"))));
        assert_eq!(posted.unwrap_err().kind(), ErrorKind::Forbidden, "{list:?}");
    }
    assert_eq!(b.membership(("A", 1), 3, true).unwrap_err().kind(), ErrorKind::Forbidden);
    let claim = |n, list: &[i64]| {
        let body = room(1, PRIVATE, &[("B", list)], Some("A"));
        a.take_as("B", made_at(NOW + 5_000 + n, 1), Body::Room(body))
    };
    for (n, list) in [(0, &[1, 2, 3][..]), (1, &[1, 3]), (2, &[3])] {
        assert_eq!(claim(n, list).unwrap_err().kind(), ErrorKind::Forbidden, "{list:?}");
    }
    let others = room(1, PRIVATE, &[("B", &[1]), ("A", &[7])], Some("A"));
    let refused = a.take_as("B", made_at(NOW + 6_000, 1), Body::Room(others)).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Forbidden);
    assert_eq!(a.members("A", 1), as_it_is);
    // Whom the origin listed once, the peer may still believe to be in: no refusal, and no effect.
    a.publish_room(1, PRIVATE, &[("A", &[9]), ("B", &[2]), (PLAIN, &[4])]).unwrap();
    assert_eq!(claim(10_000, &[1, 2]).unwrap().outcome, Outcome::Taken);
    assert_eq!(a.members("A", 1), shown(&[("A", &[9]), ("B", &[2]), (PLAIN, &[4])]));
}

#[test]
fn a_node_that_a_private_room_concerns_from_now_on_learns_who_had_left_it() {
    let world = World::new(&["A", "B", "C"]);
    let (a, c) = (&world.nodes[0], &world.nodes[2]);
    let post = |list: &[(&str, &[i64])]| a.post(Body::Room(room(1, PRIVATE, list, None))).unwrap();
    post(&[(PLAIN, &[4]), ("B", &[1, 2])]);
    world.settle();
    world.nodes[1].membership((PLAIN, 1), 1, false).unwrap();
    world.settle();
    // The plain platform knows nothing of it, or does not care.
    post(&[(PLAIN, &[4]), ("B", &[1, 2]), ("C", &[5])]);
    world.settle();
    for node in [a, c] {
        assert_eq!(node.members(PLAIN, 1), shown(&[("B", &[2]), ("C", &[5]), (PLAIN, &[4])]), "at {}", node.name);
    }
}

#[test]
fn what_one_platform_may_make_a_node_hold_has_limits_that_are_named_and_are_its_own() {
    let mut limits = Limits::default();
    (limits.users, limits.rooms, limits.memberships) = (3, 2, 10);
    let world = World::with(&["A", "B", "C"], limits);
    let a = &world.nodes[0];
    let send = |peer: &str, n, body| a.take_as(peer, made_at(NOW, n), body);
    let list: Vec<i64> = (0..6).collect();
    let announce = |id, of: &[i64]| Body::Room(room(id, RoomKind::Public, &[("B", of)], None));
    let user = |id: i64, name: &str| {
        Body::User(UserBody { id: id.into(), name: name.into(), active: true, extras: Default::default() })
    };
    let refused = |result: crate::Result<crate::rules::Taken>, named: &str| {
        let error = result.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Forbidden);
        assert!(error.to_string().contains(named), "{error}");
    };
    send("B", 1, announce(1, &list)).unwrap();
    refused(send("B", 2, announce(2, &list)), "limits.memberships");
    send("B", 3, announce(2, &list[..4])).unwrap();
    refused(send("B", 4, announce(3, &[])), "limits.rooms");
    // Fewer is always taken, and frees what it held; another has a share of its own.
    send("B", 5, announce(1, &list[..1])).unwrap();
    send("B", 6, announce(2, &list)).unwrap();
    send("C", 7, Body::Room(room(1, RoomKind::Public, &[("C", &list)], None))).unwrap();
    for (n, id) in (10..).zip(1..=3) {
        send("B", n, user(id, "x")).unwrap();
    }
    refused(send("B", 20, user(4, "x")), "limits.users");
    send("B", 21, user(3, "renamed")).unwrap();
    for id in 0..10 {
        a.publish_room(id, RoomKind::Public, &[("A", &list)]).expect("the app's own are its own");
        a.publish_user(id, "own").unwrap();
    }
}

#[test]
fn whom_a_peer_adds_again_is_in_though_this_platform_took_it_out() {
    let world = World::new(&["A", "B"]);
    let (a, b) = (&world.nodes[0], &world.nodes[1]);
    b.publish_room(1, PRIVATE, &[("A", &[1, 2]), ("B", &[9])]).unwrap();
    world.settle();
    a.membership(("B", 1), 1, false).unwrap();
    world.settle();
    let plainly = room(1, PRIVATE, &[("A", &[1, 2]), ("B", &[9])], None);
    a.take_as("B", made_at(NOW + 8_000, 1), Body::Room(plainly.clone())).unwrap();
    assert_eq!(a.members("B", 1), shown(&[("A", &[2]), ("B", &[9])]));
    let again = RoomBody { again: users(&[("A", &[1])]), ..plainly };
    a.take_as("B", made_at(NOW + 9_000, 1), Body::Room(again)).unwrap();
    assert_eq!(a.members("B", 1), shown(&[("A", &[1, 2]), ("B", &[9])]));
}
