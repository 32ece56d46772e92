"""Every bound of the hub's sockets, documents and requests, each with the reason for its size; each is a setting.

The rule: whatever a peer can make grow is bounded here, and going over it gets a clear refusal. A field's name makes
its setting, `TEAMMARKS_LIMIT_<NAME>`, and the sentence below it is what the operator reads there.
"""

from collections.abc import Mapping
from typing import Annotated

from pydantic import BeforeValidator, ConfigDict, Field
from pydantic.dataclasses import dataclass
from pydantic.fields import FieldInfo

from hub.pace import Pace

KIB = 1024
MIB = 1024 * KIB

Count = Annotated[int, Field(gt=0)]
Number = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Paced = Annotated[Pace, BeforeValidator(Pace.of)]

STOCK_PATIENCE_S = 30
"""After so long without an application frame stock clients give up a socket, and without a renewal others' presence."""


@dataclass(frozen=True, slots=True, config=ConfigDict(use_attribute_docstrings=True))
class Limits:
    # Connections, whatever is said on them.

    connections: Count = 10_000
    """Network connections at once. Each takes a file descriptor, and some 100 kB once it is a sync socket."""
    exchange_s: Number = 60.0
    """How long one HTTP request and its answer may take, and how long a WebSocket may take to become one."""
    fragments: Count = 4_096
    """Pieces of one WebSocket message. Each costs some fifty bytes besides its own."""
    pong_s: Number = 120.0
    """How late a ping may be answered: the answer comes behind what its sender has begun to send, and 8 MiB take a
    minute on a slow line."""
    farewell_s: Number = 2.0
    """How long a closing socket may take to say so; a peer that does not read gets no more."""
    drained_per_s: Number = 200.0
    """Sockets that a stopping hub sends away. Within seconds they are at another one, and each costs it a look into the
    database and a document."""
    sockets_per_host: Count = 5_000
    """Sync sockets from one network address (one /64 of IPv6): a company behind one."""
    sockets_per_account: Count = 50
    """Sync sockets on which one account speaks: its browsers, and its connections that broke unnoticed. For one more,
    the oldest goes."""

    # Before an address is authenticated: what a stranger may cost us.

    strangers: Count = 1_000
    """Sync sockets from one network address with nothing authenticated. A fleet behind one proxy comes back at once."""
    authentication_s: Number = 10.0
    """How long a socket may be open with nothing authenticated on it. Traffic does not extend it."""
    waiting_frames: Count = 1_000
    """Frames kept while tokens are checked, over all addresses of a socket."""
    waiting_bytes: Count = 5 * MIB
    """Bytes of those frames. A stock client sends its offline edits right behind its token."""
    strangers_bytes: Count = 256 * MIB
    """All that sockets with nothing authenticated on them have sent. Who then sends more is asked to come later."""
    address_chars: Annotated[int, Field(ge=36)] = 200
    """Length of an address. A document's is a UUID; some room for a client's slip."""
    token_bytes: Annotated[int, Field(ge=KIB)] = 8 * KIB
    """Length of a token. Ours have some 600 bytes."""
    tokens_per_s: Number = 2.0
    """Tokens that one socket may bring, sustained: each costs a look into the database. A client with 250 documents
    renews one every two seconds."""
    tokens_burst: Count = 512
    """Tokens at once: for every document one, and one more while the first is checked."""

    # After it.

    documents: Count = 256
    """Addresses per socket. People are in tens of teams."""
    frame_bytes: Count = 8 * MIB
    """One message. Importing 50 000 bookmarks while offline makes one update of 6.4 MB."""
    frames_per_s: Number = 10_000.0
    """Messages of one socket, sustained, and once more as many pings, pongs and pieces; a stop for a peer that floods,
    far above any honest one."""
    frames_burst: Count = 50_000
    """The same, at once."""
    bytes_per_s: Number = 4.0 * MIB
    """Bytes that one socket may send, sustained. Those of an update keep us busy for some 50 ms per MiB."""
    bytes_burst: Count = 96 * MIB
    """Bytes that one socket may send at once."""
    answers_per_s: Number = 10.0
    """Questions (step 1) of one socket, sustained: to answer one takes up to 0.1 s in the largest document."""
    answers_burst: Count = 512
    """Questions at once. A client asks once for each document when it comes."""
    state_vector_bytes: Count = MIB
    """One question: who wrote how much, some ten bytes for each of a hundred thousand browsers."""
    unsettled_updates: Count = 2_000
    """Updates of one socket whose commit is awaited. Beyond it we stop reading, and TCP slows the sender."""
    unsettled_bytes: Count = 16 * MIB
    """Bytes of those updates."""
    offered_bytes: Count = 64 * MIB
    """Updates that await their commit in one document, of all who are there and of those who have left: one who comes
    again and again would otherwise leave ever more behind. Who offers more is sent away to come back."""
    outbox_frames: Count = 10_000
    """Frames that wait for a slow reader; then it is sent away, and catches up from the log when it returns."""
    outbox_bytes: Count = 64 * MIB
    """Bytes of those frames: the largest document a newcomer may be sent, and room for what happens meanwhile."""
    document_bytes: Count = 48 * MIB
    """A document's encoded state: some 200 000 bookmarks. In memory it takes about ten times as much."""
    nodes: Count = 200_000
    """Bookmarks, folders and separators that were ever made in one document, deleted ones included."""
    nested_types: Count = 5_000
    """Shared types within others, per document. A folder has none; nested in one another they use up the stack."""
    presence_bytes: Count = 2 * KIB
    """One client's presence: a name, a colour, which folder is looked at."""
    presence_clients: Count = 4
    """Presences one socket may hold in one document; a stock client holds one. More are passed over."""
    presence_frame_bytes: Count = 64 * KIB
    """Presence told to a room at once. After a frame of twice that the next one gathers twice as long."""

    # Times.

    renewal_lead_s: Number = 60.0
    """How long before its end a token's renewal is asked for."""
    keep_alive_s: Annotated[float, Field(gt=0, lt=STOCK_PATIENCE_S)] = 15.0
    """How long nothing is said on a socket. Stock clients give one up after 30 s without an application frame;
    WebSocket pings do not count."""
    presence_s: Number = 0.2
    """Presence gathers for so long before it is told, one frame for all of a room."""
    presence_renewal_s: Annotated[float, Field(gt=0, lt=STOCK_PATIENCE_S)] = 10.0
    """Unchanged presence is told again this seldom: clients renew theirs every 15 s and forget others' after 30 s."""
    idle_room_s: Number = 60.0
    """A room nobody is in is kept for so long, for those who come right back."""
    recheck_s: Number = 60.0
    """Every grant is read again this often, should an announcement of a change have been missed."""

    # Several hubs on one database. A hub that is alone has none of this.

    head_check_s: Number = 2.0
    """How often the numbers of all live documents are compared with the log, in one query: so late is an edit from
    another hub when Redis cannot bring it."""
    changes_check_s: Number = 0.5
    """How often the table of changes is looked into, whatever Redis brings: a removed member is put out within a
    second."""
    blind_s: Number = 1.0
    """After so long without having seen the table of changes, nothing is sent to anybody until it is seen again:
    whoever is on these sockets may have been removed."""
    presence_gone_s: Number = 30.0
    """Clients of another hub that are not renewed for so long, or up to twice that, are gone: it may have been
    killed."""
    redis_s: Number = 0.5
    """How long Redis may take to answer. Nobody waits for it, but what is published meanwhile gathers."""
    redis_retry_s: Number = 0.5
    """Before a Redis that failed is tried again."""
    redis_check_s: Number = 2.0
    """How often a Redis that says nothing is asked whether it lives."""
    bus_words: Count = 10_000
    """Messages that wait for Redis to take them; more are dropped, and the other hubs find out from the log."""
    bus_bytes: Count = 16 * MIB
    """Bytes of those messages."""

    # What could be guessed or flooded through the REST: TIMES/SECONDS, or several of them. A network is one IPv4
    # address or one /64 of IPv6, and may be a company with all its people.

    log_ins_per_network: Paced = Pace.of("50/60 300/3600")
    """Log-ins that fail. A company has people who mistype on a Monday; guessing through a list gets no further."""
    log_ins_per_account: Paced = Pace.of("30/60 100/3600")
    """Log-ins to one account that fail, from everywhere together. Networks from which it was logged in to within the
    last month are counted apart, so that nobody can keep its owner out."""
    log_ins_per_account_and_network: Paced = Pace.of("10/60 30/3600 100/86400")
    """Log-ins to one account from one network, right or wrong. Who has forgotten a password tries five times."""
    second_factors_per_account: Paced = Pace.of("5/60 20/3600 60/86400")
    """Codes of a second factor that are wrong. There are a million, of which three are right at any time: to have
    guessed one with a chance of one in a hundred takes two months."""
    proofs_per_account: Paced = Pace.of("10/60 30/3600")
    """Passwords and second factors that somebody who is logged in gives again, and that are wrong."""
    refreshes_per_session: Paced = Pace.of("20/60 120/3600")
    """A device needs six new tokens an hour, and more when its network is bad."""
    registrations_per_network: Paced = Pace.of("30/60 300/3600")
    """Each costs a hashing of its password and perhaps a letter. A company begins on one day."""
    letters_per_address: Paced = Pace.of("3/600 10/86400")
    """Letters to one address that somebody asks for who is not logged in: nobody's mailbox is filled through a hub."""
    letters_per_network: Paced = Pace.of("20/60 100/3600")
    """The same, from one network to whatever addresses."""
    letters_per_account: Paced = Pace.of("60/60 500/86400")
    """Letters that one account has sent, invitations above all. A department is invited in an afternoon."""
    secrets_per_network: Paced = Pace.of("60/60 600/3600")
    """Tokens of links, letters and requests, where they are wrong. They cannot be guessed; trying need not be free."""
    requests_per_account: Paced = Pace.of("1200/60")
    """REST requests of one account, however many devices and tokens it has. A script that sets up an organization makes
    some hundred."""

    def __post_init__(self) -> None:
        for smaller, larger, why in (
            ("frame_bytes", "bytes_burst", "a message of that size could never be sent"),
            ("frame_bytes", "offered_bytes", "an update of that size could never be stored"),
            ("documents", "tokens_burst", "each document takes a token"),
            ("documents", "answers_burst", "each document takes a question"),
            ("changes_check_s", "blind_s", "a hub would be blind between two looks"),
        ):
            if getattr(self, smaller) > getattr(self, larger):
                raise ValueError(f"{smaller.upper()} must not be more than {larger.upper()}: {why}")
        if self.answer_room_bytes < self.frame_bytes:
            raise ValueError("OUTBOX_BYTES must hold DOCUMENT_BYTES and FRAME_BYTES together: a document is sent whole")

    @property
    def answer_room_bytes(self) -> int:
        """What may wait in an outbox when a whole document is put behind it."""
        return self.outbox_bytes - self.document_bytes

    @property
    def socket_message_bytes(self) -> int:
        """The WebSocket library's own bound. It hangs up without a word, so ours comes first for most."""
        return 2 * self.frame_bytes


def described() -> Mapping[str, FieldInfo]:
    """Each limit by its name, with its default, and the sentence above as its description."""
    return Limits.__pydantic_fields__  # type: ignore[attr-defined,no-any-return]
