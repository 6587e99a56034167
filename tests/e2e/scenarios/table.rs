//! Each scenario of `tests/scenarios` as a test of its name.

use std::collections::BTreeMap;
use std::fs;

use serde_json::Value;

use super::steps::{Scenario, folder, scenarios_in};
use super::world::World;

fn play(file: &str, name: &str) {
    let scenario = scenarios_in(file).into_iter().find(|scenario| scenario.name == name);
    let scenario = scenario.unwrap_or_else(|| panic!("{file}.json has no scenario {name}"));
    World::new(&scenario).play(&scenario.steps);
}

macro_rules! table {
    ($($file:ident { $($name:ident)* })*) => {
        $(mod $file {
            $(#[test]
            fn $name() {
                super::play(stringify!($file), stringify!($name));
            })*
        })*

        const PLAYED: &[(&str, &[&str])] = &[$((stringify!($file), &[$(stringify!($name)),*])),*];
    };
}

table! {
    users {
        users_are_known_on_the_other_platforms_and_so_are_changes_to_them
        a_user_who_has_not_changed_is_not_sent_again
        the_application_is_told_of_each_user_of_another_platform
    }
    rooms {
        a_private_room_is_known_where_it_has_members_and_says_who_its_recipients_are
        a_user_joins_a_public_room_of_another_platform_and_leaves_it
        publishing_a_room_again_changes_only_what_its_owner_has_changed
    }
    bans {
        whom_a_room_bars_can_neither_write_nor_join_there_until_it_is_announced_without_the_ban
        a_whole_platform_is_barred_and_the_others_write_on_also_after_a_restart
        what_a_platform_without_the_library_writes_where_it_is_barred_is_refused
    }
    messages {
        a_message_reaches_the_platforms_of_its_room_and_does_not_come_back
        a_handler_answers_and_the_answer_names_the_message_that_it_answers
        attachments_arrive_as_they_were_published
        an_answer_of_a_platform_without_the_library_names_what_it_answers_and_so_does_the_answer_to_that
        an_answer_to_a_message_that_nobody_remembers_is_a_message_all_the_same
    }
    extras {
        what_a_user_carries_is_known_elsewhere_also_after_a_restart_until_it_carries_it_no_more
        what_a_room_carries_is_known_elsewhere_until_it_carries_it_no_more
        what_a_message_and_its_edits_carry_arrives_everywhere_as_it_was_given
        what_is_no_avatar_or_cannot_be_carried_is_refused
    }
    changes {
        a_message_is_edited_reacted_to_and_deleted_wherever_it_is
        a_message_is_edited_by_its_own_platform_alone_and_deleted_by_that_and_by_the_origin_of_the_room
        what_changes_nothing_is_not_sent_and_a_delete_is_final_also_after_a_restart
    }
    keys {
        a_message_that_is_published_again_under_its_key_is_the_same_message
        a_key_outlives_a_restart
        another_message_under_the_same_key_is_a_conflict
    }
    bindings {
        what_a_handler_binds_is_seen_by_the_events_that_follow
        a_bound_id_names_a_room_wherever_a_room_is_named
        a_binding_is_one_to_one_and_outlives_a_restart
    }
    handlers {
        what_a_handler_fails_at_comes_again_with_what_follows_it_in_its_room
        what_a_handler_always_fails_at_becomes_a_dead_letter_and_the_next_one_proceeds
    }
    order {
        messages_of_a_room_come_in_order_although_their_platform_was_down
        an_answer_has_a_greater_id_than_what_it_answers
    }
    receipts {
        a_message_waits_while_its_platform_is_down_and_is_delivered_when_it_is_back
        of_an_event_that_nobody_published_nothing_is_known
    }
    unsupported {
        what_a_platform_without_the_library_has_no_word_for_is_unsupported_there_and_delivered_elsewhere
        the_gateway_tells_who_wrote_it_what_is_unsupported
    }
    dead_letters {
        what_could_not_be_delivered_in_time_is_a_dead_letter_and_arrives_late_when_it_is_retried
        a_dead_letter_that_is_dropped_is_gone
    }
    restarts {
        what_was_handled_never_comes_again_and_what_was_not_still_comes
        what_is_known_is_still_known_after_a_restart
    }
    joining {
        a_newcomer_joins_by_one_line_and_all_know_each_other
        an_invite_is_good_for_one_newcomer_and_for_nobody_once_it_is_revoked
        where_introductions_are_asked_for_a_newcomer_waits_until_it_is_let_in_or_refused
        who_takes_no_introductions_says_so_and_is_introduced_when_it_does
        a_token_that_two_nodes_share_is_replaced_and_nothing_between_them_is_lost
        who_was_removed_is_known_to_nobody_and_may_join_again
        what_the_registry_file_names_is_changed_only_there
        a_platform_without_the_library_is_added_while_all_runs_and_writes_with_its_token
        a_token_of_a_platform_without_the_library_is_replaced_and_nothing_is_taken_of_it_once_it_is_removed
    }
    status {
        it_is_seen_who_is_up_and_what_waits_for_whom
    }
    errors {
        a_call_that_is_refused_says_its_kind_and_leaves_nothing_behind
        a_private_room_of_another_platform_is_not_joined_from_outside
        a_node_that_is_closed_says_so_and_closing_it_again_does_nothing
        an_option_that_cannot_be_meant_is_a_config_error
        an_own_id_that_reads_like_an_external_one_is_refused_whoever_is_in_the_registry
    }
    requests {
        requests_of_others_are_answered_through_the_one_entry
    }
    forks {
        a_node_that_was_opened_before_a_fork_says_so_in_the_child_and_goes_on_in_the_parent
    }
}

/// Rust lacks nothing that a scenario needs, as `index.json` says.
#[test]
fn every_scenario_of_the_table_is_a_test_here() {
    let index = fs::read_to_string(folder().join("index.json")).expect("the index");
    let index: Value = serde_json::from_str(&index).expect("JSON");
    let rust = index["languages"].as_array().and_then(|all| all.iter().find(|one| one["name"] == "Rust"));
    assert_eq!(rust.map(|rust| &rust["lacks"]), Some(&serde_json::json!({})));

    let names = |file: &String| {
        let names = scenarios_in(file).into_iter().map(|Scenario { name, .. }| name);
        (file.clone(), names.collect::<Vec<_>>())
    };
    let files = index["features"].as_object().expect("the features").keys();
    let table: BTreeMap<_, _> = files.map(names).collect();
    let played = PLAYED.iter().map(|(file, names)| {
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        ((*file).to_owned(), names)
    });
    assert_eq!(played.collect::<BTreeMap<_, Vec<_>>>(), table);
}
