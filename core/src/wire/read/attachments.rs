//! What goes with a message.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::super::json::Value;
use super::Measure;
use super::fields::{longer, optional_text, require_object, text, too_long};
use crate::config::Limits;
use crate::model::{Attachment, AttachmentKind};
use crate::{Error, Result};

pub(super) fn attachments(body: &Value<'_>, measure: Measure<'_>) -> Result<Vec<Attachment>> {
    let Some(value) = body.get("attachments") else { return Ok(Vec::new()) };
    let Value::List(items) = value else {
        return Err(Error::invalid("attachments", format!("expected a list of objects, got {}", value.describe())));
    };
    let numbered = items.iter().enumerate();
    numbered
        .map(|(n, item)| attachment(item, measure).map_err(|e| e.within(format_args!("attachments[{n}]"))))
        .collect()
}

/// Judges an attachment that the app gives, by the rules for one that comes in.
pub(crate) fn check_attachment(attachment: &Attachment, limits: &Limits) -> Result<()> {
    let text = |t: &Option<String>, limit: usize, field: &'static str| match t {
        Some(t) if longer(t, limit) => Err(too_long(field, limit)),
        _ => Ok(()),
    };
    text(&attachment.mime, limits.name, "mime")?;
    text(&attachment.name, limits.name, "name")?;
    if let Some(url) = &attachment.url
        && !is_web_address(url)
    {
        return Err(Error::invalid("url", "expected an http or https URL, got another string"));
    }
    if let Some(data) = &attachment.data
        && STANDARD.decode(data).is_err()
    {
        return Err(Error::invalid("data", "expected base64 (RFC 4648 §4, padded), got another string"));
    }
    match (&attachment.url, &attachment.data) {
        (Some(_), Some(_)) => Err(Error::invalid("url", "expected either `url` or `data`, got both")),
        (None, None) => Err(Error::invalid("url", "expected `url` or `data`, but both are missing")),
        _ => Ok(()),
    }
}

/// Whether a client can be told to fetch it. What the host is called is not judged: it is not this node that fetches.
pub(super) fn is_web_address(url: &str) -> bool {
    let Some((scheme, rest)) = url.split_once("://") else { return false };
    let web = scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https");
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let odd = |c: char| c.is_whitespace() || c.is_control() || "<>\"\\".contains(c);
    web && !host.is_empty() && !host.starts_with(':') && !url.contains(odd)
}

fn attachment(item: &Value<'_>, measure: Measure<'_>) -> Result<Attachment> {
    require_object(item)?;
    let own = |field| Ok::<_, Error>(optional_text(item, field)?.map(str::to_owned));
    let attachment = Attachment {
        kind: match text(item, "kind")? {
            "image" => AttachmentKind::Image,
            "audio" => AttachmentKind::Audio,
            "file" => AttachmentKind::File,
            _ => return Err(Error::invalid("kind", "expected \"image\", \"audio\" or \"file\", got another string")),
        },
        url: own("url")?,
        data: own("data")?,
        mime: own("mime")?,
        name: own("name")?,
        size: match item.get("size") {
            None => None,
            Some(Value::Int(n)) if *n >= 0 => Some(n.unsigned_abs()),
            Some(_) => return Err(Error::invalid("size", "expected a number of bytes: an integer, 0 or more")),
        },
    };
    if let Measure::Incoming(limits) = measure {
        check_attachment(&attachment, limits)?;
    }
    Ok(attachment)
}
