//! Holds `docs/configuration.md` to the code: its tables are made from the fields of `Config` and `Limits` and what is written
//! about them there. `REWRITE=1 cargo test -p integrador-tests --lib configuration` brings the page up to date.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use integrador::{Config, Limits};
use serde::Serialize;
use syn::{Attribute, Expr, ExprLit, Fields, Item, Lit, Meta, Type};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace").to_owned()
}

/// What is written about something, on one line and without the links of rustdoc.
fn text(attributes: &[Attribute]) -> String {
    let lines = attributes.iter().filter_map(|attribute| match &attribute.meta {
        Meta::NameValue(doc) if doc.path.is_ident("doc") => match &doc.value {
            Expr::Lit(ExprLit { lit: Lit::Str(line), .. }) => Some(line.value().trim().to_owned()),
            _ => None,
        },
        _ => None,
    });
    let mut text = lines.collect::<Vec<_>>().join(" ");
    while let Some(at) = text.find("](crate::") {
        let end = at + text[at..].find(')').expect("the end of a link");
        let begin = text[..at].rfind('[').expect("the begin of a link");
        text = format!("{}{}{}", &text[..begin], &text[begin + 1..at], &text[end + 1..]);
    }
    text
}

/// What is written for a value of this type.
fn form(of: &Type) -> &'static str {
    let Type::Path(path) = of else { panic!("a field of an unknown form") };
    let last = path.path.segments.last().expect("a name");
    let inner = match &last.arguments {
        syn::PathArguments::AngleBracketed(inner) => Some(inner),
        _ => None,
    };
    match (last.ident.to_string().as_str(), inner) {
        ("Option", Some(inner)) => match inner.args.first() {
            Some(syn::GenericArgument::Type(inner)) => form(inner),
            _ => panic!("an option of nothing"),
        },
        ("String" | "Proxy", _) => "text",
        ("PathBuf", _) => "path",
        ("Duration", _) => "seconds",
        ("bool", _) => "true or false",
        ("u32" | "u64" | "usize", _) => "integer",
        ("DirectoryAccess", _) => "`token` or `public`",
        ("Introductions", _) => "`on`, `ask` or `off`",
        ("Role", _) => "`app` or `admin`",
        ("Limits", _) => "table",
        (other, _) => panic!("say in this test how a {other} is written"),
    }
}

/// The table of the fields of one struct, with the defaults that it has.
fn table(file: &str, name: &str, defaults: &impl Serialize) -> String {
    let code = std::fs::read_to_string(root().join(file)).expect("the code");
    let items = syn::parse_file(&code).expect("Rust").items;
    let fields = items.into_iter().find_map(|item| match item {
        Item::Struct(item) if item.ident == name => match item.fields {
            Fields::Named(fields) => Some(fields.named),
            _ => None,
        },
        _ => None,
    });
    let defaults = serde_json::to_value(defaults).expect("JSON");
    let mut table = "| option | value | default | meaning |\n| --- | --- | --- | --- |\n".to_owned();
    for field in fields.unwrap_or_else(|| panic!("{file} has no struct {name}")) {
        let hidden = field.attrs.iter().any(|a| matches!(&a.meta, Meta::List(list) if list.path.is_ident("doc")));
        if hidden {
            continue;
        }
        let option = field.ident.expect("a name").to_string();
        let default = match &defaults[&option] {
            serde_json::Value::Null => "none".to_owned(),
            serde_json::Value::String(text) if text.is_empty() => "none".to_owned(),
            serde_json::Value::Object(_) => "below".to_owned(),
            serde_json::Value::Number(n) if n.as_f64().is_some_and(|n| n.fract() == 0.0) => {
                format!("`{}`", n.as_f64().unwrap_or_default())
            }
            value => format!("`{}`", value.as_str().map_or_else(|| value.to_string(), str::to_owned)),
        };
        writeln!(table, "| `{option}` | {} | {default} | {} |", form(&field.ty), text(&field.attrs)).expect("memory");
    }
    table
}

#[test]
fn the_configuration_page_says_what_the_code_says() {
    let path = root().join("docs/configuration.md");
    let page = std::fs::read_to_string(&path).expect("the page");
    let mut made = page.clone();
    for (heading, table) in [
        ("## Options\n", table("core/src/config/mod.rs", "Config", &Config::default())),
        ("## Limits\n", table("core/src/config/limits.rs", "Limits", &Limits::default())),
    ] {
        let section = made.find(heading).unwrap_or_else(|| panic!("the page has no heading {heading}"));
        let begin = section + made[section..].find("| option |").expect("a table");
        let end = begin + made[begin..].find("\n\n").map_or(made.len() - begin, |end| end + 1);
        made.replace_range(begin..end, &table);
    }
    if std::env::var_os("REWRITE").is_some() {
        std::fs::write(&path, &made).expect("the page is written");
        return;
    }
    for (line, (is, should)) in page.lines().zip(made.lines()).enumerate() {
        assert_eq!(is, should, "docs/configuration.md, line {}: run this test with REWRITE=1", line + 1);
    }
    assert_eq!(page.len(), made.len(), "docs/configuration.md: run this test with REWRITE=1");
}
