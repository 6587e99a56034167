//! serde's visitors that build a [`Value`]: no object with two fields of one name, and no more values than are allowed.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::{CARRIED, DEEPEST_BODY, Value, scan};

/// Up to this many fields a name is looked for one by one; beyond, in a hash set, so that a hostile object with a hundred
/// thousand fields costs no quadratic time.
const FEW_FIELDS: usize = 16;

/// What goes against the rules here and not against serde_json's.
pub(super) enum Breach {
    /// Two fields of this name in one object.
    Twice(String),
    /// More values than are allowed.
    TooMany,
}

/// Watches over the building of one value. serde's errors are text; what was wrong stands here.
pub(super) struct Guard {
    left: Cell<usize>,
    breach: RefCell<Option<Breach>>,
}

impl Guard {
    /// Lets this many values be built.
    pub(super) fn new(most: usize) -> Self {
        Guard { left: Cell::new(most), breach: RefCell::default() }
    }

    pub(super) fn breach(self) -> Option<Breach> {
        self.breach.into_inner()
    }

    fn stop<E: serde::de::Error>(&self, breach: Breach) -> E {
        *self.breach.borrow_mut() = Some(breach);
        E::custom("against the rules")
    }
}

/// Builds a value; of an object at the top only the fields in `only`, if they are given.
#[derive(Clone, Copy)]
pub(super) struct Build<'g> {
    pub guard: &'g Guard,
    pub only: Option<&'g [&'g str]>,
    /// In how many lists and objects it stands.
    pub depth: usize,
}

impl Build<'_> {
    fn inner(self) -> Self {
        Build { only: None, depth: self.depth.saturating_add(1), ..self }
    }

    /// What is carried is looked at by the same rules, and kept as it stands if it is an object.
    fn carried<'de, E: serde::de::Error>(self, text: &'de str) -> Result<Value<'de>, E> {
        // No deeper field is one that is carried: or each would be read once more than the one around it.
        let inside = Build { only: None, depth: DEEPEST_BODY + 1, ..self };
        let read = inside.read(text.as_bytes());
        if !text.starts_with('{') {
            return read.map_err(E::custom);
        }
        let in_range = || scan::in_range(text.as_bytes()).is_some_and(|text| inside.read(&text).is_ok());
        match read {
            Err(e) if !in_range() => Err(E::custom(e)),
            _ => Ok(Value::Carried(Cow::Borrowed(text))),
        }
    }

    fn read(self, text: &[u8]) -> serde_json::Result<Value<'_>> {
        let mut reader = serde_json::Deserializer::from_slice(text);
        self.deserialize(&mut reader)
    }
}

impl<'de> DeserializeSeed<'de> for Build<'_> {
    type Value = Value<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value<'de>, D::Error> {
        match self.guard.left.get().checked_sub(1) {
            Some(left) => self.guard.left.set(left),
            None => return Err(self.guard.stop(Breach::TooMany)),
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Build<'_> {
    type Value = Value<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value<'de>, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value<'de>, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value<'de>, E> {
        Ok(Value::Int(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value<'de>, E> {
        Ok(i64::try_from(value).map_or(Value::Float(value as f64), Value::Int))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value<'de>, E> {
        Ok(Value::Float(value))
    }

    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Value<'de>, E> {
        Ok(Value::Text(Cow::Borrowed(value)))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value<'de>, E> {
        Ok(Value::Text(Cow::Owned(value.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value<'de>, A::Error> {
        let mut list = Vec::new();
        let inner = self.inner();
        while let Some(item) = items.next_element_seed(inner)? {
            list.push(item);
        }
        Ok(Value::List(fitted(list)))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value<'de>, A::Error> {
        let mut fields: Vec<(Cow<'de, str>, Value<'de>)> = Vec::new();
        let mut names: HashSet<Cow<'de, str>> = HashSet::new();
        let inner = self.inner();
        while let Some(name) = entries.next_key_seed(NameSeed)? {
            if self.only.is_some_and(|only| !only.contains(&&*name)) {
                entries.next_value::<IgnoredAny>()?;
                continue;
            }
            let twice = if fields.len() < FEW_FIELDS {
                fields.iter().any(|(n, _)| *n == name)
            } else {
                if names.is_empty() {
                    names.extend(fields.iter().map(|(n, _)| n.clone()));
                }
                !names.insert(name.clone())
            };
            if twice {
                return Err(self.guard.stop(Breach::Twice(name.into_owned())));
            }
            let value = match &*name == CARRIED && self.depth <= DEEPEST_BODY {
                true => self.carried(entries.next_value::<&RawValue>()?.get())?,
                false => entries.next_value_seed(inner)?,
            };
            fields.push((name, value));
        }
        Ok(Value::Object(fitted(fields)))
    }
}

/// A hundred thousand lists of one item each must not hold room for four.
fn fitted<T>(mut items: Vec<T>) -> Vec<T> {
    if items.capacity() > 2 * items.len() {
        items.shrink_to_fit();
    }
    items
}

/// Reads a field's name, borrowed where possible; serde's own `Cow` always copies.
struct NameSeed;

impl<'de> DeserializeSeed<'de> for NameSeed {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Cow<'de, str>, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for NameSeed {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a field")
    }

    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Borrowed(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Owned(value.to_owned()))
    }
}
