//! `GET platforms` and `GET users`: the directory as everybody may see it. No token, no endpoint, no secret.

use bytes::Bytes;
use http::{Response, StatusCode, header};

use super::answer::{Answer, json_response};
use super::inbound::Inbound;
use crate::config::DirectoryAccess;
use crate::directory::Directory;
use crate::store::PlatformRow;
use crate::wire::digest;
use crate::wire::write::{self, PlatformEntry, UserEntry};

impl Inbound<'_> {
    pub(super) fn listing(&self, platforms: bool) -> Response<Bytes> {
        if !self.may_read() && self.server.shared.config.directory != DirectoryAccess::Public {
            let message = "the directory wants a token: Bearer, ?token= or a signature";
            return Answer::new(StatusCode::UNAUTHORIZED, message).into();
        }
        let local = self.query.is_some_and(|query| {
            url::form_urlencoded::parse(query.as_bytes()).any(|(name, value)| name == "scope" && value == "local")
        });
        let body = {
            let directory = self.server.shared.directory.read();
            if platforms { all_platforms(&directory) } else { all_users(&directory, local) }
        };
        let tag = digest(&body)[..16].iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        let tag = format!("\"{tag}\"");
        let known = self.headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
        let unchanged = known.flat_map(|value| value.split(',')).any(|value| {
            let value = value.trim();
            value == "*" || value.trim_start_matches("W/") == tag
        });
        let mut response = json_response(StatusCode::OK, if unchanged { Bytes::new() } else { body.into() });
        if unchanged {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            response.headers_mut().remove(header::CONTENT_TYPE);
        }
        if let Ok(tag) = tag.parse() {
            response.headers_mut().insert(header::ETAG, tag);
        }
        response
    }
}

fn users_of<'a>(directory: &'a Directory, row: &'a PlatformRow) -> Vec<UserEntry<'a>> {
    let active = directory.users(row.num).filter(|user| user.active);
    active.map(|user| UserEntry { id: &user.id, name: &user.name, platform: &row.name }).collect()
}

fn all_platforms(directory: &Directory) -> Vec<u8> {
    let entries: Vec<PlatformEntry<'_>> = directory
        .active()
        .map(|row| PlatformEntry {
            name: &row.name,
            support_audio: row.support_audio,
            support_image: row.support_image,
            users: users_of(directory, row),
        })
        .collect();
    write::platforms(&entries)
}

fn all_users(directory: &Directory, local: bool) -> Vec<u8> {
    let here = |row: &PlatformRow| !local || Some(row.num) == directory.own || directory.is_hosted(row.num);
    let users: Vec<UserEntry<'_>> =
        directory.active().filter(|row| here(row)).flat_map(|row| users_of(directory, row)).collect();
    write::users(&users)
}
