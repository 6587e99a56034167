//! Instants for people: `3 min ago`.

use std::time::{Duration, SystemTime};

/// How long ago it was, in the largest unit that is not zero: `42 s`, `3 min`, `5 h`, `2 d`. What lies ahead, by a clock that was
/// set back, is now.
pub(crate) fn since(then: SystemTime) -> String {
    length(SystemTime::now().duration_since(then).unwrap_or_default())
}

/// How long until it is. What lies behind is now.
pub(crate) fn until(then: SystemTime) -> String {
    length(then.duration_since(SystemTime::now()).unwrap_or_default())
}

fn length(duration: Duration) -> String {
    match duration.as_secs() {
        s @ 0..60 => format!("{s} s"),
        s @ 60..3_600 => format!("{} min", s / 60),
        s @ 3_600..86_400 => format!("{} h", s / 3_600),
        s => format!("{} d", s / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_told_in_their_largest_unit() {
        let told = [0, 59, 60, 3_599, 3_600, 86_399, 86_400].map(|s| length(Duration::from_secs(s)));
        assert_eq!(told, ["0 s", "59 s", "1 min", "59 min", "1 h", "23 h", "1 d"]);
    }
}
