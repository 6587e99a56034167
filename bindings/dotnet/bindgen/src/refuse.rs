//! What can't be expressed is refused, with the name of the item and what to do instead.

use anyhow::{Result, bail};
use uniffi_bindgen::ComponentInterface;
use uniffi_bindgen::interface::{AsType, Callable, ObjectImpl, Type};

use crate::types::plain;

/// Passes an interface that the generator supports.
pub(crate) fn check(interface: &ComponentInterface) -> Result<()> {
    if let Some(callback) = interface.callback_interface_definitions().first() {
        bail!(
            "callback interface `{}`: C# can't implement traits of Rust yet; let it wait for what it would be called with",
            callback.name()
        );
    }
    for ty in interface.iter_local_types().chain(interface.iter_external_types()) {
        check_type(interface, ty)?;
    }
    for object in interface.object_definitions() {
        let name = object.name();
        if *object.imp() != ObjectImpl::Struct {
            bail!("trait `{name}`: only structs can be objects; wrap it in one");
        }
        if interface.is_name_used_as_error(name) {
            bail!("object `{name}`: only enums can be errors");
        }
        let traits = object.uniffi_trait_methods();
        if traits.ord_cmp.is_some() {
            bail!("object `{name}`: the trait Ord is not supported; export a method that compares");
        }
        if traits.eq_eq.is_some() != traits.hash_hash.is_some() {
            bail!("object `{name}`: Eq needs Hash and Hash needs Eq in C#; export both");
        }
        for constructor in object.constructors() {
            check_call(interface, &format!("constructor `{name}::{}`", constructor.name()), constructor)?;
        }
        for method in object.methods() {
            check_call(interface, &format!("method `{name}::{}`", method.name()), method)?;
        }
    }
    for function in interface.function_definitions() {
        check_call(interface, &format!("function `{}`", function.name()), function)?;
    }
    for record in interface.record_definitions() {
        let traits = record.uniffi_trait_methods();
        let any_trait =
            traits.debug_fmt.or(traits.display_fmt).or(traits.eq_eq).or(traits.hash_hash).or(traits.ord_cmp);
        if !record.methods().is_empty() || !record.constructors().is_empty() || any_trait.is_some() {
            bail!("record `{}`: methods and traits of records are not supported; export functions", record.name());
        }
    }
    for e in interface.enum_definitions() {
        let traits = e.uniffi_trait_methods();
        let display = traits.display_fmt.filter(|_| !interface.is_name_used_as_error(e.name()));
        let any_trait = display.or(traits.debug_fmt).or(traits.eq_eq).or(traits.hash_hash).or(traits.ord_cmp);
        if !e.methods().is_empty() || !e.constructors().is_empty() || any_trait.is_some() {
            bail!(
                "enum `{}`: methods and traits of enums are not supported, but for Display of errors; export functions",
                e.name()
            );
        }
    }
    Ok(())
}

fn check_type(interface: &ComponentInterface, ty: &Type) -> Result<()> {
    match ty {
        Type::Custom { name, .. } => {
            bail!("custom type `{name}`: custom types are not supported; use the type that it converts to")
        }
        Type::CallbackInterface { name, .. } => {
            bail!("callback interface `{name}`: C# can't implement traits of Rust yet")
        }
        Type::Set { inner_type } => bail!("a set of {inner_type:?}: sets are not supported; use a list"),
        Type::Optional { inner_type } if matches!(plain(inner_type), Type::Optional { .. }) => {
            bail!("an option of {inner_type:?}: C# has one null only")
        }
        Type::Map { key_type, .. } => match plain(key_type) {
            Type::Bytes
            | Type::Sequence { .. }
            | Type::Map { .. }
            | Type::Optional { .. }
            | Type::Float32
            | Type::Float64 => {
                bail!("a map from {key_type:?}: .NET can't look that up")
            }
            _ => {}
        },
        _ => {}
    }
    if interface.is_external(ty) {
        bail!(
            "{ty:?} comes from another crate: external types are not supported; define it in the crate that exports it"
        );
    }
    Ok(())
}

fn check_call(interface: &ComponentInterface, item: &str, call: &dyn Callable) -> Result<()> {
    if let Some(Type::Object { name, .. }) = call.throws_type() {
        bail!("{item}: it fails with the object `{name}`; only enums can be errors");
    }
    for argument in call.arguments() {
        if call.is_async() && argument.is_borrowed_bytes() {
            bail!("{item}: `{}` is borrowed, which no async call can wait with; take a Vec<u8>", argument.name());
        }
        for ty in argument.as_type().iter_types() {
            let Type::Enum { name, .. } = ty else { continue };
            let is_flat_error = interface.is_name_used_as_error(name)
                && interface.get_enum_definition(name).is_some_and(|e| e.is_flat());
            if is_flat_error {
                bail!(
                    "{item}: `{}` is a flat error, which Rust can only send; drop #[uniffi(flat_error)]",
                    argument.name()
                );
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is said about an interface.
    fn refused(udl: &str) -> String {
        let mut interface = ComponentInterface::from_webidl(&format!("namespace sample {{}};\n{udl}"), "sample")
            .expect("it is an interface");
        interface.derive_ffi_funcs().expect("it has functions");
        check(&interface).expect_err("it is not supported").to_string()
    }

    #[test]
    fn callback_interfaces_are_refused() {
        assert!(
            refused("callback interface Listener { void heard(string what); };")
                .starts_with("callback interface `Listener`")
        );
    }

    #[test]
    fn traits_are_refused() {
        assert!(refused("[Trait] interface Speaks { void speak(); };").starts_with("trait `Speaks`"));
        assert!(refused("[Trait, WithForeign] interface Hears { void hear(); };").starts_with("trait `Hears`"));
    }

    #[test]
    fn custom_types_are_refused() {
        assert!(refused("[Custom] typedef string Url; dictionary Page { Url url; };").starts_with("custom type `Url`"));
    }

    #[test]
    fn external_types_are_refused() {
        let said = refused("[External=\"other\"] typedef dictionary Far; dictionary Near { Far far; };");
        assert!(said.contains("Far") && said.contains("comes from another crate"), "{said}");
    }

    #[test]
    fn options_of_options_are_refused() {
        let option = |inner_type| Type::Optional { inner_type: Box::new(inner_type) };
        let said = check_type(&ComponentInterface::new("sample"), &option(option(Type::String)))
            .expect_err("it is not supported")
            .to_string();
        assert!(said.contains("one null only"), "{said}");
    }

    #[test]
    fn maps_from_what_has_no_equality_are_refused() {
        let said = refused("dictionary Odd { record<bytes, string> map; };");
        assert_eq!(said, "a map from Bytes: .NET can't look that up");
    }

    #[test]
    fn order_is_refused() {
        assert!(refused("[Traits=(Ord)] interface Place { void go(); };").starts_with("object `Place`: the trait Ord"));
    }

    #[test]
    fn equality_without_a_hash_is_refused() {
        assert!(refused("[Traits=(Eq)] interface Place { void go(); };").starts_with("object `Place`: Eq needs Hash"));
    }
}
