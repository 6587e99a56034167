//! Times, as RFC 3339 writes them.

use crate::{Error, Result};

/// Whether this is a time by RFC 3339 §5.6. A second 60 is taken at any minute: when leap seconds are is not known here.
pub(crate) fn check_sent_at(text: &str) -> Result<()> {
    let refused =
        || Error::invalid("sentAt", "expected a time such as 2026-11-24T10:00:00Z (RFC 3339), got another string");
    if is_rfc3339(text.as_bytes()) { Ok(()) } else { Err(refused()) }
}

fn is_rfc3339(text: &[u8]) -> bool {
    let number = |range: std::ops::Range<usize>| -> Option<u32> {
        let digits = text.get(range)?;
        digits.iter().try_fold(0, |n, b| b.is_ascii_digit().then(|| n * 10 + u32::from(b - b'0')))
    };
    let is = |at: usize, allowed: &[u8]| text.get(at).is_some_and(|b| allowed.contains(b));
    let (Some(year), Some(month), Some(day)) = (number(0..4), number(5..7), number(8..10)) else { return false };
    let (Some(hour), Some(minute), Some(second)) = (number(11..13), number(14..16), number(17..19)) else {
        return false;
    };
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        2 => 28 + u32::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return false,
    };
    let marks = is(4, b"-") && is(7, b"-") && is(10, b"Tt") && is(13, b":") && is(16, b":");
    if !marks || !(1..=days).contains(&day) || hour > 23 || minute > 59 || second > 60 {
        return false;
    }
    let mut zone = 19;
    if is(zone, b".") {
        let digits = text[zone + 1..].iter().take_while(|b| b.is_ascii_digit()).count();
        if digits == 0 {
            return false;
        }
        zone += 1 + digits;
    }
    if is(zone, b"Zz") {
        return text.len() == zone + 1;
    }
    let offset = (number(zone + 1..zone + 3), number(zone + 4..zone + 6));
    is(zone, b"+-") && is(zone + 3, b":") && text.len() == zone + 6 && matches!(offset, (Some(0..=23), Some(0..=59)))
}
