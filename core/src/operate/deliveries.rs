//! What became of a publication at each platform.

use std::sync::Arc;

use uuid::Uuid;

use super::{Operator, reading};
use crate::Result;
use crate::model::Delivery;
use crate::rules::standing::standing;

pub(crate) async fn delivery(operator: &Arc<Operator>, event: Uuid) -> Result<Vec<Delivery>> {
    reading(operator, move |operator| {
        let shared = &operator.shared;
        let rows = shared.store.delivery(event)?;
        Ok(rows.map(|rows| standing(&shared.directory.read(), &shared.ages, &rows)).unwrap_or_default())
    })
    .await
}
