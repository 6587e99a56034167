//! Nobody says anything: what it costs to know that the others are there.

use crate::Failed;
use crate::measure::Since;
use crate::report::{Each, Report};
use crate::world::{PING, World};

pub(crate) async fn a_while(world: &mut World, report: &mut Report) -> Result<(), Failed> {
    let since = Since::now(&world.crowd);
    world.crowd.advance(PING).await;
    world.quiet().await;
    let platforms = world.platforms.len();
    report.counted.idle = Some(Each::of(platforms, &since.cost(platforms)));
    Ok(())
}
