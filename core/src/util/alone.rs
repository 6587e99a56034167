//! Everything in one thread: for a simulation, whose course must be the same each time. Where a thread is alone, what would be
//! done apart from it is done by it, in turn, and what would be random comes from a seed.
//!
//! Only a program that plays many platforms asks for it ([`crate::testing::Crowd`]). Without the feature `testing` nothing of it
//! is compiled but a constant.

#[cfg(feature = "testing")]
use std::cell::RefCell;

#[cfg(feature = "testing")]
thread_local! {
    static RANDOM: RefCell<Option<fastrand::Rng>> = const { RefCell::new(None) };
}

/// From now on this thread is alone.
#[cfg(feature = "testing")]
pub(crate) fn begin(seed: u64) {
    RANDOM.set(Some(fastrand::Rng::with_seed(seed)));
}

/// Whether this thread does everything itself.
#[cfg(feature = "testing")]
pub(crate) fn is_alone() -> bool {
    RANDOM.with_borrow(Option::is_some)
}

#[cfg(not(feature = "testing"))]
pub(crate) const fn is_alone() -> bool {
    false
}

/// Fills this with random bytes: the system's, unless this thread is alone.
pub(crate) fn fill(bytes: &mut [u8]) -> Result<(), getrandom::Error> {
    #[cfg(feature = "testing")]
    if RANDOM.with_borrow_mut(|random| random.as_mut().map(|random| random.fill(bytes)).is_some()) {
        return Ok(());
    }
    getrandom::fill(bytes)
}

#[cfg(all(test, feature = "testing"))]
mod tests {
    use super::*;

    #[test]
    fn who_is_alone_draws_the_same_for_the_same_seed_and_whoever_is_not_never() {
        let drawn = |seed: Option<u64>| {
            let draw = move || {
                seed.into_iter().for_each(begin);
                let mut bytes = [0; 32];
                fill(&mut bytes).unwrap();
                (is_alone(), bytes)
            };
            std::thread::scope(|scope| scope.spawn(draw).join().unwrap())
        };
        assert_eq!(drawn(Some(7)), drawn(Some(7)));
        assert_ne!(drawn(Some(7)), drawn(Some(8)));
        assert_ne!(drawn(None), drawn(None));
        assert!(!drawn(None).0);
    }
}
