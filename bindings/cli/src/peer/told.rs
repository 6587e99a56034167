//! What happens, in one line each: for people, or as JSON.

use std::net::SocketAddr;

use serde_json::{Value, json};

use crate::output::{self, Outcome, printable};

#[derive(Debug, Clone, Copy)]
pub(super) struct Told {
    pub json: bool,
}

impl Told {
    fn line(self, value: &Value, text: &str) -> Outcome {
        if self.json { output::say(value) } else { output::say(printable(text)) }
    }

    pub(super) fn listening(self, address: &SocketAddr) -> Outcome {
        let url = format!("http://{address}");
        self.line(&json!({"listening": url}), &format!("listening on {url}"))
    }

    /// Something came.
    pub(super) fn got(self, path: &str, id: &str, body: &Value, again: bool) -> Outcome {
        let text = format!("{}{}", words(path, body), if again { "  (again)" } else { "" });
        self.line(&json!({"got": path, "id": id, "again": again, "body": body}), &text)
    }

    /// Something came, and was answered as told.
    pub(super) fn refused(self, path: &str, answered: &str) -> Outcome {
        self.line(&json!({"asked": path, "answered": answered}), &format!("{path}  answered: {answered}"))
    }

    /// Something was posted; what the gateway says to it.
    pub(super) fn posted(self, path: &str, status: u16, answer: &Value) -> Outcome {
        let said = answer["id"].as_str().or(answer["message"].as_str()).unwrap_or_default();
        let value = json!({"posted": path, "status": status, "id": answer["id"], "message": answer["message"]});
        self.line(&value, &format!("posted {path}: {status} {said}"))
    }

    /// What is to be posted again later.
    pub(super) fn put_off(self, path: &str, why: &str, seconds: u64) -> Outcome {
        let text = format!("{path} not posted yet: {why}; again in {seconds} s");
        self.line(&json!({"put_off": path, "why": why, "seconds": seconds}), &text)
    }

    pub(super) fn users(self, users: &[Value]) -> Outcome {
        let names: Vec<_> = users.iter().map(|u| format!("{} {}", id(&u["id"]), text(&u["name"]))).collect();
        self.line(&json!({"users": users}), &format!("{} users: {}", users.len(), names.join(", ")))
    }

    /// The end.
    pub(super) fn left(self, waiting: usize) -> Outcome {
        if waiting == 0 {
            return Ok(());
        }
        self.line(&json!({"not_posted": waiting}), &format!("{waiting} not posted"))
    }
}

/// `message BuasApp:4 GWT_CHAT:1: Hola`.
fn words(path: &str, body: &Value) -> String {
    let platform = text(&body["platform"]);
    match path {
        "user" => format!("user {platform}:{} {}", id(&body["id"]), text(&body["name"])),
        "room" => {
            let members = body["users"].as_array().into_iter().flatten().filter_map(Value::as_object).flatten();
            let members = members.flat_map(|(platform, ids)| {
                ids.as_array().into_iter().flatten().map(move |member| format!("{platform}:{}", id(member)))
            });
            let members: Vec<_> = members.collect();
            let (name, kind) = (text(&body["name"]), text(&body["type"]));
            format!("room {platform}:{} {name} ({kind}): {}", id(&body["id"]), members.join(", "))
        }
        "message" => {
            format!("message {}: {}{}", who(body), text(&body["text"]), attached(body))
        }
        "edit" => format!("edit {} of {}: {}{}", who(body), text(&body["of"]), text(&body["text"]), attached(body)),
        "delete" => format!("delete {} of {}", who(body), text(&body["of"])),
        "reaction" => {
            let sign = if body["remove"] == true { "-" } else { "+" };
            format!("reaction {} of {}: {sign}{}", who(body), text(&body["of"]), text(&body["emoji"]))
        }
        _ => format!("{path} {body}"),
    }
}

/// `BuasApp:4 GWT_CHAT:1`: where, and by whom.
fn who(body: &Value) -> String {
    let [room_of, platform] = ["roomOriginalPlatform", "platform"].map(|field| text(&body[field]));
    format!("{room_of}:{} {platform}:{}", id(&body["roomId"]), id(&body["senderId"]))
}

fn attached(body: &Value) -> String {
    match body["attachments"].as_array() {
        Some(all) if !all.is_empty() => format!("  (attachments: {})", all.len()),
        _ => String::new(),
    }
}

fn id(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_event_is_one_readable_line() {
        let user = json!({"id": 4, "name": "Juan", "platform": "BuasApp"});
        assert_eq!(words("user", &user), "user BuasApp:4 Juan");
        let room = json!({"id": "p", "name": "Plaza", "type": "public", "users": [{"BuasApp": [4, 6]}, {"net core": ["x"]}], "platform": "BuasApp"});
        assert_eq!(words("room", &room), "room BuasApp:p Plaza (public): BuasApp:4, BuasApp:6, net core:x");
        let message = json!({"roomOriginalPlatform": "BuasApp", "roomId": "p", "senderId": 1, "text": "Hola", "platform": "GWT_CHAT",
            "attachments": [{"kind": "image", "url": "https://example.org/gato.png"}]});
        assert_eq!(words("message", &message), "message BuasApp:p GWT_CHAT:1: Hola  (attachments: 1)");
        let change = json!({"roomOriginalPlatform": "BuasApp", "roomId": "p", "senderId": 1, "platform": "GWT_CHAT", "of": "0193a3c4"});
        let changed = |more: Value| {
            let mut body = change.clone();
            body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            body
        };
        let edit = changed(json!({"text": "¡Hola!", "attachments": []}));
        assert_eq!(words("edit", &edit), "edit BuasApp:p GWT_CHAT:1 of 0193a3c4: ¡Hola!");
        assert_eq!(words("delete", &change), "delete BuasApp:p GWT_CHAT:1 of 0193a3c4");
        let reaction = |remove: bool| changed(json!({"ofPlatform": "BuasApp", "emoji": "👍", "remove": remove}));
        assert_eq!(words("reaction", &reaction(false)), "reaction BuasApp:p GWT_CHAT:1 of 0193a3c4: +👍");
        assert_eq!(words("reaction", &reaction(true)), "reaction BuasApp:p GWT_CHAT:1 of 0193a3c4: -👍");
    }
}
