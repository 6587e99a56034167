//! A user of any platform, and one to publish.

use serde::Serialize;

use super::{Ext, ExternalId, Extras, Id};

/// A user of any platform.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct User {
    /// The external id.
    pub id: ExternalId,
    /// The name to show.
    pub name: String,
    /// False when its platform no longer lists it; kept for what it wrote.
    pub active: bool,
    /// The URL of a picture to show (http or https).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub avatar: Option<String>,
    /// What its application carries beyond that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ext: Option<Ext>,
}

/// One of the app's own users, to publish. An id and a name are one: `(1, "Ana")`.
///
/// ```
/// use integrador::NewUser;
/// let ana = NewUser::new(1, "Ana").avatar("https://example.org/ana.png");
/// ```
#[derive(Debug, Clone)]
pub struct NewUser {
    pub(crate) id: Id,
    pub(crate) name: String,
    pub(crate) avatar: Option<String>,
    pub(crate) ext: Option<Ext>,
}

impl NewUser {
    /// A user without an avatar.
    pub fn new(id: impl Into<Id>, name: impl Into<String>) -> Self {
        NewUser { id: id.into(), name: name.into(), avatar: None, ext: None }
    }

    /// The URL of a picture to show: http or https, at most 2,048 characters.
    pub fn avatar(mut self, url: impl Into<String>) -> Self {
        self.avatar = Some(url.into());
        self
    }

    /// What the app carries beyond that.
    pub fn ext(mut self, ext: Ext) -> Self {
        self.ext = Some(ext);
        self
    }

    pub(crate) fn extras(&self) -> Extras {
        Extras::new(self.avatar.as_deref(), self.ext.clone())
    }
}

impl<I: Into<Id>, N: Into<String>> From<(I, N)> for NewUser {
    fn from((id, name): (I, N)) -> Self {
        NewUser::new(id, name)
    }
}
