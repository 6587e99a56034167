//! What the templates are filled with.

use std::collections::BTreeSet;

use anyhow::{Context, Result, bail};
use askama::Template;
use uniffi_bindgen::ComponentInterface;
use uniffi_bindgen::interface::{
    AsType, Callable, Enum, Field, Function, Literal, Method, Object, Record, Type, Variant,
};

use crate::Options;
use crate::calls::{Call, Future, Member, Outcome, constructor};
use crate::converters::{Converter, Kind};
use crate::docs::comment;
use crate::names::{self, Members};
use crate::types::Types;

#[derive(Template)]
#[template(path = "body.cs", escape = "none")]
pub(crate) struct Body {
    visibility: &'static str,
    library: String,
    functions: Option<Functions>,
    objects: Vec<ObjectClass>,
    records: Vec<RecordClass>,
    flat_enums: Vec<FlatEnum>,
    choices: Vec<Choice>,
    converters: Vec<Converter>,
    futures: Vec<Future>,
    contract_version: u32,
    contract_function: String,
    checksums: Vec<(String, u16)>,
    buffer_alloc: String,
    buffer_reserve: String,
    buffer_free: String,
}

impl Body {
    pub(crate) fn new(interface: &ComponentInterface, options: &Options) -> Result<Self> {
        let types = &Types::new(interface, &options.namespace);
        let enums = || interface.enum_definitions().iter();
        let is_flat = |e: &&Enum| types.is_flat_enum(&e.as_type());
        let futures: BTreeSet<Future> =
            callables(interface).filter(|c| c.is_async()).map(|c| Future::new(interface, c.return_type())).collect();
        let body = Self {
            visibility: if options.public { "public" } else { "internal" },
            library: options.library.clone(),
            functions: Functions::new(types)?,
            objects: interface
                .object_definitions()
                .iter()
                .map(|o| ObjectClass::new(types, o))
                .collect::<Result<_>>()?,
            records: interface
                .record_definitions()
                .iter()
                .map(|r| RecordClass::new(types, r))
                .collect::<Result<_>>()?,
            flat_enums: enums().filter(is_flat).map(|e| FlatEnum::new(types, e)).collect::<Result<_>>()?,
            choices: enums().filter(|e| !is_flat(e)).map(|e| Choice::new(types, e)).collect::<Result<_>>()?,
            converters: Converter::all(types)?,
            futures: futures.into_iter().collect(),
            contract_version: interface.uniffi_contract_version(),
            contract_function: interface.ffi_uniffi_contract_version().name().to_owned(),
            checksums: interface.iter_checksums().collect(),
            buffer_alloc: interface.ffi_rustbuffer_alloc().name().to_owned(),
            buffer_reserve: interface.ffi_rustbuffer_reserve().name().to_owned(),
            buffer_free: interface.ffi_rustbuffer_free().name().to_owned(),
        };
        body.check_classes()?;
        Ok(body)
    }

    /// No two types may have one name.
    fn check_classes(&self) -> Result<()> {
        let functions = self.functions.iter().map(|f| &f.class);
        let objects = self.objects.iter().map(|o| &o.class);
        let records = self.records.iter().map(|r| &r.class);
        let enums = self.flat_enums.iter().map(|e| &e.class).chain(self.choices.iter().map(|u| &u.class));
        let mut seen = BTreeSet::new();
        for class in functions.chain(objects).chain(records).chain(enums) {
            names::check_identifier(class)?;
            if !seen.insert(class) {
                bail!("two types would be called `{class}` in C#: one needs another name");
            }
        }
        Ok(())
    }
}

pub(crate) fn callables(interface: &ComponentInterface) -> impl Iterator<Item = &dyn Callable> {
    interface.iter_callables()
}

struct Functions {
    class: String,
    members: Vec<Member>,
}

impl Functions {
    fn new(types: &Types) -> Result<Option<Self>> {
        let class = names::pascal(types.interface.namespace());
        let mut members = Members::new(&class);
        let functions = types.interface.function_definitions();
        let written = functions
            .iter()
            .map(|f| Self::member(types, &mut members, f).with_context(|| format!("function `{}`", f.name())));
        let written = written.collect::<Result<Vec<_>>>()?;
        Ok((!written.is_empty()).then_some(Self { class, members: written }))
    }

    fn member(types: &Types, members: &mut Members, function: &Function) -> Result<Member> {
        method(types, members, function, function.name(), None, "public static")
    }
}

/// A method, or a function, or a constructor that has a name.
fn method(
    types: &Types,
    members: &mut Members,
    callable: &dyn Callable,
    name: &str,
    receiver: Option<String>,
    words: &str,
) -> Result<Member> {
    let call = Call { types, callable, receiver, outcome: Outcome::Return, nulls_are_checked: false };
    let pascal = names::pascal(name);
    let pascal = if callable.is_async() && !pascal.ends_with("Async") { format!("{pascal}Async") } else { pascal };
    let name = members.name(pascal, "Method")?;
    let safety = if call.is_unsafe() { " unsafe" } else { "" };
    Ok(Member {
        docs: call.docs(),
        signature: call.signature(&format!("{words}{safety} {} {name}", call.returns())),
        body: call.body(),
    })
}

struct ObjectClass {
    docs: Vec<String>,
    class: String,
    members: Vec<Member>,
    is_equatable: bool,
    clone: String,
    free: String,
}

impl ObjectClass {
    fn new(types: &Types, object: &Object) -> Result<Self> {
        Self::written(types, object).with_context(|| format!("object `{}`", object.name()))
    }

    fn written(types: &Types, object: &Object) -> Result<Self> {
        let class = names::class(object.name(), "Object");
        let mut names = Members::new(&class);
        let receiver = || Some("ToRust()".to_owned());
        let mut members = Vec::new();
        for constructor in object.constructors() {
            if constructor.is_primary_constructor() && !constructor.is_async() {
                let outcome = Outcome::Statement("handle = new NativeHandle(_result);".into());
                let call = Call { types, callable: constructor, receiver: None, outcome, nulls_are_checked: false };
                members.push(Member {
                    docs: call.docs(),
                    signature: call.signature(&format!("public {class}")),
                    body: call.body(),
                });
            } else {
                let name = if constructor.is_primary_constructor() { "create" } else { constructor.name() };
                members.push(method(types, &mut names, constructor, name, None, "public static")?);
            }
        }
        for one in object.methods() {
            members.push(method(types, &mut names, one, one.name(), receiver(), "public")?);
        }
        let traits = object.uniffi_trait_methods();
        let call = |callable: &Method, outcome| {
            Call { types, callable, receiver: receiver(), outcome, nulls_are_checked: true }.body()
        };
        let mut from_trait = |callable: Option<&Method>, signature: String, outcome, before: &str| {
            let body = callable.map(|method| before.lines().map(str::to_owned).chain(call(method, outcome)).collect());
            members.extend(body.map(|body| Member { docs: Vec::new(), signature: vec![signature], body }));
        };
        from_trait(
            traits.display_fmt.as_ref().or(traits.debug_fmt.as_ref()),
            "public override string ToString()".into(),
            Outcome::Return,
            "",
        );
        let unequal = "if (other is null)\n{\n    return false;\n}";
        from_trait(traits.eq_eq.as_ref(), format!("public bool Equals({class}? other)"), Outcome::Return, unequal);
        let hash = Outcome::Statement("return _result.GetHashCode();".into());
        from_trait(traits.hash_hash.as_ref(), "public override int GetHashCode()".into(), hash, "");
        Ok(Self {
            docs: comment(object.docstring(), None),
            is_equatable: traits.eq_eq.is_some(),
            clone: object.ffi_object_clone().name().to_owned(),
            free: object.ffi_object_free().name().to_owned(),
            class,
            members,
        })
    }
}

/// A property of a record, of a variant or of an error.
struct Property {
    docs: Vec<String>,
    name: String,
    parameter: String,
    ty: String,
    refuses_null: bool,
    equal: String,
    hash: String,
    text: String,
    read: String,
    write: String,
}

impl Property {
    fn all(types: &Types, members: &mut Members, fields: &[Field]) -> Result<Vec<Self>> {
        let property = |(i, field): (usize, &Field)| {
            let ty = field.as_type();
            let rust = match field.name() {
                "" if fields.len() == 1 => "value".to_owned(),
                "" => format!("value{}", i + 1),
                name => name.to_owned(),
            };
            let name = members.name(names::pascal(&rust), "Value")?;
            Ok(Self {
                docs: comment(field.docstring(), None),
                parameter: names::parameter(&rust),
                ty: types.name(&ty),
                refuses_null: types.refuses_null(&ty),
                equal: types.equal(&ty, &name, &format!("other.{name}"), 0),
                hash: types.hash(&ty, &name, 0),
                text: types.text(&ty, &name),
                read: types.read(&ty),
                write: types.write(&ty, &format!("value.{name}")),
                name,
            })
        };
        fields.iter().enumerate().map(property).collect()
    }
}

/// A class of properties: a record, a variant, an error.
pub(crate) struct Values {
    docs: Vec<String>,
    class: String,
    properties: Vec<Property>,
}

impl Values {
    fn constructor(&self) -> Vec<String> {
        constructor(
            &self.class,
            &self.properties.iter().map(|p| format!("{} {}", p.ty, p.parameter)).collect::<Vec<_>>(),
        )
    }

    /// The text of `ToString`, to be interpolated.
    fn text(&self) -> String {
        let parts: Vec<_> = self.properties.iter().map(|p| format!("{} = {}", p.name, p.text)).collect();
        if parts.is_empty() { self.class.clone() } else { format!("{} {{{{ {} }}}}", self.class, parts.join(", ")) }
    }

    fn reads(&self) -> String {
        self.properties.iter().map(|p| p.read.as_str()).collect::<Vec<_>>().join(", ")
    }
}

pub(crate) struct RecordClass {
    class: String,
    pub(crate) values: Values,
}

impl RecordClass {
    pub(crate) fn new(types: &Types, record: &Record) -> Result<Self> {
        let class = names::class(record.name(), "Record");
        let properties = Property::all(types, &mut Members::new(&class), record.fields())
            .with_context(|| format!("record `{}`", record.name()))?;
        Ok(Self { values: Values { docs: comment(record.docstring(), None), class: class.clone(), properties }, class })
    }
}

pub(crate) struct FlatEnum {
    docs: Vec<String>,
    class: String,
    underlying: String,
    /// Comment, name, number.
    variants: Vec<(Vec<String>, String, String)>,
}

impl FlatEnum {
    pub(crate) fn new(types: &Types, e: &Enum) -> Result<Self> {
        let class = names::class(e.name(), "Enum");
        let mut members = Members::new("");
        let number = |i| match e.variant_discr(i)? {
            Literal::UInt(number, ..) => Ok(number.to_string()),
            // What follows on a discriminant beyond an i64.
            Literal::Int(number, ..) if *e.variant_discr_type() == Some(Type::UInt64) => {
                Ok((number as u64).to_string())
            }
            Literal::Int(number, ..) => Ok(number.to_string()),
            other => bail!("enum `{}`: {other:?} is no number", e.name()),
        };
        let variant = |(i, v): (usize, &Variant)| {
            Ok((comment(v.docstring(), None), members.name(v.name().to_owned(), "Variant")?, number(i)?))
        };
        let variants: Vec<_> = e
            .variants()
            .iter()
            .enumerate()
            .map(variant)
            .collect::<Result<_>>()
            .with_context(|| format!("enum `{}`", e.name()))?;
        let fits = variants.iter().all(|(_, _, number)| number.parse::<i32>().is_ok());
        let underlying = match e.variant_discr_type() {
            Some(ty) => types.name(ty),
            None if fits => "int".into(),
            None => "long".into(),
        };
        Ok(Self { docs: comment(e.docstring(), None), class, underlying, variants })
    }
}

/// An enum whose variants have fields, or an error: an abstract class with a class in it for each variant.
pub(crate) struct Choice {
    docs: Vec<String>,
    class: String,
    variants: Vec<Values>,
    error: Option<ErrorKind>,
}

/// Where the text of an error comes from.
#[derive(PartialEq)]
enum ErrorKind {
    /// Rust says it when asked: the body of the call.
    Display(Vec<String>),
    /// It is all that Rust sends.
    Flat,
    /// It is made of the fields.
    Fields,
}

impl Choice {
    pub(crate) fn new(types: &Types, e: &Enum) -> Result<Self> {
        Self::written(types, e).with_context(|| format!("enum `{}`", e.name()))
    }

    fn written(types: &Types, e: &Enum) -> Result<Self> {
        let is_error = types.interface.is_name_used_as_error(e.name());
        let class = types.class(&e.as_type()).unwrap_or_default();
        let members = |class: &str| if is_error { Members::of_exception(class) } else { Members::new(class) };
        let rust_names: Vec<&str> = e.variants().iter().map(Variant::name).collect();
        let variant_names = names::variants(members(&class), &rust_names)?;
        // In the class, a variant's name means the variant.
        let inside = types.hidden(variant_names.iter().cloned());
        let variant = |(v, name): (&Variant, &String)| {
            let mut members = members(name).taken(variant_names.iter().cloned());
            let properties = Property::all(&inside, &mut members, if e.is_flat() { &[] } else { v.fields() });
            let properties = properties.with_context(|| format!("variant `{}`", v.name()))?;
            Ok(Values { docs: comment(v.docstring(), None), class: name.clone(), properties })
        };
        let display = e.uniffi_trait_methods().display_fmt;
        let described = display.map(|method| {
            let receiver = Some(format!("Converters.Lower{class}(error)"));
            let call = Call { types, callable: &method, receiver, outcome: Outcome::Return, nulls_are_checked: true };
            ["RustLibrary.Check();".to_owned()].into_iter().chain(call.body()).collect()
        });
        let error = match described {
            _ if !is_error => None,
            _ if e.is_flat() => Some(ErrorKind::Flat),
            Some(body) => Some(ErrorKind::Display(body)),
            None => Some(ErrorKind::Fields),
        };
        Ok(Self {
            docs: comment(e.docstring(), None),
            variants: e.variants().iter().zip(&variant_names).map(variant).collect::<Result<_>>()?,
            class,
            error,
        })
    }

    fn description(&self) -> Option<&[String]> {
        match &self.error {
            Some(ErrorKind::Display(body)) => Some(body),
            _ => None,
        }
    }

    fn is_flat_error(&self) -> bool {
        self.error == Some(ErrorKind::Flat)
    }

    fn is_error_of_fields(&self) -> bool {
        self.error == Some(ErrorKind::Fields)
    }
}
