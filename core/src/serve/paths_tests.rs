//! Every path and method, by who asks: the status, what it says beside it, and the form of the answer; and in which order a
//! request is judged.

use bytes::Bytes;
use http::{Request, Response, header};
use serde_json::{Value, json};

use crate::testing::{Stage, entry, signed, token};
use crate::transport::scripted::{Reply, Scripted};
use crate::util::event_id::unique;
use crate::wire::write;
use crate::{Config, RoomKind};

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Who {
    Nobody,
    /// With a token that nobody has.
    Wrong,
    Plain,
    /// A node that shows its token instead of signing.
    Shows,
    /// A node that signs.
    Signs,
    /// Signed with a token that nobody has.
    Forges,
    /// A plain platform that the registry disables.
    Disabled,
    /// A node that the registry disables, and that signs.
    Banned,
}
use Who::{Banned, Disabled, Forges, Nobody, Plain, Shows, Signs, Wrong};

const EVERYBODY: [Who; 8] = [Nobody, Wrong, Plain, Shows, Signs, Forges, Disabled, Banned];

impl Who {
    /// The platform whose token is shown or signed with, and whether it signs.
    fn is(self) -> Option<(&'static str, bool)> {
        match self {
            Nobody => None,
            Wrong => Some(("Nadie", false)),
            Plain => Some(("legacy", false)),
            Shows => Some(("Sur", false)),
            Signs => Some(("Sur", true)),
            Forges => Some(("Nadie", true)),
            Disabled => Some(("viejo", false)),
            Banned => Some(("Este", true)),
        }
    }

    /// The platform that it speaks for.
    fn speaks_for(self) -> &'static str {
        self.is().map_or("legacy", |(name, _)| name)
    }

    fn request(self, method: &str, path: &str, content: &str, body: &[u8]) -> Request<Bytes> {
        let request = Request::builder().method(method).uri(format!("/{path}")).header("content-type", content);
        let request = match self.is() {
            None => request,
            Some((name, true)) => signed(request, name, &unique().to_string(), body),
            Some((name, false)) => request.header("authorization", format!("Bearer {}", token(name))),
        };
        request.body(Bytes::copy_from_slice(body)).unwrap()
    }
}

/// The node of the app `Norte`, which hosts `legacy` and has the peer `Sur`; `viejo` and the node `Este` are disabled.
async fn stage(configured: impl FnOnce(&mut Config)) -> Stage {
    let network = Scripted::new(|request| match (request.path, request.endpoint.host_str()) {
        ("ping", Some("sur")) => Reply::json(200, write::pong::<&str>("Sur", &[], unique(), false, None)),
        ("ping", Some("este")) => Reply::json(200, write::pong::<&str>("Este", &[], unique(), false, None)),
        ("ping", _) => Reply::json(404, "{}"),
        ("users" | "platforms", _) => Reply::json(200, "[]"),
        ("batch", _) => Reply::batch(request, 200),
        _ => Reply::status(200),
    });
    let all = json!([entry("legacy"), entry("Sur"), entry("viejo"), entry("Este")]);
    let config = |store| {
        let mut config = Config::new("Norte", store);
        configured(&mut config);
        config
    };
    let stage = Stage::open_as(config, all.clone(), network).await;
    let known = async |stage: &Stage| {
        let (plain, nodes) = (["legacy", "viejo"], ["Sur", "Este"]);
        for (names, kind) in [(plain, "plain"), (nodes, "node")] {
            for name in names {
                if stage.kind(name).await != kind {
                    return false;
                }
            }
        }
        true
    };
    stage.eventually("it is known what they are", known).await;
    let mut disabled = all;
    for n in [2, 3] {
        disabled[n]["enabled"] = json!(false);
    }
    stage.registry(disabled).await;
    stage.room(1, RoomKind::Public, &[]).await;
    stage
}

/// A body that is right for this path, of this sender.
fn body(path: &str, who: Who) -> String {
    let platform = who.speaks_for();
    let mut value = match path {
        "user" => json!({"id": 4, "name": "Juan"}),
        "room" => json!({"id": 7, "name": "Sala", "type": "public", "users": [{platform: [4]}]}),
        "message" => json!({"roomOriginalPlatform": "Norte", "roomId": 1, "senderId": 4, "text": "hola"}),
        "join" => json!({"invite": "de ayer"}),
        "batch" => {
            let user = json!({"id": 4, "name": "Juan", "platform": platform});
            json!({"id": unique(), "kind": "user", "body": user})
        }
        _ => json!({}),
    };
    if matches!(path, "user" | "room" | "message") && who.is().is_some_and(|(_, signs)| signs) {
        value["platform"] = json!(platform);
    }
    value.to_string()
}

fn header(response: &Response<Bytes>, name: header::HeaderName) -> Option<&str> {
    response.headers().get(name).map(|value| value.to_str().unwrap())
}

/// What is wrong with the form of this answer.
fn odd(path: &str, method: &str, response: &Response<Bytes>) -> Option<String> {
    let text = String::from_utf8_lossy(response.body()).into_owned();
    let status = response.status().as_u16();
    let media = header(response, header::CONTENT_TYPE);
    if ["legacy", "Sur", "viejo", "Este", "Nadie"].iter().any(|name| text.contains(&token(name))) {
        return Some(format!("it holds a token: {text}"));
    }
    if path == "batch" && status == 200 {
        let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let right = media == Some("application/x-ndjson") && lines.map(|line| line["status"].clone()).eq([json!(200)]);
        return (!right).then(|| format!("{media:?}: {text}"));
    }
    if media != Some("application/json") {
        return Some(format!("its media type is {media:?}"));
    }
    let Ok(answer) = serde_json::from_str::<Value>(&text) else { return Some(format!("it is no JSON: {text}")) };
    let right = match (method, path, status) {
        ("GET", "users" | "platforms", 200) => answer.is_array() && header(response, header::ETAG).is_some(),
        (_, "ping", 200) => answer["message"] == "pong" && answer["platform"] == "Norte",
        ("POST", "user" | "room" | "message", 200) => answer["status"] == 200 && answer["id"].is_string(),
        _ => answer["status"] == status && answer["message"].is_string() && answer.get("id").is_none(),
    };
    (!right).then_some(text)
}

type Row = (&'static str, &'static str, [u16; 8]);

/// By path and method, what everybody is answered.
const ANSWERED: &[Row] = &[
    //                     Nobody Wrong Plain Shows Signs Forges Disabled Banned
    ("GET", "platforms", [401, 401, 200, 200, 200, 401, 403, 503]),
    ("GET", "users", [401, 401, 200, 200, 200, 401, 403, 503]),
    ("GET", "ping", [200, 401, 200, 200, 200, 401, 200, 200]),
    ("POST", "ping", [200, 401, 200, 200, 200, 401, 200, 200]),
    ("POST", "user", [401, 401, 200, 403, 200, 401, 403, 503]),
    ("POST", "room", [401, 401, 200, 403, 200, 401, 403, 503]),
    ("POST", "message", [401, 401, 200, 403, 200, 401, 403, 503]),
    ("POST", "batch", [401, 401, 401, 401, 200, 401, 401, 503]),
    ("POST", "join", [401; 8]),
];

/// The methods of each path, as `Allow` lists them; those of the paths that are none are not known.
const PATHS: &[(&str, Option<&str>)] = &[
    ("platforms", Some("GET")),
    ("users", Some("GET")),
    ("ping", Some("GET, POST")),
    ("user", Some("POST")),
    ("room", Some("POST")),
    ("message", Some("POST")),
    ("batch", Some("POST")),
    ("join", Some("POST")),
    ("", None),
    ("Users", None),
    ("users/4", None),
    ("integrador", None),
];

#[tokio::test(flavor = "multi_thread")]
async fn each_path_and_method_is_answered_by_who_asks_as_the_protocol_says() {
    let stage = stage(|_| {}).await;
    let mut wrong = Vec::new();
    for (path, allow) in PATHS {
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"] {
            let row = ANSWERED.iter().find(|row| (row.0, row.1) == (method, *path)).map(|row| row.2);
            for (n, who) in EVERYBODY.into_iter().enumerate() {
                let expected = match (row, allow) {
                    (Some(statuses), _) => (statuses[n], None),
                    (None, Some(allow)) => (405, Some(*allow)),
                    (None, None) => (404, None),
                };
                let content = if *path == "batch" { "application/x-ndjson" } else { "application/json" };
                let body = if method == "GET" { String::new() } else { body(path, who) };
                let answer = stage.handle(who.request(method, path, content, body.as_bytes())).await;
                let found = (answer.status().as_u16(), header(&answer, header::ALLOW));
                // A node comes again by itself, a person reads what to do.
                let patience = (expected.0 == 503).then_some("60");
                if found != expected || header(&answer, header::RETRY_AFTER) != patience {
                    let said = String::from_utf8_lossy(answer.body());
                    wrong.push(format!("{method} {path}, {who:?}: expected {expected:?}, found {found:?}: {said}"));
                } else if let Some(odd) = odd(path, method, &answer) {
                    wrong.push(format!("{method} {path}, {who:?}: {odd}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    stage.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_public_directory_is_for_everybody_and_what_is_posted_is_not() {
    let stage = stage(|config| config.directory = crate::config::DirectoryAccess::Public).await;
    for who in EVERYBODY {
        for path in ["users", "platforms"] {
            assert_eq!(stage.handle(who.request("GET", path, "", b"")).await.status(), 200, "{path}, {who:?}");
        }
    }
    let answer =
        stage.handle(Nobody.request("POST", "user", "application/json", body("user", Nobody).as_bytes())).await;
    assert_eq!(answer.status(), 401);
    stage.close().await.unwrap();
}

/// A text in JSON of this many bytes.
fn long(length: usize) -> String {
    let around = json!({"id": 4, "name": "Juan", "x": ""}).to_string().len();
    json!({"id": 4, "name": "Juan", "x": "x".repeat(length - around)}).to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_judged_by_size_then_media_type_then_json_then_sender_then_fields() {
    const LIMIT: usize = 2_000;
    let stage = stage(|config| config.limits.body = LIMIT).await;
    let (json, ndjson, text) = ("application/json", "application/x-ndjson", "text/plain");
    let user = r#"{"id": 4, "name": "Juan"}"#.to_owned();
    let of_sur = r#"{"id": 4, "name": "Juan", "platform": "Sur"}"#.to_owned();
    let of_sur_long = |length: usize| {
        let around = of_sur.len() + r#", "x": """#.len();
        of_sur.replace('}', &format!(r#", "x": "{}"}}"#, "x".repeat(length - around)))
    };
    let table = [
        (Plain, "user", json, long(LIMIT), 200),
        (Plain, "user", json, long(LIMIT + 1), 413),
        // What is forwarded may have grown on its way.
        (Signs, "user", json, of_sur_long(2 * LIMIT), 200),
        (Signs, "user", json, of_sur_long(2 * LIMIT + 1), 413),
        (Signs, "batch", ndjson, " ".repeat(LIMIT + 1), 413),
        (Nobody, "user", text, long(LIMIT + 1), 413),
        (Nobody, "user", text, "{".into(), 415),
        (Plain, "user", text, user.clone(), 415),
        (Plain, "user", ndjson, user.clone(), 415),
        (Plain, "user", "", user.clone(), 200),
        (Plain, "user", "Application/JSON; charset=utf-8", user.clone(), 200),
        (Signs, "batch", text, String::from("{}"), 415),
        (Plain, "join", text, "{}".into(), 415),
        (Plain, "ping", text, "{}".into(), 415),
        (Nobody, "user", json, "{".into(), 400),
        (Nobody, "user", json, "[]".into(), 400),
        (Nobody, "user", json, "\"hola\"".into(), 400),
        (Nobody, "join", json, "{}".into(), 400),
        (Nobody, "ping", json, "[]".into(), 400),
        (Wrong, "user", json, "{}".into(), 401),
        (Plain, "user", json, "{}".into(), 400),
        (Plain, "message", json, body("message", Plain).replace("Norte", "Sur"), 404),
    ];
    for (who, path, content, body, expected) in table {
        let answer = stage.handle(who.request("POST", path, content, body.as_bytes())).await;
        let said = String::from_utf8_lossy(answer.body()).into_owned();
        assert_eq!(answer.status(), expected, "{who:?} {path} {content} of {} bytes: {said}", body.len());
        assert_eq!(serde_json::from_str::<Value>(&said).unwrap()["status"], expected, "{said}");
    }
    stage.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_too_often_waits_as_long_as_the_answer_says_and_others_do_not() {
    let stage = stage(|config| config.rate_limit = Some(1)).await;
    let post = async |who: Who| {
        stage.handle(who.request("POST", "user", "application/json", body("user", who).as_bytes())).await
    };
    assert_eq!(post(Plain).await.status(), 200);
    let refused = post(Plain).await;
    assert_eq!((refused.status().as_u16(), header(&refused, header::RETRY_AFTER)), (429, Some("1")));
    assert_eq!(post(Signs).await.status(), 200);
    assert_eq!(stage.handle(Plain.request("GET", "users", "", b"")).await.status(), 200, "reading is free");
    stage.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_1_to_255_characters_and_only_for_who_does_not_sign() {
    let stage = stage(|_| {}).await;
    let table = [
        (Plain, "k".repeat(255), 200),
        (Plain, "k".repeat(256), 400),
        (Plain, "  ".into(), 400),
        (Plain, "ñ".repeat(255), 200),
        (Signs, "k".repeat(256), 200),
    ];
    for (who, key, expected) in table {
        let mut request = who.request("POST", "user", "application/json", body("user", who).as_bytes());
        request.headers_mut().insert("idempotency-key", header::HeaderValue::from_bytes(key.as_bytes()).unwrap());
        assert_eq!(stage.handle(request).await.status(), expected, "{who:?} {key}");
    }
    stage.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_node_asks_for_patience_and_takes_nothing() {
    let stage = stage(|_| {}).await;
    stage.close().await.unwrap();
    for (who, path) in [(Plain, "user"), (Signs, "user"), (Signs, "batch")] {
        let content = if path == "batch" { "application/x-ndjson" } else { "application/json" };
        let answer = stage.handle(who.request("POST", path, content, body(path, who).as_bytes())).await;
        assert_eq!((answer.status().as_u16(), header(&answer, header::RETRY_AFTER)), (503, Some("1")), "{path}");
    }
}
