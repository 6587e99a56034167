//! Signatures by the Standard Webhooks specification, version 1: made, and verified in constant time.
//!
//! The key is the bytes of the pairwise token as it stands in the registry; the specification's `whsec_` base64 form is
//! not used, so that a token can be any text. Pure: the present time is an argument.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use crate::util::secret::Secret;

/// The event's id.
pub(crate) const ID_HEADER: &str = "webhook-id";
/// Unix seconds, fresh at every try.
pub(crate) const TIMESTAMP_HEADER: &str = "webhook-timestamp";
/// The signatures, separated by spaces.
pub(crate) const SIGNATURE_HEADER: &str = "webhook-signature";
/// The signer's name, so that the receiver need not try every token.
pub(crate) const NODE_HEADER: &str = "integrador-node";

/// How many seconds a timestamp may differ from the receiver's clock, either way.
pub(crate) const TOLERANCE: i64 = 300;

/// How many signatures of one header are looked at: a hostile header of thousands costs nothing.
const MOST_SIGNATURES: usize = 16;

/// The value of `webhook-signature`: one signature per key, since while a token is being changed there are two.
pub(crate) fn sign(keys: &[&Secret], id: &str, timestamp: i64, body: &[u8]) -> String {
    let mut header = String::with_capacity(keys.len() * 48);
    for key in keys {
        if !header.is_empty() {
            header.push(' ');
        }
        header.push_str("v1,");
        STANDARD.encode_string(digest(key, id, timestamp, body), &mut header);
    }
    header
}

/// Whether one of the header's signatures is that of this key. The timestamp's age is judged by [`is_timely`].
pub(crate) fn verify(key: &Secret, id: &str, timestamp: i64, body: &[u8], header: &str) -> bool {
    let expected = STANDARD.encode(digest(key, id, timestamp, body));
    let candidates = header.split(' ').filter_map(|s| s.strip_prefix("v1,")).take(MOST_SIGNATURES);
    candidates.fold(false, |found, s| found | bool::from(s.as_bytes().ct_eq(expected.as_bytes())))
}

/// The number in `webhook-timestamp`; only in the form in which it is signed, plain digits.
pub(crate) fn parse_timestamp(header: &str) -> Option<i64> {
    let plain = header.bytes().all(|b| b.is_ascii_digit()) && (header == "0" || !header.starts_with('0'));
    if plain { header.parse().ok() } else { None }
}

/// Whether a request signed at `timestamp` may be taken at `now` (both Unix seconds).
pub(crate) fn is_timely(timestamp: i64, now: i64) -> bool {
    timestamp.abs_diff(now) <= TOLERANCE as u64
}

/// A name as a header value may hold it: percent-encoded where it is not printable ASCII.
pub(crate) fn name_header(name: &str) -> String {
    const SPECIAL: &AsciiSet = &CONTROLS.add(b'%');
    utf8_percent_encode(name, SPECIAL).to_string()
}

/// The name in such a header.
pub(crate) fn name(header: &str) -> Cow<'_, str> {
    percent_decode_str(header).decode_utf8_lossy()
}

fn digest(key: &Secret, id: &str, timestamp: i64, body: &[u8]) -> [u8; 32] {
    // HMAC takes a key of any length, so this fails for none.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key.as_bytes()) else { return [0; 32] };
    mac.update(id.as_bytes());
    mac.update(b".");
    mac.update(timestamp.to_string().as_bytes());
    mac.update(b".");
    mac.update(body);
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use standardwebhooks::Webhook;

    use super::*;

    fn now() -> i64 {
        std::time::UNIX_EPOCH.elapsed().unwrap().as_secs() as i64
    }

    proptest! {
        /// Shows promise 7.
        #[test]
        fn what_we_sign_the_reference_verifies_and_the_other_way_round(
            token in "\\PC{1,100}", other in "[a-z]{1,80}", id in "[!-~]{1,60}", body in "\\PC{0,400}",
        ) {
            let (key, at) = (Secret::new(&token).unwrap(), now());
            let reference = Webhook::from_bytes(token.clone().into_bytes()).unwrap();
            let ours = sign(&[&key], &id, at, body.as_bytes());
            let mut headers = http::HeaderMap::new();
            headers.insert(ID_HEADER, id.parse().unwrap());
            headers.insert(TIMESTAMP_HEADER, at.to_string().parse().unwrap());
            headers.insert(SIGNATURE_HEADER, ours.parse().unwrap());
            prop_assert!(reference.verify(body.as_bytes(), &headers).is_ok());
            let theirs = reference.sign(&id, at, body.as_bytes()).unwrap();
            prop_assert!(verify(&key, &id, at, body.as_bytes(), &theirs));
            prop_assert_eq!(ours, theirs);

            let stranger = Secret::new(&format!("{token}{other}")).unwrap();
            let both = sign(&[&stranger, &key], &id, at, body.as_bytes());
            headers.insert(SIGNATURE_HEADER, both.parse().unwrap());
            prop_assert!(reference.verify(body.as_bytes(), &headers).is_ok());
            prop_assert!(verify(&key, &id, at, body.as_bytes(), &both));
            prop_assert!(!verify(&key, &id, at, body.as_bytes(), &sign(&[&stranger], &id, at, body.as_bytes())));
            prop_assert!(!verify(&key, &id, at + 1, body.as_bytes(), &both));
        }

        #[test]
        fn no_header_makes_verify_panic(header in "(v1,)?\\PC{0,200}") {
            let key = Secret::new("1111").unwrap();
            let verified = verify(&key, "id", 1, b"body", &header);
            prop_assert!(!verified);
        }
    }

    /// Shows promise 7.
    #[test]
    fn a_timestamp_may_be_five_minutes_off_and_no_more() {
        assert!(is_timely(1000, 1300) && is_timely(1300, 1000));
        assert!(!is_timely(1000, 1301) && !is_timely(1301, 1000));
        assert!(!is_timely(i64::MAX, i64::MIN));
    }

    #[test]
    fn a_name_goes_through_a_header_and_comes_out_as_it_was() {
        assert_eq!(name_header("ñandú 100%"), "%C3%B1and%C3%BA 100%25");
        for text in ["BuasApp", "net core", "ñandú 100%", "%C3", "聊天", "a+b&c"] {
            assert!(name_header(text).parse::<http::HeaderValue>().is_ok(), "{text}");
            assert_eq!(name(&name_header(text)), text);
        }
    }

    #[test]
    fn a_timestamp_is_plain_digits() {
        assert_eq!(parse_timestamp("1700000000"), Some(1_700_000_000));
        for text in ["", "+1", "-1", "01", "1.0", " 1", "1 ", "99999999999999999999", "१"] {
            assert_eq!(parse_timestamp(text), None, "{text:?}");
        }
    }
}
