//! The file around what the interface makes, and the native functions that are called in it.

use anyhow::Result;
use askama::Template;
use uniffi_bindgen::ComponentInterface;
use uniffi_bindgen::interface::{FfiFunction, FfiType};

use crate::Options;
use crate::model::Body;
use crate::names;
use crate::types::native;

/// The file: what every file has around what the interface makes.
#[derive(Template)]
#[template(path = "file.cs", escape = "none")]
pub(crate) struct File {
    crate_name: String,
    namespace: String,
    body: String,
    imports: Vec<Import>,
}

impl File {
    pub(crate) fn new(interface: &ComponentInterface, options: &Options) -> Result<Self> {
        let body = Body::new(interface, options)?.render()?;
        // Of the functions that the library exports, those that are called.
        let imports = interface
            .iter_ffi_function_definitions()
            .filter(|f| body.contains(&format!("NativeMethods.{}(", f.name())));
        Ok(Self {
            crate_name: interface.crate_name().to_owned(),
            namespace: options.namespace.clone(),
            imports: imports.map(|f| Import::new(&f)).collect(),
            body,
        })
    }
}

/// A function of the library.
struct Import {
    name: String,
    returns: &'static str,
    parameters: String,
}

impl Import {
    fn new(function: &FfiFunction) -> Self {
        let status = function.has_rust_call_status_arg().then(|| "ref RustCallStatus _status".to_owned());
        let parameters = function.arguments().into_iter().map(|argument| match argument.type_() {
            FfiType::Callback(_) => "ContinuationCallback callback".to_owned(),
            ty => format!("{} {}", native(&ty), names::parameter(argument.name())),
        });
        Self {
            name: function.name().to_owned(),
            returns: function.return_type().map_or("void", native),
            parameters: parameters.chain(status).collect::<Vec<_>>().join(", "),
        }
    }

    /// With a pointer to a function instead of a delegate.
    fn newer(&self) -> String {
        self.parameters
            .replace("ContinuationCallback callback", "delegate* unmanaged[Cdecl]<ulong, sbyte, void> callback")
    }

    fn older(&self) -> String {
        self.parameters.replace("ContinuationCallback", "RustFuture.ContinuationCallback")
    }
}
