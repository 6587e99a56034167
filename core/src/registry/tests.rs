//! Properties of the registry; the single cases are the shared vectors.

use proptest::collection::vec;
use proptest::prelude::*;

use std::path::Path;

use super::entries::Registry;
use super::follow::Followed;
use crate::Result;
use crate::model::name::fold;
use crate::util::logged::logged;

fn parse(text: &str) -> Result<Registry> {
    Registry::parse(text.as_bytes(), "own", Path::new("platforms.json"))
}

/// An entry's line, with each boolean in one of its spellings.
fn line(name: &str, token: &str, spelling: usize) -> String {
    let yes = ["true", "1", "\"True\"", "\"tRuE\""][spelling % 4];
    let no = ["false", "0", "\"False\"", "\"FALSE\""][spelling / 4 % 4];
    let name = serde_json::Value::from(name);
    format!(
        r#"{{"id": 1, "name": {name}, "endpoint": "http://a/api", "token": "{token}", "supportAudio": {yes}, "supportImage": {no}, "recipients": {yes}}}"#
    )
}

fn respelled(name: &str, how: &[u8]) -> String {
    let respell = |(c, how): (char, &u8)| match how % 3 {
        0 => c.to_lowercase().collect::<String>(),
        1 => c.to_uppercase().collect(),
        _ => c.to_string(),
    };
    format!(" \t{} ", name.chars().zip(how.iter().cycle()).map(respell).collect::<String>())
}

proptest! {
    #[test]
    fn every_spelling_of_a_name_finds_its_entry_and_no_other(
        names in vec("[a-zA-Z_ñÑéßσΣ聊 ]{1,20}", 1..6), how in vec(any::<u8>(), 1..20), spelling in 0..16usize,
    ) {
        let mut seen = std::collections::HashSet::new();
        let names: Vec<_> = names.into_iter().filter(|n| !n.trim().is_empty() && seen.insert(fold(n))).collect();
        let lines: Vec<_> = names.iter().enumerate().map(|(n, name)| line(name, &format!("t{n}"), spelling)).collect();
        let registry = parse(&format!("[{}]", lines.join(",\n"))).unwrap();
        for (n, name) in names.iter().enumerate() {
            let entry = registry.find(&respelled(name, &how)).unwrap();
            prop_assert_eq!(&*entry.name, name.trim());
            prop_assert_eq!((entry.support_audio, entry.support_image, entry.enabled, entry.recipients, entry.line), (true, false, true, true, n + 1));
            prop_assert_eq!(registry.by_token(&format!("t{n}")), Some(entry));
            let twice = format!("[{}, {}]", lines[n], line(&respelled(name, &how), "other", spelling));
            prop_assert!(parse(&twice).is_err());
        }
        prop_assert!(registry.by_token("t").is_none());
        prop_assert!(registry.by_token("").is_none());
    }

}

/// Shows promise 7.
#[test]
fn a_secret_shows_nothing_of_itself() {
    let registry = parse(&format!("[{}]", line("A", "hunter2", 0))).unwrap();
    assert!(!format!("{registry:?}").contains("hunter2"));
}

#[test]
fn the_own_entry_is_known_by_its_name() {
    let text = format!("[{}, {}]", line("OWN ", "t1", 0), line("A", "t2", 0));
    let registry = parse(&text).unwrap();
    assert_eq!(registry.own().map(|e| &*e.name), Some("OWN"));
    assert!(registry.by_token("t1").is_none(), "its token means nothing to itself");
    assert!(parse("[]").unwrap().own().is_none());
}

#[test]
fn a_token_may_come_from_the_environment() {
    // PATH is set wherever tests run; its value is as good a token as any.
    let registry = parse(&format!("[{}]", line("A", "env:PATH", 0))).unwrap();
    assert!(registry.by_token(&std::env::var("PATH").unwrap()).is_some());
    assert!(registry.by_token("env:PATH").is_none());
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let error = Followed::new("nowhere/platforms.json".into(), "own").read().unwrap_err();
    assert_eq!(error.kind(), crate::ErrorKind::Config);
    assert!(error.to_string().contains("nowhere/platforms.json"));
}

#[test]
fn a_file_that_a_token_is_read_from_is_followed_like_the_registry_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    std::fs::write(path("platforms.json"), format!("[{}]", line("A", "file:a.token", 0))).unwrap();
    std::fs::write(path("a.token"), "first\n").unwrap();
    let mut file = Followed::new(path("platforms.json"), "own");
    assert!(file.read().unwrap().unwrap().by_token("first").is_some());
    assert!(file.read().unwrap().is_none(), "nothing has changed");

    std::fs::write(path("a.token"), "second\n").unwrap();
    let registry = file.read().unwrap().expect("the token has changed");
    assert!(registry.by_token("second").is_some() && registry.by_token("first").is_none());

    std::fs::remove_file(path("a.token")).unwrap();
    let error = file.read().unwrap_err().to_string();
    assert!(error.contains("line 1, platform `A`") && error.contains("a.token"), "{error}");
    assert!(file.read().unwrap().is_none(), "an error is told once");
    std::fs::write(path("a.token"), "").unwrap();
    assert!(file.read().unwrap_err().to_string().contains("a.token"));
    std::fs::write(path("a.token"), "second\n").unwrap();
    assert!(file.read().unwrap().expect("it is right again").by_token("second").is_some());
    file.forget();
    assert!(file.read().unwrap().is_some());
}

/// Shows promise 8.
#[test]
fn what_is_hardly_meant_so_is_said_once_for_each_change_and_shows_no_token() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("platforms.json");
    let write = |fields: &str| {
        let entry = line("A", "s3cret", 0).replace('}', &format!(", {fields}}}"));
        std::fs::write(&path, format!("[\n{entry}\n]")).unwrap();
    };
    let mut file = Followed::new(path.clone(), "own");
    write(r#""suportImage": true"#);
    #[cfg(unix)]
    mode(&path, 0o600);
    let told = logged(|| assert!(file.read().unwrap().is_some()));
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].contains("platforms.json, line 2, platform `A`: \"suportImage\""), "{told:?}");
    assert!(told[1].contains("`token`") && !told[1].contains("s3cret"), "{told:?}");
    assert!(logged(|| assert!(file.read().unwrap().is_none())).is_empty());
    file.forget();
    assert!(logged(|| assert!(file.read().unwrap().is_some())).is_empty(), "the same again is no news");
    write(r#""suportImage": true, "nickname": "a""#);
    let told = logged(|| assert!(file.read().unwrap().is_some()));
    assert!(told.len() == 1 && told[0].contains("nickname"), "{told:?}");
}

#[cfg(unix)]
fn mode(path: &std::path::Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

#[cfg(unix)]
#[test]
fn a_registry_with_tokens_that_everybody_may_read_is_said_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("platforms.json");
    let long = "the-token-of-platform-A";
    std::fs::write(folder.path().join("a.token"), long).unwrap();
    let mut file = Followed::new(path.clone(), "own");
    let mut told = |token: &str, rights: u32| {
        std::fs::write(&path, format!("[{}]", line("A", token, 0))).unwrap();
        mode(&path, rights);
        file.forget();
        logged(|| assert!(file.read().unwrap().is_some()))
    };
    assert!(told("file:a.token", 0o644).is_empty());
    assert!(told(long, 0o640).is_empty());
    let once = told(long, 0o644);
    assert!(once.len() == 1 && once[0].contains("chmod 600") && !once[0].contains(long), "{once:?}");
    assert!(told(long, 0o644).is_empty(), "the same again is no news");
}

#[test]
fn an_endpoint_that_two_entries_have_is_a_warning_that_names_both() {
    let with = |second: &str, enabled: bool| {
        let entry = |name: &str, url: &str| {
            format!(
                r#"{{"id": 1, "name": "{name}", "endpoint": "{url}", "token": "the-token-of-platform-{name}", "enabled": {enabled}}}"#
            )
        };
        let text = format!("[{},\n{}]", entry("B", "http://b:80/api"), entry("C", second));
        Registry::parse(text.as_bytes(), "A", std::path::Path::new("platforms.json")).unwrap().warnings().to_vec()
    };
    let warnings = with("http://B/api/", true);
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    let told = warnings[0].to_string();
    assert!(told.starts_with("line 2, platform `C`: `endpoint`") && told.contains("`B` (line 1)"), "{told}");
    assert!(with("http://c/api/", true).is_empty());
    assert!(with("http://B/api/", false).is_empty(), "what is suspended gets nothing");
}
