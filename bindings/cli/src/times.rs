//! Instants for people (`3 min ago`) and for scripts (RFC 3339, UTC).

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::Value;

/// How long ago it was, in the largest unit that is not zero: `42 s`, `3 min`, `5 h`, `2 d`. What lies ahead, by a clock that was
/// set back, is now.
pub(crate) fn since(then: SystemTime) -> String {
    length(SystemTime::now().duration_since(then).unwrap_or_default())
}

fn length(duration: Duration) -> String {
    match duration.as_secs() {
        s @ 0..60 => format!("{s} s"),
        s @ 60..3_600 => format!("{} min", s / 60),
        s @ 3_600..86_400 => format!("{} h", s / 3_600),
        s => format!("{} d", s / 86_400),
    }
}

/// RFC 3339 with milliseconds: `2026-02-28T09:30:00.250Z`.
pub(crate) fn rfc3339(at: SystemTime) -> String {
    // What lies before 1970 is no instant of ours.
    let since_epoch = at.duration_since(UNIX_EPOCH).unwrap_or_default();
    let (days, second) = (since_epoch.as_secs() / 86_400, since_epoch.as_secs() % 86_400);
    let (year, month, day) = date(days);
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{:03}Z", since_epoch.subsec_millis())
}

/// The date of a day counted from 1 January 1970. Years are counted from March, so that the leap day is the last one.
fn date(days: u64) -> (u64, u64, u64) {
    const DAYS_IN_400_YEARS: u64 = 146_097;
    let days = days + 719_468; // from 1 March of the year 0
    let (era, day) = (days / DAYS_IN_400_YEARS, days % DAYS_IN_400_YEARS);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let from_march = (5 * day + 2) / 153;
    let day = day - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    (era * 400 + year + u64::from(month <= 2), month, day)
}

/// Replaces instants in the form in which serde writes a `SystemTime` by RFC 3339, at any depth.
pub(crate) fn as_text(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(as_text),
        Value::Object(fields) => {
            let part = |name: &str| fields.get(name).and_then(Value::as_u64);
            match (part("secs_since_epoch"), part("nanos_since_epoch")) {
                (Some(s), Some(ns)) => {
                    *value = rfc3339(UNIX_EPOCH + Duration::from_secs(s) + Duration::from_nanos(ns)).into();
                }
                _ => fields.values_mut().for_each(as_text),
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64, millis: u64) -> String {
        rfc3339(UNIX_EPOCH + Duration::from_secs(seconds) + Duration::from_millis(millis))
    }

    #[test]
    fn instants_are_written_as_rfc_3339() {
        assert_eq!(at(0, 0), "1970-01-01T00:00:00.000Z");
        assert_eq!(at(951_782_400, 5), "2000-02-29T00:00:00.005Z");
        assert_eq!(at(1_709_251_199, 999), "2024-02-29T23:59:59.999Z");
        assert_eq!(at(4_107_542_399, 0), "2100-02-28T23:59:59.000Z");
        assert_eq!(at(4_107_542_400, 0), "2100-03-01T00:00:00.000Z");
        assert_eq!(at(1_767_225_599, 0), "2025-12-31T23:59:59.000Z");
    }

    #[test]
    fn lengths_are_told_in_their_largest_unit() {
        let told = [0, 59, 60, 3_599, 3_600, 86_399, 86_400].map(|s| length(Duration::from_secs(s)));
        assert_eq!(told, ["0 s", "59 s", "1 min", "59 min", "1 h", "23 h", "1 d"]);
    }

    #[test]
    fn instants_inside_json_become_text() {
        let mut value =
            serde_json::json!({"a": [{"at": {"secs_since_epoch": 1, "nanos_since_epoch": 2_000_000}}], "b": 1});
        as_text(&mut value);
        assert_eq!(value, serde_json::json!({"a": [{"at": "1970-01-01T00:00:01.002Z"}], "b": 1}));
    }
}
