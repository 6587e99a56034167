//! `mesh`, `add`, the help and the exit codes: what needs no running node.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use std::fs;
use std::path::Path;

use common::run_in;
use serde_json::Value;

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
fn the_first_platform_of_a_new_file_needs_to_be_told_who_adds_it() {
    let folder = tempfile::tempdir().unwrap();
    let ended = run_in(folder.path(), &["add", "legacy", "http://localhost:9000/"]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.err.contains("--as"), "{ended:?}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);

    let who = ["--as", "hub", "--own-url", "http://localhost:5000"];
    let told =
        run_in(folder.path(), &[&["add", "legacy", "http://localhost:9000/", "--json"][..], &who].concat()).ok().json();
    assert_eq!(told["file"], "platforms.json");
    assert_eq!(told["other_side"]["name"], "hub");
    assert_eq!(told["other_side"]["endpoint"], "http://localhost:5000/");
    assert_eq!(told["other_side"]["token"], read(folder.path(), "platforms.json")[0]["token"]);
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
