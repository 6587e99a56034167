//! Everything that this chat does with other platforms, and the file to copy from.
//!
//! Two tasks. *Outgoing* publishes what the chat has committed to its own database, in order, and marks it published; as
//! it works from the rows alone, a crash at any point is repaired by the next start. *Incoming* ([`incoming`]) takes the
//! node's events, stores them in the chat's own database, shows them to the open pages and then acks.
//!
//! No ids are bound and no foreign users or rooms get keys of this app's: the node takes external ids (`Norte:7`)
//! wherever it takes ids, so one text column beside the chat's own integers is all that is needed. An app whose tables
//! insist on integer keys calls `Node::bind` in the handlers below instead.

mod incoming;
mod rooms;

use std::error::Error as StdError;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use integrador::{
    DeleteMessage, Delivery, DeliveryState, EditMessage, ErrorKind, ExternalId, Id, NewMessage, NewReaction, Node,
    RoomKind,
};
use tokio::sync::Notify;

use crate::db::Db;
use crate::live::{Audience, Live, Push};
use crate::model::{Conversation, Message, OutgoingChange, OwnUser, Person, PlatformInfo, Said, Tick};

type Result<T> = std::result::Result<T, Box<dyn StdError + Send + Sync>>;

/// The chat's side of the node.
pub(crate) struct Integration {
    node: Node,
    db: Arc<Db>,
    live: Live,
    written: Notify,
    /// Of who stores what a room is now.
    storing: Mutex<()>,
}

impl Integration {
    /// Tells the node what the chat has, takes over what it has missed, and starts both tasks. They end with the node.
    pub(crate) async fn start(node: Node, db: Arc<Db>, live: Live) -> Result<Arc<Self>> {
        let this = Arc::new(Integration { node, db, live, written: Notify::new(), storing: Mutex::default() });
        // Only what has changed since the last start is sent.
        let users = this.db.users()?.into_iter().map(|u| (u.id, u.name));
        this.node.publish_users(users).await?;
        for room in this.node.rooms() {
            this.save_room(&room.id, None)?;
        }
        this.refresh_ticks().await?;
        tokio::spawn(this.clone().outgoing());
        tokio::spawn(this.clone().incoming());
        Ok(this)
    }

    // Outgoing.

    /// To be called after a row was written that others should hear of.
    pub(crate) fn written(&self) {
        self.written.notify_one();
    }

    async fn outgoing(self: Arc<Self>) {
        loop {
            match self.publish_rows().await {
                Ok(()) => self.written.notified().await,
                Err(e) if is_closed(&*e) => return,
                Err(e) => {
                    tracing::warn!("nothing can be published now, trying again: {e}");
                    tokio::time::sleep(Duration::from_secs(1)).await;
                }
            }
        }
    }

    async fn publish_rows(&self) -> Result<()> {
        for room in self.db.unpublished_conversations()? {
            let kind = if room.public { RoomKind::Public } else { RoomKind::Private };
            let published = self.node.publish_room(room.id, &room.name, kind, self.by_platform(&room.members)).await;
            self.db.conversation_published(room.id, refusal(published.map(drop))?.as_deref())?;
            self.push_conversation(room.id, None)?;
        }
        loop {
            let rows = self.db.unpublished_messages(256)?;
            let changes = self.db.unpublished_changes(256)?;
            if rows.is_empty() && changes.is_empty() {
                return Ok(());
            }
            for row in rows {
                self.publish_row(row).await?;
            }
            for change in changes {
                self.publish_change(change).await?;
            }
        }
    }

    async fn publish_row(&self, row: Message) -> Result<()> {
        let Some(conversation) = self.db.conversation(row.conversation)? else { return Ok(()) };
        let room: ExternalId = conversation.external.parse()?;
        // The key makes a repeated call after a crash the same message.
        let mut message = NewMessage::new(room, own_id(&row.sender), row.text).key(format!("message-{}", row.id));
        if let Ok(at) = humantime::parse_rfc3339(&row.at) {
            message = message.sent_at(at);
        }
        for attachment in self.db.attachments(row.id)? {
            message = message.attach(attachment);
        }
        // What it answers was written before it, so the node has that, or has refused it.
        if let Some(event) = self.db.answered(row.id)? {
            message = message.reply_to(event.parse()?);
        }
        match self.node.publish_message(message).await {
            Ok(receipt) => {
                if let Some(event) = receipt.event {
                    self.db.message_published(row.id, &event.to_string())?;
                    // Some may have been delivered before the event id was in its row.
                    self.reread_ticks(&event.to_string(), &self.node.delivery(event).await?)?;
                }
            }
            Err(e) => {
                if let Some(why) = refusal(Err(e))? {
                    self.db.message_failed(row.id, &why)?;
                }
            }
        }
        self.push_message(row.id)
    }

    /// It has no key: the same again after a crash changes nothing.
    async fn publish_change(&self, change: OutgoingChange) -> Result<()> {
        let OutgoingChange { id, message, sender, said, event, author } = change;
        let (of, user) = (event.parse()?, own_id(&sender));
        let published = match said {
            Said::Edit { text, .. } => self.node.edit_message(EditMessage::new(of, user, text)).await,
            Said::Delete => self.node.delete_message(DeleteMessage::new(of, user)).await,
            Said::Reaction { emoji, on } => {
                let platform = author.split(':').next().unwrap_or_default();
                let reaction = NewReaction::new(of, platform, user, emoji);
                self.node.react(if on { reaction } else { reaction.remove() }).await
            }
        };
        match published {
            Ok(receipt) => {
                self.db.change_published(id, receipt.event.map(|e| e.to_string()).as_deref())?;
                if let Some(event) = receipt.event {
                    self.reread_ticks(&event.to_string(), &self.node.delivery(event).await?)?;
                }
            }
            Err(e) => {
                if let Some(why) = refusal(Err(e))? {
                    self.db.change_failed(id, &why)?;
                }
            }
        }
        self.push_ticks(message)
    }

    /// A user who is new here.
    pub(crate) async fn user_added(&self, user: &OwnUser) -> Result<()> {
        self.node.publish_user(user.id, &user.name).await?;
        self.push_people()
    }

    /// Deliveries are told as hints that a crash may swallow; the node's `delivery` knows.
    async fn refresh_ticks(&self) -> Result<()> {
        for event in self.db.open_deliveries()? {
            let deliveries = self.node.delivery(event.parse()?).await?;
            if let Some(message) = self.reread_ticks(&event, &deliveries)? {
                self.push_ticks(message)?;
            }
        }
        Ok(())
    }

    fn reread_ticks(&self, event: &str, deliveries: &[Delivery]) -> Result<Option<i64>> {
        let mut message = None;
        for d in deliveries {
            let tick = tick(&d.platform, d.state, d.why.as_deref());
            message = self.db.set_delivery(event, &tick, true)?;
        }
        Ok(message)
    }

    // What the page shows of the others.

    /// Everybody, of all platforms.
    pub(crate) fn people(&self) -> Result<Vec<Person>> {
        let own = self.node.name();
        let mut people: Vec<Person> = self.db.users()?.into_iter().map(|u| person(own, &u)).collect();
        people.extend(self.node.users(None)?.into_iter().filter(|u| &*u.id.platform != own).map(|u| Person {
            id: u.id.to_string(),
            name: u.name.to_string(),
            platform: u.id.platform.to_string(),
            active: u.active,
            avatar: u.avatar,
        }));
        Ok(people)
    }

    /// All platforms, and who is up.
    pub(crate) async fn platforms(&self) -> Result<Vec<PlatformInfo>> {
        let status = self.node.status().await?;
        let of = |name: &str| status.platforms.iter().find(|p| &*p.name == name);
        let info = |p: integrador::Platform| {
            // What is hosted by another node is reached only as long as that one is.
            let via = p.via.as_deref().and_then(of).map(|gateway| gateway.up);
            PlatformInfo {
                name: p.name.to_string(),
                own: p.own,
                support_image: p.support_image,
                support_audio: p.support_audio,
                up: if p.own { Some(true) } else { via.unwrap_or_else(|| of(&p.name).and_then(|f| f.up)) },
            }
        };
        Ok(self.node.platforms().into_iter().map(info).collect())
    }

    fn push_people(&self) -> Result<()> {
        self.live.push(Audience::Everybody, &Push::People { people: self.people()? });
        Ok(())
    }

    async fn push_platforms(&self) -> Result<()> {
        self.live.push(Audience::Everybody, &Push::Platforms { platforms: self.platforms().await? });
        Ok(())
    }

    /// A conversation is new or has changed; who was in it `before` learns that too.
    pub(crate) fn push_conversation(&self, id: i64, before: Option<&Conversation>) -> Result<()> {
        self.live.show(|| {
            let Some(conversation) = self.db.conversation(id)? else { return Ok(None) };
            let audience = Audience::of(&conversation);
            let audience = before.map_or(audience.clone(), |before| audience.and(before));
            Ok(Some((audience, Push::Conversation { conversation: Box::new(conversation) })))
        })
    }

    /// A message is new, has got its place, or was changed.
    pub(crate) fn push_message(&self, id: i64) -> Result<()> {
        self.live.show(|| {
            let Some(message) = self.db.message(id)? else { return Ok(None) };
            let Some(conversation) = self.db.conversation(message.conversation)? else { return Ok(None) };
            let audience = Audience::of(&conversation);
            let last = conversation.last.filter(|last| last.id != id);
            Ok(Some((audience, Push::Message { message: Box::new(message), last: last.map(Box::new) })))
        })
    }

    fn push_ticks(&self, id: i64) -> Result<()> {
        self.live.show(|| {
            let Some(message) = self.db.message(id)? else { return Ok(None) };
            let Some(conversation) = self.db.conversation(message.conversation)? else { return Ok(None) };
            let audience = Audience::of(&conversation);
            let Message { conversation, deliveries, failed, changes, .. } = message;
            Ok(Some((audience, Push::Ticks { conversation, message: id, deliveries, failed, changes })))
        })
    }

    /// Members as the node takes them: `[("Norte", [1, 2])]`.
    fn by_platform(&self, members: &[String]) -> Vec<(String, Vec<Id>)> {
        let mut platforms: Vec<(String, Vec<Id>)> = Vec::new();
        for member in members {
            let Some((platform, id)) = member.split_once(':') else { continue };
            // Ids go out as their own platform writes them: 4 or "4".
            let id = if platform == self.node.name() {
                own_id(member)
            } else {
                // Of a platform that nobody knows there is none, and publishing the room says so.
                let known = self.node.users(Some(platform)).unwrap_or_default();
                known.iter().find(|u| u.id.id.as_str() == id).map_or_else(|| id.into(), |u| u.id.id.clone())
            };
            match platforms.iter_mut().find(|(p, _)| p == platform) {
                Some((_, ids)) => ids.push(id),
                None => platforms.push((platform.into(), vec![id])),
            }
        }
        platforms
    }
}

/// A user of this app as a person among all.
pub(crate) fn person(platform: &str, user: &OwnUser) -> Person {
    Person {
        id: ExternalId::new(platform, user.id).to_string(),
        name: user.name.clone(),
        platform: platform.into(),
        active: true,
        avatar: None,
    }
}

fn own_id(external: &str) -> Id {
    let id = external.split_once(':').map_or(external, |(_, id)| id);
    id.parse::<i64>().map_or_else(|_| id.into(), Id::from)
}

fn tick(platform: &str, state: DeliveryState, why: Option<&str>) -> Tick {
    let state = match state {
        DeliveryState::Accepted => "accepted",
        DeliveryState::Parked => "parked",
        DeliveryState::Delivered => "delivered",
        DeliveryState::Dead => "dead",
        DeliveryState::Unsupported => "unsupported",
        _ => "waiting",
    };
    Tick { platform: platform.into(), state: state.into(), why: why.map(Into::into) }
}

/// Why the node won't ever take this; an error is one that passes.
fn refusal(published: integrador::Result<()>) -> Result<Option<String>> {
    match published {
        Ok(()) => Ok(None),
        Err(e) if e.is_retryable() || e.kind() == ErrorKind::Closed => Err(e.into()),
        Err(e) => Ok(Some(e.to_string())),
    }
}

fn is_closed(e: &(dyn StdError + Send + Sync + 'static)) -> bool {
    e.downcast_ref::<integrador::Error>().is_some_and(|e| e.kind() == ErrorKind::Closed)
}

#[cfg(test)]
mod tests;
