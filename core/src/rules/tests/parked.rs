//! What waits for a room that nobody announced.

use super::*;

/// What a peer was told of messages by this node of itself; of the platforms that it hosts there are others.
fn of_itself(requests: &[Request]) -> Vec<Sent> {
    let mut receipts = sent(requests, "b", "receipt");
    receipts.retain(|receipt| receipt.body["to"] == "A");
    receipts
}

#[tokio::test]
async fn what_a_node_brought_before_its_room_was_announced_is_taken_in_whoever_announces_the_room() {
    let network = [("b", node("B")), ("c", node("C")), ("p", plain())];
    let world = World::open(json!([entry("B"), entry("C"), entry("P")]), &network).await;
    world.are_known(&[("B", "node"), ("C", "node"), ("P", "plain")]).await;
    for (told, origin) in ["A", "P", "C"].into_iter().enumerate() {
        let message =
            json!({"roomOriginalPlatform": origin, "roomId": 7, "senderId": 1, "text": origin, "platform": "B"});
        world.told("B", &[("message", message)]).await;
        assert_eq!(of_itself(&world.transport.requests()).len(), told, "it waits for the room of {origin}");
        let room = json!({"id": 7, "name": "Sala", "type": "public", "users": []});
        match origin {
            "A" => world.room(7, RoomKind::Public, &[]).await,
            "P" => {
                let mut room = room;
                room["token"] = json!(token("P"));
                let request = http::Request::post("/room").body(Bytes::from(room.to_string())).unwrap();
                assert_eq!(world.handle(request).await.status(), 200);
            }
            node => {
                let mut room = room;
                room["platform"] = json!(node);
                world.told(node, &[("room", room)]).await;
            }
        }
        let all = |all: &[Request]| Some(of_itself(all)).filter(|receipts| receipts.len() > told);
        let receipts = world.transport.wait_until(all).await;
        assert_eq!(receipts[told].body["state"], "delivered", "{origin}: {receipts:#?}");
        let said = world.sent("p", "message", told + 1).await;
        assert_eq!(said[told].body["text"], origin);
    }
    world.close().await.unwrap();
}
