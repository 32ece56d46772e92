import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.lib0 import ProtocolError, Reader, varstring, varuint
from hub.presence import Presence


def update(*clients: tuple[int, int, str]) -> bytes:
    """An awareness update of (client id, clock, JSON)."""
    return varuint(len(clients)) + b"".join(varuint(i) + varuint(c) + varstring(s) for i, c, s in clients)


def read(payload: bytes | None) -> dict[int, tuple[int, str]]:
    if payload is None:
        return {}
    reader = Reader(payload)
    return {reader.varuint(): (reader.varuint(), reader.string()) for _ in range(reader.varuint())}


@pytest.fixture
def presence() -> Presence:
    return Presence(max_bytes=100, max_clients=3)


def test_what_several_clients_say_is_told_in_one_frame(presence: Presence) -> None:
    presence.take("ann", update((1, 1, '{"at":"x"}')))
    presence.take("bob", update((2, 1, '{"at":"y"}')))
    assert read(presence.news().members) == {1: (1, '{"at":"x"}'), 2: (1, '{"at":"y"}')}
    assert presence.news() == (None, [])


def test_only_the_latest_of_one_client_is_told(presence: Presence) -> None:
    presence.take("ann", update((1, 1, "1")))
    presence.take("ann", update((1, 2, "2")))
    assert read(presence.news().members) == {1: (2, "2")}


def test_a_renewal_is_no_reason_to_tell_soon(presence: Presence) -> None:
    assert presence.take("ann", update((1, 1, "{}")))
    presence.news()
    assert not presence.take("ann", update((1, 2, "{}")))
    assert presence.has_renewals


def test_a_renewal_is_told_with_the_next_frame(presence: Presence) -> None:
    presence.take("ann", update((1, 1, "{}")))
    presence.news()
    presence.take("ann", update((1, 2, "{}")))
    assert read(presence.news().members) == {1: (2, "{}")}
    assert not presence.has_renewals


def test_an_older_clock_is_passed_over(presence: Presence) -> None:
    presence.take("ann", update((1, 5, "5")))
    presence.take("ann", update((1, 4, "4")))
    assert read(presence.everyone()) == {1: (5, "5")}


def test_who_leaves_is_told_as_gone(presence: Presence) -> None:
    presence.take("ann", update((1, 5, "{}")))
    presence.news()
    assert presence.leave("ann")
    assert presence.everyone() is None
    assert read(presence.news().members) == {1: (5, "null")}


def test_who_says_goodbye_is_told_as_gone(presence: Presence) -> None:
    presence.take("ann", update((1, 5, "{}")))
    presence.news()
    assert presence.take("ann", update((1, 6, "null")))
    assert read(presence.news().members) == {1: (6, "null")}


def test_who_comes_back_on_a_new_socket_is_not_told_as_gone_when_the_old_one_ends(presence: Presence) -> None:
    presence.take("old", update((1, 5, "{}")))
    presence.take("new", update((1, 5, "{}")))
    assert not presence.leave("old")
    assert read(presence.everyone()) == {1: (5, "{}")}


def test_who_moved_to_another_hub_is_not_gone_when_the_last_one_sees_them_leave(presence: Presence) -> None:
    presence.take("first hub", update((1, 5, "{}")), elsewhere=True)
    presence.take("second hub", update((1, 5, "{}")), elsewhere=True)
    assert not presence.take("first hub", update((1, 5, "null")), elsewhere=True)
    assert read(presence.everyone()) == {1: (5, "{}")}
    assert presence.take("second hub", update((1, 5, "null")), elsewhere=True)
    assert presence.everyone() is None


def test_who_came_from_another_hub_is_this_one_s_to_tell(presence: Presence) -> None:
    presence.take("hub", update((1, 5, "{}")), elsewhere=True)
    presence.take("ann", update((1, 6, "{}")))
    assert presence.of_this_hub() == [update((1, 6, "{}"))]
    assert not presence.has_others


def test_who_is_on_another_hub_and_not_renewed_is_gone_at_the_second_sweep(presence: Presence) -> None:
    presence.take("hub", update((1, 5, "{}"), (2, 5, "{}")), elsewhere=True)
    presence.take("ann", update((3, 5, "{}")))
    assert not presence.sweep()
    presence.take("hub", update((2, 6, "{}")), elsewhere=True)
    assert presence.sweep()
    assert read(presence.everyone()) == {2: (6, "{}"), 3: (5, "{}")}
    assert read(presence.news().members)[1] == (5, "null")


def test_another_hub_may_have_more_clients_than_a_member(presence: Presence) -> None:
    for client in range(10):
        presence.take("hub", update((client, 1, "{}")), elsewhere=True)
    assert len(read(presence.everyone())) == 10


def test_a_newcomer_is_told_of_everyone_present(presence: Presence) -> None:
    presence.take("ann", update((1, 1, "1")))
    presence.take("bob", update((2, 1, "2")))
    presence.news()
    presence.leave("bob")
    assert read(presence.everyone()) == {1: (1, "1")}


@pytest.mark.parametrize("state", ["", "{", "NaN", "[" * 90, '{"a":}', "x" * 101])
def test_a_state_that_a_stock_client_could_not_read_is_refused(presence: Presence, state: str) -> None:
    with pytest.raises(ProtocolError):
        presence.take("ann", update((1, 1, state)))


def test_a_refused_update_leaves_nothing_behind(presence: Presence) -> None:
    with pytest.raises(ProtocolError):
        presence.take("ann", update((1, 1, "{}"), (2, 1, "{")))
    assert presence.everyone() is None


def test_one_member_cannot_fill_the_room_with_clients(presence: Presence) -> None:
    presence.take("ann", update(*((client, 1, "{}") for client in range(10))))
    presence.take("ann", update((10, 1, "{}")))
    presence.take("bob", update((11, 1, "{}")))
    assert read(presence.everyone()).keys() == {0, 1, 2, 11}


def test_one_who_speaks_of_more_than_can_be_here_is_not_listened_to(presence: Presence) -> None:
    assert not presence.take("ann", update(*((client, 1, "{}") for client in range(1_000))))
    assert presence.everyone() is None


def test_one_who_repeats_what_everyone_said_answers_for_nobody_else(presence: Presence) -> None:
    others = [(client, 1, "{}") for client in range(10)]
    for client in others:
        presence.take(f"member {client}", update(client))
    presence.take("echo", update((10, 1, "{}")))
    presence.take("echo", update(*others))
    presence.leave("echo")
    assert read(presence.everyone()).keys() == set(range(10))


@given(st.binary(max_size=60))
def test_whatever_bytes_are_taken_or_refused(data: bytes) -> None:
    presence = Presence(max_bytes=100, max_clients=3)
    try:
        presence.take("ann", data)
    except ProtocolError:
        assert presence.everyone() is None
