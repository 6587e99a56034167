//! What a type is in C#, and the expressions by which its values travel, compare and print.
//!
//! A value is *lowered* for a call and *lifted* from its result. What is not a number, a handle or a text travels in a buffer, into which
//! it is written and from which it is read.

use std::collections::{BTreeMap, HashSet};

use anyhow::{Result, bail};
use uniffi_bindgen::ComponentInterface;
use uniffi_bindgen::interface::{AsType, FfiType, Type};

use crate::names;

/// The types of one interface, as they are spoken of at one place.
pub(crate) struct Types<'a> {
    pub(crate) interface: &'a ComponentInterface,
    namespace: &'a str,
    hidden: HashSet<String>,
}

impl<'a> Types<'a> {
    pub(crate) fn new(interface: &'a ComponentInterface, namespace: &'a str) -> Self {
        Self { interface, namespace, hidden: HashSet::new() }
    }

    /// For a place where these names mean something else.
    pub(crate) fn hidden(&self, names: impl IntoIterator<Item = String>) -> Self {
        Self { interface: self.interface, namespace: self.namespace, hidden: names.into_iter().collect() }
    }

    /// The class or enum of a type that the interface defines, by its name alone.
    pub(crate) fn class(&self, ty: &Type) -> Option<String> {
        match ty {
            Type::Record { name, .. } => Some(names::class(name, "Record")),
            Type::Object { name, .. } => Some(names::class(name, "Object")),
            Type::Enum { name, .. } if self.interface.is_name_used_as_error(name) => Some(names::exception(name)),
            Type::Enum { name, .. } => Some(names::class(name, "Enum")),
            _ => None,
        }
    }

    /// The type, as it is written in C#.
    pub(crate) fn name(&self, ty: &Type) -> String {
        match plain(ty) {
            Type::Boolean => "bool".into(),
            Type::Int8 => "sbyte".into(),
            Type::UInt8 => "byte".into(),
            Type::Int16 => "short".into(),
            Type::UInt16 => "ushort".into(),
            Type::Int32 => "int".into(),
            Type::UInt32 => "uint".into(),
            Type::Int64 => "long".into(),
            Type::UInt64 => "ulong".into(),
            Type::Float32 => "float".into(),
            Type::Float64 => "double".into(),
            Type::String => "string".into(),
            Type::Bytes => "byte[]".into(),
            Type::Timestamp => "DateTimeOffset".into(),
            Type::Duration => "TimeSpan".into(),
            Type::Optional { inner_type } => format!("{}?", self.name(inner_type)),
            Type::Sequence { inner_type } => format!("IReadOnlyList<{}>", self.name(inner_type)),
            Type::Map { key_type, value_type } => {
                format!("IReadOnlyDictionary<{}, {}>", self.name(key_type), self.name(value_type))
            }
            defined => {
                let class = self.class(defined).unwrap_or_default();
                if self.hidden.contains(&class) { format!("global::{}.{class}", self.namespace) } else { class }
            }
        }
    }

    /// The type as a part of the name of a function.
    pub(crate) fn word(&self, ty: &Type) -> String {
        match plain(ty) {
            Type::Boolean => "Boolean".into(),
            Type::Int8 => "SByte".into(),
            Type::UInt8 => "Byte".into(),
            Type::Int16 => "Int16".into(),
            Type::UInt16 => "UInt16".into(),
            Type::Int32 => "Int32".into(),
            Type::UInt32 => "UInt32".into(),
            Type::Int64 => "Int64".into(),
            Type::UInt64 => "UInt64".into(),
            Type::Float32 => "Single".into(),
            Type::Float64 => "Double".into(),
            Type::String => "String".into(),
            Type::Bytes => "Bytes".into(),
            Type::Timestamp => "Timestamp".into(),
            Type::Duration => "Duration".into(),
            Type::Optional { inner_type } => format!("Optional{}", self.word(inner_type)),
            Type::Sequence { inner_type } => format!("ListOf{}", self.word(inner_type)),
            Type::Map { key_type, value_type } => format!("MapOf{}To{}", self.word(key_type), self.word(value_type)),
            defined => self.class(defined).unwrap_or_default(),
        }
    }

    pub(crate) fn is_flat_enum(&self, ty: &Type) -> bool {
        let Type::Enum { name, .. } = plain(ty) else { return false };
        !self.interface.is_name_used_as_error(name)
            && self.interface.get_enum_definition(name).is_some_and(|e| e.is_flat())
    }

    /// Whether it is a value type: never null.
    pub(crate) fn is_value(&self, ty: &Type) -> bool {
        match plain(ty) {
            Type::String
            | Type::Bytes
            | Type::Sequence { .. }
            | Type::Map { .. }
            | Type::Record { .. }
            | Type::Object { .. } => false,
            Type::Optional { .. } => false,
            Type::Enum { .. } => self.is_flat_enum(ty),
            _ => true,
        }
    }

    /// Whether null has to be refused.
    pub(crate) fn refuses_null(&self, ty: &Type) -> bool {
        !self.is_value(ty) && !matches!(plain(ty), Type::Optional { .. })
    }

    /// The value for a call.
    pub(crate) fn lower(&self, ty: &Type, value: &str) -> String {
        match plain(ty) {
            Type::Boolean => format!("{value} ? (sbyte)1 : (sbyte)0"),
            Type::String => format!("RustBuffer.FromString({value})"),
            Type::Object { .. } => format!("{value}.ToRust()"),
            other if travels_as_it_is(other) => value.to_owned(),
            other => format!("Converters.Lower{}({value})", self.word(other)),
        }
    }

    /// The value of a call's result.
    pub(crate) fn lift(&self, ty: &Type, result: &str) -> String {
        match plain(ty) {
            Type::Boolean => format!("{result} != 0"),
            Type::String => format!("{result}.TakeString()"),
            Type::Object { .. } => format!("{}.FromRust({result})", self.name(ty)),
            other if travels_as_it_is(other) => result.to_owned(),
            other => format!("Converters.Lift{}({result})", self.word(other)),
        }
    }

    /// The value read from `reader`.
    pub(crate) fn read(&self, ty: &Type) -> String {
        match plain(ty) {
            Type::Object { .. } => format!("{}.FromRust(reader.ReadUInt64())", self.name(ty)),
            other if is_built_in(other) => format!("reader.Read{}()", self.word(other)),
            other => format!("Read{}(ref reader)", self.word(other)),
        }
    }

    /// The value written to `writer`.
    pub(crate) fn write(&self, ty: &Type, value: &str) -> String {
        match plain(ty) {
            Type::Object { .. } => format!("writer.WriteUInt64({value}.ToRust())"),
            other if is_built_in(other) => format!("writer.Write{}({value})", self.word(other)),
            other => format!("Write{}(ref writer, {value})", self.word(other)),
        }
    }

    /// Whether two values are equal.
    pub(crate) fn equal(&self, ty: &Type, left: &str, right: &str, depth: usize) -> String {
        let inner = match plain(ty) {
            Type::Optional { inner_type } => plain(inner_type),
            other => other,
        };
        let is_optional = matches!(plain(ty), Type::Optional { .. });
        let (a, b) = (format!("a{depth}"), format!("b{depth}"));
        match inner {
            Type::Bytes => format!("RustValues.Equal({left}, {right})"),
            Type::Sequence { inner_type: item } | Type::Map { value_type: item, .. } => {
                format!("RustValues.Equal({left}, {right}, ({a}, {b}) => {})", self.equal(item, &a, &b, depth + 1))
            }
            Type::Float32 | Type::Float64 if is_optional => format!("Nullable.Equals({left}, {right})"),
            Type::Float32 | Type::Float64 => format!("{left}.Equals({right})"),
            Type::Object { .. } => format!("Equals({left}, {right})"),
            Type::Enum { name, .. } if self.interface.is_name_used_as_error(name) => {
                format!("ReferenceEquals({left}, {right})")
            }
            _ => format!("{left} == {right}"),
        }
    }

    pub(crate) fn hash(&self, ty: &Type, value: &str, depth: usize) -> String {
        let (optional, inner) = match plain(ty) {
            Type::Optional { inner_type } => (!self.is_value(inner_type), plain(inner_type)),
            other => (false, other),
        };
        match inner {
            Type::Bytes => format!("RustValues.Hash({value})"),
            Type::Sequence { inner_type: item } | Type::Map { value_type: item, .. } => {
                let a = format!("a{depth}");
                format!("RustValues.Hash({value}, {a} => {})", self.hash(item, &a, depth + 1))
            }
            _ if optional => format!("({value}?.GetHashCode() ?? 0)"),
            _ => format!("{value}.GetHashCode()"),
        }
    }

    /// The value as a part of an interpolated text.
    pub(crate) fn text(&self, ty: &Type, value: &str) -> String {
        let inner = match plain(ty) {
            Type::Optional { inner_type } => plain(inner_type),
            other => other,
        };
        match inner {
            Type::Bytes | Type::Sequence { .. } | Type::Map { .. } => format!("{{RustValues.Text({value})}}"),
            _ => format!("{{{value}}}"),
        }
    }

    /// The types of the fields of what this type is made of, and of its items.
    fn parts(&self, ty: &Type) -> Vec<Type> {
        match ty {
            Type::Optional { inner_type } | Type::Sequence { inner_type } => vec![plain(inner_type).clone()],
            Type::Map { key_type, value_type } => vec![plain(key_type).clone(), plain(value_type).clone()],
            Type::Record { name, .. } => {
                let record = self.interface.get_record_definition(name);
                record.into_iter().flat_map(|r| r.fields()).map(|f| plain(&f.as_type()).clone()).collect()
            }
            Type::Enum { name, .. } => {
                let definition = self.interface.get_enum_definition(name);
                let fields = definition.into_iter().flat_map(|e| e.variants()).flat_map(|v| v.fields());
                fields.map(|f| plain(&f.as_type()).clone()).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Those of the types, and of what they are made of, that need functions of their own, by their words.
    pub(crate) fn closure(&self, roots: impl IntoIterator<Item = Type>) -> Result<BTreeMap<String, Type>> {
        let mut found: BTreeMap<String, Type> = BTreeMap::new();
        let mut open: Vec<Type> = roots.into_iter().collect();
        while let Some(ty) = open.pop() {
            let ty = plain(&ty).clone();
            if is_built_in(&ty) || matches!(ty, Type::Object { .. }) {
                continue;
            }
            let word = self.word(&ty);
            match found.get(&word) {
                Some(same) if *same == ty => continue,
                Some(other) => {
                    bail!("{other:?} and {ty:?} would both be called {word} in C#: one of the types needs another name")
                }
                None => {}
            }
            open.extend(self.parts(&ty));
            found.insert(word, ty);
        }
        Ok(found)
    }
}

/// The type without the boxes that matter in Rust only.
pub(crate) fn plain(ty: &Type) -> &Type {
    match ty {
        Type::Box { inner_type } => plain(inner_type),
        other => other,
    }
}

/// Whether readers and writers know it.
pub(crate) fn is_built_in(ty: &Type) -> bool {
    travels_as_it_is(ty) || matches!(ty, Type::Boolean | Type::String | Type::Bytes | Type::Timestamp | Type::Duration)
}

fn travels_as_it_is(ty: &Type) -> bool {
    use Type::*;
    matches!(ty, Int8 | UInt8 | Int16 | UInt16 | Int32 | UInt32 | Int64 | UInt64 | Float32 | Float64)
}

/// Whether it travels in a buffer that has to be freed by whoever has it, or as a reference that has.
pub(crate) fn is_owned(ty: &Type) -> bool {
    !travels_as_it_is(plain(ty)) && !matches!(plain(ty), Type::Boolean)
}

/// The type of a parameter or a result of a native function.
pub(crate) fn native(ty: &FfiType) -> &'static str {
    match ty {
        FfiType::Int8 => "sbyte",
        FfiType::UInt8 => "byte",
        FfiType::Int16 => "short",
        FfiType::UInt16 => "ushort",
        FfiType::Int32 => "int",
        FfiType::UInt32 => "uint",
        FfiType::Int64 => "long",
        FfiType::UInt64 | FfiType::Handle => "ulong",
        FfiType::Float32 => "float",
        FfiType::Float64 => "double",
        FfiType::RustBuffer(_) => "RustBuffer",
        FfiType::ForeignBytes => "ForeignBytes",
        other => unreachable!("refused before: {other:?}"),
    }
}
