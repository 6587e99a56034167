//! The line of text of an invite: `integrador:` and base64url of JSON. Errors never show it, since whoever has it can join.

use base64::Engine as _;
use base64::engine::general_purpose::{URL_SAFE, URL_SAFE_NO_PAD};
use serde::Serialize;
use url::Url;

use super::json::{self, Value};
use crate::registry::parse_endpoint;
use crate::util::secret::Secret;
use crate::{Error, Result};

const SCHEME: &str = "integrador:";
const VERSION: i64 = 1;
/// A longer line is none that anybody made.
const LONGEST: usize = 8 << 10;

/// What an invite says.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct InviteText {
    /// Where to join.
    pub url: Url,
    pub id: String,
    /// What the `join` is signed with, as it stands there.
    pub secret: Secret,
    /// Until when it is good, Unix seconds.
    pub expires: i64,
}

impl InviteText {
    pub(crate) fn encode(&self) -> String {
        #[derive(Serialize)]
        struct Out<'a> {
            v: i64,
            url: &'a str,
            id: &'a str,
            secret: &'a str,
            exp: i64,
        }
        let InviteText { url, id, secret, expires } = self;
        let out = Out { v: VERSION, url: url.as_str(), id, secret: secret.as_str(), exp: *expires };
        // Into memory, this fails for none.
        let json = serde_json::to_vec(&out).unwrap_or_default();
        format!("{SCHEME}{}", URL_SAFE_NO_PAD.encode(json))
    }

    pub(crate) fn decode(text: &str) -> Result<InviteText> {
        let text = text.trim();
        let wrong =
            |what: &str| Error::invalid("invite", format!("expected the line that `invite` printed, but {what}"));
        if text.len() > LONGEST {
            return Err(wrong("it is too long"));
        }
        let coded = text.strip_prefix(SCHEME).ok_or_else(|| wrong("it does not begin with `integrador:`"))?;
        let broken = || wrong("a part of it is missing or was changed");
        let bytes = URL_SAFE_NO_PAD.decode(coded).or_else(|_| URL_SAFE.decode(coded)).map_err(|_| broken())?;
        let value = json::parse(&bytes).map_err(|_| broken())?;
        let number = |name: &str| match value.get(name) {
            Some(Value::Int(n)) => Some(*n),
            _ => None,
        };
        match number("v") {
            Some(VERSION) => {}
            Some(_) => {
                return Err(wrong("it was made by a version of this library that this one does not know: update it"));
            }
            None => return Err(broken()),
        }
        let field = |name: &str| value.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
        let secret = field("secret").and_then(Secret::new).ok_or_else(broken)?;
        let expires = number("exp").ok_or_else(broken)?;
        let id = field("id").ok_or_else(broken)?.to_owned();
        let url = parse_endpoint(field("url").ok_or_else(broken)?).map_err(|_| wrong("its URL is none"))?;
        Ok(InviteText { url, id, secret, expires })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn invite() -> InviteText {
        InviteText {
            url: "https://chat.example/api/".parse().unwrap(),
            id: "i-1".into(),
            secret: Secret::new("hunter2").unwrap(),
            expires: 1_800_000_000,
        }
    }

    proptest! {
        #[test]
        fn an_invite_is_read_as_it_was_written_and_no_text_makes_reading_panic(
            id in "\\PC{1,40}", secret in "\\PC{1,80}", expires: i64, noise in "(integrador:)?\\PC{0,80}",
        ) {
            let invite = InviteText { id, secret: Secret::new(&secret).unwrap(), expires, ..invite() };
            prop_assert_eq!(InviteText::decode(&format!(" {}\n", invite.encode())).unwrap(), invite);
            let _ = InviteText::decode(&noise);
        }
    }

    #[test]
    fn whatever_is_wrong_with_an_invite_its_error_does_not_show_it() {
        let good = invite().encode();
        let coded = |json: &str| format!("{SCHEME}{}", URL_SAFE_NO_PAD.encode(json));
        for (text, part) in [
            ("hunter2".to_owned(), "begin"),
            (format!("{SCHEME}hunter2!"), "missing"),
            (good[..good.len() - 3].to_owned(), "missing"),
            (coded("{}"), "missing"),
            (coded(r#"{"v":2,"secret":"hunter2"}"#), "update"),
            (coded(r#"{"v":1,"url":"http://a/","id":"i","secret":"","exp":1}"#), "missing"),
            (coded(r#"{"v":1,"url":"http://hunter2@a/","id":"i","secret":"hunter2","exp":1}"#), "URL"),
            (coded(r#"{"v":1,"url":"http://a/","id":"i","secret":"hunter2"}"#), "missing"),
            (format!("{good}{}", "A".repeat(LONGEST)), "long"),
        ] {
            let error = InviteText::decode(&text).unwrap_err();
            let shown = format!("{error} {error:?}");
            assert!(shown.contains(part) && !shown.contains("hunter2") && !shown.contains(&text), "{shown}");
        }
        assert!(!format!("{:?}", invite()).contains("hunter2"));
    }
}
