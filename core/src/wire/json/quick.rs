//! The short way through what nodes write most: objects without blanks, of texts without an escape, integers and such objects.
//!
//! Whatever is of another form, or wrong, is left to the parser, which also says what is wrong with it. A value that is read
//! here is the one that the parser would have read; a property test holds it to that.

use std::borrow::Cow;

use memchr::memchr2;

use super::{CARRIED, DEEPEST_BODY, Value};

/// An object with more fields is left to the parser, which has another way to find those that stand twice.
const MOST_FIELDS: usize = 8;
/// So are objects that are deeper in each other.
const DEEPEST: usize = 4;
/// And integers of more digits: they may be beyond ±2^63.
const MOST_DIGITS: usize = 18;

/// Reads a whole text that holds at most this many values. None: the parser is to decide.
pub(super) fn read(bytes: &[u8], most: usize) -> Option<Value<'_>> {
    let mut reader = Reader { rest: std::str::from_utf8(bytes).ok()?, left: most };
    let object = reader.object(DEEPEST)?;
    reader.rest.is_empty().then_some(object)
}

struct Reader<'a> {
    rest: &'a str,
    /// How many values may still come.
    left: usize,
}

impl<'a> Reader<'a> {
    fn skip(&mut self, byte: u8) -> Option<()> {
        (self.rest.as_bytes().first() == Some(&byte)).then(|| self.rest = &self.rest[1..])
    }

    fn value(&mut self, depth: usize) -> Option<Value<'a>> {
        match self.rest.as_bytes().first()? {
            b'{' => return self.object(depth),
            b'"' => self.text().map(|text| Value::Text(Cow::Borrowed(text))),
            b'-' | b'0'..=b'9' => self.integer().map(Value::Int),
            _ => None,
        }
        .filter(|_| self.counts())
    }

    fn counts(&mut self) -> bool {
        self.left = match self.left.checked_sub(1) {
            Some(left) => left,
            None => return false,
        };
        true
    }

    fn object(&mut self, depth: usize) -> Option<Value<'a>> {
        if depth == 0 || !self.counts() {
            return None;
        }
        self.skip(b'{')?;
        let mut fields: Vec<(Cow<'a, str>, Value<'a>)> = Vec::with_capacity(MOST_FIELDS);
        loop {
            let name = self.text()?;
            self.skip(b':')?;
            if fields.len() == MOST_FIELDS || fields.iter().any(|(other, _)| *other == name) {
                return None;
            }
            let text = self.rest;
            let value = match self.value(depth - 1)? {
                Value::Object(_) if name == CARRIED && DEEPEST - depth <= DEEPEST_BODY => {
                    Value::Carried(Cow::Borrowed(&text[..text.len() - self.rest.len()]))
                }
                value => value,
            };
            fields.push((Cow::Borrowed(name), value));
            if self.skip(b',').is_none() {
                self.skip(b'}')?;
                return Some(Value::Object(fields));
            }
        }
    }

    fn text(&mut self) -> Option<&'a str> {
        self.skip(b'"')?;
        let end = memchr2(b'"', b'\\', self.rest.as_bytes())?;
        let text = &self.rest[..end];
        // Without a branch for each letter, so that many are looked at at once.
        let control = text.bytes().fold(false, |found, byte| found | (byte < b' '));
        self.rest = &self.rest[end..];
        self.skip(b'"').filter(|()| !control).map(|()| text)
    }

    fn integer(&mut self) -> Option<i64> {
        let length = self.rest.bytes().take_while(|byte| matches!(byte, b'-' | b'0'..=b'9')).count();
        let (number, rest) = self.rest.split_at(length);
        self.rest = rest;
        let digits = number.strip_prefix('-').unwrap_or(number);
        // `-0` is a float to the parser, and `01` nothing at all.
        let plain = number == "0" || !digits.starts_with('0');
        // A fraction or an exponent would follow.
        let ends = rest.starts_with([',', '}']);
        if plain && ends && digits.len() <= MOST_DIGITS { number.parse().ok() } else { None }
    }
}
