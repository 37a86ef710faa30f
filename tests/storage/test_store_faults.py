"""What the disk and the server can do to a commit, and what is then known."""

import asyncio
import logging
import sqlite3
from contextlib import closing
from random import Random

import pytest

from bot.domain.deliveries import DeliveryState
from bot.domain.reminders import Reminder, ReminderKind, ReminderState
from bot.errors import StoreRefused
from bot.storage import Store, open_store
from bot.storage.inbox import InboxResult
from bot.storage.sqlite import SqliteEngine
from tests.builders import TUESDAY
from tests.storage.stage import NOON, SqliteStage, Stage, a_message, a_wish, delivery, punched, record
from tests.storage.stubborn_disk import Stubborn, file_size_limit


async def test_a_refused_commit_that_did_not_happen_is_not_there(stubborn: Stubborn) -> None:
    store, disk = stubborn
    disk.faults.append("before")
    with pytest.raises(StoreRefused, match="disk I/O error"):
        await store.inbox.accept(a_message("m1"))
    assert await store.inbox.holds("m1") is None
    assert await store.inbox.accept(a_message("m1")) is InboxResult.NEW


async def test_a_refused_commit_that_did_happen_is_read_back(stubborn: Stubborn) -> None:
    store, disk = stubborn
    disk.faults.append("after")
    with pytest.raises(StoreRefused):
        await store.inbox.accept(a_message("m1"))
    assert await store.inbox.holds("m1") is InboxResult.NEW


async def test_after_a_refused_commit_the_database_is_opened_again(stubborn: Stubborn) -> None:
    store, disk = stubborn
    await store.inbox.accept(a_message("m1"))
    opened = disk.writers_opened
    disk.faults.append("before")
    with pytest.raises(StoreRefused):
        await store.inbox.accept(a_message("m2"))
    await store.ping()
    assert disk.writers_opened == opened + 1
    assert await store.inbox.holds("m1")


async def test_a_disk_that_refuses_for_a_while_is_logged_once_and_once_when_it_is_back(
    stubborn: Stubborn, caplog: pytest.LogCaptureFixture
) -> None:
    store, disk = stubborn
    disk.faults += ["before"] * 3
    for _ in range(3):
        with pytest.raises(StoreRefused):
            await store.inbox.accept(a_message("m1"))
    await store.inbox.accept(a_message("m1"))
    await store.inbox.accept(a_message("m2"))
    texts = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert texts == ["the database refuses: disk I/O error", "the database answers again"]


async def test_a_disk_that_is_full_refuses_and_takes_again_once_there_is_room(sqlite_stage: SqliteStage) -> None:
    store = await sqlite_stage.open()
    await store.inbox.accept(a_message("before"))
    with file_size_limit(sqlite_stage.log.stat().st_size + 4096), pytest.raises(StoreRefused):
        await store.inbox.accept(a_message("m1", text="x" * 200_000))
    assert await store.inbox.holds("m1") is None
    assert await store.inbox.accept(a_message("m1", text="x" * 200_000)) is InboxResult.NEW
    assert await store.inbox.accept(a_message("before")) is InboxResult.REPEAT


async def test_many_messages_share_one_commit(stubborn: Stubborn) -> None:
    store, disk = stubborn
    commits = disk.commits
    await asyncio.gather(*(store.inbox.accept(a_message(f"m{number}", f"u{number}")) for number in range(400)))
    assert disk.commits - commits < 40


async def test_a_refused_commit_is_told_to_everybody_it_was_for(stubborn: Stubborn) -> None:
    store, disk = stubborn
    disk.faults += ["before"] * 1000
    wishes = [store.inbox.accept(a_message(f"m{number}")) for number in range(100)]
    outcomes = await asyncio.gather(*wishes, return_exceptions=True)
    disk.faults.clear()
    assert [type(outcome) for outcome in outcomes] == [StoreRefused] * 100
    assert await store.inbox.holds("m99") is None


async def test_a_lock_that_another_program_holds_for_a_moment_is_waited_for(sqlite_stage: SqliteStage) -> None:
    store = await sqlite_stage.open()
    with closing(sqlite3.connect(sqlite_stage.file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        wish = asyncio.create_task(store.inbox.accept(a_message("m1")))
        assert await store.people.all() == [], "reading goes on meanwhile"
        assert not wish.done()
        other.execute("ROLLBACK")
    assert await wish is InboxResult.NEW


async def test_a_lock_that_another_program_keeps_refuses_after_the_time_that_is_given_it(
    sqlite_stage: SqliteStage,
) -> None:
    engine = SqliteEngine(sqlite_stage.file, busy_s=0.05)
    store = Store(engine, clock=sqlite_stage.clock, owner="one", random=Random(1))
    sqlite_stage.adopt(store)
    await store.open()
    with closing(sqlite3.connect(sqlite_stage.file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreRefused):
            await store.inbox.accept(a_message("m1"))
        other.execute("ROLLBACK")
    assert await store.inbox.accept(a_message("m1")) is InboxResult.NEW


async def test_a_database_that_is_not_open_refuses(stage: Stage) -> None:
    store = await stage.open()
    await store.close()
    for wish in (store.ping(), store.beat(), store.inbox.accept(a_message("m1")), store.people.all()):
        with pytest.raises(StoreRefused):
            await wish


async def test_closing_twice_and_closing_what_never_opened_is_harmless(stage: Stage) -> None:
    store = await stage.open()
    await store.close()
    await store.close()
    await open_store(stage.url, clock=stage.clock, owner="two").close()
    await (await stage.open("three")).ping()


async def test_what_is_queued_when_the_store_closes_is_still_written(stage: Stage) -> None:
    store = await stage.open()
    tasks = [asyncio.create_task(store.inbox.accept(a_message(f"m{number}"))) for number in range(50)]
    await asyncio.sleep(0)
    await store.close()
    assert await asyncio.gather(*tasks) == [InboxResult.NEW] * 50
    again = await stage.open("two")
    assert await again.inbox.holds("m49")


async def test_a_delivery_claimed_by_a_refused_commit_does_not_stay_with_nobody(
    stubborn: Stubborn, sqlite_stage: SqliteStage
) -> None:
    store, disk = stubborn
    punch = await punched(store, "m1")
    await store.deliveries.settle(delivery(punch), DeliveryState.ACCEPTED, next_at=NOON)
    disk.faults.append("after")
    with pytest.raises(StoreRefused):
        await store.deliveries.take_due(NOON, 10, skip_targets=[])
    await store.beat()
    assert await store.deliveries.take_due(sqlite_stage.clock.now(), 10, skip_targets=[]) == []
    sqlite_stage.clock.move(11)
    (again,) = await store.deliveries.take_due(sqlite_stage.clock.now(), 10, skip_targets=[])
    assert again.state is DeliveryState.UNKNOWN, "it may have been sent under the old name"


async def test_a_punch_of_a_refused_commit_goes_out_all_the_same(
    stubborn: Stubborn, sqlite_stage: SqliteStage
) -> None:
    store, disk = stubborn
    await store.inbox.accept(a_message("m1"))
    disk.faults.append("after")
    with pytest.raises(StoreRefused):
        await record(store, a_wish("m1"))
    assert (await store.ledger.of_message("m1")) is not None
    sqlite_stage.clock.move(11)
    assert len(await store.deliveries.take_due(sqlite_stage.clock.now(), 10, skip_targets=[])) == 1
    assert len(await store.receipts.take_due(sqlite_stage.clock.now(), 10)) == 1


async def test_the_receipt_of_a_refused_commit_is_given_at_once_by_whoever_made_it(
    stubborn: Stubborn, sqlite_stage: SqliteStage
) -> None:
    store, disk = stubborn
    await store.inbox.accept(a_message("m1"))
    disk.faults.append("after")
    with pytest.raises(StoreRefused):
        await record(store, a_wish("m1"))
    punch = await store.ledger.of_message("m1")
    assert punch is not None
    disk.faults.append("after")
    with pytest.raises(StoreRefused):
        await store.receipts.take(punch.punch_id, NOON)
    receipt = await store.receipts.take(punch.punch_id, NOON)
    assert receipt is not None and receipt.punch == punch
    assert await store.receipts.take(punch.punch_id, NOON) is None


async def test_a_message_taken_over_by_a_refused_commit_is_taken_over_again(
    stubborn: Stubborn, sqlite_stage: SqliteStage
) -> None:
    store, disk = stubborn
    await store.inbox.accept(a_message("m1"))
    await store.inbox.postpone("m1", NOON)
    disk.faults.append("after")
    with pytest.raises(StoreRefused):
        await store.inbox.take_over(10)
    sqlite_stage.clock.move(11)
    assert [message.message_id for message in await store.inbox.take_over(10)] == ["m1"]


def reminders(count: int) -> list[Reminder]:
    kind = ReminderKind.BEFORE
    return [
        Reminder(f"u{number:04}", TUESDAY, "OnDuty/0", "before:10", kind, NOON, NOON) for number in range(count)
    ]


@pytest.mark.parametrize("fault", ["before", "after"])
async def test_reminders_claimed_by_a_refused_commit_do_not_stay_with_nobody(
    stubborn: Stubborn, sqlite_stage: SqliteStage, fault: str
) -> None:
    store, disk = stubborn
    wanted = reminders(1200)
    disk.faults += ["", fault]
    with pytest.raises(StoreRefused):
        await store.reminders.claim(wanted)
    await store.beat()
    again = await store.reminders.claim(wanted)
    assert again == wanted[500 if fault == "before" else 1000 :]
    assert await store.reminders.take_over(sqlite_stage.clock.now(), 2000) == []
    sqlite_stage.clock.move(11)
    await store.beat()
    found = await store.reminders.take_over(sqlite_stage.clock.now(), 2000)
    assert [*found, *again] == wanted
    assert await store.reminders.begin(wanted) == wanted


@pytest.mark.parametrize("fault", ["before", "after"])
async def test_reminders_whose_begin_was_refused_are_sent_by_one_hand_or_by_none(
    stubborn: Stubborn, sqlite_stage: SqliteStage, fault: str
) -> None:
    store, disk = stubborn
    wanted = reminders(2)
    await store.reminders.claim(wanted)
    disk.faults.append(fault)
    with pytest.raises(StoreRefused):
        await store.reminders.begin(wanted[:1])
    sqlite_stage.clock.move(11)
    await store.beat()
    taken = await store.reminders.take_over(sqlite_stage.clock.now(), 10)
    assert taken == (wanted if fault == "before" else wanted[1:])
    assert await store.reminders.begin(wanted) == taken
    assert await store.reminders.begin(taken) == []


async def test_what_was_claimed_under_a_former_name_is_still_ours_while_nobody_else_took_it(
    stubborn: Stubborn,
) -> None:
    store, disk = stubborn
    first, second, third = reminders(3)
    await store.reminders.claim([first, second])
    await store.reminders.begin([second])
    disk.faults.append("before")
    with pytest.raises(StoreRefused):
        await store.reminders.claim([third])
    assert await store.reminders.begin([first, second]) == [first]
    await store.reminders.settle([first, second], ReminderState.SENT)
    found = await store.reminders.between(TUESDAY, TUESDAY)
    assert [reminder.state for reminder in found] == [ReminderState.SENT] * 2


@pytest.mark.parametrize(("fault", "state"), [("before", ReminderState.UNKNOWN), ("after", ReminderState.SENT)])
async def test_a_reminder_whose_settling_was_refused_is_not_sent_again(
    stubborn: Stubborn, sqlite_stage: SqliteStage, fault: str, state: ReminderState
) -> None:
    store, disk = stubborn
    wanted = reminders(1)
    await store.reminders.claim(wanted)
    await store.reminders.begin(wanted)
    disk.faults.append(fault)
    with pytest.raises(StoreRefused):
        await store.reminders.settle(wanted, ReminderState.SENT)
    sqlite_stage.clock.move(11)
    await store.beat()
    assert await store.reminders.take_over(sqlite_stage.clock.now(), 10) == []
    [found] = await store.reminders.between(TUESDAY, TUESDAY)
    assert found.state is state
    await store.reminders.settle(wanted, ReminderState.SENT)
    [found] = await store.reminders.between(TUESDAY, TUESDAY)
    assert found.state is ReminderState.SENT
