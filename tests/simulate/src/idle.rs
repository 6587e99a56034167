//! Nobody says anything: what it costs to know that the others are there.

use crate::Failed;
use crate::measure::Since;
use crate::report::{Each, Report};
use crate::world::{PING, World};

pub(crate) async fn a_while(world: &mut World, report: &mut Report) -> Result<(), Failed> {
    let since = Since::now(&world.crowd);
    // Everybody is pinged once: whom one was to hear of is looked for every few seconds.
    world.crowd.advance(PING + PING / 10).await;
    world.quiet().await;
    let platforms = world.platforms.len();
    report.counted.idle = Some(Each::of(platforms, &since.cost(platforms)));
    Ok(())
}
