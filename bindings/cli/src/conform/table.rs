//! What is checked, in the order in which it is: one row for each promise of a platform. A new one is a row here, and the
//! function that it names.

use super::check::Check;
use super::check::Severity::{Must, Should};
use super::{events, flow, node, posts, signature, texts, users};

/// A row.
macro_rules! check {
    ($severity:ident $name:literal, $what:literal, $rule:literal, after $after:expr, $run:path, $fix:literal) => {
        Check {
            name: $name,
            what: $what,
            rule: $rule,
            severity: $severity,
            fix: $fix,
            after: &$after,
            run: |t| Box::pin($run(t)),
        }
    };
}

/// What is asked of a plain platform.
#[rustfmt::skip]
pub(super) const PLAIN: &[Check] = &[
    check!(Must "users.answers", "`GET users` is answered 2xx", "`GET users`", after [], users::answers,
        "Answer 200 with the list of your users, `[]` if there is none. It is asked under the address that stands in the gateway's registry."),
    check!(Must "users.list", "`GET users` is a list of objects in JSON", "`GET users`", after ["users.answers"], users::is_a_list,
        "Answer a list such as [{\"id\": 4, \"name\": \"Juan\"}], in UTF-8, and nothing around it."),
    check!(Must "users.ids", "each user has an id: an integer of 64 bits or a string of 1 to 255 characters", "Ids", after ["users.list"], users::has_right_ids,
        "Write the key of the user as it is. A number with a point, null and an empty string are no ids."),
    check!(Must "users.names", "each user has a name: a string of at most 255 characters", "`GET users`", after ["users.list"], users::has_right_names,
        "Write the name to show, as a string. One that is longer has to be cut; a user who has none can have an empty one."),
    check!(Should "users.once", "no user is listed twice (`4` and `\"4\"` are the same id)", "Ids", after ["users.list"], users::lists_each_once,
        "List each user once. Two entries of one id rename the user by turns."),
    check!(Must "users.length", "the list is within what a node takes in: 200,000 users, 32 MiB", "Limits", after ["users.answers"], users::is_not_too_long,
        "List those who are active, and nothing of them but `id` and `name`."),

    check!(Must "user.taken", "`POST user` is answered 2xx", "`POST user`, `POST room`, `POST message`", after [], events::takes_a_user,
        "Store the user under `platform` and `id` together, and answer 200 (or any 2xx) then."),
    check!(Must "room.taken", "`POST room` is answered 2xx", "`POST user`, `POST room`, `POST message`", after [], events::takes_a_room,
        "Store the room under `platform` and `id` together, with its members, and answer 200 (or any 2xx) then."),
    check!(Must "message.taken", "`POST message` is answered 2xx", "`POST user`, `POST room`, `POST message`", after ["room.taken"], events::takes_a_message,
        "Store the message in the room `roomOriginalPlatform`:`roomId`, of the sender `platform`:`senderId`, and answer 200 (or any 2xx) then."),
    check!(Must "users.own", "`GET users` lists the platform's own users and nobody else's", "`GET users`", after ["users.list", "user.taken"], users::lists_own_users_only,
        "Leave out those who came by `POST user`: only the users who log in on this platform are listed."),
    check!(Must "ping.answered", "a ping is answered, be it 404", "Ping", after [], flow::answers_a_ping,
        "Answer anything to the path `ping`, 404 too: a gateway asks it whether this is a node, and takes silence for being down."),

    check!(Must "user.renamed", "the same user posted again has the new name", "`POST user`", after ["user.taken"], events::takes_a_new_name,
        "Update the user if it is there (an upsert)."),
    check!(Must "room.changed", "the same room posted again has the new name, type and members", "`POST room`", after ["room.taken"], events::takes_a_changed_room,
        "Update the room if it is there, and replace its members by those posted."),
    check!(Must "room.closed", "a room that became private, and has no member here any more, is taken", "`POST room`", after ["room.taken"], events::takes_the_end_of_a_room,
        "Take it, and close the room: it is the last that is told of it."),
    check!(Must "room.empty", "a room without members is taken", "`POST room`", after ["room.taken"], events::takes_a_room_of_nobody,
        "Take `\"users\": []`: everybody may have left."),
    check!(Must "room.platforms", "a room with members of platforms that were never mentioned is taken", "`POST room`", after ["room.taken"], events::takes_members_of_unknown_platforms,
        "Keep members as pairs of a platform's name and an id, without asking whether you know them."),
    check!(Must "room.large", "a room of 5,000 members is taken", "Limits", after ["room.taken"], events::takes_many_members,
        "Raise the limit of a body to 2 MiB, and store members in one statement: a room may have 100,000."),
    check!(Must "room.member", "a private room with a member of the platform, and a message in it, are taken (--name, --member)", "`POST user`, `POST room`, `POST message`", after ["message.taken"], events::takes_a_private_room_with_a_member,
        "Find your own members under your name as it stands in the gateway's registry."),

    check!(Must "fields.unknown", "fields that are not known are ignored", "`POST user`, `POST room`, `POST message`", after ["message.taken", "user.taken"], events::takes_unknown_fields,
        "Tell the JSON library not to fail on unknown properties."),
    check!(Must "message.stranger", "a message of a sender who was never announced is taken", "`POST message`", after ["message.taken"], events::takes_an_unknown_sender,
        "Make the user on the spot, with `platform:id` for a name until `POST user` brings the right one."),
    check!(Must "message.outsider", "a message of a user who is not a member of that public room is taken", "Rooms of other platforms", after ["message.taken", "user.taken"], events::takes_an_outsider_in_a_public_room,
        "Ask for membership in private rooms only; the gateway has checked that already."),
    check!(Must "message.empty", "a message with an empty text is taken", "`POST message`", after ["message.taken"], events::takes_an_empty_text,
        "Take `\"text\": \"\"`; what is said may be in the attachments."),
    check!(Must "message.optional", "`sentAt`, `replyTo`, `traceparent` and `recipients` do not hinder a message", "`POST user`, `POST room`, `POST message`", after ["message.taken", "fields.unknown"], events::takes_optional_fields,
        "Use these fields or ignore them. `sentAt` may have a fraction and any offset; what `replyTo` names may not be here."),
    check!(Must "message.attachments", "a message with attachments, by `url` and by `data`, is taken", "Attachments", after ["message.taken", "fields.unknown"], events::takes_attachments,
        "Show attachments, or ignore the field and have the registry entry say that you can't (`supportImage`, `supportAudio`)."),

    check!(Must "ids.integers", "integers of up to 53 bits, zero and negative ones, are ids", "Ids", after ["message.taken", "user.taken"], events::takes_large_integers,
        "Keep the ids of others in a column of text (best, since they may be strings) or of 64 bits."),
    check!(Must "ids.strings", "strings are ids, with any characters", "Ids", after ["message.taken", "user.taken"], events::takes_string_ids,
        "Keep the ids of others in a column of text; a `:` in them is a part of the id."),
    check!(Must "ids.long", "an id may have 255 characters", "Limits", after ["ids.strings"], events::takes_long_ids,
        "Make room for 255 characters, and for 320 where you store `platform:id` in one column."),
    check!(Must "ids.large", "integers that JavaScript would round come as strings", "Ids", after ["ids.strings"], events::takes_integers_as_strings,
        "Keep ids as text: \"9223372036854775807\" is an id like any other."),

    check!(Must "words.emoji", "names and texts may hold emoji", "JSON", after ["message.taken", "user.taken"], texts::takes_emoji,
        "Store UTF-8 of up to four bytes a character (in MySQL `utf8mb4`, in a connection as in a table)."),
    check!(Must "words.right-to-left", "names and texts may be written from right to left", "JSON", after ["message.taken", "user.taken"], texts::takes_scripts_from_right_to_left,
        "Store them as they are; keep directions apart where you show them (`<bdi>`)."),
    check!(Must "words.combining", "names and texts may hold combining marks", "JSON", after ["message.taken", "user.taken"], texts::takes_combining_marks,
        "Store them as they are, not normalised, in a column of Unicode."),
    check!(Must "words.controls", "names and texts may hold control characters", "JSON", after ["message.taken", "user.taken"], texts::takes_control_characters,
        "Store them as they are, and leave out what you can't show where you show it."),
    check!(Must "words.quotes", "names and texts may hold quotes, backslashes and markup", "JSON", after ["message.taken", "user.taken"], texts::takes_quotes,
        "Bind parameters in SQL, and escape where you show a text, not where you store it."),
    check!(Must "words.long-names", "a name may have 255 characters", "Limits", after ["room.taken", "user.taken"], texts::takes_long_names,
        "Make room for 255 characters, which are up to 1,020 bytes."),
    check!(Must "words.long-texts", "a text may have 256 KiB", "Limits", after ["message.taken"], texts::takes_long_texts,
        "Store texts in a column without a limit, and raise the limit of a body to 2 MiB."),
    check!(Must "words.long-attachments", "a message may have attachments of 700 KB", "Limits", after ["message.attachments"], texts::takes_long_attachments,
        "Raise the limit of a body to 2 MiB, in the web server in front of you too."),
    check!(Must "json.forms", "JSON is read in any form: spaces, line breaks, `\\u` escapes", "JSON", after ["words.emoji"], texts::takes_json_in_any_form,
        "Read bodies with a JSON library, and verify the signature over the bytes as they came."),

    check!(Must "repeat.taken", "a request that comes again, under the same `webhook-id`, is answered 2xx", "Four endpoints", after ["message.taken", "user.taken"], flow::takes_the_same_again,
        "Remember the pairs of `platform` and `webhook-id` that you stored, and answer 200 to those that you know."),
    check!(Should "burst.rooms", "messages in eight rooms at once are taken, or answered 429", "Four endpoints", after ["message.taken"], flow::takes_eight_rooms_at_once,
        "Take at least eight requests at once, or answer 429 with `Retry-After` to what is too much."),

    check!(Must "signature.several", "of several signatures in the header one that verifies is enough", "The signature", after ["message.taken"], signature::takes_one_of_several_signatures,
        "Split `webhook-signature` at its spaces, and take the request if any part is right."),
    check!(Should "signature.missing", "what is not signed is refused", "The signature", after ["message.taken"], signature::refuses_what_is_not_signed,
        "Answer 401 unless the signature verifies: whoever knows your address can write in anybody's name."),
    check!(Should "signature.wrong", "what is signed with another token is refused", "The signature", after ["signature.missing"], signature::refuses_another_token,
        "Compute the signature over `ID.TIMESTAMP.BODY` with the token as the key, compare it, and answer 401 if it is another."),
    check!(Should "signature.old", "what was signed more than 300 s ago is refused", "The signature", after ["signature.wrong"], signature::refuses_what_is_old,
        "Compare `webhook-timestamp` with your clock, and answer 401 beyond 300 s: what somebody recorded can be sent again otherwise."),

    check!(Must "supports.edit", "`POST edit` is answered 2xx, by a platform that says it knows edits (--supports)", "`POST user`, `POST room`, `POST message`", after ["message.taken"], events::takes_an_edit,
        "Answer 200 when the new text is stored, or take `edit` out of `supports` in the registry entry."),
    check!(Must "supports.delete", "`POST delete` is answered 2xx, by a platform that says it knows deletes (--supports)", "`POST user`, `POST room`, `POST message`", after ["message.taken"], events::takes_a_delete,
        "Answer 200 when the message is gone, or take `delete` out of `supports` in the registry entry."),
    check!(Must "supports.reaction", "`POST reaction` is answered 2xx, by a platform that says it knows reactions (--supports)", "`POST user`, `POST room`, `POST message`", after ["message.taken"], events::takes_a_reaction,
        "Answer 200 when the reaction is stored or removed, or take `reaction` out of `supports` in the registry entry."),

    check!(Should "time.soon", "every request is answered within a third of the time that a gateway waits", "Four endpoints", after [], flow::answers_soon,
        "Answer when the row is stored, and do what takes long afterwards: the messages of a room wait for each other."),
];

/// What is asked of what a platform posts, with --expect-posts.
#[rustfmt::skip]
pub(super) const POSTS: &[Check] = &[
    check!(Must "posts.come", "what somebody writes on the platform is posted to its gateway", "Three posts", after [], posts::come,
        "Give the platform this address for its gateway, with the same token, and write a message in a room that others can see. Post it at once."),
    check!(Must "posts.token", "each post holds the platform's token", "Three posts", after [], posts::hold_the_token,
        "Put the token into the body, as `token`."),
    check!(Must "posts.json", "each post says that it is JSON", "When it doesn't work", after [], posts::are_json,
        "Send `Content-Type: application/json`, or none."),
    check!(Must "posts.fields", "the fields of each post are as they must be", "Three posts", after [], posts::have_right_fields,
        "The words above name the field, and what was expected of it."),
    check!(Must "posts.own", "each post speaks for users and rooms that the platform may speak for", "Rooms of other platforms", after [], posts::speak_for_own_users,
        "Post what your own users do, in rooms where they may."),
    check!(Must "posts.no-echo", "nothing that came from the gateway is posted back", "Part 4: Who gets what", after [], posts::send_nothing_back,
        "Post only what your own users write, and not what you stored because a gateway brought it."),
    check!(Should "posts.key", "each post has an `Idempotency-Key`", "Posting again without saying it twice", after [], posts::have_a_key,
        "Send the key of the row as `Idempotency-Key`, so that a post that is repeated is taken once."),
    check!(Must "posts.again", "a message that is answered 503 is posted again", "Statuses", after [], posts::come_again,
        "Keep what was not answered 2xx, and post it again after `Retry-After`, or after 1, 2, 4 … seconds."),
    check!(Must "posts.same-key", "what is posted again has the key that it had", "Posting again without saying it twice", after ["posts.again"], posts::keep_their_key,
        "Store the key with the row, and do not make a new one at each try."),
];

/// What is asked of a node.
#[rustfmt::skip]
pub(super) const NODE: &[Check] = &[
    check!(Must "node.ping", "its ping is that of a node", "Ping", after [], node::answers_as_one,
        "Mount the library under this address, and nothing around it that changes what it answers."),
    check!(Must "node.token", "a ping signed with the token is taken", "The signature", after [], node::knows_the_token,
        "Both registry files need the same token. A clock that is more than 300 s off has the same effect."),
    check!(Must "node.wrong-token", "a ping signed with another token is refused", "What a node answers", after [], node::refuses_another_token,
        "Nothing in front of the node may answer in its place."),
    check!(Must "node.users", "`GET users` answers a list to whoever has the token", "What a node answers", after ["node.token"], node::lists_users,
        "Mount the library with all its paths, GET as well as POST."),
];

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    /// The headings of the protocol, without their marks.
    fn headings() -> HashSet<&'static str> {
        let page = include_str!("../../../../docs/protocol.md");
        page.lines().filter(|line| line.starts_with('#')).map(|line| line.trim_start_matches('#').trim()).collect()
    }

    #[test]
    fn every_rule_is_a_heading_of_the_protocol() {
        let headings = headings();
        for check in PLAIN.iter().chain(POSTS).chain(NODE) {
            assert!(headings.contains(check.rule), "{}: no heading {:?}", check.name, check.rule);
        }
    }

    #[test]
    fn every_check_has_a_name_of_its_own_and_waits_only_for_those_above_it() {
        let all: Vec<_> = PLAIN.iter().chain(POSTS).chain(NODE).collect();
        let names: HashSet<_> = all.iter().map(|check| check.name).collect();
        assert_eq!(names.len(), all.len());
        let mut before = HashSet::new();
        for check in all {
            assert!(check.after.iter().all(|name| before.contains(name)), "{}: {:?}", check.name, check.after);
            before.insert(check.name);
            assert!(!check.what.ends_with('.') && check.fix.ends_with(|c| ['.', '`'].contains(&c)), "{}", check.name);
        }
    }
}
