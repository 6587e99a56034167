//! Tokens and signatures that nobody has: counted, logged, and answered ever later, so that a token can't be found by trying.
//!
//! Only wrong tries wait, each for its turn at its address; who has a right token is never kept waiting, even behind the same
//! address. The wait is the connection's ([`Wait`]): where an application mounts the node in its own web framework the
//! answer is given at once, since a thread of the application must not be held up.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use tokio::time::Instant;

use super::Sender;
use crate::util::lock::MutexExt;
use crate::util::seldom::seldom;

/// This many wrong tries of one address are answered at once: a token that is being changed, a slip in a file.
const AT_ONCE: u32 = 20;
/// After them there is one answer in this time.
const BETWEEN: Duration = Duration::from_millis(500);
/// No answer waits longer.
const LONGEST: Duration = Duration::from_secs(30);
/// Who has not tried for this long begins anew.
const FORGOTTEN: Duration = Duration::from_secs(600);
/// How many addresses are told apart.
const REMEMBERED: usize = 10_000;

/// How long an answer is held back. Among a response's extensions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Wait(pub Duration);

struct Tried {
    times: u32,
    last: Instant,
    /// When the next answer is due.
    next: Instant,
}

/// The wrong tries of late.
#[derive(Default)]
pub(super) struct Tries(Mutex<HashMap<Sender, Tried>>);

impl Tries {
    /// Notes a wrong try; returns how long its answer has to wait.
    pub(super) fn wrong(&self, sender: Sender) -> Option<Wait> {
        if let Some(times) = seldom("wrong token", &sender.to_string()) {
            tracing::warn!(from = %sender, "a token or signature that nobody here has{times}");
        }
        let now = Instant::now();
        let mut all = self.0.hold();
        let key = if all.len() < REMEMBERED || all.contains_key(&sender) {
            sender
        } else {
            all.retain(|_, tried| now.duration_since(tried.last) < FORGOTTEN);
            if all.len() < REMEMBERED { sender } else { Sender::Nameless }
        };
        let tried = all.entry(key).or_insert(Tried { times: 0, last: now, next: now });
        if now.duration_since(tried.last) >= FORGOTTEN {
            tried.times = 0;
        }
        tried.times = tried.times.saturating_add(1);
        tried.last = now;
        if tried.times <= AT_ONCE {
            return None;
        }
        tried.next = (tried.next.max(now) + BETWEEN).min(now + LONGEST);
        Some(Wait(tried.next - now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn wrong_tries_wait_for_their_turn_and_those_of_others_do_not() {
        let tries = Tries::default();
        let (one, other) = (Sender::at("10.0.0.1".parse().ok()), Sender::at("10.0.0.2".parse().ok()));
        for _ in 0..AT_ONCE {
            assert_eq!(tries.wrong(one), None);
        }
        assert_eq!(tries.wrong(one), Some(Wait(BETWEEN)));
        assert_eq!(tries.wrong(one), Some(Wait(2 * BETWEEN)), "at once or one after the other: it takes as long");
        assert_eq!(tries.wrong(other), None);
        for _ in 0..1_000 {
            assert!(tries.wrong(one).unwrap().0 <= LONGEST);
        }
        tokio::time::advance(FORGOTTEN).await;
        assert_eq!(tries.wrong(one), None);
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_remembered_is_bounded() {
        let tries = Tries::default();
        for n in 0..2 * REMEMBERED as u128 {
            tries.wrong(Sender::at(Some(std::net::Ipv6Addr::from_bits(n << 64).into())));
        }
        assert!(tries.0.hold().len() <= REMEMBERED + 1);
    }
}
