"""Two who learn of one punch at the same time, as by a tap on the page and by its message: one receipt."""

import asyncio
from pathlib import Path

import pytest

from bot.errors import StoreRefused
from bot.services.outbox.worker import Lease, OutboxWorker
from bot.storage.outbox import receipt_of
from tests.faults.a_store import StillClock, a_message, an_open_store, punched
from tests.faults.disks import DoubtfulEngine
from tests.services.test_receipts_in_hand import ADDRESS, Ears, a_desk, a_taken_punch, given_later, settled
from tests.waiting import until


async def test_of_one_punch_that_two_learn_of_the_receipt_is_given_once(tmp_path: Path) -> None:
    """A tap on the page, and its message that is just answered once more."""
    clock, ears = StillClock(), Ears()
    lease = Lease(clock)
    lease.renewed(clock.monotonic())
    async with an_open_store(tmp_path / "bot.db", clock) as store:
        desk = a_desk(store, clock, ears, lease, patience_s=3600)
        recorded = await punched(store, a_message("m1", "u1"))
        assert recorded.punch is not None
        desk.expect(recorded.punch, lease.term)
        both = [asyncio.create_task(desk.complete(recorded.punch, ADDRESS, None)) for _ in range(2)]
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)  # the second one: it leaves it to the first
        assert ears.heard == []
        await desk.on_settled(await settled(store, recorded.punch))
        await asyncio.gather(*both)
        assert len(ears.heard) == 1
        await desk.complete(recorded.punch, ADDRESS, None)
        assert len(ears.heard) == 1, "it was told already"


async def test_a_receipt_that_is_just_given_later_is_not_given_beside_it(tmp_path: Path) -> None:
    clock, ears = StillClock(), Ears(may=asyncio.Event())
    lease = Lease(clock)
    lease.renewed(clock.monotonic())
    async with an_open_store(tmp_path / "bot.db", clock) as store:
        desk = a_desk(store, clock, ears, lease)
        punch = await a_taken_punch(store)
        await store.receipts.postpone([receipt_of(punch, ADDRESS)], clock.now())
        running = asyncio.create_task(OutboxWorker([desk], round_s=2).run())
        await ears.speaking.wait()
        await desk.complete(punch, ADDRESS, None)
        assert ears.may is not None
        ears.may.set()
        await until(lambda: not desk._in_hand)
        running.cancel()
        assert len(ears.heard) == 1
        assert await store.receipts.take_due(clock.now(), 9) == []


async def test_the_receipt_of_a_commit_that_was_refused_and_happened_is_given_once_and_at_once(
    tmp_path: Path,
) -> None:
    clock, ears, engine = StillClock(), Ears(), DoubtfulEngine(tmp_path / "bot.db")
    lease = Lease(clock)
    lease.renewed(clock.monotonic())
    async with an_open_store(engine, clock) as store:
        desk = a_desk(store, clock, ears, lease)
        engine.outcomes = ["there"]
        with pytest.raises(StoreRefused):
            await punched(store, a_message("m1", "u1"))
        again = await punched(store, a_message("m1", "u1"))
        assert again.punch is not None and not again.fresh
        both = [asyncio.create_task(desk.complete(again.punch, ADDRESS, None)) for _ in range(2)]
        await asyncio.gather(*both)
        assert len(ears.heard) == 1


async def test_a_receipt_that_the_database_does_not_let_claim_is_given_later(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clock, ears, engine = StillClock(), Ears(), DoubtfulEngine(tmp_path / "bot.db")
    lease = Lease(clock)
    lease.renewed(clock.monotonic())
    async with an_open_store(engine, clock) as store:
        desk = a_desk(store, clock, ears, lease)
        punch = await a_taken_punch(store)
        await store.receipts.postpone([receipt_of(punch, ADDRESS)], clock.now())
        engine.outcomes = ["there"]
        await desk.complete(punch, ADDRESS, None)
        assert ears.heard == []
        assert "could not be claimed" in caplog.text
        clock.advance(11)
        await store.beat()
        lease.renewed(clock.monotonic())
        await given_later(desk, ears)
        assert len(ears.heard) == 1
