//! What a platform posts, with one thing wrong at a time.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::{Value, json};

use crate::broken::{self, NAME, TOKEN};
use crate::common::{PATIENCE, Started, command};
use crate::found;

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

/// Posts JSON below a URL.
pub(crate) fn post(url: &str, path: &str, headers: &[(&str, &str)], body: &Value) -> Answer {
    let rest = url.strip_prefix("http://").unwrap();
    let (address, prefix) = rest.split_once('/').unwrap();
    let body = body.to_string();
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut head =
        format!("POST /{prefix}{path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {}\r\n", body.len());
    if headers.iter().all(|(name, _)| *name != "Content-Type") {
        head += "Content-Type: application/json\r\n";
    }
    for (name, value) in headers {
        head += &format!("{name}: {value}\r\n");
    }
    stream.write_all(format!("{head}\r\n{body}").as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let body = body
        .find('{')
        .map_or(Value::Null, |at| serde_json::from_str(body[at..=body.rfind('}').unwrap()].trim()).unwrap());
    Answer { status: head.split(' ').nth(1).unwrap().parse().unwrap(), body }
}

/// What is wrong with what it posts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Slip {
    None,
    Silent,
    WrongToken,
    NoJson,
    NoSender,
    NoMember,
    Echo,
    NoKey,
    Lost,
    NewKey,
}

/// The platform of somebody who writes a message: two tries at each post, with a key.
fn writes(gateway: &str, slip: Slip) {
    let mut tries = 0;
    let mut send = |path: &str, key: &str, mut body: Value| {
        body["token"] = if slip == Slip::WrongToken { "another-token-altogether".into() } else { TOKEN.into() };
        loop {
            tries += 1;
            let key = if slip == Slip::NewKey { format!("{key}-{tries}") } else { key.to_owned() };
            let mut headers = if slip == Slip::NoKey { vec![] } else { vec![("Idempotency-Key", key.as_str())] };
            if slip == Slip::NoJson {
                headers.push(("Content-Type", "text/plain"));
            }
            let answer = post(gateway, path, &headers, &body);
            if answer.status != 503 || slip == Slip::Lost {
                return;
            }
            std::thread::sleep(Duration::from_millis(200));
        }
    };
    send("user", "user-4", json!({"id": 4, "name": "Juan"}));
    send("user", "user-5", json!({"id": 5, "name": "Marta"}));
    send(
        "room",
        "room-7",
        json!({"id": 7, "name": "Plaza", "type": "private", "users": [{NAME: [4]}, {"conform": [1]}]}),
    );
    let message =
        |sender: i64, text: &str| json!({"roomOriginalPlatform": NAME, "roomId": 7, "senderId": sender, "text": text});
    if slip == Slip::Echo {
        send("message", "message-1", message(4, "conform: a message"));
    }
    let mut last = message(if slip == Slip::NoMember { 5 } else { 4 }, "Hola");
    if slip == Slip::NoSender {
        last.as_object_mut().unwrap().remove("senderId");
    }
    send("message", "message-2", last);
}

fn judged(slip: Slip, check: &[&str]) {
    let url = broken::start(&[]);
    let expected = if slip == Slip::Echo { "2" } else { "1" };
    let wait = if matches!(slip, Slip::Silent | Slip::Lost) { "2" } else { "30" };
    let mut judging = Started::start(command(&[
        "conform",
        &url,
        "--token",
        TOKEN,
        "--name",
        NAME,
        "--json",
        "--listen",
        "127.0.0.1:0",
        "--expect-posts",
        expected,
        "--wait",
        wait,
        "--only",
        "posts,message.taken",
    ]));
    let gateway = format!("{}/", judging.says("listening on "));
    judging.says("Now write");
    if slip != Slip::Silent {
        writes(&gateway, slip);
    }
    let ended = judging.ended();
    let report = ended.json();
    assert_eq!(found(&report), check, "{slip:?}: {report:#}");
    assert!(!ended.out.contains(TOKEN) && !ended.err.contains(TOKEN), "the token is shown");
}

macro_rules! slips {
    ($($test:ident: $slip:ident is $check:expr;)*) => {$(
        #[test]
        fn $test() {
            judged(Slip::$slip, &$check);
        }
    )*};
}

slips! {
    what_is_posted_as_it_must_is_no_fault: None is [];
    nothing_that_is_posted: Silent is ["posts.come"];
    posts_with_another_token: WrongToken is ["posts.token"];
    posts_that_do_not_say_they_are_json: NoJson is ["posts.json"];
    posts_without_a_sender: NoSender is ["posts.fields"];
    posts_of_who_is_no_member: NoMember is ["posts.own"];
    posts_of_what_came_from_the_gateway: Echo is ["posts.no-echo"];
    posts_without_a_key: NoKey is ["posts.key"];
    posts_that_are_lost_when_they_are_put_off: Lost is ["posts.again"];
    posts_that_come_again_under_another_key: NewKey is ["posts.same-key"];
}
