//! What the app says to the others: its users, its rooms, its messages and what changes them. Arguments are checked here; what may be said is decided
//! in [`crate::rules`].

use super::Node;
use crate::commit::job::Job;
use crate::directory::Directory;
use crate::model::{
    Attachment, Banned, DeleteMessage, EditMessage, Ext, Id, NewMessage, NewReaction, NewRoom, NewUser, Receipt, Ref,
    RoomKind,
};
use crate::rules::{self, Outcome, Taken};
use crate::store::PlatformNum;
use crate::util::rfc3339;
use crate::wire::{RoomBody, UserBody, read};
use crate::{Error, ErrorKind, Result};

impl Node {
    /// Announces one of the app's own users. One that has not changed is not sent.
    ///
    /// # Errors
    /// `invalid`: the id or the name is over its limit; or a new id is a text that reads like an
    /// [external one](crate::ExternalId), `B:7`: where texts of both kinds meet, nobody could tell them apart. `store`, `closed`.
    pub async fn publish_user(&self, id: impl Into<Id>, name: impl Into<String>) -> Result<Receipt> {
        self.publish_new_user(NewUser::new(id, name)).await
    }

    /// The same for a user with an [avatar](NewUser::avatar), or with [more](NewUser::ext) that the app carries. Who has one and
    /// is announced without it has none any more.
    ///
    /// # Errors
    /// As [`publish_user`](Node::publish_user); `invalid`: the avatar is no http or https URL, or over its limit.
    pub async fn publish_new_user(&self, user: NewUser) -> Result<Receipt> {
        let body = self.user_body(user)?;
        self.publish(move |job, own| rules::user::publish(job, own, body)).await
    }

    /// Replaces the list of the app's own users, each an id and a name or a [`NewUser`]: only what is new, changed or gone is
    /// sent. Returns how many that were.
    ///
    /// # Errors
    /// As [`publish_new_user`](Node::publish_new_user).
    pub async fn publish_users<U: Into<NewUser>>(&self, users: impl IntoIterator<Item = U>) -> Result<usize> {
        let users = users.into_iter().map(|user| self.user_body(user.into())).collect::<Result<Vec<_>>>()?;
        let own = self.own()?;
        self.handle.shared.writer.run(move |job| rules::user::publish_all(job, own, users)).await
    }

    /// Announces a room of the app's own. Compared with the app's last call for this room, only the difference is applied to
    /// it as it is: who joined from elsewhere stays. Nothing is sent if nothing has changed.
    ///
    /// `members` by platform: `vec![("GWT_CHAT".into(), vec![1.into()])]`.
    ///
    /// # Errors
    /// `invalid`, `unknown_platform`, `store`, `closed`.
    pub async fn publish_room(
        &self,
        id: impl Into<Id>,
        name: impl Into<String>,
        kind: RoomKind,
        members: Vec<(String, Vec<Id>)>,
    ) -> Result<Receipt> {
        self.publish_new_room(NewRoom { members, ..NewRoom::new(id, name, kind) }).await
    }

    /// The same for a room with an [avatar](NewRoom::avatar), with [more](NewRoom::ext) that the app carries, or from which it
    /// [bars](NewRoom::ban) somebody. What is not said again holds no more: nobody is barred, there is no avatar.
    ///
    /// # Errors
    /// As [`publish_room`](Node::publish_room).
    pub async fn publish_new_room(&self, room: NewRoom) -> Result<Receipt> {
        let extras = room.extras();
        let NewRoom { id, name, kind, members, banned, avatar, ext } = room;
        self.check_id("id", &id)?;
        self.check_name("name", &name)?;
        check_extras(avatar.as_deref(), ext.as_ref())?;
        let limit = self.handle.shared.config.limits.members;
        let barred = banned.iter().flat_map(|(_, banned)| match banned {
            Banned::Users(ids) => ids.as_slice(),
            Banned::Platform => &[],
        });
        if barred.clone().count().max(banned.len()) > limit {
            return Err(Error::invalid("banned", format!("at most {limit}")));
        }
        for id in barred {
            self.check_id("banned", id)?;
        }
        if members.iter().map(|(_, ids)| ids.len()).sum::<usize>() > limit {
            return Err(Error::invalid("members", format!("at most {limit}")));
        }
        for id in members.iter().flat_map(|(_, ids)| ids) {
            self.check_id("members", id)?;
        }
        let members = members.into_iter().map(|(platform, ids)| (platform, ids.into_iter().collect())).collect();
        let banned = banned.into_iter().map(|(platform, banned)| (platform, banned.into())).collect();
        let body = RoomBody { id, name, kind, members, origin: None, again: Vec::new(), banned, extras };
        self.publish(move |job, own| rules::own_room::publish(job, own, body)).await
    }

    /// One of the app's own users joins a public room of any platform, or a room of the app's own.
    ///
    /// # Errors
    /// `unknown_room`, `unknown_platform`, `forbidden` (a private room of another platform), `store`, `closed`.
    pub async fn join_room(&self, room: impl Into<Ref>, user: impl Into<Ref>) -> Result<Receipt> {
        self.membership(room.into(), user.into(), true).await
    }

    /// One of the app's own users leaves a room.
    ///
    /// # Errors
    /// `unknown_room`, `unknown_platform`, `store`, `closed`.
    pub async fn leave_room(&self, room: impl Into<Ref>, user: impl Into<Ref>) -> Result<Receipt> {
        self.membership(room.into(), user.into(), false).await
    }

    async fn membership(&self, room: Ref, user: Ref, joins: bool) -> Result<Receipt> {
        self.check_id("user", user.id())?;
        self.publish(move |job, own| rules::own_room::membership(job, own, &room, &user, joins)).await
    }

    /// Publishes a message of one of the app's own users. When this returns it is on disk, and will arrive.
    ///
    /// # Errors
    /// `invalid`, `unknown_room`, `unknown_platform`, `not_a_member`, `forbidden` (the sender is a user of another platform),
    /// `conflict` (the key was used for another content), `store`, `closed`.
    pub async fn publish_message(&self, message: NewMessage) -> Result<Receipt> {
        self.check_message(&message)?;
        self.publish(move |job, own| rules::own_message::publish(job, own, message)).await
    }

    /// Gives a message of the app's own another text. When this returns the edit is on disk, and will arrive: at a platform that
    /// knows no edits as a message that answers the edited one. Nothing is sent if the message was deleted.
    ///
    /// The app decides which of its users may edit which of its messages; no other app can edit them. It needs no key: the same
    /// edit again changes nothing.
    ///
    /// # Errors
    /// `invalid`; `unknown_message` (not among the last 100,000 of this platform); `not_a_member`, `forbidden` (the sender is a
    /// user of another platform), `store`, `closed`.
    pub async fn edit_message(&self, edit: EditMessage) -> Result<Receipt> {
        self.check_edit(&edit)?;
        self.publish(move |job, own| rules::own_change::edit(job, own, edit)).await
    }

    /// Deletes a message everywhere, for good: one of the app's own or, in a room of its own, anybody's
    /// ([`DeleteMessage::of_platform`]). Nothing is sent if it was deleted before. A platform that knows no deletes keeps the
    /// message, and its [delivery](Node::delivery) is `unsupported`.
    ///
    /// # Errors
    /// `unknown_message` (not among the last 100,000 of its platform), `unknown_platform`, `not_a_member`, `forbidden` (another
    /// platform's message in a room of another platform; the sender is a user of another platform), `store`, `closed`.
    pub async fn delete_message(&self, delete: DeleteMessage) -> Result<Receipt> {
        self.check_id("sender", delete.sender.id())?;
        self.publish(move |job, own| rules::own_change::delete(job, own, delete)).await
    }

    /// Has one of the app's own users react to a message, or [take a reaction back](NewReaction::remove). Nothing is sent if it
    /// is so already. For a platform that knows no reactions the [delivery](Node::delivery) is `unsupported`.
    ///
    /// # Errors
    /// `invalid` (the emoji), `unknown_message` (not among the last 100,000 of its platform), `unknown_platform`, `not_a_member`,
    /// `forbidden` (the sender is a user of another platform), `store`, `closed`.
    pub async fn react(&self, reaction: NewReaction) -> Result<Receipt> {
        self.check_id("sender", reaction.sender.id())?;
        read::check_emoji(&reaction.emoji)?;
        self.publish(move |job, own| rules::own_change::react(job, own, reaction)).await
    }

    async fn publish(
        &self,
        work: impl FnOnce(&mut Job<'_>, PlatformNum) -> Result<Taken> + Send + 'static,
    ) -> Result<Receipt> {
        let own = self.own()?;
        let taken = self.handle.shared.writer.run(move |job| work(job, own)).await?;
        Ok(receipt(&self.handle.shared.directory.read(), &taken))
    }

    pub(super) fn own(&self) -> Result<PlatformNum> {
        self.handle.shared.open_or_closed()?;
        self.handle.shared.directory.read().own.ok_or_else(|| {
            Error::new(ErrorKind::Forbidden, "a standalone node has no users of its own: open the node with `platform`")
        })
    }

    pub(super) fn check_id(&self, field: &'static str, id: &Id) -> Result<()> {
        let limit = self.handle.shared.config.limits.name;
        let length = id.as_str().chars().count();
        if length == 0 || length > limit {
            return Err(Error::invalid(field, format!("expected 1 to {limit} characters, got {length}")));
        }
        Ok(())
    }

    pub(super) fn check_message(&self, message: &NewMessage) -> Result<()> {
        self.check_said(&message.sender, &message.text, &message.attachments)?;
        check_extras(None, message.ext.as_ref())?;
        message.sent_at.map_or(Ok(()), |at| rfc3339::check("sent_at", at))
    }

    fn check_edit(&self, edit: &EditMessage) -> Result<()> {
        check_extras(None, edit.ext.as_ref())?;
        self.check_said(&edit.sender, &edit.text, edit.attachments.as_deref().unwrap_or_default())
    }

    fn user_body(&self, user: NewUser) -> Result<UserBody> {
        self.check_id("id", &user.id)?;
        self.check_name("name", &user.name)?;
        check_extras(user.avatar.as_deref(), user.ext.as_ref())?;
        let extras = user.extras();
        Ok(UserBody { id: user.id, name: user.name, active: true, extras })
    }

    fn check_said(&self, sender: &Ref, text: &str, attachments: &[Attachment]) -> Result<()> {
        let limits = &self.handle.shared.config.limits;
        self.check_id("sender", sender.id())?;
        if text.len() > limits.text {
            return Err(Error::invalid("text", format!("at most {} bytes", limits.text)));
        }
        attachments.iter().enumerate().try_for_each(|(n, attachment)| {
            read::check_attachment(attachment, limits).map_err(|e| e.within(format_args!("attachments[{n}]")))
        })
    }

    fn check_name(&self, field: &'static str, name: &str) -> Result<()> {
        let limit = self.handle.shared.config.limits.name;
        let length = name.chars().count();
        if length > limit {
            return Err(Error::invalid(field, format!("expected at most {limit} characters, got {length}")));
        }
        Ok(())
    }
}

fn check_extras(avatar: Option<&str>, ext: Option<&Ext>) -> Result<()> {
    avatar.map_or(Ok(()), read::check_avatar)?;
    ext.map_or(Ok(()), read::check_ext)
}

/// What became of it, as the app sees it.
pub(super) fn receipt(directory: &Directory, taken: &Taken) -> Receipt {
    Receipt {
        event: taken.event,
        destinations: taken.to.iter().map(|num| directory.name(*num)).collect(),
        duplicate: taken.outcome == Outcome::Duplicate,
    }
}
