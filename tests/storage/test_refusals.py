"""The store after refused and hanging COMMITs, and on full and damaged disks."""

import asyncio

import pytest

from bot.domain.punches import DeliveryState
from bot.domain.reminders import Reminder, ReminderKind, ReminderState
from bot.errors import OperatorError, StoreRefused
from bot.storage import Store, open_store
from tests.builders import ON_TUESDAY, TUESDAY
from tests.faults.disks import file_size_limit
from tests.storage.stage import (
    NOON,
    SqliteStage,
    Stage,
    Stubborn,
    a_message,
    a_wish,
    delivery,
    punched,
    record,
)
from tests.waiting import until

SYNCED = "SELECT synchronous FROM pragma_synchronous"
FULL = 2  # https://www.sqlite.org/pragma.html#pragma_synchronous


@pytest.mark.parametrize(("fault", "held"), [("lost", None), ("there", True)])
async def test_a_refused_commit_is_read_back_after_reopening(
    stubborn: Stubborn, fault: str, held: bool | None
) -> None:
    store, disk = stubborn
    await store.people.load_changes(-1)
    opened = dict(disk.opened)
    disk.outcomes.append(fault)
    with pytest.raises(StoreRefused, match="disk I/O error"):
        await store.inbox.accept(a_message("m1"))
    assert await store.inbox.holds("m1", person="u1") is held
    await store.people.load_changes(-1)
    assert disk.opened == {kind: count + 1 for kind, count in opened.items()}, (
        "the reader reads the log anew"
    )
    assert await store.inbox.accept(a_message("m1")) is (held is None)


async def test_nothing_is_missing_until_another_commit_succeeds(
    stubborn: Stubborn,
) -> None:
    store, disk = stubborn
    disk.outcomes += ["lost", "lost"]
    with pytest.raises(StoreRefused):
        await store.inbox.accept(a_message("m1"))
    with pytest.raises(StoreRefused):
        await store.inbox.holds("m1", person="u1")
    assert await store.inbox.holds("m1", person="u1") is None


async def test_a_full_disk_refuses_and_recovers(sqlite_stage: SqliteStage) -> None:
    store = await sqlite_stage.open()
    await store.inbox.accept(a_message("lost"))
    # a full disk has no room for a first reader
    assert await store.inbox.holds("lost", person="u1")
    long = a_message("m1", text="x" * 200_000)
    with file_size_limit(sqlite_stage.log.stat().st_size + 4096):
        for _ in range(2):
            with pytest.raises(StoreRefused):
                await store.inbox.accept(long)
            assert await store.inbox.holds("m1", person="u1") is None
    assert await store.inbox.accept(long) is True
    assert await store.inbox.accept(a_message("lost")) is False


async def test_no_read_is_refused_for_a_write_without_room(sqlite_stage: SqliteStage) -> None:
    store = await sqlite_stage.open()
    await store.inbox.accept(a_message("m1"))
    assert await store.inbox.holds("m1", person="u1")
    with file_size_limit(sqlite_stage.log.stat().st_size + 4096):
        stored, held = await asyncio.gather(
            store.inbox.accept(a_message("m2", text="x" * 200_000)),
            store.inbox.holds("m1", person="u1"),
            return_exceptions=True,
        )
    assert isinstance(stored, StoreRefused)
    assert held is True, "both were in one transaction"


async def test_many_works_share_one_commit_and_its_refusal(stubborn: Stubborn) -> None:
    store, disk = stubborn
    commits = disk.commits
    await asyncio.gather(
        *(store.inbox.accept(a_message(f"m{number}", f"u{number}")) for number in range(400))
    )
    assert disk.commits - commits < 40
    disk.outcomes += ["lost"] * 1000
    wishes = [store.inbox.accept(a_message(f"n{number}")) for number in range(100)]
    outcomes = await asyncio.gather(*wishes, return_exceptions=True)
    disk.outcomes.clear()
    assert [type(outcome) for outcome in outcomes] == [StoreRefused] * 100
    assert await store.inbox.holds("n99") is None


async def test_a_commit_is_on_the_disk_before_it_is_confirmed(sqlite_stage: SqliteStage) -> None:
    store = await sqlite_stage.open()
    assert await store.database.write(lambda tx: tx.one(SYNCED)) == (FULL,)


async def test_a_hanging_commit_is_unknown_until_it_ends(
    stubborn: Stubborn, sqlite_stage: SqliteStage
) -> None:
    store, disk = stubborn
    disk.answers_within_s = 1.0
    disk.outcomes.append("hangs")
    for refused in (
        lambda: store.inbox.accept(a_message("m1")),
        lambda: store.inbox.holds("m1", person="u1"),
        store.database.beat,
    ):
        with pytest.raises(StoreRefused, match=r"does not answer|still under way"):
            await refused()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(store.close(), 0.1)
    with pytest.raises(OperatorError, match="in use by process"):
        await sqlite_stage.open("two")
    disk.go.set()
    await until(lambda: not store.database._writers[0].silent)
    await store.close()
    assert await (await sqlite_stage.open("three")).inbox.accept(a_message("m1")) is False


async def test_a_closed_store_refuses_and_can_be_closed_again(store: Store, stage: Stage) -> None:
    tasks = [
        asyncio.create_task(store.inbox.accept(a_message(f"m{number}"))) for number in range(50)
    ]
    await asyncio.sleep(0)
    await store.close()
    assert await asyncio.gather(*tasks) == [True] * 50, "what is queued is still written"
    await store.close()
    await open_store(stage.url, clock=stage.clock, owner="two").close()
    for wish in (
        store.database.beat(),
        store.inbox.accept(a_message("m1")),
        store.people.load_changes(-1),
    ):
        with pytest.raises(StoreRefused):
            await wish
    assert await (await stage.open("three")).inbox.holds("m49") is not None


# --- rows claimed by a refused COMMIT ---


async def test_a_delivery_claimed_by_a_refused_commit_is_read_back(
    stubborn: Stubborn, sqlite_stage: SqliteStage
) -> None:
    store, disk = stubborn
    punch = await punched(store, "m1")
    await store.deliveries.settle(delivery(punch), DeliveryState.ACCEPTED, next_at=NOON)
    disk.outcomes.append("there")
    with pytest.raises(StoreRefused):
        await store.deliveries.take_due(NOON, 10)
    await store.database.beat()
    assert await store.deliveries.take_due(sqlite_stage.clock.now(), 10) == []
    sqlite_stage.clock.move(11)
    (again,) = await store.deliveries.take_due(sqlite_stage.clock.now(), 10)
    assert again.state is DeliveryState.UNKNOWN, "it may have been sent under the old name"


async def test_a_punch_of_a_refused_commit_is_delivered(
    stubborn: Stubborn, sqlite_stage: SqliteStage
) -> None:
    store, disk = stubborn
    await store.inbox.accept(a_message("m1"))
    disk.outcomes.append("there")
    with pytest.raises(StoreRefused):
        await record(store, a_wish("m1"))
    assert (await store.ledger.of_message("m1")) is not None
    sqlite_stage.clock.move(11)
    assert len(await store.deliveries.take_due(sqlite_stage.clock.now(), 10)) == 1
    assert len(await store.receipts.take_due(sqlite_stage.clock.now(), 10)) == 1


def reminders(count: int) -> list[Reminder]:
    kind = ReminderKind.BEFORE
    return [
        Reminder(f"u{number:04}", kind, TUESDAY, "OnDuty/0", NOON, NOON) for number in range(count)
    ]


@pytest.mark.parametrize("fault", ["lost", "there"])
async def test_a_reminder_with_a_refused_begin_goes_once_or_never(
    stubborn: Stubborn, sqlite_stage: SqliteStage, fault: str
) -> None:
    store, disk = stubborn
    wanted = reminders(2)
    await store.reminders.claim(wanted)
    disk.outcomes.append(fault)
    with pytest.raises(StoreRefused):
        await store.reminders.begin(wanted[:1])
    sqlite_stage.clock.move(11)
    await store.database.beat()
    taken = await store.reminders.take_over()
    assert taken == (wanted if fault == "lost" else wanted[1:])
    assert await store.reminders.begin(wanted) == taken
    assert await store.reminders.begin(taken) == []


@pytest.mark.parametrize(
    ("fault", "state"), [("lost", ReminderState.UNKNOWN), ("there", ReminderState.SENT)]
)
async def test_a_reminder_with_a_refused_settling_goes_once(
    stubborn: Stubborn, sqlite_stage: SqliteStage, fault: str, state: ReminderState
) -> None:
    store, disk = stubborn
    wanted = reminders(1)
    await store.reminders.claim(wanted)
    await store.reminders.begin(wanted)
    disk.outcomes.append(fault)
    with pytest.raises(StoreRefused):
        await store.reminders.settle(wanted, ReminderState.SENT)
    sqlite_stage.clock.move(11)
    await store.database.beat()
    assert await store.reminders.take_over() == []
    [found] = await store.reminders.between(ON_TUESDAY)
    assert found.state is state
    await store.reminders.settle(wanted, ReminderState.SENT)
    [found] = await store.reminders.between(ON_TUESDAY)
    assert found.state is ReminderState.SENT
