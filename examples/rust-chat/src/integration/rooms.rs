//! Rooms: what the node knows of them is stored here, and what people of this app change of them goes to the node first. That has it on
//! disk then; should the process die before it is stored here too, the next start takes it over.

use std::sync::{Arc, PoisonError};

use integrador::{Banned, ErrorKind, ExternalId, Id, NewRoom, Receipt, Room, RoomKind};
use uuid::Uuid;

use super::{Integration, Result, own_id};
use crate::model::{Conversation, RoomUpdate};

type ByPlatform = Vec<(Arc<str>, Vec<Id>)>;

impl Integration {
    /// Takes a user of this app into a public room, of whichever platform.
    pub(crate) async fn join(&self, room: &Conversation, user: impl Into<Id>) -> Result<()> {
        let external: ExternalId = room.external.parse()?;
        let receipt = self.node.join_room(&external, user.into()).await?;
        self.save_room(&external, receipt.event).map(drop)
    }

    /// Takes a user of this app out of a room.
    pub(crate) async fn leave(&self, room: &Conversation, user: impl Into<Id>) -> Result<()> {
        let external: ExternalId = room.external.parse()?;
        let receipt = self.node.leave_room(&external, user.into()).await?;
        self.save_room(&external, receipt.event).map(drop)
    }

    /// Changes a room. That they may was seen to; of a room of another platform only own people come and go.
    pub(crate) async fn update(&self, room: &Conversation, update: &RoomUpdate) -> Result<()> {
        if room.home == self.node.name() {
            let external: ExternalId = room.external.parse()?;
            let receipt = self.announce(&external, update).await?;
            self.save_room(&external, receipt.event)?;
            return Ok(());
        }
        for person in &update.add {
            self.join(room, own_id(person)).await?;
        }
        for person in &update.remove {
            self.leave(room, own_id(person)).await?;
        }
        Ok(())
    }

    /// The node takes the difference between two calls of this app, and others may have come and gone since the last one: so it is told
    /// first how the room is, and then how it is to be.
    async fn announce(&self, external: &ExternalId, update: &RoomUpdate) -> Result<Receipt> {
        let unknown = || integrador::Error::new(ErrorKind::UnknownRoom, "the room is not published yet");
        let mut room = self.node.room(external)?.ok_or_else(unknown)?;
        self.node.publish_new_room(as_it_is(&room)).await?;
        if let Some(name) = &update.name {
            room.name.clone_from(name);
        }
        let out: Vec<&String> = update.remove.iter().chain(&update.ban).collect();
        for (platform, ids) in &mut room.members {
            ids.retain(|id| !out.contains(&&ExternalId::new(platform.clone(), id.clone()).to_string()));
        }
        for (platform, ids) in self.by_platform(&update.add) {
            put(&mut room.members, platform.into(), ids);
        }
        let mut users: ByPlatform = Vec::new();
        room.banned.retain(|(platform, banned)| match banned {
            Banned::Platform => true,
            Banned::Users(ids) => {
                put(&mut users, platform.clone(), ids.clone());
                false
            }
        });
        for (platform, ids) in self.by_platform(&update.ban) {
            put(&mut users, platform.into(), ids);
        }
        for (platform, ids) in &mut users {
            ids.retain(|id| !update.unban.contains(&ExternalId::new(platform.clone(), id.clone()).to_string()));
        }
        room.banned.extend(users.into_iter().map(|(platform, ids)| (platform, Banned::Users(ids))));
        Ok(self.node.publish_new_room(as_it_is(&room)).await?)
    }

    /// Stores a room as it is now; who was dropped from it learns that too. One at a time asks the node: an event and a call of a page
    /// change rooms from tasks of their own, and the members of a moment ago must not be stored over those of now.
    pub(super) fn save_room(&self, external: &ExternalId, event: Option<Uuid>) -> Result<i64> {
        let _turn = self.storing.lock().unwrap_or_else(PoisonError::into_inner);
        let room = self.node.room(external)?.ok_or_else(|| format!("the room {external} is not known"))?;
        let before = match self.db.conversation_id(&external.to_string())? {
            Some(id) => self.db.conversation(id)?,
            None => None,
        };
        let event = event.map(|event| event.to_string());
        let (id, notices) = self.db.save_room(&to_store(room), event.as_deref())?;
        self.push_conversation(id, before.as_ref())?;
        for notice in notices {
            self.push_message(notice)?;
        }
        Ok(id)
    }
}

fn put(all: &mut ByPlatform, platform: Arc<str>, more: Vec<Id>) {
    match all.iter_mut().find(|(name, _)| *name == platform) {
        Some((_, ids)) => ids.extend(more),
        None => all.push((platform, more)),
    }
}

fn as_it_is(room: &Room) -> NewRoom {
    let mut new = NewRoom::new(room.id.id.clone(), room.name.clone(), room.kind);
    for (platform, ids) in &room.members {
        new = new.members(&**platform, ids.clone());
    }
    for (platform, banned) in &room.banned {
        new = match banned {
            Banned::Platform => new.ban_platform(&**platform),
            Banned::Users(ids) => new.ban(&**platform, ids.clone()),
        };
    }
    if let Some(avatar) = &room.avatar {
        new = new.avatar(avatar.clone());
    }
    if let Some(ext) = &room.ext {
        new = new.ext(ext.clone());
    }
    new
}

fn to_store(room: Room) -> crate::model::Room {
    let banned = room.banned.iter().flat_map(|(platform, banned)| match banned {
        Banned::Platform => vec![format!("{platform}:*")],
        Banned::Users(ids) => ids.iter().map(|id| ExternalId::new(platform.clone(), id.clone()).to_string()).collect(),
    });
    crate::model::Room {
        external: room.id.to_string(),
        public: room.kind == RoomKind::Public,
        members: room.member_ids().map(|m| m.to_string()).collect(),
        banned: banned.collect(),
        avatar: room.avatar,
        name: room.name,
    }
}
