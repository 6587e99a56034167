//! Who takes part beside those whom the registry file names: invites, joining, introductions, tokens. On a node that is opened
//! as an administrator, the node that runs on the same store does it. The work is in [`crate::operate::membership`].

use super::Node;
use crate::model::{Invite, InviteInfo, Joined, Token};
use crate::operate::membership::{self, Done, Order};
use crate::{Error, Result};

impl Node {
    /// Makes an invite: one line of text by which one platform joins, once, within 24 hours. `url` is where others reach this
    /// node; None: where it listens, if that is a single address.
    ///
    /// # Errors
    /// `invalid`: where this node is reached is not said, or its tokens would travel in plain text to a public address.
    /// `conflict`: 1,000 invites are open. `store`, `closed`.
    pub async fn invite(&self, url: Option<&str>) -> Result<Invite> {
        self.perform(Order::Invite { url: url.map(str::to_owned) }).await?.invite()
    }

    /// The invites that have not expired, used ones too.
    ///
    /// # Errors
    /// `store`, `closed`.
    pub async fn invites(&self) -> Result<Vec<InviteInfo>> {
        membership::invites(&self.handle.operator).await
    }

    /// Makes an invite void, by its id.
    ///
    /// # Errors
    /// `invalid`: there is none of this id. `store`, `closed`.
    pub async fn revoke_invite(&self, id: &str) -> Result<()> {
        self.handle.shared.open_or_closed()?;
        membership::revoke(&self.handle.operator, id).await
    }

    /// Joins by an invite: from now on this node knows everybody whom the inviter knows, and is known to them. `url` is where
    /// others reach this node; None: where it listens, if that is a single address. If it is not known whether this has
    /// worked, since either side died meanwhile, call it again with the same arguments.
    ///
    /// # Errors
    /// `unauthorized`: the invite is used, expired, revoked or unknown. `conflict`: the name is taken there, or the inviter's here.
    /// `forbidden`: tokens would travel in plain text, or the invite leads to an address that is never called. `invalid`,
    /// `transport`, `store`, `closed`.
    pub async fn join(&self, invite: &str, url: Option<&str>) -> Result<Joined> {
        self.perform(Order::Join { invite: invite.into(), url: url.map(str::to_owned) }).await?.joined()
    }

    /// Has two nodes that this one knows get to know each other, if they don't.
    ///
    /// # Errors
    /// `unknown_platform`, `invalid`: one of them is no node. `store`, `closed`.
    pub async fn introduce(&self, a: &str, b: &str) -> Result<()> {
        self.perform(Order::Introduce { a: a.into(), b: b.into() }).await.map(drop)
    }

    /// Adds a plain platform, whose gateway this node is from now on. Returns the token with which it posts.
    ///
    /// # Errors
    /// `conflict`: the name is taken. `invalid`, `store`, `closed`.
    pub async fn add_platform(&self, name: &str, endpoint: &str) -> Result<Token> {
        let order = Order::Add { name: name.into(), endpoint: endpoint.into() };
        let token = self.perform(order).await?.token()?;
        token.map(Token).ok_or_else(|| Error::new(crate::ErrorKind::Internal, "a platform was added without a token"))
    }

    /// Replaces the token shared with a platform that joined or was added. The other node is told, even if it is down now; a
    /// plain platform's token is returned, to be given to it. For 24 hours both are good.
    ///
    /// # Errors
    /// `unknown_platform`. `conflict`: the registry file names it, or the last change is not confirmed yet. `store`, `closed`.
    pub async fn rotate_token(&self, platform: &str) -> Result<Option<Token>> {
        Ok(self.perform(Order::Rotate { platform: platform.into() }).await?.token()?.map(Token))
    }

    /// Removes a platform that joined or was added: nothing of it is accepted any more, and what waits for it becomes dead
    /// letters. Whoever knows it by this node's introduction removes it too.
    ///
    /// # Errors
    /// `unknown_platform`. `conflict`: the registry file names it. `store`, `closed`.
    pub async fn remove_platform(&self, name: &str) -> Result<()> {
        self.perform(Order::Remove { platform: name.into() }).await.map(drop)
    }

    /// Lets in a platform that was introduced and waits ([`Status::introductions`](crate::Status::introductions)).
    ///
    /// # Errors
    /// `unknown_platform`: none of this name waits. `store`, `closed`.
    pub async fn accept_introduction(&self, name: &str) -> Result<()> {
        self.perform(Order::Accept { name: name.into() }).await.map(drop)
    }

    /// Refuses a platform that a peer introduced and that waits.
    ///
    /// # Errors
    /// As [`accept_introduction`](Node::accept_introduction).
    pub async fn refuse_introduction(&self, name: &str) -> Result<()> {
        self.perform(Order::Refuse { name: name.into() }).await.map(drop)
    }

    async fn perform(&self, order: Order) -> Result<Done> {
        membership::perform(&self.handle.operator, self.handle.server.addresses(), order).await
    }
}
