//! Ids and lists of ids, as the one who reads them gets them.

use std::borrow::Borrow;

use serde::Serialize;
use serde::ser::{SerializeMap, SerializeSeq, Serializer};

use crate::model::{Barred, Id};

/// Integers up to this one, either way, are the same in every language that reads JSON: JavaScript rounds those beyond.
const MOST_EXACT: u64 = (1 << 53) - 1;

/// Whether every reader reads this id as what it is, so that it is written alike for all.
pub(crate) fn is_exact(id: &Id) -> bool {
    id.as_i64().is_none_or(|n| n.unsigned_abs() <= MOST_EXACT)
}

/// For whom ids are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reader {
    /// Reads an integer as what it is.
    Node,
    /// May round integers beyond 2^53, and gets them as strings: they are the same ids.
    Any,
}

/// An id as this reader gets it.
#[derive(Clone, Copy)]
pub(super) struct IdFor<'a>(pub Reader, pub &'a Id);

impl Serialize for IdFor<'_> {
    fn serialize<Z: Serializer>(&self, serializer: Z) -> Result<Z::Ok, Z::Error> {
        match self.0 {
            Reader::Any if !is_exact(self.1) => serializer.serialize_str(self.1.as_str()),
            _ => self.1.serialize(serializer),
        }
    }
}

/// Members as the list of one-key objects that the original has.
pub(super) struct MemberList<'a>(pub Reader, pub &'a [(&'a str, Vec<&'a Id>)]);

impl Serialize for MemberList<'_> {
    fn serialize<Z: Serializer>(&self, serializer: Z) -> Result<Z::Ok, Z::Error> {
        struct One<'a>(&'a str, IdList<'a, &'a Id>);
        impl Serialize for One<'_> {
            fn serialize<Z: Serializer>(&self, serializer: Z) -> Result<Z::Ok, Z::Error> {
                let mut map = serializer.serialize_map(Some(1))?;
                map.serialize_entry(self.0, &self.1)?;
                map.end()
            }
        }
        let mut list = serializer.serialize_seq(Some(self.1.len()))?;
        for (platform, ids) in self.1 {
            list.serialize_element(&One(platform, IdList(self.0, ids)))?;
        }
        list.end()
    }
}

/// Whom a room's origin bars, as members are listed; all users of a platform are `"*"`.
pub(super) struct BarredList<'a>(pub Reader, pub &'a [(&'a str, &'a Barred)]);

impl Serialize for BarredList<'_> {
    fn serialize<Z: Serializer>(&self, serializer: Z) -> Result<Z::Ok, Z::Error> {
        struct One<'a>(Reader, &'a str, &'a Barred);
        impl Serialize for One<'_> {
            fn serialize<Z: Serializer>(&self, serializer: Z) -> Result<Z::Ok, Z::Error> {
                let mut map = serializer.serialize_map(Some(1))?;
                match self.2 {
                    Barred::Platform => map.serialize_entry(self.1, "*")?,
                    Barred::Users(ids) => {
                        let ids: Vec<&Id> = ids.iter().collect();
                        map.serialize_entry(self.1, &IdList(self.0, &ids))?;
                    }
                }
                map.end()
            }
        }
        serializer.collect_seq(self.1.iter().map(|(platform, barred)| One(self.0, platform, barred)))
    }
}

pub(super) struct IdList<'a, I>(pub Reader, pub &'a [I]);

impl<I: Borrow<Id>> Serialize for IdList<'_, I> {
    fn serialize<Z: Serializer>(&self, serializer: Z) -> Result<Z::Ok, Z::Error> {
        serializer.collect_seq(self.1.iter().map(|id| IdFor(self.0, id.borrow())))
    }
}
