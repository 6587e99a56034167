//! Who is up and who is not, by what is heard of a platform.

use std::time::Duration;

use tokio::time::Instant;

use super::presence::{Contact, Presence};
use crate::inbox::Hint;
use crate::store::ContactRow;

const ONE: u32 = 1;
const OTHER: u32 = 2;

/// What happens.
#[derive(Debug, Clone, Copy)]
enum It {
    Answers,
    Fails,
    /// Something that it signed comes.
    Speaks,
}
use It::{Answers, Fails, Speaks};

/// What the app and the log are told.
#[derive(Debug, Clone, PartialEq)]
enum Told {
    Up,
    Down,
    /// Its state is in doubt, so it is asked.
    Ask,
    Nothing,
}

#[test]
fn the_app_is_told_of_changes_alone_and_who_speaks_while_it_is_down_is_asked() {
    let table: &[(&[It], Told, Option<bool>)] = &[
        (&[Answers], Told::Up, Some(true)),
        (&[Answers, Answers], Told::Nothing, Some(true)),
        (&[Fails], Told::Down, Some(false)),
        (&[Fails, Fails], Told::Nothing, Some(false)),
        (&[Answers, Fails], Told::Down, Some(false)),
        (&[Fails, Answers], Told::Up, Some(true)),
        (&[Answers, Fails, Answers], Told::Up, Some(true)),
        (&[Speaks], Told::Ask, None),
        (&[Fails, Speaks], Told::Ask, Some(false)),
        (&[Answers, Speaks], Told::Nothing, Some(true)),
        (&[Speaks, Fails], Told::Down, Some(false)),
    ];
    for (happens, told, up) in table {
        let presence = Presence::default();
        let mut last = Told::Nothing;
        for it in *happens {
            last = match it {
                Answers => presence.up(ONE).map_or(Told::Nothing, |hint| {
                    assert!(matches!(hint, Hint::Up(ONE)));
                    Told::Up
                }),
                Fails => presence.down(ONE, "refused").map_or(Told::Nothing, |hint| {
                    assert!(matches!(&hint, Hint::Down(ONE, why) if why == "refused"));
                    Told::Down
                }),
                Speaks if presence.heard(ONE) => Told::Ask,
                Speaks => Told::Nothing,
            };
        }
        let contact = presence.contact(ONE);
        assert_eq!((&last, contact.up), (told, *up), "{happens:?}");
        let heard = happens.iter().any(|it| !matches!(it, Fails));
        assert_eq!((contact.since.is_some(), contact.last.is_some()), (up.is_some(), heard), "{happens:?}");
        assert_eq!(presence.silent(ONE, Duration::from_secs(3_600)), !heard, "{happens:?}");
        assert_eq!(presence.contact(OTHER).up, None, "of another nothing is known");
    }
}

#[test]
fn a_state_lasts_since_its_change_and_not_since_it_was_seen_again() {
    let presence = Presence::default();
    presence.down(ONE, "refused");
    let since = presence.contact(ONE).since;
    presence.down(ONE, "refused again");
    assert_eq!(presence.contact(ONE).since, since);
    assert!(presence.silent(ONE, Duration::ZERO), "failing is no sign of life");
}

#[test]
fn an_alarm_is_new_once_until_it_is_over() {
    let presence = Presence::default();
    let steps = [
        (Some("401"), true),
        (Some("401"), false),
        (Some("403"), false),
        (None, false),
        (None, false),
        (Some("401"), true),
    ];
    for (why, new) in steps {
        assert_eq!(presence.alarm(ONE, why.map(str::to_owned)), new, "{why:?}");
        assert_eq!(presence.contact(ONE).alarm.as_deref(), why);
    }
    presence.up(ONE);
    assert_eq!(presence.contact(ONE).alarm.as_deref(), Some("401"), "that it answers a ping proves no token");
}

#[test]
fn who_is_asked_for_twice_is_pinged_once() {
    let presence = Presence::default();
    for num in [ONE, OTHER, ONE] {
        presence.ask(num);
    }
    assert_eq!(presence.take_urgent(), [ONE, OTHER]);
    assert!(presence.take_urgent().is_empty());
    presence.ask_back(ONE);
    presence.ask_back(ONE);
    assert_eq!(presence.take_urgent(), [ONE]);
}

#[test]
fn a_claim_is_refused_once_a_ping_that_began_later_did_not_confirm_it() {
    let presence = Presence::default();
    let before = Instant::now();
    assert!(!presence.claim_refused(ONE, "Sureño"));
    assert_eq!(presence.take_urgent(), [ONE], "it is asked");
    presence.answered(ONE, before - Duration::from_millis(1));
    assert!(!presence.claim_refused(ONE, "Sureño"), "that ping may have been answered before it hosted it");
    presence.answered(OTHER, Instant::now());
    assert!(!presence.claim_refused(ONE, "Sureño"), "another's ping says nothing of it");
    presence.answered(ONE, Instant::now());
    assert!(presence.claim_refused(ONE, "Sureño"));
    assert!(presence.claim_refused(ONE, "SUREÑO"), "it is the same platform");
    assert!(!presence.claim_refused(ONE, "Norteño"));
    assert!(!presence.claim_refused(OTHER, "Sureño"));
}

#[test]
fn what_is_noted_of_a_contact_can_be_read_again() {
    let presence = Presence::default();
    presence.up(ONE);
    presence.alarm(ONE, Some("401".into()));
    presence.imported(ONE, Some("odd".into()));
    let row = presence.contact(ONE).row(ONE, true);
    assert_eq!(Contact::from(row.clone()).row(ONE, true), row);
    assert_eq!((row.up, row.alarm.as_deref(), row.import_error.as_deref()), (Some(true), Some("401"), Some("odd")));
    assert!(row.since.is_some() && row.last.is_some());
    let nothing = ContactRow {
        platform: OTHER,
        up: None,
        since: None,
        last: None,
        alarm: None,
        import_error: None,
        error: None,
        next_try: None,
        findings: None,
        is_lane: false,
    };
    assert_eq!(presence.contact(OTHER).row(OTHER, false), nothing);
}

#[test]
fn who_did_not_know_who_is_a_node_is_asked_again_soon_and_then_less_and_less_often() {
    let presence = Presence::default();
    assert_eq!(presence.doubted(ONE), None);
    let asked_after = [true, true, true, false, true].map(|in_doubt| {
        presence.doubts(ONE, in_doubt);
        presence.doubted(ONE)
    });
    assert_eq!(asked_after, [Some(0), Some(1), Some(2), None, Some(0)]);
    assert_eq!(presence.doubted(OTHER), None);
}
