//! What an app gives as an argument, and what it is told of it.

use std::time::Duration;

use serde_json::json;

use crate::model::{Extras, Id};
use crate::store::UserRow;
use crate::testing::{Stage, entry, ext, members, nobody, token};
use crate::transport::scripted::{Reply, Scripted};
use crate::{BindKind, DeadLetterFilter, ErrorKind, EventBody, ExternalId, NewMessage, Receipt, Ref, Result, RoomKind};

#[tokio::test(flavor = "multi_thread")]
async fn whatever_names_a_platform_that_nobody_knows_is_told_so() {
    let stage = Stage::open("Norte", json!([entry("Sur")]), nobody()).await;
    let nobody = || DeadLetterFilter::Platform("Zur".into());
    let external = ExternalId::new("Zur", 1);
    let errors = [
        ("users", stage.users(Some("Zur")).map(drop)),
        ("local_id", stage.local_id(BindKind::Room, &external).map(drop)),
        ("room", stage.node.room(&external).map(drop)),
        ("recipients", stage.recipients(&external).map(drop)),
        ("join_room", stage.join_room(&external, 1).await.map(drop)),
        ("leave_room", stage.leave_room(1, &external).await.map(drop)),
        ("publish_message", stage.publish_message(NewMessage::new(&external, 1, "hola")).await.map(drop)),
        ("publish_room", stage.publish_room(1, "", RoomKind::Public, members(&[("Zur", &[1])])).await.map(drop)),
        ("bind", stage.bind(BindKind::Room, &external, 7).await),
        ("dead_letters", stage.dead_letters(&nobody()).await.map(drop)),
        ("retry", stage.retry(&nobody()).await.map(drop)),
        ("drop", stage.drop(&nobody()).await.map(drop)),
        ("sync_now", stage.sync_now(Some("Zur")).await.map(drop)),
    ];
    for (call, result) in errors {
        let error = result.expect_err(call);
        assert_eq!(error.kind(), ErrorKind::UnknownPlatform, "{call}: {error}");
        assert!(error.to_string().contains("known: Norte, Sur"), "{call}: {error}");
    }
    let known: [Result<()>; 3] = [
        stage.users(Some(" sUR")).map(drop),
        stage.local_id(BindKind::Room, &ExternalId::new("SUR", 1)).map(drop),
        stage.dead_letters(&DeadLetterFilter::Platform("sur ".into())).await.map(drop),
    ];
    assert!(known.iter().all(Result::is_ok), "by whatever spelling: {known:?}");
    stage.close().await.unwrap();
}

/// Norte, beside whom is the plain platform Sur with its public room 7.
async fn beside_a_room_of_sur() -> Stage {
    let stage = Stage::open("Norte", json!([entry("Sur")]), nobody()).await;
    stage.publish_user(1, "Ana").await.unwrap();
    let room = json!({"id": 7, "name": "Sala", "type": "public", "users": [], "token": token("Sur")});
    let request = http::Request::post("/room").body(room.to_string().into()).unwrap();
    assert_eq!(stage.handle(request).await.status(), 200);
    stage
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_is_an_id_of_the_apps_own_whatever_it_looks_like() {
    let stage = beside_a_room_of_sur().await;
    let say = async |room: Ref, sender: Ref| stage.publish_message(NewMessage::new(room, sender, "hola")).await;
    assert_eq!(say(ext("Sur:7").into(), ext("Norte:1").into()).await.unwrap().destinations.len(), 1);
    assert!(stage.node.room(ext("sur:7")).unwrap().is_some());

    let error = say("Sur:7".into(), 1.into()).await.unwrap_err();
    assert_eq!((error.kind(), error.field()), (ErrorKind::UnknownRoom, Some("room")), "{error}");
    assert!(error.to_string().contains("ExternalId"), "{error}");
    assert_eq!(stage.node.room("Sur:7").unwrap(), None);
    assert_eq!(say(ext("Sur:7").into(), ext("Sur:1").into()).await.unwrap_err().kind(), ErrorKind::Forbidden);

    stage.bind(BindKind::Room, &ext("Sur:7"), 1007).await.unwrap();
    let bound = stage.node.room(1007).unwrap().map(|room| room.id);
    assert_eq!(bound, Some(ext("Sur:7")));
    let table = [("Sur:7", Some(Id::from(1007))), ("Sur:8", None), ("norte:5", Some(Id::from(5)))];
    for (external, local) in table {
        assert_eq!(stage.local_id(BindKind::Room, &ext(external)).unwrap(), local, "{external}");
    }
    stage.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_id_of_the_apps_own_does_not_read_like_an_external_one_of_whomever() {
    let stage = beside_a_room_of_sur().await;
    let list = || vec![(Id::from(2), "Eva".to_owned()), ("B:7".into(), "Iris".into())];
    let own_member = || members(&[("Norte", &[])]).into_iter().map(|(name, _)| (name, vec!["B:7".into()])).collect();
    let done = |result: Result<Receipt>| result.map(drop);
    let refused = [
        ("id", done(stage.publish_user("B:7", "Iris").await)),
        ("id", done(stage.publish_user("Sur:7", "Iris").await)),
        ("users", stage.publish_users(list()).await.map(drop)),
        ("id", done(stage.publish_room("B:7", "Sala", RoomKind::Public, Vec::new()).await)),
        ("members", done(stage.publish_room(1, "Sala", RoomKind::Public, own_member()).await)),
        ("sender", done(stage.publish_message(NewMessage::new(ext("Sur:7"), "B:7", "hola")).await)),
        ("user", done(stage.join_room(ext("Sur:7"), "B:7").await)),
        ("local", stage.bind(BindKind::Room, &ext("Sur:7"), "B:7").await),
    ];
    for (n, (field, result)) in refused.into_iter().enumerate() {
        let error = result.unwrap_err();
        assert_eq!((error.kind(), error.field()), (ErrorKind::Invalid, Some(field)), "{n}: {error}");
    }
    assert_eq!(stage.users(Some("Norte")).unwrap().len(), 1, "nothing of a list that is refused is taken");
    let longest = format!("{}:7", "x".repeat(64));
    let beyond = format!("{}:7", "x".repeat(65));
    assert!(stage.publish_user(longest, "Iris").await.is_err());
    for no_platform in [":7", "a\u{7}:7", "a:", beyond.as_str()] {
        stage.publish_user(no_platform, "Iris").await.unwrap();
    }
    stage.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_id_that_an_earlier_version_took_is_the_same_user_whoever_comes() {
    let stage = beside_a_room_of_sur().await;
    let own = stage.num("Norte");
    let row = move || UserRow {
        platform: own,
        id: "B:7".into(),
        name: "Iris".into(),
        active: true,
        placeholder: false,
        extras: Extras::default(),
        event: None,
        version: 0,
    };
    stage.shared().writer.run(move |job| job.put_user(row())).await.unwrap();
    let say = async || stage.publish_message(NewMessage::new(ext("Sur:7"), "B:7", "hola")).await.map(drop);
    say().await.unwrap();
    stage.registry(json!([entry("Sur"), entry("B")])).await;
    say().await.unwrap();
    stage.publish_user("B:7", "Irene").await.unwrap();
    let list = vec![(Id::from(1), "Ana".to_owned()), ("B:7".into(), "Irene".into())];
    assert_eq!(stage.publish_users(list).await.unwrap(), 0);
    stage.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plain_platform_gets_and_gives_a_trace_as_a_header_too() {
    let answers = Scripted::new(|request| match request.path {
        "ping" => Reply::json(404, "{}"),
        "users" => Reply::json(200, "[]"),
        _ => Reply::status(200),
    });
    let stage = Stage::open("Norte", json!([entry("Sur"), entry("Oeste")]), answers).await;
    stage.room(1, RoomKind::Public, &[]).await;
    let trace = |n: u8| format!("00-0af7651916cd43dd8448eb211c80319c-b7ad6b716920333{n}-01");
    let own = NewMessage::new(1, 1, "hola").key("k");
    let first = stage.publish_message(own.clone().traceparent(trace(1))).await.unwrap();
    let again = stage.publish_message(own.traceparent(trace(2))).await.unwrap();
    assert_eq!((again.event, again.duplicate), (first.event, true), "a trace says nothing of what a message says");

    let post = |header: Option<String>, body: Option<String>| {
        let mut message = json!({"roomOriginalPlatform": "Norte", "roomId": 1, "senderId": 5, "text": "buenas"});
        message["token"] = json!(token("Sur"));
        if let Some(trace) = body {
            message["traceparent"] = json!(trace);
        }
        let mut request = http::Request::post("/message");
        if let Some(trace) = header {
            request = request.header("traceparent", trace);
        }
        stage.handle(request.body(message.to_string().into()).unwrap())
    };
    for (header, body) in [(Some(trace(3)), None), (Some(trace(4)), Some(trace(5))), (Some("no".into()), None)] {
        assert_eq!(post(header, body).await.status(), 200);
    }
    let at_oeste = stage.sent("oeste", "message", 4).await;
    let told: Vec<_> = at_oeste.iter().map(|sent| sent.body["traceparent"].as_str().map(str::to_owned)).collect();
    assert_eq!(told, [Some(trace(1)), Some(trace(3)), Some(trace(5)), None], "the body counts");
    let posted = stage.transport.posted("message").into_iter().filter(|r| r.endpoint.host_str() == Some("oeste"));
    assert_eq!(posted.map(|request| request.traceparent).collect::<Vec<_>>(), told);

    let mut traces = Vec::new();
    while traces.len() < 3 {
        for event in stage.next_events(10, Duration::from_secs(10)).await.unwrap() {
            stage.ack(&[event.id]).await.unwrap();
            if let EventBody::Message(message) = event.body {
                traces.push(message.traceparent);
            }
        }
    }
    assert_eq!(traces, told[1..]);
    stage.close().await.unwrap();
}
