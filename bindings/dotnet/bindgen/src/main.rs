//! The command line of the generator.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use integrador_bindgen_cs::{Options, generate};

/// Writes C# for a crate that exports an interface by UniFFI 0.32.2.
#[derive(Parser)]
#[command(name = "integrador-bindgen-cs", version)]
struct Arguments {
    /// The crate as it was compiled: a library (.so, .dylib, .dll, .a) that has not been stripped, or an .rlib
    library: PathBuf,
    /// The namespace of what is generated
    #[arg(long)]
    namespace: String,
    /// The name that .NET loads the library by, without `lib` and `.so`
    #[arg(long = "library")]
    name: String,
    /// The file to write
    #[arg(long)]
    out: PathBuf,
    /// Makes what is generated public instead of internal
    #[arg(long)]
    public: bool,
}

fn main() -> ExitCode {
    let Arguments { library, namespace, name, out, public } = Arguments::parse();
    let written = generate(&library, &Options { namespace, library: name, public }).and_then(|source| {
        std::fs::write(&out, source).map_err(|e| anyhow::anyhow!("{} can't be written: {e}", out.display()))
    });
    match written {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            eprintln!("integrador-bindgen-cs: {e:#}");
            ExitCode::FAILURE
        }
    }
}
