//! What was found, for people and for scripts.

use std::io::{self, IsTerminal};

use serde_json::{Value, json};

use super::check::{Check, Place, Severity};
use crate::output::{self, Outcome, printable};

/// What became of one check.
pub(super) enum Result {
    Kept,
    Broken(Vec<Place>),
    /// Not judged, since this one was broken.
    Skipped(&'static str),
}

pub(super) struct Report {
    pub url: String,
    /// `a plain platform`, `an embedded node, BuasApp`.
    pub kind: String,
    pub is_node: bool,
    pub results: Vec<(&'static Check, Result)>,
    /// What else is to be said.
    pub notes: Vec<String>,
}

impl Report {
    fn broken(&self, severity: Severity) -> impl Iterator<Item = (&'static Check, &Vec<Place>)> {
        self.results.iter().filter_map(move |(check, result)| match result {
            Result::Broken(places) if check.severity == severity => Some((*check, places)),
            _ => None,
        })
    }

    pub(super) fn count(&self, severity: Severity) -> usize {
        self.broken(severity).count()
    }

    fn skipped(&self) -> impl Iterator<Item = (&'static Check, &'static str)> {
        self.results.iter().filter_map(|(check, result)| match result {
            Result::Skipped(because) => Some((*check, *because)),
            _ => None,
        })
    }

    fn judged(&self) -> usize {
        self.results.len() - self.skipped().count()
    }

    pub(super) fn json(&self) -> Outcome {
        let fault = |(check, places): (&'static Check, &Vec<Place>)| {
            let places: Vec<_> = places
                .iter()
                .map(|p| json!({"endpoint": p.endpoint, "field": p.field, "saw": printable(&p.saw)}))
                .collect();
            json!({"check": check.name, "severity": check.severity.to_string(), "what": check.what, "places": places,
                "fix": check.fix, "rule": rule(check)})
        };
        let faults: Vec<Value> = self.broken(Severity::Must).chain(self.broken(Severity::Should)).map(fault).collect();
        let skipped: Vec<_> =
            self.skipped().map(|(check, because)| json!({"check": check.name, "after": because})).collect();
        output::json(json!({
            "url": self.url,
            "kind": if self.is_node { "node" } else { "plain" },
            "conforms": self.count(Severity::Must) == 0,
            "checks": self.judged(),
            "faults": faults,
            "not_judged": skipped,
            "notes": self.notes,
        }))
    }

    pub(super) fn text(&self) -> Outcome {
        let colours = io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty());
        let painted =
            |code: &str, text: &str| if colours { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() };
        output::say(format_args!("{} is {}.", self.url, printable(&self.kind)))?;
        for (severity, code) in [(Severity::Must, "31"), (Severity::Should, "33")] {
            for (n, (check, places)) in self.broken(severity).enumerate() {
                if n == 0 {
                    output::say(format_args!("\n{}", painted(code, &severity.to_string().to_uppercase())))?;
                }
                output::say(format_args!("  {}: {}", painted("1", check.name), check.what))?;
                for place in places {
                    let field = place.field.map(|f| format!(", `{f}`")).unwrap_or_default();
                    output::say(format_args!("    {}{field}: {}", place.endpoint, printable(&place.saw)))?;
                }
                output::say(format_args!("    To do: {}", check.fix))?;
                output::say(format_args!("    Rule:  {}", rule(check)))?;
            }
        }
        let skipped: Vec<_> =
            self.skipped().map(|(check, because)| format!("{} (needs {because})", check.name)).collect();
        if !skipped.is_empty() {
            output::say(format_args!("\nNot judged: {}", skipped.join(", ")))?;
        }
        if !self.notes.is_empty() {
            output::say("")?;
        }
        for note in &self.notes {
            output::say(printable(note))?;
        }
        let (must, should) = (self.count(Severity::Must), self.count(Severity::Should));
        let verdict = match (must, should) {
            (0, 0) => painted("32", "It conforms."),
            (0, n) => {
                format!("{} {}", painted("32", "It conforms."), counted(n, "thing it should do", "things it should do"))
            }
            (n, _) => painted("31", &format!("It does not conform: {}.", counted(n, "fault", "faults"))),
        };
        output::say(format_args!("\n{} checks. {verdict}", self.judged()))
    }
}

fn rule(check: &Check) -> String {
    format!("docs/protocol.md, {:?}", check.rule)
}

fn counted(n: usize, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}
