"""One client's socket that is one document, in y-websocket framing: connection.py's little sister over the same rooms.

Its client has no frames for tokens, statuses or leaving a document, so the token comes with the handshake, and where
the other would put a document out, this one hangs up.
"""

from hub.access import Grant
from hub.connection import Connection, Place
from hub.conversation import Conversation, Effect, SilentConversation
from hub.errors import Code
from hub.ids import ME
from hub.lib0 import ProtocolError
from hub.limits import Limits
from hub.protocol import NO_PRESENCE, Awareness, Framing, FromClient, FromHub, Token, read_y_websocket


class YWebsocketConnection(Connection):
    framing = Framing.Y_WEBSOCKET

    def __init__(self, limits: Limits, address: str, now: float) -> None:
        super().__init__(limits, now)
        self._address = address

    def begin(self, token: str, now: float) -> list[Effect]:
        """The token that came with the handshake. Never raises."""
        if self._address == ME:
            return self._hang_up(Code.NOT_FOUND)  # this framing cannot carry the account's notices
        try:
            return self._about(self._address, Token(token), 0, now)
        except ProtocolError:
            return self._hang_up(Code.PROTOCOL)

    def _read(self, data: bytes) -> tuple[str, FromClient]:
        return self._address, read_y_websocket(data)

    def _converse(self, ticket: int, address: str, grant: Grant) -> Conversation:
        return SilentConversation(ticket, address, self.framing, grant)

    def _greet(self, conversation: Conversation) -> list[Effect]:
        return []

    def _keep_alive(self) -> list[Effect]:
        return [conversation.say(Awareness(NO_PRESENCE)) for conversation in self._open_conversations()]

    def _mind_expiry(self, place: Place, conversation: Conversation, now: float) -> list[Effect]:
        # Codes 4400 to 4499 are final to this client. With another it comes back, perhaps with a fresh token.
        return self._hang_up(Code.UNAVAILABLE) if now >= conversation.grant.expires_at else []

    def _put_out(self, place: Place, farewell: FromHub, code: Code, now: float) -> list[Effect]:
        return self._hang_up(code)
