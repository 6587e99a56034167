//! Registry files that command lines write.

use std::path::Path;

use super::*;
use crate::registry::Registry;

fn read(json: &str, own: &str) -> Registry {
    Registry::parse(json.as_bytes(), own, Path::new("platforms.json")).unwrap()
}

fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
    list.iter().map(|(name, url)| (name.to_string(), url.to_string())).collect()
}

#[test]
fn each_pair_of_a_mesh_shares_a_token_of_its_own() {
    let platforms = pairs(&[("BuasApp", "http://a/api"), (" net core ", "http://b"), ("G\"W,T\",", "https://c:1/x/")]);
    let files = mesh(&platforms).unwrap();
    let names: Vec<_> = files.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["BuasApp", "net core", "G\"W,T\","]);
    let registries: Vec<_> = files.iter().map(|(name, json)| read(json, name)).collect();
    let mut tokens = std::collections::HashSet::new();
    for (i, mine) in registries.iter().enumerate() {
        assert_eq!(mine.entries().len(), 3);
        assert_eq!(mine.own().map(|e| &*e.name), Some(names[i]));
        for (j, theirs) in registries.iter().enumerate().filter(|(j, _)| *j != i) {
            let token = mine.find(names[j]).unwrap().token.as_ref().unwrap();
            assert_eq!(Some(token), theirs.find(names[i]).unwrap().token.as_ref());
            assert!(
                token.as_str().len() == 43
                    && token.as_str().bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b))
            );
            tokens.insert(token.as_str().to_owned());
        }
    }
    assert_eq!(tokens.len(), 3);
    assert_ne!(files, mesh(&platforms).unwrap());
}

#[test]
fn a_mesh_of_wrong_names_or_urls_is_refused() {
    for (list, part) in [
        (vec![("A", "http://a"), (" a ", "http://b")], "`a` and `A`"),
        (vec![("A", "http://a"), ("B:", "http://b")], "name"),
        (vec![("A", "http://a"), ("B", "b")], "endpoint"),
        (vec![("A", "http://a")], "two platforms"),
    ] {
        let error = mesh(&pairs(&list)).unwrap_err().to_string();
        assert!(error.contains(part), "{error}");
    }
}

#[test]
fn what_stands_in_a_file_stays_to_the_letter_when_a_platform_is_added() {
    let old = "[\n\t{\"id\": 7, \"name\": \"BuasApp\", \"endpoint\": \"http://a/api\"},\n  {\"id\":\"x\",\"name\":\"B\",\n\"endpoint\":\"http://b\",\"token\":\"env:NOT_SET\"}  ]  ";
    let added = add(old, Some(" buasapp"), " net core ", "http://c", None).unwrap();
    let kept = old.trim_end().trim_end_matches(']').trim_end();
    let new = added.json.strip_prefix(kept).unwrap();
    assert!(new.starts_with(",\n  {\"id\": 8, \"name\": \"net core\", \"endpoint\": \"http://c/\""), "{new}");
    let json = added.json.replace("env:NOT_SET", "token-of-b");
    let here = read(&json, "BuasApp");
    let there = read(&format!("[{}]", added.other_side), "net core");
    assert!(!added.other_side.contains('\n'));
    let other = there.find("BUASAPP").unwrap();
    assert_eq!(other.endpoint.as_ref().map(|u| u.as_str()), Some("http://a/api/"));
    assert_eq!(other.token, here.find("net core").unwrap().token);
    assert!(!format!("{added:?}").contains(other.token.as_ref().unwrap().as_str()));
}

#[test]
fn a_platform_can_be_added_to_a_file_that_is_empty() {
    for empty in ["", " \n", "[]", "[\n]\n"] {
        let added = add(empty, Some("A"), "B", "http://b", Some("http://a")).unwrap();
        assert_eq!(read(&added.json, "A").entries().len(), 1, "{}", added.json);
    }
    let error = add("[]", Some("A"), "B", "http://b", None).unwrap_err().to_string();
    assert!(error.contains("`A`"), "{error}");
}

#[test]
fn a_field_that_no_entry_has_is_named_when_a_platform_is_added() {
    let old = "[\n{\"id\": 1, \"name\": \"B\", \"endpoint\": \"http://b\", \"token\": \"t\", \"tokn\": \"hunter2\"}]";
    let added = add(old, Some("Own"), "C", "http://c", Some("http://own")).unwrap();
    assert_eq!(added.warnings.len(), 1);
    let told = &added.warnings[0];
    assert!(told.contains("line 2") && told.contains("tokn") && !told.contains("hunter2"), "{told}");
}

#[test]
fn a_name_that_is_there_is_not_added_again() {
    let old = r#"[{"id": 1, "name": "B", "aliases": ["bee"], "endpoint": "http://b", "token": "t"}]"#;
    for name in ["b", " BEE ", "own"] {
        let error = add(old, Some("Own"), name, "http://x", Some("http://own")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Conflict, "{error}");
    }
    assert!(add("[{]", Some("Own"), "C", "http://x", Some("http://own")).unwrap_err().to_string().contains("line 1"));
}

#[test]
fn a_plain_platform_of_a_mesh_has_its_token_at_its_gateway_alone_and_the_others_reach_it_through_that() {
    let members = [
        Member::node("hub", "http://hub/"),
        Member::node("BuasApp", "http://buas/api"),
        Member::plain("GoChat", "http://go/")
            .behind("HUB")
            .shows(false, true)
            .supports([EventKind::Delete, EventKind::Edit]),
    ];
    let made = mesh_of(&members).unwrap();
    assert_eq!(made.iter().map(|made| made.plain).collect::<Vec<_>>(), [false, false, true]);
    let (hub, buas) = (read(&made[0].json, "hub"), read(&made[1].json, "BuasApp"));
    let at_hub = hub.find("GoChat").unwrap();
    assert_eq!(at_hub.endpoint.as_ref().map(url::Url::as_str), Some("http://go/"));
    assert_eq!((at_hub.support_audio, at_hub.support_image), (false, true));
    assert_eq!(at_hub.supports, Kinds::of(&[EventKind::Edit, EventKind::Delete]));
    let at_buas = buas.find("GoChat").unwrap();
    assert_eq!((at_buas.via.as_deref(), &at_buas.token), (Some("hub"), &None));
    let gateway = read(&format!("[{}]", made[2].json), "GoChat");
    assert_eq!(gateway.find("hub").unwrap().token, at_hub.token);
    assert!(!made[1].json.contains("supportImage\": true, \"token"), "nothing is said of whom nothing is known");

    for (behind, why) in [(None, "hosted by"), (Some("GoChat"), "hosted by"), (Some("nobody"), "`nobody`")] {
        let mut plain = Member::plain("GoChat", "http://go/");
        plain.behind = behind.map(str::to_owned);
        let error = mesh_of(&[Member::node("hub", "http://hub/"), plain]).unwrap_err().to_string();
        assert!(error.contains(why), "{error}");
    }
}

#[test]
fn a_platform_is_added_to_a_file_that_does_not_say_where_its_node_is_and_the_other_side_is_told_to_fill_that_in() {
    let hub = r#"[{"id": 1, "name": "A", "endpoint": "http://a", "token": "token-of-a-that-is-long"}]"#;
    let own = Own { name: Some("integrador"), url: None };
    let added = add_member(hub, own, &Member::plain("GoChat", "http://go")).unwrap();
    assert!(added.own_url.is_none() && added.other_side.contains(NO_URL), "{}", added.other_side);
    let entry = read(&added.json, "integrador").find("GoChat").unwrap().clone();
    assert_eq!((entry.support_audio, entry.support_image), (false, false));
    assert!(crate::registry::parse_endpoint(NO_URL).is_err(), "nobody sends there");
    assert_eq!(owner(hub), None);
    assert_eq!(owner(&mesh(&pairs(&[("A", "http://a"), ("B", "http://b")])).unwrap()[1].1).as_deref(), Some("B"));
}
