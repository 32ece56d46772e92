"""The bus on a real cluster of three Valkeys: each document's channel lives on the master of its slot."""

from collections.abc import AsyncIterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from buses import Ear, joined, seal
from eventually import eventually
from redis.asyncio import Redis
from redis.crc import key_slot

from hub.bus import News
from hub.bus.redis import RedisBus
from hub.ids import DocumentId, new_id
from loadtest.backends import Backend, free_port, valkey

SLOTS = 16_384
MASTERS = 3


def nobody(word: object) -> None:
    """Speaks, and does not listen."""


@dataclass
class Master:
    folder: Path
    port: int = field(default_factory=free_port)
    peers_port: int = field(default_factory=free_port)
    server: Backend = field(init=False)

    def start(self) -> Backend:
        options = {
            "enabled": "yes",
            "port": str(self.peers_port),
            "node-timeout": "500",
            "require-full-coverage": "no",
            "allow-pubsubshard-when-down": "yes",
        }
        line = [word for name, value in options.items() for word in (f"--cluster-{name}", value)]
        self.server = valkey(self.folder, self.port, *line)
        return self.server

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}"

    async def ask(self, *command: str | int) -> Any:
        async with Redis.from_url(self.url) as client:
            return await client.execute_command(*command)


class Cluster(list[Master]):
    def master_of(self, document: DocumentId) -> Master:
        return self[key_slot(channel_of(document).encode()) * MASTERS // SLOTS]


def channel_of(document: DocumentId) -> str:
    return f"teammarks/{seal('ours').mark}/document/{document}"


@pytest.fixture
async def cluster(tmp_path: Path) -> AsyncIterator[Cluster]:
    with ExitStack() as stack:
        cluster = Cluster(Master(tmp_path / str(number)) for number in range(MASTERS))
        for number, master in enumerate(cluster):
            stack.enter_context(master.start())
            first, behind = (-(-SLOTS * each // MASTERS) for each in (number, number + 1))
            await master.ask("CLUSTER", "ADDSLOTSRANGE", first, behind - 1)
            await master.ask("CLUSTER", "SET-CONFIG-EPOCH", number + 1)
        for master in cluster[1:]:
            await master.ask("CLUSTER", "MEET", "127.0.0.1", cluster[0].port, cluster[0].peers_port)

        async def agreed() -> bool:
            return all([len(await master.ask("CLUSTER", "SLOTS")) == MASTERS for master in cluster])

        await eventually("the cluster", agreed)
        yield cluster


async def listening(bus: RedisBus, cluster: Cluster, *, on: Sequence[int]) -> list[Ear]:
    """One for a document on each of these masters."""
    ears = []
    for number in on:
        documents = (DocumentId(new_id()) for _ in range(10_000))
        ears.append(Ear(bus, next(d for d in documents if cluster.master_of(d) is cluster[number])))
    return [await ear.listening() for ear in ears]


async def all_hear(here: RedisBus, ears: list[Ear], seq: int) -> None:
    """What is said until it is heard: a word or two may be lost where something has just changed."""

    def heard() -> bool:
        for ear in ears:
            here.publish(News(ear.document, seq, seq), speaker=nobody)
        return all(News(ear.document, seq, seq) in ear.words for ear in ears)

    await eventually("the word", heard)


async def test_a_word_reaches_whoever_listens_whichever_master_has_its_channel(cluster: Cluster) -> None:
    async with joined(cluster[0].url, "ours") as (here, there):
        ears = await listening(there, cluster, on=[0, 1, 2] * 10)
        await eventually("the cluster", lambda: here.connected)
        words = [News(ear.document, 1, 1, (b"update",)) for ear in ears]
        for word in words:
            here.publish(word, speaker=nobody)
        for ear, word in zip(ears, words, strict=True):
            await ear.hears(word)


async def test_while_a_master_is_away_the_others_go_on(cluster: Cluster) -> None:
    async with joined(cluster[0].url, "ours") as (here, there):
        ears = await listening(there, cluster, on=[0, 1, 2])
        await all_hear(here, ears, 1)
        cluster[2].server.kill()
        await eventually("the loss to be noticed", lambda: not here.connected and not there.connected)
        await all_hear(here, ears[:2], 2)
        assert not here.connected
        with cluster[2].start():
            await all_hear(here, ears, 3)
            await eventually("all of them", lambda: here.connected and there.connected)


async def test_another_master_is_asked_when_the_one_in_the_address_is_away(cluster: Cluster) -> None:
    async with joined(cluster[0].url, "ours") as (here, there):
        ears = await listening(there, cluster, on=[1])
        await eventually("the cluster", lambda: here.connected)
        cluster[0].server.kill()
        await eventually("the loss to be noticed", lambda: not here.connected and not there.connected)
        await all_hear(here, ears, 1)


async def test_a_channel_that_moves_to_another_master_is_followed(cluster: Cluster) -> None:
    async with joined(cluster[0].url, "ours") as (here, there):
        ears = await listening(there, cluster, on=[0, 1, 2])
        await all_hear(here, ears, 1)
        name = (await cluster[1].ask("CLUSTER", "MYID")).decode()
        for master in (cluster[1], cluster[0], cluster[2]):
            slot = key_slot(channel_of(ears[0].document).encode())
            await master.ask("CLUSTER", "SETSLOT", slot, "NODE", name)
        await all_hear(here, ears, 2)


async def test_a_server_that_is_still_to_become_a_cluster_is_waited_for(tmp_path: Path) -> None:
    master = Master(tmp_path)
    with master.start():
        async with joined(master.url, "ours") as (here, there):
            ear = Ear(there, DocumentId(new_id()))
            there.listen(ear.document, ear)
            await master.ask("CLUSTER", "ADDSLOTSRANGE", 0, SLOTS - 1)
            await all_hear(here, [ear], 1)
