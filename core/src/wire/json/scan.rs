//! What a JSON text shows without being understood: how deep it is, and which of its numbers no `f64` holds.

use serde::de::IgnoredAny;

/// As short as the shortest number that is out of range.
const LARGE: &[u8] = b"1e308";

/// The same text with a large number, filled up by spaces, for each that is out of range; None if there is none. What else
/// is wrong stays so.
///
/// JSON sets no bound to numbers, serde_json refuses those that no `f64` holds, even in a field that nobody reads.
pub(super) fn in_range(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut changed: Option<Vec<u8>> = None;
    let (mut at, mut in_string) = (0, false);
    while at < bytes.len() {
        at += match bytes[at] {
            b'\\' if in_string => 2,
            b'"' => {
                in_string = !in_string;
                1
            }
            b'-' | b'0'..=b'9' if !in_string => {
                let part = |b: &u8| b.is_ascii_digit() || b"+-.eE".contains(b);
                let length = bytes[at..].iter().take_while(|b| part(b)).count();
                if is_out_of_range(&bytes[at..at + length]) {
                    let number = &mut changed.get_or_insert_with(|| bytes.to_vec())[at..at + length];
                    number.fill(b' ');
                    number[..LARGE.len()].copy_from_slice(LARGE);
                }
                length
            }
            _ => 1,
        };
    }
    changed
}

fn is_out_of_range(number: &[u8]) -> bool {
    // None of fewer bytes is.
    number.len() >= LARGE.len()
        && serde_json::from_slice::<f64>(number).is_err()
        && serde_json::from_slice::<IgnoredAny>(number).is_ok()
}

/// Whether lists and objects stand in one another more than this many times.
pub(super) fn is_deeper_than(most: usize, bytes: &[u8]) -> bool {
    let (mut at, mut in_string, mut depth) = (0, false, 0_usize);
    while at < bytes.len() {
        match bytes[at] {
            b'\\' if in_string => at += 1,
            b'"' => in_string = !in_string,
            b'[' | b'{' if !in_string => depth += 1,
            b']' | b'}' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > most {
            return true;
        }
        at += 1;
    }
    false
}
