//! The token that two nodes share while one of them replaces it. Pure: events come in, a new state comes out.
//!
//! Whoever replaces it signs with both and verifies both until the other side has confirmed; the other side takes the new one
//! with the event that brings it. Where both do so at once, the event with the greater id decides, at both. The former token
//! is void a day later, or at once where somebody else has seen it.

use uuid::Uuid;

use super::secret::Secret;

/// How long the former token is good for beside a new one, milliseconds.
pub(crate) const OVERLAP: i64 = 24 * 3_600_000;

/// What two nodes share.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Pair {
    pub token: Secret,
    /// The event that brought it; None for the one with which they began.
    pub event: Option<Uuid>,
    /// It was made here, and the other side has not confirmed it.
    pub pending: bool,
    /// The one before, or, while `pending`, one that the other side made meanwhile.
    pub former: Option<Former>,
    /// Somebody else has seen the one with which they began.
    pub borrowed: bool,
}

/// A token beside the one in force.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Former {
    pub token: Secret,
    /// The event that brought it.
    pub event: Option<Uuid>,
    /// Until this age; None: until the one in force is confirmed.
    pub until: Option<i64>,
}

impl Pair {
    /// They begin with this one. `borrowed`: somebody else has seen it.
    pub(crate) fn begin(token: Secret, borrowed: bool) -> Pair {
        Pair { token, event: None, pending: false, former: None, borrowed }
    }

    /// Whoever introduced them does so again, by this one, before they have made one of their own. None: they have.
    pub(crate) fn begun_again(&self, token: Secret) -> Option<Pair> {
        let former = || Some(Former { token: token.clone(), event: None, until: None });
        match (self.borrowed, self.pending) {
            (false, _) => None,
            (true, true) => Some(Pair { former: former(), ..self.clone() }),
            (true, false) => Some(Pair::begin(token, true)),
        }
    }

    /// This side makes a new one, which this event is to bring: its id must be greater than that of the last. None while the
    /// other side has not confirmed the last.
    pub(crate) fn propose(&self, token: Secret, event: Uuid) -> Option<Pair> {
        let former = Some(Former { token: self.token.clone(), event: self.event, until: None });
        (!self.pending).then_some(Pair { token, event: Some(event), pending: true, former, borrowed: self.borrowed })
    }

    /// The other side has made a new one.
    pub(crate) fn replaced(&self, token: Secret, event: Uuid, age: i64) -> Pair {
        if self.event > Some(event) {
            // Ours goes before theirs, and their latest is what they sign with until ours is there.
            let theirs = self.pending && self.former.as_ref().is_none_or(|former| former.event < Some(event));
            let former = Former { token, event: Some(event), until: None };
            return Pair { former: if theirs { Some(former) } else { self.former.clone() }, ..self.clone() };
        }
        let (token_before, event_before) = match (self.pending, &self.former) {
            (true, Some(former)) => (former.token.clone(), former.event),
            _ => (self.token.clone(), self.event),
        };
        let until = Some(age + OVERLAP);
        let former = (!self.borrowed).then_some(Former { token: token_before, event: event_before, until });
        Pair { token, event: Some(event), pending: false, former, borrowed: false }
    }

    /// The other side has taken what this event brought. None: that changes nothing.
    pub(crate) fn confirmed(&self, event: Uuid, age: i64) -> Option<Pair> {
        if !self.pending || self.event != Some(event) {
            return None;
        }
        let former = self.former.clone().filter(|_| !self.borrowed);
        let former = former.map(|former| Former { until: Some(age + OVERLAP), ..former });
        Some(Pair { pending: false, former, borrowed: false, ..self.clone() })
    }

    /// The other side will not take what this event brought. None: that changes nothing.
    pub(crate) fn refused(&self, event: Uuid) -> Option<Pair> {
        let waits = self.pending && self.event == Some(event);
        let former = self.former.clone().filter(|_| waits)?;
        Some(Pair { token: former.token, event: former.event, pending: false, former: None, borrowed: self.borrowed })
    }

    /// Without the former token, if that is void by now. None: it is not, or there is none.
    pub(crate) fn expired(&self, age: i64) -> Option<Pair> {
        let over = self.former.as_ref().and_then(|former| former.until).is_some_and(|until| until <= age);
        over.then(|| Pair { former: None, ..self.clone() })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{HashSet, VecDeque};

    use proptest::prelude::*;

    use super::*;

    fn secret(text: &str) -> Secret {
        Secret::new(text).unwrap()
    }

    fn id(n: u128) -> Uuid {
        Uuid::from_u128(n)
    }

    /// One of two nodes: what it holds, and the events that it has not heard of being taken.
    struct Side {
        pair: Pair,
        lane: VecDeque<(Uuid, Secret)>,
        seen: HashSet<Uuid>,
        made: u128,
    }

    impl Side {
        fn new(borrowed: bool) -> Side {
            let pair = Pair::begin(secret("began"), borrowed);
            Side { pair, lane: VecDeque::new(), seen: HashSet::new(), made: 0 }
        }

        fn keys(&self) -> Vec<Secret> {
            std::iter::once(self.pair.token.clone()).chain(self.pair.former.iter().map(|f| f.token.clone())).collect()
        }

        /// Makes a new token under an id of its own clock.
        fn proposes(&mut self, name: &str, clock: u128) {
            self.made += 1;
            let floor = self.pair.event.map_or(0, |event| event.as_u128());
            let event = id(clock.max(floor + 1) * 2 + u128::from(name == "b"));
            let token = secret(&format!("{name}{}", self.made));
            if let Some(pair) = self.pair.propose(token.clone(), event) {
                self.pair = pair;
                self.lane.push_back((event, token));
            }
        }
    }

    /// The first of a lane is sent with these keys; whether it is taken. `heard`: the answer arrives.
    fn sends(from: &mut Side, to: &mut Side, keys: &[Secret], heard: bool) -> bool {
        let Some((event, token)) = from.lane.front().cloned() else { return true };
        if !to.keys().iter().any(|key| keys.contains(key)) {
            return false;
        }
        if to.seen.insert(event) {
            to.pair = to.pair.replaced(token, event, 0);
        }
        if heard {
            from.lane.pop_front();
            if let Some(pair) = from.pair.confirmed(event, 0) {
                from.pair = pair;
            }
        }
        true
    }

    proptest! {
        #[test]
        fn whatever_is_lost_and_whoever_begins_both_end_with_one_token_and_a_borrowed_one_is_void(
            borrowed: bool, steps in proptest::collection::vec((0..6_u8, any::<bool>(), 1..50_u128), 0..60),
        ) {
            let (mut a, mut b) = (Side::new(borrowed), Side::new(borrowed));
            // What was signed a while ago and arrives now.
            let (mut old_a, mut old_b) = (a.keys(), b.keys());
            for (step, heard, clock) in steps {
                match step {
                    0 => a.proposes("a", clock),
                    1 => b.proposes("b", clock),
                    2 => { let keys = a.keys(); sends(&mut a, &mut b, &keys, heard); }
                    3 => { let keys = b.keys(); sends(&mut b, &mut a, &keys, heard); }
                    4 => { sends(&mut a, &mut b, &old_a, heard); old_a = a.keys(); }
                    _ => { sends(&mut b, &mut a, &old_b, heard); old_b = b.keys(); }
                }
            }
            a.proposes("a", 1);
            for _ in 0..100 {
                let keys = a.keys();
                prop_assert!(sends(&mut a, &mut b, &keys, true), "{:?} {:?}", a.pair, b.pair);
                let keys = b.keys();
                prop_assert!(sends(&mut b, &mut a, &keys, true), "{:?} {:?}", a.pair, b.pair);
            }
            prop_assert_eq!(&a.pair.token, &b.pair.token);
            prop_assert!(!a.pair.pending && !b.pair.pending);
            prop_assert!(!borrowed || ![a.keys(), b.keys()].concat().contains(&secret("began")));
        }
    }

    #[test]
    fn a_token_of_before_is_good_for_a_day_from_the_moment_at_which_the_new_one_is_known_to_both() {
        let pair = Pair::begin(secret("one"), false).propose(secret("two"), id(1)).unwrap();
        assert_eq!(pair.expired(i64::MAX), None, "however long the other side is down");
        assert_eq!(pair.propose(secret("three"), id(2)), None);
        assert_eq!(pair.confirmed(id(9), 5), None);
        let pair = pair.confirmed(id(1), 5).unwrap();
        assert_eq!(pair.expired(5 + OVERLAP - 1), None);
        assert_eq!(pair.expired(5 + OVERLAP).unwrap().former, None);
        let there = Pair::begin(secret("one"), false).replaced(secret("two"), id(1), 5);
        assert_eq!((there.expired(4 + OVERLAP), there.former.map(|f| f.token)), (None, Some(secret("one"))));
    }

    #[test]
    fn a_token_that_the_other_side_refuses_gives_way_to_the_one_before() {
        let began = Pair::begin(secret("one"), true);
        let pair = began.propose(secret("two"), id(1)).unwrap();
        assert_eq!(pair.refused(id(2)), None);
        assert_eq!(pair.refused(id(1)), Some(began));
    }
}
