//! What an operator sees and does: how the node and the others stand ([`status`]), [`deliveries`], [`dead_letters`],
//! [`forget`], [`membership`], [`metrics`].

pub(crate) mod dead_letters;
pub(crate) mod deliveries;
pub(crate) mod forget;
#[cfg(test)]
mod forget_tests;
pub(crate) mod membership;
pub(crate) mod metrics;
pub(crate) mod status;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::Result;
use crate::peers::Peers;
use crate::shared::Shared;
use crate::util::apart::apart;

/// What an operator looks at.
pub(crate) struct Operator {
    pub shared: Arc<Shared>,
    pub peers: Arc<Peers>,
}

/// Runs something that reads the store, apart from the tasks that must not wait.
async fn reading<T: Send + 'static>(
    operator: &Arc<Operator>,
    read: impl FnOnce(&Operator) -> Result<T> + Send + 'static,
) -> Result<T> {
    let operator = operator.clone();
    apart(move || read(&operator)).await
}
