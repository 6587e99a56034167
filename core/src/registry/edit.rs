//! Registry files for command lines: written for a whole mesh at once, or extended by one platform.
//!
//! ```
//! # fn main() -> integrador::Result<()> {
//! use integrador::registry_file;
//! let platforms = [
//!     ("BuasApp".to_string(), "http://localhost:5001/api/".to_string()),
//!     ("GWT_CHAT".to_string(), "http://localhost:5002/api/".to_string()),
//! ];
//! for (name, json) in registry_file::mesh(&platforms)? {
//!     println!("for {name}:\n{json}");
//! }
//! # Ok(())
//! # }
//! ```

use std::collections::HashMap;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::endpoint::parse_endpoint;
use super::parse::{next_id, spans, unknown_fields};
use crate::model::name::{check_name, fold};
use crate::wire::json::{self, Value};
use crate::wire::read;
use crate::{Error, ErrorKind, Result};

/// One entry as people write it, on one line. A platform without a token is the node's own.
fn entry_line(id: i64, name: &str, endpoint: &str, token: Option<&str>) -> String {
    let text = |s: &str| serde_json::Value::from(s).to_string();
    let token = token.map(|t| format!(", \"token\": {}", text(t))).unwrap_or_default();
    let (name, endpoint) = (text(name), text(endpoint));
    format!(
        "{{\"id\": {id}, \"name\": {name}, \"endpoint\": {endpoint}, \"supportAudio\": true, \"supportImage\": true{token}}}"
    )
}

/// For each platform, given by name and URL, its name and the text of its registry file: itself and all others, with a
/// random token of 256 bits for each pair.
pub fn mesh(platforms: &[(String, String)]) -> Result<Vec<(String, String)>> {
    let mut names = HashMap::new();
    let mut known = Vec::new();
    for (name, url) in platforms {
        let (name, url) = (name.trim(), checked(name, url)?);
        if let Some(other) = names.insert(fold(name), name) {
            let message = format!("`{name}` and `{other}` count as one name: give each platform a name of its own");
            return Err(Error::new(ErrorKind::Conflict, message));
        }
        known.push((name, url));
    }
    if known.len() < 2 {
        return Err(Error::new(ErrorKind::Invalid, "a mesh has at least two platforms: NAME=URL NAME=URL"));
    }
    let mut tokens = HashMap::new();
    for i in 0..known.len() {
        for j in 0..i {
            tokens.insert((j, i), new_token()?);
        }
    }
    let file = |own: usize| {
        let line = |(i, (name, endpoint)): (usize, &(&str, String))| {
            let token = tokens.get(&(i.min(own), i.max(own))).map(String::as_str);
            entry_line(i as i64 + 1, name, endpoint, token)
        };
        let lines: Vec<_> = known.iter().enumerate().map(line).collect();
        (known[own].0.to_owned(), format!("[\n  {}\n]\n", lines.join(",\n  ")))
    };
    Ok((0..known.len()).map(file).collect())
}

/// What [`add`] made.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Added {
    /// The whole text of this side's registry file.
    pub json: String,
    /// The entry, one line of JSON, that the other side puts into its file.
    pub other_side: String,
    /// What stands in the file and is hardly meant so, each with its line: fields that no entry has.
    pub warnings: Vec<String>,
}

impl fmt::Debug for Added {
    /// Both texts hold tokens.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Added(…)")
    }
}

/// Adds a platform to the text of a registry file, which may be empty, with a fresh token. What stands there stays as it
/// is, to the letter. `own_url` is where the other side reaches this one; without it, the endpoint of the own entry counts.
/// Without `own_name` the own entry is the one that has no token, as in a file that [`mesh`] made.
///
/// # Errors
/// `config`: the file or a name is wrong, or does not tell what was left out. `conflict`: the name is there already.
pub fn add(existing_json: &str, own_name: Option<&str>, name: &str, url: &str, own_url: Option<&str>) -> Result<Added> {
    let (endpoint, name) = (checked(name, url)?, name.trim());
    let existing = if existing_json.trim().is_empty() { "[]" } else { existing_json };
    let entries = spans(existing.as_bytes()).map_err(|fault| {
        let json::Fault { line, column, why, .. } = fault;
        Error::config(format!("the registry file, line {line}: not JSON: {why} (column {column})"))
    })?;
    let own_name = match own_name {
        Some(name) => name.trim().to_owned(),
        None => without_token(&entries)?,
    };
    check_name(&own_name)?;
    if fold(name) == fold(&own_name) {
        return Err(Error::new(ErrorKind::Conflict, format!("`{name}` is this platform's own name")));
    }
    let (mut ids, mut own_id, mut own_endpoint, mut warnings) = (Vec::new(), 1, None, Vec::new());
    for (line, raw) in &entries {
        let place = format!("the registry file, line {line}");
        let entry = json::parse(raw.as_bytes()).map_err(|e| e.into_config().at(&place))?;
        let id = read::id(&entry, "id", usize::MAX).map_err(|e| e.into_config().at(&place))?;
        warnings.extend(unknown_fields(&entry).map(|what| format!("line {line}: {what}")));
        let aliases = entry.get("aliases").and_then(Value::as_list).unwrap_or_default();
        for spelling in entry.get("name").into_iter().chain(aliases).filter_map(Value::as_str) {
            if fold(spelling) == fold(name) {
                let message =
                    format!("`{name}` is there already: `{}` (line {line}). Edit that entry", spelling.trim());
                return Err(Error::new(ErrorKind::Conflict, message));
            }
            if fold(spelling) == fold(&own_name) {
                own_id = id.as_i64().unwrap_or(own_id);
                own_endpoint = entry.get("endpoint").and_then(Value::as_str).map(str::to_owned);
            }
        }
        ids.push(id);
    }
    let own_url = own_url.map(str::to_owned).or(own_endpoint).ok_or_else(|| {
        Error::config(format!(
            "no entry of the registry file gives the URL of `{own_name}`: say where the other side reaches it"
        ))
    })?;
    let own_endpoint = checked(&own_name, &own_url)?;
    let token = new_token()?;
    let new = entry_line(next_id(ids.iter()), name, &endpoint, Some(&token));
    let json = match entries.last() {
        None => format!("[\n  {new}\n]\n"),
        Some((_, last)) => {
            let end = last.as_ptr().addr() + last.len() - existing.as_ptr().addr();
            format!("{},\n  {new}\n]\n", &existing[..end])
        }
    };
    Ok(Added { json, other_side: entry_line(own_id, &own_name, &own_endpoint, Some(&token)), warnings })
}

/// The name of the one entry that has neither token nor gateway: the node's own.
fn without_token(entries: &[(usize, &str)]) -> Result<String> {
    let own = |(_, raw): &(usize, &str)| {
        let entry = json::parse(raw.as_bytes()).ok()?;
        let other = entry.get("token").is_some() || entry.get("via").is_some();
        entry.get("name").and_then(Value::as_str).filter(|_| !other).map(|name| name.trim().to_owned())
    };
    let mut found = entries.iter().filter_map(own);
    found.next().filter(|_| found.next().is_none()).ok_or_else(|| {
        Error::config("the registry file doesn't tell whose it is (by one entry without a token): give the own name")
    })
}

/// The URL in the form in which it is written, if it and the name can stand in a registry.
fn checked(name: &str, url: &str) -> Result<String> {
    check_name(name)?;
    Ok(parse_endpoint(url).map_err(|e| e.at(format_args!("platform `{}`", name.trim())))?.to_string())
}

fn new_token() -> Result<String> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)
        .map_err(|e| Error::new(ErrorKind::Internal, format!("the system gives no random bytes: {e}")).caused_by(e))?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::registry::Registry;

    fn read(json: &str, own: &str) -> Registry {
        Registry::parse(json.as_bytes(), own, Path::new("platforms.json")).unwrap()
    }

    fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
        list.iter().map(|(name, url)| (name.to_string(), url.to_string())).collect()
    }

    #[test]
    fn each_pair_of_a_mesh_shares_a_token_of_its_own() {
        let platforms =
            pairs(&[("BuasApp", "http://a/api"), (" net core ", "http://b"), ("G\"W,T\",", "https://c:1/x/")]);
        let files = mesh(&platforms).unwrap();
        let names: Vec<_> = files.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["BuasApp", "net core", "G\"W,T\","]);
        let registries: Vec<_> = files.iter().map(|(name, json)| read(json, name)).collect();
        let mut tokens = std::collections::HashSet::new();
        for (i, mine) in registries.iter().enumerate() {
            assert_eq!(mine.entries().len(), 3);
            assert_eq!(mine.own().map(|e| &*e.name), Some(names[i]));
            for (j, theirs) in registries.iter().enumerate().filter(|(j, _)| *j != i) {
                let token = mine.find(names[j]).unwrap().token.as_ref().unwrap();
                assert_eq!(Some(token), theirs.find(names[i]).unwrap().token.as_ref());
                assert!(
                    token.as_str().len() == 43
                        && token.as_str().bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b))
                );
                tokens.insert(token.as_str().to_owned());
            }
        }
        assert_eq!(tokens.len(), 3);
        assert_ne!(files, mesh(&platforms).unwrap());
    }

    #[test]
    fn a_mesh_of_wrong_names_or_urls_is_refused() {
        for (list, part) in [
            (vec![("A", "http://a"), (" a ", "http://b")], "`a` and `A`"),
            (vec![("A", "http://a"), ("B:", "http://b")], "name"),
            (vec![("A", "http://a"), ("B", "b")], "endpoint"),
            (vec![("A", "http://a")], "two platforms"),
        ] {
            let error = mesh(&pairs(&list)).unwrap_err().to_string();
            assert!(error.contains(part), "{error}");
        }
    }

    #[test]
    fn what_stands_in_a_file_stays_to_the_letter_when_a_platform_is_added() {
        let old = "[\n\t{\"id\": 7, \"name\": \"BuasApp\", \"endpoint\": \"http://a/api\"},\n  {\"id\":\"x\",\"name\":\"B\",\n\"endpoint\":\"http://b\",\"token\":\"env:NOT_SET\"}  ]  ";
        let added = add(old, Some(" buasapp"), " net core ", "http://c", None).unwrap();
        let kept = old.trim_end().trim_end_matches(']').trim_end();
        let new = added.json.strip_prefix(kept).unwrap();
        assert!(new.starts_with(",\n  {\"id\": 8, \"name\": \"net core\", \"endpoint\": \"http://c/\""), "{new}");
        let json = added.json.replace("env:NOT_SET", "token-of-b");
        let here = read(&json, "BuasApp");
        let there = read(&format!("[{}]", added.other_side), "net core");
        assert!(!added.other_side.contains('\n'));
        let other = there.find("BUASAPP").unwrap();
        assert_eq!(other.endpoint.as_ref().map(|u| u.as_str()), Some("http://a/api/"));
        assert_eq!(other.token, here.find("net core").unwrap().token);
        assert!(!format!("{added:?}").contains(other.token.as_ref().unwrap().as_str()));
    }

    #[test]
    fn a_platform_can_be_added_to_a_file_that_is_empty() {
        for empty in ["", " \n", "[]", "[\n]\n"] {
            let added = add(empty, Some("A"), "B", "http://b", Some("http://a")).unwrap();
            assert_eq!(read(&added.json, "A").entries().len(), 1, "{}", added.json);
        }
        let error = add("[]", Some("A"), "B", "http://b", None).unwrap_err().to_string();
        assert!(error.contains("`A`"), "{error}");
    }

    #[test]
    fn a_field_that_no_entry_has_is_named_when_a_platform_is_added() {
        let old =
            "[\n{\"id\": 1, \"name\": \"B\", \"endpoint\": \"http://b\", \"token\": \"t\", \"tokn\": \"hunter2\"}]";
        let added = add(old, Some("Own"), "C", "http://c", Some("http://own")).unwrap();
        assert_eq!(added.warnings.len(), 1);
        let told = &added.warnings[0];
        assert!(told.contains("line 2") && told.contains("tokn") && !told.contains("hunter2"), "{told}");
    }

    #[test]
    fn a_name_that_is_there_is_not_added_again() {
        let old = r#"[{"id": 1, "name": "B", "aliases": ["bee"], "endpoint": "http://b", "token": "t"}]"#;
        for name in ["b", " BEE ", "own"] {
            let error = add(old, Some("Own"), name, "http://x", Some("http://own")).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Conflict, "{error}");
        }
        assert!(
            add("[{]", Some("Own"), "C", "http://x", Some("http://own")).unwrap_err().to_string().contains("line 1")
        );
    }
}
