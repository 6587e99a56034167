//! Properties of reading and writing; the single cases are the shared vectors.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use super::json::{Value, parse, parse_within};
use super::*;
use crate::config::Limits;
use crate::model::{AttachmentKind, Barred, EventKind, Ext, Extras};

fn ids() -> impl Strategy<Value = Id> {
    prop_oneof![
        any::<i64>().prop_map(Id::from),
        (0..9i64).prop_map(Id::from),
        "\\PC{1,255}".prop_map(Id::from),
        "[0-9]{1,3}".prop_map(Id::from)
    ]
}

fn names() -> impl Strategy<Value = String> {
    "[a-zA-Z0-9 _ñÑüß聊Σ]{1,64}".prop_map(|s| s.trim().to_owned()).prop_filter("empty", |s| !s.is_empty())
}

fn users() -> impl Strategy<Value = Body> {
    let all = (ids(), ".{0,255}", any::<bool>(), extras());
    all.prop_map(|(id, name, active, extras)| Body::User(UserBody { id, name, active, extras }))
}

fn exts() -> impl Strategy<Value = Ext> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        any::<f64>().prop_filter("JSON has no word for it", |n| n.is_finite()).prop_map(|n| n.to_string()),
        "[1-9][0-9]{0,30}",
        "(?s).{0,20}".prop_map(|text| serde_json::to_string(&text).unwrap()),
    ];
    let field = ("\\PC{0,5}", leaf).prop_map(|(name, value)| format!("{}: [{value}, {{}}]", serde_json::json!(name)));
    vec(field, 0..2)
        .prop_map(|fields| Ext::from_json(&format!("{{{}}}", fields.join(" , "))).unwrap_or_else(|_| empty()))
}

fn empty() -> Ext {
    Ext::from_json("{}").unwrap()
}

fn extras() -> impl Strategy<Value = Extras> {
    let avatar = option::of("https?://[a-z]{1,9}(:[1-9][0-9]{0,3})?/[a-z/]{0,20}");
    (avatar, option::of(exts())).prop_map(|(avatar, ext)| Extras::new(avatar.as_deref(), ext))
}

fn barred() -> impl Strategy<Value = Barred> {
    prop_oneof![Just(Barred::Platform), vec(ids(), 1..5).prop_map(|ids| Barred::Users(ids.into_iter().collect()))]
}

fn rooms() -> impl Strategy<Value = Body> {
    let members = || vec((names(), vec(ids(), 0..8)), 0..6).prop_map(distinct);
    let all = (ids(), ".{0,255}", any::<bool>(), members(), option::of(names()), members());
    (all, option::of((names(), barred())), extras()).prop_map(
        |((id, name, public, members, origin, again), banned, extras)| {
            let kind = if public { RoomKind::Public } else { RoomKind::Private };
            let banned = banned.into_iter().collect();
            Body::Room(RoomBody { id, name, kind, members, origin, again, banned, extras })
        },
    )
}

/// Without what reading would merge.
fn distinct(members: Vec<(String, Vec<Id>)>) -> Members {
    let mut platforms = std::collections::HashSet::new();
    let unique = members.into_iter().filter(|(name, _)| platforms.insert(crate::model::name::fold(name)));
    unique.map(|(name, ids)| (name, ids.into_iter().collect())).collect()
}

fn attachments() -> impl Strategy<Value = Attachment> {
    let kinds = prop_oneof![Just(AttachmentKind::Image), Just(AttachmentKind::Audio), Just(AttachmentKind::File)];
    let content = prop_oneof![
        "https?://[a-z]{1,9}(:[1-9][0-9]{0,3})?/[a-z/]{0,20}".prop_map(|url| (Some(url), None)),
        vec(any::<u8>(), 0..60).prop_map(|bytes| {
            use base64::Engine as _;
            (None, Some(base64::engine::general_purpose::STANDARD.encode(bytes)))
        }),
    ];
    (kinds, content, option::of(".{0,255}"), option::of(".{0,255}"), option::of(0..i64::MAX as u64))
        .prop_map(|(kind, (url, data), mime, name, size)| Attachment { kind, url, data, mime, name, size })
}

fn messages() -> impl Strategy<Value = Body> {
    let extra = (
        option::of(Just("2026-11-24T10:00:00Z".to_owned())),
        option::of(any::<u128>()),
        option::of("00-[1-9a-f][0-9a-f]{31}-[0-9a-f]{15}[1-9a-f]-[0-9a-f]{2}"),
        vec(attachments(), 0..4),
        option::of(exts()),
    );
    (names(), ids(), ids(), "(?s).{0,300}", extra).prop_map(
        |(room_platform, room_id, sender, text, (sent_at, reply_to, traceparent, attachments, ext))| {
            let reply_to = reply_to.map(Uuid::from_u128);
            Body::Message(MessageBody {
                room_platform: room_platform.into(),
                room_id,
                sender,
                text,
                sent_at,
                reply_to,
                traceparent,
                attachments,
                ext,
            })
        },
    )
}

fn changes() -> impl Strategy<Value = Body> {
    let what = prop_oneof![
        ("(?s).{0,300}", option::of(vec(attachments(), 0..3)), option::of(exts()))
            .prop_map(|(text, attachments, ext)| (None, Change::Edit { text, attachments, ext })),
        option::of(names()).prop_map(|of_platform| (of_platform, Change::Delete)),
        (names(), "\\PC{1,8}", any::<bool>())
            .prop_map(|(of_platform, emoji, remove)| (Some(of_platform), Change::Reaction { emoji, remove })),
    ];
    (names(), ids(), ids(), any::<u128>(), what).prop_map(
        |(room_platform, room_id, sender, of, (of_platform, what))| {
            let (room_platform, of) = (room_platform.into(), Uuid::from_u128(of));
            Body::Change(ChangeBody { room_platform, room_id, sender, of, of_platform, what })
        },
    )
}

fn written(from: &str, body: &Body) -> (EventKind, Vec<u8>) {
    match body {
        Body::User(b) => (EventKind::User, write::user(from, b)),
        Body::Room(b) => (EventKind::Room, write::room(from, b)),
        Body::Message(b) => (EventKind::Message, write::message(from, b)),
        Body::Change(b) => (b.what.kind(), write::change(from, b)),
        Body::Platform(b) => (EventKind::Platform, write::platform(from, b)),
        Body::Receipt(b) => (EventKind::Receipt, write::receipt(from, b)),
    }
}

fn everything() -> Vec<&'static str> {
    vec![
        r#"{"id":4,"name":"Juan","token":"4444"}"#,
        r#"{"id":4,"name":"Los mundialistas","type":"public","users":[{"GWT_CHAT":[1,2,3]},{"net core":[3]}]}"#,
        r#"{"roomOriginalPlatform":"BuasApp","roomId":4,"senderId":3,"text":"ñ \u00e9","sentAt":"2026-11-24T10:00:00.5Z","attachments":[{"kind":"image","url":"http://a/b"}]}"#,
        r#"{"roomOriginalPlatform":"BuasApp","roomId":4,"senderId":3,"of":"01890a5d-ac96-774b-bcce-b302099a8057","ofPlatform":"GWT_CHAT","emoji":"👍","remove":false}"#,
        r#"[{"id":1,"name":"GWT_CHAT","endpoint":"http://localhost:8080/api/","supportAudio":"True","token":"1111"}]"#,
        r#"{"platform":"BuasApp","integrador":{"version":1,"batch":true,"hosts":["legacy"],"store":"x"}}"#,
        "{\"id\":\"a\",\"kind\":\"user\",\"body\":{}}\n{\"id\":\"b\",\"status\":200,\"message\":\"\"}\n",
    ]
}

/// Reads these bytes in every way that there is.
fn read_all(bytes: &[u8]) {
    let limits = Limits::default();
    if let Ok(value) = parse(bytes) {
        for kind in EventKind::TRAVELLING {
            let _ = read::body(kind, &value, &limits);
        }
        let _ = (read::token(&value), read::platform_field(&value), read::flag(&value));
    }
    let _ = (read::batch(bytes, &limits, |_| ()).is_ok(), read::batch_answer(bytes), read::pong(bytes));
    let _ = (read::users(bytes, &limits), read::platforms(bytes));
    let _ = crate::registry::Registry::parse(bytes, "own", std::path::Path::new("platforms.json"));
}

proptest! {
    #[test]
    fn an_id_comes_back_in_the_type_in_which_it_came(id in ids()) {
        let text = serde_json::to_string(&id).unwrap();
        let object = format!("{{\"id\":{text}}}");
        let back = read::id(&parse(object.as_bytes()).unwrap(), "id", 255).unwrap();
        prop_assert_eq!(&back, &id);
        prop_assert_eq!(back.is_number(), id.is_number());
        prop_assert_eq!(serde_json::to_string(&back).unwrap(), text);
    }

    #[test]
    fn ids_are_equal_when_their_texts_are(n in any::<i64>()) {
        prop_assert_eq!(Id::from(n), Id::from(n.to_string()));
        let room = format!("[{{\"A\":[{n},\"{n}\"]}}]");
        let members = read::members("users", &parse(room.as_bytes()).unwrap(), &Limits::default()).unwrap();
        prop_assert_eq!(members, vec![("A".to_owned(), IndexSet::from_iter([Id::from(n)]))]);
    }

    #[test]
    fn what_is_written_for_nodes_reads_as_what_it_was(
        body in prop_oneof![users(), rooms(), messages(), changes()], from in names(), event in any::<u128>(),
    ) {
        let (kind, bytes) = written(&from, &body);
        let value = parse(&bytes).unwrap();
        prop_assert_eq!(read::platform_field(&value).unwrap(), from.clone());
        prop_assert_eq!(&read::body(kind, &value, &Limits::default()).unwrap(), &body);

        let (event, mut batch) = (Uuid::from_u128(event), Vec::new());
        write::batch_line(&mut batch, event, kind, &bytes);
        write::batch_line(&mut batch, event, kind, &bytes);
        let same = |line: BatchLine<'_>| {
            let line = line.read();
            (line.id.into_owned(), line.kind.is_ok_and(|read| read == kind.as_str()) && line.body == value)
        };
        let lines = read::batch(&batch, &Limits::default(), same).unwrap();
        prop_assert_eq!(lines, vec![(event.to_string(), true); 2]);
    }

    #[test]
    fn no_plain_platform_gets_an_attachment_that_it_cannot_show(
        body in messages(), audio in any::<bool>(), image in any::<bool>(),
    ) {
        let Body::Message(message) = &body else { unreachable!() };
        let bytes = write::plain_message("A", message, audio, image, None);
        let value = parse(&bytes).unwrap();
        let got = read::message(&value, &Limits { text: usize::MAX, ..Limits::default() }).unwrap();
        let can = |a: &Attachment| match a.kind {
            AttachmentKind::Audio => audio,
            AttachmentKind::Image => image,
            AttachmentKind::File => true,
        };
        let kept: Vec<_> = message.attachments.iter().filter(|a| can(a)).cloned().collect();
        prop_assert!(got.text.starts_with(&message.text));
        for url in message.attachments.iter().filter(|a| !can(a)).filter_map(|a| a.url.as_ref()) {
            prop_assert!(got.text.contains(url));
        }
        prop_assert_eq!(got.attachments, kept);
    }

    /// Shows promise 5.
    #[test]
    fn no_bytes_make_reading_panic(bytes in vec(any::<u8>(), 0..300)) {
        read_all(&bytes);
    }

    /// Shows promise 5.
    #[test]
    fn no_damage_to_good_bodies_makes_reading_panic(
        which in 0..6usize, at in any::<prop::sample::Index>(), cut in 0..6usize,
        put in prop_oneof![vec(any::<u8>(), 0..4), "[\\[\\]{}\":,\\\\0-9eE.nul-]{0,4}".prop_map(String::into_bytes)],
    ) {
        let mut bytes = everything()[which].as_bytes().to_vec();
        let at = at.index(bytes.len());
        let end = (at + cut).min(bytes.len());
        bytes.splice(at..end, put);
        read_all(&bytes);
    }

    #[test]
    fn what_is_taken_as_json_other_readers_take_too(text in "[\\[\\]{}\":, a1\\\\u0d8-]{0,40}") {
        if parse(text.as_bytes()).is_ok() {
            prop_assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok());
        }
    }
}

#[test]
fn fields_stand_in_the_documented_order() {
    let user = UserBody { id: 4.into(), name: "Juan".into(), active: false, extras: Extras::default() };
    let text = |bytes| String::from_utf8(bytes).unwrap();
    assert_eq!(text(write::user("BuasApp", &user)), r#"{"id":4,"name":"Juan","platform":"BuasApp","active":false}"#);
    let members = vec![("GWT_CHAT".to_owned(), IndexSet::from_iter([Id::from(1), Id::from("dos")]))];
    let room = RoomBody {
        id: "4".into(),
        name: "Sala".into(),
        kind: RoomKind::Public,
        members,
        origin: Some("GWT_CHAT".into()),
        again: Members::new(),
        banned: Vec::new(),
        extras: Extras::default(),
    };
    assert_eq!(
        text(write::room("BuasApp", &room)),
        r#"{"id":"4","name":"Sala","platform":"BuasApp","type":"public","users":[{"GWT_CHAT":[1,"dos"]}],"roomOriginalPlatform":"GWT_CHAT"}"#
    );
    let message = MessageBody {
        room_platform: "BuasApp".into(),
        room_id: 4.into(),
        sender: 3.into(),
        text: "¡hola!\n".into(),
        sent_at: Some("2026-11-24T10:00:00Z".into()),
        reply_to: Some(Uuid::nil()),
        traceparent: Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".into()),
        attachments: Vec::new(),
        ext: None,
    };
    assert_eq!(
        text(write::message("GWT_CHAT", &message)),
        r#"{"roomOriginalPlatform":"BuasApp","roomId":4,"senderId":3,"text":"¡hola!\n","platform":"GWT_CHAT","sentAt":"2026-11-24T10:00:00Z","replyTo":"00000000-0000-0000-0000-000000000000","traceparent":"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}"#
    );
}

/// Shows promise 7.
#[test]
fn an_error_never_shows_what_the_body_holds() {
    let value = parse(br#"{"id": 4, "name": ["hunter2"], "type": "hunter2", "token": {"hunter2": 1}}"#).unwrap();
    let limits = Limits::default();
    for error in [
        read::user(&value, &limits).map(|_| ()),
        read::room(&value, &limits).map(|_| ()),
        read::token(&value).map(|_| ()),
    ] {
        assert!(!error.unwrap_err().to_string().contains("hunter2"));
    }
    assert_eq!(Value::Text("hunter2".into()).describe(), "a string");
}

proptest! {
    #[test]
    fn odd_entries_of_a_list_hide_no_good_one(
        entries in vec(prop_oneof![
            (ids(), "\\PC{0,40}").prop_map(Ok),
            prop_oneof![
                Just("7"), Just("null"), Just("[[0]]"), Just("{}"), Just("\"{\\\"id\\\": 1}\""), Just("{\"id\": 1e999}"),
                Just("{\"id\": true, \"name\": \"x\"}"), Just("{\"id\": \"\", \"name\": \"x\"}"), Just("[{\"id\": 1, \"name\": \"x\"}]"),
                Just("{\"id\": 1, \"id\": 1, \"name\": \"x\"}"), Just("{\"id\": 1, \"name\": \"x\", \"platform\": \"\"}"),
            ].prop_map(Err),
        ], 0..30),
        space in "[ \n\t]{0,3}",
    ) {
        let text = |entry: &Result<(Id, String), &str>| match entry {
            Ok((id, name)) => serde_json::json!({"more": [[{"id": 9}]], "id": id, "name": name}).to_string(),
            Err(odd) => odd.to_string(),
        };
        let texts: Vec<String> = entries.iter().map(text).collect();
        let list = format!("{space}[{space}{}{space}]{space}", texts.join(&format!("{space},{space}")));
        let listing = read::users(list.as_bytes(), &Limits::default()).unwrap();
        let good: Vec<_> = entries.iter().flatten().cloned().collect();
        let read: Vec<_> = listing.items.into_iter().map(|user| (user.id, user.name.unwrap())).collect();
        prop_assert_eq!(listing.odd.count, entries.len() - good.len());
        prop_assert_eq!(listing.odd.hides, listing.odd.count > 0);
        prop_assert_eq!(read, good);
    }

    #[test]
    fn a_list_that_is_cut_or_damaged_is_read_whole_or_refused(
        at in any::<prop::sample::Index>(), put in "[\\[\\]{}\":,\\\\ 0-9eE.nul-]{0,3}", cut in any::<bool>(),
    ) {
        let good = r#"[{"id": 1, "name": "Ana"}, {"id": "dos", "name": "B\u00e9to \"x\""}, {"name": "Cora", "id": 3, "x": {"y": [1, 2]}}]"#;
        let at = at.index(good.len());
        let damaged = if cut { good[..at].to_owned() } else { format!("{}{put}{}", &good[..at], &good[at..]) };
        // Every entry is accounted for, or none is taken.
        if let Ok(listing) = read::users(damaged.as_bytes(), &Limits::default()) {
            let whole: Vec<serde_json::Value> = serde_json::from_str(&damaged).unwrap();
            let nameless = listing.items.iter().filter(|user| user.name.is_none()).count();
            prop_assert_eq!(listing.items.len() + listing.odd.count - nameless, whole.len());
        }
    }
}

#[test]
fn a_body_of_more_values_than_its_members_can_need_is_refused_as_too_large() {
    let limits = Limits::default();
    let most = read::most_values(&limits);
    let each: Vec<String> = (0..limits.members).map(|n| format!("{{\"A\":[{n}]}}")).collect();
    let room = format!(r#"{{"id":1,"name":"","type":"public","users":[{}]}}"#, each.join(","));
    let value = parse_within(most, room.as_bytes()).unwrap();
    assert_eq!(read::room(&value, &limits).unwrap().members[0].1.len(), limits.members);
    for junk in ["[0],", "{},", "{\"\":0},"] {
        let body = format!("{{\"id\":1,\"x\":[{}0]}}", junk.repeat(2 * limits.body / junk.len()));
        let error = parse_within(most, body.as_bytes()).unwrap_err();
        assert_eq!(error.kind(), crate::ErrorKind::TooLarge, "{junk}");
    }
    let line = format!("{{\"id\":\"a\",\"kind\":\"user\",\"body\":[{}0]}}", "[0],".repeat(250_000));
    let error = read::batch(line.as_bytes(), &limits, |_| ()).unwrap_err();
    assert_eq!((error.kind(), error.context()), (crate::ErrorKind::TooLarge, Some("line 1")));
}

#[test]
fn the_answer_to_a_batch_reads_the_same_whether_it_is_written_as_a_node_does_or_otherwise() {
    for (id, status, message) in
        [("0190-ab", 200, "ok"), ("0190-ab", 200, "duplicate"), ("x\"y", 200, "ok"), ("ñ", 202, "ok")]
    {
        let mut line = Vec::new();
        write::batch_answer_line(&mut line, id, status, message);
        let otherwise = String::from_utf8(line.clone()).unwrap().replacen(':', " : ", 1);
        for line in [&line[..], otherwise.as_bytes()] {
            let lines = read::batch_answer(line).unwrap();
            assert_eq!((&*lines[0].id, lines[0].status, &*lines[0].message), (id, status, message));
        }
    }
}
