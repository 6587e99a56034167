//! They come one after another: a node by an invite, a platform without the library by its gateway's operator.

use crate::measure::{Cost, Since, resident};
use crate::report::{Each, Memory, Report, Time};
use crate::world::{Platform, Seat, USER, World};
use crate::{Failed, progress};

/// One peer may introduce 1,000; so after so many another one invites.
const INVITED: usize = 900;
/// At so many sizes it is written down what one more costs.
const POINTS: usize = 24;

/// All of them come.
pub(crate) async fn all(world: &mut World, report: &mut Report) -> Result<(), Failed> {
    let all = world.shape.platforms as usize;
    for number in 0..world.shape.gateways.unwrap_or(0) {
        let name = format!("g{number:05}");
        let node = world.crowd.open(World::config(&name)).await?;
        if number > 0 {
            invite(world, &world.gateways[0].1, &world.gateways[0].0, &node, &name).await?;
        }
        world.gateways.push((name, node));
        progress("gateways", world.gateways.len(), world.shape.gateways.unwrap_or(0) as usize);
    }
    report.measured.memory.push(Memory { platforms: 0, bytes: resident()? });
    let marks: Vec<usize> = (1..=POINTS).map(|n| (all * n).div_ceil(POINTS)).collect();
    let (mut cost, mut mark) = (Cost::default(), 0);
    while world.platforms.len() < all {
        let since = Since::now(&world.crowd);
        let platform = one(world).await?;
        // The first of a group joins nobody.
        if world.group(platform.group).next().is_some() || world.shape.gateways.is_some() {
            cost += since.cost(1);
        }
        world.platforms.push(platform);
        let now = world.platforms.len();
        if now.is_multiple_of(50) {
            world.take().await?;
        }
        if marks.contains(&now) {
            world.take().await?;
            let about = (mark + now) / 2;
            report.counted.join.push(Each::of(about, &cost));
            report.measured.join.push(Time::of(about, &cost));
            report.measured.memory.push(Memory { platforms: now as u64, bytes: resident()? });
            (cost, mark) = (Cost::default(), now);
        }
        progress("join", now, all);
    }
    world.settle().await?;
    know_each_other(world)
}

/// One more comes.
pub(crate) async fn one(world: &mut World) -> Result<Platform, Failed> {
    let name = format!("p{:05}", world.came);
    let (gateways, size) = (world.gateways.len(), world.group_size());
    let platform = if gateways > 0 {
        let gateway = world.came % gateways;
        let plain = world.crowd.plain(&name);
        let node = &world.gateways[gateway].1;
        let token = node.add_platform(&name, &world.crowd.url(&name)).await?.reveal().to_owned();
        let platform = Platform { name, group: 0, seat: Seat::Behind { gateway, token, plain } };
        world.quiet().await;
        world.crowd.settle(&[&world.gateways[gateway].0]).await?;
        platform
    } else {
        let group = world.came / size % (world.shape.platforms as usize).div_ceil(size);
        let node = world.crowd.open(World::config(&name)).await?;
        let platform = Platform { name: name.clone(), group, seat: Seat::Node(node.clone()) };
        world.announce_user(&platform, USER).await?;
        let inviter = world.group(group).nth(world.group(group).count() / INVITED);
        if let Some(Platform { name: inviter, seat: Seat::Node(by), .. }) = inviter {
            invite(world, by, inviter, &node, &name).await?;
        }
        platform
    };
    world.came += 1;
    Ok(platform)
}

async fn invite(
    world: &World,
    by: &integrador::Node,
    inviter: &str,
    node: &integrador::Node,
    name: &str,
) -> Result<(), Failed> {
    let invite = by.invite(Some(&world.crowd.url(inviter))).await?;
    node.join(invite.text(), Some(&world.crowd.url(name))).await?;
    Ok(world.crowd.settle(&[name]).await?)
}

/// Whoever should know somebody does, and nobody else.
pub(crate) fn know_each_other(world: &World) -> Result<(), Failed> {
    let must = |who: &str, known: usize, should: usize| {
        let wrong = format!("{who} knows {known} platforms and should know {should}");
        if known == should { Ok(()) } else { Err(Failed::from(wrong)) }
    };
    for (name, node) in &world.gateways {
        must(name, node.platforms().len(), world.platforms.len() + world.gateways.len())?;
    }
    let mut groups = std::collections::HashMap::<usize, usize>::new();
    world.platforms.iter().for_each(|platform| *groups.entry(platform.group).or_default() += 1);
    for platform in &world.platforms {
        if let Seat::Node(node) = &platform.seat {
            must(&platform.name, node.platforms().len(), groups[&platform.group])?;
        }
    }
    Ok(())
}
