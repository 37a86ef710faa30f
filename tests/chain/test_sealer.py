"""The sealer: one process for all, little by little, whatever the database does meanwhile."""

import asyncio
import logging
from collections.abc import Sequence

import pytest

from bot.domain.chain import Link
from bot.errors import OperatorError, StoreRefused
from bot.i18n import Texts
from bot.services.speaking import Operators
from bot.services.upkeep import AT_ONCE, END, SUBJECT, Sealer
from bot.storage import Store
from bot.storage.chain import audit_ledger
from tests.builders import SHANGHAI
from tests.chain.tampering import punch_id, tamper
from tests.mailbox import Mailbox
from tests.storage.stage import PostgresqlStage, Stage


def operators(mailbox: Mailbox | None = None) -> Operators:
    return Operators(mailbox or Mailbox(), ["admin"], Texts("en", SHANGHAI))


def sealer(store: Store) -> Sealer:
    return Sealer(store.chain, store.jobs, operators(), every_s=3600)


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

    async def holds(self, link: Link) -> bool:
        return True

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
    assert await Sealer(Backlog(3 * AT_ONCE), OneProcess(), operators(), every_s=3600).seal() == 3 * AT_ONCE


async def test_a_refusing_database_is_waited_for_and_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    backlog = Backlog(5, refused=3)
    running = asyncio.create_task(Sealer(backlog, OneProcess(), operators(), every_s=0.001).run())
    async with asyncio.timeout(60):
        await backlog.sealed.wait()
    running.cancel()
    messages = [record.getMessage() for record in caplog.records]
    assert messages == [
        "the ledger cannot be sealed: disk full",
        f"the ledger is sealed up to link 5:{'0' * 64}",
    ]


class Headless(Backlog):
    """A chain whose head somebody removed, until it is restored."""

    def __init__(self) -> None:
        super().__init__(5)
        self.damaged = True
        self.tries = asyncio.Semaphore(0)

    async def seal(self, limit: int) -> Sequence[Link]:
        if self.damaged:
            self.tries.release()
            raise OperatorError("The head of the ledger's chain is gone: run `audit` and restore a backup.")
        return await super().seal(limit)


async def test_of_a_damaged_chain_the_administrators_are_told_once_and_sealing_goes_on_when_it_is_mended() -> None:
    chain, mailbox = Headless(), Mailbox()
    told = operators(mailbox)
    running = asyncio.create_task(Sealer(chain, OneProcess(), told, every_s=0.001).run())
    async with asyncio.timeout(60):
        await mailbox.came.wait()
        assert "run `audit` and restore a backup" in told.troubles[SUBJECT]
        for _ in range(5):
            await chain.tries.acquire()
        chain.damaged = False
        for _ in range(2):  # the second look comes after what followed from the first
            await chain.sealed.wait()
            chain.sealed.clear()
        assert SUBJECT not in told.troubles
    running.cancel()
    (text,) = mailbox.texts
    assert "can no longer be sealed" in text


# As a server has it that takes over without the last commits, or a backup that is put back.
FORGET_AFTER_3 = (
    "DELETE FROM ledger_chain WHERE seq > 3",
    "DELETE FROM punches WHERE punch_id NOT IN (SELECT punch_id FROM ledger_chain)",
    "UPDATE ledger_head SET seq = 3, hash = (SELECT hash FROM ledger_chain WHERE seq = 3)",
)


async def test_of_links_that_the_database_forgot_the_administrators_are_told_once_and_sealing_goes_on(
    stage: Stage,
) -> None:
    store = await stage.open()
    mailbox = Mailbox()
    told = operators(mailbox)
    sealing = Sealer(store.chain, store.jobs, told, every_s=3600)
    for number in range(5):
        await punch_id(store, stage, number)
    assert await sealing.seal() == 5
    assert await sealing.seal() == 0
    assert mailbox.texts == []
    tamper(stage, *FORGET_AFTER_3)
    for number in range(5, 7):
        await punch_id(store, stage, number)
        assert await sealing.seal() == 1
    (text,) = mailbox.texts
    assert "no longer has link 5:" in text
    assert END in told.troubles
    assert audit_ledger(stage.url).broken is None


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
