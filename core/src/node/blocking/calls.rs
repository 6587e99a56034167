//! What an app calls, each as [`crate::Node`] has it.

use std::time::Duration;

use bytes::Bytes;
use uuid::Uuid;

use super::Node;
use crate::{
    BindKind, DeadLetter, DeadLetterFilter, DeleteMessage, Delivery, EditMessage, Event, ExternalId, Finding, Id,
    Invite, InviteInfo, Joined, Metric, NewMessage, NewReaction, NewRoom, NewUser, Platform, Receipt, Ref, Result,
    Room, RoomKind, Status, Token, User,
};

impl Node {
    /// See [`crate::Node::handle`].
    ///
    /// # Errors
    /// `closed`.
    pub fn handle(&self, request: http::Request<Bytes>) -> Result<http::Response<Bytes>> {
        self.run(|node| async { Ok(node.handle(request).await) })
    }

    /// See [`crate::Node::publish_user`].
    ///
    /// # Errors
    /// As there.
    pub fn publish_user(&self, id: impl Into<Id>, name: impl Into<String>) -> Result<Receipt> {
        let (id, name) = (id.into(), name.into());
        self.run(|node| node.publish_user(id, name))
    }

    /// See [`crate::Node::publish_new_user`].
    ///
    /// # Errors
    /// As there.
    pub fn publish_new_user(&self, user: NewUser) -> Result<Receipt> {
        self.run(|node| node.publish_new_user(user))
    }

    /// See [`crate::Node::publish_users`].
    ///
    /// # Errors
    /// As there.
    pub fn publish_users<U: Into<NewUser>>(&self, users: impl IntoIterator<Item = U>) -> Result<usize> {
        let users: Vec<NewUser> = users.into_iter().map(Into::into).collect();
        self.run(|node| node.publish_users(users))
    }

    /// See [`crate::Node::publish_room`].
    ///
    /// # Errors
    /// As there.
    pub fn publish_room(
        &self,
        id: impl Into<Id>,
        name: impl Into<String>,
        kind: RoomKind,
        members: Vec<(String, Vec<Id>)>,
    ) -> Result<Receipt> {
        let (id, name) = (id.into(), name.into());
        self.run(|node| node.publish_room(id, name, kind, members))
    }

    /// See [`crate::Node::publish_new_room`].
    ///
    /// # Errors
    /// As there.
    pub fn publish_new_room(&self, room: NewRoom) -> Result<Receipt> {
        self.run(|node| node.publish_new_room(room))
    }

    /// See [`crate::Node::join_room`].
    ///
    /// # Errors
    /// As there.
    pub fn join_room(&self, room: impl Into<Ref>, user: impl Into<Ref>) -> Result<Receipt> {
        let (room, user) = (room.into(), user.into());
        self.run(|node| node.join_room(room, user))
    }

    /// See [`crate::Node::leave_room`].
    ///
    /// # Errors
    /// As there.
    pub fn leave_room(&self, room: impl Into<Ref>, user: impl Into<Ref>) -> Result<Receipt> {
        let (room, user) = (room.into(), user.into());
        self.run(|node| node.leave_room(room, user))
    }

    /// See [`crate::Node::publish_message`].
    ///
    /// # Errors
    /// As there.
    pub fn publish_message(&self, message: NewMessage) -> Result<Receipt> {
        self.run(|node| node.publish_message(message))
    }

    /// See [`crate::Node::edit_message`].
    ///
    /// # Errors
    /// As there.
    pub fn edit_message(&self, edit: EditMessage) -> Result<Receipt> {
        self.run(|node| node.edit_message(edit))
    }

    /// See [`crate::Node::delete_message`].
    ///
    /// # Errors
    /// As there.
    pub fn delete_message(&self, delete: DeleteMessage) -> Result<Receipt> {
        self.run(|node| node.delete_message(delete))
    }

    /// See [`crate::Node::react`].
    ///
    /// # Errors
    /// As there.
    pub fn react(&self, reaction: NewReaction) -> Result<Receipt> {
        self.run(|node| node.react(reaction))
    }

    /// See [`crate::Node::publish_messages`].
    ///
    /// # Errors
    /// As there.
    pub fn publish_messages(&self, messages: Vec<NewMessage>) -> Result<Vec<Result<Receipt>>> {
        self.run(|node| node.publish_messages(messages))
    }

    /// See [`crate::Node::next_events`].
    ///
    /// # Errors
    /// As there.
    pub fn next_events(&self, max: usize, timeout: Duration) -> Result<Vec<Event>> {
        self.run(|node| node.next_events(max, timeout))
    }

    /// See [`crate::Node::ack`].
    ///
    /// # Errors
    /// As there.
    pub fn ack(&self, ids: &[Uuid]) -> Result<Vec<bool>> {
        self.run(|node| node.ack(ids))
    }

    /// See [`crate::Node::nack`].
    ///
    /// # Errors
    /// As there.
    pub fn nack(&self, ids: &[Uuid], why: &str) -> Result<Vec<bool>> {
        self.run(|node| node.nack(ids, why))
    }

    /// See [`crate::Node::platforms`].
    ///
    /// # Errors
    /// `closed` after a fork.
    pub fn platforms(&self) -> Result<Vec<Platform>> {
        Ok(self.node()?.platforms())
    }

    /// See [`crate::Node::users`].
    ///
    /// # Errors
    /// As there, and `closed` after a fork.
    pub fn users(&self, platform: Option<&str>) -> Result<Vec<User>> {
        self.node()?.users(platform)
    }

    /// See [`crate::Node::rooms`].
    ///
    /// # Errors
    /// `closed` after a fork.
    pub fn rooms(&self) -> Result<Vec<Room>> {
        Ok(self.node()?.rooms())
    }

    /// See [`crate::Node::room`].
    ///
    /// # Errors
    /// As there, and `closed` after a fork.
    pub fn room(&self, room: impl Into<Ref>) -> Result<Option<Room>> {
        self.node()?.room(room)
    }

    /// See [`crate::Node::recipients`].
    ///
    /// # Errors
    /// As there, and `closed` after a fork.
    pub fn recipients(&self, room: impl Into<Ref>) -> Result<Vec<Id>> {
        self.node()?.recipients(room)
    }

    /// See [`crate::Node::bind`].
    ///
    /// # Errors
    /// As there.
    pub fn bind(&self, kind: BindKind, external: &ExternalId, local: impl Into<Id>) -> Result<()> {
        let local = local.into();
        self.run(|node| node.bind(kind, external, local))
    }

    /// See [`crate::Node::local_id`].
    ///
    /// # Errors
    /// As there, and `closed` after a fork.
    pub fn local_id(&self, kind: BindKind, external: &ExternalId) -> Result<Option<Id>> {
        self.node()?.local_id(kind, external)
    }

    /// See [`crate::Node::external_id`].
    ///
    /// # Errors
    /// `closed` after a fork.
    pub fn external_id(&self, kind: BindKind, local: impl Into<Id>) -> Result<Option<ExternalId>> {
        Ok(self.node()?.external_id(kind, local))
    }

    /// See [`crate::Node::delivery`].
    ///
    /// # Errors
    /// As there.
    pub fn delivery(&self, event: Uuid) -> Result<Vec<Delivery>> {
        self.run(|node| node.delivery(event))
    }

    /// See [`crate::Node::status`].
    ///
    /// # Errors
    /// As there.
    pub fn status(&self) -> Result<Status> {
        self.run(crate::Node::status)
    }

    /// See [`crate::Node::check`].
    ///
    /// # Errors
    /// As there.
    pub fn check(&self) -> Result<Vec<Finding>> {
        self.run(crate::Node::check)
    }

    /// See [`crate::Node::dead_letters`].
    ///
    /// # Errors
    /// As there.
    pub fn dead_letters(&self, which: &DeadLetterFilter) -> Result<Vec<DeadLetter>> {
        self.run(|node| node.dead_letters(which))
    }

    /// See [`crate::Node::retry`].
    ///
    /// # Errors
    /// As there.
    pub fn retry(&self, which: &DeadLetterFilter) -> Result<u64> {
        self.run(|node| node.retry(which))
    }

    /// See [`crate::Node::drop`].
    ///
    /// # Errors
    /// As there.
    pub fn drop(&self, which: &DeadLetterFilter) -> Result<u64> {
        self.run(|node| node.drop(which))
    }

    /// See [`crate::Node::invite`].
    ///
    /// # Errors
    /// As there.
    pub fn invite(&self, url: Option<&str>) -> Result<Invite> {
        self.run(|node| node.invite(url))
    }

    /// See [`crate::Node::invites`].
    ///
    /// # Errors
    /// As there.
    pub fn invites(&self) -> Result<Vec<InviteInfo>> {
        self.run(crate::Node::invites)
    }

    /// See [`crate::Node::revoke_invite`].
    ///
    /// # Errors
    /// As there.
    pub fn revoke_invite(&self, id: &str) -> Result<()> {
        self.run(|node| node.revoke_invite(id))
    }

    /// See [`crate::Node::join`].
    ///
    /// # Errors
    /// As there.
    pub fn join(&self, invite: &str, url: Option<&str>) -> Result<Joined> {
        self.run(|node| node.join(invite, url))
    }

    /// See [`crate::Node::introduce`].
    ///
    /// # Errors
    /// As there.
    pub fn introduce(&self, a: &str, b: &str) -> Result<()> {
        self.run(|node| node.introduce(a, b))
    }

    /// See [`crate::Node::accept_introduction`].
    ///
    /// # Errors
    /// As there.
    pub fn accept_introduction(&self, name: &str) -> Result<()> {
        self.run(|node| node.accept_introduction(name))
    }

    /// See [`crate::Node::refuse_introduction`].
    ///
    /// # Errors
    /// As there.
    pub fn refuse_introduction(&self, name: &str) -> Result<()> {
        self.run(|node| node.refuse_introduction(name))
    }

    /// See [`crate::Node::add_platform`].
    ///
    /// # Errors
    /// As there.
    pub fn add_platform(&self, name: &str, endpoint: &str) -> Result<Token> {
        self.run(|node| node.add_platform(name, endpoint))
    }

    /// See [`crate::Node::rotate_token`].
    ///
    /// # Errors
    /// As there.
    pub fn rotate_token(&self, platform: &str) -> Result<Option<Token>> {
        self.run(|node| node.rotate_token(platform))
    }

    /// See [`crate::Node::remove_platform`].
    ///
    /// # Errors
    /// As there.
    pub fn remove_platform(&self, name: &str) -> Result<()> {
        self.run(|node| node.remove_platform(name))
    }

    /// See [`crate::Node::sync_now`].
    ///
    /// # Errors
    /// As there.
    pub fn sync_now(&self, platform: Option<&str>) -> Result<usize> {
        self.run(|node| node.sync_now(platform))
    }

    /// See [`crate::Node::metrics`].
    ///
    /// # Errors
    /// `closed` after a fork.
    pub fn metrics(&self) -> Result<Vec<Metric>> {
        Ok(self.node()?.metrics())
    }

    /// See [`crate::Node::prometheus`].
    ///
    /// # Errors
    /// `closed` after a fork.
    pub fn prometheus(&self) -> Result<String> {
        Ok(self.node()?.prometheus())
    }

    /// See [`crate::Node::local_addr`].
    ///
    /// # Errors
    /// `closed` after a fork.
    pub fn local_addr(&self) -> Result<Option<std::net::SocketAddr>> {
        Ok(self.node()?.local_addr())
    }
}
