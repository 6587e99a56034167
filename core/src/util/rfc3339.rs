//! Times of day and calendar as RFC 3339 writes them, read and written over the whole of its range: the years 0 to 9999.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::{Error, Result};

const DAY: i64 = 86_400;

/// The instant that this says by RFC 3339 §5.6; None if it is written in another way. A second 60 is taken at any minute,
/// since when leap seconds are is not known here, and is the last one of its minute, as it is to most clocks.
pub(crate) fn parse(text: &str) -> Option<SystemTime> {
    let text = text.as_bytes();
    let number = |range: std::ops::Range<usize>| -> Option<i64> {
        let digits = text.get(range)?;
        digits.iter().try_fold(0, |n, b| b.is_ascii_digit().then(|| n * 10 + i64::from(b - b'0')))
    };
    let is = |at: usize, allowed: &[u8]| text.get(at).is_some_and(|b| allowed.contains(b));
    let (year, month, day) = (number(0..4)?, number(5..7)?, number(8..10)?);
    let (hour, minute, second) = (number(11..13)?, number(14..16)?, number(17..19)?);
    let marks = is(4, b"-") && is(7, b"-") && is(10, b"Tt") && is(13, b":") && is(16, b":");
    if !marks || !(1..=12).contains(&month) || !(1..=days_of(year, month)).contains(&day) {
        return None;
    }
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let (mut zone, mut nanos) = (19, 0);
    if is(zone, b".") {
        let digits = text[zone + 1..].iter().take_while(|b| b.is_ascii_digit()).count();
        if digits == 0 {
            return None;
        }
        nanos = number(zone + 1..zone + 1 + digits.min(9))? * 10_i64.pow(9 - u32::try_from(digits.min(9)).ok()?);
        zone += 1 + digits;
    }
    let offset = if is(zone, b"Zz") && text.len() == zone + 1 {
        0
    } else if is(zone, b"+-") && is(zone + 3, b":") && text.len() == zone + 6 {
        let (hours, minutes) = (number(zone + 1..zone + 3)?, number(zone + 4..zone + 6)?);
        if hours > 23 || minutes > 59 {
            return None;
        }
        (hours * 60 + minutes) * if is(zone, b"-") { -60 } else { 60 }
    } else {
        return None;
    };
    let seconds = days(year, month, day) * DAY + hour * 3_600 + minute * 60 + second.min(59) - offset;
    let whole = Duration::from_secs(seconds.unsigned_abs());
    let at = if seconds < 0 { UNIX_EPOCH.checked_sub(whole) } else { UNIX_EPOCH.checked_add(whole) };
    at?.checked_add(Duration::from_nanos(nanos.unsigned_abs()))
}

/// An instant in UTC, with as many digits of a second as it takes: `2026-02-28T09:30:00.25Z`.
pub(crate) fn format(at: SystemTime) -> String {
    let (seconds, nanos) = since_epoch(at);
    let (year, month, day) = date(seconds.div_euclid(DAY));
    let of_day = seconds.rem_euclid(DAY);
    let (hour, minute, second) = (of_day / 3_600, of_day / 60 % 60, of_day % 60);
    let fraction = if nanos == 0 { String::new() } else { format!(".{nanos:09}").trim_end_matches('0').to_owned() };
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{fraction}Z")
}

/// An argument that is to be written: within the years that have four digits.
pub(crate) fn check(field: &'static str, at: SystemTime) -> Result<()> {
    if (days(0, 1, 1) * DAY..days(10_000, 1, 1) * DAY).contains(&since_epoch(at).0) {
        return Ok(());
    }
    Err(Error::invalid(field, "expected a time in the years 0 to 9999"))
}

/// For serde: the time, or null.
pub(crate) fn or_null<S: serde::Serializer>(at: &Option<SystemTime>, serializer: S) -> Result<S::Ok, S::Error> {
    match at {
        Some(at) => serializer.serialize_str(&format(*at)),
        None => serializer.serialize_none(),
    }
}

/// Whole seconds since the epoch, less than none before it, and the nanoseconds beyond.
fn since_epoch(at: SystemTime) -> (i64, u32) {
    let whole = |d: Duration| i64::try_from(d.as_secs()).unwrap_or(i64::MAX);
    match at.duration_since(UNIX_EPOCH) {
        Ok(d) => (whole(d), d.subsec_nanos()),
        Err(before) => match (whole(before.duration()), before.duration().subsec_nanos()) {
            (seconds, 0) => (-seconds, 0),
            (seconds, nanos) => (-seconds - 1, 1_000_000_000 - nanos),
        },
    }
}

fn days_of(year: i64, month: i64) -> i64 {
    let (next, of) = if month == 12 { (1, year + 1) } else { (month + 1, year) };
    days(of, next, 1) - days(year, month, 1)
}

/// Days from the epoch to this one. Years begin in March here, so that a leap day is the last of its year.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = year - i64::from(month <= 2);
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// The year, month and day that lies this many days after the epoch.
fn date(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (era * 400 + year + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(seconds: i64, nanos: u32) -> SystemTime {
        let whole = Duration::from_secs(seconds.unsigned_abs());
        (if seconds < 0 { UNIX_EPOCH - whole } else { UNIX_EPOCH + whole }) + Duration::from_nanos(nanos.into())
    }

    #[test]
    fn a_time_is_the_instant_that_it_says_in_any_zone_and_before_the_epoch_too() {
        let table = [
            ("1970-01-01T00:00:00Z", at(0, 0)),
            ("2026-11-24T10:00:00Z", at(1_795_514_400, 0)),
            ("2026-11-24t07:00:00.25-03:00", at(1_795_514_400, 250_000_000)),
            ("2026-11-24T15:30:00.1234567899+05:30", at(1_795_514_400, 123_456_789)),
            ("2016-12-31T23:59:60Z", at(1_483_228_799, 0)),
            ("1969-12-31T23:59:59.5z", at(-1, 500_000_000)),
            ("0000-01-01T00:00:00Z", at(-62_167_219_200, 0)),
            ("9999-12-31T23:59:59Z", at(253_402_300_799, 0)),
        ];
        for (text, instant) in table {
            assert_eq!(parse(text), Some(instant), "{text}");
        }
        assert_eq!(format(at(1_795_514_400, 250_000_000)), "2026-11-24T10:00:00.25Z");
        assert_eq!(format(at(-1, 500_000_000)), "1969-12-31T23:59:59.5Z");
    }

    #[test]
    fn a_time_to_be_written_has_a_year_of_four_digits() {
        for (seconds, fits) in [(-62_167_219_200, true), (-62_167_219_201, false), (253_402_300_799, true)] {
            assert_eq!(check("sent_at", at(seconds, 1)).is_ok(), fits, "{seconds}");
        }
        assert_eq!(check("sent_at", at(253_402_300_800, 0)).unwrap_err().field(), Some("sent_at"));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_as_what_it_was(
            seconds in -62_167_219_200_i64..253_402_300_800,
            nanos in 0_u32..1_000_000_000,
        ) {
            let instant = at(seconds, nanos);
            prop_assert_eq!(parse(&format(instant)), Some(instant));
        }
    }
}
