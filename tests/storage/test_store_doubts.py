"""Databases that hang, fill up or turn out damaged while they are used: what is known then, and what is told."""

import asyncio
import logging
import sqlite3
from contextlib import closing, suppress
from random import Random

import pytest
from sqlalchemy import text

from bot.errors import OperatorError, StoreDamaged, StoreRefused
from bot.storage.database import Database
from bot.storage.health import Health
from bot.storage.inbox import InboxResult
from bot.storage.lanes import ANSWERS_WITHIN_S
from bot.storage.sqlite import SqliteEngine
from bot.storage.statements import Statement
from bot.storage.store import Store
from tests.storage.stage import HandClock, SqliteStage, a_message
from tests.storage.stubborn_disk import Stubborn, StubbornDisk, file_size_limit
from tests.waiting import until

BUSY = Statement(text("SELECT timeout FROM pragma_busy_timeout"))
SYNCED = Statement(text("SELECT synchronous FROM pragma_synchronous"))
FULL = 2  # https://www.sqlite.org/pragma.html#pragma_synchronous


async def test_on_a_full_disk_it_is_still_known_that_a_message_is_not_there(sqlite_stage: SqliteStage) -> None:
    store = await sqlite_stage.open()
    await store.inbox.accept(a_message("before"))
    with file_size_limit(sqlite_stage.log.stat().st_size + 4096):
        for _ in range(2):
            with pytest.raises(StoreRefused):
                await store.inbox.accept(a_message("m1", text="x" * 200_000))
            with pytest.raises(StoreRefused):
                await store.inbox.accept(a_message("m2", "u2", text="x" * 200_000))
            assert await store.inbox.holds("m1", person="u1") is None


async def test_a_commit_that_hangs_is_in_doubt_until_it_ends(sqlite_stage: SqliteStage) -> None:
    disk = StubbornDisk(sqlite_stage)
    store = Store(disk, clock=sqlite_stage.clock, owner="one", random=Random(1), patience_s=1.0)
    sqlite_stage.adopt(store)
    await store.open()
    disk.faults.append("hangs")
    async with asyncio.timeout(60):
        with pytest.raises(StoreRefused, match="does not answer"):
            await store.inbox.accept(a_message("m1"))
        with pytest.raises(StoreRefused, match="still under way"):
            await store.inbox.holds("m1", person="u1")
        with pytest.raises(StoreRefused, match="does not answer"):
            await store.beat()
        assert store.trouble == "the database does not answer"
        disk.go.set()
        await until(lambda: is_well(store), what="the end of the trouble")
        assert await store.inbox.holds("m1", person="u1") is InboxResult.NEW


async def is_well(store: Store) -> bool:
    """Try to write, and tell whether the database is in no trouble."""
    with suppress(StoreRefused):
        await store.beat()
    return store.trouble is None


async def test_a_store_whose_disk_hangs_lets_itself_be_left(sqlite_stage: SqliteStage) -> None:
    disk = StubbornDisk(sqlite_stage)
    store = Store(disk, clock=sqlite_stage.clock, owner="one", random=Random(1))
    sqlite_stage.adopt(store)
    await store.open()
    disk.faults.append("hangs")
    accepting = asyncio.create_task(store.inbox.accept(a_message("m1")))
    await asyncio.to_thread(disk.hanging.wait, 60)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(store.close(), 0.1)
    with pytest.raises(OperatorError, match="in use by process"):
        await sqlite_stage.open("two")
    disk.go.set()
    assert await accepting is InboxResult.NEW


async def test_a_page_that_turns_out_damaged_ends_all_work_with_the_way_to_restore(
    sqlite_stage: SqliteStage, caplog: pytest.LogCaptureFixture
) -> None:
    store = await sqlite_stage.open()
    for number in range(300):
        await store.inbox.accept(a_message(f"m{number}", f"u{number}"))
    await store.close()
    again = await sqlite_stage.open("two")
    pages = bytearray(sqlite_stage.file.read_bytes())
    for start in range(4096, len(pages), 4096):
        if b"m150" in pages[start : start + 4096]:
            pages[start : start + 4096] = b"\xff" * 4096
    with sqlite_stage.file.open("r+b") as file:
        file.write(pages)
    with pytest.raises(StoreDamaged, match=r"(?s)is damaged .* put the latest backup in place"):
        await again.inbox.accept(a_message("m150", "u150"))
    for refused in (again.beat, again.ping, again.people.all):
        with pytest.raises(StoreDamaged, match="put the latest backup in place"):
            await refused()
    assert isinstance(StoreDamaged(""), StoreRefused)
    assert isinstance(StoreDamaged(""), OperatorError)
    severe = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert [record.levelname for record in severe] == ["CRITICAL"]
    assert again.trouble is not None
    assert "put the latest backup in place" in again.trouble


async def test_a_new_name_is_announced_with_the_first_thing_that_is_claimed_under_it(
    stubborn: Stubborn, sqlite_stage: SqliteStage
) -> None:
    store, disk = stubborn
    disk.faults.append("before")
    with pytest.raises(StoreRefused):
        await store.inbox.accept(a_message("m1"))
    await store.inbox.accept(a_message("m2"))
    with closing(sqlite3.connect(sqlite_stage.file)) as file:
        [found] = file.execute("SELECT owner FROM inbox JOIN replicas USING (owner)").fetchall()
    assert found != ("one",)


async def test_after_a_refused_commit_what_reads_is_opened_again_too(stubborn: Stubborn) -> None:
    store, disk = stubborn
    await store.people.all()
    opened = disk.readers_opened
    await store.people.all()
    assert disk.readers_opened == opened
    disk.faults.append("before")
    with pytest.raises(StoreRefused):
        await store.inbox.accept(a_message("m1"))
    await store.people.all()
    assert disk.readers_opened == opened + 1


async def test_names_that_are_dead_for_everybody_are_forgotten(stubborn: Stubborn) -> None:
    _, disk = stubborn
    clock = HandClock()
    database = Database(disk, clock=clock, owner="one", random=Random(1))
    for _ in range(100):
        clock.move(1)
        with pytest.raises(StoreRefused):
            await database.claim(lambda tx: None)
    assert len(database.former_owners) == 21
    clock.move(21)
    assert database.former_owners == frozenset()


async def test_a_lock_is_waited_for_longer_than_a_moment_and_not_until_everybody_has_gone(
    sqlite_stage: SqliteStage,
) -> None:
    await (await sqlite_stage.open()).close()
    connection = SqliteEngine(sqlite_stage.file).connect(read_only=False)
    [(busy_ms,)] = connection.rows(BUSY, {})
    connection.close()
    assert 1000 < busy_ms < 1000 * ANSWERS_WITHIN_S


def test_several_ways_to_the_database_are_told_of_as_one(caplog: pytest.LogCaptureFixture) -> None:
    health = Health()
    for lane in ("writer", "reader"):
        health.refused(lane, "disk I/O error")
    health.answered("reader")
    assert health.trouble == "disk I/O error"
    health.answered("writer")
    health.answered("reader")
    assert health.trouble is None
    texts = [record.getMessage() for record in caplog.records]
    assert texts == ["the database refuses: disk I/O error", "the database answers again"]


async def test_after_a_doubtful_commit_nothing_is_called_missing_before_another_is_confirmed(
    stubborn: Stubborn,
) -> None:
    store, disk = stubborn
    disk.faults += ["before", "before"]
    with pytest.raises(StoreRefused):
        await store.inbox.accept(a_message("m1"))
    with pytest.raises(StoreRefused):
        await store.inbox.holds("m1", person="u1")
    assert await store.inbox.holds("m1", person="u1") is None


async def test_each_commit_is_on_the_disk_before_it_is_confirmed(sqlite_stage: SqliteStage) -> None:
    store = await sqlite_stage.open()
    assert await store._database.write(lambda tx: tx.one(SYNCED)) == (FULL,)
