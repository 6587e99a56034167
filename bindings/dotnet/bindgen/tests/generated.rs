//! What is generated for the sample is what is kept beside it; what can't be generated is refused with its name.

use std::path::PathBuf;

use integrador_bindgen_cs::{Options, generate};
// Built for these tests, and read as a file.
use integrador_bindgen_sample as _;

fn sample() -> PathBuf {
    let test = std::env::current_exe().expect("a test has a path");
    test.parent().expect("it is in a folder").join("libintegrador_bindgen_sample.rlib")
}

fn options() -> Options {
    Options { namespace: "Integrador.Sample".into(), library: "integrador_bindgen_sample".into(), public: true }
}

#[test]
fn what_is_kept_is_what_would_be_generated() {
    let kept = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("sample/Sample.g.cs");
    let kept = std::fs::read_to_string(kept).expect("it is there");
    let anew = generate(&sample(), &options()).expect("the sample is supported");
    let differs = kept.lines().zip(anew.lines()).enumerate().find(|(_, (kept, anew))| kept != anew);
    assert!(kept == anew, "run bindings/dotnet/generate; the first difference, or none but the length: {differs:?}");
}

#[test]
fn nothing_is_public_unless_it_is_asked_for() {
    let internal = generate(&sample(), &Options { public: false, ..options() }).expect("the sample is supported");
    let public = internal.lines().filter(|line| line.starts_with("    public ")).collect::<Vec<_>>();
    assert_eq!(public, Vec::<&str>::new());
}

#[test]
fn a_namespace_that_is_none_is_refused() {
    let refused =
        generate(&sample(), &Options { namespace: "Integrador.class".into(), ..options() }).expect_err("a keyword");
    assert_eq!(format!("{refused:#}"), "--namespace Integrador.class: `class` is no name in C#");
}

#[test]
fn a_file_without_an_interface_is_refused() {
    let refused =
        generate(&std::env::current_exe().expect("a test has a path").with_file_name("nothing.so"), &options())
            .expect_err("it is not there");
    assert!(format!("{refused:#}").contains("nothing.so can't be read"), "{refused:#}");
}
