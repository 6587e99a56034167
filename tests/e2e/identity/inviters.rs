//! Promise 7 where somebody joins: the inviter hands out the tokens with which the others begin, and can speak for none of them
//! afterwards. This is tested by trying, with all that the inviter knows.

use integrador::RoomKind;
use integrador_tests::{App, Net, eventually, free_port};
use serde_json::{Value, json};

use super::speaking::{id, now, signed};

/// What an invite says, as the inviter knows it.
fn said(line: &str) -> Value {
    use base64::Engine as _;
    let coded = line.strip_prefix("integrador:").expect("an invite");
    let json = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(coded).expect("base64url");
    serde_json::from_slice(&json).expect("JSON")
}

/// Shows promise 7.
#[test]
fn whoever_invites_can_speak_for_neither_the_newcomer_nor_its_peers() {
    let net = Net::new();
    let ports = [free_port(), free_port(), free_port()];
    let url = ports.map(|port| format!("http://127.0.0.1:{port}/"));
    net.registry("A", &[("B", &url[1])]);
    net.registry("B", &[("A", &url[0])]);
    net.registry_of("N", &[]);
    let (a, b) = (App::open(net.config("A", ports[0])), App::open(net.config("B", ports[1])));
    let n = App::open(net.config("N", ports[2]));
    eventually("A knows what B is", || a.knows(&["B"]));
    b.node.publish_room(1, "Plaza", RoomKind::Public, Vec::new()).expect("a room");
    let invite = a.node.invite(None).expect("an invite");
    let line = said(invite.text());
    assert_eq!(line["url"], json!(url[0]), "where it listens");

    // The answer of which the newcomer never hears holds all that the inviter hands out.
    let join = json!({"invite": line["id"], "name": "N", "endpoint": url[2]}).to_string();
    let secret = line["secret"].as_str().expect("a secret");
    let answer = signed(&url[0], "join", "N", secret, &id(), now(), &join);
    assert_eq!(answer.status, 200, "{}", answer.body);
    let answer: Value = answer.body;
    let token = |value: &Value| value["token"].as_str().expect("a token").to_owned();
    let (own, of_b) = (token(&answer), token(&answer["platforms"][0]));
    let forged = signed(&url[0], "join", "N", "guessed", &id(), now(), &join);
    assert_eq!(forged.status, 401, "{}", forged.body);

    n.node.join(invite.text(), None).expect("it joins");
    eventually("all know each other", || n.knows(&["A", "B"]) && b.knows(&["A", "N"]) && a.knows(&["B", "N"]));
    let try_to_speak = |to: &str, as_whom: &str, key: &str| {
        let user = json!({"id": 1, "name": "Impostor", "platform": as_whom}).to_string();
        signed(to, "user", as_whom, key, &id(), now(), &user).status
    };
    // By a ping, which changes nothing: until the tokens are replaced the inviter has to be believed.
    let is_believed =
        |to: &str, as_whom: &str, key: &str| signed(to, "ping", as_whom, key, &id(), now(), "").status == 200;
    for (to, as_whom, key) in [(&url[1], "N", &of_b), (&url[2], "B", &of_b), (&url[2], "A", &own)] {
        eventually("a token that the inviter handed out is void", || !is_believed(to, as_whom, key));
        assert_eq!(try_to_speak(to, as_whom, key), 401, "as {as_whom}, to {to}");
    }
    let shared = integrador_tests::token("A", "B");
    assert_eq!(try_to_speak(&url[1], "A", &shared), 200, "for itself it speaks as ever");
    let user = json!({"id": 1, "name": "Impostor", "platform": "N"}).to_string();
    assert_eq!(
        signed(&url[1], "user", "A", &shared, &id(), now(), &user).status,
        403,
        "by its own token it does not either"
    );
    let again = signed(&url[0], "join", "N", secret, &id(), now(), &join);
    assert_eq!(again.status, 401, "what has arrived is not told again: {}", again.body);
    for app in [&a, &b, &n] {
        let users = app.node.users(None).expect("users");
        let names: Vec<_> =
            users.iter().filter(|user| user.name == "Impostor").map(|user| user.id.to_string()).collect();
        assert!(names.is_empty() || names == ["A:1"], "{names:?}");
    }
}
