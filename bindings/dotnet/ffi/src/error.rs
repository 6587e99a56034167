//! The one error.

use std::fmt;

use integrador::{Error, ErrorKind};

/// What went wrong: `integrador::ErrorKind`.
#[derive(Debug, Clone, Copy, uniffi::Enum)]
pub enum FailureKind {
    Config,
    Invalid,
    Unauthorized,
    Forbidden,
    NotAMember,
    UnknownPlatform,
    UnknownRoom,
    UnknownMessage,
    Conflict,
    TooLarge,
    Busy,
    Closed,
    Store,
    Transport,
    Internal,
}

/// An error as data.
#[derive(Debug, Clone, uniffi::Record)]
pub struct Failure {
    pub kind: FailureKind,
    pub text: String,
    pub field: Option<String>,
    pub retryable: bool,
}

/// What a call ends with instead of a value.
#[derive(Debug, uniffi::Error)]
#[uniffi::export(Display)]
pub enum NativeError {
    /// The only way to.
    Failed { failure: Failure },
}

pub(crate) type Result<T> = std::result::Result<T, NativeError>;

impl fmt::Display for NativeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let NativeError::Failed { failure } = self;
        f.write_str(&failure.text)
    }
}

impl From<&Error> for Failure {
    fn from(error: &Error) -> Failure {
        Failure {
            kind: kind(error.kind()),
            text: error.to_string(),
            field: error.field().map(str::to_owned),
            retryable: error.is_retryable(),
        }
    }
}

impl From<Error> for NativeError {
    fn from(error: Error) -> NativeError {
        NativeError::Failed { failure: Failure::from(&error) }
    }
}

fn kind(kind: ErrorKind) -> FailureKind {
    match kind {
        ErrorKind::Config => FailureKind::Config,
        ErrorKind::Invalid => FailureKind::Invalid,
        ErrorKind::Unauthorized => FailureKind::Unauthorized,
        ErrorKind::Forbidden => FailureKind::Forbidden,
        ErrorKind::NotAMember => FailureKind::NotAMember,
        ErrorKind::UnknownPlatform => FailureKind::UnknownPlatform,
        ErrorKind::UnknownRoom => FailureKind::UnknownRoom,
        ErrorKind::UnknownMessage => FailureKind::UnknownMessage,
        ErrorKind::Conflict => FailureKind::Conflict,
        ErrorKind::TooLarge => FailureKind::TooLarge,
        ErrorKind::Busy => FailureKind::Busy,
        ErrorKind::Closed => FailureKind::Closed,
        ErrorKind::Store => FailureKind::Store,
        ErrorKind::Transport => FailureKind::Transport,
        // A kind of a newer core too.
        _ => FailureKind::Internal,
    }
}
