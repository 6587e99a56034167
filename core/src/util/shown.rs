//! Text from outside as it may be shown: in a log line, an error, a reason.
//!
//! Whoever writes it must not be able to end the line and forge another, to steer a terminal, to turn the reading direction
//! around, or to fill the log.

use std::fmt::{self, Write};

/// The longest that is shown of one text, characters.
const LONGEST: usize = 1_000;

/// Text from outside, such as the reason of a dead letter; its `Display` is safe to show in a log and on a terminal: one line,
/// control characters and changes of direction written out, at most 1,000 characters.
#[derive(Debug, Clone, Copy)]
pub struct Shown<T>(pub T);

impl<T: fmt::Display> fmt::Display for Shown<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut escaping = Escaping { to: f, left: LONGEST };
        match write!(escaping, "{}", self.0) {
            // It was cut: that is no error.
            Err(_) if escaping.left == 0 => f.write_char('…'),
            result => result,
        }
    }
}

/// Why something was refused, for the log: the status, without the words of whoever refused. They may quote the message.
pub(crate) fn without_words(why: &str) -> Shown<&str> {
    let status = why.split_once(' ').filter(|(status, _)| status.len() == 3 && status.parse::<u16>().is_ok());
    Shown(status.map_or(why, |(status, _)| status))
}

/// Why something was refused, for people: of an answer in JSON its `message`.
pub(crate) fn in_words(why: &str) -> String {
    let said = || {
        let (status, body) = why.split_once(' ').filter(|(status, _)| status.parse::<u16>().is_ok())?;
        let end = body.rfind('}').filter(|_| body.starts_with('{'))?;
        let (body, rest) = body.split_at(end + 1);
        let answer: serde_json::Value = serde_json::from_str(body).ok()?;
        Some(format!("{status} {}{rest}", answer.get("message")?.as_str()?))
    };
    said().unwrap_or_else(|| why.to_owned())
}

struct Escaping<'a, 'b> {
    to: &'a mut fmt::Formatter<'b>,
    left: usize,
}

impl fmt::Write for Escaping<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for c in text.chars() {
            self.left = self.left.checked_sub(1).ok_or(fmt::Error)?;
            if is_harmless(c) { self.to.write_char(c)? } else { write!(self.to, "{}", c.escape_default())? }
        }
        Ok(())
    }
}

/// Whether a character shows as itself, alone and where it is.
fn is_harmless(c: char) -> bool {
    let hidden = matches!(c,
        // Marks, embeddings, overrides and isolates of reading direction.
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        // Line and paragraph separators; what shows nothing.
        | '\u{2028}' | '\u{2029}' | '\u{200b}' | '\u{2060}'..='\u{2064}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}');
    !c.is_control() && !hidden
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_forge_a_line_or_steer_a_terminal_is_written_out() {
        let shown = Shown("no\r\n2026-01-01 ERROR forged \u{1b}[31m\u{9b}\u{202e}txt\u{2028}\u{feff}").to_string();
        assert_eq!(shown, "no\\r\\n2026-01-01 ERROR forged \\u{1b}[31m\\u{9b}\\u{202e}txt\\u{2028}\\u{feff}");
    }

    #[test]
    fn the_log_has_the_status_and_not_the_words_of_a_refusal() {
        assert_eq!(without_words("400 the text `my secret` is odd").to_string(), "400");
        assert_eq!(without_words("503 busy, and its ping answers 404").to_string(), "503");
        assert_eq!(without_words("no answer in time").to_string(), "no answer in time");
    }

    #[test]
    fn of_an_answer_in_json_people_are_shown_the_message() {
        assert_eq!(
            in_words(r#"401 {"status": 401, "message": "`token`: nobody here has it"}"#),
            "401 `token`: nobody here has it"
        );
        assert_eq!(
            in_words(r#"404 {"message": "gone"}, and its ping answers 404"#),
            "404 gone, and its ping answers 404"
        );
        for as_it_is in ["no answer in time", "500 <html>", r#"400 {"error": 1}"#, "503 "] {
            assert_eq!(in_words(as_it_is), as_it_is);
        }
    }

    #[test]
    fn what_people_write_stays_and_is_cut_when_it_is_long() {
        assert_eq!(Shown("¿qué? 👩‍👩‍👧 \\n שלום \"x\"").to_string(), "¿qué? 👩‍👩‍👧 \\n שלום \"x\"");
        assert_eq!(Shown("x".repeat(LONGEST)).to_string(), "x".repeat(LONGEST));
        assert_eq!(Shown("x".repeat(LONGEST + 1)).to_string(), "x".repeat(LONGEST) + "…");
    }
}
