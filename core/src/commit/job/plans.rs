//! Plans: what was found out about who writes where, as long as it holds.

use std::sync::Arc;

use super::Job;
use crate::commit::plans::{OwnPlan, Plan};
use crate::model::Ref;
use crate::store::PlatformNum;

impl Job<'_> {
    /// The plan for what the app says there, by the ids that it uses.
    pub(crate) fn own_plan(&mut self, room: &Ref, sender: &Ref) -> Option<Arc<OwnPlan>> {
        self.kept.plans.own(self.directory.state(), room, sender)
    }

    pub(crate) fn keep_own_plan(&mut self, room: &Ref, sender: &Ref, known: OwnPlan) -> Arc<OwnPlan> {
        self.kept.plans.keep_own(self.directory.state(), room, sender, known)
    }

    /// The plan for a message of this peer with this beginning, of a user of this platform.
    pub(crate) fn plan_of_peer(&mut self, peer: PlatformNum, head: &[u8], platform: &str) -> Option<Arc<Plan>> {
        self.kept.plans.of_peer(self.directory.state(), peer, head, platform)
    }

    pub(crate) fn keep_plan_of_peer(&mut self, peer: PlatformNum, plan: Plan) {
        self.kept.plans.keep_of_peer(self.directory.state(), peer, plan);
    }
}
