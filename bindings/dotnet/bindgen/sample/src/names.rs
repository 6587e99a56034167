//! Names that mean something in C#, or are taken there.

/// Fields that are keywords.
#[derive(Clone, Debug, uniffi::Record)]
pub struct Keywords {
    pub class: String,
    pub namespace: i32,
    pub object: bool,
    pub string: Option<String>,
    pub event: Vec<i32>,
}

/// A field named as its record.
#[derive(Clone, Debug, uniffi::Record)]
pub struct Name {
    pub name: String,
    pub get_type: String,
    pub to_string: String,
}

/// Variants that are keywords, or named as their enum or as what every object has.
#[derive(Clone, Debug, uniffi::Enum)]
pub enum Odd {
    Odd,
    Equals { odd: i32 },
    Object(String),
    Namespace { params: i32, is: bool },
}

/// Arguments that are keywords.
#[uniffi::export]
#[allow(clippy::too_many_arguments)]
pub fn keywords(
    class: String,
    namespace: i32,
    object: bool,
    string: Option<String>,
    event: Vec<i32>,
    this: u8,
    base: u8,
    params: u8,
) -> Keywords {
    Keywords { class, namespace, object: object && this == base && base == params, string, event }
}

/// Named as a keyword.
#[uniffi::export]
pub fn checked(status: i32, result: i32, value: i32) -> i32 {
    status + result + value
}

#[uniffi::export]
pub fn echo_name(name: Name) -> Name {
    name
}

#[uniffi::export]
pub fn echo_odd(odd: Odd) -> Odd {
    odd
}

/// Named as the class that holds the functions.
#[uniffi::export]
pub fn integrador_bindgen_sample() -> String {
    "a function".into()
}
