//! How requests come: again, many at once, and answered in time.

use std::time::{Duration, Instant};

use super::check::Place;
use super::gateway::Signed;
use super::trial::{Post, Trial, event_id};

/// That many rooms of one platform may have a request under way at once.
const ROOMS: usize = 8;
const MESSAGES: usize = 10;
/// How long one of these messages is posted again while the answer is 429.
const BURST: Duration = Duration::from_secs(30);

pub(super) async fn takes_the_same_again(t: &Trial) -> Vec<Place> {
    let id = t.new_id();
    let text = "conform: posted three times under one id, to be seen once";
    let posts = [t.user(&id, "conform repeated"), t.public_room(&id, "conform repeated"), t.message(text)];
    let mut places = Vec::new();
    for post in posts {
        if t.take(&post, Signed::Well).await.is_err() {
            continue;
        }
        // Once at once, and once after something else.
        let mut again = t.take(&post, Signed::Well).await;
        if again.is_ok() && t.take(&t.message("conform: in between"), Signed::Well).await.is_ok() {
            again = t.take(&post, Signed::Well).await;
        }
        places.extend(again.err().map(|saw| post.place(format!("{saw}, to a `webhook-id` that it had taken"))));
    }
    places
}

pub(super) async fn takes_eight_rooms_at_once(t: &Trial) -> Vec<Place> {
    let rooms: Vec<_> = (0..ROOMS).map(|_| t.new_id()).collect();
    for (n, room) in rooms.iter().enumerate() {
        if t.take(&t.public_room(room, &format!("conform at once {}", n + 1)), Signed::Well).await.is_err() {
            return Vec::new();
        }
    }
    let lane = |room| async move {
        for n in 1..=MESSAGES {
            let message = t.message_in(room, &t.writer(), &format!("conform: {n} of {MESSAGES}"));
            if let Err(saw) = in_a_burst(t, &message).await {
                return Some(saw);
            }
        }
        None
    };
    let [a, b, c, d, e, f, g, h] = &rooms[..] else { return Vec::new() };
    let found = tokio::join!(lane(a), lane(b), lane(c), lane(d), lane(e), lane(f), lane(g), lane(h));
    let found = [found.0, found.1, found.2, found.3, found.4, found.5, found.6, found.7];
    let failed = found.iter().flatten().count();
    let saw = found.into_iter().flatten().next();
    saw.map(|saw| Place::new("POST message", None, format!("{saw} in {failed} of {ROOMS} rooms"))).into_iter().collect()
}

/// At once, or after as many a 429 as fit into [`BURST`], by which a platform may ask for less.
async fn in_a_burst(t: &Trial, post: &Post) -> Result<(), String> {
    let began = Instant::now();
    loop {
        match t.once(post, post.body.to_string().as_bytes(), Signed::Well).await {
            Ok(answer) if answer.is_good() => return Ok(()),
            Ok(answer) if answer.status == 429 && began.elapsed() < BURST => {
                let asked = Duration::from_secs(answer.retry_after.unwrap_or(1).min(10));
                tokio::time::sleep(asked.max(Duration::from_millis(100))).await;
            }
            Ok(answer) => return Err(answer.told()),
            Err(e) => return Err(e.why),
        }
    }
}

pub(super) async fn answers_a_ping(t: &Trial) -> Vec<Place> {
    let (answer, _) = t.gateway.ask("ping", &event_id(), None, Signed::Well).await;
    match answer {
        Ok(_) => Vec::new(),
        Err(e) => vec![Place::new("GET ping", None, e.why)],
    }
}

/// Of all that was asked before: a third of the time that a gateway waits.
pub(super) async fn answers_soon(t: &Trial) -> Vec<Place> {
    let (took, what) = t.slowest();
    // What never came is said where it was asked for.
    if took < t.limit / 3 || took >= t.limit {
        return Vec::new();
    }
    let limit = t.limit.as_secs();
    vec![Place::new(
        what,
        None,
        format!("answered after {:.1} s; a gateway gives up after {limit} s", took.as_secs_f64()),
    )]
}
