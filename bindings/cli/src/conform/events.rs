//! What is posted to a platform, in every form that the protocol allows.

use serde_json::{Value, json};

use super::check::Place;
use super::gateway::Signed;
use super::trial::{CONFORM, Trial, post};

pub(super) async fn takes_a_user(t: &Trial) -> Vec<Place> {
    t.taken([t.user(&t.writer(), "conform writer")]).await
}

pub(super) async fn takes_a_room(t: &Trial) -> Vec<Place> {
    t.taken([t.public_room(&t.plaza(), "conform plaza")]).await
}

pub(super) async fn takes_a_message(t: &Trial) -> Vec<Place> {
    t.taken([t.message("conform: a message")]).await
}

pub(super) async fn takes_a_new_name(t: &Trial) -> Vec<Place> {
    let id = t.new_id();
    t.taken(["conform renamed", "conform renamed, once more"].map(|name| t.user(&id, name).about("name"))).await
}

pub(super) async fn takes_a_changed_room(t: &Trial) -> Vec<Place> {
    let id = t.new_id();
    let members = json!([{CONFORM: [t.writer(), t.new_id()]}]);
    t.taken([
        t.public_room(&id, "conform changed"),
        t.room(&id, "conform changed, once more", "public", members).about("users"),
    ])
    .await
}

pub(super) async fn takes_the_end_of_a_room(t: &Trial) -> Vec<Place> {
    let id = t.new_id();
    t.taken([
        t.public_room(&id, "conform closed"),
        t.room(&id, "conform closed", "private", json!([{CONFORM: [t.writer()]}])).about("type"),
    ])
    .await
}

pub(super) async fn takes_a_room_of_nobody(t: &Trial) -> Vec<Place> {
    t.taken([t.room(&t.new_id(), "conform empty", "public", json!([])).about("users")]).await
}

pub(super) async fn takes_members_of_unknown_platforms(t: &Trial) -> Vec<Place> {
    let users =
        json!([{CONFORM: [t.writer()]}, {"conform two": [3, "x"]}, {"conform ñandú 聊天": ["ana@example.org"]}]);
    t.taken([t.room(&t.new_id(), "conform of three platforms", "public", users).about("users")]).await
}

pub(super) async fn takes_many_members(t: &Trial) -> Vec<Place> {
    let ids: Vec<u32> = (1..=5_000).collect();
    let room = t.room(&t.new_id(), "conform of 5,000 members", "public", json!([{CONFORM: ids}]));
    t.taken([room.about("users")]).await
}

pub(super) async fn takes_an_unknown_sender(t: &Trial) -> Vec<Place> {
    t.taken([t.message_in(&t.plaza(), &t.new_id(), "conform: of a sender never announced").about("senderId")]).await
}

pub(super) async fn takes_an_outsider_in_a_public_room(t: &Trial) -> Vec<Place> {
    let id = t.new_id();
    let user = t.user(&id, "conform outsider");
    if t.take(&user, Signed::Well).await.is_err() {
        return Vec::new();
    }
    t.taken([t.message_in(&t.plaza(), &id, "conform: of no member of this public room").about("senderId")]).await
}

pub(super) async fn takes_an_empty_text(t: &Trial) -> Vec<Place> {
    t.taken([t.message("").about("text")]).await
}

pub(super) async fn takes_optional_fields(t: &Trial) -> Vec<Place> {
    let message = || t.message("conform: with an optional field");
    let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    t.taken([
        message().with("sentAt", json!("2026-11-24T10:00:00Z")),
        message().with("sentAt", json!("2026-11-24T07:00:00.123456-03:00")),
        message().with("replyTo", json!("0193a3c4-7d5e-7c11-9d3a-5b1f0e6a2c44")),
        message().with("traceparent", json!(trace)),
        message().with("recipients", json!([])),
    ])
    .await
}

pub(super) async fn takes_attachments(t: &Trial) -> Vec<Place> {
    let image = json!({"kind": "image", "url": "https://example.org/conform.png", "mime": "image/png", "name": "conform.png", "size": 48213});
    let sound = json!({"kind": "audio", "data": "Y29uZm9ybQ=="});
    let with = |attachments: Value| t.message("conform: with attachments").with("attachments", attachments);
    t.taken([with(json!([image.clone()])), with(json!([sound.clone()])), with(json!([image, sound]))]).await
}

pub(super) async fn takes_unknown_fields(t: &Trial) -> Vec<Place> {
    let news = || json!({"of": ["a later version"], "n": 1});
    let id = t.new_id();
    t.taken([
        t.user(&id, "conform of tomorrow").with("conformUnknown", news()),
        t.public_room(&id, "conform of tomorrow").with("conformUnknown", news()),
        t.message("conform: with a field of tomorrow").with("conformUnknown", news()),
    ])
    .await
}

pub(super) async fn takes_large_integers(t: &Trial) -> Vec<Place> {
    in_all_ids(t, &[json!(9_007_199_254_740_991_i64), json!(-7), json!(0)]).await
}

pub(super) async fn takes_string_ids(t: &Trial) -> Vec<Place> {
    let run = t.writer();
    in_all_ids(
        t,
        &[format!("conform-{run}"), format!("conform-{run}:ana/ñandú 聊天"), format!("conform-{run}@example.org")]
            .map(Value::String),
    )
    .await
}

pub(super) async fn takes_long_ids(t: &Trial) -> Vec<Place> {
    let id = format!("conform-{}-", t.writer());
    in_all_ids(t, &[json!(format!("{id}{}", "x".repeat(255 - id.len())))]).await
}

/// Integers that JavaScript would round come as strings.
pub(super) async fn takes_integers_as_strings(t: &Trial) -> Vec<Place> {
    in_all_ids(t, &[json!("9223372036854775807"), json!("-9223372036854775808")]).await
}

/// The id of a user, of a room, and both in a message.
async fn in_all_ids(t: &Trial, ids: &[Value]) -> Vec<Place> {
    let mut posts = Vec::new();
    for id in ids {
        posts.push(t.user(id, "conform user of an unusual id").about("id"));
        posts.push(t.room(id, "conform room of an unusual id", "public", json!([{CONFORM: [id]}])).about("id"));
        posts.push(t.message_in(id, id, "conform: ids of an unusual form").about("senderId"));
    }
    first_of_each(t.taken(posts).await)
}

/// Of each endpoint only what went wrong first.
fn first_of_each(places: Vec<Place>) -> Vec<Place> {
    let mut kept: Vec<Place> = Vec::new();
    for place in places {
        if kept.iter().all(|k| k.endpoint != place.endpoint || k.field != place.field) {
            kept.push(place);
        }
    }
    kept
}

/// A member of the platform's own: a private room with it, and a message there with its recipients.
pub(super) async fn takes_a_private_room_with_a_member(t: &Trial) -> Vec<Place> {
    let (Some(name), Some(member)) = (&t.name, &t.member) else { return Vec::new() };
    let id = t.new_id();
    let users = json!([{CONFORM: [t.writer()]}, {name: [member]}]);
    t.taken([
        t.room(&id, "conform of two", "private", users).about("users"),
        t.message_in(&id, &t.writer(), "conform: for one of yours").with("recipients", json!([member])),
    ])
    .await
}

pub(super) async fn takes_an_edit(t: &Trial) -> Vec<Place> {
    of_a_message(t, "edit", &json!({"text": "conform: edited"})).await
}

pub(super) async fn takes_a_delete(t: &Trial) -> Vec<Place> {
    of_a_message(t, "delete", &json!({})).await
}

pub(super) async fn takes_a_reaction(t: &Trial) -> Vec<Place> {
    let places = of_a_message(t, "reaction", &json!({"ofPlatform": CONFORM, "emoji": "👍", "remove": false})).await;
    if !places.is_empty() {
        return places;
    }
    of_a_message(t, "reaction", &json!({"ofPlatform": CONFORM, "emoji": "👍", "remove": true})).await
}

/// What refers to a message that was just taken; nothing where the platform does not say that it knows such a thing.
async fn of_a_message(t: &Trial, path: &'static str, more: &Value) -> Vec<Place> {
    let message = t.message("conform: a message to refer to");
    if !t.supports.iter().any(|kind| kind == path) || t.take(&message, Signed::Well).await.is_err() {
        return Vec::new();
    }
    let mut body = json!({"roomOriginalPlatform": CONFORM, "roomId": t.plaza(), "senderId": t.writer(), "of": message.id, "platform": CONFORM});
    if let (Some(body), Some(more)) = (body.as_object_mut(), more.as_object()) {
        body.extend(more.clone());
    }
    t.taken([post(path, body)]).await
}
