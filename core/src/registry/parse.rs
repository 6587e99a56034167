//! Reading the registry file: lenient about spelling, strict about meaning, and every error with file, line, platform and
//! field. No error shows a token.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use serde_json::value::RawValue;
use url::Url;

use super::endpoint::parse_endpoint;
use super::entries::{Entry, Registry, Warning};
use super::token_files::TokenFiles;
use crate::model::name::{check_name, fold, skeletons};
use crate::model::{Id, Kinds};
use crate::util::secret::Secret;
use crate::wire::json::{self, Fault, Value};
use crate::wire::read;
use crate::{Error, Result};

/// The fields of an entry. What else stands there is named in the log: a field that is misspelled is not in force.
const FIELDS: [&str; 11] = [
    "id",
    "name",
    "aliases",
    "endpoint",
    "token",
    "supportAudio",
    "supportImage",
    "enabled",
    "recipients",
    "via",
    "supports",
];

/// Of the name of an unknown field, this many characters are shown.
const LONGEST_SHOWN: usize = 40;

/// A token of fewer characters can be found by trying.
const SHORT_TOKEN: usize = 16;
/// One of fewer is found within minutes.
const WEAK_TOKEN: usize = 8;

/// From the file's text. The token files that were looked at on the way are noted in `files`, even if there is an error.
pub(super) fn registry(text: &[u8], own_name: &str, label: &Path, files: &mut TokenFiles) -> Result<Registry> {
    let file = label.display();
    let own_name = fold(own_name);
    let (mut entries, mut warnings) = (Vec::new(), Vec::new());
    let not_json = |fault: Fault| {
        let error = Error::config(format!("not JSON: {} (column {})", fault.why, fault.column));
        error.at(format_args!("{file}, line {}", fault.line))
    };
    for (line, raw) in spans(text).map_err(not_json)? {
        entries.push(entry(raw, line, &own_name, label, files, &mut warnings)?);
    }
    let own = link(&mut entries, &own_name).map_err(|(number, error)| {
        let Entry { name, line, .. } = &entries[number];
        error.into_config().at(format_args!("{file}, line {line}, platform `{name}`"))
    })?;
    warnings.extend(same_endpoints(&entries));
    let looks = |(number, entry): (usize, &Entry)| {
        let looks: Vec<String> = entry.spellings().flat_map(|spelling| skeletons(spelling)).collect();
        looks.into_iter().map(move |look| (look, number))
    };
    let looks = entries.iter().enumerate().flat_map(looks).collect();
    Ok(Registry { entries, own, looks, warnings })
}

/// Entries with an endpoint that one before them has.
fn same_endpoints(entries: &[Entry]) -> Vec<Warning> {
    let mut first: HashMap<&Url, &Entry> = HashMap::new();
    let mut warnings = Vec::new();
    for entry in entries.iter().filter(|entry| entry.enabled) {
        let Some(endpoint) = &entry.endpoint else { continue };
        match first.get(endpoint) {
            Some(other) => {
                let (name, line) = (&other.name, other.line);
                let what =
                    format!("`endpoint`: platform `{name}` (line {line}) has the same one, and gets everything twice");
                warnings.push(Warning { line: entry.line, platform: entry.name.clone(), what, grave: false });
            }
            None => drop(first.insert(endpoint, entry)),
        }
    }
    warnings
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

#[cfg(any(test, feature = "testing"))]
impl Registry {
    /// From the file's text, as it is read for once; `label` is its path, for errors and for tokens in files beside it.
    pub(crate) fn parse(text: &[u8], own_name: &str, label: &std::path::Path) -> Result<Registry> {
        registry(text, own_name, label, &mut TokenFiles::default())
    }
}

/// One entry, by itself.
fn entry(
    raw: &str,
    line: usize,
    own_name: &str,
    label: &Path,
    files: &mut TokenFiles,
    warnings: &mut Vec<Warning>,
) -> Result<Entry> {
    let here = |line: usize| move |e: Error| e.into_config().at(format_args!("{}, line {line}", label.display()));
    let object = json::parse_or_fault(raw.as_bytes()).map_err(|fault| {
        here(line + fault.line - 1)(Error::config(format!("{} (column {})", fault.why, fault.column)))
    })?;
    if object.as_object().is_none() {
        let got = object.describe();
        return Err(here(line)(Error::config(format!("expected an object for each platform, got {got}"))));
    }
    let name = text(&object, "name").and_then(|name| {
        check_name(name).map_err(|e| e.within("name"))?;
        Ok(name.trim())
    });
    let name = name.map_err(here(line))?;
    let entry = fields(&object, name, line, own_name, label, files);
    let entry = entry.map_err(|e| here(line)(e.at(format_args!("platform `{name}`"))))?;
    let mut warn = |what: String, grave| warnings.push(Warning { line, platform: entry.name.clone(), what, grave });
    for what in unknown_fields(&object) {
        warn(what, false);
    }
    match entry.token.as_ref().map(|token| token.as_str().chars().count()) {
        Some(..WEAK_TOKEN) => warn(
            format!(
                "`token`: fewer than {WEAK_TOKEN} characters are found by trying them all, and whoever finds it writes in \
                 the name of this platform. Replace it by one of {SHORT_TOKEN} or more (`integrador add` makes one)"
            ),
            true,
        ),
        Some(..SHORT_TOKEN) => {
            warn(format!("`token`: use {SHORT_TOKEN} characters or more, so that nobody finds it by trying"), false);
        }
        _ => {}
    }
    Ok(entry)
}

/// What to say of the fields that no entry has.
pub(crate) fn unknown_fields<'v>(entry: &'v Value<'_>) -> impl Iterator<Item = String> + 'v {
    let names = entry.as_object().into_iter().flatten().map(|(name, _)| &**name);
    names.filter(|name| !FIELDS.contains(name)).map(|name| {
        let shown: String = name.chars().take(LONGEST_SHOWN).collect();
        format!("{shown:?} is no field of an entry, and is ignored")
    })
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
        beside: None,
        told: false,
        support_audio: flag(object, "supportAudio", true)?,
        support_image: flag(object, "supportImage", true)?,
        enabled: flag(object, "enabled", true)?,
        recipients: flag(object, "recipients", false)?,
        supports: supports(object)?,
        via: if own { None } else { via },
        line,
    })
}

/// Finds what no entry shows by itself: names and tokens that two share, and nodes that are not there. Returns which entry is
/// the node's own; an error says at which entry it is.
fn link(entries: &mut [Entry], own_name: &str) -> Result<Option<usize>, (usize, Error)> {
    let names = names(entries)?;
    tokens(entries)?;
    for number in 0..entries.len() {
        if let Some(via) = entries[number].via.clone() {
            let host = host(entries, &names, own_name, &via).map_err(|why| (number, Error::invalid("via", why)))?;
            entries[number].via = Some(entries[host].name.clone());
        }
    }
    Ok(names.get(own_name).copied())
}

/// The entries by their names and aliases.
fn names(entries: &[Entry]) -> Result<HashMap<String, usize>, (usize, Error)> {
    let mut names = HashMap::new();
    for (number, entry) in entries.iter().enumerate() {
        for spelling in entry.spellings() {
            match names.insert(fold(spelling), number) {
                Some(other) if other != number => {
                    let Entry { name, line, .. } = &entries[other];
                    let what = format!(
                        "its name or alias `{spelling}` matches platform `{name}` (line {line}): two entries can't share a name"
                    );
                    return Err((number, Error::config(what)));
                }
                _ => {}
            }
        }
    }
    Ok(names)
}

fn tokens(entries: &[Entry]) -> Result<(), (usize, Error)> {
    let mut seen: HashMap<&str, usize> = HashMap::new();
    for (number, entry) in entries.iter().enumerate() {
        if let Some(token) = &entry.token
            && let Some(other) = seen.insert(token.as_str(), number)
        {
            let Entry { name, line, .. } = &entries[other];
            let what = format!("platform `{name}` (line {line}) has the same one: each needs its own");
            return Err((number, Error::invalid("token", what)));
        }
    }
    Ok(())
}

/// The entry of the node that hosts another.
fn host(entries: &[Entry], names: &HashMap<String, usize>, own_name: &str, via: &str) -> Result<usize, String> {
    let folded = fold(via);
    if folded == own_name {
        return Err("that is this node itself: give `endpoint` and `token` instead".into());
    }
    let host = *names.get(&folded).ok_or_else(|| format!("no other entry is named `{via}`"))?;
    if entries[host].endpoint.is_none() {
        return Err(format!("`{via}` has no endpoint of its own, so nothing can go through it"));
    }
    Ok(host)
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

/// What a plain platform takes beyond users, rooms and messages.
fn supports(object: &Value<'_>) -> Result<Kinds> {
    let expected = |got: &Value<'_>| {
        let kinds = Kinds::OPTIONAL.map(|kind| format!("\"{kind}\"")).join(", ");
        Error::invalid(
            "supports",
            format!("expected a list of what the platform takes ({kinds}), got {}", got.describe()),
        )
    };
    let Some(value) = object.get("supports") else { return Ok(Kinds::default()) };
    let mut kinds = Kinds::default();
    for item in value.as_list().ok_or_else(|| expected(value))? {
        let kind = Kinds::OPTIONAL.into_iter().find(|kind| item.as_str() == Some(kind.as_str()));
        kinds = kinds.with(kind.ok_or_else(|| expected(item))?);
    }
    Ok(kinds)
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
        files.in_place = true;
        given.to_owned()
    };
    Secret::new(&fetched).ok_or_else(|| refused("expected at least one character, got an empty string".into()))
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
