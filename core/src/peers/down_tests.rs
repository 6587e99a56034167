//! Who is down, why, since when and until when: what the status and the log say of it.

use std::sync::atomic::{AtomicBool, AtomicU16, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::SystemTime;

use serde_json::json;
use uuid::Uuid;

use crate::testing::{Stage, entry};
use crate::transport::scripted::{Reply, Scripted};
use crate::util::event_id::unique;
use crate::util::logged::logged;
use crate::wire::write;
use crate::{PlatformStatus, RoomKind};

/// The node of the app `Norte` beside the plain platform `legacy`, which answers messages, or everything, with these statuses
/// (0: well), and the node `Sur`, which hosts `sureño` and is away while its status is not 0.
struct Played {
    messages: AtomicU16,
    all: AtomicU16,
    sur: AtomicU16,
}

async fn stage() -> (Stage, Arc<Played>) {
    static STORE: LazyLock<Uuid> = LazyLock::new(unique);
    let played = Arc::new(Played { messages: 0.into(), all: 0.into(), sur: 0.into() });
    let here = played.clone();
    let network = Scripted::new(move |request| {
        let of = |status: &AtomicU16| Some(status.load(Ordering::Relaxed)).filter(|status| *status != 0);
        match (request.endpoint.host_str().unwrap(), request.path) {
            ("sur", _) if of(&here.sur).is_some() => Reply::unreachable(),
            ("sur", "ping") => Reply::json(200, write::pong("Sur", &["sureño"], *STORE, false, None)),
            ("sur", "batch") => Reply::batch(request, 200),
            ("legacy", _) if of(&here.all).is_some() => Reply::status(of(&here.all).unwrap()),
            ("legacy", "ping") => Reply::json(404, "{}"),
            ("legacy", "message") => Reply::status(of(&here.messages).unwrap_or(200)),
            (_, "users" | "platforms") => Reply::json(200, "[]"),
            _ => Reply::status(200),
        }
    });
    let stage = Stage::open("Norte", json!([entry("Sur"), entry("legacy")]), network).await;
    let known = async |stage: &Stage| stage.kind("legacy").await == "plain" && stage.kind("Sur").await == "node";
    stage.eventually("it is known what they are", known).await;
    stage.publish_user(1, "Ana").await.unwrap();
    stage.room(1, RoomKind::Public, &[]).await;
    let told = async |stage: &Stage| stage.waiting("legacy").await == 0 && stage.up("legacy").await == Some(true);
    stage.eventually("it has all", told).await;
    (stage, played)
}

async fn of(stage: &Stage, name: &str) -> PlatformStatus {
    stage.platform(name).await.unwrap_or_else(|| panic!("{name} is not in the status"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_platform_that_answers_500_to_everything_is_down_and_the_status_says_why_since_when_and_when_it_is_tried() {
    let (stage, played) = stage().await;
    played.all.store(500, Ordering::Relaxed);
    let before = SystemTime::now();
    stage.say(1, "hola").await;
    stage.eventually("it is down", async |stage: &Stage| of(stage, "legacy").await.up == Some(false)).await;
    let told = async |stage: &Stage| of(stage, "legacy").await.next_try.is_some();
    stage.eventually("it is known when it is tried next", told).await;
    let found = of(&stage, "legacy").await;
    assert!(found.last_error.as_deref().is_some_and(|why| why.contains("500")), "{found:?}");
    assert!(found.since.is_some_and(|since| since >= before), "{found:?}");

    played.all.store(0, Ordering::Relaxed);
    stage.node.peers().heard(stage.num("legacy"));
    stage.eventually("it has it", async |stage: &Stage| of(stage, "legacy").await.waiting == 0).await;
    let well = async |stage: &Stage| {
        let found = of(stage, "legacy").await;
        (found.up, found.last_error, found.next_try) == (Some(true), None, None)
    };
    stage.eventually("nothing is said of it any more", well).await;
    stage.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_platform_that_answers_all_but_a_message_is_up_and_the_status_says_why_that_waits() {
    let (stage, played) = stage().await;
    played.messages.store(500, Ordering::Relaxed);
    stage.say(1, "hola").await;
    let rests = async |stage: &Stage| of(stage, "legacy").await.last_error.is_some();
    stage.eventually("it rests", rests).await;
    let found = of(&stage, "legacy").await;
    assert_eq!((found.up, found.waiting), (Some(true), 1), "{found:?}");
    assert!(found.last_error.as_deref().is_some_and(|why| why.starts_with("500")), "{found:?}");
    stage.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn another_cause_while_it_is_down_is_in_the_log_and_the_same_cause_is_not() {
    // How often a line is written of one platform is counted for the whole process: so this one has no other test.
    let hangs = Arc::new(AtomicBool::new(false));
    let network = {
        let hangs = hangs.clone();
        Scripted::new(move |_| if hangs.load(Ordering::Relaxed) { Reply::never() } else { Reply::unreachable() })
    };
    let stage = Stage::open("Norte", json!([entry("apagado")]), network.clone()).await;
    let (peers, num) = (stage.node.peers(), stage.num("apagado"));
    stage.eventually("it is down", async |stage: &Stage| of(stage, "apagado").await.up == Some(false)).await;
    // From here on the node's own tries find nothing out.
    hangs.store(true, Ordering::Relaxed);
    network.request(network.requests().len()).await;
    peers.is_up(num);
    let lines = logged(|| {
        peers.is_down(num, "connection refused");
        peers.is_down(num, "connection refused");
        peers.is_down(num, "503 in maintenance");
        peers.is_down(num, "503 in maintenance, still");
    });
    // That it is down was said at the beginning, and once more is not said within the minute. No words of others are.
    assert_eq!(lines, ["still down, by now since: 503"]);
    assert!(of(&stage, "apagado").await.last_error.is_some_and(|why| why.contains("maintenance")));
    stage.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_platform_behind_a_node_that_is_down_is_down_too() {
    let (stage, played) = stage().await;
    assert_eq!(of(&stage, "sureño").await.up, None, "only the node that hosts it knows");
    played.sur.store(1, Ordering::Relaxed);
    assert!(crate::peers::ping::ping(stage.node.peers(), stage.num("Sur")).await.is_err());
    let found = of(&stage, "sureño").await;
    assert_eq!(found.up, Some(false), "{found:?}");
    assert!(found.last_error.is_some_and(|why| why.contains("Sur")));
    stage.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_is_told_why_a_platform_is_down_and_not_of_one_that_has_left_the_registry() {
    let (mut stage, played) = stage().await;
    played.all.store(500, Ordering::Relaxed);
    stage.say(1, "hola").await;
    let noted = async |stage: &Stage| {
        let rows = stage.node.shared().store.contacts().unwrap();
        rows.iter().any(|row| row.error.as_deref().is_some_and(|why| why.contains("500")) && row.next_try.is_some())
    };
    stage.eventually("it is noted", noted).await;
    let admin = stage.admin().await;
    let of_admin = async |admin: &crate::Node, name: &str| {
        let status = admin.status().await.unwrap();
        status.platforms.into_iter().find(|platform| &*platform.name == name)
    };
    let found = of_admin(&admin, "legacy").await.unwrap();
    assert!(found.last_error.is_some_and(|why| why.contains("500")) && found.up == Some(false));
    admin.close().await.unwrap();

    played.all.store(0, Ordering::Relaxed);
    stage.again(json!([entry("legacy")])).await;
    let noted = async |stage: &Stage| stage.node.shared().store.contacts().unwrap().iter().any(|row| !row.is_lane);
    stage.eventually("it is noted that it has left", noted).await;
    let admin = stage.admin().await;
    assert!(of_admin(&admin, "Sur").await.is_none());
    assert!(of_admin(&admin, "legacy").await.is_some());
    admin.close().await.unwrap();
    stage.close().await.unwrap();
}
