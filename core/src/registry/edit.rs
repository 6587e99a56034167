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
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::endpoint::parse_endpoint;
use super::entries::Warning;
use super::follow::look;
use super::parse::{next_id, spans, unknown_fields};
use crate::model::name::{check_name, fold};
use crate::model::{EventKind, Finding, FindingKind, Kinds};
use crate::wire::json::{self, Value};
use crate::wire::read;
use crate::{Error, ErrorKind, Result};

/// A platform that gets an entry: a node, or a plain platform, which embeds no library and is hosted by a node, its gateway.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Member {
    /// Its name.
    pub name: String,
    /// The URL under which it is reached.
    pub url: String,
    /// It embeds no library.
    pub plain: bool,
    /// The node of a mesh that hosts it, if it is plain.
    pub behind: Option<String>,
    /// Whether it shows audio and images; None: it is not known, so the entry says nothing of it.
    pub shows: Option<(bool, bool)>,
    /// What it takes beyond users, rooms and messages, if it is plain: edits, deletes, reactions.
    pub supports: Vec<EventKind>,
}

impl Member {
    /// A node.
    pub fn node(name: impl Into<String>, url: impl Into<String>) -> Member {
        let (name, url) = (name.into(), url.into());
        Member { name, url, plain: false, behind: None, shows: None, supports: Vec::new() }
    }

    /// A plain platform. It shows neither audio nor images unless [`shows`](Member::shows) says so: then an attachment goes to
    /// it as a line of text, and nothing is lost unseen.
    pub fn plain(name: impl Into<String>, url: impl Into<String>) -> Member {
        Member { plain: true, shows: Some((false, false)), ..Member::node(name, url) }
    }

    /// The node of the mesh that hosts it.
    pub fn behind(mut self, node: impl Into<String>) -> Member {
        self.behind = Some(node.into());
        self
    }

    /// Whether it shows audio, and images.
    pub fn shows(mut self, audio: bool, image: bool) -> Member {
        self.shows = Some((audio, image));
        self
    }

    /// What it takes beyond users, rooms and messages, if it is plain: of [`EventKind::Edit`], [`EventKind::Delete`] and
    /// [`EventKind::Reaction`] those that are given. An edit goes to others as a message, a delete or a reaction not at all. A
    /// node says by itself what it takes.
    pub fn supports(mut self, kinds: impl IntoIterator<Item = EventKind>) -> Member {
        self.supports = kinds.into_iter().collect();
        self
    }
}

/// How an entry says that a platform is reached.
enum Way<'a> {
    /// The node's own entry.
    Own(&'a str),
    At(&'a str, &'a str),
    Via(&'a str),
}

/// One entry as people write it, on one line; with what the platform can, if that is told.
fn entry_line(id: i64, name: &str, way: &Way<'_>, can: Option<&Member>) -> String {
    let text = |s: &str| serde_json::Value::from(s).to_string();
    let supports = Kinds::OPTIONAL.into_iter().filter(|kind| can.is_some_and(|can| can.supports.contains(kind)));
    let supports: Vec<_> = supports.map(|kind| text(kind.as_str())).collect();
    let supports =
        if supports.is_empty() { String::new() } else { format!(", \"supports\": [{}]", supports.join(", ")) };
    let shows = can
        .and_then(|can| can.shows)
        .map(|(audio, image)| format!(", \"supportAudio\": {audio}, \"supportImage\": {image}"));
    let (endpoint, token) = match way {
        Way::Own(endpoint) => (format!(", \"endpoint\": {}", text(endpoint)), String::new()),
        Way::At(endpoint, token) => {
            (format!(", \"endpoint\": {}", text(endpoint)), format!(", \"token\": {}", text(token)))
        }
        Way::Via(node) => (format!(", \"via\": {}", text(node)), String::new()),
    };
    format!("{{\"id\": {id}, \"name\": {}{endpoint}{}{supports}{token}}}", text(name), shows.unwrap_or_default())
}

/// For each node, given by name and URL, its name and the text of its registry file: itself and all others, with a
/// random token of 256 bits for each pair.
///
/// # Errors
/// See [`mesh_of`].
pub fn mesh(platforms: &[(String, String)]) -> Result<Vec<(String, String)>> {
    let members: Vec<_> = platforms.iter().map(|(name, url)| Member::node(name, url)).collect();
    Ok(mesh_of(&members)?.into_iter().map(|made| (made.name, made.json)).collect())
}

/// What [`mesh_of`] makes for one platform.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Made {
    /// The name of the platform.
    pub name: String,
    /// For a node, the text of its registry file. For a plain platform one line of JSON: name and URL of its gateway, and the
    /// token with which it posts there.
    pub json: String,
    /// Whether it is a plain platform.
    pub plain: bool,
}

impl fmt::Debug for Made {
    /// The text holds tokens.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Made").field("name", &self.name).field("plain", &self.plain).finish_non_exhaustive()
    }
}

/// A whole network: for each node its registry file, with a random token of 256 bits for each pair of nodes and for each plain
/// platform and its gateway; for each plain platform what it needs to know of its gateway. In the files of the other nodes
/// a plain platform is reached through its gateway (`via`).
///
/// # Errors
/// `conflict`: two have one name. `invalid`: fewer than two platforms, a name or a URL that can't stand in a registry, a plain
/// platform without a node that hosts it.
pub fn mesh_of(members: &[Member]) -> Result<Vec<Made>> {
    let mut names = HashMap::new();
    let mut urls = Vec::new();
    for (number, Member { name, url, .. }) in members.iter().enumerate() {
        urls.push(checked(name, url)?);
        let name = name.trim();
        if let Some(other) = names.insert(fold(name), number) {
            let other = members[other].name.trim();
            let message = format!("`{name}` and `{other}` count as one name: give each platform a name of its own");
            return Err(Error::new(ErrorKind::Conflict, message));
        }
    }
    if members.len() < 2 {
        return Err(Error::new(ErrorKind::Invalid, "a mesh has at least two platforms: NAME=URL NAME=URL"));
    }
    // The number of the node that hosts each, if it is plain.
    let mut hosts = Vec::new();
    for member in members {
        let host = member.behind.as_deref().and_then(|node| names.get(&fold(node.trim())).copied());
        match host.filter(|host| !members[*host].plain) {
            _ if !member.plain => hosts.push(None),
            Some(host) => hosts.push(Some(host)),
            None => {
                let (name, node) = (member.name.trim(), member.behind.as_deref().unwrap_or_default());
                let message = format!("`{name}` is to be hosted by `{node}`, which is none of the nodes of this mesh");
                return Err(Error::new(ErrorKind::Invalid, message));
            }
        }
    }
    let mut tokens = HashMap::new();
    for i in 0..members.len() {
        for j in 0..i {
            tokens.insert((j, i), new_token()?);
        }
    }
    let token = |a: usize, b: usize| tokens.get(&(a.min(b), a.max(b))).map_or("", String::as_str);
    let name = |number: usize| members[number].name.trim();
    let line = |own: usize, number: usize| {
        let way = match hosts[number] {
            _ if number == own => Way::Own(&urls[number]),
            Some(host) if host != own => Way::Via(name(host)),
            _ => Way::At(&urls[number], token(own, number)),
        };
        entry_line(number as i64 + 1, name(number), &way, Some(&members[number]))
    };
    let made = |own: usize| {
        let json = match hosts[own] {
            Some(host) => entry_line(host as i64 + 1, name(host), &Way::At(&urls[host], token(own, host)), None) + "\n",
            None => {
                let lines: Vec<_> = (0..members.len()).map(|number| line(own, number)).collect();
                format!("[\n  {}\n]\n", lines.join(",\n  "))
            }
        };
        Made { name: name(own).to_owned(), json, plain: hosts[own].is_some() }
    };
    Ok((0..members.len()).map(made).collect())
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
    /// The name of this side, as the entry for the other side has it.
    pub own_name: String,
    /// The URL of this side; None: nothing says it, and the entry for the other side has [`NO_URL`] in its place.
    pub own_url: Option<String>,
}

impl fmt::Debug for Added {
    /// Both texts hold tokens.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Added(…)")
    }
}

/// Stands for the URL of this side in an entry for another where nothing says it. It is no endpoint, so nobody sends there.
pub const NO_URL: &str = "THE-URL-OF-THIS-NODE";

/// What is known of this side, whose registry file it is.
#[derive(Debug, Clone, Copy, Default)]
pub struct Own<'a> {
    /// Its name; without it, that of the one entry without a token, as in a file that [`mesh`] made.
    pub name: Option<&'a str>,
    /// Where the other side reaches it; without it, the endpoint of its entry.
    pub url: Option<&'a str>,
}

/// Adds a node to the text of a registry file, which may be empty, with a fresh token. What stands there stays as it
/// is, to the letter. `own_url` is where the other side reaches this one; without it, the endpoint of the own entry counts.
/// Without `own_name` the own entry is the one that has no token, as in a file that [`mesh`] made.
///
/// # Errors
/// `config`: the file or a name is wrong, or does not tell what was left out. `conflict`: the name is there already.
pub fn add(existing_json: &str, own_name: Option<&str>, name: &str, url: &str, own_url: Option<&str>) -> Result<Added> {
    let added = add_member(existing_json, Own { name: own_name, url: own_url }, &Member::node(name, url))?;
    match &added.own_url {
        Some(_) => Ok(added),
        None => Err(Error::config(format!(
            "no entry of the registry file gives the URL of `{}`: say where the other side reaches it",
            added.own_name
        ))),
    }
}

/// The same for a node or a plain platform, where the URL of this side need not be known.
///
/// # Errors
/// As [`add`].
pub fn add_member(existing_json: &str, own: Own<'_>, member: &Member) -> Result<Added> {
    let (endpoint, name) = (checked(&member.name, &member.url)?, member.name.trim());
    let existing = if existing_json.trim().is_empty() { "[]" } else { existing_json };
    let entries = spans(existing.as_bytes()).map_err(|fault| {
        let json::Fault { line, column, why, .. } = fault;
        Error::config(format!("the registry file, line {line}: not JSON: {why} (column {column})"))
    })?;
    let own_name = match own.name {
        Some(name) => name.trim().to_owned(),
        None => without_token(&entries).ok_or_else(|| {
            Error::config(
                "the registry file doesn't tell whose it is (by one entry without a token): give the own name",
            )
        })?,
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
    let own_url = own.url.map(str::to_owned).or(own_endpoint);
    let own_url = own_url.map(|url| checked(&own_name, &url)).transpose()?;
    let token = new_token()?;
    let new = entry_line(next_id(ids.iter()), name, &Way::At(&endpoint, &token), Some(member));
    let json = match entries.last() {
        None => format!("[\n  {new}\n]\n"),
        Some((_, last)) => {
            let end = last.as_ptr().addr() + last.len() - existing.as_ptr().addr();
            format!("{},\n  {new}\n]\n", &existing[..end])
        }
    };
    let other_side = entry_line(own_id, &own_name, &Way::At(own_url.as_deref().unwrap_or(NO_URL), &token), None);
    Ok(Added { json, other_side, warnings, own_name, own_url })
}

/// Whose registry file this is, if it says so: by one entry that has neither token nor gateway, as in a file that [`mesh`]
/// made.
pub fn owner(json: &str) -> Option<String> {
    without_token(&spans(json.as_bytes()).ok()?)
}

/// What is wrong with a registry file as it is on disk, for a node of this name. Nobody is asked.
pub fn check(path: &Path, own_name: &str) -> Vec<Finding> {
    file_findings(path, look(path, own_name))
}

/// What there is to say of a registry file that was looked at.
pub(crate) fn file_findings(path: &Path, looked: Result<Vec<Warning>>) -> Vec<Finding> {
    let to_do = || format!("correct {}", path.display());
    match looked {
        Ok(warnings) => {
            let finding = |warning: Warning| Finding {
                platform: Some(warning.platform.clone()),
                kind: FindingKind::Registry,
                other: None,
                what: warning.to_string(),
                to_do: to_do(),
            };
            warnings.into_iter().map(finding).collect()
        }
        Err(e) => vec![Finding {
            platform: None,
            kind: FindingKind::Registry,
            other: None,
            what: e.to_string(),
            to_do: format!("{}; until then what was valid before stays in force", to_do()),
        }],
    }
}

/// The name of the one entry that has neither token nor gateway: the node's own.
fn without_token(entries: &[(usize, &str)]) -> Option<String> {
    let own = |(_, raw): &(usize, &str)| {
        let entry = json::parse(raw.as_bytes()).ok()?;
        let other = entry.get("token").is_some() || entry.get("via").is_some();
        entry.get("name").and_then(Value::as_str).filter(|_| !other).map(|name| name.trim().to_owned())
    };
    let mut found = entries.iter().filter_map(own);
    found.next().filter(|_| found.next().is_none())
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
mod tests;
