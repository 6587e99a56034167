//! The page: the files of this app, and those of the page that the chats share, all inside the binary.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::App;

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

pub(super) async fn index(State(app): State<Arc<App>>) -> Response {
    serve(&app, OWN, "index.html")
}

pub(super) async fn own(State(app): State<Arc<App>>, Path(name): Path<String>) -> Response {
    serve(&app, OWN, &name)
}

pub(super) async fn shared(State(app): State<Arc<App>>, Path(name): Path<String>) -> Response {
    serve(&app, SHARED, &name)
}

/// What the page may do, and whose pages may show it in a frame.
pub(super) fn policy(framed_by: Option<&str>) -> String {
    let frame = framed_by.unwrap_or("'none'");
    format!(
        "default-src 'self'; img-src 'self' http: https: data: blob:; media-src 'self' http: https: data:; \
         connect-src 'self' ws: wss:; frame-ancestors {frame}; form-action 'none'; base-uri 'none'"
    )
}

fn serve(app: &App, files: &[(&str, &'static str)], wanted: &str) -> Response {
    let Some((name, text)) = files.iter().find(|(name, _)| *name == wanted) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let kind = match name.rsplit('.').next() {
        Some("js") => "text/javascript",
        Some("css") => "text/css",
        Some("svg") => "image/svg+xml",
        _ => "text/html",
    };
    let headers = [
        (header::CONTENT_TYPE, format!("{kind}; charset=utf-8")),
        (header::CACHE_CONTROL, "no-cache".into()),
        (header::CONTENT_SECURITY_POLICY, app.policy.clone()),
        (header::REFERRER_POLICY, "same-origin".into()),
    ];
    (headers, *text).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_shows_the_page_in_a_frame_unless_it_was_told_who_may() {
        assert!(policy(None).contains("; frame-ancestors 'none';"));
        assert!(policy(Some("http://127.0.0.1:4999")).contains("; frame-ancestors http://127.0.0.1:4999;"));
        assert_eq!(crate::origin("https://chat.example:8443").unwrap(), "https://chat.example:8443");
        for wrong in
            ["*", "127.0.0.1:4999", "http://", "http://a/b", "http://a; script-src *", "http://a b", "file://a"]
        {
            assert!(crate::origin(wrong).is_err(), "{wrong}");
        }
    }

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
