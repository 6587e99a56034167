//! What became of a publication at each platform.

use std::sync::Arc;

use uuid::Uuid;

use super::{Operator, reading};
use crate::Result;
use crate::model::{Delivery, DeliveryState};
use crate::store::PlatformNum;

pub(crate) async fn delivery(operator: &Arc<Operator>, event: Uuid) -> Result<Vec<Delivery>> {
    reading(operator, move |operator| {
        let Some(rows) = operator.shared.store.delivery(event)? else { return Ok(Vec::new()) };
        let directory = operator.shared.directory.read();
        let shown = |age| operator.shared.ages.shown(age);
        let of = |num: PlatformNum| rows.fates.iter().find(|fate| fate.platform == num);
        let one = |(platform, lane): &(PlatformNum, PlatformNum)| {
            let fate = of(*platform).or_else(|| {
                of(*lane).filter(|fate| matches!(fate.state, DeliveryState::Dead | DeliveryState::Unsupported))
            });
            let passed = rows.passed.iter().find(|(dest, _)| dest == lane).map(|(_, age)| age.map(shown));
            let (state, at, why) = match fate {
                Some(fate) => (fate.state, Some(shown(fate.at)), fate.why.as_deref().map(str::to_owned)),
                None if rows.waiting.contains(lane) => (DeliveryState::Waiting, None, None),
                // A later announcement took its place, and waits.
                None if passed.is_none() => (DeliveryState::Waiting, None, None),
                None if platform == lane => (DeliveryState::Delivered, passed.flatten(), None),
                None => (DeliveryState::Accepted, passed.flatten(), None),
            };
            Delivery { platform: directory.name(*platform), state, at, why }
        };
        Ok(rows.receipt.to.iter().map(one).collect())
    })
    .await
}
