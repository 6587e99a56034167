//! A platform without the library that does everything right, but for the faults that are planted in it.

use std::collections::{HashMap, HashSet};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use standardwebhooks::Webhook;

pub(crate) const TOKEN: &str = "token-of-the-broken-platform";
/// Its name in the registry of its gateway.
pub(crate) const NAME: &str = "Broken";

/// What can be wrong with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    UsersAreNotFound,
    UsersAreElsewhere,
    UsersAreAPage,
    UsersAreWrapped,
    UsersAreLatin1,
    IdIsNoInteger,
    IdIsMissing,
    NameIsNull,
    NameIsTooLong,
    UserIsListedTwice,
    UsersOfOthersAreListed,
    APlatformIsNamed,
    TooManyUsers,
    UserFails,
    RoomFails,
    MessageIsRefused,
    MessageIsElsewhere,
    PingHangs,
    RenamingIsAConflict,
    ChangingARoomIsAConflict,
    ClosingIsRefused,
    EmptyRoomIsRefused,
    UnknownPlatformIsRefused,
    LargeRoomIsRefused,
    OwnMemberFails,
    StrangerIsRefused,
    OutsiderIsRefused,
    EmptyTextIsRefused,
    FractionOfASecondFails,
    AttachmentsAreRefused,
    UnknownFieldsAreRefused,
    IdsHave32Bits,
    NegativeIdsAreRefused,
    StringIdsAreRefused,
    LongIdsFail,
    DigitsAreParsed,
    EmojiFail,
    HebrewHangsUp,
    CombiningMarksFail,
    ControlsAreRefused,
    QuotesFail,
    LongNamesFail,
    LongTextsFail,
    BodiesAreLimited,
    SignatureIsOverWhatWasParsed,
    AgainIsAConflict,
    ManyAtOnceFail,
    FirstSignatureOnly,
    NobodySigns,
    AnySignatureWill,
    AnyTimeWill,
    EditFails,
    DeleteFails,
    ReactionFails,
    IsSlow,
    /// It ends, and nobody listens any more.
    EndsAtEmoji,
    /// No fault: it asks for less by 429.
    AsksForLess,
    /// No fault: what it can't do now it does a moment later.
    FailsOnceEach,
}

struct State {
    faults: Vec<Fault>,
    users: Mutex<HashMap<String, String>>,
    rooms: Mutex<HashMap<String, Value>>,
    seen: Mutex<HashSet<String>>,
    failed: Mutex<HashSet<String>>,
    under_way: AtomicUsize,
    address: SocketAddr,
    has_ended: AtomicBool,
}

struct Request {
    method: String,
    path: String,
    headers: HashMap<String, String>,
    body: Vec<u8>,
}

/// What is answered; None: nothing, and the connection is closed.
type Answer = Option<(u16, &'static str, Vec<u8>)>;

/// Starts it; its endpoint. It ends with the test.
pub(crate) fn start(faults: &[Fault]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/api/", listener.local_addr().unwrap());
    let state = Arc::new(State {
        faults: faults.to_vec(),
        users: Mutex::default(),
        rooms: Mutex::default(),
        seen: Mutex::default(),
        failed: Mutex::default(),
        under_way: AtomicUsize::new(0),
        address: listener.local_addr().unwrap(),
        has_ended: AtomicBool::new(false),
    });
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            if state.has_ended.load(Ordering::SeqCst) {
                return;
            }
            let state = state.clone();
            std::thread::spawn(move || while let Ok(true) = exchange(&state, &stream) {});
        }
    });
    url
}

/// One request; true if another may follow.
fn exchange(state: &State, mut stream: &TcpStream) -> io::Result<bool> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Ok(false);
    }
    let mut parts = line.split_whitespace().map(str::to_owned);
    let (method, path) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let mut headers = HashMap::new();
    loop {
        let mut header = String::new();
        reader.read_line(&mut header)?;
        let Some((name, value)) = header.split_once(':') else { break };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let length = headers.get("content-length").and_then(|l| l.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let path = path.trim_start_matches("/api/").to_owned();
    let Some((status, more, body)) = state.answer(&Request { method, path, headers, body }) else { return Ok(false) };
    let head = format!(
        "HTTP/1.1 {status} x\r\nContent-Type: application/json\r\nContent-Length: {}\r\n{more}\r\n",
        body.len()
    );
    // In one piece, or the second would wait for the first to be acknowledged.
    stream.write_all(&[head.as_bytes(), &body].concat())?;
    Ok(true)
}

fn status(status: u16) -> Answer {
    Some((status, "", json!({"status": status, "message": "so it is"}).to_string().into_bytes()))
}

/// `4` and `"4"` are the same.
fn key(id: &Value) -> String {
    id.as_str().map_or_else(|| id.to_string(), str::to_owned)
}

impl State {
    fn has(&self, fault: Fault) -> bool {
        self.faults.contains(&fault)
    }

    fn answer(&self, request: &Request) -> Answer {
        if request.path == "ping" {
            if self.has(Fault::PingHangs) {
                std::thread::sleep(Duration::from_secs(20));
            }
            return status(404);
        }
        if !self.is_signed(request) {
            return status(401);
        }
        if request.method == "GET" {
            return if request.path == "users" { self.list() } else { status(404) };
        }
        let Ok(body) = serde_json::from_slice::<Value>(&request.body) else { return status(400) };
        let at_once = self.under_way.fetch_add(1, Ordering::SeqCst) + 1;
        if self.has(Fault::ManyAtOnceFail) && body["text"].as_str().is_some_and(|text| text.contains(" of 10")) {
            // So that there are some at once, however slowly they come.
            std::thread::sleep(Duration::from_millis(200));
        } else if at_once > 1 {
            std::thread::sleep(Duration::from_millis(20));
        }
        let answer = self.take(request, &body, at_once);
        self.under_way.fetch_sub(1, Ordering::SeqCst);
        answer
    }

    fn is_signed(&self, request: &Request) -> bool {
        let header = |name: &str| request.headers.get(name).cloned().unwrap_or_default();
        let (id, at, given) = (header("webhook-id"), header("webhook-timestamp"), header("webhook-signature"));
        if self.has(Fault::NobodySigns) && given.is_empty() {
            return true;
        }
        let (Ok(at), false) = (at.parse::<i64>(), given.is_empty()) else { return false };
        let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs() as i64;
        if at.abs_diff(now) > 300 && !self.has(Fault::AnyTimeWill) {
            return false;
        }
        let parsed = || serde_json::from_slice::<Value>(&request.body).map(|v| v.to_string().into_bytes());
        let over = match self.has(Fault::SignatureIsOverWhatWasParsed) && !request.body.is_empty() {
            true => parsed().unwrap_or_default(),
            false => request.body.clone(),
        };
        let right = Webhook::from_bytes(TOKEN.into()).unwrap().sign(&id, at, &over).unwrap();
        let mut given = given.split(' ').take(if self.has(Fault::FirstSignatureOnly) { 1 } else { 9 });
        self.has(Fault::AnySignatureWill) || given.any(|s| s == right)
    }

    fn list(&self) -> Answer {
        let mut users = vec![json!({"id": 4, "name": "Juan"}), json!({"id": "ana", "name": "Ana"})];
        let mut add = |fault, entry: Value| {
            if self.has(fault) {
                users.push(entry);
            }
        };
        add(Fault::IdIsNoInteger, json!({"id": 4.5, "name": "Half"}));
        add(Fault::IdIsMissing, json!({"name": "Nobody"}));
        add(Fault::NameIsNull, json!({"id": 5, "name": null}));
        add(Fault::NameIsTooLong, json!({"id": 5, "name": "x".repeat(256)}));
        add(Fault::UserIsListedTwice, json!({"id": "4", "name": "Juan"}));
        add(Fault::APlatformIsNamed, json!({"id": 5, "name": "Marcelo", "platform": "GWT_CHAT"}));
        if self.has(Fault::UsersOfOthersAreListed) {
            let others = self.users.lock().unwrap();
            users.extend(others.iter().map(|(id, name)| json!({"id": format!("other-{id}"), "name": name})));
        }
        if self.has(Fault::TooManyUsers) {
            users.extend((1_000..202_000).map(|id| json!({"id": id, "name": ""})));
        }
        let whole = |text: &[u8]| Some((200, "", text.to_vec()));
        match () {
            () if self.has(Fault::UsersAreNotFound) => status(404),
            () if self.has(Fault::UsersAreElsewhere) => Some((301, "Location: /\r\n", Vec::new())),
            () if self.has(Fault::UsersAreAPage) => whole(b"<html>users</html>"),
            () if self.has(Fault::UsersAreWrapped) => whole(json!({"users": users}).to_string().as_bytes()),
            () if self.has(Fault::UsersAreLatin1) => whole(b"[{\"id\": 4, \"name\": \"Jos\xe9\"}]"),
            () => whole(Value::from(users).to_string().as_bytes()),
        }
    }

    fn take(&self, request: &Request, body: &Value, at_once: usize) -> Answer {
        let text = body["text"].as_str().unwrap_or_default();
        let id = request.headers["webhook-id"].clone();
        let posted = format!("{} {}", body["platform"].as_str().unwrap_or_default(), id);
        let (is_user, is_room, is_message) =
            (request.path == "user", request.path == "room", request.path == "message");
        let words = body["name"].as_str().unwrap_or(text);
        let ids = || ["id", "roomId", "senderId"].map(|f| body[f].clone()).into_iter().filter(|id| !id.is_null());
        let any_char = |is: fn(char) -> bool| words.chars().any(is);
        let members: Vec<(String, usize)> = body["users"]
            .as_array()
            .into_iter()
            .flatten()
            .flat_map(|u| u.as_object().unwrap())
            .map(|(platform, ids)| (platform.clone(), ids.as_array().unwrap().len()))
            .collect();
        let known_room = self.rooms.lock().unwrap().get(&key(&body["id"])).cloned();
        let known_user = self.users.lock().unwrap().get(&key(&body["id"])).cloned();
        let sender = key(&body["senderId"]);
        let is_known = |id: &str| self.users.lock().unwrap().contains_key(id);
        let is_member = || {
            let rooms = self.rooms.lock().unwrap();
            let members = rooms.get(&key(&body["roomId"])).map(|room| room["users"].to_string()).unwrap_or_default();
            members.contains(&body["senderId"].to_string())
        };
        const FIELDS: &[&str] = &[
            "id",
            "name",
            "platform",
            "type",
            "users",
            "roomOriginalPlatform",
            "roomId",
            "senderId",
            "text",
            "sentAt",
            "replyTo",
            "traceparent",
            "attachments",
            "recipients",
            "of",
            "ofPlatform",
            "emoji",
            "remove",
        ];

        // The faults: when each shows, and what is answered then. 0: nothing.
        let planted: &[(Fault, bool, u16)] = &[
            (Fault::UserFails, is_user, 500),
            (Fault::RoomFails, is_room, 500),
            (Fault::MessageIsRefused, is_message, 400),
            (Fault::MessageIsElsewhere, is_message, 307),
            (Fault::RenamingIsAConflict, is_user && known_user.is_some_and(|name| body["name"] != name), 409),
            (
                Fault::ChangingARoomIsAConflict,
                is_room && known_room.as_ref().is_some_and(|room| room["type"] == body["type"] && room != body),
                409,
            ),
            (
                Fault::ClosingIsRefused,
                is_room && body["type"] == "private" && members.iter().all(|(p, _)| p != NAME),
                400,
            ),
            (Fault::EmptyRoomIsRefused, is_room && body["type"] == "public" && members.is_empty(), 400),
            (Fault::UnknownPlatformIsRefused, members.iter().any(|(p, _)| p != "conform" && p != NAME), 404),
            (Fault::LargeRoomIsRefused, members.iter().any(|(_, n)| *n > 1_000), 413),
            (Fault::OwnMemberFails, members.iter().any(|(p, _)| p == NAME), 500),
            (Fault::StrangerIsRefused, is_message && !is_known(&sender), 404),
            (Fault::OutsiderIsRefused, is_message && is_known(&sender) && !is_member(), 403),
            (Fault::EmptyTextIsRefused, is_message && text.is_empty(), 422),
            (Fault::FractionOfASecondFails, body["sentAt"].as_str().is_some_and(|at| at.contains('.')), 500),
            (Fault::AttachmentsAreRefused, !body["attachments"].is_null(), 400),
            (
                Fault::UnknownFieldsAreRefused,
                body.as_object().unwrap().keys().any(|k| !FIELDS.contains(&k.as_str())),
                400,
            ),
            (Fault::IdsHave32Bits, ids().any(|id| id.as_i64().is_some_and(|n| i32::try_from(n).is_err())), 500),
            (Fault::NegativeIdsAreRefused, ids().any(|id| id.as_i64().is_some_and(|n| n < 0)), 400),
            (Fault::StringIdsAreRefused, ids().any(|id| id.is_string()), 400),
            (Fault::LongIdsFail, ids().any(|id| id.as_str().is_some_and(|s| s.len() > 100)), 500),
            (Fault::DigitsAreParsed, ids().any(|id| id.as_str().is_some_and(|s| s.parse::<f64>().is_ok())), 500),
            (Fault::EmojiFail, any_char(|c| c > '\u{ffff}'), 500),
            (Fault::EndsAtEmoji, any_char(|c| c > '\u{ffff}'), 0),
            (Fault::HebrewHangsUp, any_char(|c| ('\u{590}'..'\u{600}').contains(&c)), 0),
            (Fault::CombiningMarksFail, any_char(|c| ('\u{300}'..'\u{370}').contains(&c)), 500),
            (Fault::ControlsAreRefused, any_char(char::is_control), 400),
            (Fault::QuotesFail, any_char(|c| c == '\''), 500),
            (Fault::LongNamesFail, body["name"].as_str().is_some_and(|n| n.chars().count() > 100), 500),
            (Fault::LongTextsFail, text.len() > 64 << 10, 500),
            (Fault::BodiesAreLimited, request.body.len() > 512 << 10, 413),
            (Fault::AgainIsAConflict, self.seen.lock().unwrap().contains(&posted), 409),
            (Fault::ManyAtOnceFail, at_once > 2, 500),
            (Fault::AsksForLess, at_once > 2, 429),
            (Fault::EditFails, request.path == "edit", 500),
            (Fault::DeleteFails, request.path == "delete", 500),
            (Fault::ReactionFails, request.path == "reaction", 500),
            (
                Fault::FailsOnceEach,
                self.failed.lock().unwrap().insert(posted.clone()) && !text.is_empty() && !text.contains(" of 10"),
                503,
            ),
        ];
        if self.has(Fault::IsSlow) && is_message && text.is_empty() {
            std::thread::sleep(Duration::from_millis(1_500));
        }
        if let Some((_, _, answer)) = planted.iter().find(|(fault, shows, _)| *shows && self.has(*fault)) {
            return match answer {
                0 => {
                    if self.has(Fault::EndsAtEmoji) {
                        self.has_ended.store(true, Ordering::SeqCst);
                        // Wakes who waits for connections.
                        let _ = TcpStream::connect(self.address);
                    }
                    None
                }
                429 => Some((429, "Retry-After: 1\r\n", Vec::new())),
                other => status(*other),
            };
        }
        self.seen.lock().unwrap().insert(posted);
        if is_user {
            self.users.lock().unwrap().insert(key(&body["id"]), words.to_owned());
        }
        if is_room {
            self.rooms.lock().unwrap().insert(key(&body["id"]), body.clone());
        }
        status(200)
    }
}
