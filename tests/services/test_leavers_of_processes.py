"""Who left is gone on every process, whichever of them hears of it and whichever reads them meanwhile."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest

from bot.domain.people import GONE_FOR, Employee
from bot.services.organisation.directory import Directory
from tests.dingtalk.board import Board
from tests.services.directory_stage import ANN, BOB, ScriptedContacts, names, said_by
from tests.storage.stage import NOON, PostgresqlStage, Stage


@dataclass(frozen=True)
class Process:
    """A process with its own way to DingTalk and to the database."""

    directory: Directory
    contacts: ScriptedContacts
    board: Board


async def a_process(stage: Stage, name: str, *people: Employee) -> Process:
    """Start one that has taken over what the database knows."""
    store = await stage.open(name)
    board = Board()
    contacts = ScriptedContacts(board, *people)
    directory = Directory(contacts, store.people, stage.clock)
    await directory.load()
    return Process(directory, contacts, board)


async def two_processes(stage: PostgresqlStage) -> tuple[Process, Process]:
    """Start two that know Ann and Bob, and whose DingTalk goes on to know them."""
    one, two = [await a_process(stage, name, ANN, BOB) for name in ("one", "two")]
    await one.directory.crawl()
    await two.directory.follow()
    stage.clock.move(1)
    return one, two


Meanwhile = Callable[[], Awaitable[None]]


async def crawl(process: Process, meanwhile: Meanwhile) -> None:
    """Read everybody, with something happening after DingTalk answered."""
    walks = process.contacts.walks
    process.contacts.walk_gate.clear()
    crawling = asyncio.create_task(process.directory.crawl())
    await process.board.until(lambda: process.contacts.walks > walks)
    await meanwhile()
    process.contacts.walk_gate.set()
    await crawling


async def read_anew(process: Process, meanwhile: Meanwhile) -> None:
    """Read Bob after an event that he changed, with something happening after DingTalk answered."""
    process.contacts.gate.clear()
    process.directory.changed(["bob"])
    running = asyncio.create_task(process.directory.run())
    await process.board.until(lambda: process.contacts.under_way == 1)
    await meanwhile()
    process.contacts.gate.set()
    process.directory.changed(["ann"])  # who is read after him
    await process.board.until(lambda: process.contacts.asked == ["bob", "ann"])
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def hear_him(process: Process, meanwhile: Meanwhile) -> None:
    """Look Bob up because he writes, after he left."""
    await meanwhile()
    await process.directory.follow()
    assert process.directory.employee("bob") is None
    assert await process.directory.identify(said_by("bob")) == BOB, "he may finish what he said"


@pytest.mark.parametrize("read", [crawl, read_anew, hear_him])
async def test_what_another_process_reads_of_a_leaver_brings_nobody_back(
    postgresql_stage: PostgresqlStage, read: Callable[[Process, Meanwhile], Awaitable[None]]
) -> None:
    one, two = await two_processes(postgresql_stage)

    async def leave() -> None:
        postgresql_stage.clock.move(1)
        await two.directory.left(["bob"], postgresql_stage.clock.now())

    await read(one, leave)
    assert names(one.directory) == ["ann"]
    for process in (one, two):
        await process.directory.follow()
        assert names(process.directory) == ["ann"]
    third = await a_process(postgresql_stage, "three", ANN, BOB)
    await third.directory.crawl()  # begun after he left: the look-up knows him still
    assert names(third.directory) == ["ann"]


async def test_who_joins_again_is_back_on_every_process_whichever_hears_of_what(
    postgresql_stage: PostgresqlStage,
) -> None:
    one, two = await two_processes(postgresql_stage)
    await one.directory.left(["bob"], NOON)
    await two.directory.follow()
    await two.directory.joined(["bob"], NOON + timedelta(minutes=1))
    await two.directory.crawl()
    assert names(two.directory) == ["ann", "bob"]
    await one.directory.follow()
    assert names(one.directory) == ["ann", "bob"], "it heard that he left, and not that he joined"


async def test_who_left_before_a_restart_is_brought_back_by_no_reading_for_ten_minutes(stage: Stage) -> None:
    before = await a_process(stage, "one", ANN, BOB)
    await before.directory.crawl()
    stage.clock.move(1)
    await before.directory.left(["bob"], stage.clock.now())
    await stage.close()
    after = await a_process(stage, "two", ANN, BOB)
    stage.clock.move(1)
    await after.directory.crawl()
    await after.directory.identify(said_by("bob"))
    assert names(after.directory) == ["ann"]
    stage.clock.move(GONE_FOR.total_seconds())
    await after.directory.crawl()
    assert names(after.directory) == ["ann", "bob"]


async def test_who_left_is_gone_where_a_clock_ahead_read_them(postgresql_stage: PostgresqlStage) -> None:
    """They were read at a later moment than the one at which they left, by the clocks of two machines."""
    one, two = await two_processes(postgresql_stage)
    postgresql_stage.clock.move(120)
    await one.directory.crawl()
    await two.directory.follow()
    postgresql_stage.clock.move(-110)
    await two.directory.left(["bob"], postgresql_stage.clock.now())
    await one.directory.follow()
    assert names(one.directory) == ["ann"]


async def reading_bob(process: Process, stage: Stage) -> None:
    """Let a process hear that Bob changed, and read him."""
    stage.clock.move(1)
    asked = len(process.contacts.asked)
    process.directory.changed(["bob"])
    running = asyncio.create_task(process.directory.run())
    await process.board.until(lambda: len(process.contacts.asked) > asked)
    process.directory.changed(["ann"])  # who is read after him
    await process.board.until(lambda: "ann" in process.contacts.asked[asked:])
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    stage.clock.move(5)


async def test_a_walk_that_misses_who_moves_takes_nothing_from_what_another_read_since(
    postgresql_stage: PostgresqlStage,
) -> None:
    one, two = await two_processes(postgresql_stage)
    del one.contacts.people["bob"]  # between a department that is walked and one that was
    await crawl(one, lambda: reading_bob(two, postgresql_stage))
    for process in (one, two):
        await process.directory.follow()
        assert names(process.directory) == ["ann", "bob"]


@pytest.mark.parametrize("hears", ["the same process", "one that knows nothing of it"])
async def test_a_leaving_that_comes_after_the_joining_since_takes_nobody(stage: Stage, hears: str) -> None:
    one = await a_process(stage, "one", ANN, BOB)
    await one.directory.crawl()
    left_at = stage.clock.now()
    await one.directory.left(["bob"], left_at)
    stage.clock.move(60)
    await one.directory.joined(["bob"], stage.clock.now())
    stage.clock.move(1)
    await one.directory.crawl()
    if hears != "the same process":
        await stage.close()
        one = await a_process(stage, "two", ANN, BOB)
    await one.directory.left(["bob"], left_at)
    await reading_bob(one, stage)
    assert names(one.directory) == ["ann", "bob"]
    await one.directory.left(["bob"], stage.clock.now())
    await one.directory.crawl()
    assert names(one.directory) == ["ann"]


async def test_who_was_missed_while_the_clock_was_ahead_is_back_once_they_join(sqlite_stage: Stage) -> None:
    one = await a_process(sqlite_stage, "one", ANN, BOB)
    await one.directory.crawl()
    sqlite_stage.clock.move(2 * 86_400)
    del one.contacts.people["bob"]
    await one.directory.crawl()
    assert names(one.directory) == ["ann"]
    sqlite_stage.clock.move(600 - 2 * 86_400)
    one.contacts.people["bob"] = BOB
    await one.directory.joined(["bob"], sqlite_stage.clock.now())
    sqlite_stage.clock.move(1)
    await one.directory.crawl()
    assert "bob" in names(one.directory)


async def test_a_leaving_that_comes_after_a_joining_of_somebody_unknown_takes_nobody(stage: Stage) -> None:
    one = await a_process(stage, "one", ANN)
    await one.directory.crawl()
    left_at = stage.clock.now() - timedelta(minutes=5)
    one.contacts.people["bob"] = BOB
    stage.clock.move(60)
    await one.directory.joined(["bob"], stage.clock.now())
    await one.directory.follow()
    assert names(one.directory) == ["ann"], "nothing was read of him yet"
    await reading_bob(one, stage)
    await one.directory.left(["bob"], left_at)
    await reading_bob(one, stage)
    assert names(one.directory) == ["ann", "bob"]


@pytest.mark.parametrize("ahead_s", [120, 86_400])
async def test_who_joined_while_the_clock_was_ahead_may_leave_once_it_is_right(
    stage: Stage, ahead_s: float
) -> None:
    one = await a_process(stage, "one", ANN, BOB)
    await one.directory.crawl()
    stage.clock.move(ahead_s)
    await one.directory.joined(["bob"], stage.clock.now())  # an event without a time of its own
    await reading_bob(one, stage)
    stage.clock.move(60 - ahead_s)
    await one.directory.left(["bob"], stage.clock.now())
    await reading_bob(one, stage)  # DingTalk knows him still
    assert names(one.directory) == ["ann"]
