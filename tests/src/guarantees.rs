//! Holds `docs/guarantees.md` to what it says: every test that it names stands in the file that it names.

use std::path::Path;

/// What stands between backticks.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

#[test]
fn every_test_that_the_guarantees_name_exists_and_every_promise_names_some() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace");
    let page = std::fs::read_to_string(root.join("docs/guarantees.md")).expect("the page");
    let promises: Vec<&str> = page.split("\n## ").skip(1).collect();
    assert_eq!(promises.len(), 9);
    for promise in promises {
        let title = promise.lines().next().unwrap_or_default();
        let mut named = 0;
        for row in promise.lines().filter(|line| line.starts_with("| `")) {
            let mut names = quoted(row);
            let file = names.next().expect("a file");
            let code = std::fs::read_to_string(root.join(file)).unwrap_or_else(|e| panic!("{title}: {file}: {e}"));
            for test in names {
                let functions = [format!("fn {test}("), format!("fn {test}<")];
                assert!(functions.iter().any(|f| code.contains(f)), "{title}: {file} has no test {test}");
                named += 1;
            }
        }
        assert!(named > 0, "{title}: no test is named");
    }
}
