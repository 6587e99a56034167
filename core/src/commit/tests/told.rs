//! What a commit sets in motion, and what the app is told.

use bytes::Bytes;
use uuid::Uuid;

use super::{B, OWN, World, change_everything, event};
use crate::Result;
use crate::commit::job::Job;
use crate::commit::note::{self, DeathNote};
use crate::commit::share::Subject;
use crate::model::EventKind;
use crate::store::{Dead, DeadFilter, InboxEvent, PlatformNum, Seq};

#[test]
fn what_a_commit_sets_in_motion_is_told_once_it_is_on_disk() {
    let world = World::new();
    let told = world.run(|job| {
        change_everything(job)?;
        let id = job.new_id();
        let own = job.directory().own.expect("the app");
        job.hint_end(own, id, B, crate::model::DeliveryState::Delivered);
        Ok(())
    });
    told.unwrap();
    let told = world.told();
    assert!(
        told.iter().any(|t| t.starts_with("queued 2")) && told.iter().any(|t| t.starts_with("queued 3")),
        "{told:?}"
    );
    assert!(told.iter().any(|t| t.starts_with("arrived")) && told.contains(&"delivered 2".to_owned()), "{told:?}");
}

#[test]
fn an_announcement_takes_the_place_of_an_earlier_one_that_still_waits() {
    let world = World::new();
    let announce = |job: &mut Job<'_>| {
        let event = event(job, EventKind::User, OWN);
        job.enqueue_latest(event, &Subject::User(OWN, 6.into()), &[B])
    };
    let first = world.run(announce).unwrap();
    let second = world.run(announce).unwrap();
    let waiting = world.store.waiting(B, 0, 10, usize::MAX).unwrap();
    assert_eq!(waiting.iter().map(|w| w.seq).collect::<Vec<_>>(), [second]);
    assert_eq!(world.directory.read().waiting(B), 1);
    assert!(world.told().contains(&format!("replaced 2 {first}")), "{:?}", world.told());
}

#[test]
fn an_event_for_a_full_queue_is_a_dead_letter_and_waits_for_the_others() {
    let world = World::new();
    world
        .run(|job| {
            let c = job.platform_num("C")?;
            for _ in 0..4 {
                let event = event(job, EventKind::Message, OWN);
                job.enqueue(event, &[B])?;
            }
            let event = event(job, EventKind::Message, OWN);
            job.enqueue(event, &[B, c]).map(drop)
        })
        .unwrap();
    assert_eq!([B, 3].map(|dest| world.directory.read().waiting(dest)), [4, 1]);
    let dead = world.store.dead(&DeadFilter::All, 10).unwrap();
    assert_eq!(dead.iter().map(|row| (row.dead.dest, &*row.dead.why)).collect::<Vec<_>>(), [(B, "full")]);
}

#[test]
fn the_app_is_told_of_its_dead_events_once_for_each_cause_in_a_row_and_of_no_others() {
    let world = World::new();
    let first = world.run(|job| {
        let mut first = None;
        let deaths = [
            (OWN, EventKind::Message, "gone"),
            (OWN, EventKind::Message, "gone"),
            (B, EventKind::Message, "gone"),
            (OWN, EventKind::Receipt, "gone"),
            (OWN, EventKind::User, "gone"),
            (OWN, EventKind::Message, "full"),
        ];
        for (platform, kind, why) in deaths {
            let event = event(job, kind, platform);
            first.get_or_insert(event.id);
            job.bury(Dead { dest: B, event, inbound: false, why: why.into(), died: job.now })?;
        }
        Ok(first)
    });
    let first = first.unwrap().unwrap();
    assert_eq!(world.store.dead(&DeadFilter::All, 10).unwrap().len(), 6, "each is kept");
    let seqs: Vec<Seq> = world.store.inbox_heads(0).unwrap().iter().map(|head| head.seq).collect();
    let rows = world.store.inbox(&seqs).unwrap();
    assert!(rows.iter().all(|row| row.event.kind == EventKind::Delivery && row.event.platform == OWN));
    let notes: Vec<DeathNote> = rows.iter().map(|row| note::read(&row.event.body).unwrap()).collect();
    assert_eq!(notes.iter().map(|note| (&*note.why, note.count)).collect::<Vec<_>>(), [("gone", 3), ("full", 1)]);
    assert_eq!((notes[0].event, notes[0].platform), (first, B));
}

#[test]
fn a_message_that_comes_after_a_later_one_of_its_platform_is_handed_in_as_late() {
    let world = World::new();
    world.run(change_everything).unwrap();
    world
        .run(|job| {
            let (earlier, later) = (job.new_id(), job.new_id());
            for (id, kind) in [(later, EventKind::Message), (earlier, EventKind::Room), (earlier, EventKind::Message)] {
                let (room, body) = (Some(1), Bytes::from_static(b"{}"));
                job.hand_in(InboxEvent {
                    id,
                    kind,
                    platform: B,
                    room,
                    late: false,
                    attempts: 0,
                    suspect: false,
                    body,
                })?;
            }
            Ok(())
        })
        .unwrap();
    let seqs: Vec<Seq> = world.store.inbox_heads(0).unwrap().iter().map(|head| head.seq).collect();
    let late: Vec<bool> = world.store.inbox(&seqs).unwrap().iter().map(|row| row.event.late).collect();
    assert_eq!(late, [false, false, false, true], "only of messages is it told");
}

#[test]
fn an_event_is_late_when_a_later_one_of_its_platform_came_before_it_in_the_room() {
    const C: PlatformNum = 3;
    let world = World::new();
    let marks = [(1, B, 5), (1, B, 7), (1, B, 6), (1, C, 6), (2, B, 6), (1, B, 7), (1, B, 8)];
    let late = world.run(move |job| {
        let late = marks.map(|(room, platform, event)| job.mark(room, platform, Uuid::from_u128(event)));
        late.into_iter().collect::<Result<Vec<bool>>>()
    });
    assert_eq!(late.unwrap(), [false, false, true, false, false, false, false]);
    let late = world.run(move |job| Ok([job.mark(1, B, Uuid::from_u128(7))?, job.mark(1, C, Uuid::from_u128(7))?]));
    assert_eq!(late.unwrap(), [true, false], "also in a later transaction");
}
