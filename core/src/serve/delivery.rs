//! `GET delivery?id=EVENT`: a platform that is hosted here asks where what it posted stands at each platform.

use bytes::Bytes;
use http::{Response, StatusCode};
use uuid::Uuid;

use super::answer::{Answer, json_response};
use super::inbound::Inbound;
use crate::rules::standing::standing;
use crate::util::apart::apart;
use crate::wire::write;

impl Inbound {
    pub(super) async fn delivery(&self) -> Result<Response<Bytes>, Answer> {
        let asker = self.reader().map_err(|denied| self.denied(denied))?;
        self.limit(asker)?;
        let id = self.query_field("id").and_then(|id| Uuid::try_parse(&id).ok()).ok_or_else(|| {
            Answer::new(StatusCode::BAD_REQUEST, "`id`: expected the id that the answer to a post gave, a UUID")
        })?;
        let shared = self.server.shared.clone();
        let found = apart(move || {
            let rows = shared.store.delivery(id)?.filter(|rows| rows.receipt.hosted == Some(asker));
            Ok(rows.map(|rows| standing(&shared.directory.read(), &shared.ages, &rows)))
        });
        match found.await.map_err(|e| Answer::from(&e))? {
            Some(standing) => Ok(json_response(StatusCode::OK, write::deliveries(&standing).into())),
            None => Err(Answer::new(
                StatusCode::NOT_FOUND,
                "`id`: no event of this platform that is remembered here; what nobody was to get is not",
            )),
        }
    }
}
