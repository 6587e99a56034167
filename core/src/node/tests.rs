//! What an app gives as an argument, and what it is told of it.

use serde_json::json;

use crate::testing::{Stage, entry, nobody};
use crate::{BindKind, DeadLetterFilter, ErrorKind, ExternalId, Result};

#[tokio::test(flavor = "multi_thread")]
async fn whatever_names_a_platform_that_nobody_knows_is_told_so() {
    let stage = Stage::open("Norte", json!([entry("Sur")]), nobody()).await;
    let nobody = || DeadLetterFilter::Platform("Zur".into());
    let external = ExternalId::new("Zur", 1);
    let errors = [
        ("users", stage.users(Some("Zur")).map(drop)),
        ("local_id", stage.local_id(BindKind::Room, &external).map(drop)),
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
