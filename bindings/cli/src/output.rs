//! How commands speak: results on standard output, for people or as JSON; failures on standard error, in one line.

use std::fmt;
use std::io::{self, IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use serde::Serialize;
use serde_json::Value;

/// Why a command failed, for people. Becomes exit code 1.
#[derive(Debug)]
pub(crate) struct Failure(pub(crate) String);

/// What a command ends with.
pub(crate) type Outcome = Result<(), Failure>;

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<integrador::Error> for Failure {
    fn from(error: integrador::Error) -> Self {
        Failure(error.to_string())
    }
}

/// Whether the last line found a reader.
static READ: AtomicBool = AtomicBool::new(true);

/// Writes a line to standard output. Whoever reads it may have gone (`| head`), which is no failure of ours.
pub(crate) fn say(line: impl fmt::Display) -> Outcome {
    let mut out = io::stdout().lock();
    let written = writeln!(out, "{line}").and_then(|()| out.flush());
    READ.store(written.is_ok(), Ordering::Relaxed);
    match written {
        Err(e) if e.kind() != io::ErrorKind::BrokenPipe => Err(Failure(format!("standard output: {e}"))),
        _ => Ok(()),
    }
}

/// Whether somebody reads what is said: what says it again and again ends when nobody does.
pub(crate) fn is_read() -> bool {
    READ.load(Ordering::Relaxed)
}

/// Writes a line for people to standard error, beside a result that scripts take from standard output.
pub(crate) fn remark(line: impl fmt::Display) {
    // Nobody is left to be told that this failed.
    let _ = writeln!(io::stderr(), "{line}");
}

/// Tells of a failure, in one line.
pub(crate) fn complain(failure: &Failure) {
    remark(format_args!("error: {}", printable(&failure.0)));
}

/// A result as JSON.
pub(crate) fn value(of: impl Serialize) -> Result<Value, Failure> {
    serde_json::to_value(of).map_err(|e| Failure(format!("this has no JSON form: {e}")))
}

/// Writes JSON: indented for people, in one line for scripts.
pub(crate) fn json(of: impl Serialize) -> Outcome {
    let value = value(of)?;
    if io::stdout().is_terminal() { say(format_args!("{value:#}")) } else { say(value) }
}

/// Text of others without what could steer a terminal or break a table.
pub(crate) fn printable(text: &str) -> String {
    integrador::Shown(text).to_string()
}

/// Clears the terminal for what is shown again and again; elsewhere an empty line parts one from the next.
pub(crate) fn clear() -> Outcome {
    if io::stdout().is_terminal() { say("\x1b[2J\x1b[H") } else { say("") }
}

/// How a cell is coloured on a terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    Plain,
    Good,
    Bad,
    Faint,
}

/// One cell of a table.
#[derive(Debug, Clone)]
pub(crate) struct Cell {
    text: String,
    tone: Tone,
}

/// A cell with this text.
pub(crate) fn cell(text: impl fmt::Display) -> Cell {
    toned(text, Tone::Plain)
}

/// A cell with this text in this tone.
pub(crate) fn toned(text: impl fmt::Display, tone: Tone) -> Cell {
    Cell { text: printable(&text.to_string()), tone }
}

/// Writes a table: columns as wide as their widest cell, the last one as long as it is. Coloured on a terminal only,
/// and not when `NO_COLOR` is set.
pub(crate) fn table(head: &[&str], rows: &[Vec<Cell>]) -> Outcome {
    let colours = io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty());
    let head: Vec<_> = head.iter().map(|title| toned(title, Tone::Faint)).collect();
    for line in laid_out(&head, rows, colours) {
        say(line)?;
    }
    Ok(())
}

fn laid_out(head: &[Cell], rows: &[Vec<Cell>], colours: bool) -> Vec<String> {
    let all = || std::iter::once(head).chain(rows.iter().map(Vec::as_slice));
    let widths: Vec<_> = (0..head.len())
        .map(|column| all().filter_map(|row| row.get(column)).map(|c| c.text.chars().count()).max().unwrap_or(0))
        .collect();
    let line = |row: &[Cell]| {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            let code = match cell.tone {
                Tone::Good => "32",
                Tone::Bad => "31",
                Tone::Faint => "2",
                Tone::Plain => "",
            };
            if colours && !code.is_empty() && !cell.text.is_empty() {
                line.push_str(&format!("\x1b[{code}m{}\x1b[0m", cell.text));
            } else {
                line.push_str(&cell.text);
            }
            line.extend(std::iter::repeat_n(' ', width - cell.text.chars().count() + 2));
        }
        line.trim_end().to_owned()
    };
    all().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = [vec![cell("ñandú"), cell(3)], vec![cell("B"), cell("1\n2")]];
        let lines = laid_out(&[cell("NAME"), cell("N")], &rows, false);
        assert_eq!(lines, ["NAME   N", "ñandú  3", "B      1\\n2"]);
    }

    #[test]
    fn colours_do_not_count_as_width() {
        let lines = laid_out(&[cell("A"), cell("B")], &[vec![toned("up", Tone::Good), cell("x")]], true);
        assert_eq!(lines, ["A   B", "\x1b[32mup\x1b[0m  x"]);
    }

    #[test]
    fn a_terminal_cannot_be_steered_by_text_of_others() {
        assert_eq!(printable("a\x1b[2Jb\r\nc"), "a\\u{1b}[2Jb\\r\\nc");
    }
}
