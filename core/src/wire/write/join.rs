//! What travels when a platform joins.

use serde::Serialize;

use super::json::bytes;
use crate::wire::{JoinAnswer, JoinBody, MemberReach};

/// `POST join` by the invite of this id.
pub(crate) fn join(invite: &str, body: &JoinBody) -> Vec<u8> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Out<'a> {
        invite: &'a str,
        name: &'a str,
        endpoint: &'a str,
        support_audio: bool,
        support_image: bool,
    }
    let JoinBody { name, endpoint, support_audio, support_image } = body;
    let (support_audio, support_image) = (*support_audio, *support_image);
    bytes(&Out { invite, name, endpoint: endpoint.as_str(), support_audio, support_image })
}

/// The answer to a `join` that was taken.
pub(crate) fn join_answer(answer: &JoinAnswer) -> Vec<u8> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct MemberOut<'a> {
        name: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        endpoint: Option<&'a str>,
        support_audio: bool,
        support_image: bool,
        #[serde(skip_serializing_if = "Option::is_none")]
        token: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        via: Option<&'a str>,
    }
    #[derive(Serialize)]
    struct Out<'a> {
        status: u16,
        message: &'static str,
        platform: &'a str,
        token: &'a str,
        platforms: Vec<MemberOut<'a>>,
    }
    let members = answer.platforms.iter().map(|member| {
        let (endpoint, token, via) = match &member.reach {
            MemberReach::Node { endpoint, token } => (Some(endpoint.as_str()), Some(token.as_str()), None),
            MemberReach::Via(node) => (None, None, Some(node.as_str())),
        };
        let (support_audio, support_image) = (member.support_audio, member.support_image);
        MemberOut { name: &member.name, endpoint, support_audio, support_image, token, via }
    });
    let platforms = members.collect();
    bytes(&Out { status: 200, message: "ok", platform: &answer.platform, token: answer.token.as_str(), platforms })
}
