//! How requests and answers are written: as `java.nio.ByteBuffer` does it, numbers big-endian. A text is its length in bytes (i32)
//! and UTF-8; bytes likewise; a list its length (i32) and its items; what may be absent a bool and the value; an event id
//! its 16 bytes; a time its seconds since the epoch (i64) and nanoseconds (i32). Its other half is `dev.integrador.internal.Bytes`.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use integrador::{Error, ErrorKind, Result};
use uuid::Uuid;

/// Reads a request.
pub(crate) struct Reader<'a>(&'a [u8]);

fn malformed() -> Error {
    Error::new(ErrorKind::Internal, "the jar and its native library are not of the same version")
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Reader(bytes)
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or_else(malformed)?;
        self.0 = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        self.take(N)?.try_into().map_err(|_| malformed())
    }

    pub(crate) fn bool(&mut self) -> Result<bool> {
        Ok(self.array::<1>()? != [0])
    }

    pub(crate) fn i32(&mut self) -> Result<i32> {
        self.array().map(i32::from_be_bytes)
    }

    pub(crate) fn i64(&mut self) -> Result<i64> {
        self.array().map(i64::from_be_bytes)
    }

    pub(crate) fn f64(&mut self) -> Result<f64> {
        self.array().map(f64::from_be_bytes)
    }

    pub(crate) fn count(&mut self) -> Result<usize> {
        usize::try_from(self.i32()?).map_err(|_| malformed())
    }

    pub(crate) fn bytes(&mut self) -> Result<&'a [u8]> {
        let count = self.count()?;
        self.take(count)
    }

    pub(crate) fn text(&mut self) -> Result<&'a str> {
        std::str::from_utf8(self.bytes()?).map_err(|_| malformed())
    }

    pub(crate) fn event_id(&mut self) -> Result<Uuid> {
        self.array().map(Uuid::from_bytes)
    }

    /// Milliseconds; of less than none there is no end.
    pub(crate) fn patience(&mut self) -> Result<Duration> {
        Ok(u64::try_from(self.i64()?).map_or(Duration::MAX, Duration::from_millis))
    }

    pub(crate) fn time(&mut self) -> Result<SystemTime> {
        let (seconds, nanoseconds) = (self.i64()?, u32::try_from(self.i32()?).map_err(|_| malformed())?);
        let whole = Duration::from_secs(seconds.unsigned_abs());
        let at = if seconds < 0 { UNIX_EPOCH.checked_sub(whole) } else { UNIX_EPOCH.checked_add(whole) };
        at.and_then(|at| at.checked_add(Duration::from_nanos(nanoseconds.into())))
            .ok_or_else(|| Error::new(ErrorKind::Invalid, "this time is beyond what the system's clock can show"))
    }

    pub(crate) fn option<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T>) -> Result<Option<T>> {
        if self.bool()? { read(self).map(Some) } else { Ok(None) }
    }

    pub(crate) fn list<T>(&mut self, mut read: impl FnMut(&mut Self) -> Result<T>) -> Result<Vec<T>> {
        (0..self.count()?).map(|_| read(self)).collect()
    }
}

/// Writes an answer.
#[derive(Default)]
pub(crate) struct Writer(Vec<u8>);

impl Writer {
    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    pub(crate) fn raw(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    pub(crate) fn bool(&mut self, value: bool) {
        self.0.push(value.into());
    }

    pub(crate) fn i32(&mut self, value: i32) {
        self.raw(&value.to_be_bytes());
    }

    pub(crate) fn i64(&mut self, value: i64) {
        self.raw(&value.to_be_bytes());
    }

    pub(crate) fn u64(&mut self, value: u64) {
        self.i64(i64::try_from(value).unwrap_or(i64::MAX));
    }

    pub(crate) fn f64(&mut self, value: f64) {
        self.raw(&value.to_be_bytes());
    }

    pub(crate) fn count(&mut self, value: usize) {
        self.i32(i32::try_from(value).unwrap_or(i32::MAX));
    }

    pub(crate) fn bytes(&mut self, value: &[u8]) {
        self.count(value.len());
        self.raw(value);
    }

    pub(crate) fn text(&mut self, value: &str) {
        self.bytes(value.as_bytes());
    }

    pub(crate) fn event_id(&mut self, value: Uuid) {
        self.raw(value.as_bytes());
    }

    pub(crate) fn time(&mut self, value: SystemTime) {
        let whole = |span: Duration| i64::try_from(span.as_secs()).unwrap_or(i64::MAX);
        let (seconds, nanoseconds) = match value.duration_since(UNIX_EPOCH) {
            Ok(since) => (whole(since), since.subsec_nanos()),
            // A time before it is some whole seconds before, and then some way on.
            Err(before) => match before.duration() {
                span if span.subsec_nanos() == 0 => (-whole(span), 0),
                span => (-whole(span) - 1, 1_000_000_000 - span.subsec_nanos()),
            },
        };
        self.i64(seconds);
        self.raw(&nanoseconds.to_be_bytes());
    }

    pub(crate) fn option<T>(&mut self, value: Option<T>, write: impl FnOnce(&mut Self, T)) {
        self.bool(value.is_some());
        if let Some(value) = value {
            write(self, value);
        }
    }

    pub(crate) fn list<T>(&mut self, values: impl ExactSizeIterator<Item = T>, mut write: impl FnMut(&mut Self, T)) {
        self.count(values.len());
        for value in values {
            write(self, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_before_the_epoch_is_read_as_it_was_written() {
        for nanoseconds in [0, 1, 999_999_999, 1_000_000_000, 1_500_000_000] {
            for at in [UNIX_EPOCH + Duration::from_nanos(nanoseconds), UNIX_EPOCH - Duration::from_nanos(nanoseconds)] {
                let mut written = Writer::default();
                written.time(at);
                assert_eq!(Reader::new(&written.into_bytes()).time().unwrap(), at);
            }
        }
    }

    #[test]
    fn bytes_that_end_too_early_or_mean_nothing_are_an_error() {
        let mut written = Writer::default();
        written.text("¿qué tal?");
        let bytes = written.into_bytes();
        assert_eq!(Reader::new(&bytes).text().unwrap(), "¿qué tal?");
        for end in 0..bytes.len() {
            assert_eq!(Reader::new(&bytes[..end]).text().unwrap_err().kind(), ErrorKind::Internal);
        }
        assert!(Reader::new(&[0, 0, 0, 1, 0xFF]).text().is_err());
        assert!(Reader::new(&[0xFF; 8]).list(Reader::i64).is_err());
        assert!(Reader::new(&[0x7F, 0xFF, 0xFF, 0xFF]).list(Reader::i64).is_err());
    }
}
