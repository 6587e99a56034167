//! `mesh`, `add`, the help and the exit codes: what needs no running node.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use std::fs;
use std::path::Path;

use common::run_in;
use serde_json::{Value, json};

fn read(folder: &Path, name: &str) -> Vec<Value> {
    serde_json::from_str(&fs::read_to_string(folder.join(name)).unwrap()).unwrap()
}

fn entry<'a>(entries: &'a [Value], name: &str) -> &'a Value {
    entries.iter().find(|e| e["name"] == name).unwrap()
}

const TWO: [&str; 3] = ["mesh", "BuasApp=http://localhost:5001/api/", "net core=http://localhost:5002/api"];

#[test]
fn every_command_has_help_with_examples_and_exit_codes() {
    let folder = tempfile::tempdir().unwrap();
    for command in ["serve", "mesh", "add", "status", "dead-letters", "ping"] {
        let help = run_in(folder.path(), &[command, "--help"]).ok().out;
        assert!(help.contains(&format!("Examples:\n  integrador {command}")), "{help}");
        assert!(help.contains("Exit codes:"), "{help}");
    }
    let help = run_in(folder.path(), &["--help"]).ok().out;
    assert!(help.contains("Examples:") && help.contains("Exit codes:"), "{help}");
    let version = run_in(folder.path(), &["--version"]).ok().out;
    assert_eq!(version, format!("integrador {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn wrong_arguments_end_with_2_and_say_so_on_standard_error() {
    let folder = tempfile::tempdir().unwrap();
    let wrong: [&[&str]; 6] = [
        &["serv"],
        &["serve", "--listen", "127.0.0.1:0"],
        &["serve", "--platforms", "p", "--listen", "127.0.0.1:0", "--store", "s", "--directory", "nobody"],
        &["mesh", "BuasApp"],
        &["dead-letters", "drop", "--store", "s"],
        &["dead-letters", "retry", "--store", "s", "1", "--all"],
    ];
    for args in wrong {
        let ended = run_in(folder.path(), args);
        assert_eq!(ended.code, Some(2), "{args:?}: {ended:?}");
        assert!(ended.err.starts_with("error: ") && ended.out.is_empty(), "{args:?}: {ended:?}");
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_mesh_is_one_private_file_for_each_platform_with_a_token_for_each_pair() {
    let folder = tempfile::tempdir().unwrap();
    let ended = run_in(folder.path(), &[&TWO[..], &["hub=http://localhost:5000/"]].concat()).ok();
    let (buas, net) = (read(folder.path(), "BuasApp.platforms.json"), read(folder.path(), "net_core.platforms.json"));
    let hub = read(folder.path(), "hub.platforms.json");
    let token = |entries, name| entry(entries, name)["token"].as_str().map(str::to_owned);
    assert_eq!(token(&buas, "BuasApp"), None);
    assert!(token(&buas, "net core").is_some());
    assert_eq!(token(&buas, "net core"), token(&net, "BuasApp"));
    assert_eq!(token(&buas, "hub"), token(&hub, "BuasApp"));
    assert_ne!(token(&buas, "hub"), token(&buas, "net core"));
    assert_eq!(entry(&buas, "net core")["endpoint"], "http://localhost:5002/api/");

    for file in ["BuasApp.platforms.json", "net_core.platforms.json", "hub.platforms.json"] {
        assert!(ended.out.contains(file), "{ended:?}");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(folder.path().join(file)).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }
    let secret = token(&buas, "hub").unwrap();
    assert!(!ended.out.contains(&secret) && !ended.err.contains(&secret));
}

#[test]
fn a_mesh_overwrites_nothing_unless_told_to() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("net_core.platforms.json"), "mine").unwrap();
    let ended = run_in(folder.path(), &TWO);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.err.starts_with("error: ") && ended.err.contains("net_core.platforms.json"), "{ended:?}");
    assert_eq!(fs::read_to_string(folder.path().join("net_core.platforms.json")).unwrap(), "mine");
    assert!(!folder.path().join("BuasApp.platforms.json").exists());

    run_in(folder.path(), &[&TWO[..], &["--force"]].concat()).ok();
    assert_eq!(read(folder.path(), "net_core.platforms.json").len(), 2);
    let told = run_in(folder.path(), &[&TWO[..], &["--out", "new/folder", "--json"]].concat()).ok().json();
    assert_eq!(told[0]["name"], "BuasApp");
    assert_eq!(read(folder.path(), told[0]["file"].as_str().unwrap()).len(), 2);
}

#[test]
fn names_that_match_each_other_make_no_mesh() {
    let folder = tempfile::tempdir().unwrap();
    let ended = run_in(folder.path(), &["mesh", "A=http://localhost:1/", "a=http://localhost:2/"]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.err.contains("`a`") && ended.err.contains("`A`"), "{ended:?}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_platform_is_added_to_a_file_of_a_mesh_and_the_other_side_gets_its_line() {
    let folder = tempfile::tempdir().unwrap();
    run_in(folder.path(), &TWO).ok();
    let file = folder.path().join("BuasApp.platforms.json");
    let before = fs::read_to_string(&file).unwrap();

    let added =
        run_in(folder.path(), &["add", "legacy", "http://localhost:9000/", "--platforms", "BuasApp.platforms.json"])
            .ok();
    let after = fs::read_to_string(&file).unwrap();
    assert!(after.starts_with(before.trim_end().trim_end_matches("\n]")), "{after}");
    let line: Value = serde_json::from_str(&added.out).expect("standard output is the entry and nothing else");
    assert_eq!((&line["name"], &line["endpoint"]), (&"BuasApp".into(), &"http://localhost:5001/api/".into()));
    let entries = read(folder.path(), "BuasApp.platforms.json");
    assert_eq!(line["token"], entry(&entries, "legacy")["token"]);
    assert!(!added.err.contains(line["token"].as_str().unwrap()));

    let again =
        run_in(folder.path(), &["add", "LEGACY", "http://localhost:9000/", "--platforms", "BuasApp.platforms.json"]);
    assert_eq!(again.code, Some(1), "{again:?}");
    assert!(again.err.contains("LEGACY"), "{again:?}");
    assert_eq!(fs::read_to_string(&file).unwrap(), after);
}

#[test]
fn who_adds_is_told_once_and_remembered_and_until_then_the_line_for_the_other_side_says_what_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let readme = r#"[{"id": 1, "name": "BuasApp", "endpoint": "http://localhost:8081/api/", "token": "4444"}]"#;
    fs::write(folder.path().join("platforms.json"), readme).unwrap();
    let add = |name: &str, more: &[&str]| {
        run_in(folder.path(), &[&["add", name, "http://localhost:9000/"][..], more].concat()).ok()
    };
    let first = add("GWT_CHAT", &[]);
    let line: Value = serde_json::from_str(&first.out).unwrap();
    assert_eq!(line["name"], "integrador");
    assert!(!line["endpoint"].as_str().unwrap().contains("://") && first.err.contains("--own-url"), "{first:?}");
    assert!(!fs::read_to_string(folder.path().join("platforms.json")).unwrap().contains("support"));

    add("one", &["--as", "hub", "--own-url", "http://localhost:5000"]);
    let line = add("two", &["--json"]).json();
    assert_eq!(line["file"], "platforms.json");
    assert_eq!(line["other_side"]["name"], "hub");
    assert_eq!(line["other_side"]["endpoint"], "http://localhost:5000/");
    let entries = read(folder.path(), "platforms.json");
    assert_eq!(line["other_side"]["token"], entry(&entries, "two")["token"]);
    assert_eq!(entries.len(), 4, "it is remembered beside the file, whose node may be called otherwise");
}

#[test]
fn a_plain_platform_is_said_to_take_what_was_told_and_a_node_is_told_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let add = |name: &str, more: &[&str]| {
        run_in(folder.path(), &[&["add", name, &format!("http://{name}:9000/")][..], more].concat())
    };
    add("GoChat", &["--plain"]).ok();
    add("Viejo", &["--plain", "--supports", "reaction,edit"]).ok();
    let entries = read(folder.path(), "platforms.json");
    assert_eq!(entry(&entries, "GoChat").get("supports"), None);
    assert_eq!(entry(&entries, "Viejo")["supports"], json!(["edit", "reaction"]));
    for more in [&["--supports", "edit"][..], &["--plain", "--supports", "message"]] {
        assert_eq!(add("Otro", more).code, Some(2));
    }

    let mesh =
        |more: &[&str]| run_in(folder.path(), &[&TWO[..], &["--behind", "BuasApp", "Go=http://go:1/"], more].concat());
    mesh(&["--supports", "Go=delete"]).ok();
    for file in ["BuasApp.platforms.json", "net_core.platforms.json"] {
        assert_eq!(entry(&read(folder.path(), file), "Go")["supports"], json!(["delete"]), "{file}");
    }
    assert!(mesh(&["--force", "--supports", "BuasApp=edit"]).err.contains("node"));
    assert!(mesh(&["--force", "--supports", "Nadie=edit"]).err.contains("Nadie"));
}

#[test]
fn a_plain_platform_is_said_to_show_what_was_told_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    run_in(folder.path(), &["add", "GoChat", "http://localhost:9000/", "--plain"]).ok();
    run_in(folder.path(), &["add", "Fotos", "http://localhost:9001/", "--plain", "--shows", "image"]).ok();
    let entries = read(folder.path(), "platforms.json");
    let shows = |name| (&entry(&entries, name)["supportImage"], &entry(&entries, name)["supportAudio"]);
    assert_eq!(shows("GoChat"), (&false.into(), &false.into()));
    assert_eq!(shows("Fotos"), (&true.into(), &false.into()));
}

#[test]
fn a_plain_platform_of_a_mesh_is_hosted_by_one_node_and_reached_through_it_by_the_others() {
    let folder = tempfile::tempdir().unwrap();
    let plain =
        ["hub=http://localhost:5000/", "--behind", "hub", "GoChat=http://localhost:5003/", "--shows", "GoChat=image"];
    run_in(folder.path(), &[&TWO[..], &plain].concat()).ok();
    let (hub, buas) = (read(folder.path(), "hub.platforms.json"), read(folder.path(), "BuasApp.platforms.json"));
    assert_eq!(entry(&hub, "GoChat")["endpoint"], "http://localhost:5003/");
    assert_eq!(
        (&entry(&hub, "GoChat")["supportImage"], &entry(&hub, "GoChat")["supportAudio"]),
        (&true.into(), &false.into())
    );
    assert_eq!(entry(&buas, "GoChat")["via"], "hub");
    assert!(entry(&buas, "GoChat").get("token").is_none() && entry(&buas, "net core").get("supportImage").is_none());
    let gateway: Value =
        serde_json::from_str(&fs::read_to_string(folder.path().join("GoChat.gateway.json")).unwrap()).unwrap();
    assert_eq!((&gateway["name"], &gateway["endpoint"]), (&"hub".into(), &"http://localhost:5000/".into()));
    assert_eq!(gateway["token"], entry(&hub, "GoChat")["token"]);
    for file in ["hub.platforms.json", "BuasApp.platforms.json"] {
        assert_eq!(run_in(folder.path(), &["check", file]).ok().out, "nothing is wrong\n");
    }
}

#[test]
fn check_names_what_is_wrong_in_a_file_with_its_line_and_no_token() {
    let folder = tempfile::tempdir().unwrap();
    let twice = r#"[
      {"id": 1, "name": "A", "endpoint": "http://localhost:1/", "token": "a-token-of-some-length", "colour": "red"},
      {"id": 2, "name": "B", "endpoint": "http://localhost:1/", "token": "short"}
    ]"#;
    fs::write(folder.path().join("platforms.json"), twice).unwrap();
    let ended = run_in(folder.path(), &["check", "--json"]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    let what: Vec<_> =
        ended.json().as_array().unwrap().iter().map(|f| f["what"].as_str().unwrap().to_owned()).collect();
    let named = |part: &str| what.iter().any(|what| what.contains(part));
    assert!(named("colour") && named("the same one") && named("characters") && named("line 3"), "{what:?}");
    assert!(!ended.out.contains("a-token-of") && !ended.out.contains("\"short\""), "{ended:?}");
    fs::write(folder.path().join("platforms.json"), "[{").unwrap();
    let ended = run_in(folder.path(), &["check"]);
    assert!(ended.code == Some(1) && ended.out.contains("line 1"), "{ended:?}");
}

#[test]
fn completions_are_written_for_a_shell() {
    let folder = tempfile::tempdir().unwrap();
    assert!(run_in(folder.path(), &["completions", "bash"]).ok().out.contains("dead-letters"));
}

#[test]
fn a_registry_file_in_error_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let text = "[\n  {\"id\": 1, \"name\": \"A\" \"token\": \"hush\"}\n]\n";
    fs::write(folder.path().join("platforms.json"), text).unwrap();
    let ended =
        run_in(folder.path(), &["add", "B", "http://localhost:1/", "--as", "A", "--own-url", "http://localhost:2/"]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.err.contains("line 2") && !ended.err.contains("hush"), "{ended:?}");
    assert_eq!(fs::read_to_string(folder.path().join("platforms.json")).unwrap(), text);
}
