//! The words of a scenario as calls of the public API, and what these return as JSON. All that is particular to Rust is here.

use std::collections::BTreeMap;

use integrador::blocking::Node;
use integrador::{
    Attachment, BindKind, DeadLetter, DeadLetterFilter, DeleteMessage, Delivery, EditMessage, Event, EventBody, Ext,
    ExternalId, Id, Introduction, InviteInfo, NewMessage, NewReaction, NewRoom, NewUser, Platform, PlatformStatus,
    Receipt, Ref, Result, Room, Status, User,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// The arguments of a step.
struct Given(Map<String, Value>);

impl Given {
    fn optional<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        let value = self.0.get(name).filter(|value| !value.is_null())?;
        Some(serde_json::from_value(value.clone()).unwrap_or_else(|e| panic!("`{name}`: {e}: {value}")))
    }

    fn one<T: DeserializeOwned>(&self, name: &str) -> T {
        self.optional(name).unwrap_or_else(|| panic!("`{name}` is missing in {:?}", self.0))
    }

    fn text(&self, name: &str) -> String {
        self.one(name)
    }

    fn id(&self, name: &str) -> Id {
        self.one(name)
    }

    /// What names a user or a room: a text with a `:` in it is an external id.
    fn reference(&self, name: &str) -> Ref {
        let id = self.id(name);
        if id.as_str().contains(':') { parsed(id.as_str()).into() } else { id.into() }
    }

    fn kind(&self) -> BindKind {
        self.one("kind")
    }

    fn external(&self) -> ExternalId {
        parsed(&self.text("external"))
    }

    fn dead(&self) -> DeadLetterFilter {
        let platform = self.optional("platform").map(DeadLetterFilter::Platform);
        let number = || self.optional("number").map(DeadLetterFilter::Number);
        let event = || self.optional("event").map(DeadLetterFilter::Event);
        platform.or_else(number).or_else(event).unwrap_or(DeadLetterFilter::All)
    }

    fn ext(&self) -> Result<Option<Ext>> {
        self.optional::<Value>("ext").map(|ext| Ext::new(&ext)).transpose()
    }

    fn user(&self) -> Result<NewUser> {
        let user = NewUser::new(self.id("id"), self.text("name"));
        let user = self.optional::<String>("avatar").into_iter().fold(user, NewUser::avatar);
        Ok(self.ext()?.into_iter().fold(user, NewUser::ext))
    }

    fn room(&self) -> Result<NewRoom> {
        let room = NewRoom::new(self.id("id"), self.text("name"), self.one("kind"));
        let members: BTreeMap<String, Vec<Id>> = self.optional("members").unwrap_or_default();
        let room = members.into_iter().fold(room, |room, (platform, ids)| room.members(platform, ids));
        let banned: BTreeMap<String, Value> = self.optional("banned").unwrap_or_default();
        let room = banned.into_iter().fold(room, |room, (platform, users)| match users.as_str() {
            Some("*") => room.ban_platform(platform),
            _ => room.ban(platform, serde_json::from_value::<Vec<Id>>(users).expect("`banned`: ids or \"*\"")),
        });
        let room = self.optional::<String>("avatar").into_iter().fold(room, NewRoom::avatar);
        Ok(self.ext()?.into_iter().fold(room, NewRoom::ext))
    }

    fn message(&self) -> Result<NewMessage> {
        let message = NewMessage::new(self.reference("room"), self.id("sender"), self.text("text"));
        let message = self.optional::<String>("key").into_iter().fold(message, NewMessage::key);
        let message = self.optional::<Uuid>("reply_to").into_iter().fold(message, NewMessage::reply_to);
        let attachments = self.optional::<Vec<Attachment>>("attachments").into_iter().flatten();
        Ok(self.ext()?.into_iter().fold(attachments.fold(message, NewMessage::attach), NewMessage::ext))
    }

    fn edit(&self) -> Result<EditMessage> {
        let edit = EditMessage::new(self.one("event"), self.id("sender"), self.text("text"));
        let edit = self.optional("attachments").into_iter().fold(edit, EditMessage::attachments);
        Ok(self.ext()?.into_iter().fold(edit, EditMessage::ext))
    }

    fn delete(&self) -> DeleteMessage {
        let delete = DeleteMessage::new(self.one("event"), self.id("sender"));
        self.optional::<String>("of_platform").into_iter().fold(delete, DeleteMessage::of_platform)
    }

    fn reaction(&self) -> NewReaction {
        let (of, platform) = (self.one("event"), self.text("of_platform"));
        let reaction = NewReaction::new(of, platform, self.id("sender"), self.text("emoji"));
        if self.optional("on").unwrap_or(true) { reaction } else { reaction.remove() }
    }

    /// What is posted: a text, or whatever it is the JSON of.
    fn body(&self) -> String {
        match self.optional("body").unwrap_or_default() {
            Value::Null => String::new(),
            Value::String(text) => text,
            json => json.to_string(),
        }
    }
}

fn parsed(text: &str) -> ExternalId {
    text.parse().unwrap_or_else(|e| panic!("{text}: {e}"))
}

/// Calls the operation of this name.
pub(super) fn call(node: &Node, operation: &str, with: Map<String, Value>) -> Result<Value> {
    let with = Given(with);
    Ok(match operation {
        "publish_user" => receipt(&node.publish_new_user(with.user()?)?),
        "publish_users" => node.publish_users(with.one::<Vec<(Id, String)>>("users"))?.into(),
        "publish_room" => receipt(&node.publish_new_room(with.room()?)?),
        "join_room" => receipt(&node.join_room(with.reference("room"), with.id("user"))?),
        "leave_room" => receipt(&node.leave_room(with.reference("room"), with.id("user"))?),
        "publish_message" => receipt(&node.publish_message(with.message()?)?),
        "edit_message" => receipt(&node.edit_message(with.edit()?)?),
        "delete_message" => receipt(&node.delete_message(with.delete())?),
        "react" => receipt(&node.react(with.reaction())?),
        "platforms" => list(node.platforms()?, platform),
        "users" => list(node.users(with.optional::<String>("platform").as_deref())?, |one| user(&one)),
        "rooms" => list(node.rooms()?, |one| room(&one)),
        "room" => node.room(with.reference("id"))?.as_ref().map(room).into(),
        "recipients" => shown(&node.recipients(with.reference("room"))?),
        "bind" => nothing(node.bind(with.kind(), &with.external(), with.id("local"))?),
        "local_id" => shown(&node.local_id(with.kind(), &with.external())?),
        "external_id" => shown(&node.external_id(with.kind(), with.id("local"))?),
        "delivery" => list(node.delivery(with.one("event"))?, delivery),
        "status" => status(&node.status()?),
        "dead_letters" => list(node.dead_letters(&with.dead())?, dead_letter),
        "retry" => node.retry(&with.dead())?.into(),
        "drop" => node.drop(&with.dead())?.into(),
        "sync_now" => node.sync_now(with.optional::<String>("platform").as_deref())?.into(),
        "handle" => {
            let request = http::Request::builder().method(with.text("method").as_str()).uri(with.text("path"));
            let answer = node.handle(request.body(with.body().into()).expect("a request"))?;
            json!({"status": answer.status().as_u16()})
        }
        other => return membership(node, other, &with),
    })
}

/// Those of who takes part.
fn membership(node: &Node, operation: &str, with: &Given) -> Result<Value> {
    Ok(match operation {
        "invite" => {
            let invite = node.invite(None)?;
            json!({"id": invite.id, "text": invite.text()})
        }
        "invites" => list(node.invites()?, |one: InviteInfo| json!({"id": one.id, "used_by": one.used_by.as_deref()})),
        "revoke_invite" => nothing(node.revoke_invite(&with.text("id"))?),
        "join" => {
            let joined = node.join(&with.text("invite"), None)?;
            json!({"inviter": joined.inviter, "platforms": joined.platforms})
        }
        "introduce" => nothing(node.introduce(&with.text("a"), &with.text("b"))?),
        "accept_introduction" => nothing(node.accept_introduction(&with.text("name"))?),
        "refuse_introduction" => nothing(node.refuse_introduction(&with.text("name"))?),
        "add_platform" => node.add_platform(&with.text("name"), &with.text("endpoint"))?.reveal().into(),
        "rotate_token" => node.rotate_token(&with.text("platform"))?.map(|token| token.reveal().to_owned()).into(),
        "remove_platform" => nothing(node.remove_platform(&with.text("name"))?),
        other => panic!("no operation is called {other}"),
    })
}

fn nothing(_: ()) -> Value {
    Value::Null
}

/// An event, as its handler sees it.
pub(super) fn event(node: &Node, event: &Event) -> Value {
    let mut shown = match &event.body {
        EventBody::Message(message) => json!({
            "kind": "message", "room": message.room, "sender": message.sender, "sender_name": message.sender_name,
            "text": message.text, "reply_to": message.reply_to, "attachments": message.attachments, "late": message.late,
            "ext": message.ext,
            "local_room": local(node, BindKind::Room, &message.room), "recipients": recipients(node, &message.room),
            "local_sender": local(node, BindKind::User, &message.sender),
        }),
        EventBody::Edit(edit) => {
            let mut shown = change(node, "edit", (&edit.room, &edit.sender, &edit.sender_name), edit.of);
            shown["text"] = json!(edit.text);
            shown["attachments"] = json!(edit.attachments);
            shown["ext"] = json!(edit.ext);
            shown
        }
        EventBody::Delete(delete) => {
            let mut shown = change(node, "delete", (&delete.room, &delete.sender, &delete.sender_name), delete.of);
            shown["of_platform"] = json!(&*delete.of_platform);
            shown
        }
        EventBody::Reaction(it) => {
            let mut shown = change(node, "reaction", (&it.room, &it.sender, &it.sender_name), it.of);
            shown["of_platform"] = json!(&*it.of_platform);
            shown["emoji"] = json!(it.emoji);
            shown["on"] = json!(it.on);
            shown
        }
        EventBody::User(it) => {
            let mut shown = user(it);
            shown["kind"] = json!("user");
            shown["local_user"] = local(node, BindKind::User, &it.id);
            shown
        }
        EventBody::Room(change) => json!({
            "kind": "room", "room": room(&change.room), "changed_by": &*change.changed_by,
            "local_room": local(node, BindKind::Room, &change.room.id), "recipients": recipients(node, &change.room.id),
        }),
        EventBody::Platform(it) => json!({"kind": "platform", "platform": &*it.platform, "change": it.change}),
        EventBody::Delivery(change) => json!({
            "kind": "delivery", "publication": change.event, "platform": &*change.platform, "state": change.state,
            "count": change.count,
        }),
        other => panic!("an event that is not known here: {other:?}"),
    };
    shown["event"] = shown_id(event.id);
    shown["attempt"] = event.attempt.into();
    shown
}

/// Who changed which message, where.
fn change(node: &Node, kind: &str, (room, sender, name): (&ExternalId, &ExternalId, &str), of: Uuid) -> Value {
    json!({
        "kind": kind, "room": room, "sender": sender, "sender_name": name, "of": of, "recipients": recipients(node, room),
        "local_room": local(node, BindKind::Room, room), "local_sender": local(node, BindKind::User, sender),
    })
}

fn local(node: &Node, kind: BindKind, external: &ExternalId) -> Value {
    node.local_id(kind, external).map(|id| shown(&id)).unwrap_or_default()
}

fn recipients(node: &Node, room: &ExternalId) -> Value {
    node.recipients(room).map(|ids| shown(&ids)).unwrap_or_default()
}

fn shown(value: &impl Serialize) -> Value {
    serde_json::to_value(value).expect("JSON")
}

fn shown_id(event: Uuid) -> Value {
    event.to_string().into()
}

/// Each of these, in the order of what they are called.
fn list<T>(items: Vec<T>, show: impl Fn(T) -> Value) -> Value {
    let mut shown: Vec<Value> = items.into_iter().map(show).collect();
    shown.sort_by_key(|one| ["id", "name", "platform"].map(|field| one[field].as_str().map(str::to_owned)));
    shown.into()
}

fn receipt(receipt: &Receipt) -> Value {
    let mut destinations: Vec<&str> = receipt.destinations.iter().map(|name| &**name).collect();
    destinations.sort_unstable();
    json!({"event": receipt.event, "destinations": destinations, "duplicate": receipt.duplicate})
}

fn platform(platform: Platform) -> Value {
    json!({"name": &*platform.name, "own": platform.own})
}

fn user(user: &User) -> Value {
    json!({"id": user.id, "name": user.name, "active": user.active, "avatar": user.avatar, "ext": user.ext})
}

fn room(room: &Room) -> Value {
    let members: Map<String, Value> = room.members.iter().map(|(name, ids)| (name.to_string(), shown(ids))).collect();
    let banned: Map<String, Value> = room.banned.iter().map(|(name, who)| (name.to_string(), shown(who))).collect();
    json!({
        "id": room.id, "name": room.name, "kind": room.kind, "members": members, "banned": banned,
        "avatar": room.avatar, "ext": room.ext,
    })
}

fn delivery(delivery: Delivery) -> Value {
    json!({"platform": &*delivery.platform, "state": delivery.state, "why": delivery.why})
}

fn status(status: &Status) -> Value {
    let platform =
        |p: PlatformStatus| json!({"name": &*p.name, "kind": p.kind, "up": p.up, "waiting": p.waiting, "dead": p.dead});
    let platforms = list(status.platforms.clone(), platform);
    let introduction = |one: Introduction| json!({"name": &*one.name, "by": &*one.by});
    let introductions = list(status.introductions.clone(), introduction);
    json!({
        "name": status.name, "standalone": status.standalone, "inbox": status.inbox, "platforms": platforms,
        "introductions": introductions,
    })
}

fn dead_letter(dead: DeadLetter) -> Value {
    json!({
        "number": dead.number, "event": dead.event, "kind": dead.kind, "platform": &*dead.platform,
        "from": &*dead.from, "inbound": dead.inbound, "why": dead.why,
    })
}
