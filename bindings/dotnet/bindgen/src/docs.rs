//! Doc comments as XML.

/// The lines of a comment, each with its `///`: the first paragraph as the summary, the others as remarks; and the exception that a call
/// throws, with what is said about that.
pub(crate) fn comment(docs: Option<&str>, throws: Option<(&str, Option<&str>)>) -> Vec<String> {
    let mut comment = Vec::new();
    if let Some((summary, remarks)) = paragraphs(docs).split_first() {
        comment.extend(element("summary", summary));
        match remarks {
            [] => {}
            [one] => comment.extend(element("remarks", one)),
            several => {
                comment.push("/// <remarks>".into());
                comment.extend(several.iter().flat_map(|lines| element("para", lines)));
                comment.push("/// </remarks>".into());
            }
        }
    }
    comment.extend(throws.map(|(class, docs)| {
        let text = paragraphs(docs).first().map_or_else(|| "The call failed.".into(), |lines| lines.join(" "));
        format!("/// <exception cref=\"{class}\">{text}</exception>")
    }));
    comment
}

/// The lines of each paragraph.
fn paragraphs(docs: Option<&str>) -> Vec<Vec<String>> {
    let lines = |paragraph: &str| {
        paragraph.lines().map(|line| inline(line.trim())).filter(|line| !line.is_empty()).collect::<Vec<_>>()
    };
    docs.unwrap_or_default().split("\n\n").map(lines).filter(|lines| !lines.is_empty()).collect()
}

fn element(name: &str, lines: &[String]) -> Vec<String> {
    match lines {
        [line] => vec![format!("/// <{name}>{line}</{name}>")],
        _ => {
            let inside = lines.iter().map(|line| format!("/// {line}"));
            std::iter::once(format!("/// <{name}>")).chain(inside).chain([format!("/// </{name}>")]).collect()
        }
    }
}

/// Markdown's code as an element, its links as their text, and nothing that is XML by chance.
fn inline(line: &str) -> String {
    let escaped =
        line.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace("[`", "`").replace("`]", "`");
    let mut parts = escaped.split('`');
    let mut text = parts.next().unwrap_or_default().to_owned();
    let parts: Vec<_> = parts.collect();
    for (i, part) in parts.iter().enumerate() {
        let opens = i % 2 == 0;
        // The last one of an odd number is a character like any other.
        text += if opens && i + 1 == parts.len() {
            "`"
        } else if opens {
            "<c>"
        } else {
            "</c>"
        };
        text += part;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_becomes_xml() {
        let docs = "Gives [`Person`] back,\nif `a < b` & so on.\n\nMore.\n\nAnd `more";
        let expected = [
            "/// <summary>",
            "/// Gives <c>Person</c> back,",
            "/// if <c>a &lt; b</c> &amp; so on.",
            "/// </summary>",
            "/// <remarks>",
            "/// <para>More.</para>",
            "/// <para>And `more</para>",
            "/// </remarks>",
            "/// <exception cref=\"E\">Wrong.</exception>",
        ];
        assert_eq!(comment(Some(docs), Some(("E", Some("Wrong.")))), expected);
    }

    #[test]
    fn no_comment_becomes_none() {
        assert!(comment(None, None).is_empty());
        assert!(comment(Some(" \n\n "), None).is_empty());
    }
}
