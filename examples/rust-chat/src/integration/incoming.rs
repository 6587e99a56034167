//! The pump: takes the node's events, stores them in the chat's own database and shows them to the open pages.

use std::sync::Arc;
use std::time::{Duration, Instant, UNIX_EPOCH};

use humantime::format_rfc3339_millis;
use integrador::{DeliveryChange, ErrorKind, Event, EventBody, ExternalId, Message};
use uuid::Uuid;

use super::{Integration, Result, tick};
use crate::model::{Draft, ForeignChange, Said};

/// How soon the pages are shown who is there: an import of a thousand users changes their lists once.
const LISTS_WITHIN: Duration = Duration::from_millis(100);

const CENTURY: Duration = Duration::from_secs(100 * 365 * 86_400);

impl Integration {
    pub(super) async fn incoming(self: Arc<Self>) {
        let mut events = self.node.consumer();
        // Since when the pages show lists that are out of date.
        let mut outdated: Option<Instant> = None;
        loop {
            let wait = outdated.map_or(Duration::MAX, |since| LISTS_WITHIN.saturating_sub(since.elapsed()));
            match events.next(wait).await {
                Ok(Some(event)) => {
                    // The node's own directory is the list of people and platforms: there is nothing to store.
                    if let EventBody::User(_) | EventBody::Platform(_) = event.body {
                        outdated.get_or_insert_with(Instant::now);
                    }
                    match self.handle(&event).await {
                        Ok(()) => events.done(),
                        // It comes again; what was done of it is recognised by its id. Whether the node is closed is heard next.
                        Err(e) => drop(events.failed(&e.to_string()).await),
                    }
                }
                Ok(None) => {}
                Err(e) if e.kind() == ErrorKind::Closed => return,
                Err(e) => {
                    tracing::error!("no events can be taken now, trying again: {e}");
                    tokio::time::sleep(Duration::from_secs(1)).await;
                }
            }
            if outdated.is_some_and(|since| since.elapsed() >= LISTS_WITHIN) {
                outdated = None;
                if let Err(e) = self.push_lists().await {
                    tracing::warn!("the pages were not told who is there: {e}");
                }
            }
        }
    }

    async fn push_lists(&self) -> Result<()> {
        self.push_people()?;
        self.push_platforms().await
    }

    async fn handle(&self, event: &Event) -> Result<()> {
        match &event.body {
            EventBody::Message(message) => self.message(&event.id.to_string(), message),
            EventBody::Room(change) => self.save_room(&change.room.id, Some(event.id)).map(drop),
            EventBody::Delivery(change) => self.delivery(change).await,
            EventBody::Edit(edit) => {
                let said = Said::Edit { text: edit.text.clone(), attachments: edit.attachments.clone() };
                self.changed(event, edit.of, &edit.sender, said)
            }
            EventBody::Delete(delete) => self.changed(event, delete.of, &delete.sender, Said::Delete),
            EventBody::Reaction(it) => {
                self.changed(event, it.of, &it.sender, Said::Reaction { emoji: it.emoji.clone(), on: it.on })
            }
            _ => Ok(()),
        }
    }

    fn message(&self, event: &str, message: &Message) -> Result<()> {
        let external = message.room.to_string();
        let conversation = match self.db.conversation_id(&external)? {
            Some(id) => id,
            None => self.save_room(&message.room, None)?,
        };
        let draft = Draft {
            conversation,
            sender: message.sender.to_string(),
            sender_name: message.sender_name.clone(),
            text: message.text.clone(),
            attachments: message.attachments.clone(),
            key: None,
            reply: None,
            reply_event: message.reply_to.map(|event| event.to_string()),
        };
        // A sender may claim any year from 0 on; the pages show those of our time.
        let at =
            message.sent_at.map(|at| format_rfc3339_millis(at.clamp(UNIX_EPOCH, UNIX_EPOCH + CENTURY)).to_string());
        match self.db.add_foreign_message(&draft, event, at.as_deref())? {
            Some(message) => self.push_message(message.id),
            None => Ok(()),
        }
    }

    /// Something is said of a message. Whether that person may, the database knows, which has the message.
    fn changed(&self, event: &Event, of: Uuid, sender: &ExternalId, said: Said) -> Result<()> {
        let change =
            ForeignChange { event: event.id.to_string(), of: of.to_string(), sender: sender.to_string(), said };
        self.db.add_foreign_change(&change)?.map_or(Ok(()), |message| self.push_message(message))
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
