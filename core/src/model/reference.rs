//! What a caller means by an id of a user or a room.

use std::fmt;

use super::{ExternalId, Id};

/// A user or a room as a caller names it: by what the app itself calls it, or by what everybody does.
///
/// Which of the two it is, its type says: an integer or a text is the app's own, whatever the text looks like, and an
/// [`ExternalId`] is external. A text becomes one through its parser alone.
///
/// ```
/// use integrador::{ExternalId, Id, Ref};
/// assert_eq!(Ref::from(7), Ref::Own(Id::from(7)));
/// assert_eq!(Ref::from("GWT_CHAT:7"), Ref::Own(Id::from("GWT_CHAT:7")));
/// let parsed: ExternalId = "GWT_CHAT:7".parse()?;
/// assert_eq!(Ref::from(parsed), Ref::External(ExternalId::new("GWT_CHAT", "7")));
/// # Ok::<(), integrador::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Ref {
    /// A local id that is [bound](crate::Node::bind) to an external one, else an id of the app's own.
    Own(Id),
    /// An external id; of the app's own platform too.
    External(ExternalId),
}

impl Ref {
    /// The id, whoever's it is.
    pub(crate) fn id(&self) -> &Id {
        match self {
            Ref::Own(id) => id,
            Ref::External(external) => &external.id,
        }
    }
}

/// What can be an [`Id`] is the app's own.
macro_rules! own {
    ($($type:ty),+) => {
        $(impl From<$type> for Ref {
            fn from(id: $type) -> Self {
                Ref::Own(id.into())
            }
        })+
    };
}

own!(i64, i32, &str, String, Id, &Id);

impl From<ExternalId> for Ref {
    fn from(id: ExternalId) -> Self {
        Ref::External(id)
    }
}

impl From<&ExternalId> for Ref {
    fn from(id: &ExternalId) -> Self {
        Ref::External(id.clone())
    }
}

impl From<&Ref> for Ref {
    fn from(reference: &Ref) -> Self {
        reference.clone()
    }
}

impl fmt::Display for Ref {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Ref::Own(id) => id.fmt(f),
            Ref::External(external) => external.fmt(f),
        }
    }
}
