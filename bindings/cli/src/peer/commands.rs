//! What can be typed, one command a line.

use std::time::Duration;

use serde_json::{Value, json};

use super::behaviour::{Instead, Order};

/// A line of standard input.
pub(super) type Typed = String;

pub(super) const HELP: &str = "\
user ID NAME                    a user of this platform, new or renamed
room ID NAME KIND MEMBERS…      a room; KIND: public or private; a member: ID, or PLATFORM:ID of another platform
message ROOM TEXT               a message; ROOM: ID, or PLATFORM:ID of another platform
edit TEXT                       another text for the message that was posted last
delete                          and without it
react EMOJI                     to the message that came last; unreact EMOJI takes it back
as ID                           who writes from now on (otherwise the first user)
users                           the users of this platform
answer 500                      to every post; any status will do. Then, as you like:
       … after 5s                 with Retry-After (429 has one of 5 s unless told)
       … to all                   to GET users and ping too
       … for 30s                  and normally after that; 2m is two minutes
answer slowly [3s]              late
answer nothing                  never
answer normally
quit
Quotes hold words together: room 7 \"Los mundialistas\" private 1 BuasApp:4. An ID of digits is an integer.";

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Command {
    User { id: Value, name: String },
    Room { id: Value, name: String, kind: String, members: Vec<Name> },
    Message { room: Name, text: String },
    Edit(String),
    Delete,
    React { emoji: String, remove: bool },
    As(Value),
    Users,
    Answer(Order),
    Help,
    Quit,
}

/// `4`, of this platform, or `BuasApp:4`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Name {
    /// None: this one.
    pub platform: Option<String>,
    pub id: Value,
}

/// An `Err` says how it is written.
pub(super) fn parse(line: &str) -> Result<Option<Command>, String> {
    let line = line.trim();
    let (verb, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let rest = rest.trim();
    let command = match verb {
        "" => return Ok(None),
        "user" => {
            let (id_text, name) = first(rest).ok_or("it is written: user ID NAME")?;
            Command::User { id: id(&id_text), name: unquoted(name)? }
        }
        "room" => room(rest)?,
        "message" => {
            let (room, text) = first(rest).ok_or("it is written: message ROOM TEXT")?;
            Command::Message { room: name(&room)?, text: text.to_owned() }
        }
        "edit" if !rest.is_empty() => Command::Edit(rest.to_owned()),
        "edit" => return Err("it is written: edit TEXT".into()),
        "delete" => Command::Delete,
        "react" | "unreact" if !rest.is_empty() => Command::React { emoji: rest.to_owned(), remove: verb == "unreact" },
        "react" | "unreact" => return Err(format!("it is written: {verb} EMOJI")),
        "as" if !rest.is_empty() => Command::As(id(&unquoted(rest)?)),
        "as" => return Err("it is written: as ID".into()),
        "users" => Command::Users,
        "answer" => Command::Answer(order(rest)?),
        "help" | "?" => Command::Help,
        "quit" | "exit" => Command::Quit,
        other => return Err(format!("`{other}` is no command; type `help`")),
    };
    Ok(Some(command))
}

fn room(rest: &str) -> Result<Command, String> {
    let words = split(rest)?;
    let [id_text, room_name, kind, members @ ..] = &words[..] else {
        return Err("it is written: room ID NAME KIND MEMBERS…".into());
    };
    if !matches!(kind.as_str(), "public" | "private") {
        return Err(format!("a room is public or private, and not `{kind}`; a name of several words stands in quotes"));
    }
    let members = members.iter().map(|member| name(member)).collect::<Result<_, _>>()?;
    Ok(Command::Room { id: id(id_text), name: room_name.clone(), kind: kind.clone(), members })
}

const HOW_ANSWER: &str =
    "it is written: answer 500 [after 5s] [to all] [for 30s], answer slowly [3s], answer nothing, answer normally";

fn order(rest: &str) -> Result<Order, String> {
    let words: Vec<_> = rest.split_whitespace().collect();
    let (what, mut rest) = words.split_first().ok_or(HOW_ANSWER)?;
    let mut instead = match *what {
        "normally" => None,
        "nothing" => Some(Instead::Nothing),
        "slowly" => {
            let given = rest.first().and_then(|word| duration(word).ok());
            rest = if given.is_some() { &rest[1..] } else { rest };
            Some(Instead::Slowly(given.unwrap_or(Duration::from_secs(3))))
        }
        number => match number.parse() {
            Ok(status @ 200..=599) => Some(Instead::Status(status, (status == 429).then_some(5))),
            _ => return Err(HOW_ANSWER.into()),
        },
    };
    let mut order = Order { instead, to_all: false, time: None };
    loop {
        match rest {
            [] => return Ok(order),
            ["to", "all", more @ ..] => {
                order.to_all = true;
                rest = more;
            }
            ["for", time, more @ ..] => {
                order.time = Some(duration(time)?);
                rest = more;
            }
            ["after", time, more @ ..] => {
                let Some(Instead::Status(status, _)) = instead else { return Err(HOW_ANSWER.into()) };
                instead = Some(Instead::Status(status, Some(duration(time)?.as_secs())));
                order.instead = instead;
                rest = more;
            }
            _ => return Err(HOW_ANSWER.into()),
        }
    }
}

/// `30s`, `2m`, `1h`, `200ms`, or seconds without a unit.
fn duration(text: &str) -> Result<Duration, String> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let unit = match &text[digits..] {
        "ms" => 1,
        "" | "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => 0,
    };
    let number = text[..digits].parse::<u64>().ok().and_then(|n| n.checked_mul(unit)).filter(|_| unit > 0);
    number.map(Duration::from_millis).ok_or_else(|| format!("a time is written 30s or 2m, and not `{text}`"))
}

/// An id of digits is an integer, as it would be in JSON.
fn id(text: &str) -> Value {
    match text.parse::<i64>() {
        Ok(number) if number.to_string() == text => json!(number),
        _ => json!(text),
    }
}

fn name(text: &str) -> Result<Name, String> {
    let (platform, id_text) = match text.split_once(':') {
        Some((platform, id)) => (Some(platform.to_owned()), id),
        None => (None, text),
    };
    if id_text.is_empty() || platform.as_deref() == Some("") {
        return Err(format!("expected ID or PLATFORM:ID, got `{text}`"));
    }
    Ok(Name { platform, id: id(id_text) })
}

/// The first word and what follows it, which is not empty.
fn first(text: &str) -> Option<(String, &str)> {
    let (word, rest) = match text.strip_prefix('"') {
        Some(quoted) => quoted.split_once('"')?,
        None => text.split_once(char::is_whitespace)?,
    };
    let rest = rest.trim();
    (!rest.is_empty()).then(|| (word.to_owned(), rest))
}

/// Without the quotes around all of it, if there are any.
fn unquoted(text: &str) -> Result<String, String> {
    match text.starts_with('"') {
        true => split(text).map(|words| words.join(" ")),
        false => Ok(text.to_owned()),
    }
}

/// Words, and what stands in quotes as one.
fn split(text: &str) -> Result<Vec<String>, String> {
    let (mut words, mut rest) = (Vec::new(), text.trim());
    while !rest.is_empty() {
        let (word, more) = match rest.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"').ok_or("a quote is not closed")?,
            None => rest.split_once(char::is_whitespace).unwrap_or((rest, "")),
        };
        words.push(word.to_owned());
        rest = more.trim_start();
    }
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own(id: i64) -> Name {
        Name { platform: None, id: json!(id) }
    }

    fn answer(instead: Option<Instead>, to_all: bool, seconds: Option<u64>) -> Command {
        Command::Answer(Order { instead, to_all, time: seconds.map(Duration::from_secs) })
    }

    #[test]
    fn what_is_typed_is_read() {
        let of_buas = Name { platform: Some("BuasApp".into()), id: json!("a:b") };
        for (line, command) in [
            ("user 1 Ana María", Command::User { id: json!(1), name: "Ana María".into() }),
            ("user ana \"Ana\"", Command::User { id: json!("ana"), name: "Ana".into() }),
            (
                "room 7 \"Los mundialistas\" private 1 BuasApp:a:b",
                Command::Room {
                    id: json!(7),
                    name: "Los mundialistas".into(),
                    kind: "private".into(),
                    members: vec![own(1), of_buas.clone()],
                },
            ),
            (
                "room 07 Plaza public",
                Command::Room { id: json!("07"), name: "Plaza".into(), kind: "public".into(), members: vec![] },
            ),
            ("message BuasApp:a:b  dijo \"hola\" ", Command::Message { room: of_buas, text: "dijo \"hola\"".into() }),
            (
                "message \"net core:3\" x",
                Command::Message { room: Name { platform: Some("net core".into()), id: json!(3) }, text: "x".into() },
            ),
            ("edit  dijo \"hola\" ", Command::Edit("dijo \"hola\"".into())),
            ("delete", Command::Delete),
            ("react 👍", Command::React { emoji: "👍".into(), remove: false }),
            ("unreact 👍", Command::React { emoji: "👍".into(), remove: true }),
            ("as 2", Command::As(json!(2))),
            ("answer 500 for 30s", answer(Some(Instead::Status(500, None)), false, Some(30))),
            ("answer 429", answer(Some(Instead::Status(429, Some(5))), false, None)),
            ("answer 503 to all after 60 for 2m", answer(Some(Instead::Status(503, Some(60))), true, Some(120))),
            ("answer slowly", answer(Some(Instead::Slowly(Duration::from_secs(3))), false, None)),
            ("answer slowly 200ms for 5s", answer(Some(Instead::Slowly(Duration::from_millis(200))), false, Some(5))),
            ("answer nothing to all", answer(Some(Instead::Nothing), true, None)),
            ("answer normally", answer(None, false, None)),
            (" help ", Command::Help),
            ("quit", Command::Quit),
        ] {
            assert_eq!(parse(line), Ok(Some(command)), "{line}");
        }
        assert_eq!(parse("  "), Ok(None));
    }

    #[test]
    fn what_is_wrong_says_how_it_is_written() {
        for (line, says) in [
            ("user 1", "user ID NAME"),
            ("room 7 Los mundialistas private", "quotes"),
            ("room 7 Plaza", "room ID NAME KIND"),
            ("room 7 \"Plaza public", "not closed"),
            ("message 7", "message ROOM TEXT"),
            ("message :7 x", "PLATFORM:ID"),
            ("edit", "edit TEXT"),
            ("react ", "react EMOJI"),
            ("unreact", "unreact EMOJI"),
            ("as", "as ID"),
            ("answer", "answer 500"),
            ("answer 999", "answer 500"),
            ("answer 500 for", "answer 500"),
            ("answer 500 for ever", "30s"),
            ("answer nothing after 5s", "answer 500"),
            ("anwser 500", "`anwser`"),
        ] {
            let error = parse(line).unwrap_err();
            assert!(error.contains(says), "{line}: {error}");
        }
    }
}
