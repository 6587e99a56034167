//! `POST join`: somebody who holds an invite wants to take part.

use bytes::Bytes;
use http::{Response, StatusCode};

use super::answer::{Answer, json_response};
use super::auth::Denied;
use super::inbound::Inbound;
use crate::rules::membership::joining;
#[cfg(test)]
use crate::rules::membership::joining::NO_INVITE;
use crate::util::apart::apart;
use crate::wire::json::Value;
use crate::wire::{read, signature};

impl Inbound {
    /// Judged as every post: is it JSON, who is it, is each field right, is it allowed.
    pub(super) async fn join(&self) -> Result<Response<Bytes>, Answer> {
        self.check_form(&["application/json"], self.longest())?;
        let id = {
            let value = self.object()?;
            match value.get("invite") {
                Some(Value::Text(id)) => id.to_string(),
                _ => {
                    let message = "`invite`: expected the id of an invite, a string";
                    return Err(Answer::new(StatusCode::BAD_REQUEST, message));
                }
            }
        };
        self.holds(&id).await?;
        let body = read::join(&self.object()?).map_err(|e| Answer::from(&e))?;
        let shared = &self.server.shared;
        shared.open_or_closed().map_err(|e| Answer::from(&e))?;
        let answer = shared.writer.run(move |job| joining::join(job, &id, &body)).await;
        answer.map(|body| json_response(StatusCode::OK, body.into())).map_err(|e| Answer::from(&e))
    }

    /// Whether the request is signed with the secret of the invite of this id, and the invite is good.
    async fn holds(&self, id: &str) -> Result<(), Answer> {
        let refused = || self.denied(Denied::Wrong(NO_INVITE_FIELD));
        if !self.is_signed() {
            return Err(refused());
        }
        let signed = self.signature().map_err(|denied| self.denied(denied))?;
        let (store, id) = (self.server.shared.store.clone(), id.to_owned());
        let invite = apart(move || store.invite(&id)).await.map_err(|e| Answer::from(&e))?;
        let now = self.server.shared.ages.wall();
        let invite = invite.filter(|invite| invite.expires > now).ok_or_else(refused)?;
        let verifies = signature::verify(&invite.secret, signed.id, signed.stamp, &self.body, signed.given);
        if verifies { Ok(()) } else { Err(refused()) }
    }
}

/// What is said of an invite that does not hold, whatever is wrong with it.
const NO_INVITE_FIELD: &str = "`invite`: it is used, expired or unknown; ask for another one";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_learns_from_the_words_what_is_wrong_with_an_invite() {
        assert_eq!(NO_INVITE_FIELD, format!("`invite`: {NO_INVITE}"));
    }
}
