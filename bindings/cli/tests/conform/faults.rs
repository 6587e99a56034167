//! One test for each fault that a platform can have.

use crate::broken::{self, Fault, NAME, TOKEN};
use crate::{conform, found};

/// With all that can be asked for.
const ALL: &[&str] = &["--name", NAME, "--member", "4", "--supports", "edit,delete,reaction"];
/// The checks of what a platform must do; others are of what it should.
const SHOULD: &[&str] =
    &["users.once", "burst.rooms", "signature.missing", "signature.wrong", "signature.old", "time.soon"];

/// It is named, and nothing else; the exit code says whether it is grave.
fn only(fault: Fault, check: &str) {
    let url = broken::start(&[fault]);
    // Where nothing is slow on purpose, a slow machine is not taken for a slow platform.
    let timeout = if matches!(fault, Fault::PingHangs | Fault::IsSlow) { "3" } else { "60" };
    let ended = conform(&url, &[ALL, &["--timeout", timeout]].concat());
    let report = ended.json();
    assert_eq!(found(&report), [check], "{fault:?}: {report:#}");
    let (severity, code) = if SHOULD.contains(&check) { ("should", 0) } else { ("must", 1) };
    let named = &report["faults"][0];
    assert_eq!((ended.code, named["severity"].as_str()), (Some(code), Some(severity)), "{named:#}");
    assert!(
        named["rule"].as_str().unwrap().starts_with("docs/protocol.md, ") && !named["fix"].as_str().unwrap().is_empty(),
        "{named:#}"
    );
    assert!(!named["places"][0]["endpoint"].as_str().unwrap().is_empty(), "{named:#}");
    assert!(!ended.out.contains(TOKEN) && !ended.err.contains(TOKEN), "the token is shown");
}

macro_rules! faults {
    ($($test:ident: $fault:ident is $check:literal;)*) => {$(
        #[test]
        fn $test() {
            only(Fault::$fault, $check);
        }
    )*};
}

faults! {
    users_that_are_not_found: UsersAreNotFound is "users.answers";
    users_that_are_elsewhere: UsersAreElsewhere is "users.answers";
    users_in_a_page: UsersAreAPage is "users.list";
    users_in_an_object: UsersAreWrapped is "users.list";
    users_in_latin_1: UsersAreLatin1 is "users.list";
    an_id_that_is_no_integer: IdIsNoInteger is "users.ids";
    a_user_without_an_id: IdIsMissing is "users.ids";
    a_name_that_is_null: NameIsNull is "users.names";
    a_name_that_is_too_long: NameIsTooLong is "users.names";
    a_user_who_is_listed_twice: UserIsListedTwice is "users.once";
    users_of_others_in_the_list: UsersOfOthersAreListed is "users.own";
    a_user_of_another_platform_by_its_own_word: APlatformIsNamed is "users.own";
    too_many_users: TooManyUsers is "users.length";
    a_user_that_fails: UserFails is "user.taken";
    a_room_that_fails: RoomFails is "room.taken";
    a_message_that_is_refused: MessageIsRefused is "message.taken";
    a_message_that_is_sent_elsewhere: MessageIsElsewhere is "message.taken";
    a_ping_that_hangs: PingHangs is "ping.answered";
    a_new_name_that_is_a_conflict: RenamingIsAConflict is "user.renamed";
    a_changed_room_that_is_a_conflict: ChangingARoomIsAConflict is "room.changed";
    the_end_of_a_room_that_is_refused: ClosingIsRefused is "room.closed";
    a_room_of_nobody_that_is_refused: EmptyRoomIsRefused is "room.empty";
    members_of_an_unknown_platform_that_are_refused: UnknownPlatformIsRefused is "room.platforms";
    a_large_room_that_is_refused: LargeRoomIsRefused is "room.large";
    an_own_member_that_fails: OwnMemberFails is "room.member";
    a_stranger_who_is_refused: StrangerIsRefused is "message.stranger";
    an_outsider_who_is_refused: OutsiderIsRefused is "message.outsider";
    an_empty_text_that_is_refused: EmptyTextIsRefused is "message.empty";
    a_fraction_of_a_second_that_fails: FractionOfASecondFails is "message.optional";
    attachments_that_are_refused: AttachmentsAreRefused is "message.attachments";
    unknown_fields_that_are_refused: UnknownFieldsAreRefused is "fields.unknown";
    ids_of_32_bits: IdsHave32Bits is "ids.integers";
    negative_ids_that_are_refused: NegativeIdsAreRefused is "ids.integers";
    strings_that_are_no_ids: StringIdsAreRefused is "ids.strings";
    long_ids_that_fail: LongIdsFail is "ids.long";
    digits_that_are_parsed: DigitsAreParsed is "ids.large";
    emoji_that_fail: EmojiFail is "words.emoji";
    hebrew_that_ends_the_connection: HebrewHangsUp is "words.right-to-left";
    combining_marks_that_fail: CombiningMarksFail is "words.combining";
    control_characters_that_are_refused: ControlsAreRefused is "words.controls";
    quotes_that_fail: QuotesFail is "words.quotes";
    long_names_that_fail: LongNamesFail is "words.long-names";
    long_texts_that_fail: LongTextsFail is "words.long-texts";
    bodies_that_are_limited: BodiesAreLimited is "words.long-attachments";
    a_signature_over_what_was_parsed: SignatureIsOverWhatWasParsed is "json.forms";
    the_same_again_that_is_a_conflict: AgainIsAConflict is "repeat.taken";
    many_at_once_that_fail: ManyAtOnceFail is "burst.rooms";
    the_first_signature_only: FirstSignatureOnly is "signature.several";
    nobody_who_signs: NobodySigns is "signature.missing";
    any_signature_that_will_do: AnySignatureWill is "signature.wrong";
    any_time_that_will_do: AnyTimeWill is "signature.old";
    an_edit_that_fails: EditFails is "supports.edit";
    a_delete_that_fails: DeleteFails is "supports.delete";
    a_reaction_that_fails: ReactionFails is "supports.reaction";
    a_slow_answer: IsSlow is "time.soon";
}

#[test]
fn nothing_is_found_where_nothing_is_planted() {
    for harmless in [&[][..], &[Fault::AsksForLess], &[Fault::FailsOnceEach]] {
        let ended = conform(&broken::start(harmless), &[ALL, &["--timeout", "60", "--strict"]].concat());
        let report = ended.json();
        assert_eq!((found(&report), ended.code), (vec![], Some(0)), "{harmless:?}: {report:#}");
        assert_eq!(
            (&report["conforms"], report["not_judged"].as_array().unwrap().len()),
            (&true.into(), 0),
            "{report:#}"
        );
    }
}

#[test]
fn faults_of_two_kinds_are_both_named_the_grave_ones_first() {
    let ended = conform(&broken::start(&[Fault::UserIsListedTwice, Fault::EmojiFail]), &[]);
    assert_eq!(
        (found(&ended.json()), ended.code),
        (vec!["words.emoji".into(), "users.once".into()], Some(1)),
        "{ended:?}"
    );
}

#[test]
fn what_it_should_do_is_a_fault_where_strictness_is_asked_for() {
    let url = broken::start(&[Fault::UserIsListedTwice]);
    for (more, code) in [(&["--only", "users"][..], 0), (&["--only", "users", "--strict"], 1)] {
        let ended = conform(&url, more);
        assert_eq!((found(&ended.json()), ended.code), (vec!["users.once".into()], Some(code)), "{ended:?}");
    }
}

#[test]
fn what_depends_on_a_fault_is_not_judged_and_says_why() {
    let report = conform(&broken::start(&[Fault::UsersAreAPage]), &["--only", "users"]).json();
    let not_judged = report["not_judged"].as_array().unwrap();
    assert!(not_judged.iter().any(|c| c["check"] == "users.ids" && c["after"] == "users.list"), "{report:#}");
}

#[test]
fn a_fault_is_told_to_people_with_its_place_what_to_do_and_the_rule() {
    let folder = tempfile::tempdir().unwrap();
    let url = broken::start(&[Fault::EmojiFail]);
    let args = ["conform", &url, "--token", TOKEN, "--only", "words.emoji"];
    let ended = crate::common::run_in(folder.path(), &args);
    for line in [
        "MUST",
        "  words.emoji: names and texts may hold emoji",
        "    POST user, `name`: answered 500: {\"message\":\"so it is\",\"status\":500} (3 times)",
        "    POST message, `text`: answered 500",
        "    To do: Store UTF-8 of up to four bytes",
        "    Rule:  docs/protocol.md, \"JSON\"",
    ] {
        assert!(ended.out.lines().any(|l| l.starts_with(line)), "{line:?} is missing: {}", ended.out);
    }
    assert!(ended.out.ends_with("It does not conform: 1 fault.\n"), "{}", ended.out);
    assert!(ended.err.starts_with("Posting users, rooms and messages of a platform `conform`"), "{}", ended.err);
    assert!(!ended.out.contains('\x1b') && !ended.out.contains(TOKEN) && !ended.err.contains(TOKEN), "{ended:?}");
}
