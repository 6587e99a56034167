//! Errors with fields, without, and with no more than a text.

/// What can go wrong, with a text of its own.
#[derive(Debug, thiserror::Error, uniffi::Error)]
#[uniffi::export(Display)]
pub enum FetchError {
    /// Nothing is there.
    #[error("{key} is not here")]
    NotFound {
        /// What was looked for.
        key: String,
    },
    /// Named as the word for them all.
    #[error("error {code}: {message}")]
    Error { code: i32, message: String },
    #[error("refused: {0}")]
    Refused(String),
    #[error("{0} of {1}")]
    Partly(u32, u32),
    #[error("closed")]
    Closed,
}

/// Errors without a text of their own.
#[derive(Debug, thiserror::Error, uniffi::Error)]
pub enum Plain {
    #[error("never seen")]
    Empty,
    #[error("never seen")]
    Data { data: Vec<u8>, source_of: Option<String> },
}

/// Errors that are no more than a text.
#[derive(Debug, thiserror::Error, uniffi::Error)]
#[uniffi(flat_error)]
pub enum FlatError {
    #[error("flat: {0}")]
    Wrapped(#[from] std::num::ParseIntError),
    #[error("flat and empty")]
    Other,
}

/// Fails as it is told.
#[uniffi::export]
pub fn fetch(key: String) -> Result<String, FetchError> {
    match key.as_str() {
        "error" => Err(FetchError::Error { code: -7, message: "on demand".into() }),
        "refused" => Err(FetchError::Refused("by itself".into())),
        "partly" => Err(FetchError::Partly(3, 4)),
        "closed" => Err(FetchError::Closed),
        "panic" => panic!("asked to panic: {key}"),
        found if found.starts_with("here") => Ok(key),
        _ => Err(FetchError::NotFound { key }),
    }
}

#[uniffi::export]
pub fn plain(data: Option<Vec<u8>>) -> Result<(), Plain> {
    match data {
        None => Err(Plain::Empty),
        Some(data) => Err(Plain::Data { data, source_of: None }),
    }
}

#[uniffi::export]
pub fn parse(text: String) -> Result<i32, FlatError> {
    if text.is_empty() {
        return Err(FlatError::Other);
    }
    Ok(text.parse()?)
}

/// An error as a value.
#[uniffi::export]
pub fn echo_error(error: FetchError) -> FetchError {
    error
}
