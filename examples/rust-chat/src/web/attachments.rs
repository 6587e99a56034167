//! Images and sounds: what the page sends, and their bytes when it shows them.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use integrador::{Attachment, AttachmentKind};
use serde::Deserialize;

use super::{Answer, App, Me, NOT_THERE, Refused};

/// An image goes inside the message, whose limit is 1 MiB; base64 makes three bytes four.
pub(super) const MAX_BYTES: usize = 700 << 10;

/// What the page attaches: the address of an image, or the bytes in base64.
#[derive(Deserialize)]
pub(super) struct Upload {
    url: Option<String>,
    data: Option<String>,
    mime: Option<String>,
    name: Option<String>,
}

impl Upload {
    /// The attachment that goes with the message.
    pub(super) fn accept(self) -> Answer<Attachment> {
        let wrong = Refused(StatusCode::BAD_REQUEST, "El archivo no se puede leer.");
        let mime = self.mime.unwrap_or_default();
        let kind = match mime.split('/').next() {
            Some("image") => AttachmentKind::Image,
            Some("audio") => AttachmentKind::Audio,
            _ => AttachmentKind::File,
        };
        match (self.url, self.data) {
            (Some(url), None) if url.starts_with("https://") || url.starts_with("http://") => Ok(Attachment {
                kind: AttachmentKind::Image,
                url: Some(url),
                data: None,
                mime: None,
                name: self.name,
                size: None,
            }),
            (None, Some(data)) => {
                let bytes = STANDARD.decode(&data).map_err(|_| wrong)?;
                if bytes.len() > MAX_BYTES {
                    return Err(Refused(
                        StatusCode::PAYLOAD_TOO_LARGE,
                        "El archivo es demasiado grande: hasta 700 KB.",
                    ));
                }
                let size = Some(bytes.len() as u64);
                Ok(Attachment { kind, url: None, data: Some(data), mime: Some(mime), name: self.name, size })
            }
            _ => Err(wrong),
        }
    }
}

/// The bytes of an attachment. What a browser could run as a page of ours is only ever offered for saving.
pub(super) async fn file(
    State(app): State<Arc<App>>,
    me: Me,
    Path((message, number)): Path<(i64, usize)>,
) -> Answer<Response> {
    let found = app.db.message(message)?.ok_or(NOT_THERE)?;
    me.conversation(&app, found.conversation)?;
    let attachment = app.db.attachments(message)?.into_iter().nth(number).ok_or(NOT_THERE)?;
    let bytes = STANDARD.decode(attachment.data.unwrap_or_default()).map_err(|_| NOT_THERE)?;
    let mime = attachment.mime.unwrap_or_default();
    let shown = matches!(&*mime, "image/png" | "image/jpeg" | "image/gif" | "image/webp") || mime.starts_with("audio/");
    let (mime, disposition) = if shown { (mime, "inline") } else { ("application/octet-stream".into(), "attachment") };
    let headers = [
        (header::CONTENT_TYPE, mime),
        (header::CONTENT_DISPOSITION, disposition.into()),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".into()),
        (header::CACHE_CONTROL, "private, max-age=31536000, immutable".into()),
    ];
    Ok((headers, bytes).into_response())
}
