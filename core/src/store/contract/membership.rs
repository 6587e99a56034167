//! Platforms that joined at run time, invites, errands.

use super::{NOW, id, transact};
use crate::store::{Answered, InviteRow, JoinedRow, Standing, Store, UsedRow, Way};
use crate::util::pair::{Former, Pair};
use crate::util::secret::Secret;

fn secret(text: &str) -> Secret {
    Secret::new(text).unwrap()
}

/// A platform that joined and has every field filled in.
pub(crate) fn joined(platform: u32, by: Option<u32>) -> JoinedRow {
    let former = Some(Former { token: secret("before"), event: Some(id(1, 1)), until: Some(NOW) });
    let pair = Pair { token: secret("now"), event: Some(id(2, 2)), pending: true, former, borrowed: true };
    let endpoint = "http://ñandú.example/api/".parse().unwrap();
    JoinedRow { platform, standing: Standing::Joined(Way { endpoint, told: true, pair }), by, at: NOW }
}

pub(crate) fn who_joined_is_loaded_and_followed_however_it_stands<S: Store>(open: &dyn Fn() -> S) {
    let way = Way {
        endpoint: "http://127.0.0.1:5000/".parse().unwrap(),
        told: false,
        pair: Pair::begin(secret("token"), false),
    };
    let asks = JoinedRow { platform: 2, standing: Standing::Asks(way), by: Some(1), at: 7 };
    let rows =
        vec![joined(1, None), asks.clone(), JoinedRow { platform: 3, standing: Standing::Removed, by: None, at: 8 }];
    let store = open();
    let before = store.load().unwrap().version;
    transact(&store, |tx| rows.iter().try_for_each(|row| tx.put_joined(row))).unwrap();
    drop(store);
    let store = open();
    let mut loaded = store.load().unwrap();
    loaded.joined.sort_by_key(|row| row.platform);
    assert_eq!(loaded.joined, rows);
    assert!(loaded.version > before);

    let removed = JoinedRow { standing: Standing::Removed, ..asks };
    transact(&store, |tx| tx.put_joined(&removed)).unwrap();
    let changes = transact(&store, |tx| tx.changes(loaded.version)).unwrap();
    assert_eq!(changes.joined, [removed]);
}

pub(crate) fn an_invite_is_found_listed_replaced_and_deleted<S: Store>(open: &dyn Fn() -> S) {
    let invite = |name: &str, used| InviteRow {
        id: name.into(),
        secret: secret(&format!("secret of {name}")),
        made: NOW,
        expires: NOW + 1,
        used,
    };
    let store = open();
    for name in ["z", "a"] {
        transact(&store, |tx| tx.put_invite(&invite(name, None))).unwrap();
    }
    let answer = Answered { endpoint: "http://n/".parse().unwrap(), body: "{}".into() };
    let used = invite("z", Some(UsedRow { by: 4, answer: Some(answer) }));
    transact(&store, |tx| tx.put_invite(&used)).unwrap();
    drop(store);
    let store = open();
    assert_eq!(transact(&store, |tx| tx.invite("z")).unwrap(), Some(used.clone()));
    assert_eq!(transact(&store, |tx| tx.invite("y")).unwrap(), None);
    assert_eq!((store.invite("z").unwrap(), store.invite("y").unwrap()), (Some(used.clone()), None));
    assert_eq!(store.invites().unwrap(), [used, invite("a", None)]);
    let settled = invite("z", Some(UsedRow { by: 4, answer: None }));
    transact(&store, |tx| tx.put_invite(&settled)).unwrap();
    assert!(transact(&store, |tx| tx.delete_invite("a")).unwrap());
    assert!(!transact(&store, |tx| tx.delete_invite("a")).unwrap());
    assert_eq!(transact(&store, |tx| tx.invites()).unwrap(), [settled]);
}

pub(crate) fn an_errand_is_taken_once_and_its_answer_too<S: Store>(open: &dyn Fn() -> S) {
    let store = open();
    let first = transact(&store, |tx| tx.put_errand("first", 5)).unwrap();
    let second = transact(&store, |tx| tx.put_errand("second", 6)).unwrap();
    assert_eq!(transact(&store, |tx| tx.take_errand_answer(first)).unwrap(), None);
    for (num, order) in [(first, "first"), (second, "second")] {
        let taken = transact(&store, |tx| tx.take_errand()).unwrap().unwrap();
        assert_eq!((taken.num, &*taken.order), (num, order));
    }
    assert_eq!(transact(&store, |tx| tx.take_errand()).unwrap(), None);
    transact(&store, |tx| tx.answer_errand(first, "done", 7)).unwrap();
    drop(store);
    let store = open();
    assert_eq!(transact(&store, |tx| tx.take_errand_answer(first)).unwrap().as_deref(), Some("done"));
    assert_eq!(transact(&store, |tx| tx.take_errand_answer(first)).unwrap(), None);
    transact(&store, |tx| tx.answer_errand(second, "late", 7)).unwrap();
    assert!(!transact(&store, |tx| tx.forget_errands(7)).unwrap());
    assert!(transact(&store, |tx| tx.forget_errands(8)).unwrap());
    assert_eq!(transact(&store, |tx| tx.take_errand_answer(second)).unwrap(), None);
}

pub(crate) fn of_two_that_are_one_the_one_that_joined_is_the_files<S: Store>(open: &dyn Fn() -> S) {
    let store = open();
    let invite = InviteRow {
        id: "i".into(),
        secret: secret("s"),
        made: 0,
        expires: 1,
        used: Some(UsedRow { by: 3, answer: None }),
    };
    transact(&store, |tx| {
        for num in [2, 3, 5] {
            tx.put_platform(&super::directory::platform(num, &format!("P{num}")))?;
        }
        tx.put_joined(&joined(3, None))?;
        tx.put_joined(&joined(5, Some(3)))?;
        tx.put_invite(&invite)
    })
    .unwrap();
    transact(&store, |tx| tx.merge_platforms(3, 2)).unwrap();
    assert_eq!(store.load().unwrap().joined, [joined(5, Some(2))]);
    assert_eq!(store.invites().unwrap()[0].used, Some(UsedRow { by: 2, answer: None }));
}
