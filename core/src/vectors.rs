//! Runs the shared vectors (`tests/vectors/*.json` at the top) against the pure modules. Other languages run the same.
//!
//! Here is how a case is read and judged; what is written and read on the wire is in [`wire`], what is decided in [`rules`].

mod changes;
mod join;
mod rules;
mod wire;

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::Value as Json;

use crate::Error;
use crate::config::Limits;

/// Runs every case of a file; all that fail are told together.
fn each(file: &str, run: impl Fn(&Case) -> Result<(), String>) {
    each_of(file, |_| true, run);
}

/// Runs some of the cases of a file.
fn each_of(file: &str, which: impl Fn(&Case) -> bool, run: impl Fn(&Case) -> Result<(), String>) {
    let mut cases = cases(file);
    cases.retain(which);
    assert!(!cases.is_empty());
    let failed: Vec<_> = cases.iter().filter_map(|case| Some(format!("{}: {}", case.name, run(case).err()?))).collect();
    assert!(failed.is_empty(), "{file}: {} of {} failed:\n{}", failed.len(), cases.len(), failed.join("\n"));
}

fn cases(file: &str) -> Vec<Case> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/vectors").join(file);
    serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap()
}

#[derive(Deserialize)]
struct Case {
    name: String,
    #[serde(flatten)]
    fields: serde_json::Map<String, Json>,
}

impl Case {
    fn get(&self, field: &str) -> Option<&Json> {
        self.fields.get(field)
    }

    fn str(&self, field: &str) -> &str {
        self.get(field).and_then(Json::as_str).unwrap_or_else(|| panic!("{}: {field} is no string", self.name))
    }

    fn int(&self, field: &str) -> i64 {
        self.get(field).and_then(Json::as_i64).unwrap_or_else(|| panic!("{}: {field} is no integer", self.name))
    }

    fn flag(&self, field: &str, default: bool) -> bool {
        self.get(field).and_then(Json::as_bool).unwrap_or(default)
    }

    /// The bytes of `text` or `base64`, or `in` as JSON, or `entries` as JSON.
    fn bytes(&self) -> Vec<u8> {
        if let Some(text) = self.get("text") {
            let text = text.as_str().unwrap();
            return text.repeat(self.get("repeat").map_or(1, |n| n.as_u64().unwrap() as usize)).into_bytes();
        }
        match self.get("base64") {
            Some(base64) => STANDARD.decode(base64.as_str().unwrap()).unwrap(),
            None => self.get("in").or(self.get("entries")).unwrap().to_string().into_bytes(),
        }
    }

    fn limits(&self) -> Limits {
        let mut limits = Limits::default();
        if let Some(given) = self.get("limits") {
            let set = |limit: &mut usize, field: &str| {
                if let Some(n) = given[field].as_u64() {
                    *limit = n as usize;
                }
            };
            set(&mut limits.text, "text");
            set(&mut limits.members, "members");
            set(&mut limits.users, "users");
        }
        limits
    }

    /// Holds a result to `error`: the field that must be named (null for none), and perhaps a part of the message.
    fn judge<T: std::fmt::Debug>(&self, result: Result<T, Error>) -> Result<Option<T>, String> {
        match (result, self.get("error")) {
            (Ok(value), None) => Ok(Some(value)),
            (Ok(value), Some(_)) => Err(format!("expected an error, got {value:?}")),
            (Err(error), None) => Err(format!("expected none, got the error {error}")),
            (Err(error), Some(expected)) => {
                let message = error.to_string();
                let part = self.get("message").and_then(Json::as_str).unwrap_or_default();
                let named = expected.as_str().is_none_or(|field| has_word(&message, field));
                if named && message.contains(part) {
                    Ok(None)
                } else {
                    Err(format!("expected {expected} {part:?} in: {message}"))
                }
            }
        }
    }
}

fn has_word(text: &str, word: &str) -> bool {
    text.split(|c: char| !c.is_alphanumeric() && c != '_').any(|w| w == word)
}

fn same(what: &str, got: &[u8], expected: &Json) -> Result<(), String> {
    let text = std::str::from_utf8(got).map_err(|e| e.to_string())?;
    // Both as text: `4` and `4.0` would be equal as numbers of JavaScript.
    let got: Json = serde_json::from_str(text).map_err(|e| format!("{e} in {text}"))?;
    if got == *expected { Ok(()) } else { Err(format!("{what}: expected {expected}, got {got}")) }
}

fn equal<T: PartialEq + std::fmt::Debug>(what: &str, got: T, expected: T) -> Result<(), String> {
    if got == expected { Ok(()) } else { Err(format!("{what}: expected {expected:?}, got {got:?}")) }
}

#[test]
fn every_file_is_run() {
    let here =
        concat!(include_str!("vectors/join.rs"), include_str!("vectors/rules.rs"), include_str!("vectors/wire.rs"));
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/vectors");
    let names = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap());
    let idle: Vec<_> = names.filter(|n| n.ends_with(".json") && !here.contains(&format!("\"{n}\""))).collect();
    assert_eq!(idle, Vec::<String>::new());
}
