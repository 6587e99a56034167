//! Platforms that are gone for good.

use serde_json::json;

use crate::testing::{Stage, entry, members, nobody, via};
use crate::{DeadLetterFilter, DeliveryState, ErrorKind, RoomKind};

#[tokio::test(flavor = "multi_thread")]
async fn a_platform_that_left_the_registry_is_forgotten_with_what_waits_for_it_and_is_new_when_it_comes_back() {
    let mut stage = Stage::open("Norte", json!([entry("Sur"), entry("GWT_CAHT")]), nobody()).await;
    stage.publish_user(1, "Ana").await.unwrap();
    stage.room(1, RoomKind::Private, &[("Norte", &[1]), ("GWT_CAHT", &[4])]).await;
    let event = stage.say(1, "hola").await;
    let named = stage.forget("GWT_CAHT").await.unwrap_err();
    assert_eq!(named.kind(), ErrorKind::Conflict, "{named}");
    assert!(named.to_string().contains("registry file"), "{named}");

    stage.again(json!([entry("Sur")])).await;
    assert_eq!(stage.waiting("GWT_CAHT").await, 3, "it may come back");
    let forgotten = stage.forget("gwt_caht").await.unwrap();
    assert_eq!((forgotten.waiting, forgotten.dead), (3, 0), "a user, a room, a message");
    assert!(stage.platform("GWT_CAHT").await.is_none());
    assert!(stage.node.dead_letters(&DeadLetterFilter::All).await.unwrap().is_empty());
    let delivery = stage.delivery(event, "GWT_CAHT").await.unwrap();
    assert_eq!(delivery.state, DeliveryState::Dead, "{delivery:?}");
    assert!(delivery.why.is_some_and(|why| why.contains("forget")));
    assert!(stage.waiting("Sur").await > 0, "nothing of others is touched");

    stage.again(json!([entry("Sur"), entry("GWT_CAHT")])).await;
    stage.publish_room(2, "otra", RoomKind::Private, members(&[("Norte", &[1]), ("GWT_CAHT", &[4])])).await.unwrap();
    assert!(stage.waiting("GWT_CAHT").await > 0);
    stage.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn itself_one_that_another_node_hosts_and_one_that_nobody_knows_are_not_forgotten() {
    let stage = Stage::open("Norte", json!([entry("Sur"), via("sureño", "Sur")]), nobody()).await;
    for (name, kind) in
        [("Norte", ErrorKind::Conflict), ("sureño", ErrorKind::Conflict), ("Nadie", ErrorKind::UnknownPlatform)]
    {
        assert_eq!(stage.forget(name).await.unwrap_err().kind(), kind, "{name}");
    }
    stage.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_forgets_beside_the_node_but_not_what_is_in_its_registry() {
    let mut stage = Stage::open("Norte", json!([entry("Sur"), entry("GWT_CAHT")]), nobody()).await;
    stage.publish_user(1, "Ana").await.unwrap();
    stage.again(json!([entry("Sur")])).await;
    let sur = stage.num("Sur");
    let noted = async |stage: &Stage| {
        let rows = stage.node.shared().store.contacts().unwrap();
        rows.iter().any(|row| row.platform == sur && row.is_lane) && rows.iter().any(|row| !row.is_lane)
    };
    stage.eventually("it is noted who has a lane", noted).await;
    let admin = stage.admin().await;
    assert_eq!(admin.forget("Sur").await.unwrap_err().kind(), ErrorKind::Conflict);
    assert_eq!(admin.forget("GWT_CAHT").await.unwrap().waiting, 1);
    let status = admin.status().await.unwrap();
    assert!(status.platforms.iter().all(|platform| &*platform.name != "GWT_CAHT"), "{status:?}");
    admin.close().await.unwrap();
    stage.eventually("the node sees it", async |stage: &Stage| stage.platform("GWT_CAHT").await.is_none()).await;
    stage.close().await.unwrap();
}
