//! The lines of a batch and of its answer.

use uuid::Uuid;

use super::json::{append_field, append_text};
use crate::model::EventKind;

/// Appends one event's line of a batch. `body` must be one line of JSON, as everything written here is.
pub(crate) fn batch_line(out: &mut Vec<u8>, id: Uuid, kind: EventKind, body: &[u8]) {
    out.extend_from_slice(b"{\"id\":\"");
    out.extend_from_slice(id.hyphenated().encode_lower(&mut Uuid::encode_buffer()).as_bytes());
    out.extend_from_slice(b"\",\"kind\":\"");
    out.extend_from_slice(kind.as_str().as_bytes());
    out.extend_from_slice(b"\",\"body\":");
    out.extend_from_slice(body);
    out.extend_from_slice(b"}\n");
}

/// How many bytes [`batch_line`] adds for a body of this length, at most.
pub(crate) fn batch_line_length(body: usize) -> usize {
    body + 80
}

/// Appends one event's line of the answer to a batch.
pub(crate) fn batch_answer_line(out: &mut Vec<u8>, id: &str, status: u16, message: &str) {
    out.extend_from_slice(b"{\"id\":");
    append_text(out, id);
    append_field(out, "status", &status);
    out.extend_from_slice(b",\"message\":");
    append_text(out, message);
    out.extend_from_slice(b"}\n");
}
