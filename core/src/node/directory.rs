//! What is known here: platforms, users, rooms, and which local ids are bound to them. From memory, but for binding.

use super::Node;
use crate::config::Role;
use crate::directory::{Directory, Reach};
use crate::inbox::handout;
use crate::model::{BindKind, ExternalId, Id, Platform, Ref, Room, User};
use crate::store::PlatformRow;
use crate::{Result, rules};

impl Node {
    /// Every platform that takes part, this app's own included.
    pub fn platforms(&self) -> Vec<Platform> {
        let directory = self.handle.shared.directory.read();
        let shown = self.shown(&directory).map(|row| Platform {
            name: row.name.clone(),
            support_image: row.support_image,
            support_audio: row.support_audio,
            via: directory.via(row.num).map(|via| directory.name(via)),
            own: Some(row.num) == directory.own,
        });
        shown.collect()
    }

    /// The users of one platform, or of all; those that are gone are among them, not `active`.
    ///
    /// # Errors
    /// `unknown_platform`.
    pub fn users(&self, platform: Option<&str>) -> Result<Vec<User>> {
        let directory = self.handle.shared.directory.read();
        let wanted = platform.map(|name| directory.named("platform", name)).transpose()?;
        let rows = self.shown(&directory).filter(|row| wanted.is_none_or(|wanted| wanted == row.num));
        let shown = rows.flat_map(|row| {
            directory.users(row.num).map(|user| User {
                id: ExternalId::new(row.name.clone(), user.id.clone()),
                name: user.name.to_string(),
                active: user.active,
                avatar: user.extras.avatar().map(str::to_owned),
                ext: user.extras.ext().cloned(),
            })
        });
        Ok(shown.collect())
    }

    /// The platforms that are shown: those that take part; to an administrator, who has no registry, all that are known.
    fn shown<'d>(&self, directory: &'d Directory) -> impl Iterator<Item = &'d PlatformRow> {
        let all = self.handle.shared.config.role == Role::Admin;
        let shown = move |row: &&PlatformRow| match all {
            true => row.known && !row.standalone || Some(row.num) == directory.own,
            false => directory.reach(row.num) != Reach::None,
        };
        directory.platforms.values().filter(shown)
    }

    /// Every room known here.
    pub fn rooms(&self) -> Vec<Room> {
        let directory = self.handle.shared.directory.read();
        directory.rooms().map(|room| handout::shown(&directory, room)).collect()
    }

    /// A room, by its external id, a bound local id, or an id of the app's own. None: nobody has announced it here.
    ///
    /// # Errors
    /// `unknown_platform`.
    pub fn room(&self, room: impl Into<Ref>) -> Result<Option<Room>> {
        let directory = self.handle.shared.directory.read();
        let found = directory.meaning(BindKind::Room, "room", &room.into())?;
        let room = found.and_then(|(origin, id)| directory.find_room(origin, &id));
        Ok(room.map(|room| handout::shown(&directory, room)))
    }

    /// The app's own members of a room: whom to show a message to, in an app with a socket room per user. From memory.
    /// Of a room that nobody has announced here, none.
    ///
    /// # Errors
    /// `unknown_platform`.
    pub fn recipients(&self, room: impl Into<Ref>) -> Result<Vec<Id>> {
        let directory = self.handle.shared.directory.read();
        let found = directory.meaning(BindKind::Room, "room", &room.into())?;
        let room = found.and_then(|(origin, id)| directory.find_room(origin, &id));
        Ok(match (room, directory.own) {
            (Some(room), Some(own)) => directory.own_members(room, own),
            _ => Vec::new(),
        })
    }

    /// Binds an id of the app's own database to an external user or room. One-to-one; the same again is no error; durable
    /// when it returns.
    ///
    /// # Errors
    /// `conflict`: either of them is bound to another already, or the local id is an id of the app's own. `store`, `closed`.
    pub async fn bind(&self, kind: BindKind, external: &ExternalId, local: impl Into<Id>) -> Result<()> {
        let own = self.own()?;
        let (external, local) = (external.clone(), local.into());
        self.check_id("local", &local)?;
        self.handle.shared.writer.run(move |job| rules::binding::bind(job, own, kind, &external, local)).await
    }

    /// What the app itself calls an external id: the local one that is bound to it; of the app's own platform, its id
    /// there.
    ///
    /// # Errors
    /// `unknown_platform`.
    pub fn local_id(&self, kind: BindKind, external: &ExternalId) -> Result<Option<Id>> {
        let directory = self.handle.shared.directory.read();
        let platform = directory.named("external", &external.platform)?;
        if Some(platform) == directory.own {
            return Ok(Some(directory.written_id(kind, platform, &external.id)));
        }
        Ok(directory.local(kind, platform, &external.id).cloned())
    }

    /// The other way round: the external id that a local one is bound to; an id of the app's own is one of its own
    /// platform.
    pub fn external_id(&self, kind: BindKind, local: impl Into<Id>) -> Option<ExternalId> {
        let directory = self.handle.shared.directory.read();
        let (platform, id) = directory.own_meaning(kind, &local.into())?;
        Some(directory.external(platform, &id))
    }
}
