//! How values are read and written: which types need it, in which direction, and by what.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use uniffi_bindgen::interface::{AsType, Type};

use crate::model::{Choice, FlatEnum, RecordClass, Values, callables};
use crate::types::{Types, plain};

/// How one type is read and written, as far as it is.
pub(crate) struct Converter {
    pub(crate) word: String,
    pub(crate) ty: String,
    pub(crate) kind: Kind,
    pub(crate) lifts: bool,
    pub(crate) lowers: bool,
    pub(crate) reads: bool,
    pub(crate) writes: bool,
}

pub(crate) enum Kind {
    Record(Values),
    FlatEnum(FlatEnum),
    Choice(Choice),
    Optional {
        read: String,
        write: String,
        is_value: bool,
    },
    List {
        item: String,
        read: String,
        write: String,
    },
    Map {
        key: String,
        item: String,
        read_key: String,
        read: String,
        write_key: String,
        write: String,
    },
    /// What readers and writers know, alone.
    BuiltIn {
        read: String,
        write: String,
    },
}

impl Converter {
    pub(crate) fn all(types: &Types) -> Result<Vec<Self>> {
        let interface = types.interface;
        let displayed = interface
            .enum_definitions()
            .iter()
            .filter(|e| interface.is_name_used_as_error(e.name()) && e.uniffi_trait_methods().display_fmt.is_some());
        let arguments =
            callables(interface).flat_map(|c| c.arguments()).filter(|a| !a.is_borrowed_bytes()).map(|a| a.as_type());
        let lowered: Vec<Type> = arguments.chain(displayed.map(|e| e.as_type())).collect();
        let lifted: Vec<Type> =
            callables(interface).flat_map(|c| c.return_type().into_iter().chain(c.throws_type())).cloned().collect();
        let (written, read) = (types.closure(lowered.clone())?, types.closure(lifted.clone())?);
        let in_a_buffer = |ty: &&Type| matches!(plain(ty), Type::Bytes | Type::Timestamp | Type::Duration);
        let built_in = lowered.iter().chain(&lifted).filter(in_a_buffer).map(|ty| (types.word(ty), plain(ty).clone()));
        let all: BTreeMap<_, _> =
            written.iter().chain(&read).map(|(word, ty)| (word.clone(), ty.clone())).chain(built_in).collect();
        let words = |roots: &[Type]| roots.iter().map(|ty| types.word(ty)).collect::<BTreeSet<_>>();
        let (lowers, lifts) = (words(&lowered), words(&lifted));
        all.into_iter()
            .map(|(word, ty)| {
                Ok(Self {
                    ty: types.name(&ty),
                    kind: Kind::new(types, &ty)?,
                    lifts: lifts.contains(&word),
                    lowers: lowers.contains(&word),
                    reads: read.contains_key(&word),
                    writes: written.contains_key(&word),
                    word,
                })
            })
            .collect()
    }
}

impl Kind {
    fn new(types: &Types, ty: &Type) -> Result<Self> {
        Ok(match ty {
            Type::Record { name, .. } => {
                let record = types.interface.get_record_definition(name).context(name.clone())?;
                Kind::Record(RecordClass::new(types, record)?.values)
            }
            Type::Enum { name, .. } => {
                let e = types.interface.get_enum_definition(name).context(name.clone())?;
                if types.is_flat_enum(ty) {
                    Kind::FlatEnum(FlatEnum::new(types, e)?)
                } else {
                    Kind::Choice(Choice::new(types, e)?)
                }
            }
            Type::Optional { inner_type } => {
                let is_value = types.is_value(inner_type);
                let value = if is_value { "value.Value" } else { "value" };
                Kind::Optional { read: types.read(inner_type), write: types.write(inner_type, value), is_value }
            }
            Type::Sequence { inner_type } => Kind::List {
                item: types.name(inner_type),
                read: types.read(inner_type),
                write: types.write(inner_type, "items[i]"),
            },
            Type::Map { key_type, value_type } => Kind::Map {
                key: types.name(key_type),
                item: types.name(value_type),
                read_key: types.read(key_type),
                read: types.read(value_type),
                write_key: types.write(key_type, "entry.Key"),
                write: types.write(value_type, "entry.Value"),
            },
            built_in => Kind::BuiltIn { read: types.read(built_in), write: types.write(built_in, "item") },
        })
    }
}
