//! Values that are copied: primitives, records, enums, lists, maps, times.

use std::collections::HashMap;
use std::time::{Duration, SystemTime};

/// A person, as a record with fields of most kinds.
///
/// The second paragraph, with <angle brackets> & an ampersand.
#[derive(Clone, Debug, PartialEq, uniffi::Record)]
pub struct Person {
    /// Never empty.
    pub name: String,
    /// In years.
    pub age: u32,
    pub email: Option<String>,
    pub nicknames: Vec<String>,
    pub photo: Vec<u8>,
    pub scores: HashMap<String, f64>,
    pub born: SystemTime,
    pub friends: Vec<Person>,
}

/// A record without fields.
#[derive(Clone, Debug, uniffi::Record)]
pub struct Nothing {}

/// Every primitive.
#[derive(Clone, Debug, uniffi::Record)]
pub struct Numbers {
    pub yes: bool,
    pub i8: i8,
    pub u8: u8,
    pub i16: i16,
    pub u16: u16,
    pub i32: i32,
    pub u32: u32,
    pub i64: i64,
    pub u64: u64,
    pub f32: f32,
    pub f64: f64,
}

/// A flat enum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, uniffi::Enum)]
pub enum Color {
    /// Like a tomato.
    Red,
    Green,
    DarkBlue,
}

/// A flat enum with discriminants that fit nothing but `u64`.
#[derive(Clone, Copy, Debug, uniffi::Enum)]
#[repr(u64)]
pub enum Big {
    Small = 1,
    Next,
    Huge = 0xFFFF_FFFF_FFFF_FFFE,
    #[cfg(feature = "beyond")]
    Last,
}

/// A flat enum with negative discriminants.
#[derive(Clone, Copy, Debug, uniffi::Enum)]
#[repr(i8)]
pub enum Signed {
    Minus = -5,
    After,
    Plus = 7,
}

/// An enum whose variants have fields.
#[derive(Clone, Debug, uniffi::Enum)]
pub enum Shape {
    /// Without any.
    Empty,
    /// With named ones.
    Circle {
        /// In metres.
        radius: f64,
    },
    /// With one that has no name.
    Label(String),
    /// With two that have none.
    Line(i32, i32),
    Group {
        shapes: Vec<Shape>,
        color: Option<Color>,
    },
}

/// Variants and fields that are named as types are.
#[derive(Clone, Debug, uniffi::Enum)]
pub enum Event {
    Person { person: Person },
    Color { color: Color, shape: Shape },
    Shape { shape: Option<Shape>, event: Vec<Color> },
    Value(u64),
    Error { error: String },
}

/// Gives it back.
#[uniffi::export]
pub fn echo_person(person: Person) -> Person {
    person
}

#[uniffi::export]
pub fn echo_nothing(nothing: Nothing) -> Nothing {
    nothing
}

#[uniffi::export]
pub fn echo_numbers(numbers: Numbers) -> Numbers {
    numbers
}

#[uniffi::export]
pub fn echo_color(color: Color) -> Color {
    color
}

#[uniffi::export]
pub fn echo_big(big: Big) -> Big {
    big
}

/// What the discriminant is in Rust.
#[uniffi::export]
pub fn discriminant(big: Big) -> u64 {
    big as u64
}

#[uniffi::export]
pub fn echo_signed(signed: Signed) -> Signed {
    signed
}

#[uniffi::export]
pub fn echo_shape(shape: Shape) -> Shape {
    shape
}

#[uniffi::export]
pub fn echo_event(event: Event) -> Event {
    event
}

#[uniffi::export]
pub fn echo_string(text: String) -> String {
    text
}

/// The number of bytes that arrived.
#[uniffi::export]
pub fn string_bytes(text: String) -> u64 {
    text.len() as u64
}

/// The scalar values that arrived.
#[uniffi::export]
pub fn string_scalars(text: String) -> Vec<u32> {
    text.chars().map(u32::from).collect()
}

#[uniffi::export]
pub fn echo_bytes(bytes: Vec<u8>) -> Vec<u8> {
    bytes
}

/// Takes bytes that are lent for the call.
#[uniffi::export]
pub fn sum_bytes(bytes: &[u8]) -> u64 {
    bytes.iter().map(|byte| u64::from(*byte)).sum()
}

#[uniffi::export]
pub fn echo_nested(lists: Vec<Vec<String>>) -> Vec<Vec<String>> {
    lists
}

#[uniffi::export]
pub fn echo_deep(
    deep: Vec<Option<HashMap<String, Vec<Option<i32>>>>>,
) -> Vec<Option<HashMap<String, Vec<Option<i32>>>>> {
    deep
}

#[uniffi::export]
pub fn echo_map(map: HashMap<Color, Vec<Person>>) -> HashMap<Color, Vec<Person>> {
    map
}

#[uniffi::export]
pub fn echo_optional_string(text: Option<String>) -> Option<String> {
    text
}

#[uniffi::export]
pub fn echo_optional_number(number: Option<u64>) -> Option<u64> {
    number
}

#[uniffi::export]
pub fn echo_time(time: SystemTime) -> SystemTime {
    time
}

/// Nanoseconds since 1970.
#[uniffi::export]
pub fn nanoseconds(time: SystemTime) -> i64 {
    match time.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(after) => after.as_nanos() as i64,
        Err(before) => -(before.duration().as_nanos() as i64),
    }
}

/// A time that no `DateTimeOffset` can hold.
#[uniffi::export]
pub fn far_future() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000_000)
}

/// A time that no `DateTimeOffset` can hold either.
#[uniffi::export]
pub fn far_past() -> SystemTime {
    SystemTime::UNIX_EPOCH - Duration::from_secs(1_000_000_000_000)
}

#[uniffi::export]
pub fn echo_duration(duration: Duration) -> Duration {
    duration
}

/// The longest duration there is.
#[uniffi::export]
pub fn longest() -> Duration {
    Duration::MAX
}

/// Half a second and a nanosecond.
#[uniffi::export]
pub fn fine() -> Duration {
    Duration::new(0, 500_000_001)
}

#[uniffi::export]
pub fn add(left: i64, right: i64) -> i64 {
    left.wrapping_add(right)
}

#[uniffi::export]
pub fn not(value: bool) -> bool {
    !value
}

#[uniffi::export]
pub fn halve(double: f64, single: f32) -> Vec<f64> {
    vec![double / 2.0, f64::from(single) / 2.0]
}
