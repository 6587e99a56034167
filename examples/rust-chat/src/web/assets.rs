//! The page: the files of this app, and those of the page that the chats share, all inside the binary.

use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

/// A file of the page, by its name.
macro_rules! files {
    ($folder:literal: $($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!($folder, $name)))),*]
    };
}

const OWN: &[(&str, &str)] = files!("../../page/": "app.js", "icon.svg", "index.html", "theme.css", "websocket.js");
const SHARED: &[(&str, &str)] = files!(
    "../../../page/": "changes.js", "chat.js", "colours.js", "composer.js", "connection.js", "conversation.js", "dates.js", "dialogs.js",
    "dom.js", "files.js", "http.js", "info.js", "kept.js", "list.js", "markup.js", "menu.js", "message.js", "notice.js", "order.js", "outbox.js", "page.css",
    "pane.js", "state.js", "text.js", "ticks.js",
);

pub(super) async fn index() -> Response {
    serve(OWN, "index.html")
}

pub(super) async fn own(Path(name): Path<String>) -> Response {
    serve(OWN, &name)
}

pub(super) async fn shared(Path(name): Path<String>) -> Response {
    serve(SHARED, &name)
}

fn serve(files: &[(&str, &'static str)], wanted: &str) -> Response {
    let Some((name, text)) = files.iter().find(|(name, _)| *name == wanted) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let kind = match name.rsplit('.').next() {
        Some("js") => "text/javascript",
        Some("css") => "text/css",
        Some("svg") => "image/svg+xml",
        _ => "text/html",
    };
    let policy = "default-src 'self'; img-src 'self' http: https: data: blob:; media-src 'self' http: https: data:; \
                  connect-src 'self' ws: wss:; frame-ancestors 'none'; form-action 'none'; base-uri 'none'";
    let headers = [
        (header::CONTENT_TYPE, format!("{kind}; charset=utf-8")),
        (header::CACHE_CONTROL, "no-cache".into()),
        (header::CONTENT_SECURITY_POLICY, policy.into()),
        (header::REFERRER_POLICY, "same-origin".into()),
    ];
    (headers, *text).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_the_shared_page_is_served() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../page");
        let mut there: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|file| file.unwrap().file_name().into_string().unwrap())
            .filter(|name| name != "README.md" && name != "package.json")
            .collect();
        there.sort();
        let served: Vec<&str> = SHARED.iter().map(|(name, _)| *name).collect();
        assert_eq!(served, there);
    }
}
