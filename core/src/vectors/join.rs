//! Joining: invites, what is posted, what is answered.

use serde_json::json;

use super::{Case, each, same};
use crate::wire::invite::InviteText;
use crate::wire::json::parse;
use crate::wire::{read, write};

#[test]
fn invites_and_joins_are_read_as_the_vectors_say() {
    each("join.json", |case| {
        if case.get("text").is_some() {
            return invite(case);
        }
        if let Some(body) = case.get("join") {
            let bytes = body.to_string().into_bytes();
            let read = parse(&bytes).and_then(|value| read::join(&value));
            let Some(body) = case.judge(read)? else { return Ok(()) };
            return same("out", &write::join("i-1", &body), case.get("out").unwrap());
        }
        let answer = case.get("answer").unwrap();
        let read = read::join_answer(answer.to_string().as_bytes());
        let Some(read) = case.judge(read)? else { return Ok(()) };
        same("answer", &write::join_answer(&read), answer)
    });
}

fn invite(case: &Case) -> Result<(), String> {
    let text = case.str("text");
    let Some(invite) = case.judge(InviteText::decode(text))? else { return Ok(()) };
    let said =
        json!({"url": invite.url.as_str(), "id": invite.id, "secret": invite.secret.as_str(), "exp": invite.expires});
    same("invite", said.to_string().as_bytes(), case.get("invite").unwrap())?;
    let again = invite.encode();
    if case.flag("exact", false) && again != text { Err(format!("written again: {again}")) } else { Ok(()) }
}
