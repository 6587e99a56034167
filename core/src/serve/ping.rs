//! `GET` and `POST ping`: what this node is, and whom it hosts.

use std::sync::Arc;

use bytes::Bytes;
use http::{Response, StatusCode};

use super::answer::{Answer, json_response};
use super::auth::Denied;
use super::inbound::Inbound;
use crate::peers::ping;
use crate::store::PlatformKind;
use crate::wire::json::Value;
use crate::wire::write;

impl Inbound {
    pub(super) fn ping(&self) -> Result<Response<Bytes>, Answer> {
        self.check_form(&["application/json"], self.longest())?;
        if self.body.is_empty() {
            return self.pong(None);
        }
        self.pong(Some(&self.object()?))
    }

    /// Anyone is answered who does not claim to be somebody; who is recognised has shown a sign of life.
    pub(super) fn pong(&self, value: Option<&Value<'_>>) -> Result<Response<Bytes>, Answer> {
        let mut recognised = false;
        match self.identify(value) {
            Ok(caller) => {
                recognised = caller.signed;
                self.server.peers.heard(caller.num);
                // Two nodes that asked each other back would never end.
                if caller.signed && self.query.as_deref() != Some(ping::BACK) {
                    self.server.peers.presence.ask_back(caller.num);
                }
            }
            // It says nothing, or who it is plays no part here.
            Err(Denied::Unclear(_)) if !self.is_signed() => {}
            Err(Denied::Disabled { .. } | Denied::MustSign) => {}
            Err(denied) => return Err(self.denied(denied)),
        }
        let directory = self.server.shared.directory.read();
        let mut hosts: Vec<Arc<str>> =
            directory.active().filter(|row| directory.is_hosted(row.num)).map(|row| row.name.clone()).collect();
        hosts.sort();
        let config = &self.server.shared.config;
        let (name, store, standalone) = (config.node_name(), self.server.shared.store.id(), config.is_standalone());
        let knows = recognised.then(|| {
            let nodes = directory.lanes().filter(|num| directory.kind(*num) != PlatformKind::Plain);
            let mut names: Vec<Arc<str>> = nodes.map(|num| directory.name(num)).collect();
            names.sort();
            names
        });
        let body = write::pong(name, &hosts, store, standalone, knows.as_deref());
        Ok(json_response(StatusCode::OK, body.into()))
    }
}
