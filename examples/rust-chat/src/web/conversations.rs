//! Conversations as the page asks for them: begun, joined, left, changed, read.

use std::sync::Arc;

use axum::extract::{Json, Path, State};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::json;

use super::{Answer, App, Me, Refused};
use crate::live::{Audience, Push};
use crate::model::{Conversation, RoomUpdate};

const MAX_NAME: usize = 80;
const NAME_TOO_LONG: Refused = Refused(StatusCode::BAD_REQUEST, "El nombre puede tener hasta 80 letras.");

#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
pub(super) struct NewConversation {
    name: String,
    public: bool,
    members: Vec<String>,
}

pub(super) async fn create(State(app): State<Arc<App>>, me: Me, Json(new): Json<NewConversation>) -> Answer {
    let myself = me.person(&app);
    let people = app.integration.people()?;
    let mut members = vec![myself.id.clone()];
    let mut names = vec![myself.name];
    for id in new.members {
        let person = people.iter().find(|p| p.id == id && p.active);
        let person = person.ok_or(Refused(StatusCode::NOT_FOUND, "Una de las personas ya no está."))?;
        if !members.contains(&id) {
            members.push(id);
            names.push(person.name.clone());
        }
    }
    let name = new.name.trim();
    if name.chars().count() > MAX_NAME {
        return Err(NAME_TOO_LONG);
    }
    if new.public && name.is_empty() {
        return Err(Refused(StatusCode::BAD_REQUEST, "Una sala pública necesita un nombre."));
    }
    if !new.public {
        match members.as_slice() {
            [_] => return Err(Refused(StatusCode::BAD_REQUEST, "Elegí al menos a una persona.")),
            [me, other] => {
                if let Some(id) = app.db.chat_of(me, other)? {
                    return Ok(Json(json!({ "id": id })));
                }
            }
            _ => {}
        }
    }
    let name = if name.is_empty() { names.join(", ").chars().take(MAX_NAME).collect() } else { name.to_owned() };
    let id = app.db.add_conversation(&name, new.public, &members)?;
    app.integration.push_conversation(id, None)?;
    app.integration.written();
    Ok(Json(json!({ "id": id })))
}

pub(super) async fn join(State(app): State<Arc<App>>, me: Me, Path(id): Path<i64>) -> Answer {
    let conversation = me.conversation(&app, id)?;
    app.integration.join(&conversation, me.user.id).await?;
    Ok(Json(json!({})))
}

pub(super) async fn leave(State(app): State<Arc<App>>, me: Me, Path(id): Path<i64>) -> Answer {
    let conversation = me.conversation(&app, id)?;
    app.integration.leave(&conversation, me.user.id).await?;
    Ok(Json(json!({})))
}

/// Members, the name, who is barred: what this app may decide on a room is what the page offers, see its `rights`.
pub(super) async fn update(
    State(app): State<Arc<App>>,
    me: Me,
    Path(id): Path<i64>,
    Json(mut wanted): Json<RoomUpdate>,
) -> Answer {
    let conversation = me.conversation(&app, id)?;
    if !may(&conversation, &me.person(&app).id, &app.platform, &wanted) {
        return Err(Refused(StatusCode::FORBIDDEN, "No podés hacer eso en esta conversación."));
    }
    if let Some(name) = &mut wanted.name {
        *name = name.trim().to_owned();
        match name.chars().count() {
            0 => return Err(Refused(StatusCode::BAD_REQUEST, "Escribí un nombre.")),
            n if n > MAX_NAME => return Err(NAME_TOO_LONG),
            _ => {}
        }
    }
    let people = app.integration.people()?;
    if !wanted.add.iter().chain(&wanted.ban).all(|id| people.iter().any(|p| p.id == *id && p.active)) {
        return Err(Refused(StatusCode::NOT_FOUND, "Una de las personas ya no está."));
    }
    app.integration.update(&conversation, &wanted).await?;
    Ok(Json(json!({})))
}

/// Whether somebody here may change this of a room: of their own platform's all, of another's which people of theirs are in it, and
/// into private ones they let nobody.
fn may(room: &Conversation, me: &str, platform: &str, wanted: &RoomUpdate) -> bool {
    let own = |id: &String| id.split(':').next() == Some(platform);
    let RoomUpdate { name, add, remove, ban, unban } = wanted;
    let theirs = name.is_none() && ban.is_empty() && unban.is_empty() && add.iter().chain(remove).all(own);
    let partakes = !room.direct && room.members.iter().any(|m| m == me);
    partakes
        && if room.home == platform {
            !ban.iter().any(|id| id == me)
        } else {
            theirs && (room.public || add.is_empty())
        }
}

pub(super) async fn read(State(app): State<Arc<App>>, me: Me, Path(id): Path<i64>) -> Answer {
    let (conversation, person) = (me.conversation(&app, id)?, me.person(&app).id);
    app.db.mark_read(&person, conversation.id)?;
    // The person's other pages.
    app.live.push(Audience::People(vec![person]), &Push::Read { conversation: id });
    Ok(Json(json!({})))
}
