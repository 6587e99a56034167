//! A node. What waits for the store or the network exists twice: for a thread that waits here, and to be awaited.

use std::sync::Arc;
use std::time::Duration;

use integrador::{blocking, guarded};

use crate::error::Result;
use crate::events::Events;
use crate::types::{
    Address, BindKind, DeadLetter, DeleteMessage, Delivery, EditMessage, Event, ExternalId, Finding, Invite,
    InviteInfo, Joined, Metric, NewMessage, NewReaction, NewRoom, NewUser, Platform, Published, Receipt, Reference,
    Request, Response, Room, Setting, Status, User, Which,
};
use crate::{given, shown};

#[derive(Debug, uniffi::Object)]
pub struct Node {
    node: blocking::Node,
}

impl Node {
    pub(crate) fn around(node: blocking::Node) -> Arc<Node> {
        Arc::new(Node { node })
    }
}

#[uniffi::export]
impl Node {
    /// Waits, until the store is open.
    #[uniffi::constructor]
    pub fn open(settings: Vec<Setting>) -> Result<Arc<Node>> {
        Ok(guarded(|| Ok(Node::around(blocking::Node::open(given::config(settings)?)?)))?)
    }

    /// Waits, for what is in flight.
    pub fn close(&self) -> Result<()> {
        Ok(guarded(|| self.node.close())?)
    }

    pub fn is_closed(&self) -> bool {
        self.node.is_closed()
    }

    pub fn name(&self) -> String {
        self.node.name().to_owned()
    }

    pub fn local_address(&self) -> Result<Option<Address>> {
        Ok(self.open_or_closed()?.local_addr()?.map(shown::address))
    }

    pub fn platforms(&self) -> Result<Vec<Platform>> {
        Ok(shown::all(&self.open_or_closed()?.platforms()?, shown::platform))
    }

    pub fn users(&self, platform: Option<String>) -> Result<Vec<User>> {
        Ok(shown::all(&self.open_or_closed()?.users(platform.as_deref())?, shown::user))
    }

    pub fn rooms(&self) -> Result<Vec<Room>> {
        Ok(shown::all(&self.open_or_closed()?.rooms()?, shown::room))
    }

    pub fn room(&self, room: Reference) -> Result<Option<Room>> {
        Ok(self.open_or_closed()?.room(given::reference(room))?.as_ref().map(shown::room))
    }

    pub fn recipients(&self, room: Reference) -> Result<Vec<String>> {
        Ok(shown::all(&self.open_or_closed()?.recipients(given::reference(room))?, shown::id))
    }

    pub fn local_id(&self, kind: BindKind, external: ExternalId) -> Result<Option<String>> {
        let found = self.open_or_closed()?.local_id(kind.into(), &given::external(external))?;
        Ok(found.as_ref().map(shown::id))
    }

    pub fn external_id(&self, kind: BindKind, local: String) -> Result<Option<ExternalId>> {
        Ok(self.open_or_closed()?.external_id(kind.into(), local)?.as_ref().map(shown::external))
    }

    pub fn metrics(&self) -> Result<Vec<Metric>> {
        Ok(shown::all(&self.open_or_closed()?.metrics()?, shown::metric))
    }

    pub fn prometheus(&self) -> Result<String> {
        Ok(self.open_or_closed()?.prometheus()?)
    }

    pub fn open_events(&self) -> Result<Arc<Events>> {
        Ok(Events::of(self.open_or_closed()?.clone()))
    }
}

impl Node {
    /// The node, unless it is closed: what it knows is of no use then.
    fn open_or_closed(&self) -> integrador::Result<&blocking::Node> {
        if self.node.is_closed() {
            return Err(closed());
        }
        Ok(&self.node)
    }
}

pub(crate) fn closed() -> integrador::Error {
    integrador::Error::new(integrador::ErrorKind::Closed, "the node is closed: open it again")
}

/// Waits here for what the node does.
pub(crate) fn wait<T, F>(node: &blocking::Node, work: impl FnOnce(integrador::Node) -> F + Send) -> Result<T>
where
    T: Send + 'static,
    F: Future<Output = integrador::Result<T>> + Send + 'static,
{
    Ok(guarded(|| node.wait(work, || true)?.ok_or_else(closed))?)
}

/// The two of each operation, and how the latter runs: `spawn_apart` is for what computes for long.
macro_rules! twins {
    ($($spawn:ident: $now:ident, $later:ident($($name:ident: $type:ty),*) -> $result:ty, |$node:ident| $work:expr;)*) => {
        #[uniffi::export]
        impl Node {
            $(
                pub fn $now(&self, $($name: $type),*) -> Result<$result> {
                    wait(&self.node, move |$node| async move { $work })
                }

                pub async fn $later(&self, $($name: $type),*) -> Result<$result> {
                    Ok(self.node.$spawn(move |$node| async move { $work })?.await?)
                }
            )*
        }
    };
}

twins! {
    spawn: publish_message, publish_message_async(message: NewMessage) -> Receipt,
        |node| Ok(shown::receipt(node.publish_message(given::message(message)?).await?));
    spawn_apart: publish_messages, publish_messages_async(messages: Vec<NewMessage>) -> Vec<Published>,
        |node| {
            let messages = messages.into_iter().map(given::message).collect();
            let all = node.publish_readable_messages(messages).await?;
            Ok(all.into_iter().map(shown::published).collect())
        };
    spawn: edit_message, edit_message_async(edit: EditMessage) -> Receipt,
        |node| Ok(shown::receipt(node.edit_message(given::edit(edit)?).await?));
    spawn: delete_message, delete_message_async(delete: DeleteMessage) -> Receipt,
        |node| Ok(shown::receipt(node.delete_message(given::delete(delete)?).await?));
    spawn: react, react_async(reaction: NewReaction) -> Receipt,
        |node| Ok(shown::receipt(node.react(given::reaction(reaction)?).await?));
    spawn: publish_user, publish_user_async(user: NewUser) -> Receipt,
        |node| Ok(shown::receipt(node.publish_new_user(given::user(user)?).await?));
    spawn: publish_users, publish_users_async(users: Vec<NewUser>) -> i32,
        |node| Ok(shown::count(node.publish_users(given::users(users)?).await?));
    spawn: publish_room, publish_room_async(room: NewRoom) -> Receipt,
        |node| Ok(shown::receipt(node.publish_new_room(given::room(room)?).await?));
    spawn: join_room, join_room_async(room: Reference, user: Reference) -> Receipt,
        |node| Ok(shown::receipt(node.join_room(given::reference(room), given::reference(user)).await?));
    spawn: leave_room, leave_room_async(room: Reference, user: Reference) -> Receipt,
        |node| Ok(shown::receipt(node.leave_room(given::reference(room), given::reference(user)).await?));
    spawn_apart: handle, handle_async(request: Request) -> Response,
        |node| Ok(shown::response(node.handle(given::request(request)?).await));
    spawn: bind, bind_async(kind: BindKind, external: ExternalId, local: String) -> (),
        |node| node.bind(kind.into(), &given::external(external), local).await;
    spawn: delivery, delivery_async(event_id: String) -> Vec<Delivery>,
        |node| Ok(shown::all(&node.delivery(given::event_id(&event_id)?).await?, shown::delivery));
    spawn: status, status_async() -> Status,
        |node| Ok(shown::status(node.status().await?));
    spawn: check, check_async() -> Vec<Finding>,
        |node| Ok(shown::all(&node.check().await?, shown::finding));
    spawn: dead_letters, dead_letters_async(which: Which) -> Vec<DeadLetter>,
        |node| Ok(shown::all(&node.dead_letters(&given::which(which)?).await?, shown::dead_letter));
    spawn: retry, retry_async(which: Which) -> u64,
        |node| node.retry(&given::which(which)?).await;
    spawn: forget, forget_async(which: Which) -> u64,
        |node| node.drop(&given::which(which)?).await;
    spawn: sync_now, sync_now_async(platform: Option<String>) -> i32,
        |node| Ok(shown::count(node.sync_now(platform.as_deref()).await?));
    spawn: invite, invite_async(url: Option<String>) -> Invite,
        |node| Ok(shown::invite(node.invite(url.as_deref()).await?));
    spawn: invites, invites_async() -> Vec<InviteInfo>,
        |node| Ok(shown::all(&node.invites().await?, shown::invite_info));
    spawn: revoke_invite, revoke_invite_async(id: String) -> (),
        |node| node.revoke_invite(&id).await;
    spawn: join, join_async(invite: String, url: Option<String>) -> Joined,
        |node| Ok(shown::joined(node.join(&invite, url.as_deref()).await?));
    spawn: introduce, introduce_async(a: String, b: String) -> (),
        |node| node.introduce(&a, &b).await;
    spawn: accept_introduction, accept_introduction_async(name: String) -> (),
        |node| node.accept_introduction(&name).await;
    spawn: refuse_introduction, refuse_introduction_async(name: String) -> (),
        |node| node.refuse_introduction(&name).await;
    spawn: add_platform, add_platform_async(name: String, endpoint: String) -> String,
        |node| Ok(node.add_platform(&name, &endpoint).await?.reveal().to_owned());
    spawn: rotate_token, rotate_token_async(platform: String) -> Option<String>,
        |node| Ok(node.rotate_token(&platform).await?.map(|token| token.reveal().to_owned()));
    spawn: remove_platform, remove_platform_async(name: String) -> (),
        |node| node.remove_platform(&name).await;
    spawn: next_events, next_events_async(max: u32, timeout: Option<Duration>) -> Vec<Event>,
        |node| {
            let events = node.next_events(usize::try_from(max).unwrap_or(usize::MAX), given::patience(timeout)).await?;
            events.iter().map(shown::event).collect()
        };
    spawn: ack, ack_async(event_ids: Vec<String>) -> Vec<bool>,
        |node| node.ack(&given::event_ids(&event_ids)?).await;
    spawn: nack, nack_async(event_ids: Vec<String>, why: String) -> Vec<bool>,
        |node| node.nack(&given::event_ids(&event_ids)?, &why).await;
}
