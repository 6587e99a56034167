//! What is learned of other platforms that answer in odd ways, by a node whose network is played.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::registry::Registry;
use crate::store::sqlite;
use crate::transport::Request;
use crate::transport::scripted::{Reply, Scripted};
use crate::{Config, Node};

/// The app BuasApp's node, around which everything is played.
struct Stage {
    node: Node,
    transport: Arc<Scripted>,
    _folder: tempfile::TempDir,
}

/// Opens the node, with these entries in its registry.
async fn stage(entries: Value, script: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Stage {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("node.db");
    let registry = Registry::parse(entries.to_string().as_bytes(), "BuasApp", &folder.path().join("platforms.json"));
    let (store, transport) = (Arc::new(sqlite::open(&path, None).unwrap()), Scripted::new(script));
    let config = Config::new("BuasApp", path);
    let node = Node::open_with(config, None, registry.unwrap(), store, transport.clone()).await.unwrap();
    Stage { node, transport, _folder: folder }
}

fn entry(name: &str) -> Value {
    json!({"id": 1, "name": name, "endpoint": format!("http://{}/", name.to_lowercase()), "token": format!("the-token-of-{name}")})
}

fn pong(name: &str, hosts: &[&str]) -> Reply {
    let store = "01890a5d-ac96-774b-bcce-b302099a8057";
    let body = json!({"status": 200, "platform": name, "integrador": {"version": 1, "hosts": hosts, "store": store}});
    Reply::json(200, body.to_string())
}

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
