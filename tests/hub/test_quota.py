from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.limits import Limits
from hub.quota import Quota
from hub.update import Contents

LIMITS = replace(Limits(), nodes=1_000, nested_types=100)
NOTHING = Contents(nodes=0, nested=0)


class Measured:
    """A document that holds what a test says, and counts how often it is measured."""

    def __init__(self) -> None:
        self.nodes = self.nested = self.size = self.measurements = 0
        self.quota = Quota(
            LIMITS,
            size=lambda: self._measured(self.size),
            nodes=lambda: self._measured(self.nodes),
            nested=lambda: self._measured(self.nested),
        )

    async def _measured(self, value: int) -> int:
        self.measurements += 1
        return value

    async def takes(self, nodes: int) -> bool:
        """Offers so many nodes, and has what is admitted."""
        self.quota.settle()
        admitted = await self.quota.admits(100, Contents(nodes, 0))
        if admitted:
            self.nodes += nodes
        return admitted


@pytest.fixture
def document() -> Measured:
    return Measured()


async def test_nodes_are_taken_up_to_the_limit(document: Measured) -> None:
    assert [await document.takes(500) for _ in range(3)] == [True, True, False]


async def test_what_adds_no_node_is_taken_by_a_full_document(document: Measured) -> None:
    await document.takes(1_000)
    assert await document.takes(0)


async def test_far_below_the_limit_nothing_is_measured(document: Measured) -> None:
    assert all([await document.takes(9) for _ in range(100)])
    assert document.measurements == 0


async def test_what_was_counted_twice_is_found_out(document: Measured) -> None:
    for _ in range(9):
        await document.takes(100)
    document.nodes = 100  # the same hundred each time
    assert await document.takes(500)


async def test_offering_too_much_again_and_again_does_not_have_it_measured_each_time(document: Measured) -> None:
    await document.takes(1_000)
    for _ in range(100):
        assert not await document.takes(1)
    assert document.measurements <= 1


async def test_what_is_admitted_but_not_in_the_document_yet_counts(document: Measured) -> None:
    quota = document.quota
    admitted = [await quota.admits(100, Contents(0, 1)) for _ in range(101)]
    assert admitted == [True] * 100 + [False]


async def test_what_was_there_when_it_was_opened_is_measured_once_it_matters(document: Measured) -> None:
    document.nodes, document.size = 990, 1_000_000
    document.quota.opened(document.size)
    assert [await document.takes(n) for n in (10, 1)] == [True, False]


async def test_what_other_hubs_admitted_counts(document: Measured) -> None:
    document.nodes = 995
    document.quota.grew_elsewhere(100_000)
    assert [await document.takes(n) for n in (6, 5)] == [False, True]


@given(st.lists(st.tuples(st.integers(0, 400), st.booleans()), max_size=60))
async def test_there_are_never_more_nodes_than_the_limit(offers: list[tuple[int, bool]]) -> None:
    document = Measured()
    for nodes, purged in offers:
        await document.takes(nodes)
        if purged:
            document.nodes //= 2
        assert document.nodes <= LIMITS.nodes
