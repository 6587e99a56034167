//! What users and rooms may have beside their names, and what goes with what is said: an avatar, and what is carried as it is.

use super::super::json::Value;
use super::Measure;
use super::attachments::is_web_address;
use super::fields::{longer, optional_text, too_long};
use crate::model::{Ext, Extras};
use crate::{Error, Result};

/// The longest URL of an avatar, characters.
const MOST_AVATAR: usize = 2_048;

/// The `avatar` and the `ext` of a user or a room.
pub(super) fn extras(body: &Value<'_>, measure: Measure<'_>) -> Result<Extras> {
    let avatar = match measure {
        Measure::Incoming(_) => avatar(body)?,
        Measure::Stored => optional_text(body, "avatar")?,
    };
    Ok(Extras::new(avatar, ext(body, measure)?))
}

/// The `avatar` in this object.
pub(super) fn avatar<'v>(object: &'v Value<'_>) -> Result<Option<&'v str>> {
    let avatar = optional_text(object, "avatar")?;
    avatar.map_or(Ok(()), check_avatar)?;
    Ok(avatar)
}

/// Whether this can be the URL of an avatar.
pub(crate) fn check_avatar(url: &str) -> Result<()> {
    if longer(url, MOST_AVATAR) {
        return Err(too_long("avatar", MOST_AVATAR));
    }
    match is_web_address(url) {
        true => Ok(()),
        false => Err(Error::invalid("avatar", "expected an http or https URL, got another string")),
    }
}

/// The `ext` of a body.
pub(super) fn ext(body: &Value<'_>, measure: Measure<'_>) -> Result<Option<Ext>> {
    let ext = match body.get("ext") {
        None => return Ok(None),
        Some(Value::Carried(text)) => Ext::of_strict(text)?,
        Some(other) => return Err(Error::invalid("ext", format!("expected an object, got {}", other.describe()))),
    };
    if let Measure::Incoming(_) = measure {
        ext.check()?;
    }
    Ok(Some(ext))
}

/// Whether every reader takes what the app carries: it may have been made of a text with two fields of one name.
pub(crate) fn check_ext(ext: &Ext) -> Result<()> {
    ext.check()?;
    super::super::json::parse(ext.as_json().as_bytes()).map(drop).map_err(|e| e.within("ext"))
}
