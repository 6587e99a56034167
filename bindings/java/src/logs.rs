//! What the core logs, for SLF4J: a daemon thread of the jar takes it from here.

use integrador::{Result, logs};
use tracing::Level;

use crate::bytes::{Reader, Writer};
use crate::calls::unknown;

/// The levels of SLF4J, the gravest first.
const LEVELS: [(Level, &str); 5] = [
    (Level::ERROR, "error"),
    (Level::WARN, "warn"),
    (Level::INFO, "info"),
    (Level::DEBUG, "debug"),
    (Level::TRACE, "trace"),
];

pub(crate) fn call(given: &mut Reader<'_>, answer: &mut Writer) -> Result<()> {
    match given.text()? {
        "begin" => logs::begin(),
        "end" => logs::end(),
        // From now on what is at least of this level is kept.
        "keep" => {
            let least = given.text()?;
            logs::keep(LEVELS.iter().find(|(_, word)| *word == least).map(|(level, _)| *level));
        }
        // Waits until there is something, and takes it.
        "take" => {
            logs::wait(given.patience()?);
            let (lines, lost) = logs::take();
            answer.list(lines.into_iter(), |answer, line| {
                answer.text(LEVELS.iter().find(|(level, _)| *level == line.level).map_or("", |(_, word)| word));
                answer.text(line.target);
                answer.text(&line.message);
            });
            answer.u64(lost);
        }
        name => return Err(unknown(name)),
    }
    Ok(())
}
