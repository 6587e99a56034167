//! Who joins by one line while everything runs: nodes in processes of their own, and the real command line beside them.

use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use integrador::{NewMessage, RoomKind};
use integrador_tests::{App, Chatter, Net, cli, eventually, found, free_port};
use serde_json::{Value, json};

fn command(args: &[&str], store: &Path) -> Command {
    let mut command = Command::new(cli());
    command.args(args).arg("--store").arg(store).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn run(net: &Net, args: &[&str], of: &str) -> Output {
    command(args, &net.path(format!("{of}.db"))).output().expect("it runs")
}

#[track_caller]
fn must(net: &Net, args: &[&str], of: &str) -> String {
    let output = run(net, args, of);
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8").trim().to_owned()
}

fn begin(net: &Net, args: &[&str], of: &str) -> Child {
    command(args, &net.path(format!("{of}.db"))).spawn().expect("it starts")
}

fn url(port: u16) -> String {
    format!("http://127.0.0.1:{port}/")
}

/// An app in a process of its own, which names these others in its registry file; started.
fn chatter(net: &Net, name: &str, port: u16, others: &[(&str, u16)]) -> Chatter {
    let others: Vec<_> = others.iter().map(|(name, port)| (*name, url(*port))).collect();
    net.registry(name, &others.iter().map(|(name, url)| (*name, &**url)).collect::<Vec<_>>());
    let mut chatter = Chatter::new(net, name, net.config(name, port));
    chatter.start();
    chatter
}

fn knows(chatter: &mut Chatter, room: &str) -> bool {
    chatter.try_do(json!({"do": "known", "room": room}))["room"].is_object()
}

fn room(chatter: &mut Chatter, id: i64, name: &str) {
    chatter.must(json!({"do": "room", "id": id, "name": name, "kind": "public", "members": []}));
}

fn say(chatter: &mut Chatter, room: &str, text: &str) {
    chatter.must(json!({"do": "say", "room": room, "sender": 1, "text": text}));
}

fn alarms(chatter: &mut Chatter) -> Vec<Value> {
    let status = chatter.must(json!({"do": "status"}));
    let platforms = status["status"]["platforms"].as_array().cloned().unwrap_or_default();
    platforms.into_iter().map(|platform| platform["alarm"].clone()).filter(|alarm| !alarm.is_null()).collect()
}

/// Shows promise 2.
#[test]
fn one_line_is_all_that_it_takes_to_join_and_who_was_down_meanwhile_learns_of_it() {
    let net = Net::new();
    let ports = [free_port(), free_port(), free_port(), free_port()];
    let all = [("A", ports[0]), ("B", ports[1]), ("C", ports[2])];
    let but = |own: &str| all.iter().copied().filter(|(name, _)| *name != own).collect::<Vec<_>>();
    let mut a = chatter(&net, "A", ports[0], &but("A"));
    let mut b = chatter(&net, "B", ports[1], &but("B"));
    let mut c = chatter(&net, "C", ports[2], &but("C"));
    for (n, chatter) in [&mut a, &mut b, &mut c].into_iter().enumerate() {
        room(chatter, 1, &format!("Sala {n}"));
    }
    eventually("the three know each other", || knows(&mut a, "C:1") && knows(&mut a, "B:1") && knows(&mut c, "B:1"));
    let files = ["A", "B", "C"].map(|name| std::fs::read(net.path(format!("{name}.platforms.json"))).expect("a file"));
    b.kill();

    let mut n = chatter(&net, "N", ports[3], &[]);
    room(&mut n, 1, "Norte");
    let line = must(&net, &["invite"], "A");
    let joined: Value = serde_json::from_str(&must(&net, &["join", &line, "--json"], "N")).expect("JSON");
    assert_eq!(joined, json!({"inviter": "A", "platforms": ["B", "C"]}));
    let took = eventually("the newcomer and those who are up know each other", || {
        knows(&mut n, "A:1") && knows(&mut n, "C:1") && knows(&mut a, "N:1") && knows(&mut c, "N:1")
    });
    eprintln!("known to each other {took:?} after the answer");
    say(&mut n, "C:1", "soy nueva");
    say(&mut c, "N:1", "hola");
    n.hears(1);
    a.hears(2);
    c.hears(1);
    let again = run(&net, &["join", &line], "C");
    assert!(!again.status.success(), "it is used");
    let told = String::from_utf8_lossy(&again.stderr).into_owned();
    assert!(!told.contains(&line[11..40]), "{told}");

    b.start();
    eventually("who was down knows it too", || knows(&mut b, "N:1") && knows(&mut n, "B:1"));
    b.hears(2);
    say(&mut b, "N:1", "ya volví");
    n.hears(2);
    for chatter in [&mut a, &mut b, &mut c, &mut n] {
        assert_eq!(alarms(chatter), Vec::<Value>::new());
    }
    for (name, before) in ["A", "B", "C"].into_iter().zip(files) {
        let now = std::fs::read(net.path(format!("{name}.platforms.json"))).expect("a file");
        assert_eq!(now, before, "no file is edited anywhere");
        let log = std::fs::read_to_string(net.path(format!("{name}.log"))).expect("a log");
        assert!(!log.contains(&line[11..40]), "an invite is in no log");
    }

    must(&net, &["rotate-token", "C"], "N");
    say(&mut n, "C:1", "con otro secreto");
    c.hears(2);
    must(&net, &["remove", "N"], "A");
    eventually("nobody who knew it by A knows it", || {
        say(&mut a, "A:1", "sin N");
        let status = b.must(json!({"do": "status"}));
        let all = status["status"]["platforms"].as_array().cloned().unwrap_or_default();
        all.iter().all(|platform| platform["name"] != "N")
    });
}

/// Shows promise 1.
#[test]
fn whoever_is_killed_while_somebody_joins_the_same_line_serves_until_it_has_worked() {
    let net = Net::new();
    let ports = [free_port(), free_port()];
    let mut a = chatter(&net, "A", ports[0], &[("B", ports[1])]);
    let mut b = chatter(&net, "B", ports[1], &[("A", ports[0])]);
    room(&mut a, 1, "Plaza");
    eventually("they know each other", || knows(&mut b, "A:1"));
    let (mut first, mut heard) = (None, 0);
    for (n, pause) in [0, 3, 8, 20, 40, 80, 150, 300].into_iter().enumerate() {
        let name = format!("N{n}");
        let mut newcomer = chatter(&net, &name, free_port(), &[]);
        room(&mut newcomer, 1, "Sala");
        let line = must(&net, &["invite"], "A");
        let mut joining = begin(&net, &["join", &line], &name);
        std::thread::sleep(Duration::from_millis(pause));
        let victim = if n % 2 == 0 { &mut a } else { &mut newcomer };
        victim.kill();
        victim.start();
        let _ = joining.wait().expect("it ends");
        found("the same line serves", || Some(()).filter(|()| run(&net, &["join", &line], &name).status.success()));
        eventually("it knows everybody and everybody it", || {
            knows(&mut newcomer, "A:1") && knows(&mut a, &format!("{name}:1")) && knows(&mut b, &format!("{name}:1"))
        });
        say(&mut newcomer, "A:1", "llegué");
        heard += 1;
        b.hears(heard);
        newcomer.stop();
        first = first.or(Some(newcomer));
    }
    let mut first = first.expect("there were some");
    first.start();
    eventually("who was away learns of those who came later", || {
        let status = first.must(json!({"do": "status"}));
        let all = status["status"]["platforms"].as_array().cloned().unwrap_or_default();
        all.iter().filter(|platform| platform["name"].as_str().is_some_and(|name| name.starts_with('N'))).count() == 7
    });
}

#[test]
fn who_is_up_for_the_first_time_after_somebody_joined_gets_to_know_them_too() {
    let net = Net::new();
    let ports = [free_port(), free_port(), free_port()];
    net.registry("A", &[("B", &url(ports[1]))]);
    net.registry("B", &[("A", &url(ports[0]))]);
    net.registry_of("N", &[]);
    let (a, n) = (App::open(net.config("A", ports[0])), App::open(net.config("N", ports[2])));
    // Of B nobody has heard yet, so that A can't say whether it is a node.
    let invite = a.node.invite(None).expect("an invite");
    assert_eq!(n.node.join(invite.text(), None).expect("it joins").platforms, [""; 0]);
    n.node.publish_room(1, "Plaza", RoomKind::Public, Vec::new()).expect("a room");
    let b = App::open(net.config("B", ports[1]));
    eventually("all know each other", || n.knows(&["A", "B"]) && b.knows(&["A", "N"]) && a.knows(&["B", "N"]));
    n.node.publish_message(NewMessage::new(1, 1, "¿Quién falta?")).expect("a message");
    eventually("B has it", || b.texts() == ["¿Quién falta?"]);
}
