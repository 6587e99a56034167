//! What a user or a room may have beside its name: an avatar, and what its application carries.

use std::sync::Arc;

use super::Ext;

/// Most have neither, and take the room of one pointer then.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Extras(Option<Arc<Both>>);

#[derive(Debug, PartialEq, Eq)]
struct Both {
    avatar: Option<Box<str>>,
    ext: Option<Ext>,
}

impl Extras {
    pub(crate) fn new(avatar: Option<&str>, ext: Option<Ext>) -> Extras {
        let any = avatar.is_some() || ext.is_some();
        Extras(any.then(|| Arc::new(Both { avatar: avatar.map(Into::into), ext })))
    }

    /// The URL of the picture to show.
    pub(crate) fn avatar(&self) -> Option<&str> {
        self.0.as_ref().and_then(|both| both.avatar.as_deref())
    }

    pub(crate) fn ext(&self) -> Option<&Ext> {
        self.0.as_ref().and_then(|both| both.ext.as_ref())
    }

    /// How much they make a node hold, bytes.
    pub(crate) fn held(&self) -> usize {
        self.avatar().map_or(0, str::len) + self.ext().map_or(0, |ext| ext.as_json().len())
    }
}
