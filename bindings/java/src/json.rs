//! What an application carries, as values of Java: a tag and what it says, numbers as their text, so that none is rounded.

use std::fmt;

use integrador::{Error, ErrorKind, Ext, Result};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::bytes::{Reader, Writer};

const NULL: i32 = 0;
const FALSE: i32 = 1;
const TRUE: i32 = 2;
const NUMBER: i32 = 3;
const TEXT: i32 = 4;
const LIST: i32 = 5;
const OBJECT: i32 = 6;

/// Reads a value that Java gave, which it makes no deeper than a stack bears.
pub(crate) fn ext(given: &mut Reader<'_>) -> Result<Ext> {
    let mut json = String::new();
    read(given, &mut json)?;
    Ext::from_json(&json)
}

fn read(given: &mut Reader<'_>, json: &mut String) -> Result<()> {
    match given.i32()? {
        NULL => json.push_str("null"),
        FALSE => json.push_str("false"),
        TRUE => json.push_str("true"),
        NUMBER => json.push_str(given.text()?),
        TEXT => text(given, json)?,
        LIST => {
            json.push('[');
            for n in 0..given.count()? {
                json.push_str(if n > 0 { "," } else { "" });
                read(given, json)?;
            }
            json.push(']');
        }
        _ => {
            json.push('{');
            for n in 0..given.count()? {
                json.push_str(if n > 0 { "," } else { "" });
                text(given, json)?;
                json.push(':');
                read(given, json)?;
            }
            json.push('}');
        }
    }
    Ok(())
}

fn text(given: &mut Reader<'_>, json: &mut String) -> Result<()> {
    let text = serde_json::to_string(given.text()?);
    json.push_str(&text.map_err(|e| Error::new(ErrorKind::Internal, e.to_string()))?);
    Ok(())
}

/// Writes what an application carries.
pub(crate) fn shown(answer: &mut Writer, ext: &Ext) {
    write(answer, ext.as_json());
}

fn write(answer: &mut Writer, json: &str) {
    match json.as_bytes().first() {
        Some(b'{') => {
            answer.i32(OBJECT);
            let fields = serde_json::from_str::<Fields<'_>>(json).map(|fields| fields.0).unwrap_or_default();
            answer.list(fields.into_iter(), |answer, (name, value)| {
                answer.text(&name);
                write(answer, value.get());
            });
        }
        Some(b'[') => {
            answer.i32(LIST);
            let items: Vec<&RawValue> = serde_json::from_str(json).unwrap_or_default();
            answer.list(items.into_iter(), |answer, item| write(answer, item.get()));
        }
        Some(b'"') => {
            answer.i32(TEXT);
            answer.text(&serde_json::from_str::<String>(json).unwrap_or_default());
        }
        Some(b't') => answer.i32(TRUE),
        Some(b'f') => answer.i32(FALSE),
        Some(b'n') | None => answer.i32(NULL),
        Some(_) => {
            answer.i32(NUMBER);
            answer.text(json);
        }
    }
}

/// The fields of an object, in their order.
struct Fields<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Fields<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct All;
        impl<'de> Visitor<'de> for All {
            type Value = Fields<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> std::result::Result<Fields<'de>, A::Error> {
                let mut all = Vec::new();
                while let Some(field) = fields.next_entry()? {
                    all.push(field);
                }
                Ok(Fields(all))
            }
        }
        deserializer.deserialize_map(All)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_as_the_same_letter_by_letter() {
        let json = r#"{"b":[1.10,12345678901234567890,-0,null,true,false,{}],"a":"ñ\"\n","":[]}"#;
        let mut written = Writer::default();
        shown(&mut written, &Ext::from_json(json).unwrap());
        assert_eq!(ext(&mut Reader::new(&written.into_bytes())).unwrap().as_json(), json);
    }
}
