//! What becomes of rows when the process dies at the worst moment.

use integrador::Config;
use rusqlite::Connection;

use super::*;
use crate::model::Draft;

fn draft(conversation: i64, sender: &str, text: &str) -> Draft {
    Draft {
        conversation,
        sender: sender.into(),
        sender_name: "x".into(),
        text: text.into(),
        attachments: Vec::new(),
        key: Some(text.into()),
        reply: None,
        reply_event: None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_was_published_and_not_marked_gets_its_place_back_and_the_pages_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("chat.db");
    let node = Node::open(Config::new("RustChat", folder.path().join("node.db"))).await.unwrap();
    let db = Arc::new(Db::open(&file, "RustChat", &["Ana".into()]).unwrap());
    let integration = Integration {
        node: node.clone(),
        db: db.clone(),
        live: Live::new(),
        written: Notify::new(),
        storing: Mutex::default(),
    };
    let room = db.conversations("RustChat:1").unwrap()[0].id;
    let mine = db.add_own_message(&draft(room, "RustChat:1", "mine")).unwrap();
    integration.publish_rows().await.unwrap();
    let place = db.message(mine.id).unwrap().unwrap().place;
    assert!(place.is_some());

    // The process dies between the receipt and the row; at its next start others have answered.
    Connection::open(&file)
        .unwrap()
        .execute("UPDATE messages SET published = 0, event = NULL, place = NULL", [])
        .unwrap();
    let answer = "ffffffff-ffff-7fff-bfff-ffffffffffff";
    db.add_foreign_message(&draft(room, "Norte:4", "answer"), answer, None).unwrap();
    let texts = || db.page(room, None, 10).unwrap().into_iter().map(|m| m.text).collect::<Vec<_>>();
    assert_eq!(texts(), ["answer", "mine"]);

    let mut pushes = integration.live.subscribe();
    integration.publish_rows().await.unwrap();
    assert_eq!(texts(), ["mine", "answer"]);
    assert_eq!(db.message(mine.id).unwrap().unwrap().place, place, "it is the same event");
    let push: serde_json::Value = serde_json::from_str(&pushes.recv().await.unwrap().1).unwrap();
    assert_eq!(push["message"]["id"], mine.id);
    assert_eq!((push["message"]["place"].as_str(), push["last"]["text"].as_str()), (place.as_deref(), Some("answer")));
    node.close().await.unwrap();
}
