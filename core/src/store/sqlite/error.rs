//! SQLite's failures as errors of this crate: what happened to the store, and what somebody can do about it.

use std::fmt::Display;
use std::path::Path;

use rusqlite::ErrorCode;

use crate::{Error, Result};

/// Turns SQLite's result into ours, without naming the file: where the file is known, [`named`] adds it.
pub(super) trait Sql<T> {
    fn sql(self) -> Result<T>;
}

impl<T> Sql<T> for rusqlite::Result<T> {
    fn sql(self) -> Result<T> {
        self.map_err(failed)
    }
}

/// An error of kind `store`, without the file's name.
pub(super) fn failed(e: rusqlite::Error) -> Error {
    let error = Error::store(sentence(&e));
    // A disk has room again and a lock is given back; a damaged file and a missing permission stay as they are.
    let error = match e.sqlite_error_code() {
        Some(
            ErrorCode::DatabaseCorrupt
            | ErrorCode::NotADatabase
            | ErrorCode::ReadOnly
            | ErrorCode::PermissionDenied
            | ErrorCode::CannotOpen,
        ) => error.lasting(),
        _ => error,
    };
    error.caused_by(e)
}

/// The same error, saying which store it happened to.
pub(super) fn named(path: &Path) -> impl Fn(Error) -> Error + '_ {
    move |e| match e.kind() {
        crate::ErrorKind::Store => e.at(format_args!("store {}", path.display())),
        _ => e,
    }
}

/// An error of kind `config` about the store's file.
pub(super) fn refused(path: &Path, why: impl Display) -> Error {
    Error::config(format!("{}: {why}", path.display())).within("store")
}

fn sentence(e: &rusqlite::Error) -> String {
    let advice = match e.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => "the disk is full, nothing was stored: make room and try again",
        Some(ErrorCode::SystemIoFailure) => "the disk can't be read or written, nothing was stored: see to the disk",
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            "the file is damaged and was left as it is: put a backup in its place, or move it away to begin anew"
        }
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen) => {
            "no permission to write: the file and its folder must be writable for this process"
        }
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            "another program holds the file locked: close what else has opened it"
        }
        _ => return e.to_string(),
    };
    format!("{advice} ({e})")
}
