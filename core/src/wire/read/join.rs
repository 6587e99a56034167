//! What travels when a platform joins.

use url::Url;

use super::fields::{optional_flag, platform_name, require_object, text};
use crate::registry::parse_endpoint;
use crate::util::secret::Secret;
use crate::wire::json::{self, Value};
use crate::wire::{JoinAnswer, JoinBody, Member, MemberReach};
use crate::{Error, Result};

/// A longer token is none that anybody made.
const LONGEST_TOKEN: usize = 512;

/// `POST join`, but for the invite.
pub(crate) fn join(body: &Value<'_>) -> Result<JoinBody> {
    require_object(body)?;
    Ok(JoinBody {
        name: platform_name(body, "name")?,
        endpoint: endpoint(body)?,
        support_audio: optional_flag(body, "supportAudio", true)?,
        support_image: optional_flag(body, "supportImage", true)?,
    })
}

pub(super) fn endpoint(body: &Value<'_>) -> Result<Url> {
    parse_endpoint(text(body, "endpoint")?)
}

pub(super) fn secret(body: &Value<'_>) -> Result<Secret> {
    let token = text(body, "token")?;
    Secret::new(token)
        .filter(|_| token.len() <= LONGEST_TOKEN)
        .ok_or_else(|| Error::invalid("token", format!("expected 1 to {LONGEST_TOKEN} bytes")))
}

/// The answer to a `join`, of which `status` is known.
pub(crate) fn join_answer(body: &[u8]) -> Result<JoinAnswer> {
    let body = &json::parse(body)?;
    require_object(body)?;
    let list = body.get("platforms").and_then(Value::as_list);
    let list = list.ok_or_else(|| Error::invalid("platforms", "expected a list"))?;
    let members = list.iter().enumerate();
    let members = members.map(|(n, value)| member(value).map_err(|e| e.within(format_args!("platforms[{n}]"))));
    Ok(JoinAnswer {
        platform: platform_name(body, "platform")?,
        token: secret(body)?,
        platforms: members.collect::<Result<_>>()?,
    })
}

fn member(value: &Value<'_>) -> Result<Member> {
    require_object(value)?;
    let reach = match value.get("via") {
        Some(_) => MemberReach::Via(platform_name(value, "via")?),
        None => MemberReach::Node { endpoint: endpoint(value)?, token: secret(value)? },
    };
    Ok(Member {
        name: platform_name(value, "name")?,
        support_audio: optional_flag(value, "supportAudio", true)?,
        support_image: optional_flag(value, "supportImage", true)?,
        reach,
    })
}
