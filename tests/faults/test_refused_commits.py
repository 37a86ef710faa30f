"""The dispatcher after a refused COMMIT, on a real database."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from bot.chat import dispatcher
from bot.errors import StoreRefused
from tests.chat.test_messages_in_hand import WEBHOOK, Bench
from tests.faults.a_store import MORNING, a_message, a_press, an_open_store
from tests.faults.disks import StubbornDisk
from tests.waiting import until


@asynccontextmanager
async def a_bench(folder: Path) -> AsyncIterator[tuple[Bench, StubbornDisk]]:
    """Give a dispatcher on a database with scripted COMMITs."""
    disk = StubbornDisk(folder / "clock-in.db")
    async with an_open_store(disk) as store:
        yield Bench(store), disk


async def test_a_refused_message_that_is_stored_is_answered(tmp_path: Path) -> None:
    async with a_bench(tmp_path) as (bench, disk):
        disk.outcomes = ["there"]
        await bench.dispatcher.take(a_message("m1"), WEBHOOK)
        await bench.settled()
        assert bench.line.heard == ["m1"]


async def test_the_person_hears_of_a_lost_message(tmp_path: Path) -> None:
    async with a_bench(tmp_path) as (bench, disk):
        disk.outcomes = ["lost"]
        with pytest.raises(StoreRefused):
            await bench.dispatcher.take(a_message("m1"), WEBHOOK)
        (heard,) = bench.line.heard
        assert "Nothing was recorded" in heard


async def test_the_person_hears_of_an_unknown_outcome(
    tmp_path: Path,
) -> None:
    async with a_bench(tmp_path) as (bench, disk):
        disk.outcomes = ["there", "lost"]
        with pytest.raises(StoreRefused):
            await bench.dispatcher.take(a_message("m1"), WEBHOOK)
        (heard,) = bench.line.heard
        assert "I cannot tell whether your message is stored" in heard
        await bench.dispatcher.take(a_message("m1"), WEBHOOK)  # the repeat finds it stored


@pytest.mark.parametrize("outcome", ["there", "lost"])
async def test_a_repeat_with_a_refused_commit_is_not_answered_again(
    tmp_path: Path, outcome: str
) -> None:
    async with a_bench(tmp_path) as (bench, disk):
        await bench.dispatcher.take(a_message("m1"), WEBHOOK)
        await bench.settled()
        disk.outcomes = [outcome]
        await bench.dispatcher.take(a_message("m1"), WEBHOOK)
        await bench.settled()
        assert bench.line.heard == ["m1"]


async def test_two_deliveries_in_one_refused_commit_get_one_answer(tmp_path: Path) -> None:
    async with a_bench(tmp_path) as (bench, disk):
        disk.outcomes = ["there"]
        twice = [bench.dispatcher.take(a_message("m1"), WEBHOOK) for _ in range(2)]
        await asyncio.gather(*twice)
        await bench.settled()
        assert bench.line.heard == ["m1"]


@pytest.mark.parametrize("outcome", ["there", "lost"])
async def test_a_second_delivery_of_a_press_with_a_refused_commit_is_not_answered(
    tmp_path: Path, outcome: str
) -> None:
    first, second, later = (a_press(MORNING + timedelta(seconds=s)) for s in (0, 1, 400))
    async with a_bench(tmp_path) as (bench, disk):
        bench.answers.may.clear()
        await bench.dispatcher.take(first, WEBHOOK)
        disk.outcomes = [outcome]
        assert not await bench.dispatcher.take(second, WEBHOOK)
        bench.answers.may.set()
        await bench.settled()
        assert bench.line.heard == [first.message_id]
        disk.outcomes = ["lost"]
        with pytest.raises(StoreRefused):  # another press, which is not stored
            await bench.dispatcher.take(later, WEBHOOK)


async def test_a_message_that_cannot_be_finished_blocks_no_other(tmp_path: Path) -> None:
    async with a_bench(tmp_path) as (bench, disk):
        bench.answers.may.clear()
        for name in ("m1", "m2"):
            await bench.dispatcher.take(a_message(name), WEBHOOK)
        disk.outcomes = ["lost"]
        bench.answers.may.set()
        await until(lambda: bench.line.heard == ["m1", "m2"], what="both answers")
        await bench.settled()
        assert await bench.store.inbox.take_over(10) == []


async def test_all_people_of_a_large_burst_are_answered(tmp_path: Path) -> None:
    people = dispatcher.MOST_QUEUES + 500
    async with a_bench(tmp_path) as (bench, _):
        messages = [a_message(f"m{n}", f"u{n}") for n in range(people)]
        await asyncio.gather(*(bench.dispatcher.take(message, WEBHOOK) for message in messages))
        assert bench.dispatcher.in_hand <= people
        await until(lambda: len(bench.line.heard) == people, what="every answer")
        await bench.settled()
        assert bench.dispatcher.in_hand == 0
        assert len(set(bench.line.heard)) == len(bench.line.heard) == people
