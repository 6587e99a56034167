//! Where a publication stands at each platform that it was meant for.

use crate::directory::Directory;
use crate::model::{Delivery, DeliveryState};
use crate::store::{DeliveryRows, PlatformNum};
use crate::util::ages::Ages;

/// What the store knows of a publication, as it is told.
pub(crate) fn standing(directory: &Directory, ages: &Ages, rows: &DeliveryRows) -> Vec<Delivery> {
    let shown = |age| ages.shown(age);
    let of = |num: PlatformNum| rows.fates.iter().find(|fate| fate.platform == num);
    let one = |(platform, lane): &(PlatformNum, PlatformNum)| {
        let fate = of(*platform).or_else(|| {
            of(*lane).filter(|fate| matches!(fate.state, DeliveryState::Dead | DeliveryState::Unsupported))
        });
        let passed = rows.passed.iter().find(|(dest, _)| dest == lane).map(|(_, age)| age.map(shown));
        let (state, at, why) = match fate {
            Some(fate) => (fate.state, Some(shown(fate.at)), fate.why.as_deref().map(str::to_owned)),
            None if Some(*platform) == directory.own => (DeliveryState::Delivered, None, None),
            None if rows.waiting.contains(lane) => (DeliveryState::Waiting, None, None),
            // A later announcement took its place, and waits.
            None if passed.is_none() => (DeliveryState::Waiting, None, None),
            None if platform == lane => (DeliveryState::Delivered, passed.flatten(), None),
            None => (DeliveryState::Accepted, passed.flatten(), None),
        };
        Delivery { platform: directory.name(*platform), state, at, why }
    };
    rows.receipt.to.iter().map(one).collect()
}
