//! Where a message stands in a distributed trace, as [W3C Trace Context](https://www.w3.org/TR/trace-context/) writes it. It
//! is carried and never judged: one that is not understood is dropped, and stops nothing.

/// The name of the field, and of the header.
pub(crate) const TRACEPARENT: &str = "traceparent";

/// Version, trace, parent and flags, with a `-` between them.
const LONG: usize = 55;

/// The same in version 00, the highest that is known here; None if it means nothing.
pub(crate) fn parse(text: &str) -> Option<String> {
    let text = text.trim_matches([' ', '\t']);
    let known = text.get(..LONG)?;
    let mut parts = known.split('-');
    let (version, trace, parent, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || [version, trace, parent, flags].map(str::len) != [2, 32, 16, 2] {
        return None;
    }
    let hex = |part: &str| part.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    let zero = |part: &str| part.bytes().all(|b| b == b'0');
    if ![version, trace, parent, flags].into_iter().all(hex) || zero(trace) || zero(parent) || version == "ff" {
        return None;
    }
    match (version, &text[LONG..]) {
        ("00", "") => Some(known.to_owned()),
        ("00", _) => None,
        // Of a later version, whether it is sampled is all that is known of the flags.
        (_, more) if more.is_empty() || more.starts_with('-') => {
            let sampled = u8::from_str_radix(flags, 16).ok()? & 1;
            Some(format!("00-{trace}-{parent}-{sampled:02x}"))
        }
        _ => None,
    }
}
