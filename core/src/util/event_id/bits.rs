//! A UUIDv7 as one number that orders as the id does: its time and its 74 random bits, without version and variant.

use uuid::Uuid;

use crate::util::alone;

/// The 122 bits of a UUIDv7 that are not version and variant, as a number that orders as the id does.
pub(super) const RANDOM_BITS: u32 = 74;
pub(super) const FREE_BITS: u32 = 122;
pub(super) const RANDOM: u128 = (1 << RANDOM_BITS) - 1;

pub(super) fn pack(id: Uuid) -> u128 {
    let n = id.as_u128();
    let ms = n >> 80;
    let a = (n >> 64) & 0xfff;
    let b = n & ((1 << 62) - 1);
    (ms << RANDOM_BITS) | (a << 62) | b
}

pub(super) fn unpack(n: u128) -> Uuid {
    let ms = n >> RANDOM_BITS;
    let a = (n >> 62) & 0xfff;
    let b = n & ((1 << 62) - 1);
    Uuid::from_u128((ms << 80) | (7 << 76) | (a << 64) | (2 << 62) | b)
}

pub(super) fn time_bits(ms: i64) -> u128 {
    u128::try_from(ms).unwrap_or(0) & ((1 << 48) - 1)
}

pub(super) fn random() -> u128 {
    let mut bytes = [0; 16];
    // Without randomness ids of this node stay unique by counting; those of two nodes differ by their platform.
    let _ = alone::fill(&mut bytes);
    u128::from_le_bytes(bytes)
}

/// The top bit stays free, so that counting up within one millisecond does not run into the next.
pub(super) fn random_in_ms() -> u128 {
    random() & (RANDOM >> 1)
}
