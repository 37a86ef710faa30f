"""The sealer: one process for all, little by little, whatever the database does meanwhile."""

import asyncio
import logging
from collections.abc import Sequence

import pytest

from bot.domain.chain import Link
from bot.errors import StoreRefused
from bot.services.sealing import AT_ONCE, Sealer
from bot.storage import SqlStore
from bot.storage.chain import audit_ledger
from tests.chain.tampering import punch_id
from tests.storage.stage import PostgresqlStage, Stage


def sealer(store: SqlStore) -> Sealer:
    return Sealer(store.chain, store.jobs, every_s=3600)


class OneProcess:
    """Jobs of a process that is alone."""

    async def take(self, name: str, turn: str = "") -> bool:
        return True

    async def finish(self, name: str, turn: str) -> None:
        raise AssertionError("sealing never ends")


class Backlog:
    """A chain with so many punches to seal; its first calls are refused."""

    def __init__(self, punches: int, refused: int = 0) -> None:
        self._seq = 0
        self._punches = punches
        self._refused = refused
        self.sealed = asyncio.Event()

    async def seal(self, limit: int) -> Sequence[Link]:
        assert limit <= 256, "a transaction that holds others up"
        if self._refused:
            self._refused -= 1
            raise StoreRefused("disk full")
        links = [Link(self._seq + number, "0" * 64) for number in range(1, min(limit, self._punches) + 1)]
        self._seq += len(links)
        self._punches -= len(links)
        if not links:
            self.sealed.set()
        return links


async def test_a_backlog_is_sealed_at_one_go_in_small_transactions() -> None:
    assert await Sealer(Backlog(3 * AT_ONCE), OneProcess(), every_s=3600).seal() == 3 * AT_ONCE


async def test_a_refusing_database_is_waited_for_and_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    backlog = Backlog(5, refused=3)
    running = asyncio.create_task(Sealer(backlog, OneProcess(), every_s=0.001).run())
    async with asyncio.timeout(10):
        await backlog.sealed.wait()
    running.cancel()
    messages = [record.getMessage() for record in caplog.records]
    assert messages == [
        "the ledger cannot be sealed: disk full",
        f"the ledger is sealed up to link 5:{'0' * 64}",
    ]


async def test_one_of_two_processes_seals_and_the_other_once_it_is_dead(postgresql_stage: PostgresqlStage) -> None:
    stage = postgresql_stage
    one, two = await stage.open("one"), await stage.open("two")
    await punch_id(one, stage, 1)
    assert await sealer(one).seal() == 1
    await punch_id(one, stage, 2)
    assert await sealer(two).seal() == 0
    assert audit_ledger(stage.url).unsealed == 1
    stage.clock.move(11)
    await two.beat()
    assert await sealer(two).seal() == 1
    await one.beat()
    await punch_id(one, stage, 3)
    assert await sealer(one).seal() == 0
    assert await sealer(two).seal() == 1
    assert audit_ledger(stage.url).broken is None


async def test_a_process_that_stops_leaves_its_jobs_at_once(postgresql_stage: PostgresqlStage) -> None:
    one, two = await postgresql_stage.open("one"), await postgresql_stage.open("two")
    assert await one.jobs.take("seal")
    assert not await two.jobs.take("seal")
    await one.close()
    assert await two.jobs.take("seal")


async def test_a_turn_is_done_once(stage: Stage) -> None:
    store = await stage.open()
    assert await store.jobs.take("reconcile", "2026-11-24")
    assert await store.jobs.take("reconcile", "2026-11-24")
    await store.jobs.finish("reconcile", "2026-11-24")
    assert not await store.jobs.take("reconcile", "2026-11-24")
    assert await store.jobs.take("reconcile", "2026-11-25")


async def test_many_that_reach_for_a_turn_at_once_get_it_once(postgresql_stage: PostgresqlStage) -> None:
    stores = [await postgresql_stage.open(f"process {number}") for number in range(4)]
    won = await asyncio.gather(*(store.jobs.take("reconcile", "2026-11-24") for store in stores))
    assert sorted(won) == [False, False, False, True]


async def test_an_unfinished_turn_of_a_dead_process_is_taken_over(stage: Stage) -> None:
    one = await stage.open("one")
    assert await one.jobs.take("reconcile", "2026-11-24")
    await stage.crash()
    two = await stage.open("two")
    assert await two.jobs.take("reconcile", "2026-11-24")
