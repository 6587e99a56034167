//! Platforms that turn out to be one.

use uuid::Uuid;

use super::directory::{platform, room, user};
use super::{NOW, id, message, transact};
use crate::model::{Barred, BindKind, DeliveryState, EventKind, Id};
use crate::store::{
    AnnouncementRow, AskedRow, Bars, BindingRow, ChangedKey, Counting, Dead, DeadFilter, EventRow, Facet, FateRow,
    InboxEvent, KeyRow, MarkRow, Members, OwnerRow, ParkedRow, PlatformNum, PlatformRow, ReceiptRow, Remembered,
    RoomRow, Seq, Store, Told, Tx,
};

const FROM: u32 = 3;
const INTO: u32 = 2;
const OTHER: u32 = 7;

/// A platform without relations.
fn alone(num: u32) -> PlatformRow {
    PlatformRow { via: None, named_by: None, told: None, ..platform(num, &format!("P{num}")) }
}

fn members(of: &[(u32, &[i64])]) -> Members {
    of.iter().map(|(p, ids)| (*p, ids.iter().map(|id| Id::from(*id)).collect())).collect()
}

fn announcement(room: u32, by: u32, event: Uuid, of: &[(u32, &[i64])]) -> AnnouncementRow {
    let members = members(of);
    AnnouncementRow { room, by, event, members, again: Members::default(), former: None, banned: Bars::default() }
}

fn barred(ids: &[i64]) -> Barred {
    Barred::Users(ids.iter().map(|id| Id::from(*id)).collect())
}

fn inbox(id: Uuid, kind: EventKind, platform: u32, body: &str) -> InboxEvent {
    let body = body.to_owned().into();
    InboxEvent { id, kind, platform, room: Some(5), late: false, attempts: 0, suspect: false, body }
}

fn put(tx: &mut dyn Tx) -> crate::Result<Seq> {
    for row in [alone(1), alone(INTO), alone(FROM)] {
        tx.put_platform(&row)?;
    }
    let told = Some(Told { lane: FROM, until: None });
    tx.put_platform(&PlatformRow { via: Some(FROM), named_by: Some(FROM), told, ..alone(OTHER) })?;
    tx.put_user(&user(INTO, 1, "older", 0))?;
    tx.put_user(&crate::store::UserRow { event: Some(id(9, 1)), ..user(FROM, 1, "newer", 0) })?;
    tx.put_user(&user(FROM, 2, "only there", 0))?;
    // Both have a room of one id; a third room only has members of both.
    tx.put_room(&RoomRow { num: 4, origin: INTO, id: 1.into(), event: id(5, 1), ..room(4) })?;
    let newer = "newer".into();
    tx.put_room(&RoomRow { num: 5, origin: FROM, id: 1.into(), event: id(6, 1), name: newer, ..room(5) })?;
    tx.put_room(&room(6))?;
    tx.put_asked(&AskedRow { room: 6, members: members(&[(INTO, &[1]), (FROM, &[1, 2])]) })?;
    tx.put_announcement(&announcement(4, INTO, id(5, 1), &[(INTO, &[1])]))?;
    tx.put_announcement(&announcement(4, FROM, id(8, 1), &[(FROM, &[9])]))?;
    tx.put_announcement(&announcement(5, FROM, id(6, 1), &[(FROM, &[1, 2]), (OTHER, &[3])]))?;
    let banned = [(FROM, barred(&[7, 8])), (INTO, barred(&[7])), (OTHER, Barred::Platform)].into_iter().collect();
    tx.put_announcement(&AnnouncementRow { banned, ..announcement(6, 1, id(5, 6), &[(FROM, &[1, 3]), (INTO, &[1])]) })?;
    tx.put_announcement(&announcement(6, FROM, id(7, 6), &[(FROM, &[4])]))?;
    tx.put_announcement(&announcement(6, INTO, id(6, 6), &[(INTO, &[5])]))?;
    for (platform, local) in [(INTO, 11), (FROM, 12)] {
        tx.put_binding(&BindingRow { kind: BindKind::User, platform, id: 1.into(), local: local.into() })?;
    }
    tx.put_binding(&BindingRow { kind: BindKind::User, platform: FROM, id: 2.into(), local: 13.into() })?;
    tx.put_mark(MarkRow { room: 5, platform: FROM, event: id(8, 2), floor: None })?;
    tx.put_mark(MarkRow { room: 4, platform: INTO, event: id(7, 2), floor: None })?;
    tx.put_owner(OwnerRow { node: FROM, standalone: false })?;
    let event = EventRow { platform: FROM, source: Some(FROM), room: Some(5), ..message(id(1, 1), 1, "waits") };
    let seq = tx.put_event(&event, &[OTHER])?;
    tx.put_receipt(&ReceiptRow {
        event: event.id,
        hosted: None,
        seq,
        to: vec![(INTO, INTO), (FROM, FROM), (OTHER, FROM)],
    })?;
    tx.put_fate(&FateRow { event: event.id, platform: FROM, state: DeliveryState::Dead, why: None, at: 1 })?;
    tx.put_dead(&Dead { dest: FROM, event: event.clone(), inbound: false, why: "why".into(), died: 1 })?;
    tx.put_key(&KeyRow {
        platform: FROM,
        key: "k".into(),
        event: None,
        digest: None,
        at: 1,
        to: vec![FROM, INTO, OTHER],
    })?;
    tx.see(FROM, id(3, 1), NOW)?;
    tx.see(INTO, id(3, 2), NOW)?;
    tx.see_message(FROM, id(3, 4), 5, NOW)?;
    tx.put_changed(&changed(FROM), Counting { latest: id(3, 5), held: true }, FROM)?;
    tx.put_inbox(&inbox(id(4, 1), EventKind::Message, FROM, "{}"))?;
    tx.put_inbox(&inbox(id(4, 2), EventKind::Delivery, 1, r#"{"platform":3,"why":"x"}"#))?;
    let parked = ParkedRow { origin: FROM, room_id: 8.into(), peer: FROM, to_be_judged: false, of: None, event };
    tx.put_parked(&parked)?;
    tx.put_parked(&ParkedRow { origin: INTO, peer: INTO, ..parked })?;
    Ok(seq)
}

/// A reaction of a platform to a message of its own.
fn changed(platform: PlatformNum) -> ChangedKey {
    let facet = Facet::Reaction { by: platform, sender: 1.into(), emoji: "👍".into() };
    ChangedKey { platform, event: id(3, 4), facet }
}

pub(crate) fn platforms_that_are_merged_are_one_in_every_table<S: Store>(open: &dyn Fn() -> S) {
    let store = open();
    let seq = transact(&store, put).unwrap();
    let before = store.load().unwrap().version;
    transact(&store, |tx| tx.merge_platforms(FROM, INTO)).unwrap();
    drop(store);
    let store = open();
    let rows = store.load().unwrap();
    let shown = format!("{rows:#?}");
    assert_eq!(rows.platforms.iter().map(|row| row.num).collect::<Vec<_>>(), [1, INTO, OTHER]);
    assert_eq!(rows.merged, [(FROM, INTO)]);
    let other = &rows.platforms[2];
    assert_eq!((other.via, other.named_by), (Some(INTO), Some(INTO)));
    assert_eq!(other.told, Some(Told { lane: INTO, until: None }));
    let mut users: Vec<_> = rows.users.iter().map(|u| (u.platform, u.id.to_string(), u.name.to_string())).collect();
    users.sort();
    assert_eq!(users, [(INTO, "1".into(), "newer".into()), (INTO, "2".into(), "only there".into())]);
    let rooms: Vec<_> = rows.rooms.iter().map(|r| (r.num, r.origin, &*r.name)).collect();
    assert_eq!(rooms, [(4, INTO, "newer"), (6, 1, "Los mundialistas")], "{shown}");
    assert!(rows.rooms.iter().all(|room| room.version == rows.version), "their members have changed");
    assert_eq!(rows.asked, [AskedRow { room: 6, members: members(&[(INTO, &[1, 2])]) }]);
    let banned = [(INTO, barred(&[7, 8])), (OTHER, Barred::Platform)].into_iter().collect();
    let mut announced = rows.announcements.clone();
    announced.sort_by_key(|row| (row.room, row.by));
    let expected = [
        announcement(4, INTO, id(6, 1), &[(INTO, &[1, 2]), (OTHER, &[3])]),
        AnnouncementRow { banned, ..announcement(6, 1, id(5, 6), &[(INTO, &[1, 3])]) },
        announcement(6, INTO, id(7, 6), &[(INTO, &[4])]),
    ];
    assert_eq!(announced, expected);
    let mut bound: Vec<_> = rows.bindings.iter().map(|b| (b.platform, b.local.to_string())).collect();
    bound.sort();
    assert_eq!(bound, [(INTO, "11".into()), (INTO, "13".into())]);
    let mark = MarkRow { room: 4, platform: INTO, event: id(8, 2), floor: None };
    assert_eq!(transact(&store, |tx| tx.marks(4)).unwrap(), [mark]);
    assert_eq!(store.owner().unwrap().map(|owner| owner.node), Some(INTO));

    let waiting = store.waiting(OTHER, 0, 10, usize::MAX).unwrap();
    assert_eq!((waiting[0].seq, waiting[0].event.platform, waiting[0].event.source), (seq, INTO, Some(INTO)));
    assert_eq!(waiting[0].event.room, Some(4));
    let delivery = store.delivery(id(1, 1)).unwrap().unwrap();
    assert_eq!(delivery.receipt.to, [(INTO, INTO), (OTHER, INTO)]);
    assert_eq!(delivery.fates[0].platform, INTO);
    let dead = store.dead(&DeadFilter::Dest(INTO), 10).unwrap();
    assert_eq!((dead.len(), dead[0].dead.event.platform, dead[0].dead.event.room), (1, INTO, Some(4)));
    let (key, seen, parked) = transact(&store, |tx| {
        let seen = [tx.seen(INTO, id(3, 1))?, tx.seen(INTO, id(3, 2))?, tx.seen(INTO, id(3, 3))?];
        Ok((tx.key(INTO, "k")?, seen, (tx.parked_count(INTO)?, tx.take_parked(INTO, &8.into())?.len())))
    })
    .unwrap();
    assert_eq!(key.unwrap().to, [INTO, OTHER]);
    assert_eq!((seen, parked), ([true, true, false], (2, 2)));
    transact(&store, |tx| {
        assert_eq!(tx.message(INTO, id(3, 4))?, Remembered::Message(4));
        assert_eq!(tx.changed(&changed(INTO))?, Some(Counting { latest: id(3, 5), held: true }));
        Ok(())
    })
    .unwrap();
    let seqs: Vec<Seq> = store.inbox_heads(0).unwrap().iter().map(|head| head.seq).collect();
    let told = store.inbox(&seqs).unwrap();
    assert_eq!((told[0].event.platform, told[0].event.room), (INTO, Some(4)));
    let note: serde_json::Value = serde_json::from_slice(&told[1].event.body).unwrap();
    assert_eq!(note["platform"], INTO);

    // Who follows learns that all must be read again.
    let later = transact(&store, |tx| tx.changes(before)).unwrap();
    assert_eq!(later.merged, [(FROM, INTO)]);
}

pub(crate) fn a_platform_that_nothing_was_taken_from_inherits_what_was_seen<S: Store>(open: &dyn Fn() -> S) {
    let store = open();
    transact(&store, |tx| {
        tx.put_platform(&alone(INTO))?;
        tx.put_platform(&alone(FROM))?;
        assert!(tx.see(FROM, id(3, 1), NOW)?);
        tx.merge_platforms(FROM, INTO)?;
        assert!(!tx.see(INTO, id(3, 1), NOW)?);
        assert!(tx.see(INTO, id(3, 2), NOW)?);
        Ok(())
    })
    .unwrap();
}
