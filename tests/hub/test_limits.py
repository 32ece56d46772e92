"""Which test goes over which limit. A limit without one is a promise that nobody has tried."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from hub.limits import Limits

HERE = Path(__file__).parent
TRIED = {
    "connections": "test_transport::test_one_connection_too_many_is_told_so",
    "exchange_s": "test_transport::test_one_who_does_not_finish_a_request_is_cut_off",
    "fragments": "test_transport::test_a_message_in_countless_pieces_is_refused",
    "pong_s": "test_transport::test_one_who_answers_no_pings_is_taken_for_gone",
    "farewell_s": "test_transport::test_a_closed_socket_ends_though_its_peer_does_not_read",
    "drained_per_s": "test_sync_limits::test_a_few_sockets_are_not_given_all_the_time_there_is_to_leave",
    "sockets_per_host": "test_sync_limits::test_one_address_has_so_many_sockets_and_no_more",
    "sockets_per_account": "test_sync_limits::test_for_one_socket_too_many_an_account_s_oldest_goes",
    "strangers": "test_sync_sockets::test_too_many_strangers_from_one_address_are_turned_away",
    "authentication_s": "test_connection::test_a_socket_with_nothing_authenticated_is_closed_however_busy_it_is",
    "waiting_frames": "test_connection::test_too_many_frames_before_authentication_are_refused",
    "waiting_bytes": "test_connection::test_too_many_bytes_before_authentication_are_refused",
    "strangers_bytes": "test_transport::test_what_strangers_send_is_bounded_over_all_of_them",
    "address_chars": "test_connection::test_a_token_or_an_address_beyond_all_measure_is_no_protocol",
    "token_bytes": "test_connection::test_a_token_or_an_address_beyond_all_measure_is_no_protocol",
    "tokens_per_s": "test_connection::test_renewals_and_questions_at_a_steady_pace_are_never_too_many",
    "tokens_burst": "test_connection::test_a_socket_brings_so_many_tokens_and_no_more",
    "documents": "test_connection::test_too_many_documents_are_refused",
    "frame_bytes": "test_connection::test_a_frame_beyond_the_limit_is_refused_as_too_large",
    "frames_per_s": "test_connection::test_a_steady_pace_is_never_too_fast",
    "frames_burst": "test_connection::test_a_flood_is_refused_as_too_fast",
    "bytes_per_s": "test_connection::test_too_many_bytes_are_refused_as_too_fast",
    "bytes_burst": "test_connection::test_too_many_bytes_are_refused_as_too_fast",
    "answers_per_s": "test_connection::test_renewals_and_questions_at_a_steady_pace_are_never_too_many",
    "answers_burst": "test_connection::test_a_socket_asks_so_many_questions_and_no_more",
    "state_vector_bytes": "test_connection::test_a_state_vector_beyond_the_limit_is_refused_before_it_is_read",
    "unsettled_updates": "test_connection::test_reading_pauses_while_too_many_updates_await_their_commit",
    "unsettled_bytes": "test_connection::test_reading_pauses_while_too_many_bytes_await_their_commit",
    "offered_bytes": "test_rooms::test_what_waits_for_its_commit_is_bounded_though_its_writers_leave",
    "outbox_frames": "test_sync_sockets::test_a_client_that_does_not_read_is_sent_away_and_the_others_go_on",
    "outbox_bytes": "test_sync_limits::test_a_client_in_many_teams_is_sent_all_its_documents_though_it_reads_slowly",
    "document_bytes": "test_rooms::test_a_document_that_would_grow_too_large_takes_no_more",
    "nodes": "test_rooms::test_a_full_document_takes_no_more_nodes_and_still_lets_itself_be_tidied",
    "nested_types": "test_rooms::test_shared_types_cannot_be_nested_without_end",
    "presence_bytes": "test_sync_limits::test_one_presence_is_so_large_and_no_larger",
    "presence_clients": "test_sync_limits::test_one_who_invents_people_fills_no_one_s_screen",
    "presence_frame_bytes": "test_attendance::test_after_much_at_once_more_gathers_as_much_longer",
    "renewal_lead_s": "test_connection::test_a_fresh_token_is_asked_for_once_before_the_old_one_ends",
    "keep_alive_s": "test_connection::test_a_client_that_knows_pings_gets_one_well_within_30_seconds",
    "presence_s": "test_sync_limits::test_a_flood_of_presence_is_told_in_few_frames",
    "presence_renewal_s": "test_rooms::test_a_renewal_is_told_in_the_end",
    "idle_room_s": "test_rooms::test_a_room_that_everyone_left_is_forgotten",
    "recheck_s": "test_sync_sockets::test_a_change_that_was_never_announced_is_found_out",
    "head_check_s": "test_rooms_of_several_hubs::test_news_that_was_missed_is_read_from_the_log",
    "changes_check_s": "test_accounts_changes::test_a_hub_that_nobody_rouses_finds_out_by_looking",
    "blind_s": "test_accounts_changes::test_a_hub_that_cannot_see_changes_says_so_until_it_does",
    "presence_gone_s": "test_rooms_of_several_hubs::test_who_was_on_a_hub_that_is_killed_is_gone_after_a_while",
    "redis_s": "test_redis_bus::test_a_redis_that_stands_still_is_given_up_and_holds_nobody_up",
    "redis_retry_s": "test_redis_bus::test_a_redis_that_was_killed_and_comes_back_is_joined_again",
    "redis_check_s": "test_redis_bus::test_a_redis_that_stands_still_is_given_up_and_holds_nobody_up",
    "bus_words": "test_redis_bus::test_words_that_redis_does_not_take_in_time_are_dropped",
    "bus_bytes": "test_redis_bus::test_bytes_that_redis_does_not_take_in_time_are_dropped",
    "log_ins_per_network": "test_rate_limits::test_who_tries_one_password_on_many_accounts_is_stopped",
    "log_ins_per_account": "test_rate_limits::test_who_guesses_from_everywhere_is_stopped_and_its_owner_is_not",
    "log_ins_per_account_and_network": "test_rate_limits::test_who_guesses_one_password_from_one_place_is_stopped",
    "second_factors_per_account": "test_second_factors::test_who_guesses_codes_is_stopped",
    "proofs_per_account": "test_recent_log_in::test_who_guesses_the_password_of_a_session_is_stopped",
    "refreshes_per_session": "test_rate_limits::test_many_refreshes_of_one_session_are_too_many",
    "registrations_per_network": "test_rate_limits::test_what_a_stranger_can_flood_is_limited",
    "letters_per_address": "test_rate_limits::test_what_a_stranger_can_flood_is_limited",
    "letters_per_network": "test_rate_limits::test_what_a_stranger_can_flood_is_limited",
    "letters_per_account": "test_rate_limits::test_an_account_has_so_many_letters_sent",
    "secrets_per_network": "test_rate_limits::test_who_guesses_tokens_is_stopped_and_colleagues_are_not",
    "requests_per_account": "test_rate_limits::test_an_account_asks_so_often_and_others_are_not_hindered",
}


def test_every_limit_has_a_test_that_tries_it() -> None:
    assert list(TRIED) == [each.name for each in fields(Limits)]


@pytest.mark.parametrize("test", sorted(set(TRIED.values())))
def test_each_of_them_is_there(test: str) -> None:
    module, name = test.split("::")
    assert re.search(rf"^(async )?def {name}\(", (HERE / f"{module}.py").read_text(encoding="utf-8"), re.MULTILINE)
