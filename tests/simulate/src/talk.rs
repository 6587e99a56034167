//! They talk: two at a time, and in rooms that span more and more platforms.

use crate::measure::{Cost, Since};
use crate::report::{Each, Report, Time};
use crate::world::{USER, World};
use crate::{Failed, progress};

/// How many platforms a room spans, and how many such rooms there are; one of all comes last.
const ROOMS: [(usize, usize); 7] = [(2, 20), (5, 10), (10, 5), (30, 3), (100, 2), (300, 1), (1_000, 1)];
/// So many messages are said in each.
const MESSAGES: usize = 10;
/// Fewer where each goes to thousands.
const FEW: usize = 2;
/// So many users are announced.
const USERS: usize = 3;

pub(crate) async fn everywhere(world: &mut World, report: &mut Report) -> Result<(), Failed> {
    report.counted.user = Some(users(world).await?);
    let most = world.group_size();
    let sizes = ROOMS.into_iter().filter(|(size, _)| *size < most).chain([(most, 1)]);
    for (size, rooms) in sizes {
        let messages = if size >= 1_000 { FEW } else { MESSAGES };
        let cost = in_rooms(world, size, rooms, messages).await?;
        report.counted.talk.push(Each::of(size, &cost));
        report.measured.talk.push(Time::of(size, &cost));
        progress("talk: rooms that span", size, most);
    }
    (report.counted.said, report.counted.arrived) = world.ledger.must_be_even()?;
    Ok(())
}

/// Some announce another user of theirs.
async fn users(world: &mut World) -> Result<Each, Failed> {
    let mut cost = Cost::default();
    for _ in 0..USERS {
        let index = world.rng.usize(..world.platforms.len());
        let since = Since::now(&world.crowd);
        world.announce_user(&world.platforms[index], USER + 1 + cost.count as i64).await?;
        world.quiet().await;
        cost += since.cost(1);
    }
    world.settle().await?;
    Ok(Each::of(world.platforms.len(), &cost))
}

/// Opens so many rooms of this size, in each of which so many messages are said; what these cost, until they are everywhere.
pub(crate) async fn in_rooms(world: &mut World, size: usize, rooms: usize, messages: usize) -> Result<Cost, Failed> {
    let mut opened = Vec::new();
    for _ in 0..rooms {
        let members = some(world, size);
        opened.push(world.open_room(members).await?);
    }
    world.settle().await?;
    let mut cost = Cost::default();
    for room in &opened {
        for _ in 0..messages {
            let sender = room.members[world.rng.usize(..room.members.len())].clone();
            let since = Since::now(&world.crowd);
            world.say(room, &sender).await?;
            world.quiet().await;
            cost += since.cost(1);
        }
    }
    world.settle().await?;
    world.take().await?;
    world.ledger.must_be_even()?;
    Ok(cost)
}

/// So many platforms that can be in one room.
pub(crate) fn some(world: &mut World, size: usize) -> Vec<String> {
    let group = world.platforms[world.rng.usize(..world.platforms.len())].group;
    let mut names: Vec<String> = world.group(group).map(|platform| platform.name.clone()).collect();
    world.rng.shuffle(&mut names);
    names.truncate(size);
    names
}
