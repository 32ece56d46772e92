"""The duties of the hub towards a client, each a sentence. No socket, no room, no clock."""

from dataclasses import replace
from itertools import pairwise

import pytest
from histories import one
from hypothesis import given
from hypothesis import strategies as st

from hub.access import Grant
from hub.connection import Connection
from hub.conversation import Admit, Answer, Effect, HangUp, Leave, Offer, Present, Send, ShowPresence
from hub.document import EMPTY_STATE_VECTOR, EMPTY_UPDATE
from hub.errors import Code
from hub.ids import ME, AccountId, DocumentId, SessionId
from hub.limits import Limits
from hub.protocol import (
    NO_PRESENCE,
    Awareness,
    Close,
    Denied,
    Framing,
    FromClient,
    FromHub,
    Granted,
    Ping,
    Pong,
    QueryAwareness,
    Refused,
    Stateless,
    Step1,
    Step2,
    Stored,
    Token,
    TokenWanted,
    Update,
    encode,
    read_hub_frame,
)
from hub.y_websocket import YWebsocketConnection

NOW = 1_000_000.0
LIMITS = Limits()
DOC = "0198a000-0000-7000-8000-000000000001"
OTHER = "0198a000-0000-7000-8000-000000000002"
UPDATE = one("key", "value")


def grant(address: str = DOC, *, can_write: bool = True, lasts_s: float = 600) -> Grant:
    return Grant(AccountId("ann"), SessionId("laptop"), DocumentId(address), can_write, NOW + lasts_s)


class Client:
    """Talks to a connection as a provider does, and reads what it answers."""

    def __init__(self, limits: Limits = LIMITS) -> None:
        self.now = NOW
        self.connection = Connection(limits, NOW)

    def say(self, message: FromClient, address: str = DOC) -> list[Effect]:
        return self.connection.receive(encode(Framing.HOCUSPOCUS, address, message), self.now)

    def ask(self, address: str = DOC, version: str | None = "4.8.0", token: str = "token") -> int:
        """Send a token. Returns the ticket of the question that the hub asks itself."""
        (admit,) = self.say(Token(token, version), address)
        assert admit == Admit(admit.ticket, address, token)  # type: ignore[union-attr]
        return admit.ticket  # type: ignore[union-attr]

    def enter(self, address: str = DOC, *, can_write: bool = True, lasts_s: float = 600) -> int:
        ticket = self.ask(address)
        granted = replace(grant(address, can_write=can_write), expires_at=self.now + lasts_s)
        self.connection.admitted(ticket, granted, self.now)
        return ticket

    def after(self, seconds: float) -> list[Effect]:
        self.now += seconds
        return self.connection.tick(self.now)


def said(effects: list[Effect]) -> list[tuple[str, FromHub]]:
    return [read_hub_frame(effect.frame) for effect in effects if isinstance(effect, Send)]


def messages(effects: list[Effect]) -> list[FromHub]:
    return [message for _, message in said(effects)]


@pytest.fixture
def client() -> Client:
    return Client()


# Admission


def test_a_token_is_asked_about(client: Client) -> None:
    assert client.say(Token("secret", "4.8.0")) == [Admit(1, DOC, "secret")]


@pytest.mark.parametrize("can_write", [True, False])
def test_an_admitted_client_is_told_what_it_may_do(client: Client, can_write: bool) -> None:
    ticket = client.ask()
    effects = client.connection.admitted(ticket, grant(can_write=can_write), NOW)
    assert said(effects)[0] == (DOC, Granted(can_write))
    assert ShowPresence(ticket) in effects


def test_a_denied_client_is_told_why_and_keeps_its_socket(client: Client) -> None:
    effects = client.connection.denied(client.ask(), Code.NOT_FOUND, NOW)
    assert said(effects) == [(DOC, Denied("not-found"))]
    assert len(effects) == 1


def test_frames_sent_right_behind_the_token_are_answered_in_their_order(client: Client) -> None:
    ticket = client.ask()
    assert client.say(Step1(EMPTY_STATE_VECTOR)) == []
    assert client.say(Update(UPDATE)) == []
    assert client.say(QueryAwareness()) == []
    effects = client.connection.admitted(ticket, grant(), NOW)
    assert effects[-3:] == [
        Answer(ticket, EMPTY_STATE_VECTOR),
        Offer(ticket, 1, UPDATE, whole=False, grant=grant()),
        ShowPresence(ticket),
    ]


def test_edits_sent_before_the_token_are_not_lost(client: Client) -> None:
    assert client.say(Update(UPDATE)) == []
    effects = client.connection.admitted(client.ask(), grant(), NOW)
    assert effects[-1] == Offer(1, 1, UPDATE, whole=False, grant=grant())


def test_one_document_that_is_denied_does_not_hold_up_another(client: Client) -> None:
    first, second = client.ask(DOC), client.ask(OTHER)
    client.connection.denied(first, Code.NOT_FOUND, NOW)
    client.connection.admitted(second, grant(OTHER), NOW)
    assert client.say(Step1(EMPTY_STATE_VECTOR), OTHER) == [Answer(second, EMPTY_STATE_VECTOR)]


def test_a_denied_client_may_try_again_with_another_token(client: Client) -> None:
    client.connection.denied(client.ask(), Code.TOKEN_EXPIRED, NOW)
    ticket = client.ask(token="fresh")
    assert said(client.connection.admitted(ticket, grant(), NOW))[0] == (DOC, Granted(True))


def test_what_followed_a_denied_token_is_dropped(client: Client) -> None:
    first = client.ask()
    client.say(Update(UPDATE))
    client.connection.denied(first, Code.TOKEN_EXPIRED, NOW)
    assert client.say(Update(UPDATE)) == []
    effects = client.connection.admitted(client.ask(), grant(), NOW)
    assert not [effect for effect in effects if isinstance(effect, Offer)]


def test_of_tokens_sent_while_one_is_checked_the_newest_decides(client: Client) -> None:
    ticket = client.ask(token="stale")
    assert client.say(Token("older")) == []
    assert client.say(Token("newest")) == []
    assert client.connection.denied(ticket, Code.TOKEN_EXPIRED, NOW) == [Admit(ticket, DOC, "newest")]


def test_an_answer_for_a_document_closed_meanwhile_gives_up_its_room(client: Client) -> None:
    ticket = client.ask()
    client.say(Close())
    assert client.connection.admitted(ticket, grant(), NOW) == [Leave(ticket)]


# What a stranger may cost


def test_a_socket_with_nothing_authenticated_is_closed_however_busy_it_is(client: Client) -> None:
    effects: list[Effect] = []
    while not effects and client.now < NOW + 60:
        client.say(Awareness(NO_PRESENCE))
        effects = client.after(0.1)
    assert effects == [HangUp(Code.AUTHENTICATION_TIMEOUT)]
    assert client.now <= NOW + LIMITS.authentication_s + 1


def test_a_socket_left_with_denials_only_is_closed_for_the_last_one(client: Client) -> None:
    client.connection.denied(client.ask(), Code.TOKEN_EXPIRED, NOW)
    assert client.after(LIMITS.authentication_s) == [HangUp(Code.TOKEN_EXPIRED)]


def test_an_address_whose_token_never_comes_is_put_out_beside_one_that_is_open(client: Client) -> None:
    client.enter(OTHER)
    client.say(Step1(EMPTY_STATE_VECTOR), DOC)
    assert (DOC, Close("authentication-timeout")) in said(client.after(LIMITS.authentication_s))


def test_a_socket_whose_last_document_ends_is_given_time_to_open_another(client: Client) -> None:
    client.enter()
    client.after(500)
    client.say(Close())
    assert client.after(LIMITS.authentication_s - 1) == []
    assert client.after(1) == [HangUp(Code.AUTHENTICATION_TIMEOUT)]


def test_too_many_frames_before_authentication_are_refused() -> None:
    client = Client(replace(LIMITS, waiting_frames=3))
    assert [client.say(QueryAwareness()) for _ in range(4)] == [[], [], [], [HangUp(Code.TOO_MANY)]]


def test_too_many_bytes_before_authentication_are_refused() -> None:
    client = Client(replace(LIMITS, waiting_bytes=1000))
    assert client.say(Update(bytes(900)), DOC) == []
    assert client.say(Update(bytes(900)), OTHER) == [HangUp(Code.TOO_LARGE)]


def test_what_one_document_no_longer_holds_back_counts_no_more() -> None:
    client = Client(replace(LIMITS, waiting_frames=3))
    for address in (DOC, OTHER):
        ticket = client.ask(address)
        for _ in range(3):
            assert client.say(QueryAwareness(), address) == []
        client.connection.admitted(ticket, grant(address), NOW)


def test_too_many_documents_are_refused() -> None:
    client = Client(replace(LIMITS, documents=2))
    client.ask("a")
    client.ask("b")
    assert client.say(Token("t"), "c") == [HangUp(Code.TOO_MANY)]


@pytest.mark.parametrize("message", [Token("t" * 9000), Update(b"")])
def test_a_token_or_an_address_beyond_all_measure_is_no_protocol(client: Client, message: FromClient) -> None:
    assert client.say(message, "a" * 300 if isinstance(message, Update) else DOC) == [HangUp(Code.PROTOCOL)]


def test_a_socket_brings_so_many_tokens_and_no_more() -> None:
    client = Client(replace(LIMITS, documents=2, tokens_burst=3, tokens_per_s=1))
    effects = []
    for _ in range(4):
        effects = client.say(Token("t"))
        client.say(Close())
    assert effects == [HangUp(Code.TOO_MANY)]


@pytest.mark.parametrize("admitted", [False, True])
def test_a_socket_asks_so_many_questions_and_no_more(admitted: bool) -> None:
    client = Client(replace(LIMITS, documents=2, answers_burst=3, answers_per_s=1))
    if admitted:
        client.enter()
    questions = [client.say(Step1(EMPTY_STATE_VECTOR)) for _ in range(4)]
    assert HangUp(Code.TOO_MANY) not in questions[2]
    assert questions[3] == [HangUp(Code.TOO_MANY)]


def test_renewals_and_questions_at_a_steady_pace_are_never_too_many() -> None:
    client = Client(replace(LIMITS, documents=2, tokens_burst=2, tokens_per_s=1, answers_burst=2, answers_per_s=1))
    ticket = client.enter()
    for _ in range(50):
        client.after(1)
        assert client.say(Step1(EMPTY_STATE_VECTOR)) == [Answer(ticket, EMPTY_STATE_VECTOR)]
        client.connection.admitted(client.ask(), replace(grant(), expires_at=client.now + 600), client.now)


def test_a_state_vector_beyond_the_limit_is_refused_before_it_is_read() -> None:
    client = Client(replace(LIMITS, state_vector_bytes=100))
    client.enter()
    assert client.say(Step1(b"\xff" * 101)) == [HangUp(Code.TOO_LARGE)]


# Statuses


def test_a_status_follows_each_update_and_each_step_2(client: Client) -> None:
    ticket = client.enter()
    for count, message in enumerate([Step2(UPDATE), Update(UPDATE), Update(EMPTY_UPDATE)], 1):
        (offer,) = client.say(message)
        assert offer == Offer(ticket, count, message.update, isinstance(message, Step2), grant())
        assert said(client.connection.settled(ticket, count, 10 + count)) == [(DOC, Stored(count, 10 + count))]


@given(st.permutations(range(1, 7)))
def test_statuses_come_in_the_order_of_the_frames_whenever_outcomes_are_known(order: list[int]) -> None:
    client = Client()
    ticket = client.enter()
    for _ in order:
        client.say(Update(UPDATE))
    statuses = [message for count in order for message in messages(client.connection.settled(ticket, count, count))]
    assert statuses == [Stored(count, count) for count in sorted(order)]


def test_a_reader_s_update_is_refused_without_asking_the_room(client: Client) -> None:
    client.enter(can_write=False)
    assert said(client.say(Update(UPDATE))) == [(DOC, Refused(1, "read-only"))]


def test_a_reader_s_step_2_is_compared_with_what_the_room_has(client: Client) -> None:
    ticket = client.enter(can_write=False)
    assert client.say(Step2(UPDATE)) == [Offer(ticket, 1, UPDATE, whole=True, grant=grant(can_write=False))]


def test_a_refusal_waits_for_the_statuses_before_it(client: Client) -> None:
    ticket = client.enter()
    client.say(Update(UPDATE))
    client.connection.rechecked(ticket, grant(can_write=False), Code.FORBIDDEN, NOW)
    assert client.say(Update(UPDATE)) == []
    assert messages(client.connection.settled(ticket, 1, 7)) == [Stored(1, 7), Refused(2, "read-only")]


@pytest.mark.parametrize("code", [Code.FORBIDDEN, Code.NOT_FOUND, Code.TOO_LARGE])
def test_an_update_that_the_log_refuses_gets_a_refusal(client: Client, code: Code) -> None:
    ticket = client.enter()
    client.say(Update(UPDATE))
    assert messages(client.connection.settled(ticket, 1, code)) == [Refused(1, code)]


@pytest.mark.parametrize("code", [Code.STORAGE, Code.UNAVAILABLE, Code.PROTOCOL])
def test_an_update_whose_fate_is_a_failure_ends_the_socket_so_that_it_is_sent_again(client: Client, code: Code) -> None:
    ticket = client.enter()
    client.say(Update(UPDATE))
    assert client.connection.settled(ticket, 1, code) == [HangUp(code)]


def test_counts_begin_anew_when_a_document_is_opened_again(client: Client) -> None:
    client.enter()
    client.say(Update(UPDATE))
    client.say(Close())
    ticket = client.enter()
    assert client.say(Update(UPDATE)) == [Offer(ticket, 1, UPDATE, whole=False, grant=grant())]


def test_an_outcome_of_an_earlier_opening_is_not_told_in_the_next(client: Client) -> None:
    first = client.enter()
    client.say(Update(UPDATE))
    client.say(Close())
    client.enter()
    assert client.connection.settled(first, 1, 5) == []


def test_reading_pauses_while_too_many_updates_await_their_commit() -> None:
    client = Client(replace(LIMITS, unsettled_updates=2))
    ticket = client.enter()
    crowded = []
    for _ in range(3):
        client.say(Update(UPDATE))
        crowded.append(client.connection.is_crowded)
    assert crowded == [False, False, True]
    client.connection.settled(ticket, 1, 1)
    assert not client.connection.is_crowded


def test_reading_pauses_while_too_many_bytes_await_their_commit() -> None:
    client = Client(replace(LIMITS, unsettled_bytes=2 * len(UPDATE)))
    client.enter()
    crowded = []
    for _ in range(3):
        client.say(Update(UPDATE))
        crowded.append(client.connection.is_crowded)
    assert crowded == [False, False, True]


# Presence and control


def test_presence_is_passed_to_the_room(client: Client) -> None:
    ticket = client.enter()
    assert client.say(Awareness(NO_PRESENCE)) == [Present(ticket, NO_PRESENCE)]


def test_a_ping_is_answered_also_before_authentication(client: Client) -> None:
    assert messages(client.say(Ping())) == [Pong()]


def test_a_client_may_leave_one_document(client: Client) -> None:
    first, second = client.enter(DOC), client.enter(OTHER)
    assert client.say(Close(), DOC) == [Leave(first)]
    assert client.say(Step1(EMPTY_STATE_VECTOR), OTHER) == [Answer(second, EMPTY_STATE_VECTOR)]


def test_a_stateless_message_from_a_client_is_passed_over(client: Client) -> None:
    client.enter()
    assert client.say(Stateless("hello")) == []


# Renewal, downgrade, removal


def test_a_fresh_token_is_asked_for_once_before_the_old_one_ends(client: Client) -> None:
    client.enter(lasts_s=600)
    asked = [second for second in range(1, 601) if TokenWanted() in messages(client.after(1))]
    assert asked == [600 - LIMITS.renewal_lead_s]


def test_a_renewed_token_extends_the_stay(client: Client) -> None:
    ticket = client.enter(lasts_s=600)
    client.after(550)
    client.ask(token="fresh")
    effects = client.connection.admitted(ticket, grant(lasts_s=1200), client.now)
    assert said(effects) == [(DOC, Granted(True))]
    assert Close("token-expired") not in messages(client.after(100))


def test_work_goes_on_while_a_renewed_token_is_checked(client: Client) -> None:
    ticket = client.enter()
    client.ask(token="fresh")
    assert client.say(Step1(EMPTY_STATE_VECTOR)) == [Answer(ticket, EMPTY_STATE_VECTOR)]


def test_a_token_that_is_not_renewed_puts_the_document_out_at_its_end(client: Client) -> None:
    ticket = client.enter(lasts_s=600)
    effects = client.after(600)
    assert effects[0] == Leave(ticket)
    assert said(effects)[0] == (DOC, Close("token-expired"))


@given(st.floats(min_value=0.5, max_value=3600))
def test_tokens_of_any_length_of_life_are_renewed_without_hurry(lasts_s: float) -> None:
    client = Client()
    ticket = client.ask()
    asked_at = [client.now]
    for _ in range(3):
        client.connection.admitted(ticket, replace(grant(), expires_at=client.now + lasts_s), client.now)
        while TokenWanted() not in messages(client.after(lasts_s / 100)):
            pass
        asked_at.append(client.now)
        client.ask(token="fresh")
    assert all(later - earlier >= lasts_s / 2 * 0.99 for earlier, later in pairwise(asked_at))


def test_a_downgrade_is_told_and_holds_from_then_on(client: Client) -> None:
    ticket = client.enter()
    effects = client.connection.rechecked(ticket, grant(can_write=False), Code.FORBIDDEN, NOW)
    assert said(effects) == [(DOC, Granted(False))]
    assert messages(client.say(Update(UPDATE))) == [Refused(1, "read-only")]


def test_a_recheck_that_changes_nothing_says_nothing(client: Client) -> None:
    assert client.connection.rechecked(client.enter(), grant(), Code.FORBIDDEN, NOW) == []


def test_a_removed_member_is_put_out_of_that_document_alone(client: Client) -> None:
    first, second = client.enter(DOC), client.enter(OTHER)
    effects = client.connection.rechecked(first, None, Code.FORBIDDEN, NOW)
    assert effects[0] == Leave(first)
    assert said(effects) == [(DOC, Close("forbidden"))]
    assert client.say(Step1(EMPTY_STATE_VECTOR), OTHER) == [Answer(second, EMPTY_STATE_VECTOR)]


@pytest.mark.parametrize("message", [Update(UPDATE), Step1(EMPTY_STATE_VECTOR), Awareness(NO_PRESENCE)])
def test_a_document_that_was_put_out_takes_nothing_more(client: Client, message: FromClient) -> None:
    client.enter(OTHER)
    client.connection.rechecked(client.enter(DOC), None, Code.FORBIDDEN, NOW)
    assert client.say(message) == []
    assert DOC not in [address for address, _ in said(client.after(100))]


# Keep-alive


def test_a_client_that_knows_pings_gets_one_well_within_30_seconds(client: Client) -> None:
    client.enter()
    pings = [client.now for _ in range(120) if Ping() in messages(client.after(1))]
    assert all(later - earlier <= 25 for earlier, later in pairwise([NOW, *pings, NOW + 120]))


@pytest.mark.parametrize("version", [None, "3.4.4", "", "x", "²"])
def test_a_client_that_knows_no_pings_gets_an_awareness_frame_about_nobody(client: Client, version: str | None) -> None:
    client.connection.admitted(client.ask(version=version), grant(), NOW)
    assert said(client.after(LIMITS.keep_alive_s)) == [(DOC, Awareness(NO_PRESENCE))]


# The account's own address


@pytest.fixture
def listener(client: Client) -> Client:
    client.enter(ME, can_write=False)
    return client


def test_the_account_s_address_answers_an_empty_document(listener: Client) -> None:
    assert messages(listener.say(Step1(EMPTY_STATE_VECTOR), ME)) == [Step2(EMPTY_UPDATE), Step1(EMPTY_STATE_VECTOR)]


def test_the_account_s_address_takes_an_empty_step_2_and_no_edit(listener: Client) -> None:
    assert messages(listener.say(Step2(EMPTY_UPDATE), ME)) == [Stored(1, 0)]
    assert messages(listener.say(Update(UPDATE), ME)) == [Refused(2, "read-only")]


def test_a_notice_reaches_the_account_s_address(listener: Client) -> None:
    assert said(listener.connection.notify("{}")) == [(ME, Stateless("{}"))]


def test_a_notice_is_not_sent_to_one_who_did_not_open_the_account_s_address(client: Client) -> None:
    client.enter()
    assert client.connection.notify("{}") == []


# Hostile bytes


def test_a_frame_beyond_the_limit_is_refused_as_too_large(client: Client) -> None:
    client.enter()
    assert client.connection.receive(bytes(LIMITS.frame_bytes + 1), NOW) == [HangUp(Code.TOO_LARGE)]


def test_a_flood_is_refused_as_too_fast() -> None:
    client = Client(replace(LIMITS, frames_burst=10, frames_per_s=1))
    effects = [client.say(Ping()) for _ in range(11)]
    assert effects[-1] == [HangUp(Code.TOO_MANY)]


def test_too_many_bytes_are_refused_as_too_fast() -> None:
    client = Client(replace(LIMITS, bytes_burst=1_000, bytes_per_s=1, frame_bytes=600))
    client.enter()
    assert client.say(Awareness(bytes(500))) == [Present(1, bytes(500))]
    assert client.say(Awareness(bytes(500))) == [HangUp(Code.TOO_MANY)]


def test_a_reader_s_nonsense_is_refused_like_any_update_of_theirs(client: Client) -> None:
    client.enter(can_write=False)
    assert messages(client.say(Update(b"\xff" * 100))) == [Refused(1, "read-only")]


def test_a_steady_pace_is_never_too_fast() -> None:
    client = Client(replace(LIMITS, frames_burst=10, frames_per_s=1))
    for _ in range(100):
        client.now += 1
        assert messages(client.say(Ping())) == [Pong()]


@pytest.mark.parametrize("data", [b"", b"\xff", b"\x80\x80\x89w"])
def test_a_state_vector_that_is_none_ends_the_socket(client: Client, data: bytes) -> None:
    client.enter()
    assert client.say(Step1(data)) == [HangUp(Code.PROTOCOL)]


def test_hostile_bytes_queued_behind_a_token_end_the_socket(client: Client) -> None:
    ticket = client.ask()
    client.say(Step1(b"nonsense"))
    assert client.connection.admitted(ticket, grant(), NOW)[-1] == HangUp(Code.PROTOCOL)


def test_a_newer_token_is_not_asked_about_once_the_socket_has_ended(client: Client) -> None:
    ticket = client.ask()
    client.say(Step1(b"nonsense"))
    client.say(Token("newer"))
    assert client.connection.admitted(ticket, grant(), NOW)[-1] == HangUp(Code.PROTOCOL)


def test_after_hanging_up_nothing_matters(client: Client) -> None:
    ticket = client.enter()
    client.connection.receive(b"\xff\xff", NOW)
    assert client.say(Update(UPDATE)) == []
    assert client.connection.settled(ticket, 1, 1) == []
    assert client.after(1000) == []
    assert client.connection.notify("{}") == []


frames = st.one_of(
    st.binary(max_size=40),
    st.builds(
        lambda address, message: encode(Framing.HOCUSPOCUS, address, message),
        st.sampled_from([DOC, OTHER, ME, ""]),
        st.one_of(
            st.builds(Token, st.text(max_size=3), st.none() | st.text(max_size=3)),
            st.builds(Update, st.sampled_from([UPDATE, EMPTY_UPDATE, b"", b"\x01"])),
            st.builds(Step2, st.sampled_from([UPDATE, EMPTY_UPDATE, b"\xff"])),
            st.builds(Step1, st.sampled_from([EMPTY_STATE_VECTOR, b"\xff"])),
            st.builds(Awareness, st.binary(max_size=5)),
            st.builds(Close, st.text(max_size=3)),
            st.just(QueryAwareness()),
            st.just(Ping()),
        ),
    ),
)


@given(st.lists(st.tuples(frames, st.sampled_from(["admit", "deny", "later", "settle"])), max_size=40))
def test_whatever_a_peer_sends_is_answered_with_effects(script: list[tuple[bytes, str]]) -> None:
    connection, now, questions, offers = Connection(LIMITS, NOW), NOW, [], []
    for frame, turn in script:
        effects = connection.receive(frame, now)
        questions += [effect for effect in effects if isinstance(effect, Admit)]
        match turn:
            case "admit" if questions:
                question = questions.pop()
                effects = connection.admitted(question.ticket, grant(question.address), now)
            case "deny" if questions:
                effects = connection.denied(questions.pop().ticket, Code.NOT_FOUND, now)
            case "settle" if offers:
                offer = offers.pop(0)
                effects = connection.settled(offer.ticket, offer.count, 1)
            case "later":
                now += 1
                effects = connection.tick(now)
        offers += [effect for effect in effects if isinstance(effect, Offer)]
        assert all(isinstance(effect, Effect) for effect in effects)


# The y-websocket twin


class YClient:
    def __init__(self, *, can_write: bool = True) -> None:
        self.connection = YWebsocketConnection(LIMITS, DOC, NOW)
        (admit,) = self.connection.begin("token", NOW)
        assert admit == Admit(1, DOC, "token")
        self.can_write = can_write

    def admitted(self) -> list[Effect]:
        return self.connection.admitted(1, grant(can_write=self.can_write), NOW)

    def say(self, message: FromClient) -> list[Effect]:
        return self.connection.receive(encode(Framing.Y_WEBSOCKET, "", message), NOW)


def test_a_y_websocket_client_is_not_told_what_it_has_no_frame_for() -> None:
    client = YClient()
    assert client.admitted() == [ShowPresence(1)]
    client.say(Update(UPDATE))
    assert client.connection.settled(1, 1, 5) == []


def test_a_y_websocket_client_s_first_frames_wait_for_its_admission() -> None:
    client = YClient()
    assert client.say(Step1(EMPTY_STATE_VECTOR)) == []
    assert client.admitted()[-1] == Answer(1, EMPTY_STATE_VECTOR)


def test_a_y_websocket_reader_hears_that_its_edit_was_refused() -> None:
    client = YClient(can_write=False)
    client.admitted()
    assert client.say(Update(UPDATE)) == [Send(encode(Framing.Y_WEBSOCKET, DOC, Denied("read-only")), 1)]


def test_a_y_websocket_client_that_may_not_enter_is_hung_up_on() -> None:
    assert YClient().connection.denied(1, Code.NOT_FOUND, NOW) == [HangUp(Code.NOT_FOUND)]


def test_a_removed_y_websocket_client_is_hung_up_on() -> None:
    client = YClient()
    client.admitted()
    assert client.connection.rechecked(1, None, Code.FORBIDDEN, NOW) == [HangUp(Code.FORBIDDEN)]


def test_a_y_websocket_client_is_sent_away_to_come_back_when_its_token_ends() -> None:
    client = YClient()
    client.admitted()
    assert client.connection.tick(NOW + 600) == [HangUp(Code.UNAVAILABLE)]


def test_a_y_websocket_client_gets_a_frame_well_within_30_seconds() -> None:
    client = YClient()
    client.admitted()
    assert client.connection.tick(NOW + LIMITS.keep_alive_s) == [
        Send(encode(Framing.Y_WEBSOCKET, DOC, Awareness(NO_PRESENCE)), 1)
    ]


@given(st.lists(st.binary(max_size=30), max_size=10))
def test_whatever_a_y_websocket_peer_sends_is_answered_with_effects(data: list[bytes]) -> None:
    client = YClient()
    client.admitted()
    for frame in data:
        assert all(isinstance(effect, Effect) for effect in client.connection.receive(frame, NOW))


@pytest.mark.parametrize(
    ("address", "token", "code"),
    [(ME, "token", Code.NOT_FOUND), ("a" * 300, "token", Code.PROTOCOL), (DOC, "t" * 9_000, Code.PROTOCOL)],
)
def test_a_y_websocket_client_cannot_begin_with_just_anything(address: str, token: str, code: Code) -> None:
    connection = YWebsocketConnection(LIMITS, address, NOW)
    assert connection.begin(token, NOW) == [HangUp(code)]
    assert connection.receive(encode(Framing.Y_WEBSOCKET, "", Update(UPDATE)), NOW) == []
