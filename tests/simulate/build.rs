//! Compiles what makes a course repeatable: `src/random.c`.

fn main() {
    println!("cargo:rerun-if-changed=src/random.c");
    // The reference in the standard library is weak: it takes nothing out of an archive by itself.
    cc::Build::new().file("src/random.c").link_lib_modifier("+whole-archive").compile("random");
}
