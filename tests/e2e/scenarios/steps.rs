//! A scenario as `tests/scenarios/README.md` describes it, and how what came is compared with what is expected.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::{Map, Value};

pub(super) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios")
}

pub(super) fn scenarios_in(file: &str) -> Vec<Scenario> {
    let path = folder().join(file).with_extension("json");
    let text = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Scenario {
    pub(super) name: String,
    pub(super) platforms: Vec<String>,
    #[serde(default)]
    pub(super) newcomers: Vec<String>,
    #[serde(default)]
    pub(super) plain: Vec<String>,
    #[serde(default, rename = "needs")]
    _needs: Vec<String>,
    #[serde(default, rename = "shows")]
    _shows: Vec<u8>,
    pub(super) steps: Vec<Step>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Step {
    #[serde(rename = "do")]
    pub(super) does: Option<String>,
    pub(super) expect: Option<String>,
    pub(super) on: String,
    #[serde(default)]
    pub(super) with: Map<String, Value>,
    /// An expected null is something else than no expectation.
    #[serde(default, deserialize_with = "given")]
    pub(super) is: Option<Value>,
    pub(super) fails: Option<String>,
    #[serde(rename = "as")]
    pub(super) name: Option<String>,
    #[serde(default)]
    pub(super) steps: Vec<Step>,
}

fn given<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

/// What earlier steps have returned, by the names that they gave it.
#[derive(Debug, Clone, Default)]
pub(super) struct Names(BTreeMap<String, Value>);

impl Names {
    pub(super) fn keep(&mut self, name: &str, value: Value) {
        self.0.insert(name.to_owned(), value);
    }

    /// With `$name.field` or `$name.0.field` replaced by what that is.
    pub(super) fn put_in(&self, value: &Value) -> Value {
        match value {
            Value::String(text) if text.starts_with('$') => self.look_up(&text[1..]),
            Value::Array(list) => list.iter().map(|item| self.put_in(item)).collect(),
            Value::Object(fields) => self.put_in_all(fields).into(),
            other => other.clone(),
        }
    }

    pub(super) fn put_in_all(&self, fields: &Map<String, Value>) -> Map<String, Value> {
        fields.iter().map(|(name, value)| (name.clone(), self.put_in(value))).collect()
    }

    fn look_up(&self, path: &str) -> Value {
        let (name, rest) = path.split_once('.').unwrap_or((path, ""));
        let mut value = self.0.get(name).unwrap_or_else(|| panic!("no earlier step is called {name}"));
        for part in rest.split('.').filter(|part| !part.is_empty()) {
            let found = part.parse::<usize>().map_or_else(|_| value.get(part), |index| value.get(index));
            value = found.unwrap_or_else(|| panic!("${path}: there is no {part} in {value}"));
        }
        value.clone()
    }
}

/// Whether it is as expected: of an object the fields that are named, everything else whole. A null is what is not there.
pub(super) fn matches(found: &Value, expected: &Value) -> bool {
    match (found, expected) {
        (Value::Object(found), Value::Object(expected)) => {
            expected.iter().all(|(name, value)| matches(found.get(name).unwrap_or(&Value::Null), value))
        }
        (Value::Array(found), Value::Array(expected)) => {
            found.len() == expected.len() && found.iter().zip(expected).all(|(one, other)| matches(one, other))
        }
        _ => found == expected,
    }
}
