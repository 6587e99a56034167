//! What Python gave as an argument, as the core's values. Every error names the argument, and the place in it: a value of
//! another type is the package's `InvalidTypeError`, one that can't be meant an `InvalidError`.

use std::borrow::Cow;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use integrador::{
    Attachment, AttachmentKind, BindKind, DeadLetterFilter, Ext, ExternalId, Id, NewMessage, NewRoom, NewUser, Ref,
    RoomKind,
};
use pyo3::exceptions::{PyBaseException, PyOverflowError};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyByteArray, PyBytes, PyList, PyMapping, PyMemoryView, PyString, PyTuple};
use uuid::Uuid;

use crate::classes::classes;
use crate::errors::{invalid, wrong_type};
use crate::place::Place;

type Any<'py> = Bound<'py, PyAny>;

/// A text. Python's may hold half a character (a lone surrogate), which can be neither stored nor sent.
pub(crate) fn text<'a>(place: impl Into<Place<'a>>, given: &Any<'_>) -> PyResult<String> {
    let place = place.into();
    borrowed(place, given).map(Cow::into_owned)
}

fn borrowed<'g>(place: Place<'_>, given: &'g Any<'_>) -> PyResult<Cow<'g, str>> {
    let text = given.cast::<PyString>().map_err(|_| wrong_type(place, "a str", given))?;
    text.to_cow().map_err(|_| invalid(given.py(), place, "expected text, but a surrogate in it stands alone"))
}

/// A text or None.
pub(crate) fn some_text(name: &'static str, given: Option<&Any<'_>>) -> PyResult<Option<String>> {
    given.map(|given| text(name, given)).transpose()
}

/// A text in which half a character is replaced.
pub(crate) fn lossy<'g>(name: &'static str, given: &'g Any<'_>) -> PyResult<Cow<'g, str>> {
    let text = given.cast::<PyString>().map_err(|_| wrong_type(name.into(), "a str", given))?;
    Ok(text.to_string_lossy())
}

/// Bytes, of any of Python's types for them.
pub(crate) fn bytes<'a>(place: impl Into<Place<'a>>, given: &Any<'_>) -> PyResult<Vec<u8>> {
    if let Ok(bytes) = given.cast::<PyBytes>() {
        return Ok(bytes.as_bytes().to_vec());
    }
    if let Ok(bytes) = given.cast::<PyByteArray>() {
        return Ok(bytes.to_vec());
    }
    if given.is_instance_of::<PyMemoryView>() {
        return given.call_method0("tobytes")?.extract();
    }
    Err(wrong_type(place.into(), "bytes", given))
}

/// An id: an integer within 64 bits, or a text.
pub(crate) fn id<'a>(place: impl Into<Place<'a>>, given: &Any<'_>) -> PyResult<Id> {
    let place = place.into();
    if given.is_instance_of::<PyString>() {
        return Ok(Id::from(&*borrowed(place, given)?));
    }
    let number = integer(place, "an int or a str", given)?;
    number.map(Id::from).ok_or_else(|| invalid(given.py(), place, "expected an integer within ±2^63, or a string"))
}

/// What a user or a room is called: an `ExternalId` is an external one, all else is the app's own.
pub(crate) fn reference<'a>(place: impl Into<Place<'a>>, given: &Any<'_>) -> PyResult<Ref> {
    let place = place.into();
    if !given.is_exact_instance_of::<PyString>() && is_external(given)? {
        return parts_of(place, given).map(Ref::External);
    }
    id(place, given).map(Ref::Own)
}

fn is_external(given: &Any<'_>) -> PyResult<bool> {
    given.is_instance(classes(given.py())?.external_id.bind(given.py()))
}

/// An `ExternalId` in its two parts.
fn parts_of(place: Place<'_>, given: &Any<'_>) -> PyResult<ExternalId> {
    let platform = text(Place::Attribute(&place, "platform"), &given.getattr("platform")?)?;
    Ok(ExternalId::new(platform, id(Place::Attribute(&place, "id"), &given.getattr("id")?)?))
}

/// An integer; None beyond 64 bits. A bool is an int to Python, and never meant as one.
fn integer(place: Place<'_>, expected: &str, given: &Any<'_>) -> PyResult<Option<i64>> {
    match given.extract::<i64>() {
        _ if given.is_instance_of::<PyBool>() => Err(wrong_type(place, expected, given)),
        Ok(number) => Ok(Some(number)),
        Err(error) if error.is_instance_of::<PyOverflowError>(given.py()) => Ok(None),
        Err(_) => Err(wrong_type(place, expected, given)),
    }
}

/// The number of a dead letter.
fn number(name: &'static str, given: &Any<'_>) -> PyResult<i64> {
    let number = integer(name.into(), "an int", given)?;
    number.ok_or_else(|| invalid(given.py(), name, "expected a number within ±2^63"))
}

/// How many. More than can be counted is as many as there are.
pub(crate) fn count(name: &'static str, given: &Any<'_>) -> PyResult<usize> {
    let refused = || invalid(given.py(), name, "expected a number of at least 0");
    match integer(name.into(), "an int", given)? {
        Some(number) => usize::try_from(number).map_err(|_| refused()),
        None if given.lt(0)? => Err(refused()),
        None => Ok(usize::MAX),
    }
}

/// Seconds; less than none are none.
pub(crate) fn seconds(name: &'static str, given: &Any<'_>) -> PyResult<Duration> {
    let number = match given.extract::<f64>() {
        _ if given.is_instance_of::<PyBool>() => return Err(wrong_type(name.into(), "seconds or a timedelta", given)),
        Ok(number) => number,
        Err(error) if error.is_instance_of::<PyOverflowError>(given.py()) => f64::INFINITY,
        Err(_) => return Err(wrong_type(name.into(), "seconds or a timedelta", given)),
    };
    if number.is_nan() {
        return Err(invalid(given.py(), name, "expected seconds, got nan"));
    }
    Ok(Duration::try_from_secs_f64(number.max(0.0)).unwrap_or(Duration::MAX))
}

/// An instant, from microseconds since the epoch.
pub(crate) fn instant(microseconds: i64) -> SystemTime {
    let span = Duration::from_micros(microseconds.unsigned_abs());
    if microseconds < 0 { UNIX_EPOCH - span } else { UNIX_EPOCH + span }
}

/// An event id.
pub(crate) fn event_id<'a>(place: impl Into<Place<'a>>, given: &Any<'_>) -> PyResult<Uuid> {
    let place = place.into();
    let text = borrowed(place, given)?;
    text.parse().map_err(|_| invalid(given.py(), place, "expected an event id, a UUID as text"))
}

/// Several event ids.
pub(crate) fn event_ids(name: &'static str, given: &Bound<'_, PyTuple>) -> PyResult<Vec<Uuid>> {
    let name = Place::Argument(name);
    given.iter().enumerate().map(|(at, id)| event_id(Place::Item(&name, at), &id)).collect()
}

/// An external id, or its text.
pub(crate) fn external(name: &'static str, given: &Any<'_>) -> PyResult<ExternalId> {
    if is_external(given)? {
        return parts_of(name.into(), given);
    }
    let text = borrowed(name.into(), given)?;
    text.parse().map_err(|error: integrador::Error| invalid(given.py(), name, &error.to_string()))
}

/// One of a few words.
fn word<T: Copy>(place: Place<'_>, given: &Any<'_>, words: &[(&str, T)]) -> PyResult<T> {
    let text = borrowed(place, given)?;
    let found = words.iter().find(|(word, _)| *word == text);
    found.map(|(_, meant)| *meant).ok_or_else(|| {
        let words: Vec<_> = words.iter().map(|(word, _)| format!("{word:?}")).collect();
        invalid(given.py(), place, &format!("expected {}", words.join(" or ")))
    })
}

/// `user` or `room`.
pub(crate) fn bind_kind(name: &'static str, given: &Any<'_>) -> PyResult<BindKind> {
    word(name.into(), given, &[("user", BindKind::User), ("room", BindKind::Room)])
}

/// `private` or `public`.
pub(crate) fn room_kind(name: &'static str, given: &Any<'_>) -> PyResult<RoomKind> {
    word(name.into(), given, &[("private", RoomKind::Private), ("public", RoomKind::Public)])
}

/// Which dead letters are meant: all, or those that one of these says.
pub(crate) fn dead_letters(
    platform: Option<&Any<'_>>,
    number: Option<&Any<'_>>,
    event: Option<&Any<'_>>,
) -> PyResult<DeadLetterFilter> {
    let platform = some_text("platform", platform)?.map(DeadLetterFilter::Platform);
    let number = number.map(|given| self::number("number", given)).transpose()?.map(DeadLetterFilter::Number);
    let event = event.map(|event| event_id("event_id", event)).transpose()?.map(DeadLetterFilter::Event);
    Ok(platform.or(number).or(event).unwrap_or(DeadLetterFilter::All))
}

/// What the application carries: the package has made JSON of it.
pub(crate) fn ext<'a>(place: impl Into<Place<'a>>, given: &Any<'_>) -> PyResult<Ext> {
    let place = place.into();
    Ext::from_json(&borrowed(place, given)?).map_err(|error| {
        let why = error.to_string();
        invalid(given.py(), place, why.strip_prefix("`ext`: ").unwrap_or(&why))
    })
}

/// What a user has beside its id and its name.
pub(crate) fn with_extras(
    user: NewUser,
    (avatar_of, avatar): (Place<'_>, Option<Any<'_>>),
    (ext_of, ext): (Place<'_>, Option<Any<'_>>),
) -> PyResult<NewUser> {
    let user = match avatar {
        Some(avatar) => user.avatar(text(avatar_of, &avatar)?),
        None => user,
    };
    Ok(match ext {
        Some(ext) => user.ext(self::ext(ext_of, &ext)?),
        None => user,
    })
}

/// Users, each an id and a name, perhaps with an avatar and what the application carries.
pub(crate) fn users(name: &'static str, given: &Bound<'_, PyList>) -> PyResult<Vec<NewUser>> {
    let name = Place::Argument(name);
    let pair = |(at, pair): (usize, Any<'_>)| {
        let place = Place::Item(&name, at);
        if let Ok((first, second, avatar, ext)) = pair.extract::<(Any<'_>, Any<'_>, Option<Any<'_>>, Option<Any<'_>>)>()
        {
            let (id, text) =
                (id(Place::Attribute(&place, "id"), &first)?, text(Place::Attribute(&place, "name"), &second)?);
            let of = |part| Place::Attribute(&place, part);
            return with_extras(NewUser::new(id, text), (of("avatar"), avatar), (of("ext"), ext));
        }
        let (first, second) = two(place, "an id and a name", &pair)?;
        Ok(NewUser::new(id(Place::Item(&place, 0), &first)?, text(Place::Item(&place, 1), &second)?))
    };
    given.iter().enumerate().map(pair).collect()
}

/// A pair. A text of two characters, or a mapping with two keys, is none.
fn two<'py>(place: Place<'_>, what: &str, pair: &Any<'py>) -> PyResult<(Any<'py>, Any<'py>)> {
    let refused = || wrong_type(place, &format!("a pair of {what}"), pair);
    if pair.is_instance_of::<PyString>() || pair.is_instance_of::<PyBytes>() || pair.cast::<PyMapping>().is_ok() {
        return Err(refused());
    }
    let items: Vec<Any<'py>> = pair.try_iter().map_err(|_| refused())?.take(3).collect::<PyResult<_>>()?;
    let [first, second] = <[_; 2]>::try_from(items).map_err(|_| refused())?;
    Ok((first, second))
}

/// The members of a room: platforms, each with its ids.
pub(crate) fn members(name: &'static str, given: &Bound<'_, PyList>) -> PyResult<Vec<(String, Vec<Id>)>> {
    let name = Place::Argument(name);
    let of_one = |of_one: Any<'_>| {
        let (platform, ids): (Any<'_>, Bound<'_, PyList>) = of_one.extract()?;
        let platform = text(name, &platform)?;
        let place = Place::Key(&name, &platform);
        let ids = ids.iter().enumerate().map(|(at, member)| id(Place::Item(&place, at), &member));
        let ids = ids.collect::<PyResult<_>>()?;
        Ok((platform, ids))
    };
    given.iter().map(of_one).collect()
}

/// Whom a room bars: platforms, each with ids, or with None for all of its users.
pub(crate) fn banned(room: NewRoom, name: &'static str, given: &Bound<'_, PyList>) -> PyResult<NewRoom> {
    let name = Place::Argument(name);
    given.iter().try_fold(room, |room, of_one| {
        let (platform, ids): (Any<'_>, Option<Bound<'_, PyList>>) = of_one.extract()?;
        let platform = text(name, &platform)?;
        let Some(ids) = ids else { return Ok(room.ban_platform(platform)) };
        let place = Place::Key(&name, &platform);
        let ids = ids.iter().enumerate().map(|(at, user)| id(Place::Item(&place, at), &user));
        let ids = ids.collect::<PyResult<Vec<Id>>>()?;
        Ok(room.ban(platform, ids))
    })
}

/// The parts of a message to publish: the arguments of one call, or one of many messages.
pub(crate) struct MessageParts<'py> {
    pub room: Any<'py>,
    pub sender: Any<'py>,
    pub text: Any<'py>,
    pub key: Option<Any<'py>>,
    pub sent_at: Option<i64>,
    pub reply_to: Option<Any<'py>>,
    pub attachments: Bound<'py, PyList>,
    pub traceparent: Option<Any<'py>>,
    pub ext: Option<Any<'py>>,
}

/// A message to publish; `of`: where it stands, if its parts are not the arguments themselves.
pub(crate) fn message(of: Option<Place<'_>>, parts: MessageParts<'_>) -> PyResult<NewMessage> {
    let place = |name| of.as_ref().map_or(Place::Argument(name), |of| Place::Attribute(of, name));
    let MessageParts { room, sender, text, key, sent_at, reply_to, attachments, traceparent, ext } = parts;
    let (room, sender) = (reference(place("room"), &room)?, reference(place("sender"), &sender)?);
    let mut message = NewMessage::new(room, sender, self::text(place("text"), &text)?);
    if let Some(key) = key {
        message = message.key(self::text(place("key"), &key)?);
    }
    if let Some(at) = sent_at {
        message = message.sent_at(instant(at));
    }
    if let Some(id) = reply_to {
        message = message.reply_to(event_id(place("reply_to"), &id)?);
    }
    if let Some(traceparent) = traceparent {
        message = message.traceparent(self::text(place("traceparent"), &traceparent)?);
    }
    if let Some(ext) = ext {
        message = message.ext(self::ext(place("ext"), &ext)?);
    }
    for attachment in self::attachments(place("attachments"), &attachments)? {
        message = message.attach(attachment);
    }
    Ok(message)
}

/// Messages to publish, and of those that can't be meant, why not. `first`: the place of the first in what was given.
pub(crate) fn messages(
    name: &'static str,
    first: usize,
    given: &Bound<'_, PyList>,
) -> PyResult<Vec<PyResult<NewMessage>>> {
    let name = Place::Argument(name);
    let one = |(at, parts): (usize, Any<'_>)| {
        if parts.is_instance_of::<PyBaseException>() {
            return Ok(Err(PyErr::from_value(parts)));
        }
        let (room, sender, text, key, sent_at, reply_to, attachments, traceparent, ext) = parts.extract()?;
        let parts = MessageParts { room, sender, text, key, sent_at, reply_to, attachments, traceparent, ext };
        match message(Some(Place::Item(&name, first + at)), parts) {
            Err(error) if !is_invalid(given.py(), &error)? => Err(error),
            read => Ok(read),
        }
    };
    given.iter().enumerate().map(one).collect()
}

/// Whether this says of a value that it can't be meant; one of another type is the caller's defect.
fn is_invalid(py: Python<'_>, error: &PyErr) -> PyResult<bool> {
    let classes = classes(py)?;
    Ok(error.matches(py, classes.invalid.bind(py))? && !error.matches(py, classes.wrong_type.bind(py))?)
}

pub(crate) fn attachments(name: Place<'_>, given: &Bound<'_, PyList>) -> PyResult<Vec<Attachment>> {
    given.iter().enumerate().map(|(at, one)| attachment(Place::Item(&name, at), &one)).collect()
}

fn attachment(place: Place<'_>, given: &Any<'_>) -> PyResult<Attachment> {
    if !given.is_instance(classes(given.py())?.attachment.bind(given.py()))? {
        return Err(wrong_type(place, "an Attachment", given));
    }
    let part = |name: &'static str| -> PyResult<Option<Any<'_>>> {
        let value = given.getattr(name)?;
        Ok((!value.is_none()).then_some(value))
    };
    let text_of = |name| part(name)?.map(|value| text(Place::Attribute(&place, name), &value)).transpose();
    let kinds = [("image", AttachmentKind::Image), ("audio", AttachmentKind::Audio), ("file", AttachmentKind::File)];
    let data = part("data")?.map(|data| bytes(Place::Attribute(&place, "data"), &data)).transpose()?;
    Ok(Attachment {
        kind: word(Place::Attribute(&place, "kind"), &given.getattr("kind")?, &kinds)?,
        url: text_of("url")?,
        data: data.map(|bytes| STANDARD.encode(bytes)),
        mime: text_of("mime")?,
        name: text_of("name")?,
        size: part("size")?.map(|size| size_of(Place::Attribute(&place, "size"), &size)).transpose()?,
    })
}

fn size_of(place: Place<'_>, given: &Any<'_>) -> PyResult<u64> {
    let size = integer(place, "an int", given)?.and_then(|size| u64::try_from(size).ok());
    size.ok_or_else(|| invalid(given.py(), place, "expected a number of bytes"))
}
