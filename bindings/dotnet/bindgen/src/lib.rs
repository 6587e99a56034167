//! A generator of C# for crates that export an interface by UniFFI.
//!
//! [`generate`] reads what UniFFI's macros left in a compiled library and gives one file of C#. What it can't express it refuses, with
//! the name of the item: see [`refuse`]. How names become C#'s is in [`names`], what a type is there and how its values travel in
//! [`types`], how it is read and written in [`converters`], the body of a call in [`calls`], what the templates are filled with in
//! [`model`] and [`file`].

mod calls;
mod converters;
mod docs;
mod file;
mod model;
mod names;
mod refuse;
mod types;

use std::path::Path;

use anyhow::{Context, Result, anyhow, bail};
use askama::Template;
use uniffi_bindgen::{BindgenLoader, BindgenPaths, ComponentInterface, GlobalConfig};

/// What the generated file is to be.
#[derive(Clone, Debug)]
pub struct Options {
    /// The namespace of everything in it. Two files can't share one: each brings its own runtime.
    pub namespace: String,
    /// The name that .NET loads the library by.
    pub library: String,
    /// Public instead of internal.
    pub public: bool,
}

/// The C# for the interface that this library exports.
///
/// # Errors
/// The file can't be read, holds no interface or several, or one with something that can't be expressed.
pub fn generate(library: &Path, options: &Options) -> Result<String> {
    for part in options.namespace.split('.') {
        names::check_identifier(part).with_context(|| format!("--namespace {}", options.namespace))?;
    }
    let interface = load(library)?;
    refuse::check(&interface)?;
    Ok(tidy(&file::File::new(&interface, options)?.render()?))
}

fn load(library: &Path) -> Result<ComponentInterface> {
    let path = library.try_into().map_err(|_| anyhow!("{} has a name that is not UTF-8", library.display()))?;
    let loader = BindgenLoader::new(BindgenPaths::default(), GlobalConfig::default());
    let metadata = loader.load_metadata(path).with_context(|| {
        format!(
            "{path} can't be read. It has to be a library with an interface by UniFFI 0.32.2 that has not been stripped"
        )
    })?;
    let mut interfaces = loader.load_cis(metadata)?;
    let mut interface = match (interfaces.pop(), interfaces.as_slice()) {
        (Some(one), []) => one,
        (None, _) => bail!("{path} exports nothing by UniFFI"),
        (Some(last), others) => {
            let names: Vec<_> = others.iter().chain([&last]).map(|i| i.crate_name().to_owned()).collect();
            bail!(
                "{path} exports the interfaces of several crates ({}): one is all that is supported",
                names.join(", ")
            );
        }
    };
    interface.derive_ffi_funcs()?;
    Ok(interface)
}

/// No space at the end of a line, no two empty lines, none after `{` or before `}`: what the templates leave.
fn tidy(source: &str) -> String {
    let mut lines: Vec<&str> = Vec::new();
    for line in source.lines().map(str::trim_end) {
        let last = lines.last().copied().unwrap_or_default().trim_start();
        let empty_after = line.is_empty() && (last.is_empty() || last == "{");
        if empty_after {
            continue;
        }
        if line.trim_start() == "}" && last.is_empty() {
            lines.pop();
        }
        lines.push(line);
    }
    lines.join("\n") + "\n"
}
