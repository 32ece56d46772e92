"""Every bound the sync side keeps, each with the reason for its size.

The rule: whatever a peer can make grow is bounded here, and going over it gets a clear refusal.
"""

from dataclasses import dataclass

KIB = 1024
MIB = 1024 * KIB


@dataclass(frozen=True, slots=True)
class Limits:
    # Before an address is authenticated: what a stranger may cost us.

    authentication_s: float = 10.0
    """How long a socket may be open with nothing authenticated on it. Traffic does not extend it."""
    waiting_frames: int = 1_000
    """Frames kept while tokens are checked, over all addresses of a socket."""
    waiting_bytes: int = 5 * MIB
    """A stock client sends its offline edits right behind its token."""
    strangers: int = 1_000
    """Sockets from one network address with nothing authenticated. A fleet behind one proxy comes back at once."""
    address_chars: int = 200
    """A document's address is a UUID; some room for a client's slip."""
    token_bytes: int = 8 * KIB
    """Our tokens have some 600 bytes."""

    # After it.

    documents: int = 256
    """Addresses per socket. People are in tens of teams."""
    frame_bytes: int = 8 * MIB
    """Importing 50 000 bookmarks while offline makes one update of 6.4 MB."""
    frames_per_s: float = 10_000.0
    """Per socket, sustained; a stop for a peer that floods, far above any honest one."""
    frames_burst: int = 50_000
    bytes_per_s: float = 32.0 * MIB
    bytes_burst: int = 96 * MIB
    unsettled_updates: int = 2_000
    """Updates of one socket whose commit is awaited. Beyond it we stop reading, and TCP slows the sender."""
    unsettled_bytes: int = 16 * MIB
    outbox_frames: int = 10_000
    """Frames that wait for a slow reader; then it is sent away, and catches up from the log when it returns."""
    outbox_bytes: int = 64 * MIB
    """Holds the largest document a newcomer may be sent, and room for what happens meanwhile."""
    document_bytes: int = 48 * MIB
    """Of a document's encoded state: some 200 000 bookmarks. In memory it takes about ten times as much."""
    nested_types: int = 5_000
    """Shared types within others, per document. A folder has none; nested in one another they use up the stack."""
    presence_bytes: int = 4 * KIB
    """One client's presence: a name, a colour, which folder is looked at."""
    presence_clients: int = 16
    """Presences one socket may hold in one document; a stock client holds one."""

    # Times.

    renewal_lead_s: float = 60.0
    """How long before its end a token's renewal is asked for."""
    keep_alive_s: float = 15.0
    """Stock clients give up a socket after 30 s without an application frame; WebSocket pings do not count."""
    presence_s: float = 0.2
    """Presence gathers for so long before it is told, one frame for all of a room."""
    presence_renewal_s: float = 10.0
    """Unchanged presence is told again this seldom: clients renew theirs every 15 s and forget others' after 30 s."""
    idle_room_s: float = 60.0
    """A room nobody is in is kept for so long, for those who come right back."""
    recheck_s: float = 60.0
    """Every grant is read again this often, should an announcement of a change have been missed."""
    farewell_s: float = 2.0
    """How long a closing socket may take to say so; a peer that does not read gets no more."""

    @property
    def socket_message_bytes(self) -> int:
        """The WebSocket library's own bound. It hangs up without a word, so ours comes first for most."""
        return 2 * self.frame_bytes
