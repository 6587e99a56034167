//! They come and go: some can't be reached for a while and are back, some die and are opened again, some leave for good, and
//! others join.

use std::time::Duration;

use crate::measure::{Cost, Since};
use crate::report::{Change, Report};
use crate::talk::in_rooms;
use crate::world::{Seat, World};
use crate::{Failed, join, progress};

/// One of so many goes, but no more than a few.
const ONE_OF: usize = 20;
const MOST: usize = 50;
/// How long they can't be reached.
const AWAY: Duration = Duration::from_secs(120);
/// What is said meanwhile, and afterwards: rooms, how many platforms they span, messages in each.
const ROOMS: usize = 5;
const SPAN: usize = 10;
const MESSAGES: usize = 3;

pub(crate) async fn all(world: &mut World, report: &mut Report) -> Result<(), Failed> {
    away(world).await?;
    for (what, cost) in [("restart", die(world).await?), ("leave", leave(world).await?), ("join", come(world).await?)] {
        report.counted.churn.push(Change::of(what, &cost));
        progress(what, cost.count, cost.count);
    }
    world.settle().await?;
    join::know_each_other(world)?;
    in_rooms(world, SPAN.min(world.group_size()), ROOMS, MESSAGES).await?;
    (report.counted.said, report.counted.arrived) = world.ledger.must_be_even()?;
    Ok(())
}

/// So many of them, but not the first of a group, by whose invites the others are there.
fn chosen(world: &mut World, count: usize) -> Vec<String> {
    let mut firsts = std::collections::HashSet::new();
    let others = world.platforms.iter().filter(|platform| !firsts.insert(platform.group));
    let mut names: Vec<String> = others.map(|platform| platform.name.clone()).collect();
    world.rng.shuffle(&mut names);
    names.truncate(count);
    names
}

fn a_few(world: &World) -> usize {
    (world.platforms.len() / ONE_OF).clamp(1, MOST)
}

/// Some are away while others talk in rooms of theirs; when they are back they get it all.
async fn away(world: &mut World) -> Result<(), Failed> {
    let gone = chosen(world, a_few(world));
    let mut opened = Vec::new();
    for name in gone.iter().take(ROOMS) {
        let group = world.platform(name)?.group;
        let others = world.group(group).map(|platform| platform.name.clone()).filter(|other| !gone.contains(other));
        let members = others.take(SPAN - 1).chain([name.clone()]).collect();
        opened.push(world.open_room(members).await?);
    }
    world.settle().await?;
    gone.iter().for_each(|name| world.crowd.down(name));
    for room in &opened {
        for _ in 0..MESSAGES {
            let sender = room.members[world.rng.usize(..room.members.len() - 1)].clone();
            world.say(room, &sender).await?;
        }
    }
    world.crowd.advance(AWAY).await;
    world.take().await?;
    if world.ledger.must_be_even().is_ok() {
        return Err("what is said to who can't be reached has arrived".into());
    }
    gone.iter().for_each(|name| world.crowd.up(name));
    world.settle().await?;
    world.take().await?;
    world.ledger.must_be_even()?;
    progress("away", gone.len(), gone.len());
    Ok(())
}

/// The processes of some die, and are started again.
async fn die(world: &mut World) -> Result<Cost, Failed> {
    let mut cost = Cost::default();
    let count = if world.gateways.is_empty() { a_few(world).min(5) } else { 1 };
    for name in chosen(world, count) {
        let since = Since::now(&world.crowd);
        let index = world.index(&name).ok_or("it has gone")?;
        let died = match &world.platforms[index].seat {
            Seat::Node(_) => name.clone(),
            Seat::Behind { gateway, .. } => world.gateways[*gateway].0.clone(),
        };
        let opened = world.crowd.crash(&died).await?;
        match &mut world.platforms[index].seat {
            Seat::Node(node) => *node = opened,
            Seat::Behind { gateway, .. } => world.gateways[*gateway].1 = opened,
        }
        world.crowd.settle(&[&died]).await?;
        cost += since.cost(1);
    }
    Ok(cost)
}

/// Some leave for good.
async fn leave(world: &mut World) -> Result<Cost, Failed> {
    let mut cost = Cost::default();
    for name in chosen(world, a_few(world)) {
        let since = Since::now(&world.crowd);
        let index = world.index(&name).ok_or("it has gone")?;
        let platform = world.platforms.remove(index);
        match &platform.seat {
            Seat::Behind { gateway, .. } => world.gateways[*gateway].1.remove_platform(&name).await?,
            Seat::Node(_) => {
                // Whoever knows it by this one's introduction follows; others have to be told by their operators.
                for other in world.group(platform.group) {
                    let Seat::Node(node) = &other.seat else { continue };
                    if node.platforms().iter().any(|known| *known.name == *name) {
                        node.remove_platform(&name).await?;
                        world.quiet().await;
                    }
                }
            }
        }
        world.quiet().await;
        world.crowd.leave(&name).await?;
        world.quiet().await;
        cost += since.cost(1);
    }
    Ok(cost)
}

/// As many others join.
async fn come(world: &mut World) -> Result<Cost, Failed> {
    let mut cost = Cost::default();
    while world.platforms.len() < world.shape.platforms as usize {
        let since = Since::now(&world.crowd);
        let platform = join::one(world).await?;
        cost += since.cost(1);
        world.platforms.push(platform);
    }
    Ok(cost)
}
