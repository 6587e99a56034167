//! What the platform posts to its gateway, once somebody writes there.

use super::check::Place;
use super::listen::{Listening, Seen, messages};
use super::trial::{CONFORM, Trial};

fn place(seen: &Seen, field: Option<&'static str>, saw: impl Into<String>) -> Place {
    Place::new(format!("its POST {}", seen.path), field, saw)
}

fn listening(t: &Trial) -> Option<&Listening> {
    t.listening.as_ref()
}

/// All posts that fail so, as one place for each endpoint.
fn first(t: &Trial, field: Option<&'static str>, mut wrong: impl FnMut(&Seen) -> Option<String>) -> Vec<Place> {
    let mut places: Vec<Place> = Vec::new();
    for seen in listening(t).map(Listening::seen).unwrap_or_default() {
        let Some(saw) = wrong(&seen) else { continue };
        let place = place(&seen, field, saw);
        if places.iter().all(|p| p.endpoint != place.endpoint) {
            places.push(place);
        }
    }
    places
}

pub(super) async fn come(t: &Trial) -> Vec<Place> {
    let Some(listening) = listening(t) else { return Vec::new() };
    let (came, expected) = listening.collect().await;
    if came >= expected {
        return Vec::new();
    }
    let saw = format!("{came} of {expected} came to http://{}/", listening.address);
    vec![Place::new("its POST message", None, saw)]
}

pub(super) async fn are_json(t: &Trial) -> Vec<Place> {
    first(t, None, |seen| (seen.status == 415).then(|| seen.words.clone()))
}

pub(super) async fn hold_the_token(t: &Trial) -> Vec<Place> {
    first(t, Some("token"), |seen| (seen.status == 401).then(|| seen.words.clone()))
}

pub(super) async fn have_right_fields(t: &Trial) -> Vec<Place> {
    first(t, None, |seen| matches!(seen.status, 400 | 413).then(|| seen.words.clone()))
}

pub(super) async fn speak_for_own_users(t: &Trial) -> Vec<Place> {
    // What is sent back is another check's matter.
    first(t, None, |seen| (seen.status == 403 && !is_echo(t, seen)).then(|| seen.words.clone()))
}

pub(super) async fn send_nothing_back(t: &Trial) -> Vec<Place> {
    first(t, None, |seen| is_echo(t, seen).then(|| "is what was posted to it a moment ago".into()))
}

fn is_echo(t: &Trial, seen: &Seen) -> bool {
    let (users, rooms) = t.made();
    let body = &seen.body;
    match seen.path.as_str() {
        "message" => body["text"].as_str().is_some_and(|text| !text.is_empty() && t.wrote(text)),
        "user" => users.contains(&body["id"]) && body["name"].as_str().is_some_and(|n| n.starts_with(CONFORM)),
        _ => {
            let of_conform = body["roomOriginalPlatform"].is_null() && rooms.contains(&body["id"]);
            of_conform && body["name"].as_str().is_some_and(|n| n.starts_with(CONFORM))
        }
    }
}

pub(super) async fn have_a_key(t: &Trial) -> Vec<Place> {
    first(t, None, |seen| {
        (seen.status != 401 && seen.key.is_none()).then(|| "there is no header `Idempotency-Key`".into())
    })
}

/// The message that was put off, and what came after it.
fn put_off(t: &Trial) -> Option<(Seen, Vec<Seen>)> {
    let seen = listening(t)?.seen();
    let at = seen.iter().position(|s| s.path == "message" && s.answered == 503)?;
    Some((seen[at].clone(), seen[at + 1..].to_vec()))
}

fn says_the_same(one: &Seen, other: &Seen) -> bool {
    let says = |s: &Seen| ["roomOriginalPlatform", "roomId", "senderId", "text"].map(|f| s.body[f].clone());
    says(one) == says(other)
}

pub(super) async fn come_again(t: &Trial) -> Vec<Place> {
    let Some((first, after)) = put_off(t) else { return Vec::new() };
    if messages(&after).iter().any(|s| says_the_same(&first, s)) {
        return Vec::new();
    }
    vec![place(&first, None, "was answered 503 with `Retry-After: 1`, and did not come again")]
}

pub(super) async fn keep_their_key(t: &Trial) -> Vec<Place> {
    let Some((first, after)) = put_off(t) else { return Vec::new() };
    match messages(&after).into_iter().find(|s| says_the_same(&first, s)) {
        Some(again) if again.key != first.key => {
            vec![place(&first, None, "came again, after a 503, under another `Idempotency-Key`")]
        }
        _ => Vec::new(),
    }
}
