//! Whatever people write, in names and in texts, up to the limits.

use super::check::Place;
use super::gateway::Signed;
use super::trial::Trial;
use serde_json::json;

/// Characters of a name.
const LONGEST_NAME: usize = 255;
/// Bytes of a text.
const LONGEST_TEXT: usize = 256 << 10;

pub(super) async fn takes_emoji(t: &Trial) -> Vec<Place> {
    in_all_words(t, "conform 👍🏽 👩‍👩‍👧‍👦 🇦🇷 𝒶").await
}

pub(super) async fn takes_scripts_from_right_to_left(t: &Trial) -> Vec<Place> {
    in_all_words(t, "conform שלום مرحبا \u{202e}abc\u{202c}").await
}

pub(super) async fn takes_combining_marks(t: &Trial) -> Vec<Place> {
    in_all_words(t, "conform n\u{303}andu\u{301} Z\u{351}\u{36b}\u{343}a\u{321}lgo क्षि").await
}

pub(super) async fn takes_control_characters(t: &Trial) -> Vec<Place> {
    let controls: String = (1..32).chain([127, 0x85, 0x2028, 0xfeff]).filter_map(char::from_u32).collect();
    in_all_words(t, &format!("conform {controls}.")).await
}

pub(super) async fn takes_quotes(t: &Trial) -> Vec<Place> {
    in_all_words(t, r#"conform '; -- " \ \n <b onclick=x>&amp;</b> {{7*7}} ${7} %s %00"#).await
}

/// The name of a user, the name of a room, the text of a message.
async fn in_all_words(t: &Trial, words: &str) -> Vec<Place> {
    let id = t.new_id();
    t.taken([t.user(&id, words).about("name"), t.public_room(&id, words).about("name"), t.message(words).about("text")])
        .await
}

pub(super) async fn takes_long_names(t: &Trial) -> Vec<Place> {
    let id = t.new_id();
    let name = format!("conform {}", "ñ".repeat(LONGEST_NAME - 8));
    t.taken([t.user(&id, &name).about("name"), t.public_room(&id, &name).about("name")]).await
}

pub(super) async fn takes_long_texts(t: &Trial) -> Vec<Place> {
    let mut text = String::from("conform: 256 KiB ");
    while text.len() < LONGEST_TEXT - 4 {
        text.push_str("ñandú ");
    }
    while text.len() > LONGEST_TEXT {
        text.pop();
    }
    t.taken([t.message(&text).about("text")]).await
}

pub(super) async fn takes_long_attachments(t: &Trial) -> Vec<Place> {
    let data = json!([{"kind": "file", "data": "QUJD".repeat(175_000), "name": "conform.bin"}]);
    t.taken([t.message("conform: with 700 KB of base64").with("attachments", data)]).await
}

/// The same JSON, written otherwise.
pub(super) async fn takes_json_in_any_form(t: &Trial) -> Vec<Place> {
    let id = t.new_id();
    let posts = [
        t.user(&id, "conform \\u00f1and\\u00fa \\ud83d\\udc4d").about("name"),
        t.public_room(&id, "conform \\u00f1and\\u00fa").about("name"),
        t.message("conform: \\u00f1and\\u00fa \\ud83d\\udc4d").about("text"),
    ];
    let mut places = Vec::new();
    for post in posts {
        // Escapes stay escapes, and there is space between all.
        let body = format!("{:#}", post.body).replace("\\\\u", "\\u");
        places.extend(t.take_bytes(&post, body.as_bytes(), Signed::Well).await.err().map(|saw| post.place(saw)));
    }
    places
}
