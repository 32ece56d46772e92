"""The bus when Redis fails, lies or is not there. A real Valkey that is killed, stopped, emptied and abused."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from buses import IMPATIENT, SPRY, Ear, joined, seal
from eventually import PATIENCE_S, eventually
from redis.asyncio import Redis

from hub.bus import News, Resumed, RollCall
from hub.bus.envelope import NEWS_BYTES, encode
from hub.bus.redis import RedisBus
from hub.ids import DocumentId, new_id
from hub.metrics import Metrics
from loadtest.backends import Backend, free_port, valkey

FOLDER = DocumentId(new_id())


def nobody(word: object) -> None:
    """Speaks, and does not listen."""


def news(seq: int) -> News:
    return News(FOLDER, seq, seq, (b"update",))


def channel_of(installation: str) -> str:
    return f"teammarks/{seal(installation).mark}/document/{FOLDER}"


async def connected(*buses: RedisBus) -> None:
    await eventually("Redis", lambda: all(bus.connected for bus in buses))


@pytest.fixture
async def raw(valkey_server: Backend) -> AsyncIterator["Redis"]:
    """Somebody who has Redis, and is no hub."""
    async with Redis.from_url(valkey_server.url) as client:
        yield client


# A Redis that is not there


async def test_without_redis_nobody_waits_and_nothing_fails_until_it_comes(tmp_path: Path) -> None:
    port = free_port()
    async with joined(f"redis://127.0.0.1:{port}", "ours") as (here, there):
        ear = Ear(there, FOLDER)
        there.listen(FOLDER, ear)
        here.publish(news(1), speaker=nobody)
        assert (here.connected, ear.heard) == (False, [])
        with valkey(tmp_path, port):
            await eventually("the channel", lambda: Resumed(FOLDER) in ear.heard)
            await connected(here)
            here.publish(news(2), speaker=nobody)
            await ear.hears(news(2))


async def test_a_redis_that_was_killed_and_comes_back_is_joined_again(tmp_path: Path) -> None:
    port = free_port()
    with valkey(tmp_path, port) as server:
        async with joined(server.url, "ours") as (here, there):
            ear = await Ear(there, FOLDER).listening()
            await connected(here)
            server.kill()
            await eventually("the loss to be noticed", lambda: not (here.connected or there.connected))
            here.publish(news(1), speaker=nobody)
            with valkey(tmp_path, port):
                await eventually("the channel", lambda: ear.heard.count(Resumed(FOLDER)) == 2)
                await connected(here)
                here.publish(news(2), speaker=nobody)
                await ear.hears(news(2))


async def test_a_redis_that_stands_still_is_given_up_and_holds_nobody_up(tmp_path: Path) -> None:
    with valkey(tmp_path) as server:
        async with joined(server.url, "ours", limits=IMPATIENT) as (here, there):
            ear = await Ear(there, FOLDER).listening()
            await connected(here)
            server.pause()
            here.publish(news(1), speaker=nobody)
            await eventually("the silence to be noticed", lambda: not (here.connected or there.connected))
            server.resume()
            await eventually("the channel", lambda: ear.heard.count(Resumed(FOLDER)) >= 2)
            await connected(here)
            here.publish(news(2), speaker=nobody)
            await eventually("the word", lambda: news(2) in ear.words)


async def test_a_hub_closes_though_redis_stands_still(tmp_path: Path) -> None:
    with valkey(tmp_path) as server:
        async with joined(server.url, "ours", limits=IMPATIENT) as (here, _):
            await connected(here)
            server.pause()
            here.publish(news(1), speaker=nobody)


async def test_a_bus_can_be_closed_at_any_moment(valkey_server: Backend) -> None:
    for turns in range(100):
        bus = RedisBus(valkey_server.url, seal("ours"), SPRY, Metrics())
        for _ in range(turns):
            await asyncio.sleep(0)
        await bus.close()


async def test_a_bus_can_be_closed_while_it_loses_redis(valkey_server: Backend, raw: "Redis") -> None:
    for turns in range(10):
        async with joined(valkey_server.url, "ours", hubs=1) as (bus,):
            await Ear(bus, FOLDER).listening()
            await raw.execute_command("CLIENT", "KILL", "TYPE", "pubsub")
            for _ in range(turns):
                await asyncio.sleep(0)
            async with asyncio.timeout(PATIENCE_S):
                await bus.close()


async def test_the_last_words_before_closing_are_heard(valkey_server: Backend) -> None:
    installation = new_id()
    async with joined(valkey_server.url, installation, hubs=1) as (there,):
        ear = await Ear(there, FOLDER).listening()
        async with joined(valkey_server.url, installation, hubs=1) as (here,):
            await connected(here)
            here.publish(RollCall(FOLDER), speaker=nobody)
        await ear.hears(RollCall(FOLDER))


# Bounds


async def test_words_that_redis_does_not_take_in_time_are_dropped(valkey_server: Backend) -> None:
    async with joined(valkey_server.url, new_id(), limits=replace(SPRY, bus_words=10)) as (here, there):
        ear = await Ear(there, FOLDER).listening()
        await connected(here)
        for seq in range(1, 100):
            here.publish(news(seq), speaker=nobody)
        await eventually("room for more", lambda: news(10) in ear.words)
        here.publish(news(100), speaker=nobody)
        await ear.hears(*(news(seq) for seq in [*range(1, 11), 100]))


async def test_bytes_that_redis_does_not_take_in_time_are_dropped(valkey_server: Backend) -> None:
    async with joined(valkey_server.url, new_id(), limits=replace(SPRY, bus_bytes=NEWS_BYTES)) as (here, there):
        ear = await Ear(there, FOLDER).listening()
        await connected(here)
        large = [News(FOLDER, seq, seq, (b"x" * (NEWS_BYTES // 2),)) for seq in (1, 2)]
        for word in (*large, news(3)):
            here.publish(word, speaker=nobody)
        await ear.hears(large[0], news(3))


async def test_updates_beyond_64_kb_are_told_by_their_numbers(valkey_server: Backend) -> None:
    async with joined(valkey_server.url, new_id()) as (here, there):
        ear = await Ear(there, FOLDER).listening()
        await connected(here)
        here.publish(News(FOLDER, 1, 2, (b"x" * NEWS_BYTES, b"y")), speaker=nobody)
        await ear.hears(News(FOLDER, 1, 2))


async def test_a_channel_is_kept_while_somebody_listens_and_no_longer(valkey_server: Backend, raw: "Redis") -> None:
    installation = new_id()
    channel = channel_of(installation)

    async def listeners() -> int:
        ((_, count),) = await raw.pubsub_shardnumsub(channel)
        return int(count)

    async with joined(valkey_server.url, installation) as buses:
        ears = [await Ear(bus, FOLDER).listening() for bus in buses]
        assert await listeners() == 2
        buses[0].forget(FOLDER, ears[0])

        async def one_left() -> bool:
            return await listeners() == 1

        await eventually("the channel to be given up", one_left)


# A Redis in the wrong hands


async def test_what_is_no_envelope_of_ours_is_passed_over(valkey_server: Backend, raw: "Redis") -> None:
    installation = new_id()
    channel = channel_of(installation)
    async with joined(valkey_server.url, installation) as (here, there):
        ear = await Ear(there, FOLDER).listening()
        await connected(here)
        forged = seal(installation, secret=b"guess").seal(channel, encode(news(1)))
        moved = seal(installation).seal(channel + "x", encode(news(1)))
        unknown = seal(installation).seal(channel, b"\x7f")
        for rubbish in (b"", b"\xff" * 10, b"x" * 1_000_000, forged, moved, unknown):
            assert await raw.spublish(channel, rubbish) == 1
            await raw.spublish(channel.partition("/document")[0] + "/changes", rubbish)
        here.publish(news(2), speaker=nobody)
        await ear.hears(news(2))
        assert there.connected


async def test_a_redis_that_is_emptied_changes_nothing(valkey_server: Backend, raw: "Redis") -> None:
    async with joined(valkey_server.url, new_id()) as (here, there):
        ear = await Ear(there, FOLDER).listening()
        await connected(here)
        await raw.flushall()
        here.publish(news(1), speaker=nobody)
        await ear.hears(news(1))


async def test_clients_that_redis_throws_out_come_back(valkey_server: Backend, raw: "Redis") -> None:
    async with joined(valkey_server.url, new_id()) as (here, there):
        ear = await Ear(there, FOLDER).listening()
        await connected(here)
        await raw.execute_command("CLIENT", "KILL", "TYPE", "pubsub")
        await eventually("the channel", lambda: ear.heard.count(Resumed(FOLDER)) == 2)
        await connected(here)
        here.publish(news(1), speaker=nobody)
        await ear.hears(news(1))


# Changes


async def test_other_hubs_are_roused_and_the_one_that_rouses_is_not(valkey_server: Backend) -> None:
    looks: list[str] = []
    async with joined(valkey_server.url, new_id()) as (here, there):
        here.on_rouse(lambda: looks.append("here"))
        there.on_rouse(lambda: looks.append("there"))
        await eventually("the first look", lambda: sorted(looks) == ["here", "there"])
        here.rouse()
        await eventually("a look", lambda: len(looks) == 3)
        assert looks[2:] == ["there"]


# Addresses


async def test_a_password_is_used(tmp_path: Path) -> None:
    with valkey(tmp_path, 0, "--requirepass", "open sesame") as server:
        async with joined(f"redis://:open%20sesame@127.0.0.1:{server.port}/3", "ours") as (here, there):
            ear = await Ear(there, FOLDER).listening()
            await connected(here)
            here.publish(news(1), speaker=nobody)
            await ear.hears(news(1))


async def test_a_wrong_password_is_told_and_never_repeated(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with valkey(tmp_path, 0, "--requirepass", "open sesame") as server:
        async with joined(f"redis://:xyzzy@127.0.0.1:{server.port}", "ours"):
            await eventually("a word about it", lambda: "Redis cannot be used" in caplog.text)
    assert "xyzzy" not in caplog.text


async def test_a_unix_socket_will_do(tmp_path: Path) -> None:
    path = tmp_path / "redis.sock"
    with valkey(tmp_path, 0, "--unixsocket", str(path)):
        async with joined(f"unix://{path}", "ours") as (here, there):
            ear = await Ear(there, FOLDER).listening()
            await connected(here)
            here.publish(news(1), speaker=nobody)
            await ear.hears(news(1))


@pytest.mark.parametrize("address", ["http://127.0.0.1", "redis://127.0.0.1?no_such_option=1"])
async def test_an_address_that_is_none_of_a_redis_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match=r"address|URL"):
        RedisBus(address, seal("ours"), SPRY, Metrics())
