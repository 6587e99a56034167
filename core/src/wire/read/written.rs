//! A message in the very form in which nodes write it, found in its text without a parser: who writes where, up to the text, is
//! one string, by which a node knows what becomes of it, and the body can be stored as it stands.
//!
//! Whatever is written in another way, though it may mean the same, is for the parser. What is found here is what the parser
//! would read, and what would be written of it is this text, letter by letter; a property test holds it to that.

use std::ops::Range;

use memchr::memchr2;
use uuid::Uuid;

use crate::config::Limits;
use crate::util::rfc3339;
use crate::wire::traceparent;

/// A message whose parts are found.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Written<B> {
    pub body: B,
    head: usize,
    platform: Range<usize>,
}

impl<B: AsRef<[u8]>> Written<B> {
    /// Its beginning, up to the text.
    pub(crate) fn head(&self) -> &[u8] {
        &self.body.as_ref()[..self.head]
    }

    /// The platform whose user writes it, as it is spelled there.
    pub(crate) fn platform(&self) -> &str {
        std::str::from_utf8(&self.body.as_ref()[self.platform.clone()]).unwrap_or_default()
    }

    /// The same, its body held in another way.
    pub(crate) fn map<C>(self, hold: impl FnOnce(B) -> C) -> Written<C> {
        Written { body: hold(self.body), head: self.head, platform: self.platform }
    }
}

/// The message in this line of a batch, with its event id. None: it is for the parser.
pub(super) fn written_line<'a>(line: &'a [u8], limits: &Limits) -> Option<(Uuid, Written<&'a str>)> {
    let rest = std::str::from_utf8(line).ok()?.strip_prefix("{\"id\":\"")?;
    let (id, rest) = uuid(rest)?;
    let body = rest.strip_prefix("\",\"kind\":\"message\",\"body\":")?.strip_suffix('}')?;
    Some((id, written(body, limits)?))
}

/// A message's body. None: it is for the parser.
pub(crate) fn written<'a>(body: &'a str, limits: &Limits) -> Option<Written<&'a str>> {
    let rest = plain(body.strip_prefix("{\"roomOriginalPlatform\":")?)?.1;
    let rest = id(rest.strip_prefix(",\"roomId\":")?)?;
    let rest = id(rest.strip_prefix(",\"senderId\":")?)?.strip_prefix(",\"text\":")?;
    let head = body.len() - rest.len();
    let rest = text(rest, limits.text)?.strip_prefix(",\"platform\":")?;
    let begin = body.len() - rest.len() + 1;
    let (name, mut rest) = plain(rest)?;
    if let Some(at) = rest.strip_prefix(",\"sentAt\":") {
        let (at, after) = plain(at)?;
        rfc3339::parse(at)?;
        rest = after;
    }
    if let Some(event) = rest.strip_prefix(",\"replyTo\":\"") {
        rest = uuid(event)?.1.strip_prefix('"')?;
    }
    if let Some(trace) = rest.strip_prefix(",\"traceparent\":") {
        let (trace, after) = plain(trace)?;
        // The parser leaves out what means nothing, and brings the others into one form.
        if traceparent::parse(trace)? != trace {
            return None;
        }
        rest = after;
    }
    (rest == "}").then_some(Written { body, head, platform: begin..begin + name.len() })
}

/// An event id in the letters in which it is written, and what follows.
fn uuid(rest: &str) -> Option<(Uuid, &str)> {
    let (text, rest) = rest.split_at_checked(36)?;
    let id = Uuid::try_parse(text).ok()?;
    (id.hyphenated().encode_lower(&mut Uuid::encode_buffer()) == text).then_some((id, rest))
}

/// What follows an id: an integer, or a string in which nothing is escaped.
fn id(rest: &str) -> Option<&str> {
    if rest.starts_with('"') {
        return plain(rest).map(|(_, rest)| rest);
    }
    let digits = rest.strip_prefix('-').unwrap_or(rest);
    let after = digits.trim_start_matches(|c: char| c.is_ascii_digit());
    (after.len() < digits.len()).then_some(after)
}

/// A string in which nothing is escaped, and what follows.
fn plain(rest: &str) -> Option<(&str, &str)> {
    let rest = rest.strip_prefix('"')?;
    let end = memchr2(b'"', b'\\', rest.as_bytes())?;
    let (text, rest) = rest.split_at(end);
    let rest = rest.strip_prefix('"')?;
    (!has_control(text)).then_some((text, rest))
}

/// What follows a string of at most this many bytes, of which no more is escaped than has to be, and as it is written.
fn text(rest: &str, most: usize) -> Option<&str> {
    let rest = rest.strip_prefix('"')?;
    let (bytes, mut at, mut escapes) = (rest.as_bytes(), 0, 0);
    loop {
        at += memchr2(b'"', b'\\', &bytes[at..])?;
        if bytes[at] == b'"' {
            break;
        }
        let escape = escape(&bytes[at..])?;
        // Each is written for one byte.
        escapes += escape - 1;
        at += escape;
    }
    let (text, rest) = rest.split_at(at);
    (!has_control(text) && text.len() - escapes <= most).then(|| &rest[1..])
}

/// How long the escape is that begins here, if it is one that is written.
fn escape(bytes: &[u8]) -> Option<usize> {
    match bytes.get(1)? {
        b'"' | b'\\' | b'n' | b'r' | b't' | b'b' | b'f' => Some(2),
        b'u' => {
            let [b'0', b'0', high @ (b'0' | b'1'), low] = bytes.get(2..6)? else { return None };
            let named = *high == b'0' && matches!(low, b'8' | b'9' | b'a' | b'c' | b'd');
            (matches!(low, b'0'..=b'9' | b'a'..=b'f') && !named).then_some(6)
        }
        _ => None,
    }
}

/// Without a branch for each letter, so that many are looked at at once.
fn has_control(text: &str) -> bool {
    text.bytes().fold(false, |found, byte| found | (byte < b' '))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::{Attachment, AttachmentKind, Id};
    use crate::wire::json;
    use crate::wire::read::{message, platform_field};
    use crate::wire::{MessageBody, write};

    const KNOWN: &str = "{\"roomOriginalPlatform\":\"Norte\",\"roomId\":7,\"senderId\":\"ana\",\"text\":";

    /// A trace as it is written.
    const TRACE: &str = "00-[1-9a-f][0-9a-f]{31}-[0-9a-f]{15}[1-9a-f]-[0-9a-f]{2}";

    fn limits() -> Limits {
        Limits { text: 60, ..Limits::default() }
    }

    /// What the parser makes of a body. None: it refuses it.
    fn parsed(body: &str) -> Option<(String, MessageBody)> {
        let value = json::parse_within(1_000, body.as_bytes()).ok()?;
        Some((platform_field(&value).ok()?, message(&value, &limits()).ok()?))
    }

    /// Of a body by whose beginning and platform it is known what becomes of it, the parser reads the same.
    fn agrees(body: &str, head: &[u8], platform: &str) -> std::result::Result<(), TestCaseError> {
        let found = written(body, &limits()).filter(|found| found.head() == head && found.platform() == platform);
        if found.is_some() {
            let (by, message) = parsed(body).ok_or_else(|| TestCaseError::fail(format!("refused: {body}")))?;
            let again = write::message(&by, &message);
            prop_assert_eq!(std::str::from_utf8(&again), Ok(body));
            prop_assert_eq!(write::message_head(&message.room_platform, &message.room_id, &message.sender), head);
            prop_assert_eq!(by, platform);
        }
        Ok(())
    }

    fn name() -> impl Strategy<Value = String> {
        prop_oneof!["[A-Za-zñ_]{1,8}", "[ -~]{1,12}"]
    }

    fn id() -> impl Strategy<Value = Id> {
        prop_oneof![any::<i64>().prop_map(Id::from), name().prop_map(Id::from)]
    }

    prop_compose! {
        fn a_message()(
            names in (name(), name()),
            room_id in id(),
            sender in id(),
            text in prop_oneof!["\\PC{0,40}", "[\\x00-\\x7f]{0,40}", "(?s).{0,20}"],
            sent_at in proptest::option::of(prop_oneof!["2026-11-24T10:00:00Z", "[ -~]{0,9}"]),
            reply_to in proptest::option::of(any::<u128>().prop_map(Uuid::from_u128)),
            traceparent in proptest::option::of(prop_oneof![TRACE, "0[01]-0[0-9a-f]{31}-0{15}[01]-[0-9a-f]{2}", "[ -~]{0,9}"]),
            attached in any::<bool>(),
            carries in any::<bool>(),
        ) -> (String, MessageBody) {
            let link = Attachment {
                kind: AttachmentKind::File, url: Some("http://a/".into()), data: None, mime: None, name: None, size: None,
            };
            let attachments = if attached { vec![link] } else { Vec::new() };
            let ext = carries.then(|| crate::model::Ext::from_json("{\"a\":[1.50,{}]}").unwrap());
            let room_platform = names.0.into();
            (names.1, MessageBody { room_platform, room_id, sender, text, sent_at, reply_to, traceparent, attachments, ext })
        }
    }

    proptest! {
        #[test]
        fn what_is_found_without_a_parser_is_what_the_parser_reads_and_is_written_so(
            (platform, body) in a_message(), at in any::<u16>(), letter in 0..0x80_u8
        ) {
            let text = String::from_utf8(write::message(&platform, &body)).unwrap();
            prop_assume!(parsed(&text).is_some_and(|(by, read)| by == platform && read.room_platform == body.room_platform));
            let head = write::message_head(&body.room_platform, &body.room_id, &body.sender);
            agrees(&text, &head, &platform)?;
            // A letter behind the head is another one, is gone, or there is one more.
            let at = head.len() + usize::from(at) % (text.len() - head.len());
            for (gone, new) in [(1, Some(letter)), (1, None), (0, Some(letter))] {
                let mut bytes = text.clone().into_bytes();
                bytes.splice(at..at + gone, new);
                if let Ok(changed) = String::from_utf8(bytes) {
                    agrees(&changed, &head, &platform)?;
                }
            }
        }

        #[test]
        fn a_message_as_nodes_write_it_is_found_whatever_it_says(
            text in "(?s).{0,15}", reply in any::<bool>(), traceparent in proptest::option::of(TRACE)
        ) {
            let body = MessageBody {
                room_platform: "Norte".into(),
                room_id: 7.into(),
                sender: "ana".into(),
                text,
                sent_at: reply.then(|| "2026-11-24T10:00:00.25+02:00".into()),
                reply_to: reply.then(crate::util::event_id::unique),
                traceparent,
                attachments: Vec::new(),
                ext: None,
            };
            let text = String::from_utf8(write::message("Sur", &body)).unwrap();
            let found = written(&text, &limits()).unwrap();
            prop_assert_eq!((found.head(), found.platform()), (KNOWN.as_bytes(), "Sur"));
            let id = crate::util::event_id::unique();
            let mut line = Vec::new();
            write::batch_line(&mut line, id, crate::model::EventKind::Message, text.as_bytes());
            prop_assert_eq!(written_line(line.trim_ascii(), &limits()), Some((id, found)));
        }
    }

    #[test]
    fn what_is_written_in_another_way_is_for_the_parser() {
        let body = |text: &str| format!("{KNOWN}\"{text}\",\"platform\":\"Sur\"}}");
        for text in [r"\/", r"\u0041", r"\u000a", r"\u001F", r"\ud83d\ude00", r"\x", r"\", "\n", "\u{1f}"] {
            assert_eq!(written(&body(text), &limits()), None, "{text:?}");
        }
        for text in [r"\n\\\u001f", "ñ \u{7f}", "\u{2028}", &"x".repeat(limits().text), &r"\t".repeat(limits().text)] {
            assert!(written(&body(text), &limits()).is_some(), "{text:?}");
        }
        assert_eq!(written(&body(&"x".repeat(limits().text + 1)), &limits()), None, "it is too long");
        let whole = body("hola");
        for (from, to) in [
            ("\"roomId\":7", "\"roomId\": 7"),
            ("\"Sur\"}", "\"Sur\",\"x\":1}"),
            ("\"Sur\"}", "\"Sur\",\"replyTo\":\"01890A5D-AC96-774B-BCCE-B302099A8057\"}"),
            ("\"Sur\"}", "\"Sur\",\"sentAt\":\"yesterday\"}"),
            ("\"Sur\"}", "\"Sur\",\"traceparent\":\"no trace\"}"),
            ("\"Sur\"}", "\"Sur\",\"traceparent\":\"00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01\"}"),
            ("\"Sur\"}", "\"Sur\",\"traceparent\":\"01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\"}"),
            ("\"Sur\"}", "\"Sur\",\"traceparent\":\" 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\"}"),
            ("\"Sur\"}", "\"Sur\"}}"),
            ("\"Norte\"", "\"N\\u006frte\""),
            ("7", "[7]"),
        ] {
            assert_eq!(written(&whole.replacen(from, to, 1), &limits()), None, "{to}");
        }
    }
}
