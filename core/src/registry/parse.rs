//! Reading the registry file: lenient about spelling, strict about meaning, and every error with file, line, platform and
//! field. No error shows a token.

use std::collections::HashMap;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

use serde_json::value::RawValue;

use super::follow::TokenFiles;
use super::{Entry, Registry, Secret, parse_endpoint};
use crate::model::Id;
use crate::model::name::{check_name, fold, skeletons};
use crate::wire::json::{self, Fault, Value};
use crate::wire::read;
use crate::{Error, Result};

/// From the file's text. The token files that were looked at on the way are noted in `files`, also if there is an error.
pub(super) fn registry(text: &[u8], own_name: &str, label: &Path, files: &mut TokenFiles) -> Result<Registry> {
    let file = label.display();
    let own_name = fold(own_name);
    let mut entries = Vec::new();
    for (line, raw) in spans(text).map_err(|fault| {
        Error::config(format!("{file}, line {}: not JSON: {} (column {})", fault.line, fault.why, fault.column))
    })? {
        entries.push(entry(raw, line, &own_name, label, files)?);
    }
    link(entries, &own_name, &file)
}

/// The items of a JSON list, each with the line where it begins.
pub(crate) fn spans(text: &[u8]) -> Result<Vec<(usize, &str)>, Fault> {
    let bytes = json::without_mark(text);
    let text = std::str::from_utf8(bytes).map_err(|e| {
        let line = 1 + count_lines(&bytes[..e.valid_up_to()]);
        Fault { line, column: 1, why: "the text is not UTF-8".into(), too_large: false }
    })?;
    let items: Vec<&RawValue> = serde_json::from_str(text).map_err(|e| {
        let fault = Fault::new(&e);
        if e.is_data() { Fault { why: "expected a list of platforms: [{…}, {…}]".into(), ..fault } } else { fault }
    })?;
    let (mut line, mut seen) = (1, 0);
    let mut spans = Vec::with_capacity(items.len());
    for item in items {
        let start = item.get().as_ptr().addr() - text.as_ptr().addr();
        line += count_lines(&text.as_bytes()[seen..start]);
        seen = start;
        spans.push((line, item.get()));
    }
    Ok(spans)
}

fn count_lines(bytes: &[u8]) -> usize {
    bytes.iter().filter(|b| **b == b'\n').count()
}

/// One entry, by itself.
fn entry(raw: &str, line: usize, own_name: &str, label: &Path, files: &mut TokenFiles) -> Result<Entry> {
    let file = label.display();
    let object = json::parse_or_fault(raw.as_bytes()).map_err(|fault| {
        Error::config(format!("{file}, line {}: {} (column {})", line + fault.line - 1, fault.why, fault.column))
    })?;
    if object.as_object().is_none() {
        return Err(Error::config(format!(
            "{file}, line {line}: expected an object for each platform, got {}",
            object.describe()
        )));
    }
    let name = text(&object, "name").and_then(|name| {
        check_name(name).map_err(|e| e.within("name"))?;
        Ok(name.trim())
    });
    let here = |e: Error| e.into_config().at(format_args!("{file}, line {line}"));
    let name = name.map_err(here)?;
    fields(&object, name, line, own_name, label, files).map_err(|e| here(e.at(format_args!("platform `{name}`"))))
}

fn fields(
    object: &Value<'_>,
    name: &str,
    line: usize,
    own_name: &str,
    label: &Path,
    files: &mut TokenFiles,
) -> Result<Entry> {
    let id = read::id(object, "id", usize::MAX)?;
    let aliases = aliases(object)?;
    let own = fold(name) == own_name || aliases.iter().any(|a| fold(a) == own_name);
    let via = if object.get("via").is_some() { Some(Arc::from(text(object, "via")?.trim())) } else { None };
    let (endpoint, token) = match &via {
        // To itself a node's endpoint and token mean nothing, whatever they are.
        _ if own => (None, None),
        Some(_) => {
            for field in ["endpoint", "token"] {
                if object.get(field).is_some() {
                    return Err(Error::invalid(field, "a platform with `via` has none: the node that hosts it has it"));
                }
            }
            (None, None)
        }
        None => (Some(parse_endpoint(text(object, "endpoint")?)?), Some(token(text(object, "token")?, label, files)?)),
    };
    Ok(Entry {
        id,
        name: name.into(),
        aliases,
        endpoint,
        token,
        support_audio: flag(object, "supportAudio", true)?,
        support_image: flag(object, "supportImage", true)?,
        enabled: flag(object, "enabled", true)?,
        recipients: flag(object, "recipients", false)?,
        via: if own { None } else { via },
        line,
    })
}

/// Finds what no entry shows by itself: names and tokens that two share, and nodes that are not there.
fn link(mut entries: Vec<Entry>, own_name: &str, file: &impl fmt::Display) -> Result<Registry> {
    let fault =
        |at: &Entry, what: String| Error::config(format!("{file}, line {}, platform `{}`: {what}", at.line, at.name));
    let mut by_name: HashMap<Arc<str>, usize> = HashMap::new();
    let mut by_token: HashMap<&str, usize> = HashMap::new();
    for (number, entry) in entries.iter().enumerate() {
        for spelling in entry.spellings() {
            match by_name.insert(fold(spelling).into(), number) {
                Some(other) if other != number => {
                    let (other, line) = (&entries[other].name, entries[other].line);
                    let what = format!(
                        "its name or alias `{spelling}` matches platform `{other}` (line {line}): two entries can't share a name"
                    );
                    return Err(fault(entry, what));
                }
                _ => {}
            }
        }
        if let Some(token) = &entry.token
            && let Some(other) = by_token.insert(token.as_str(), number)
        {
            let (other, line) = (&entries[other].name, entries[other].line);
            let what = format!("`token`: platform `{other}` (line {line}) has the same one: each needs its own");
            return Err(fault(entry, what));
        }
    }
    for number in 0..entries.len() {
        let Some(via) = entries[number].via.clone() else { continue };
        let entry = &entries[number];
        let host = match by_name.get(fold(&via).as_str()) {
            _ if fold(&via) == own_name => {
                return Err(fault(
                    entry,
                    "`via`: that is this node itself: give `endpoint` and `token` instead".into(),
                ));
            }
            None => return Err(fault(entry, format!("`via`: no other entry is named `{via}`"))),
            Some(host) => &entries[*host],
        };
        if host.endpoint.is_none() {
            let what = format!("`via`: `{via}` has no endpoint of its own, so nothing can go through it");
            return Err(fault(entry, what));
        }
        entries[number].via = Some(host.name.clone());
    }
    let own = by_name.get(own_name).copied();
    let numbered = entries.iter().enumerate();
    let looks =
        numbered.flat_map(|(number, entry)| entry.spellings().flat_map(|s| skeletons(s)).map(move |s| (s, number)));
    let looks = looks.collect();
    Ok(Registry { entries, own, looks })
}

fn text<'v>(object: &'v Value<'_>, field: &'static str) -> Result<&'v str> {
    let value = object.get(field).ok_or_else(|| Error::invalid(field, "expected a string, but it is missing"))?;
    value.as_str().ok_or_else(|| Error::invalid(field, format!("expected a string, got {}", value.describe())))
}

fn flag(object: &Value<'_>, field: &'static str, default: bool) -> Result<bool> {
    let Some(value) = object.get(field) else { return Ok(default) };
    let expected = || format!("expected true or false (or 0, 1, \"True\", \"False\"), got {}", value.describe());
    read::flag(value).ok_or_else(|| Error::invalid(field, expected()))
}

fn aliases(object: &Value<'_>) -> Result<Vec<Arc<str>>> {
    let Some(value) = object.get("aliases") else { return Ok(Vec::new()) };
    let expected =
        |got: &Value<'_>| Error::invalid("aliases", format!("expected a list of strings, got {}", got.describe()));
    let mut aliases = Vec::new();
    for alias in value.as_list().ok_or_else(|| expected(value))? {
        let alias = alias.as_str().ok_or_else(|| expected(alias))?;
        check_name(alias).map_err(|e| e.within("aliases"))?;
        aliases.push(alias.trim().into());
    }
    Ok(aliases)
}

/// The token, from where the entry says that it is. A relative path is beside the registry file.
fn token(given: &str, label: &Path, files: &mut TokenFiles) -> Result<Secret> {
    let refused = |why: String| Error::invalid("token", why);
    let fetched = if let Some(name) = given.strip_prefix("env:") {
        // `std::env::var` would panic on none of these, but answer misleadingly.
        if name.is_empty() || name.contains(['=', '\0']) {
            return Err(refused("expected the name of an environment variable after `env:`".into()));
        }
        let value = std::env::var(name)
            .map_err(|e| refused(format!("the environment variable {name} can't be used: {}", env_fault(&e))))?;
        if value.is_empty() {
            return Err(refused(format!("the environment variable {name} is empty")));
        }
        value
    } else if let Some(path) = given.strip_prefix("file:") {
        let path = label.parent().unwrap_or(Path::new("")).join(path);
        let content =
            files.read(&path).map_err(|e| refused(format!("the file {} can't be read: {e}", path.display())))?;
        let content = content.strip_suffix('\n').map_or(&*content, |c| c.strip_suffix('\r').unwrap_or(c));
        if content.is_empty() {
            return Err(refused(format!("the file {} is empty", path.display())));
        }
        content.to_owned()
    } else {
        given.to_owned()
    };
    Secret::new(&fetched)
}

fn env_fault(error: &std::env::VarError) -> &'static str {
    match error {
        std::env::VarError::NotPresent => "it is not set",
        // The error's own text would show the value.
        std::env::VarError::NotUnicode(_) => "it is not UTF-8",
    }
}

/// The least `id` that is greater than every integer `id` of these.
pub(crate) fn next_id<'a>(ids: impl Iterator<Item = &'a Id>) -> i64 {
    ids.filter_map(Id::as_i64).max().unwrap_or(0).saturating_add(1).max(1)
}
