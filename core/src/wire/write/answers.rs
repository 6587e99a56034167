//! What a node answers: a status, the lists of the directory, a pong.

use serde::Serialize;
use uuid::Uuid;

use super::ids::{IdFor, Reader};
use super::json::bytes;
use crate::model::{Delivery, EventKind, Id};

/// The answer to a POST; `event` is the id of what was taken.
pub(crate) fn status(status: u16, message: &str, event: Option<Uuid>) -> Vec<u8> {
    #[derive(Serialize)]
    struct Out<'a> {
        status: u16,
        message: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        id: Option<Uuid>,
    }
    bytes(&Out { status, message, id: event })
}

/// One user of the directory.
#[derive(Serialize)]
pub(crate) struct UserEntry<'a> {
    id: IdFor<'a>,
    name: &'a str,
    platform: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    avatar: Option<&'a str>,
}

impl<'a> UserEntry<'a> {
    pub(crate) fn new(reader: Reader, id: &'a Id, name: &'a str, platform: &'a str, avatar: Option<&'a str>) -> Self {
        UserEntry { id: IdFor(reader, id), name, platform, avatar }
    }
}

/// One platform of the directory. There is no field for a token or an endpoint.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PlatformEntry<'a> {
    pub name: &'a str,
    pub support_audio: bool,
    pub support_image: bool,
    pub users: Vec<UserEntry<'a>>,
}

/// The answer to `GET users`.
pub(crate) fn users(users: &[UserEntry<'_>]) -> Vec<u8> {
    bytes(users)
}

/// The answer to `GET platforms`.
pub(crate) fn platforms(platforms: &[PlatformEntry<'_>]) -> Vec<u8> {
    bytes(platforms)
}

/// The answer to `GET delivery`.
pub(crate) fn deliveries(deliveries: &[Delivery]) -> Vec<u8> {
    bytes(deliveries)
}

/// The answer to a ping; to one that verifies it says whom this node has entries for.
pub(crate) fn pong<S: AsRef<str>>(
    name: &str,
    hosts: &[S],
    store: Uuid,
    standalone: bool,
    knows: Option<&[S]>,
) -> Vec<u8> {
    #[derive(Serialize)]
    struct About<'a> {
        version: i64,
        batch: bool,
        receipts: bool,
        hosts: Vec<&'a str>,
        kinds: Vec<&'static str>,
        store: Uuid,
        standalone: bool,
        #[serde(skip_serializing_if = "Option::is_none")]
        knows: Option<Vec<&'a str>>,
    }
    #[derive(Serialize)]
    struct Out<'a> {
        status: u16,
        message: &'static str,
        platform: &'a str,
        integrador: About<'a>,
    }
    let hosts = hosts.iter().map(AsRef::as_ref).collect();
    let knows = knows.map(|names| names.iter().map(AsRef::as_ref).collect());
    let kinds = EventKind::TRAVELLING.map(EventKind::as_str).into();
    let integrador = About { version: 1, batch: true, receipts: true, hosts, kinds, store, standalone, knows };
    bytes(&Out { status: 200, message: "pong", platform: name, integrador })
}
