//! What is learned of other platforms that answer in odd ways, by a node whose network is played.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::testing::{Stage, entry};
use crate::transport::Request;
use crate::transport::scripted::{Reply, Scripted};
use crate::util::lock::MutexExt;
use crate::{Node, Status};

/// Opens the node of the app BuasApp, with these entries in its registry.
async fn stage(entries: Value, script: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Stage {
    Stage::open("BuasApp", entries, Scripted::new(script)).await
}

fn pong(name: &str, hosts: &[&str]) -> Reply {
    let store = "01890a5d-ac96-774b-bcce-b302099a8057";
    let body = json!({"status": 200, "platform": name, "integrador": {"version": 1, "hosts": hosts, "store": store}});
    Reply::json(200, body.to_string())
}

/// Shows promise 7.
#[tokio::test]
async fn a_name_that_can_be_taken_for_a_registered_one_is_not_claimed() {
    let mut gwt = entry("GWT_CHAT");
    gwt["aliases"] = json!(["Mundial"]);
    let claimed =
        ["Legacy", "BuаsApp", "ＢｕａｓＡｐｐ", "GWТ_СНАТ", "gwt_\u{200b}chat", "Mundia1", "Tschüß", "TSCHU\u{308}SS"];
    let stage = stage(json!([entry("Far"), gwt]), move |request| match request.endpoint.host_str() {
        Some("far") if request.path == "ping" => pong("Far", &claimed),
        _ => Reply::json(200, "[]"),
    });
    let stage = stage.await;
    // What the hosted ones can show is asked once they are taken in.
    stage.transport.wait_until(|all| all.iter().any(|request| request.path == "platforms").then_some(())).await;
    let mut behind_far = stage.node.platforms();
    behind_far.retain(|platform| platform.via.as_deref() == Some("Far"));
    let names: Vec<&str> = behind_far.iter().map(|platform| &*platform.name).collect();
    assert_eq!(names, ["Legacy", "Tschüß"]);
    stage.node.close().await.unwrap();
}

/// The names of the users of GWT_CHAT that are there.
fn active(node: &Node) -> Vec<String> {
    let users = node.users(Some("GWT_CHAT")).unwrap().into_iter().filter(|user| user.active);
    users.map(|user| user.name).collect()
}

fn import_error(status: &Status) -> Option<&str> {
    status.platforms.iter().find(|platform| &*platform.name == "GWT_CHAT").unwrap().import_error.as_deref()
}

/// A node beside GWT_CHAT, whose `GET users` answers what stands in the mutex. It is never up, so nothing is imported but what
/// the test asks for.
async fn beside_a_list(list: &Arc<Mutex<String>>) -> Stage {
    let list = list.clone();
    let stage = stage(json!([entry("GWT_CHAT")]), move |request| match request.path {
        "users" => Reply::json(200, list.hold().clone()),
        _ => Reply::unreachable(),
    });
    stage.await
}

/// Shows promise 8.
#[tokio::test]
async fn one_odd_entry_hides_nobody_and_is_shown_in_the_status() {
    let list = Arc::new(Mutex::new(r#"[{"id": 1, "name": "Ana"}, 7, {"id": 2, "name": "Beto"}]"#.to_owned()));
    let stage = beside_a_list(&list).await;
    stage.node.sync_now(Some("GWT_CHAT")).await.unwrap();
    assert_eq!(active(&stage.node), ["Ana", "Beto"]);
    let status = stage.node.status().await.unwrap();
    let told = import_error(&status).unwrap();
    assert!(told.contains("1 entry") && told.contains("`users[1]`"), "{told}");

    *list.hold() = r#"[{"id": 1, "name": "Ana"}, {"id": 2, "name": "Beto"}]"#.to_owned();
    stage.node.sync_now(Some("GWT_CHAT")).await.unwrap();
    assert_eq!(import_error(&stage.node.status().await.unwrap()), None);
    stage.node.close().await.unwrap();
}

/// Shows promise 8.
#[tokio::test]
async fn nobody_is_gone_while_an_entry_does_not_say_whose_it_is() {
    let all = r#"[{"id": 1, "name": "Ana"}, {"id": 2, "name": "Beto"}, {"id": 3, "name": "Cora"}]"#;
    let list = Arc::new(Mutex::new(all.to_owned()));
    let stage = beside_a_list(&list).await;
    stage.node.sync_now(Some("GWT_CHAT")).await.unwrap();
    assert_eq!(active(&stage.node), ["Ana", "Beto", "Cora"]);

    // Beto may be the one whose id can't be read.
    *list.hold() = r#"[{"id": 1, "name": "Anita"}, {"id": [2], "name": "Beto"}]"#.to_owned();
    stage.node.sync_now(Some("GWT_CHAT")).await.unwrap();
    assert_eq!(active(&stage.node), ["Anita", "Beto", "Cora"]);

    // Here he is, if only by his id; Cora is gone.
    *list.hold() = r#"[{"id": 1, "name": "Anita"}, {"id": 2, "name": null}]"#.to_owned();
    stage.node.sync_now(Some("GWT_CHAT")).await.unwrap();
    assert_eq!(active(&stage.node), ["Anita", "Beto"]);

    // What is no list at all changes nothing, and says so.
    *list.hold() = r#"{"users": []}"#.to_owned();
    stage.node.sync_now(Some("GWT_CHAT")).await.unwrap_err();
    assert_eq!(active(&stage.node), ["Anita", "Beto"]);
    let status = stage.node.status().await.unwrap();
    assert!(import_error(&status).unwrap().contains("expected a list"), "{status:?}");
    stage.node.close().await.unwrap();
}

#[tokio::test]
async fn who_refuses_our_ping_is_down_and_raises_an_alarm_until_it_answers() {
    let refuses = Arc::new(Mutex::new(401));
    let status = refuses.clone();
    let stage = stage(json!([entry("Far")]), move |request| match (request.path, *status.hold()) {
        ("ping", 200) => pong("Far", &[]),
        (_, 200) => Reply::json(200, "[]"),
        (_, status) => Reply::status(status),
    });
    let stage = stage.await;
    for refusal in [401, 403, 302] {
        *refuses.hold() = refusal;
        assert!(crate::peers::ping::ping(stage.node.peers(), stage.num("Far")).await.is_err());
        let platform = stage.node.status().await.unwrap().platforms.remove(0);
        assert_eq!(platform.up, Some(false), "{refusal}");
        assert!(platform.alarm.is_some_and(|why| why.contains(&refusal.to_string())), "{refusal}");
    }
    *refuses.hold() = 200;
    crate::peers::ping::ping(stage.node.peers(), stage.num("Far")).await.unwrap();
    assert_eq!(stage.node.status().await.unwrap().platforms[0].alarm, None);
    stage.node.close().await.unwrap();
}
