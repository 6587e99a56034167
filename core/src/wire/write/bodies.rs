//! The bodies of users, rooms, platforms and receipts.

use serde::Serialize;
use uuid::Uuid;

use super::ids::{BarredList, IdFor, MemberList, Reader};
use super::json::bytes;
use crate::model::{DeliveryState, Ext, Extras, RoomKind};
use crate::wire::{PlatformBody, ReceiptBody, RoomBody, RoomOf, UserBody};

#[derive(Serialize)]
struct UserOut<'a> {
    id: IdFor<'a>,
    name: &'a str,
    platform: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    active: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    avatar: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ext: Option<&'a Ext>,
}

fn user_out<'a>(reader: Reader, platform: &'a str, body: &'a UserBody, active: Option<bool>) -> UserOut<'a> {
    let UserBody { id, name, extras, active: _ } = body;
    UserOut { id: IdFor(reader, id), name, platform, active, avatar: extras.avatar(), ext: extras.ext() }
}

/// A user, for nodes.
pub(crate) fn user(platform: &str, body: &UserBody) -> Vec<u8> {
    let active = if body.active { None } else { Some(false) };
    bytes(&user_out(Reader::Node, platform, body, active))
}

/// A user who is there, for plain platforms.
pub(crate) fn plain_user(platform: &str, body: &UserBody) -> Vec<u8> {
    bytes(&user_out(Reader::Any, platform, body, None))
}

/// An announcement for nodes: as `announcer` made it, with the origin where that is another.
pub(crate) fn room(announcer: &str, body: &RoomBody) -> Vec<u8> {
    room_of(announcer, &body.into())
}

/// The same from parts that are held elsewhere.
pub(crate) fn room_of(announcer: &str, room: &RoomOf<'_>) -> Vec<u8> {
    bytes(&RoomOut {
        id: IdFor(Reader::Node, room.id),
        name: room.name,
        platform: announcer,
        kind: room.kind,
        users: MemberList(Reader::Node, &room.members),
        origin: room.origin,
        again: (!room.again.is_empty()).then_some(MemberList(Reader::Node, &room.again)),
        banned: (!room.banned.is_empty()).then_some(BarredList(Reader::Node, &room.banned)),
        avatar: room.extras.and_then(Extras::avatar),
        ext: room.extras.and_then(Extras::ext),
    })
}

/// A room for plain platforms: whole, as it is now, `origin` being its platform.
pub(crate) fn plain_room(origin: &str, room: &RoomOf<'_>) -> Vec<u8> {
    bytes(&RoomOut {
        id: IdFor(Reader::Any, room.id),
        name: room.name,
        platform: origin,
        kind: room.kind,
        users: MemberList(Reader::Any, &room.members),
        origin: None,
        again: None,
        banned: None,
        avatar: room.extras.and_then(Extras::avatar),
        ext: room.extras.and_then(Extras::ext),
    })
}

#[derive(Serialize)]
struct RoomOut<'a> {
    id: IdFor<'a>,
    name: &'a str,
    platform: &'a str,
    #[serde(rename = "type")]
    kind: RoomKind,
    users: MemberList<'a>,
    #[serde(rename = "roomOriginalPlatform", skip_serializing_if = "Option::is_none")]
    origin: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    again: Option<MemberList<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    banned: Option<BarredList<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    avatar: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ext: Option<&'a Ext>,
}

/// What `platform`, a node, tells of a platform: that it hosts it, introduces it, removed it; or of itself, a new token.
pub(crate) fn platform(platform: &str, body: &PlatformBody) -> Vec<u8> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Out<'a> {
        platform: &'a str,
        name: &'a str,
        support_audio: bool,
        support_image: bool,
        #[serde(skip_serializing_if = "Option::is_none")]
        via: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        endpoint: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        token: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        removed: Option<bool>,
    }
    bytes(&Out {
        platform,
        name: &body.name,
        support_audio: body.support_audio,
        support_image: body.support_image,
        via: body.via.as_deref(),
        endpoint: body.endpoint.as_ref().map(|url| url.as_str()),
        token: body.token.as_ref().map(|token| token.as_str()),
        removed: if body.removed { Some(true) } else { None },
    })
}

/// The fate of a message, an edit or a delete, told by `platform`, a gateway.
pub(crate) fn receipt(platform: &str, body: &ReceiptBody) -> Vec<u8> {
    #[derive(Serialize)]
    struct Out<'a> {
        platform: &'a str,
        event: Uuid,
        of: &'a str,
        to: &'a str,
        state: DeliveryState,
        #[serde(skip_serializing_if = "Option::is_none")]
        why: Option<&'a str>,
    }
    bytes(&Out { platform, event: body.event, of: &body.of, to: &body.to, state: body.state, why: body.why.as_deref() })
}
