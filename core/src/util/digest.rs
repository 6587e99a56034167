//! The SHA-256 of a content, by which it is told from others without being kept.

use sha2::{Digest, Sha256};

pub(crate) fn digest(content: &[u8]) -> [u8; 32] {
    Sha256::digest(content).into()
}
