"""How often things may be done: in one hub, and in several that count together in a real Valkey."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from asking_hub import Clock
from eventually import eventually
from hypothesis import given
from hypothesis import strategies as st
from redis.asyncio import Redis

from hub.errors import Code, TeammarksError
from hub.limits import Limits
from hub.pace import Pace
from hub.rates import Rates
from hub.rates.buckets import MOST, Buckets, Demand
from hub.rates.redis import RedisBuckets
from loadtest.backends import Backend, free_port, valkey

SECRET = b"s" * 32
LIMITS = replace(Limits(), registrations_per_network=Pace.of("3/60 5/3600"), redis_retry_s=0.02)


async def wait_s(rates: Rates, who: str = "192.0.2.1") -> int:
    """How long `who` is told to wait; 0 for one who may go on."""
    try:
        await rates.take(registrations_per_network=who)
    except TeammarksError as error:
        return error.retry_after_s or -1
    return 0


# One hub


async def test_so_many_are_allowed_at_once_and_then_one_by_one() -> None:
    clock = Clock()
    rates = Rates(LIMITS, clock)
    assert [await wait_s(rates) for _ in range(4)] == [0, 0, 0, 20]
    clock.pass_s(20)
    assert [await wait_s(rates) for _ in range(2)] == [0, 20]


async def test_who_goes_on_waits_longer_and_longer_but_never_for_ever() -> None:
    clock = Clock()
    rates = Rates(LIMITS, clock)
    waits = []
    for _ in range(12):
        while waited := await wait_s(rates):
            waits.append(waited)
            clock.pass_s(waited)
    assert waits[0] == 20
    assert max(waits) <= 3600 / 5
    assert waits == sorted(waits)


async def test_what_is_refused_is_not_counted_so_nobody_waits_longer_for_having_tried() -> None:
    rates = Rates(LIMITS, Clock())
    assert [await wait_s(rates) for _ in range(50)] == [0, 0, 0] + [20] * 47


async def test_each_is_counted_apart() -> None:
    rates = Rates(LIMITS, Clock())
    assert [await wait_s(rates, who) for who in "aaaab"] == [0, 0, 0, 20, 0]


async def test_of_two_limits_neither_is_counted_where_one_refuses() -> None:
    limits = replace(LIMITS, letters_per_address=Pace.of("1/60"))
    rates = Rates(limits, Clock())
    await rates.take(letters_per_address="ann")
    for _ in range(5):
        with pytest.raises(TeammarksError):
            await rates.take(registrations_per_network="192.0.2.1", letters_per_address="ann")
    assert [await wait_s(rates) for _ in range(3)] == [0, 0, 0]


async def test_only_what_is_refused_counts_as_a_failure() -> None:
    rates = Rates(LIMITS, Clock())
    for _ in range(20):
        async with rates.failures(registrations_per_network="192.0.2.1"):
            pass
    for error in (TeammarksError(Code.STORAGE, "later", retry=True), AssertionError("our bug")):
        for _ in range(5):
            with pytest.raises(type(error)):
                async with rates.failures(registrations_per_network="192.0.2.1"):
                    raise error
    for _ in range(3):
        with pytest.raises(TeammarksError, match="no"):
            async with rates.failures(registrations_per_network="192.0.2.1"):
                raise TeammarksError(Code.CREDENTIALS_WRONG, "no")
    assert await wait_s(rates) == 20


async def test_an_attempt_that_is_hung_up_on_is_counted() -> None:
    rates = Rates(LIMITS, Clock())
    for _ in range(3):
        with pytest.raises(asyncio.CancelledError):
            async with rates.failures(registrations_per_network="192.0.2.1"):
                raise asyncio.CancelledError
    assert await wait_s(rates) == 20


async def test_what_is_remembered_is_forgotten_in_time() -> None:
    clock = Clock()
    rates = Rates(LIMITS, clock)
    assert not await rates.remembers("ann here")
    await rates.remember("ann here", 100)
    assert await rates.remembers("ann here")
    clock.pass_s(100)
    assert not await rates.remembers("ann here")


async def test_none_is_as_often_as_one_likes() -> None:
    rates = Rates(replace(LIMITS, registrations_per_network=Pace.of("none")), Clock())
    assert {await wait_s(rates) for _ in range(1000)} == {0}


def test_what_is_kept_is_bounded_and_the_oldest_goes() -> None:
    buckets = Buckets(Clock())
    for number in range(MOST + 1):
        assert buckets.take([Demand(str(number), 60, 60)]) == 0
    assert buckets.take([Demand("0", 60, 60)]) == 0
    assert buckets.take([Demand(str(MOST), 60, 60)]) == 60


@given(st.lists(st.floats(0, 30), max_size=60))
def test_within_any_time_no_more_is_allowed_than_the_pace_says(pauses: list[float]) -> None:
    """At most twice the number: all of a full bucket, and what comes back meanwhile."""
    clock = Clock()
    buckets = Buckets(clock)
    allowed = []
    for pause in pauses:
        clock.pass_s(pause)
        if buckets.take([Demand("it", 60 / 3, 60)]) == 0:
            allowed.append(clock.now)
    for at in allowed:
        assert sum(at <= other < at + 60 for other in allowed) <= 6


@pytest.mark.parametrize("text", ["10/60", "10/60 30/3600", "none"])
def test_a_pace_is_written_as_it_is_read(text: str) -> None:
    assert str(Pace.of(text)) == text


@pytest.mark.parametrize("text", ["", "10", "10/", "/60", "0/60", "10/0", "-1/60", "1.5/60", "10/60,30/3600", "no"])
def test_a_pace_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="TIMES/SECONDS"):
        Pace.of(text)


# Several hubs


@asynccontextmanager
async def counting(url: str, secret: bytes = SECRET, limits: Limits = LIMITS) -> AsyncIterator[RedisBuckets]:
    buckets = RedisBuckets(url, secret, "https://hub.example.org", limits)
    try:
        yield buckets
    finally:
        await buckets.close()


async def live(*buckets: RedisBuckets) -> None:
    await eventually("Redis", lambda: all(each.connected for each in buckets))


@pytest.fixture
async def two(valkey_server: Backend, request: pytest.FixtureRequest) -> AsyncIterator[tuple[Rates, Rates]]:
    secret = request.node.name.encode().ljust(32)
    async with counting(valkey_server.url, secret) as here, counting(valkey_server.url, secret) as there:
        await live(here, there)
        yield Rates(LIMITS, Clock(), here), Rates(LIMITS, Clock(), there)


async def test_hubs_count_together(two: tuple[Rates, Rates]) -> None:
    here, there = two
    assert [await wait_s(rates) for rates in (here, there, here)] == [0, 0, 0]
    assert 0 < await wait_s(there) <= 20


async def test_of_many_at_once_no_more_are_allowed_than_of_many_in_turn(two: tuple[Rates, Rates]) -> None:
    waits = await asyncio.gather(*(wait_s(rates) for rates in two for _ in range(20)))
    assert waits.count(0) == 3


async def test_what_is_given_back_is_given_back_to_all(two: tuple[Rates, Rates]) -> None:
    here, there = two
    for _ in range(3):
        await wait_s(here)
    assert await wait_s(there) > 0
    await here.give_back(registrations_per_network="192.0.2.1")
    assert await wait_s(there) == 0


async def test_what_another_hub_refuses_is_not_counted_here(two: tuple[Rates, Rates]) -> None:
    here, there = two
    for _ in range(3):
        await wait_s(here)
    for _ in range(10):
        assert await wait_s(there) > 0
    for _ in range(3):
        await here.give_back(registrations_per_network="192.0.2.1")
    assert [await wait_s(there) for _ in range(3)] == [0, 0, 0]


async def test_what_one_remembers_all_remember(two: tuple[Rates, Rates]) -> None:
    here, there = two
    await here.remember("ann here", 100)
    assert await there.remembers("ann here")
    assert not await there.remembers("bob here")


async def test_redis_is_shown_neither_who_it_is_nor_what(valkey_server: Backend) -> None:
    async with counting(valkey_server.url) as buckets, Redis.from_url(valkey_server.url) as raw:
        await live(buckets)
        await Rates(LIMITS, Clock(), buckets).take(registrations_per_network="ann@example.org")
        keys = [key async for key in raw.scan_iter("teammarks/*/rates/*")]
        assert len(keys) >= 2
        assert not any(b"ann" in key or b"registrations" in key for key in keys)
        without_end = -1  # what is gone by now answers -2
        assert without_end not in [await raw.pttl(key) for key in keys]


async def test_without_redis_each_hub_counts_for_itself_until_it_comes(tmp_path: Path) -> None:
    port = free_port()
    async with counting(f"redis://127.0.0.1:{port}") as here, counting(f"redis://127.0.0.1:{port}") as there:
        mine, others = Rates(LIMITS, Clock(), here), Rates(LIMITS, Clock(), there)
        assert [await wait_s(mine) for _ in range(4)] == [0, 0, 0, 20]
        assert await wait_s(others) == 0
        with valkey(tmp_path, port):
            await live(here, there)
            for _ in range(3):
                await wait_s(mine, "another")
            assert await wait_s(others, "another") > 0


@pytest.mark.parametrize("fault", [Backend.kill, Backend.pause], ids=["killed", "standing still"])
async def test_a_redis_that_is_lost_holds_nobody_up(tmp_path: Path, fault: Callable[[Backend], None]) -> None:
    with valkey(tmp_path) as server:
        async with counting(server.url, limits=replace(LIMITS, redis_s=0.2)) as buckets:
            await live(buckets)
            rates = Rates(LIMITS, Clock(), buckets)
            fault(server)
            assert [await wait_s(rates) for _ in range(4)] == [0, 0, 0, 20]
            await eventually("the loss to be noticed", lambda: not buckets.connected)


async def test_an_emptied_redis_allows_no_more_than_each_hub_alone(two: tuple[Rates, Rates], raw: "Redis") -> None:
    here, _ = two
    for _ in range(3):
        await wait_s(here)
    await raw.flushall()
    assert await wait_s(here) == 20


async def test_a_redis_that_lies_makes_nobody_wait_longer_than_the_pace_does(
    raw: "Redis", two: tuple[Rates, Rates]
) -> None:
    here, there = two
    await wait_s(here)
    for key in [key async for key in raw.scan_iter("teammarks/*/rates/*")]:
        await raw.set(key, 10**18)
    assert await wait_s(there) <= 3600


async def test_a_redis_with_rubbish_in_it_is_as_good_as_none(raw: "Redis", two: tuple[Rates, Rates]) -> None:
    here, _ = two
    await wait_s(here)
    for key in [key async for key in raw.scan_iter("teammarks/*/rates/*")]:
        await raw.set(key, "rubbish")
    assert [await wait_s(here) for _ in range(3)] == [0, 0, 20]


@pytest.fixture
async def raw(valkey_server: Backend) -> AsyncIterator["Redis"]:
    """Somebody who has Redis, and is no hub."""
    async with Redis.from_url(valkey_server.url) as client:
        yield client
