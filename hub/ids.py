"""Identifiers, told apart by the type checker and never by a reader's memory.

All are UUIDv7 in their 36-character lower-case text form, so that sorting by id is sorting by time of creation.
"""

import re
from typing import NewType

import uuid_utils

_ID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

AccountId = NewType("AccountId", str)
SessionId = NewType("SessionId", str)
ApiTokenId = NewType("ApiTokenId", str)
OrganizationId = NewType("OrganizationId", str)
TeamId = NewType("TeamId", str)
InvitationId = NewType("InvitationId", str)
RequestId = NewType("RequestId", str)
"""Of an account that asked to join by a link."""

DocumentId = NewType("DocumentId", str)
"""A team's document has the team's own id: one folder per team."""

ME = DocumentId("@me")
"""The account's own address on the sync socket: an empty document that carries notices about the account alone."""


def new_id() -> str:
    """A fresh UUIDv7. Callers wrap it in the NewType they mean."""
    return str(uuid_utils.uuid7())


def is_id(text: str) -> bool:
    """Whether this could be an identifier of ours. A database may choke on what is none, on a NUL for one."""
    return _ID.fullmatch(text) is not None


def document_of(team: TeamId) -> DocumentId:
    return DocumentId(team)


def team_of(document: DocumentId) -> TeamId:
    assert document != ME, "the account's own address belongs to no team"
    return TeamId(document)
