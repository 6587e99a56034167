//! Keys of the app's own messages.

use serde_json::json;

use crate::store::KeyRow;
use crate::testing::{Stage, entry, ext, nobody, token};
use crate::util::digest::digest;
use crate::util::event_id;
use crate::{ErrorKind, Id, NewMessage, Ref, RoomKind};

const TRACE: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

/// The app's node, with the platform GWT_CHAT beside it.
async fn open() -> Stage {
    Stage::open("BuasApp", json!([entry("GWT_CHAT")]), nobody()).await
}

fn message(room: impl Into<Ref>, sender: impl Into<Ref>) -> NewMessage {
    NewMessage::new(room, sender, "hola").key("row-1")
}

/// Shows promise 3.
#[tokio::test]
async fn the_same_message_under_one_key_is_the_same_however_its_ids_are_written() {
    let node = open().await;
    node.publish_user(3, "Ana").await.unwrap();
    node.publish_room(4, "Sala", RoomKind::Public, vec![]).await.unwrap();
    let first = node.publish_message(message(4, 3)).await.unwrap();
    assert!(!first.duplicate);
    for again in [
        message(4, 3),
        message("4", 3),
        message(4, "3"),
        message("4", "3"),
        message(ext("BuasApp:4"), ext("BuasApp:3")),
        message(ext("buasapp:4"), 3),
        message(4, 3).traceparent(TRACE),
    ] {
        let receipt = node.publish_message(again.clone()).await.unwrap();
        assert_eq!((receipt.event, receipt.duplicate), (first.event, true), "{again:?}");
    }
    let other = NewMessage::new(4, 3, "otra cosa").key("row-1");
    assert_eq!(node.publish_message(other).await.unwrap_err().kind(), ErrorKind::Conflict);
    node.close().await.unwrap();
}

/// Shows promise 3.
#[tokio::test]
async fn the_same_message_under_one_key_is_the_same_after_a_platform_was_renamed() {
    let mut node = open().await;
    node.publish_user(3, "Ana").await.unwrap();
    let room = json!({"id": 7, "name": "Sala", "type": "public", "users": [], "token": token("GWT_CHAT")});
    let request = http::Request::post("/room").body(room.to_string().into()).unwrap();
    assert_eq!(node.handle(request).await.status(), 200);
    let first = node.publish_message(message(ext("GWT_CHAT:7"), 3)).await.unwrap();

    let mut renamed = entry("GWT_CHAT");
    (renamed["name"], renamed["aliases"]) = (json!("GWT"), json!(["GWT_CHAT"]));
    node.again(json!([renamed])).await;
    for room in ["GWT_CHAT:7", "GWT:7"] {
        let receipt = node.publish_message(message(ext(room), 3)).await.unwrap();
        assert_eq!((receipt.event, receipt.duplicate), (first.event, true), "{room}");
    }
    node.close().await.unwrap();
}

#[tokio::test]
async fn a_key_that_an_earlier_version_noted_is_still_known() {
    let node = open().await;
    node.publish_user(3, "Ana").await.unwrap();
    node.publish_room(4, "Sala", RoomKind::Public, vec![]).await.unwrap();
    // 0.1 kept the digest of the body as it was sent.
    let written = br#"{"roomOriginalPlatform":"BuasApp","roomId":4,"senderId":3,"text":"hola","platform":"BuasApp"}"#;
    let (event, at) = (Some(event_id::unique()), event_id::now_ms());
    let row = KeyRow {
        platform: node.num("BuasApp"),
        key: "row-1".into(),
        event,
        digest: Some(digest(written)),
        at,
        to: vec![],
    };
    node.shared().writer.run(move |job| job.tx.put_key(&row)).await.unwrap();
    // What was looked up for the same ids in another form is not what that version wrote.
    node.publish_message(NewMessage::new("4", "3", "antes")).await.unwrap();
    for again in [message(4, 3), message(4, 3).traceparent(TRACE)] {
        let receipt = node.publish_message(again).await.unwrap();
        assert_eq!((receipt.event, receipt.duplicate), (event, true));
    }
    node.close().await.unwrap();
}

#[tokio::test]
async fn a_refusal_names_its_field_as_data() {
    let node = open().await;
    node.publish_room(4, "Sala", RoomKind::Private, vec![("BuasApp".into(), vec![Id::from(3)])]).await.unwrap();
    node.publish_message(message(4, 3)).await.unwrap();
    for (refused, kind, field) in [
        (message(4, 9).key("row-2"), ErrorKind::NotAMember, "senderId"),
        (message(5, 3).key("row-2"), ErrorKind::UnknownRoom, "room"),
        (NewMessage::new(4, 3, "otra cosa").key("row-1"), ErrorKind::Conflict, "key"),
    ] {
        let error = node.publish_message(refused).await.unwrap_err();
        assert_eq!((error.kind(), error.field(), error.is_refusal()), (kind, Some(field), true), "{error}");
        assert!(error.to_string().starts_with(&format!("`{field}`: ")), "{error}");
    }
    node.close().await.unwrap();
}
