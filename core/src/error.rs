//! One error for the whole crate: what kind it is, whether trying again can help, and a sentence that says what to do.
//!
//! Code branches on [`Error::kind`], people read the `Display`. No message holds a token.

use std::borrow::Cow;
use std::fmt;

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
            ErrorKind::Conflict => "conflict",
            ErrorKind::TooLarge => "too_large",
            ErrorKind::Busy => "busy",
            ErrorKind::Closed => "closed",
            ErrorKind::Store => "store",
            ErrorKind::Transport => "transport",
            ErrorKind::Internal => "internal",
        }
    }
}

/// The error of every fallible operation of this crate.
///
/// `Display` is one line for people; `Debug` adds the kind and the cause.
#[derive(Clone)]
pub struct Error {
    kind: ErrorKind,
    message: Cow<'static, str>,
    field: Option<Cow<'static, str>>,
}

impl Error {
    /// An error of this kind with this message.
    pub fn new(kind: ErrorKind, message: impl Into<Cow<'static, str>>) -> Self {
        Error { kind, message: message.into(), field: None }
    }

    /// An error of kind `invalid` about one field: `` `users[0].GWT_CHAT[2]`: expected an integer or a string ``.
    pub fn invalid(field: impl Into<Cow<'static, str>>, expected: impl fmt::Display) -> Self {
        let field = field.into();
        Error { kind: ErrorKind::Invalid, message: format!("`{field}`: {expected}").into(), field: Some(field) }
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

    /// The JSON field or argument in error, where there is one.
    pub fn field(&self) -> Option<&str> {
        self.field.as_deref()
    }

    /// Whether the same call may succeed later without anything being mended.
    pub fn is_retryable(&self) -> bool {
        matches!(self.kind, ErrorKind::Busy | ErrorKind::Store | ErrorKind::Transport)
    }

    pub(crate) fn context(mut self, what: impl fmt::Display) -> Self {
        self.message = format!("{what}: {}", self.message).into();
        self
    }

    /// The same, as an error of configuration at this place.
    pub(crate) fn into_config(mut self, place: impl fmt::Display) -> Self {
        self.kind = ErrorKind::Config;
        self.context(place)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.kind.as_str(), self.message)
    }
}

impl std::error::Error for Error {}

/// `Result` with this crate's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;
