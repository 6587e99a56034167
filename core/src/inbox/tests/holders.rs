//! Who has what is out: what is given back, and what whoever finds this process dead would know of it.

use super::*;

#[test]
fn what_is_given_back_goes_on_as_if_it_had_not_been_taken_with_the_later_ones_of_its_room() {
    let world = World::new();
    let ids = world.put(&[(MESSAGE, 1, 1), (MESSAGE, 1, 1), (MESSAGE, 1, 2), (MESSAGE, 1, 1)]);
    let (me, other) = (Holder::Kept(1), Holder::Kept(2));
    assert_eq!(world.take_for(10, me), ids);
    world.inbox.give_back(&ids, other);
    assert!(world.take(10).is_empty(), "they are not the other's to give back");
    assert!(world.inbox.give(ids[0], 1) && !world.inbox.give(ids[0], 1) && !world.inbox.give(ids[1], 2));
    world.inbox.give_back(&ids, me);
    assert_eq!(world.take_for(10, other), ids[2..3], "the app has the first of room 1");
    assert!(!world.inbox.give(ids[1], 1) && !world.inbox.give(ids[2], 1), "another has it, or nobody");
    assert_eq!(world.inbox.begin_ack(&ids[..1], Holder::Given(2)), [None]);
    assert!(matches!(world.inbox.nack(ids[0], Holder::Given(2)), Nacked::Unknown));
    assert_eq!(world.inbox.begin_ack(&ids[..1], Holder::Given(1)), [Some(1)]);
    world.inbox.end_ack(&ids[..1], true);
    let again = world.runtime.block_on(world.inbox.take(10, Holder::App, Instant::now())).unwrap();
    let again: Vec<_> = again
        .iter()
        .map(|taken| if let Taken::Stored(row) = taken { (row.seq, row.event.attempts) } else { (0, 0) })
        .collect();
    assert_eq!(again, [(2, 0), (4, 0)], "none of them has failed");
}

#[test]
fn hints_that_are_given_back_come_again_in_their_order() {
    let world = World::new();
    world.take(1);
    world.inbox.hint((0..4).map(Hint::Up));
    let taken = world.take_for(3, Holder::Kept(1));
    world.inbox.give_back(&taken[1..], Holder::Kept(1));
    let again = world.runtime.block_on(world.inbox.take(10, Holder::App, Instant::now())).unwrap();
    let up: Vec<_> =
        again.iter().map(|taken| if let Taken::Hint(_, Hint::Up(num)) = taken { *num } else { 9 }).collect();
    assert_eq!(up, [1, 2, 3]);
}

#[test]
fn what_one_taker_is_reading_is_noted_as_out_when_another_notes_what_it_takes() {
    let world = World::new();
    world.take(1);
    let first = world.put(&[(MESSAGE, 1, 1)]);
    let chosen = world.inbox.clone().choose(10).unwrap();
    let second = world.put(&[(MESSAGE, 1, 2)]);
    assert_eq!(world.take(10), second);
    assert_eq!(world.noted(), [1, 2]);
    let (taken, ..) = world.inbox.hand_out(chosen, Holder::App);
    assert_eq!(taken.len(), first.len());
    world.ack(&second);
    world.inbox.note_out().unwrap();
    assert_eq!(world.noted(), [1]);
    world.inbox.give_back(&first, Holder::App);
    world.inbox.note_out().unwrap();
    assert!(world.noted().is_empty());
}
