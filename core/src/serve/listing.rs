//! `GET platforms` and `GET users`: the directory as everybody may see it. No token, no endpoint, no secret.
//!
//! A list is made once for each state of the directory, and all who ask get the same bytes. Lists that are out of date but not
//! fetched yet take memory of a bounded size; beyond it whoever asks for a newer one tries again.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use tokio::sync::Mutex;

use super::answer::{Answer, json_response};
use super::inbound::Inbound;
use crate::Result;
use crate::config::DirectoryAccess;
use crate::directory::Directory;
use crate::shared::Shared;
use crate::store::PlatformRow;
use crate::util::apart::apart;
use crate::util::digest::digest;
use crate::wire::write::{self, PlatformEntry, Reader, UserEntry};

/// What lists may take that are out of date and not fetched yet, bytes.
const OUTDATED: usize = 32 << 20;

/// Which list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Which {
    Platforms,
    Users,
    /// Those of this node and of the platforms that it hosts.
    LocalUsers,
}

/// A list as it is sent.
#[derive(Clone)]
struct List {
    /// Of which state of the directory.
    revision: u64,
    for_nodes: Text,
    /// The same bytes, unless some id is written in another way.
    for_others: Text,
}

#[derive(Clone)]
struct Text {
    body: Bytes,
    tag: HeaderValue,
}

/// The lists as they were made last.
#[derive(Default)]
pub(super) struct Lists {
    platforms: Mutex<Option<List>>,
    users: Mutex<Option<List>>,
    local_users: Mutex<Option<List>>,
    /// What all lists take that somebody holds.
    held: Arc<AtomicUsize>,
}

/// A list's bytes, which are counted as long as anybody holds them.
struct Counted {
    bytes: Vec<u8>,
    held: Arc<AtomicUsize>,
}

impl Counted {
    fn new(bytes: Vec<u8>, held: &Arc<AtomicUsize>) -> Self {
        held.fetch_add(bytes.len(), Ordering::Relaxed);
        Counted { bytes, held: held.clone() }
    }
}

impl AsRef<[u8]> for Counted {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.held.fetch_sub(self.bytes.len(), Ordering::Relaxed);
    }
}

impl Lists {
    /// The list as the directory is now. None: too much is held of earlier ones.
    async fn get(&self, shared: &Arc<Shared>, which: Which) -> Result<Option<List>> {
        let kept = match which {
            Which::Platforms => &self.platforms,
            Which::Users => &self.users,
            Which::LocalUsers => &self.local_users,
        };
        // Held while it is made: whoever asks meanwhile waits for the same.
        let mut kept = kept.lock().await;
        let now = shared.directory.read().revision();
        if let Some(list) = &*kept
            && list.revision == now
        {
            return Ok(Some(list.clone()));
        }
        // The one that is replaced is let go first.
        *kept = None;
        if self.held.load(Ordering::Relaxed) > OUTDATED {
            return Ok(None);
        }
        let (reading, held) = (shared.clone(), self.held.clone());
        let list = apart(move || Ok(make(&reading.directory.read(), which, &held))).await?;
        *kept = Some(list.clone());
        Ok(Some(list))
    }
}

fn make(directory: &Directory, which: Which, held: &Arc<AtomicUsize>) -> List {
    let written = |reader| {
        let bytes = match which {
            Which::Platforms => all_platforms(reader, directory),
            Which::Users => all_users(reader, directory, false),
            Which::LocalUsers => all_users(reader, directory, true),
        };
        text(bytes, held)
    };
    let mut users = directory.active().flat_map(|row| directory.users(row.num));
    let all_exact = users.all(|user| write::is_exact(&user.id));
    let for_nodes = written(Reader::Node);
    let for_others = if all_exact { for_nodes.clone() } else { written(Reader::Any) };
    List { revision: directory.revision(), for_nodes, for_others }
}

fn text(mut bytes: Vec<u8>, held: &Arc<AtomicUsize>) -> Text {
    bytes.shrink_to_fit();
    let tag: String = digest(&bytes)[..16].iter().map(|byte| format!("{byte:02x}")).collect();
    let tag = HeaderValue::try_from(format!("\"{tag}\"")).unwrap_or(HeaderValue::from_static("\"\""));
    Text { body: Bytes::from_owner(Counted::new(bytes, held)), tag }
}

impl Inbound {
    pub(super) async fn listing(&self) -> std::result::Result<Response<Bytes>, Answer> {
        match self.reader() {
            Ok(num) => drop(self.known.set(num)),
            Err(_) if self.server.shared.config.directory == DirectoryAccess::Public => {}
            Err(denied) => return Err(self.denied(denied)),
        }
        let local = self.query_field("scope").is_some_and(|scope| scope == "local");
        let which = match (&*self.path, local) {
            ("platforms", _) => Which::Platforms,
            (_, false) => Which::Users,
            (_, true) => Which::LocalUsers,
        };
        let list = self.server.lists.get(&self.server.shared, which).await.map_err(|e| Answer::from(&e))?;
        let list = list.ok_or_else(|| {
            let message = "too many lists are being fetched at once; try again";
            Answer::new(StatusCode::SERVICE_UNAVAILABLE, message).retry_after(1)
        })?;
        let list = if self.is_signed() { list.for_nodes } else { list.for_others };
        let known = self.headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
        let unchanged = known.flat_map(|value| value.split(',')).any(|value| {
            let value = value.trim();
            value == "*" || value.trim_start_matches("W/").as_bytes() == list.tag.as_bytes()
        });
        let mut response = json_response(StatusCode::OK, if unchanged { Bytes::new() } else { list.body });
        if unchanged {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            response.headers_mut().remove(header::CONTENT_TYPE);
        }
        response.headers_mut().insert(header::ETAG, list.tag);
        Ok(response)
    }
}

fn users_of<'a>(reader: Reader, directory: &'a Directory, row: &'a PlatformRow) -> Vec<UserEntry<'a>> {
    let active = directory.users(row.num).filter(|user| user.active);
    active.map(|user| UserEntry::new(reader, &user.id, &user.name, &row.name, user.extras.avatar())).collect()
}

fn all_platforms(reader: Reader, directory: &Directory) -> Vec<u8> {
    let entries: Vec<PlatformEntry<'_>> = directory
        .active()
        .map(|row| PlatformEntry {
            name: &row.name,
            support_audio: row.support_audio,
            support_image: row.support_image,
            users: users_of(reader, directory, row),
        })
        .collect();
    write::platforms(&entries)
}

fn all_users(reader: Reader, directory: &Directory, local: bool) -> Vec<u8> {
    let here = |row: &PlatformRow| !local || Some(row.num) == directory.own || directory.is_hosted(row.num);
    let users: Vec<UserEntry<'_>> =
        directory.active().filter(|row| here(row)).flat_map(|row| users_of(reader, directory, row)).collect();
    write::users(&users)
}
