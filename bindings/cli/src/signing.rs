//! Signatures by Standard Webhooks, made and checked by its reference library; the key is the bytes of the token.

use std::time::{SystemTime, UNIX_EPOCH};

use axum::http::HeaderMap;
use standardwebhooks::Webhook;

use crate::output::Failure;

/// What a gateway and its platform share.
pub(crate) struct Key(Webhook);

impl Key {
    pub(crate) fn new(token: &str) -> Result<Self, Failure> {
        // The error could show the token.
        Webhook::from_bytes(token.as_bytes().to_vec())
            .map(Key)
            .map_err(|_| Failure("the token can't be used as a key".into()))
    }

    /// The value of `webhook-signature`, with one signature.
    pub(crate) fn sign(&self, id: &str, at: i64, body: &[u8]) -> String {
        // It fails for no id, no time and no body: a signature that fits nothing would show at once.
        self.0.sign(id, at, body).unwrap_or_default()
    }

    /// Whether the headers of a request sign its body with this key, now.
    pub(crate) fn fits(&self, headers: &HeaderMap, body: &[u8]) -> bool {
        self.0.verify(body, headers).is_ok()
    }
}

/// Unix time in seconds.
pub(crate) fn now() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs());
    i64::try_from(now).unwrap_or(i64::MAX)
}
