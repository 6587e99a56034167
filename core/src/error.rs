//! One error for the whole crate, as data: its kind, whether trying again can help, where it happened, what caused it; and a
//! sentence that says what to do.
//!
//! Code branches on [`Error::kind`] and never on text, people read the `Display`. No message holds a token.

use std::any::Any;
use std::borrow::Cow;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// What went wrong, for code to branch on. The names are the same in every language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The configuration or the registry file is wrong.
    Config,
    /// An argument, or a body that came in, is not what it must be; the message names the field.
    Invalid,
    /// No token, an unknown one, or a signature that does not verify.
    Unauthorized,
    /// Known, but not allowed.
    Forbidden,
    /// The sender is not a member of the private room.
    NotAMember,
    /// No platform of that name is known here.
    UnknownPlatform,
    /// No room of that id was announced here.
    UnknownRoom,
    /// No message of that event id and platform is remembered here: it was never taken, or that is too long ago.
    UnknownMessage,
    /// It contradicts what is there: a local id bound already, a key used for another content, a name taken.
    Conflict,
    /// Over a limit of size.
    TooLarge,
    /// Over a limit of rate, or a queue is full: later it will do.
    Busy,
    /// The node is closed or closing, or belongs to another process.
    Closed,
    /// The store can't be read or written now: disk full, locked, damaged.
    Store,
    /// Another platform could not be reached, or answered what it must not.
    Transport,
    /// A defect of this library.
    Internal,
}

impl ErrorKind {
    /// The stable name of the kind, as every binding shows it: `unknown_room`.
    pub fn as_str(self) -> &'static str {
        match self {
            ErrorKind::Config => "config",
            ErrorKind::Invalid => "invalid",
            ErrorKind::Unauthorized => "unauthorized",
            ErrorKind::Forbidden => "forbidden",
            ErrorKind::NotAMember => "not_a_member",
            ErrorKind::UnknownPlatform => "unknown_platform",
            ErrorKind::UnknownRoom => "unknown_room",
            ErrorKind::UnknownMessage => "unknown_message",
            ErrorKind::Conflict => "conflict",
            ErrorKind::TooLarge => "too_large",
            ErrorKind::Busy => "busy",
            ErrorKind::Closed => "closed",
            ErrorKind::Store => "store",
            ErrorKind::Transport => "transport",
            ErrorKind::Internal => "internal",
        }
    }

    /// The kind of this name; a defect if there is none.
    pub(crate) fn named(name: &str) -> ErrorKind {
        use ErrorKind::{
            Busy, Closed, Config, Conflict, Forbidden, Internal, Invalid, NotAMember, Store, TooLarge, Transport,
            Unauthorized, UnknownPlatform, UnknownRoom,
        };
        let all = [
            Config,
            Invalid,
            Unauthorized,
            Forbidden,
            NotAMember,
            UnknownPlatform,
            UnknownRoom,
            Conflict,
            TooLarge,
            Busy,
            Closed,
            Store,
            Transport,
        ];
        all.into_iter().find(|kind| kind.as_str() == name).unwrap_or(Internal)
    }
}

/// The error of every fallible operation of this crate.
///
/// `Display` is one line for people, with the place and the cause; `Debug` adds the kind and the errors behind it. For code,
/// each part stands by itself: [`kind`](Error::kind), [`context`](Error::context), [`field`](Error::field), and
/// [`source`](std::error::Error::source).
#[derive(Clone)]
pub struct Error {
    kind: ErrorKind,
    message: Cow<'static, str>,
    field: Option<Cow<'static, str>>,
    context: Option<Box<str>>,
    source: Option<Arc<dyn std::error::Error + Send + Sync>>,
    lasting: bool,
}

impl Error {
    /// An error of this kind with this message.
    pub fn new(kind: ErrorKind, message: impl Into<Cow<'static, str>>) -> Self {
        Error { kind, message: message.into(), field: None, context: None, source: None, lasting: false }
    }

    /// An error of kind `invalid` about one field: `` `users[0].GWT_CHAT[2]`: expected an integer or a string ``.
    pub fn invalid(field: impl Into<Cow<'static, str>>, expected: impl fmt::Display) -> Self {
        Error { field: Some(field.into()), ..Error::new(ErrorKind::Invalid, expected.to_string()) }
    }

    pub(crate) fn config(message: impl Into<Cow<'static, str>>) -> Self {
        Error::new(ErrorKind::Config, message)
    }

    pub(crate) fn store(message: impl fmt::Display) -> Self {
        Error::new(ErrorKind::Store, message.to_string())
    }

    pub(crate) fn closed() -> Self {
        Error::new(ErrorKind::Closed, "the node is closed: open it again")
    }

    /// What went wrong, to branch on.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The JSON field or argument in error, where there is one: `users[0].GWT_CHAT[2]`.
    pub fn field(&self) -> Option<&str> {
        self.field.as_deref()
    }

    /// Where it went wrong, if that is worth saying: a file and a line of it, a platform.
    pub fn context(&self) -> Option<&str> {
        self.context.as_deref()
    }

    /// Whether the same call may succeed later without anything being fixed.
    pub fn is_retryable(&self) -> bool {
        !self.lasting && matches!(self.kind, ErrorKind::Busy | ErrorKind::Store | ErrorKind::Transport)
    }

    /// Whether the call was judged and refused, for what it is or for want of room, and left nothing behind. Otherwise it
    /// failed: the node is closed, the store or the network did not do it, or this library has a defect.
    pub fn is_refusal(&self) -> bool {
        !matches!(self.kind, ErrorKind::Closed | ErrorKind::Store | ErrorKind::Transport | ErrorKind::Internal)
    }

    /// The same, caused by this.
    pub(crate) fn caused_by(mut self, source: impl std::error::Error + Send + Sync + 'static) -> Self {
        self.source = Some(Arc::new(source));
        self
    }

    /// The same, at this place, which holds the places that were named before.
    pub(crate) fn at(mut self, place: impl fmt::Display) -> Self {
        self.context = Some(match self.context {
            Some(inner) => format!("{place}, {inner}").into(),
            None => place.to_string().into(),
        });
        self
    }

    /// An error about a part, as one about the whole: `url` of `attachments[1]` is `attachments[1].url`.
    pub(crate) fn within(mut self, whole: impl fmt::Display) -> Self {
        self.field = Some(match self.field {
            Some(part) => format!("{whole}.{part}").into(),
            None => whole.to_string().into(),
        });
        self
    }

    /// The same, of which nothing is better later.
    pub(crate) fn lasting(mut self) -> Self {
        self.lasting = true;
        self
    }

    /// The same, as an error of configuration.
    pub(crate) fn into_config(mut self) -> Self {
        self.kind = ErrorKind::Config;
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(context) = &self.context {
            write!(f, "{context}: ")?;
        }
        if let Some(field) = &self.field {
            write!(f, "`{field}`: ")?;
        }
        f.write_str(&self.message)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {self}", self.kind.as_str())?;
        let mut cause = std::error::Error::source(self);
        while let Some(source) = cause {
            write!(f, "; caused by: {source}")?;
            cause = source.source();
        }
        Ok(())
    }
}

impl std::error::Error for Error {
    /// The error of the system, the store or the network behind it. Its words are in the `Display` as well.
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

/// Runs what must not panic into another language: a panic is an error of kind `internal`.
///
/// # Errors
/// Those of what is run, and `internal`.
pub fn guarded<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| Err(defect(&*panic)))
}

/// The error for a panic.
pub(crate) fn defect(panic: &(dyn Any + Send)) -> Error {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no message");
    Error::new(ErrorKind::Internal, format!("a defect of Integrador, please report it: {text}"))
}

/// `Result` with this crate's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use super::*;

    #[test]
    fn an_error_is_data_and_one_line_for_people() {
        let error = Error::invalid("url", "expected a URL").within("attachments[1]").within("body");
        let error = error.at("platform `A`").at("platforms.json, line 3").into_config();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert_eq!(error.field(), Some("body.attachments[1].url"));
        assert_eq!(error.context(), Some("platforms.json, line 3, platform `A`"));
        let line = "platforms.json, line 3, platform `A`: `body.attachments[1].url`: expected a URL";
        assert_eq!(error.to_string(), line);
        assert_eq!(format!("{error:?}"), format!("config: {line}"));
        assert!(error.source().is_none());
    }

    #[test]
    fn a_panic_is_an_error_that_says_what_it_said() {
        let said = guarded(|| -> Result<()> { panic!("at {}", 7) }).unwrap_err();
        assert_eq!(said.kind(), ErrorKind::Internal);
        assert!(said.to_string().ends_with("please report it: at 7"), "{said}");
        assert_eq!(guarded(|| Ok(7)).unwrap(), 7);
    }

    #[test]
    fn a_field_that_looks_like_the_beginning_of_the_words_stays_a_field() {
        let error = Error::invalid("x", "`x`: twice").within("whole");
        assert_eq!(error.to_string(), "`whole.x`: `x`: twice");
    }

    #[test]
    fn the_cause_can_be_reached_and_is_shown_by_debug() {
        let cause = std::io::Error::from(std::io::ErrorKind::PermissionDenied);
        let error = Error::store(format!("the disk: {cause}")).caused_by(cause);
        let source = error.source().and_then(|source| source.downcast_ref::<std::io::Error>()).unwrap();
        assert_eq!(source.kind(), std::io::ErrorKind::PermissionDenied);
        assert_eq!(format!("{error:?}"), format!("store: {error}; caused by: {source}"));
        assert!(error.clone().source().is_some());
    }

    #[test]
    fn a_refusal_left_nothing_behind_and_a_failure_is_none() {
        use ErrorKind::{
            Busy, Closed, Config, Conflict, Forbidden, Internal, Invalid, NotAMember, Store, TooLarge, Transport,
            Unauthorized, UnknownPlatform, UnknownRoom,
        };
        let table = [
            (Config, true, false),
            (Invalid, true, false),
            (Unauthorized, true, false),
            (Forbidden, true, false),
            (NotAMember, true, false),
            (UnknownPlatform, true, false),
            (UnknownRoom, true, false),
            (Conflict, true, false),
            (TooLarge, true, false),
            (Busy, true, true),
            (Closed, false, false),
            (Store, false, true),
            (Transport, false, true),
            (Internal, false, false),
        ];
        for (kind, refusal, retryable) in table {
            let error = Error::new(kind, "why");
            assert_eq!((error.is_refusal(), error.is_retryable()), (refusal, retryable), "{kind:?}");
            assert!(!error.lasting().is_retryable(), "{kind:?}");
        }
    }
}
