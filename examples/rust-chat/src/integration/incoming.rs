//! The pump: takes the node's events, stores them in the chat's own database, shows them to the open pages and then acks.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use integrador::{DeliveryChange, ErrorKind, Event, EventBody, ExternalId, Message, Room, RoomKind};
use uuid::Uuid;

use super::{Integration, Result, tick};
use crate::model::Draft;

impl Integration {
    pub(super) async fn incoming(self: Arc<Self>) {
        loop {
            let events = match self.node.next_events(256, Duration::from_secs(30)).await {
                Ok(events) => events,
                Err(e) if e.kind() == ErrorKind::Closed => return,
                Err(e) => {
                    tracing::warn!("no events can be taken now, trying again: {e}");
                    tokio::time::sleep(Duration::from_secs(1)).await;
                    continue;
                }
            };
            if let Err(e) = self.handle(events).await {
                // What was handled and not acked comes again, and is recognised by its event id.
                tracing::warn!("events could not be handled to the end: {e}");
            }
        }
    }

    async fn handle(&self, events: Vec<Event>) -> Result<()> {
        let mut handled = Vec::new();
        let mut taken_back = HashSet::new();
        let (mut people, mut platforms) = (false, false);
        for event in events {
            let room = room_of(&event.body).cloned();
            if room.as_ref().is_some_and(|r| taken_back.contains(r)) {
                continue;
            }
            let result = match &event.body {
                EventBody::Message(message) => self.message(&event.id.to_string(), message),
                EventBody::Room(change) => self.save_room(&change.room).map(drop),
                EventBody::Delivery(change) => self.delivery(change).await,
                // The node's own directory is the list of people and platforms: there is nothing to store.
                EventBody::User(_) => {
                    people = true;
                    Ok(())
                }
                EventBody::Platform(_) => {
                    (people, platforms) = (true, true);
                    Ok(())
                }
                _ => Ok(()),
            };
            match result {
                Ok(()) => handled.push(event.id),
                Err(e) => {
                    // With it the node takes back the later ones of its room, so that they come again in order. Also if it
                    // can't write how often this one has failed; so there is no need to say it again.
                    if let Err(e) = self.node.nack(event.id, &e.to_string()).await {
                        tracing::warn!("{e}");
                    }
                    taken_back.extend(room);
                }
            }
        }
        self.ack(&handled).await?;
        if people {
            self.push_people()?;
        }
        if platforms {
            self.push_platforms().await?;
        }
        Ok(())
    }

    /// Acknowledges, again and again while the node can't store that: what is not acked stays handed out, and keeps the later
    /// ones of its room back, until the handler timeout.
    async fn ack(&self, handled: &[Uuid]) -> Result<()> {
        loop {
            match self.node.ack(handled).await {
                Err(e) if e.is_retryable() => {
                    tracing::warn!("events can't be acknowledged now, trying again: {e}");
                    tokio::time::sleep(Duration::from_secs(1)).await;
                }
                acked => return Ok(acked.map(drop)?),
            }
        }
    }

    fn message(&self, event: &str, message: &Message) -> Result<()> {
        let external = message.room.to_string();
        let conversation = match self.db.conversation_id(&external)? {
            Some(id) => id,
            None => {
                let room = self.node.room(&message.room).ok_or_else(|| format!("the room {external} is not known"))?;
                self.save_room(&room)?
            }
        };
        let draft = Draft {
            conversation,
            sender: message.sender.to_string(),
            sender_name: message.sender_name.clone(),
            text: message.text.clone(),
            attachments: message.attachments.clone(),
            key: None,
        };
        match self.db.add_foreign_message(&draft, event, message.sent_at.as_deref())? {
            Some(message) => self.push_message(message.id),
            None => Ok(()),
        }
    }

    /// A room as it is now; who was dropped from it learns that too.
    pub(super) fn save_room(&self, room: &Room) -> Result<i64> {
        let external = room.id.to_string();
        let before = match self.db.conversation_id(&external)? {
            Some(id) => self.db.conversation(id)?,
            None => None,
        };
        let members: Vec<String> = room.member_ids().map(|m| m.to_string()).collect();
        let id = self.db.save_room(&external, &room.name, room.kind == RoomKind::Public, &members)?;
        self.push_conversation(id, before.as_ref())?;
        Ok(id)
    }

    async fn delivery(&self, change: &DeliveryChange) -> Result<()> {
        if change.count > 1 {
            // One event for many dead letters.
            return self.refresh_ticks().await;
        }
        let tick = tick(&change.platform, change.state, change.why.as_deref());
        if let Some(message) = self.db.set_delivery(&change.event.to_string(), &tick, false)? {
            self.push_ticks(message)?;
        }
        Ok(())
    }
}

fn room_of(body: &EventBody) -> Option<&ExternalId> {
    match body {
        EventBody::Message(message) => Some(&message.room),
        EventBody::Room(change) => Some(&change.room.id),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
