//! Writes UniFFI's own Python for a library: one of the witnesses of `agree`. Arguments: the library, the folder to write to.

use anyhow::{Context, Result};
use uniffi_bindgen::bindings::{GenerateOptions, TargetLanguage, generate};

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let mut next = |what| arguments.next().with_context(|| format!("usage: python LIBRARY FOLDER ({what} is missing)"));
    let (source, out_dir) = (next("the library")?.into(), next("the folder")?.into());
    generate(GenerateOptions { languages: vec![TargetLanguage::Python], source, out_dir, ..GenerateOptions::default() })
}
