//! Keys of the app's own messages.

use std::path::Path;
use std::sync::Arc;

use crate::registry::Registry;
use crate::store::{KeyRow, Store, sqlite};
use crate::transport::scripted::{Reply, Scripted};
use crate::util::event_id;
use crate::wire::digest;
use crate::{Config, ErrorKind, Id, NewMessage, Node, RoomKind};

/// The app's node, with one platform beside it: GWT_CHAT, by whatever name it goes.
async fn open(folder: &Path, entry: &str) -> Node {
    open_on(folder, Arc::new(sqlite::open(&folder.join("node.db"), None).unwrap()), entry).await
}

async fn open_on(folder: &Path, store: Arc<dyn Store>, entry: &str) -> Node {
    let (path, file) = (folder.join("node.db"), folder.join("platforms.json"));
    let registry = format!(r#"[{{"id": 1, "endpoint": "http://gwt/", "token": "the-token-of-gwt", {entry}}}]"#);
    let registry = Registry::parse(registry.as_bytes(), "BuasApp", &file).unwrap();
    let nobody = Scripted::new(|_| Reply::unreachable());
    Node::open_with(Config::new("BuasApp", path), None, registry, store, nobody).await.unwrap()
}

fn message(room: impl Into<Id>, sender: impl Into<Id>) -> NewMessage {
    NewMessage::new(room, sender, "hola").key("row-1")
}

#[tokio::test]
async fn the_same_message_under_one_key_is_the_same_however_its_ids_are_written() {
    let folder = tempfile::tempdir().unwrap();
    let node = open(folder.path(), r#""name": "GWT_CHAT""#).await;
    node.publish_user(3, "Ana").await.unwrap();
    node.publish_room(4, "Sala", RoomKind::Public, vec![]).await.unwrap();
    let first = node.publish_message(message(4, 3)).await.unwrap();
    assert!(!first.duplicate);
    for again in [
        message(4, 3),
        message("4", 3),
        message(4, "3"),
        message("4", "3"),
        message("BuasApp:4", "BuasApp:3"),
        message("buasapp:4", 3),
    ] {
        let receipt = node.publish_message(again.clone()).await.unwrap();
        assert_eq!((receipt.event, receipt.duplicate), (first.event, true), "{again:?}");
    }
    let other = NewMessage::new(4, 3, "otra cosa").key("row-1");
    assert_eq!(node.publish_message(other).await.unwrap_err().kind(), ErrorKind::Conflict);
    node.close().await.unwrap();
}

#[tokio::test]
async fn the_same_message_under_one_key_is_the_same_after_a_platform_was_renamed() {
    let folder = tempfile::tempdir().unwrap();
    let node = open(folder.path(), r#""name": "GWT_CHAT""#).await;
    node.publish_user(3, "Ana").await.unwrap();
    let room = r#"{"id": 7, "name": "Sala", "type": "public", "users": [], "token": "the-token-of-gwt"}"#;
    let request = http::Request::post("/room").body(room.into()).unwrap();
    assert_eq!(node.handle(request).await.status(), 200);
    let first = node.publish_message(message("GWT_CHAT:7", 3)).await.unwrap();
    node.close().await.unwrap();

    let node = open(folder.path(), r#""name": "GWT", "aliases": ["GWT_CHAT"]"#).await;
    for room in ["GWT_CHAT:7", "GWT:7"] {
        let receipt = node.publish_message(message(room, 3)).await.unwrap();
        assert_eq!((receipt.event, receipt.duplicate), (first.event, true), "{room}");
    }
    node.close().await.unwrap();
}

#[tokio::test]
async fn a_key_that_an_earlier_version_noted_is_still_known() {
    let folder = tempfile::tempdir().unwrap();
    let store: Arc<dyn Store> = Arc::new(sqlite::open(&folder.path().join("node.db"), None).unwrap());
    let node = open_on(folder.path(), store.clone(), r#""name": "GWT_CHAT""#).await;
    node.publish_user(3, "Ana").await.unwrap();
    node.publish_room(4, "Sala", RoomKind::Public, vec![]).await.unwrap();
    // 0.1 kept the digest of the body as it was sent.
    let written = br#"{"roomOriginalPlatform":"BuasApp","roomId":4,"senderId":3,"text":"hola","platform":"BuasApp"}"#;
    let own = store.owner().unwrap().unwrap().node;
    let (event, at) = (Some(event_id::unique()), event_id::now_ms());
    let row = KeyRow { platform: own, key: "row-1".into(), event, digest: Some(digest(written)), at, to: vec![] };
    store.transact(&mut |tx| tx.put_key(&row)).unwrap();
    let receipt = node.publish_message(message(4, 3)).await.unwrap();
    assert_eq!((receipt.event, receipt.duplicate), (event, true));
    node.close().await.unwrap();
}

#[tokio::test]
async fn a_refusal_names_its_field_as_data() {
    let folder = tempfile::tempdir().unwrap();
    let node = open(folder.path(), r#""name": "GWT_CHAT""#).await;
    node.publish_room(4, "Sala", RoomKind::Private, vec![("BuasApp".into(), vec![Id::from(3)])]).await.unwrap();
    node.publish_message(message(4, 3)).await.unwrap();
    for (refused, kind, field) in [
        (message(4, 9).key("row-2"), ErrorKind::NotAMember, "senderId"),
        (message(5, 3).key("row-2"), ErrorKind::UnknownRoom, "roomId"),
        (NewMessage::new(4, 3, "otra cosa").key("row-1"), ErrorKind::Conflict, "key"),
    ] {
        let error = node.publish_message(refused).await.unwrap_err();
        assert_eq!((error.kind(), error.field(), error.is_refusal()), (kind, Some(field), true), "{error}");
        assert!(error.to_string().starts_with(&format!("`{field}`: ")), "{error}");
    }
    node.close().await.unwrap();
}
