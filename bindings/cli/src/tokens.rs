//! Tokens that are given on the command line: in place, or where they are. None is ever shown.

use std::path::Path;

use crate::output::Failure;

/// The token itself, from `TOKEN`, `env:NAME` or `file:PATH`; a path that is relative begins at `folder`.
pub(crate) fn read(given: &str, folder: &Path) -> Result<String, Failure> {
    let refused = |why: String| Failure(format!("the token: {why}"));
    let token = if let Some(name) = given.strip_prefix("env:") {
        if name.is_empty() || name.contains(['=', '\0']) {
            return Err(refused("expected the name of an environment variable after `env:`".into()));
        }
        std::env::var(name).map_err(|e| match e {
            std::env::VarError::NotPresent => refused(format!("the environment variable {name} is not set")),
            // The error itself shows the value.
            std::env::VarError::NotUnicode(_) => refused(format!("the environment variable {name} is not UTF-8")),
        })?
    } else if let Some(path) = given.strip_prefix("file:") {
        let path = folder.join(path);
        let content = std::fs::read_to_string(&path)
            .map_err(|e| refused(format!("the file {} can't be read: {e}", path.display())))?;
        let content = content.strip_suffix('\n').map_or(&*content, |c| c.strip_suffix('\r').unwrap_or(c));
        content.to_owned()
    } else {
        given.to_owned()
    };
    if token.is_empty() { Err(refused("it is empty".into())) } else { Ok(token) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_stands_in_place_in_a_variable_or_in_a_file() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("token"), "from a file\r\n").unwrap();
        assert_eq!(read("in place", folder.path()).unwrap(), "in place");
        assert_eq!(read("file:token", folder.path()).unwrap(), "from a file");
        assert_eq!(read("env:PATH", folder.path()).unwrap(), std::env::var("PATH").unwrap());
    }

    #[test]
    fn what_leads_to_no_token_is_named() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("empty"), "\n").unwrap();
        for (given, names) in [
            ("env:", "after `env:`"),
            ("env:NOBODY_SETS_THIS", "NOBODY_SETS_THIS"),
            ("file:missing", "missing"),
            ("file:empty", "empty"),
            ("", "empty"),
        ] {
            let error = read(given, folder.path()).unwrap_err().to_string();
            assert!(error.contains(names), "{given}: {error}");
        }
    }
}
