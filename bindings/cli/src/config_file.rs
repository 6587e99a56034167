//! `--config FILE`: every option of the library's `Config` under its name, in JSON or TOML.

use std::fs;
use std::path::Path;

use integrador::{Config, Role};

use crate::output::Failure;

/// Reads the file. What it does not say has its default.
pub(crate) fn read(path: &Path) -> Result<Config, Failure> {
    let named = |why: String| Failure(format!("{}: {why}", path.display()));
    let text = fs::read_to_string(path).map_err(|e| named(e.to_string()))?;
    let config = parse(&text, is_json(path, &text)).map_err(named)?;
    if !config.platform.is_empty() {
        return Err(named("`platform`: serve runs a node of its own, beside all platforms; call it by `name`".into()));
    }
    if config.role != Role::App {
        return Err(named("`role`: serve takes part as any node does; leave it out".into()));
    }
    Ok(config)
}

fn is_json(path: &Path, text: &str) -> bool {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some(extension) if extension.eq_ignore_ascii_case("json") => true,
        Some(extension) if extension.eq_ignore_ascii_case("toml") => false,
        _ => text.trim_start().starts_with('{'),
    }
}

/// An error names the option and the line.
fn parse(text: &str, json: bool) -> Result<Config, String> {
    if json {
        return serde_json::from_str(text).map_err(|e| e.to_string());
    }
    toml::from_str(text).map_err(|e| {
        let line = e.span().and_then(|span| text.get(..span.start)).map(|before| before.matches('\n').count() + 1);
        // Not with the line itself, as the error would show it: it may hold the password of a proxy.
        let at = line.map(|line| format!(" at line {line}")).unwrap_or_default();
        format!("{}{at}", e.message())
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn both_forms_say_the_same() {
        let json = r#"{"listen": "127.0.0.1:0", "poison_after": 60, "rate_limit": 5, "proxy": "system",
            "limits": {"text": 1000}}"#;
        let toml =
            "listen = '127.0.0.1:0'\npoison_after = 60\nrate_limit = 5\nproxy = 'system'\n[limits]\ntext = 1000\n";
        let config = parse(json, true).unwrap();
        assert_eq!(parse(toml, false).unwrap(), config);
        assert_eq!((config.poison_after, config.limits.text), (Duration::from_secs(60), 1000));
        assert_eq!(config.limits.name, Config::default().limits.name);
    }

    #[test]
    fn every_option_of_the_library_is_one_here() {
        let all = serde_json::to_value(Config::default()).unwrap();
        let all: serde_json::Map<_, _> = all
            .as_object()
            .unwrap()
            .iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(k, v)| (k.clone(), v.clone()))
            .collect();
        assert_eq!(parse(&serde_json::to_string(&all).unwrap(), true).unwrap(), Config::default());
        assert_eq!(parse(&toml::to_string(&all).unwrap(), false).unwrap(), Config::default());
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line_and_no_password_is_shown() {
        for (text, json, names) in [
            ("{\n\"listn\": \"x\"}", true, "listn"),
            ("store = 'x'\nlistn = 'x'\n", false, "listn"),
            ("store = 'x'\nlimits = { txt = 1 }\n", false, "txt"),
            ("store = 'x'\nproxy = 'ftp://ana:s3cret@proxy.example'\n", false, "`proxy`"),
            ("store = 'x'\nproxy = 'http://ana:s3cret@proxy.example' 5\n", false, ""),
            ("{\n\"proxy\": \"ftp://ana:s3cret@proxy.example\"}", true, "`proxy`"),
        ] {
            let error = parse(text, json).unwrap_err();
            assert!(error.contains(names) && error.contains("line 2") && !error.contains("s3cret"), "{error}");
        }
    }
}
