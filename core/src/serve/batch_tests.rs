//! What becomes of each line of a batch, and of a batch as a whole.

use http::header;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::testing::{Stage, entry};
use crate::transport::scripted::{Reply, Scripted};
use crate::util::event_id::unique;
use crate::wire::{read, write};
use crate::{Config, RoomKind};

/// The node of the app `Norte` with the peer `Sur`, which hosts `sureño`; the file names `legacy` too.
async fn stage() -> Stage {
    let network = Scripted::new(|request| match (request.path, request.endpoint.host_str()) {
        ("ping", Some("sur")) => Reply::json(200, write::pong("Sur", &["sureño"], Uuid::from_u128(7), false, None)),
        ("ping", _) => Reply::json(404, "{}"),
        ("batch", _) => Reply::batch(request, 200),
        _ => Reply::json(200, "[]"),
    });
    let config = |store| {
        let mut config = Config::new("Norte", store);
        config.limits.body = 256 << 10;
        config
    };
    let stage = Stage::open_as(config, json!([entry("Sur"), entry("legacy")]), network).await;
    let known = async |stage: &Stage| stage.kind("Sur").await == "node" && stage.platform("sureño").await.is_some();
    stage.eventually("Sur is a node that hosts", known).await;
    stage.room(1, RoomKind::Public, &[]).await;
    stage.room(2, RoomKind::Private, &[("Norte", &[1]), ("sureño", &[1])]).await;
    stage
}

fn user(platform: &str, id: i64) -> Value {
    json!({"id": id, "name": "Ana", "platform": platform})
}

fn message(platform: &str, room: (&str, i64), sender: i64) -> Value {
    json!({"roomOriginalPlatform": room.0, "roomId": room.1, "senderId": sender, "text": "hola", "platform": platform})
}

fn line(id: impl ToString, kind: &str, body: &Value) -> Value {
    json!({"id": id.to_string(), "kind": kind, "body": body})
}

/// Posts these lines: the status, whether it asks for patience, and the lines of the answer.
async fn post(stage: &Stage, lines: &[Value]) -> (u16, Option<String>, Vec<Value>) {
    let text: Vec<String> = lines.iter().map(ToString::to_string).collect();
    let answer = stage.signed("Sur", "batch", &unique().to_string(), text.join("\n")).await;
    let patience = answer.headers().get(header::RETRY_AFTER).map(|value| value.to_str().unwrap().to_owned());
    let said = std::str::from_utf8(answer.body()).unwrap();
    (answer.status().as_u16(), patience, said.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

#[tokio::test(flavor = "multi_thread")]
async fn each_line_of_a_batch_is_judged_by_itself_and_answered_in_its_place() {
    let stage = stage().await;
    let (first, lost) = (unique(), unique());
    let table = [
        (line(first, "user", &user("Sur", 4)), 200, "ok"),
        (line(first, "user", &user("Sur", 4)), 200, "duplicate"),
        (line(unique(), "user", &user("sureño", 1)), 200, "ok"),
        (line(unique(), "message", &message("Sur", ("Norte", 1), 4)), 200, "ok"),
        (line(lost, "message", &message("Sur", ("Sur", 99), 4)), 202, "stored; it waits for its room to be announced"),
        (line(lost, "message", &message("Sur", ("Sur", 99), 4)), 200, "duplicate"),
        (line(unique(), "poll", &json!({"later": "version"})), 400, "`kind`: this version does not know it"),
        (json!({"id": unique(), "body": {}}), 400, "`kind`"),
        (line(unique(), "user", &json!({"name": "Ana", "platform": "Sur"})), 400, "`id`"),
        (line(unique(), "user", &json!({"id": 4, "name": "Ana"})), 400, "`platform`"),
        (json!({"id": unique(), "kind": "user"}), 400, "expected"),
        (line("no uuid", "user", &user("Sur", 5)), 401, "`id`"),
        (line(Uuid::from_u128(7), "user", &user("Sur", 5)), 401, "`id`"),
        (line(unique(), "user", &user("legacy", 4)), 403, "give its entry `via`"),
        (line(unique(), "user", &user("Norte", 4)), 403, "the registry here says otherwise"),
        (line(unique(), "message", &message("Sur", ("Norte", 98), 4)), 202, "stored; it waits for its room"),
        (line(unique(), "message", &message("Sur", ("Norte", 2), 4)), 403, "member"),
        // And after all that.
        (line(unique(), "user", &user("Sur", 6)), 200, "ok"),
    ];
    let lines: Vec<Value> = table.iter().map(|(line, ..)| line.clone()).collect();
    let (status, patience, answers) = post(&stage, &lines).await;
    assert_eq!((status, patience, answers.len()), (200, None, table.len()), "{answers:#?}");
    for ((line, status, message), answer) in table.iter().zip(&answers) {
        assert_eq!((&answer["id"], &answer["status"]), (&line["id"], &json!(status)), "{line}: {answer}");
        assert!(answer["message"].as_str().unwrap().contains(message), "{line}: {answer}");
    }
    let known: Vec<String> = stage.users(Some("Sur")).unwrap().iter().map(|user| user.id.id.to_string()).collect();
    assert_eq!(known, ["4", "6"], "what was refused has left nothing");
    stage.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_line_that_must_wait_nothing_is_taken_so_that_nothing_overtakes_it() {
    let stage = stage().await;
    let lines = [
        line(unique(), "user", &user("Sur", 4)),
        // Whether Sur hosts it is asked first.
        line(unique(), "user", &user("nuevo", 1)),
        line(unique(), "user", &user("Sur", 5)),
        line("no uuid", "user", &user("Sur", 6)),
    ];
    let (status, patience, answers) = post(&stage, &lines).await;
    assert_eq!((status, patience.as_deref()), (200, Some("1")));
    let told: Vec<u64> = answers.iter().map(|answer| answer["status"].as_u64().unwrap()).collect();
    assert_eq!(told, [200, 503, 503, 503]);
    assert_eq!(answers[3]["id"], "no uuid");
    let known: Vec<String> = stage.users(Some("Sur")).unwrap().iter().map(|user| user.id.id.to_string()).collect();
    assert_eq!(known, ["4"]);
    stage.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_that_is_no_batch_is_refused_as_a_whole_and_leaves_nothing() {
    let stage = stage().await;
    let right = line(unique(), "user", &user("Sur", 4)).to_string();
    let many = |count: usize| {
        let lines = (0..count).map(|_| format!(r#"{{"id":"{}","kind":"poll","body":{{}}}}"#, unique()));
        lines.collect::<Vec<_>>().join("\n")
    };
    let table = [
        (format!("{right}\n{{"), 400, "line 2"),
        (format!("{right}\n[]"), 400, "line 2"),
        (format!(r#"{right}{}{{"kind": "user", "body": {{}}}}"#, "\n\n"), 400, "line 3: `id`"),
        (format!("{right}\n{}", json!({"id": "", "kind": "user"})), 400, "`id`"),
        (format!("{right}\n{}", many(read::MOST_EVENTS)), 413, "at most 1000"),
        (many(read::MOST_EVENTS), 200, "does not know it"),
        ("\n".into(), 200, ""),
    ];
    for (body, status, said) in table {
        let answer = stage.signed("Sur", "batch", &unique().to_string(), body.clone()).await;
        let text = String::from_utf8_lossy(answer.body()).into_owned();
        let beginning: String = body.chars().take(300).collect();
        assert_eq!(answer.status(), status, "{beginning}: {text}");
        assert!(text.contains(said), "{beginning}: {text}");
    }
    assert!(stage.users(Some("Sur")).unwrap().is_empty());
    stage.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_in_the_very_form_of_nodes_is_what_it_is_in_any_other() {
    let stage = stage().await;
    assert_eq!(stage.batch("Sur", &[("user", user("Sur", 4))]).await, (200, vec![200]));
    // The first of each is looked up, the second is known by how it begins.
    let texts = [r"uno", r#"dos \"y\" \\ \n\u001f ñ"#, r"uno"];
    let body = |text: &str| {
        let who = r#""roomOriginalPlatform":"Norte","roomId":1,"senderId":4"#;
        format!(r#"{{{who},"text":"{text}","platform":"Sur"}}"#)
    };
    let bodies = texts.iter().flat_map(|text| [body(text), body(text).replace(",\"", ", \""), body(text)]);
    let line = |body: String| format!(r#"{{"id":"{}","kind":"message","body":{body}}}"#, unique());
    let lines: Vec<String> = bodies.map(line).collect();
    let answer = stage.signed("Sur", "batch", &unique().to_string(), lines.join("\n")).await;
    let said = std::str::from_utf8(answer.body()).unwrap();
    assert!(
        said.lines().zip(&lines).all(|(said, line)| said[..45] == line[..45] && said.ends_with(r#""ok"}"#)),
        "{said}"
    );

    let mut came = Vec::new();
    while came.len() < lines.len() {
        let events = stage.next_events(100, std::time::Duration::from_secs(30)).await.unwrap();
        stage.ack(&events.iter().map(|event| event.id).collect::<Vec<_>>()).await.unwrap();
        came.extend(events.into_iter().filter_map(|event| match event.body {
            crate::EventBody::Message(message) => Some(message),
            _ => None,
        }));
    }
    let expected =
        texts.iter().flat_map(|text| vec![serde_json::from_str::<String>(&format!("\"{text}\"")).unwrap(); 3]);
    assert_eq!(came.iter().map(|message| message.text.clone()).collect::<Vec<_>>(), expected.collect::<Vec<_>>());
    assert!(came.iter().all(|m| (m.room.to_string(), m.sender.to_string()) == ("Norte:1".into(), "Sur:4".into())));
    // The same again is known by its id, in whichever form.
    let again = stage.signed("Sur", "batch", &unique().to_string(), lines.join("\n")).await;
    assert_eq!(String::from_utf8_lossy(again.body()).matches("duplicate").count(), lines.len());
    stage.close().await.unwrap();
}
