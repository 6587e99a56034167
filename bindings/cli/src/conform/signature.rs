//! Who may speak: what is signed with the token, and nothing else.

use super::check::Place;
use super::gateway::Signed;
use super::trial::Trial;

pub(super) async fn refuses_what_is_not_signed(t: &Trial) -> Vec<Place> {
    refuses(t, Signed::Not).await
}

pub(super) async fn refuses_another_token(t: &Trial) -> Vec<Place> {
    refuses(t, Signed::Wrong).await
}

pub(super) async fn refuses_what_is_old(t: &Trial) -> Vec<Place> {
    refuses(t, Signed::LongAgo).await
}

async fn refuses(t: &Trial, signed: Signed) -> Vec<Place> {
    let id = t.new_id();
    let name = "conform, of nobody who may speak";
    let mut places = Vec::new();
    if let Ok(answer) = t.get_users(signed).await
        && answer.is_good()
    {
        places.push(Place::new("GET users", None, answered(answer.status)));
    }
    for post in [t.user(&id, name), t.public_room(&id, name), t.message("conform: of nobody who may speak")] {
        if let Ok(answer) = t.once(&post, post.body.to_string().as_bytes(), signed).await
            && answer.is_good()
        {
            places.push(post.place(answered(answer.status)));
        }
    }
    places
}

fn answered(status: u16) -> String {
    format!("answered {status}")
}

/// While a token changes there are two; one that verifies is enough.
pub(super) async fn takes_one_of_several_signatures(t: &Trial) -> Vec<Place> {
    let message = t.message("conform: signed twice, as while a token changes");
    t.take(&message, Signed::Twice).await.err().map(|saw| message.place(saw)).into_iter().collect()
}
