//! Strictness, leniency, and what a text may cost.

use super::*;

fn fault(text: &[u8]) -> Fault {
    parse_or_fault(text).unwrap_err()
}

#[test]
fn numbers_keep_what_they_are() {
    for (text, value) in [
        ("4", Value::Int(4)),
        ("-9223372036854775808", Value::Int(i64::MIN)),
        ("9223372036854775807", Value::Int(i64::MAX)),
        ("9223372036854775808", Value::Float(9.223_372_036_854_776e18)),
        ("4.0", Value::Float(4.0)),
        ("4e0", Value::Float(4.0)),
    ] {
        assert_eq!(parse(text.as_bytes()).unwrap(), value, "{text}");
    }
}

#[test]
fn strings_without_escapes_are_borrowed() {
    let value = parse(r#"{"text": "¡ñandú!", "é\n": "\u00f1"}"#.as_bytes()).unwrap();
    let fields = value.as_object().unwrap();
    assert!(matches!(&fields[0], (Cow::Borrowed("text"), Value::Text(Cow::Borrowed("¡ñandú!")))));
    assert!(matches!(&fields[1], (Cow::Owned(_), Value::Text(Cow::Owned(_)))));
}

#[test]
fn two_fields_of_one_name_are_refused_at_any_depth_and_among_any_number() {
    assert!(fault(br#"{"a": 1, "b": {"x": [{"c": 1, "\u0063": 2}]}}"#).why.contains("two fields named \"c\""));
    let many: Vec<String> = (0..100).map(|n| format!("\"f{n}\": {n}")).collect();
    assert!(parse(format!("{{{}}}", many.join(",")).as_bytes()).is_ok());
    for n in [0, 15, 16, 17, 99] {
        let text = format!("{{{}, \"f{n}\": 0}}", many.join(","));
        assert!(fault(text.as_bytes()).why.contains(&format!("\"f{n}\"")), "f{n}");
    }
}

#[test]
fn a_fault_tells_where_it_is() {
    let fault = fault(b"{\"a\": 1,\n \"b\": tru}");
    assert_eq!((fault.line, fault.why.as_str()), (2, "expected ident"));
    let error = parse(b"[1,").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    assert!(error.to_string().contains("line 1, column 3"), "{error}");
}

#[test]
fn a_number_may_be_of_any_size_and_only_where_json_has_a_number() {
    let nines = "9".repeat(400);
    let text = format!(r#"{{"a":1e999,"b":[-{nines}.5e3 ,1E+400,7],"c":"x\"1e999"}}"#);
    let value = parse(text.as_bytes()).unwrap();
    assert!(matches!(value.get("a"), Some(Value::Float(_))));
    let list = value.get("b").and_then(Value::as_list).unwrap();
    assert!(matches!(list, [Value::Float(_), Value::Float(_), Value::Int(7)]));
    assert_eq!(value.get("c"), Some(&Value::Text("x\"1e999".into())));
    for wrong in ["[1e999,01e999]", "[1e999,1e+]", "[1e999,--1e999]", "[1e999", "1e999x", "[1e999,1.e999]"] {
        assert!(parse(wrong.as_bytes()).is_err(), "{wrong}");
    }
    let error = parse(b"[1e999,\n1e999,x]").unwrap_err();
    assert!(error.to_string().contains("line 2, column 7"), "{error}");
}

/// Shows promise 5.
#[test]
fn ten_times_the_fields_cost_no_hundred_times_the_time() {
    let best = |fields: usize| {
        let text: Vec<String> = (0..fields).map(|n| format!("\"{n}\":0")).collect();
        let text = format!("{{{}}}", text.join(","));
        let time = || {
            let start = std::time::Instant::now();
            assert!(parse(text.as_bytes()).is_ok());
            start.elapsed()
        };
        (0..5).map(|_| time()).min().unwrap()
    };
    assert!(best(100_000) < best(10_000) * 60);
}

/// What a value holds on the heap, bytes.
fn heap(value: &Value<'_>) -> usize {
    let text = |text: &Cow<'_, str>| if let Cow::Owned(text) = text { text.capacity() } else { 0 };
    match value {
        Value::Text(t) => text(t),
        Value::List(items) => items.capacity() * size_of::<Value<'_>>() + items.iter().map(heap).sum::<usize>(),
        Value::Object(fields) => {
            let each = fields.iter().map(|(name, value)| text(name) + heap(value)).sum::<usize>();
            fields.capacity() * size_of::<(Cow<'_, str>, Value<'_>)>() + each
        }
        _ => 0,
    }
}

/// Texts that are dear for their length: a list of these.
const DEAR: [&str; 9] = ["0", "[]", "{}", "[0]", "[[0]]", "{\"\":0}", "{\"\":[]}", "\"\\n\"", "[{\"\":[{}]}]"];

/// Shows promise 5.
#[test]
fn no_text_costs_more_than_its_bytes_and_its_share_of_values() {
    const MOST: usize = 10_000;
    for item in DEAR {
        // As many values as are allowed: an item of n values, and the list itself.
        let values = 1 + item.matches(['[', '{', '0', '\\']).count();
        let items = (MOST - 1) / (values - 1);
        let text = format!("[{}]", vec![item; items].join(","));
        let value = parse_within(MOST, text.as_bytes()).unwrap();
        let cost = heap(&value);
        assert!(cost <= 72 * MOST, "{item}: {cost} bytes of heap for {} bytes of text", text.len());
        let more = format!("[{}]", vec![item; items * 2].join(","));
        let error = parse_within(MOST, more.as_bytes()).unwrap_err();
        assert_eq!((error.kind(), error.to_string().contains("10000 values")), (ErrorKind::TooLarge, true), "{item}");
    }
}

/// Shows promise 5.
#[test]
fn a_list_is_read_item_by_item_and_nothing_of_it_is_held() {
    let text = " [ {\"id\": 1}, [[0]], 1e999, \"]\\\"\", {\"a\": [1, {}]} ] ";
    let mut items = Vec::new();
    each_item(text.as_bytes(), |item| items.push(item)).unwrap();
    assert_eq!(items, ["{\"id\": 1}", "[[0]]", "1e999", "\"]\\\"\"", "{\"a\": [1, {}]}"]);
    for (text, says) in [
        ("{\"users\": []}", "got an object"),
        ("\"[]\"", "got a string"),
        ("7", "got an integer"),
        ("null", "got null"),
        ("", "not JSON"),
        ("[1,", "not JSON"),
        ("[1] 2", "not JSON"),
        ("{\"a\": }", "not JSON"),
        ("[\"\u{0}\"]", "not JSON"),
    ] {
        let error = each_item(text.as_bytes(), |_| {}).unwrap_err();
        assert!(error.kind() == ErrorKind::Invalid && error.to_string().contains(says), "{text}: {error}");
    }
    assert!(each_item(b"[\"\xff\"]", |_| {}).is_err(), "no UTF-8");
    let deep = |n: usize| format!("{}{}", "[".repeat(n), "]".repeat(n));
    assert!(each_item(deep(DEEPEST).as_bytes(), |_| {}).is_ok());
    assert!(each_item(deep(DEEPEST + 1).as_bytes(), |_| {}).is_err());
    assert!(each_item(format!("[\"{}\\\"[\"]", "[".repeat(500)).as_bytes(), |_| {}).is_ok(), "in a string it is none");
}

#[test]
fn of_an_object_only_the_fields_that_are_wanted_are_built() {
    let text =
        format!("{{\"id\": 4, \"users\": [{}], \"id2\": 1, \"id2\": 2, \"n\": 1e999}}", vec!["0"; 1_000].join(","));
    let value = parse_fields(&["id", "n"], &text).unwrap();
    assert_eq!(value.as_object().unwrap().len(), 2);
    assert_eq!(value.get("id"), Some(&Value::Int(4)));
    assert!(matches!(value.get("n"), Some(Value::Float(_))));
    assert!(parse_fields(&["id"], "{\"id\": 1, \"id\": 1}").unwrap_err().why.contains("two fields named \"id\""));
    assert!(parse_fields(&["users"], &text).unwrap_err().too_large);
}

mod the_short_way {
    use proptest::prelude::*;
    use serde_json::json;

    use super::super::{build, quick};

    /// Objects of what is read the short way and what is not.
    fn objects() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            any::<i64>().prop_map(|n| json!(n)),
            any::<u64>().prop_map(|n| json!(n)),
            any::<f64>().prop_map(|n| json!(n)),
            any::<bool>().prop_map(|b| json!(b)),
            "\\PC{0,12}".prop_map(|text| json!(text)),
            "[a\"\\\\\n\u{0}\u{7f}é]{0,6}".prop_map(|text| json!(text)),
        ];
        let inner = leaf.prop_recursive(4, 40, 9, |inner| {
            let fields = prop::collection::vec(("[a-d]{0,2}", inner.clone()), 0..10);
            let object = fields.prop_map(|fields| json!(fields.into_iter().collect::<serde_json::Map<_, _>>()));
            prop_oneof![object, prop::collection::vec(inner, 0..4).prop_map(|items| json!(items))]
        });
        prop::collection::vec(("[a-d]{0,2}", inner), 0..6)
            .prop_map(|fields| json!(fields.into_iter().collect::<serde_json::Map<_, _>>()))
    }

    fn agrees(bytes: &[u8], most: usize) -> Result<(), TestCaseError> {
        if let Some(value) = quick::read(bytes, most) {
            prop_assert_eq!(build(bytes, most, None), Ok(value));
        }
        Ok(())
    }

    proptest! {
        #[test]
        fn reads_what_the_parser_reads(object in objects(), most in 0..12_usize) {
            let text = object.to_string();
            agrees(text.as_bytes(), most)?;
            agrees(text.as_bytes(), usize::MAX)?;
        }

        #[test]
        fn reads_nothing_that_the_parser_refuses(
            object in objects(), edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..3), 1..4),
        ) {
            let mut bytes = object.to_string().into_bytes();
            for (at, byte, how) in edits {
                let at = at.index(bytes.len());
                match how {
                    0 => bytes[at] = byte,
                    1 => bytes.insert(at, b"{}[]\":,-0129.e\\ \n"[byte as usize % 17]),
                    _ if bytes.len() > 1 => drop(bytes.remove(at)),
                    _ => {}
                }
            }
            agrees(&bytes, usize::MAX)?;
        }

        #[test]
        fn reads_nothing_else_of_these_letters_either(text in "[{}\":,a0-9\\-]{0,14}") {
            agrees(text.as_bytes(), usize::MAX)?;
        }
    }

    #[test]
    fn is_the_way_of_what_nodes_write() {
        let line =
            r#"{"id":"0190","kind":"message","body":{"roomId":-4,"senderId":"ñ","text":"¡Hola! 👍","platform":"A"}}"#;
        assert_eq!(quick::read(line.as_bytes(), 8), build(line.as_bytes(), 8, None).ok());
        assert!(quick::read(line.as_bytes(), 8).is_some());
        assert!(quick::read(line.as_bytes(), 7).is_none(), "it holds more");
    }
}
