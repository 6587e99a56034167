//! Edits, deletes and reactions: where they go, in which form, which of them counts, and what comes before its message.

use super::*;
use crate::inbox::handout;
use crate::util::event_id::now_ms;
use crate::util::time::TestClock;
use crate::{DeleteMessage, DeliveryState, EditMessage, Event, EventBody, NewReaction};

/// `B` is a node that takes changes, `C` one of 0.1, `P` a plain platform, `Q` one that takes them all.
async fn world() -> World {
    world_by(Arc::new(SystemClock)).await
}

async fn world_by(clock: Arc<dyn Clock>) -> World {
    let mut supporting = entry("Q");
    supporting["supports"] = json!(["edit", "delete", "reaction"]);
    let entries = json!([entry("B"), entry("C"), entry("P"), supporting]);
    let network = [("b", node("B")), ("c", node("C").of_0_1()), ("p", plain()), ("q", plain())];
    let world = World::open_by(clock, |store| Config::new("A", store), entries, &network).await;
    world.are_known(&[("B", "node"), ("C", "node"), ("P", "plain"), ("Q", "plain")]).await;
    world.publish_user(1, "Ana").await.unwrap();
    world.room(1, RoomKind::Public, &[]).await;
    world
}

/// What B says of a message in room 1.
fn of_b(of: Uuid, more: Value) -> Value {
    let mut body = json!({"roomOriginalPlatform": "A", "roomId": 1, "senderId": 7, "of": of, "platform": "B"});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

fn message_of_b(text: &str) -> Value {
    json!({"roomOriginalPlatform": "A", "roomId": 1, "senderId": 7, "text": text, "platform": "B"})
}

impl World {
    /// A node brings an event under this id: how it is answered.
    async fn brings(&self, from: &str, kind: &str, id: Uuid, body: Value) -> u64 {
        let line = json!({"id": id, "kind": kind, "body": body}).to_string();
        let answer = self.signed(from, "batch", &unique().to_string(), line).await;
        serde_json::from_slice::<Value>(answer.body()).unwrap()["status"].as_u64().unwrap()
    }

    /// What the app was told of messages and their changes, since it was asked last.
    async fn told_app(&self) -> Vec<Event> {
        let mut told = Vec::new();
        loop {
            let events = self.next_events(100, std::time::Duration::ZERO).await.unwrap();
            if events.is_empty() {
                return told;
            }
            let ids: Vec<Uuid> = events.iter().map(|event| event.id).collect();
            self.ack(&ids).await.unwrap();
            told.extend(events.into_iter().filter(|event| event.kind().is_said()));
        }
    }

    async fn words(&self) -> Vec<String> {
        let word = |event: Event| match event.body {
            EventBody::Message(message) => format!("message {}", message.text),
            EventBody::Edit(edit) => format!("edit {}", edit.text),
            EventBody::Delete(delete) => format!("delete of {}", delete.of_platform),
            EventBody::Reaction(reaction) => format!("{} {}", reaction.emoji, if reaction.on { "on" } else { "off" }),
            _ => String::new(),
        };
        self.told_app().await.into_iter().map(word).collect()
    }

    async fn state_at(&self, event: Uuid, platform: &str) -> Option<DeliveryState> {
        self.delivery(event, platform).await.map(|delivery| delivery.state)
    }
}

/// Shows promise 8.
#[tokio::test]
async fn a_change_goes_as_it_is_to_whoever_takes_it_and_else_an_edit_in_words_and_the_others_not() {
    let world = world().await;
    // From here on it hears hints.
    world.told_app().await;
    let said = world.say(1, "hola").await;
    let edit = world.edit_message(EditMessage::new(said, 1, "¡hola!")).await.unwrap().event.unwrap();
    let on = world.react(NewReaction::new(said, "a", 1, "👍")).await.unwrap().event.unwrap();
    let gone = world.delete_message(DeleteMessage::new(said, 1)).await.unwrap().event.unwrap();
    let head = json!({"roomOriginalPlatform": "A", "roomId": 1, "senderId": 1, "of": said, "platform": "A"});
    let with = |more: Value| {
        let mut body = head.clone();
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    for host in ["b", "q"] {
        for (kind, id, body) in [
            ("edit", edit, with(json!({"text": "¡hola!"}))),
            ("reaction", on, with(json!({"ofPlatform": "A", "emoji": "👍", "remove": false}))),
            ("delete", gone, head.clone()),
        ] {
            let sent = &world.sent(host, kind, 1).await[0];
            assert_eq!((&sent.id, &sent.body), (&id.to_string(), &body), "{kind} to {host}");
        }
    }
    for host in ["c", "p"] {
        let sent = world.sent(host, "message", 2).await;
        assert_eq!(texts(&sent), ["hola", "✎ ¡hola!"]);
        assert_eq!((&sent[1].id, &sent[1].body["replyTo"]), (&edit.to_string(), &json!(said)));
    }
    let all = |events: [Uuid; 3], platform: &'static str| {
        let world = &world;
        async move {
            let mut states = Vec::new();
            for event in events {
                states.push(world.state_at(event, platform).await.unwrap());
            }
            states
        }
    };
    use DeliveryState::{Delivered, Unsupported};
    for (platform, expected) in [
        ("B", [Delivered; 3]),
        ("Q", [Delivered; 3]),
        ("C", [Delivered, Unsupported, Unsupported]),
        ("P", [Delivered, Unsupported, Unsupported]),
    ] {
        world.eventually("all came to their ends", async |_| all([edit, on, gone], platform).await == expected).await;
    }
    assert!(world.sent_now("c", "reaction").is_empty() && world.sent_now("p", "delete").is_empty());
    assert_eq!(world.dead().await, [""; 0]);
    let told = world.next_events(100, std::time::Duration::ZERO).await.unwrap();
    let unsupported =
        told.iter().filter(|event| matches!(&event.body, EventBody::Delivery(told) if told.state == Unsupported));
    assert_eq!(unsupported.count(), 4, "the app is told");
    world.close().await.unwrap();
}

#[tokio::test]
async fn what_changes_nothing_is_not_sent() {
    let world = world().await;
    let said = world.say(1, "hola").await;
    let thumb = NewReaction::new(said, "A", 1, "👍");
    assert!(world.react(thumb.clone().remove()).await.unwrap().event.is_none(), "it was not there");
    assert!(world.react(thumb.clone()).await.unwrap().event.is_some());
    assert!(world.react(thumb.clone()).await.unwrap().event.is_none());
    assert!(
        world.react(NewReaction::new(said, "A", 2, "👍")).await.unwrap().event.is_some(),
        "another user's is another"
    );
    assert!(world.react(thumb.remove()).await.unwrap().event.is_some());
    assert!(world.delete_message(DeleteMessage::new(said, 1)).await.unwrap().event.is_some());
    assert!(world.delete_message(DeleteMessage::new(said, 1)).await.unwrap().event.is_none());
    assert!(world.edit_message(EditMessage::new(said, 1, "no")).await.unwrap().event.is_none(), "a delete is final");
    assert_eq!(world.sent("b", "reaction", 3).await.len(), 3);
    world.close().await.unwrap();
}

/// Shows promise 9.
#[tokio::test]
async fn the_greatest_id_counts_in_whatever_order_changes_come_and_nothing_follows_a_delete() {
    let world = world().await;
    world.told("B", &[("message", message_of_b("uno"))]).await;
    let message = world.told_app().await.remove(0).id;
    let mut ids: Vec<Uuid> = (0..8).map(|_| unique()).collect();
    // Those of one millisecond are in no order.
    ids.sort_unstable();
    let edit = |text: &str| of_b(message, json!({"text": text}));
    let thumb = |remove: bool| of_b(message, json!({"ofPlatform": "B", "emoji": "👍", "remove": remove}));
    for (kind, id, body) in [
        ("edit", 3, edit("tercero")),
        ("edit", 2, edit("segundo")),
        ("reaction", 4, thumb(true)),
        ("reaction", 1, thumb(false)),
        ("reaction", 5, thumb(false)),
        // It has a smaller id than the edit, and wins all the same: wherever it came first no edit would have counted.
        ("delete", 0, of_b(message, json!({}))),
        ("edit", 6, edit("último")),
    ] {
        assert_eq!(world.brings("B", kind, ids[id], body.clone()).await, 200, "{kind}");
        assert_eq!(world.brings("B", kind, ids[id], body).await, 200, "again");
    }
    assert_eq!(world.words().await, ["edit tercero", "👍 off", "👍 on", "delete of B"]);
    let to_q = world.sent("q", "edit", 1).await;
    assert_eq!((texts(&to_q), world.sent("q", "reaction", 2).await.len()), (vec!["tercero"], 2), "nor does it go on");
    world.close().await.unwrap();
}

/// Shows promise 9.
#[tokio::test]
async fn what_comes_before_its_message_waits_for_it_and_is_reported_when_it_is_taken() {
    let world = world().await;
    world.told("B", &[("message", message_of_b("otro"))]).await;
    let (message, edit, thumb) = (unique(), unique(), unique());
    assert_eq!(world.brings("B", "edit", edit, of_b(message, json!({"text": "corregido"}))).await, 202);
    assert_eq!(
        world.brings("B", "reaction", thumb, of_b(message, json!({"ofPlatform": "B", "emoji": "👍"}))).await,
        202
    );
    assert_eq!(world.words().await, ["message otro"]);
    // In whatever form the message comes.
    assert_eq!(world.brings("B", "message", message, message_of_b("uno")).await, 200);
    assert_eq!(world.words().await, ["message uno", "edit corregido", "👍 on"]);
    let reported = |all: &[Request]| {
        sent(all, "b", "receipt")
            .into_iter()
            .find(|report| report.body["event"] == json!(edit) && report.body["to"] == "A")
    };
    assert_eq!(world.transport.wait_until(reported).await.body["state"], "delivered");
    world.close().await.unwrap();
}

#[tokio::test]
async fn after_ten_minutes_a_change_is_handed_over_without_its_message() {
    let clock = Arc::new(TestClock::at(now_ms()));
    let mut world = world_by(clock.clone()).await;
    let never = unique();
    assert_eq!(world.brings("B", "edit", unique(), of_b(never, json!({"text": "corregido"}))).await, 202);
    let looks = async |world: &World| {
        let ages = world.shared().ages.clone();
        world.shared().writer.run(move |job| handout::forget(job, &ages)).await.unwrap();
        world.words().await
    };
    clock.pass(590_000);
    assert_eq!(looks(&world).await, [""; 0]);
    // A stop does not end the waiting.
    let entries = json!([entry("B"), entry("C"), entry("P"), entry("Q")]);
    world.again(entries).await;
    assert_eq!(looks(&world).await, [""; 0]);
    clock.pass(20_000);
    assert_eq!(looks(&world).await, ["edit corregido"]);
    world.close().await.unwrap();
}

#[tokio::test]
async fn a_change_waits_for_its_room_as_its_message_does_and_comes_after_it() {
    let world = world().await;
    let (message, edit) = (unique(), unique());
    let in_room = |mut body: Value| {
        body["roomOriginalPlatform"] = json!("B");
        body["roomId"] = json!(9);
        body
    };
    assert_eq!(world.brings("B", "message", message, in_room(message_of_b("uno"))).await, 202);
    assert_eq!(world.brings("B", "edit", edit, in_room(of_b(message, json!({"text": "dos"})))).await, 202);
    let room = json!({"id": 9, "name": "Sala", "type": "public", "users": [], "platform": "B"});
    assert_eq!(world.brings("B", "room", unique(), room).await, 200);
    assert_eq!(world.words().await, ["message uno", "edit dos"]);
    world.close().await.unwrap();
}

/// Shows promise 7.
#[tokio::test]
async fn a_peer_changes_what_is_its_own_and_the_origin_of_a_room_deletes_what_is_in_it() {
    let mut world = world().await;
    let ours = world.say(1, "de A").await;
    assert_eq!(
        world.brings("B", "edit", unique(), of_b(ours, json!({"text": "no"}))).await,
        202,
        "of B there may be one"
    );
    assert_eq!(world.brings("B", "delete", unique(), of_b(ours, json!({"ofPlatform": "A"}))).await, 403);
    assert_eq!(world.brings("B", "delete", unique(), of_b(unique(), json!({"ofPlatform": "C"}))).await, 403);
    assert_eq!(
        world.brings("B", "reaction", unique(), of_b(unique(), json!({"ofPlatform": "A", "emoji": "x"}))).await,
        404
    );
    let theirs = unique();
    assert_eq!(world.brings("B", "message", theirs, message_of_b("de B")).await, 200);
    let kind = |result: crate::Result<crate::Receipt>| {
        result.map_err(|e| e.kind().as_str()).map(|receipt| receipt.event.is_some())
    };
    // What is remembered outlives a restart.
    world.again(json!([entry("B"), entry("C"), entry("P"), entry("Q")])).await;
    let edit = world.edit_message(EditMessage::new(theirs, 1, "no")).await;
    assert_eq!(kind(edit), Err("unknown_message"), "among the app's own there is none");
    let delete = DeleteMessage::new(theirs, 1).of_platform("B");
    assert_eq!(kind(world.delete_message(delete).await), Ok(true), "it is the room's origin");
    assert_eq!(world.sent("b", "delete", 1).await[0].body["ofPlatform"], "B");
    assert_eq!(world.brings("B", "edit", unique(), of_b(theirs, json!({"text": "no"}))).await, 200);
    assert_eq!(world.words().await, ["message de B"], "it is deleted");
    // In a room of B's own, B deletes what A wrote.
    let room = json!({"id": 2, "name": "Sala", "type": "public", "users": [], "platform": "B"});
    world.told("B", &[("room", room)]).await;
    let there = world.publish_message(NewMessage::new(ext("B:2"), 1, "hola")).await.unwrap().event.unwrap();
    let mut moderated = of_b(there, json!({"ofPlatform": "A"}));
    (moderated["roomOriginalPlatform"], moderated["roomId"]) = (json!("B"), json!(2));
    assert_eq!(world.brings("B", "delete", unique(), moderated).await, 200);
    assert_eq!(world.words().await, ["delete of A"]);
    assert!(world.edit_message(EditMessage::new(there, 1, "no")).await.unwrap().event.is_none());
    world.close().await.unwrap();
}

/// Shows promise 8.
#[tokio::test]
async fn a_gateway_reports_what_the_platform_behind_it_has_no_word_for() {
    let world = world().await;
    let (message, delete) = (unique(), unique());
    assert_eq!(world.brings("B", "message", message, message_of_b("uno")).await, 200);
    assert_eq!(world.brings("B", "delete", delete, of_b(message, json!({}))).await, 200);
    let of = |to: &'static str| {
        move |all: &[Request]| {
            sent(all, "b", "receipt").into_iter().find(|r| r.body["event"] == json!(delete) && r.body["to"] == to)
        }
    };
    assert_eq!(world.transport.wait_until(of("P")).await.body["state"], "unsupported");
    assert_eq!(world.transport.wait_until(of("Q")).await.body["state"], "delivered");
    // The same told of an event of the app's own.
    let said = world.say(1, "hola").await;
    let gone = world.delete_message(DeleteMessage::new(said, 1)).await.unwrap().event.unwrap();
    world
        .eventually("it is at B", async |world| {
            world.delivery(gone, "B").await.is_some_and(|told| told.state == DeliveryState::Delivered)
        })
        .await;
    let report = json!({"platform": "B", "event": gone, "of": "A", "to": "B", "state": "unsupported"});
    world.told("B", &[("receipt", report)]).await;
    assert_eq!(world.state_at(gone, "B").await, Some(DeliveryState::Unsupported));
    assert_eq!(world.dead().await, [""; 0]);
    world.close().await.unwrap();
}

#[tokio::test]
async fn of_a_node_of_which_it_is_not_known_what_it_takes_that_is_asked_first() {
    let world = world().await;
    let said = world.say(1, "hola").await;
    world.sent("b", "message", 1).await;
    world.eventually("nothing is under way", async |world| world.waiting("B").await == 0).await;
    // As in a store of 0.1.
    let b = world.num("B");
    let forget = world.shared().writer.run(move |job| {
        let mut row = job.directory().platform(b).cloned().unwrap();
        row.kinds = None;
        job.put_platform(row)
    });
    forget.await.unwrap();
    world.delete_message(DeleteMessage::new(said, 1)).await.unwrap();
    assert_eq!(world.sent("b", "delete", 1).await.len(), 1);
    world.close().await.unwrap();
}
