//! What two platforms share and nobody else may see: a token while it is used, and what is left of it on disk.

use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use subtle::ConstantTimeEq;

use super::alone;
use super::digest::digest;
use crate::{Error, ErrorKind, Result};

/// The secret that two platforms share. Shown nowhere: its `Debug` is `Secret(…)`; compared in constant time.
#[derive(Clone)]
pub(crate) struct Secret {
    token: Arc<str>,
    /// Compared in place of the token, so that not even its length shows in the time.
    digest: TokenDigest,
}

impl Secret {
    /// None for an empty token, which would be everybody's.
    pub(crate) fn new(token: &str) -> Option<Self> {
        let digest = TokenDigest(digest(token.as_bytes()));
        (!token.is_empty()).then(|| Secret { token: token.into(), digest })
    }

    /// One of 256 random bits, as text that can stand anywhere.
    pub(crate) fn random() -> Result<Self> {
        let mut bytes = [0; 32];
        alone::fill(&mut bytes).map_err(|e| {
            Error::new(ErrorKind::Internal, format!("the system gives no random bytes: {e}")).caused_by(e)
        })?;
        let token = URL_SAFE_NO_PAD.encode(bytes);
        Ok(Secret { digest: TokenDigest(digest(token.as_bytes())), token: token.into() })
    }

    /// The key for signatures.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.token.as_bytes()
    }

    /// What the store keeps of it.
    pub(crate) fn digest(&self) -> TokenDigest {
        self.digest
    }

    /// For the one request that has to carry it.
    pub(crate) fn as_str(&self) -> &str {
        &self.token
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.digest == other.digest
    }
}

impl Eq for Secret {}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// By what a token is known again without being kept: its SHA-256. Shown nowhere, compared in constant time.
#[derive(Clone, Copy)]
pub(crate) struct TokenDigest(pub [u8; 32]);

impl PartialEq for TokenDigest {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for TokenDigest {}

impl fmt::Debug for TokenDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenDigest(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_known_again_by_its_digest_and_neither_is_shown() {
        let secret = Secret::new("hunter2").unwrap();
        assert_eq!(format!("{secret:?} {:?}", secret.digest()), "Secret(…) TokenDigest(…)");
        assert_eq!(Secret::new("hunter2"), Some(secret.clone()));
        for other in ["hunter", "hunter22", "Hunter2"] {
            assert_ne!(Secret::new(other).map(|other| other.digest()), Some(secret.digest()), "{other}");
        }
    }

    #[test]
    fn an_empty_token_is_no_secret() {
        assert_eq!(Secret::new(""), None);
    }
}
