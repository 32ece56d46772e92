"""What every query here has in common."""

from typing import Any, TypeAlias

from sqlalchemy import Column, Row, Select

from hub.accounts.models import Slice

Query: TypeAlias = Select[*tuple[Any, ...]]
Found: TypeAlias = Row[*tuple[Any, ...]]


def sliced(query: Query, place: Column[str], wanted: Slice) -> Query:
    """The wanted part in the order of `place`, a column that is unique among the rows, and one row more."""
    query = query.order_by(place).limit(wanted.limit + 1)
    return query if wanted.after is None else query.where(place > wanted.after)
