//! A room is announced: created or changed by its origin, or joined and left by another platform with members of its own.

use std::collections::BTreeSet;

use bytes::Bytes;
use uuid::Uuid;

use crate::commit::job::Job;
use crate::commit::job::naming::MOST_MENTIONED;
use crate::commit::share::Subject;
use crate::directory::Directory;
use crate::directory::room::{Room, held_by, held_in};
use crate::model::{EventKind, Extras, Id, RoomKind};
use crate::rules::announcement::{Described, announcement_of, written};
use crate::rules::arrival::{Arrival, Taken, first_time, must_exceed};
use crate::rules::limits;
use crate::rules::numbered::{leave_out, numbered, numbered_bars};
use crate::rules::outgoing::{Outgoing, hand_in, send};
use crate::rules::parked::park;
use crate::rules::routing::{Source, audience, route};
use crate::store::{AnnouncementRow, Bars, EventRow, Ids, Members, PlatformKind, PlatformNum, RoomNum, RoomRow};
use crate::util::hash::IndexSet;
use crate::util::seldom::seldom;
use crate::util::shown::Shown;
use crate::wire::{self, RoomBody, write};
use crate::{Error, ErrorKind, Result};

/// How many of those whom the origin listed before are remembered with a room; if there are more, none of them is.
const MOST_FORMER: usize = 1_000;

/// Takes an announcement in.
pub(crate) fn room(job: &mut Job<'_>, arrival: Arrival, body: RoomBody) -> Result<Taken> {
    let local = arrival.source.peer().is_none();
    let origin = {
        let directory = job.directory();
        if local && let Some((name, _)) = body.members.iter().find(|(name, _)| directory.known(name).is_none()) {
            return Err(directory.unknown_platform("users", name));
        }
        match &body.origin {
            None => Some(arrival.speaker),
            Some(name) => match directory.known(name) {
                None if local => return Err(directory.unknown_platform("roomOriginalPlatform", name)),
                found => found,
            },
        }
    };
    let before = origin.and_then(|origin| job.directory().find_room(origin, &body.id)).map(Room::num);
    match (origin, before) {
        (Some(origin), before) if origin == arrival.speaker => {
            // Before the event is noted as seen: names beyond all bounds are refused.
            let barred = body.banned.iter().map(|(name, _)| name.as_str());
            let names = body.members.iter().chain(&body.again).map(|(name, _)| name.as_str()).chain(barred);
            let peer = arrival.source.peer();
            peer.map_or(Ok(()), |peer| job.may_name(peer, MOST_MENTIONED, names))?;
            let members = numbered(job, peer, body.members, before)?;
            let again = numbered(job, peer, body.again, before)?;
            let banned = numbered_bars(job, peer, body.banned, before)?;
            let RoomBody { id, name, kind, extras, .. } = body;
            by_origin(job, arrival, before, Head { id, name, kind, extras, banned }, members, again)
        }
        (Some(_), Some(before)) => {
            let directory = job.directory();
            let (own, others): (Vec<_>, Vec<_>) =
                body.members.into_iter().partition(|(name, _)| directory.resolve(name) == Some(arrival.speaker));
            by_another(job, arrival, before, own.into_iter().flat_map(|(_, ids)| ids), &others)
        }
        (origin, _) => unknown(job, arrival, body, origin),
    }
}

/// What an announcement says of a room beside its members.
pub(super) struct Head {
    pub id: Id,
    pub name: String,
    pub kind: RoomKind,
    pub extras: Extras,
    /// By the origin: whom it bars.
    pub banned: Bars,
}

/// An announcement that has no id yet.
struct Draft {
    room: RoomNum,
    origin: PlatformNum,
    head: Head,
    members: Members,
    again: Members,
    former: Option<Members>,
}

impl Draft {
    /// How many memberships it makes others hold.
    fn held(&self) -> usize {
        held_in([&self.members, &self.again].into_iter().chain(&self.former)) + held_by(&self.head.banned)
    }

    fn described(&self) -> Described<'_> {
        let Head { id, name, kind, extras, banned } = &self.head;
        Described { origin: self.origin, id, name, kind: *kind, extras, banned: Some(banned) }
    }

    /// What is stored of it under its id, of a room that was this before.
    fn rows(self, by: PlatformNum, id: Uuid, before: Option<&Room>) -> (RoomRow, AnnouncementRow) {
        let Draft { room, origin, head, members, again, former } = self;
        let row = RoomRow {
            num: room,
            origin,
            id: head.id,
            name: head.name.into(),
            public: head.kind == RoomKind::Public,
            extras: head.extras,
            event: before.map_or(id, |room| room.row.event.max(id)),
            version: 0,
        };
        (row, AnnouncementRow { room, by, event: id, members, again, former, banned: head.banned })
    }
}

fn unknown(job: &mut Job<'_>, arrival: Arrival, body: RoomBody, origin: Option<PlatformNum>) -> Result<Taken> {
    let name = body.origin.clone().unwrap_or_default();
    match arrival.source {
        Source::Peer(peer) if !arrival.parked => {
            let json = write::room(&job.directory().name(arrival.speaker), &body);
            park(job, arrival, peer, (&name, body.id), EventKind::Room, json.into())
        }
        _ if origin.is_none() => Err(job.directory().unknown_platform("roomOriginalPlatform", &name)),
        _ => {
            let message = format!("no room {} of {name} was announced here", body.id);
            Err(Error::new(ErrorKind::UnknownRoom, message).within("id"))
        }
    }
}

pub(super) fn known<'j>(job: &'j Job<'_>, num: RoomNum) -> Result<&'j Room> {
    job.directory().room(num).ok_or_else(|| Error::new(ErrorKind::Internal, "a room that was there is gone"))
}

/// By its origin: name, type, members, bars and all else are replaced.
pub(super) fn by_origin(
    job: &mut Job<'_>,
    arrival: Arrival,
    before: Option<RoomNum>,
    head: Head,
    mut members: Members,
    mut sent_again: Members,
) -> Result<Taken> {
    let by = arrival.speaker;
    leave_out(&mut members, &head.banned);
    leave_out(&mut sent_again, &head.banned);
    let room = before.map(|num| known(job, num)).transpose()?;
    let decides = arrival.source.peer().is_none() && head.kind == RoomKind::Private;
    let draft = Draft {
        room: before.unwrap_or_else(|| job.directory().next_room_num()),
        origin: by,
        head: Head { id: room.map_or(head.id, |room| room.row.id.clone()), ..head },
        again: room.filter(|_| decides).map_or(sent_again, |room| again(room, &members)),
        former: if decides { former(room, &members) } else { None },
        members,
    };
    if room.is_none() {
        limits::room(job, by)?;
    }
    limits::memberships(job, by, room.map_or(0, |room| room.held_by(by)), draft.held())?;
    let (last, overtaken_by) = (room.and_then(Room::last_announcement), room.and_then(|room| room.announced_by(by)));
    if arrival.id.is_none_or(|id| overtaken_by < Some(id)) {
        limits::extras(job, by, room.map_or(0, |room| room.row.extras.held()), draft.head.extras.held())?;
    }
    announce(job, arrival, draft, last, overtaken_by)
}

/// Whom the origin's next announcement of a private room adds though their own platform took them out: those that it did not
/// list before, and those that are in because it has added them again before.
fn again(room: &Room, members: &Members) -> Members {
    let listed = |platform, id: &Id| {
        room.by_origin().and_then(|row| row.members.get(&platform)).is_some_and(|ids: &Ids| ids.contains(id))
    };
    let mut again = Members::default();
    for (platform, ids) in members {
        let Some(own) = room.by_itself(*platform) else { continue };
        let out = ids.iter().filter(|id| !own.contains(*id));
        let anew: Ids = out.filter(|id| !listed(*platform, id) || room.has(*platform, id.as_str())).cloned().collect();
        if !anew.is_empty() {
            again.insert(*platform, anew);
        }
    }
    again
}

/// Whom earlier announcements listed and this one does not. None: that is not known, since the room was public, or they are
/// too many.
fn former(room: Option<&Room>, members: &Members) -> Option<Members> {
    let Some(room) = room else { return Some(Members::default()) };
    let before = room.by_origin()?;
    let mut former = before.former.clone()?;
    for (platform, ids) in &before.members {
        let dropped = ids.iter().filter(|id| members.get(platform).is_none_or(|now| !now.contains(*id)));
        let dropped: Vec<Id> = dropped.take(MOST_FORMER + 1).cloned().collect();
        if !dropped.is_empty() {
            former.entry(*platform).or_default().extend(dropped);
        }
    }
    (former.values().map(Ids::len).sum::<usize>() <= MOST_FORMER).then_some(former)
}

/// By another platform: members of its own come or go, nothing else changes.
pub(super) fn by_another(
    job: &mut Job<'_>,
    arrival: Arrival,
    num: RoomNum,
    own: impl IntoIterator<Item = Id>,
    others: &[(String, IndexSet<Id>)],
) -> Result<Taken> {
    let by = arrival.speaker;
    let (directory, room) = (job.directory(), known(job, num)?);
    let overtaken_by = room.announced_by(by);
    let own: Ids = own.into_iter().map(|id| directory.canonical(by, &id, Some(room))).collect();
    // What was overtaken need not fit the room as it is by now.
    if arrival.id.is_none_or(|id| overtaken_by < Some(id)) {
        may_announce(directory, arrival, room, &own, others)?;
    }
    let row = &room.row;
    let draft = Draft {
        room: num,
        origin: row.origin,
        head: Head { banned: Bars::default(), ..head_of(room) },
        members: [(by, own)].into_iter().collect(),
        again: Members::default(),
        former: None,
    };
    limits::memberships(job, by, room.held_by(by), draft.held())?;
    let of = |who| room.announced_by(who).map(|event| (who, event));
    let last = [of(row.origin), of(by)].into_iter().flatten().max_by_key(|(_, event)| *event);
    announce(job, arrival, draft, last, overtaken_by)
}

/// What is known of a room beside its members.
pub(super) fn head_of(room: &Room) -> Head {
    let RoomRow { id, name, extras, .. } = &room.row;
    let banned = room.by_origin().map(|row| row.banned.clone()).unwrap_or_default();
    Head { id: id.clone(), name: name.to_string(), kind: room.kind(), extras: extras.clone(), banned }
}

/// Whether another platform may say this of a room. Whom the origin bars may stand there, and is left out.
///
/// Announcements of origin and platform cross each other, so in a private room a peer may well list somebody whom this node
/// does not know, or no longer: it has no effect, since a member is whom the origin lists too. Only where the origin is at home
/// here is it known for certain that somebody was never listed. What enters here knows the room as it is.
fn may_announce(
    directory: &Directory,
    arrival: Arrival,
    room: &Room,
    own: &Ids,
    others: &[(String, IndexSet<Id>)],
) -> Result<()> {
    let by = arrival.speaker;
    let local = arrival.source.peer().is_none();
    let known = |p, id: &Id| room.has(p, id.as_str()) || room.bars(p, id.as_str());
    let is_in = |name: &str, id: &Id| directory.resolve(name).is_some_and(|p| known(p, id));
    let strangers = others.iter().any(|(name, ids)| ids.iter().any(|id| !is_in(name, id)));
    if strangers || (!room.row.public && local && !others.is_empty()) {
        let message = "a platform brings members of its own into a room of another, no others";
        return Err(Error::new(ErrorKind::Forbidden, message).within("users"));
    }
    let own = || own.iter().filter(|id| !room.bars(by, id.as_str()));
    let fewer = || own().count() < room.count(by) && own().all(|id| room.has(by, id.as_str()));
    let never_listed = || {
        let Some(AnnouncementRow { members, former: Some(former), .. }) = room.by_origin() else { return false };
        let lists = [members.get(&by), former.get(&by), room.by_itself(by)];
        own().any(|id| !lists.iter().flatten().any(|ids| ids.contains(id)))
    };
    if room.row.public || if local { fewer() } else { !never_listed() } {
        return Ok(());
    }
    let message = "this private room belongs to another platform; you may only take members of your own out of it";
    Err(Error::new(ErrorKind::Forbidden, message).within("roomOriginalPlatform"))
}

/// Gives the announcement its id, stores it unless it was here before or a later one of its platform (`overtaken_by`), sends
/// it and hands it over. `last`: the announcement that it must exceed to have its effect.
fn announce(
    job: &mut Job<'_>,
    arrival: Arrival,
    draft: Draft,
    last: Option<(PlatformNum, Uuid)>,
    overtaken_by: Option<Uuid>,
) -> Result<Taken> {
    let (by, num) = (arrival.speaker, draft.room);
    if arrival.id.is_none() {
        must_exceed(job, &format!("room {}", draft.head.id), last)?;
    }
    let body = Bytes::from(written(job.directory(), &draft.described(), by, &draft.members, &draft.again));
    if arrival.source == Source::App && body.len() > wire::MAX_BODY {
        let (got, most) = (body.len(), wire::MAX_BODY);
        let why =
            format!("the room would be {got} bytes on its way, and a node takes at most {most}: name fewer members");
        return Err(Error::invalid("members", why));
    }
    if !first_time(job, arrival)? {
        return Ok(Taken::duplicate(arrival.id));
    }
    if arrival.id.is_some_and(|id| overtaken_by >= Some(id)) {
        return Ok(Taken::unchanged());
    }
    let id = match arrival.id {
        Some(id) => id,
        None => job.new_id_in(num, by, last.map(|(_, event)| event))?,
    };
    let before = job.directory().room(num).map(|room| audience(job.directory(), room));
    let (row, announcement) = draft.rows(by, id, job.directory().room(num));
    job.announce(row, announcement)?;
    let route = {
        let (directory, room) = (job.directory(), known(job, num)?);
        // Who lost its last member by this is told, too; and so is the origin, even if it has no member.
        let before = before.iter().flatten().copied();
        let concerned: BTreeSet<_> =
            audience(directory, room).into_iter().chain(before).chain([room.row.origin]).collect();
        route(directory, arrival.source, by, concerned)
    };
    if route.own && arrival.source != Source::App {
        // The app gets the whole room as it is when it takes the event.
        hand_in(job, id, EventKind::Room, by, Some(num), Bytes::new())?;
    }
    if arrival.source.peer().is_none() {
        warn(job, by, num);
    }
    let subject = Some(Subject::Room(num, by));
    let taken = send(job, arrival, &route, Outgoing { id, kind: EventKind::Room, room: Some(num), body, subject })?;
    match before {
        None => Ok(Taken { new_room: Some(num), ..taken }),
        Some(before) => catch_up(job, num, by, &before).map(|()| taken),
    }
}

/// Says in the log what is hardly meant so of the members of a room that was announced here.
fn warn(job: &Job<'_>, by: PlatformNum, num: RoomNum) {
    let directory = job.directory();
    let Some((room, what)) = directory.room(num).and_then(|room| Some((room, directory.oddity_of(room)?))) else {
        return;
    };
    let name = directory.name(by);
    if let Some(times) = seldom("members", &name) {
        tracing::warn!(platform = %name, "its room {} {}{times}", Shown(&room.row.id), Shown(what));
    }
}

/// Tells nodes that a room concerns for the first time what this platform and those hosted here announced about it earlier: the
/// origin's announcement does not say whom they took out.
fn catch_up(job: &mut Job<'_>, num: RoomNum, by: PlatformNum, before: &[PlatformNum]) -> Result<()> {
    let mut events = Vec::new();
    {
        let (directory, room) = (job.directory(), known(job, num)?);
        let new: Vec<_> = audience(directory, room).into_iter().filter(|p| !before.contains(p)).collect();
        let announcers = room.announcers().filter(|(own, _)| *own != by && directory.is_local(*own));
        for (own, id) in announcers.filter(|_| !new.is_empty()) {
            let lanes = |platforms: &[PlatformNum]| route(directory, Source::App, own, platforms.iter().copied()).lanes;
            let (told, mut lanes) = (lanes(before), lanes(&new));
            // A plain platform gets the whole room anyway.
            lanes.retain(|lane| !told.contains(lane) && directory.kind(*lane) != PlatformKind::Plain);
            if !lanes.is_empty() {
                let body = announcement_of(directory, room, own).into();
                let (kind, at) = (EventKind::Room, job.age);
                let event = EventRow { id, kind, platform: own, source: None, room: Some(num), at, again: false, body };
                events.push((event, lanes));
            }
        }
    }
    events.into_iter().try_for_each(|(event, lanes)| job.enqueue(event, &lanes).map(drop))
}
