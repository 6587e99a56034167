//! Where in the arguments something is wrong: errors name it.

use std::fmt;

/// An argument or a part of one: `attachments[2].size`. It is spelled out only for an error.
#[derive(Clone, Copy)]
pub(crate) enum Place<'a> {
    Argument(&'static str),
    Item(&'a Place<'a>, usize),
    Key(&'a Place<'a>, &'a str),
    Attribute(&'a Place<'a>, &'static str),
}

impl From<&'static str> for Place<'_> {
    fn from(name: &'static str) -> Self {
        Place::Argument(name)
    }
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Argument(name) => f.write_str(name),
            Place::Item(of, at) => write!(f, "{of}[{at}]"),
            Place::Key(of, key) => write!(f, "{of}[{key:?}]"),
            Place::Attribute(of, name) => write!(f, "{of}.{name}"),
        }
    }
}
