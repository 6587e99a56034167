//! How a value becomes JSON: one line, with nothing between its parts.

use serde::Serialize;

pub(super) fn bytes<T: Serialize + ?Sized>(value: &T) -> Vec<u8> {
    let mut out = Vec::with_capacity(256);
    append(&mut out, value);
    out
}

pub(super) fn append<T: Serialize + ?Sized>(out: &mut Vec<u8>, value: &T) {
    // Into memory, and with strings for keys, this fails for none of the types above.
    if let Err(error) = serde_json::to_writer(&mut *out, value) {
        debug_assert!(false, "{error}");
    }
}

pub(super) fn append_field<T: Serialize + ?Sized>(out: &mut Vec<u8>, name: &str, value: &T) {
    out.extend_from_slice(b",\"");
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b"\":");
    append(out, value);
}

/// A field whose value is JSON already.
pub(super) fn append_json(out: &mut Vec<u8>, name: &str, json: &str) {
    out.extend_from_slice(b",\"");
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b"\":");
    out.extend_from_slice(json.as_bytes());
}

/// A string; one in which nothing is escaped, as most are, goes as it is.
pub(super) fn append_text(out: &mut Vec<u8>, text: &str) {
    // No early end, so that many bytes are looked at at once.
    let escaped = text.bytes().fold(false, |found, b| found | (b < 0x20) | (b == b'"') | (b == b'\\'));
    if escaped {
        append(out, text);
        return;
    }
    out.push(b'"');
    out.extend_from_slice(text.as_bytes());
    out.push(b'"');
}
