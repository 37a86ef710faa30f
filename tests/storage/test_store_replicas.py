"""Several processes on one PostgreSQL: each work once, one person's messages in order."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from threading import Event

import psycopg
import pytest

from bot.domain.messages import Message, MessageKind
from bot.domain.punches import AlreadyPunched, DeliveryState
from bot.errors import StoreRefused
from bot.storage import Store, open_store
from bot.storage.engine import Tx
from bot.storage.inbox import press_id
from tests.builders import ON_TUESDAY
from tests.storage.stage import (
    NOON,
    HandClock,
    PostgresqlStage,
    a_message,
    a_wish,
    always,
    punched,
    record,
)


async def both(stage: PostgresqlStage) -> tuple[Store, Store]:
    return await stage.open("one"), await stage.open("two")


def ids(messages: object) -> list[str]:
    assert isinstance(messages, list)
    return [message.message_id for message in messages]


async def test_a_message_at_two_processes_is_new_to_one(postgresql_stage: PostgresqlStage) -> None:
    one, two = await both(postgresql_stage)
    messages = [a_message(f"m{number}", f"u{number}") for number in range(100)]
    results = await asyncio.gather(
        *(one.inbox.accept(message) for message in messages),
        *(two.inbox.accept(message) for message in messages),
    )
    for first, second in zip(results[:100], results[100:], strict=True):
        assert {first, second} == {True, False}


async def test_a_press_at_two_processes_is_neither_doubled_nor_lost(
    postgresql_stage: PostgresqlStage,
) -> None:
    stores = await both(postgresql_stage)

    def press(seconds: int) -> Message:
        at = NOON + timedelta(seconds=seconds)
        return replace(
            a_message(press_id("card/u1/b1", at)),
            kind=MessageKind.PRESS,
            sent_at=at,
            received_at=at,
        )

    async def stored(*seconds: int) -> list[int]:
        """Deliver presses to both processes; return those that are stored as new messages."""
        await asyncio.gather(*(store.inbox.accept(press(at)) for at in seconds for store in stores))
        return [
            at for at in seconds if await stores[0].inbox.holds(press(at).message_id) is not None
        ]

    assert len(await stored(0, 1, 2)) == 1, "a frame that comes again may have a later time"
    assert await stored(400) == [400]
    assert await stored(-400) == [-400], "the frame of an earlier press may come late"
    assert await stored(-330) == []


async def test_a_second_message_follows_the_first(postgresql_stage: PostgresqlStage) -> None:
    one, two = await both(postgresql_stage)
    assert await one.inbox.accept(a_message("m1")) is True
    assert await two.inbox.accept(a_message("m2")) is False
    assert await two.inbox.take_over(10) == []
    assert ids(await one.inbox.take_over(10)) == ["m2"]
    assert await one.inbox.take_over(10) == []
    assert await two.inbox.accept(a_message("other", "u2")) is True


async def test_a_later_message_waits_for_the_process_of_the_earlier(
    postgresql_stage: PostgresqlStage,
) -> None:
    one, two = await both(postgresql_stage)
    await one.inbox.accept(a_message("m1"))
    await two.inbox.accept(a_message("m2"))
    await one.inbox.take_over(10)
    await one.inbox.release("m2", NOON)
    assert await two.inbox.take_over(10) == [], "m1 is still in the other's hands"
    await one.inbox.finish("m1")
    assert ids(await two.inbox.take_over(10)) == ["m2"]


async def test_only_a_living_process_keeps_its_claims(
    postgresql_stage: PostgresqlStage,
) -> None:
    one, two = await both(postgresql_stage)
    await one.inbox.accept(a_message("m1"))
    punch = await punched(one, "m0", "u2")
    for _ in range(3):
        postgresql_stage.clock.move(9)
        await one.database.beat()
        await two.database.beat()
        assert await two.inbox.take_over(10) == []
        assert await two.deliveries.take_due(postgresql_stage.clock.now(), 10) == []
        assert await two.receipts.take_due(postgresql_stage.clock.now(), 10) == []
    postgresql_stage.clock.move(9)
    await two.database.beat()
    postgresql_stage.clock.move(1.1)
    now = postgresql_stage.clock.now()
    assert ids(await two.inbox.take_over(10)) == ["m1"]
    [found] = await two.deliveries.take_due(now, 10)
    assert (found.punch.punch_id, found.state) == (punch.punch_id, DeliveryState.UNKNOWN)
    assert len(await two.receipts.take_due(now, 10)) == 1


async def test_two_processes_take_over_each_row_once(
    postgresql_stage: PostgresqlStage,
) -> None:
    dead = await postgresql_stage.open("dead")
    for number in range(30):
        await dead.inbox.accept(a_message(f"open{number:02}", f"w{number % 5}"))
        await punched(dead, f"m{number}", f"u{number}")
    await postgresql_stage.crash()
    one, two = await both(postgresql_stage)
    now = postgresql_stage.clock.now()
    taken = await asyncio.gather(
        *(store.inbox.take_over(2) for _ in range(15) for store in (one, two))
    )
    deliveries = await asyncio.gather(
        *(store.deliveries.take_due(now, 4) for _ in range(10) for store in (one, two))
    )
    receipts = await asyncio.gather(
        *(store.receipts.take_due(now, 4) for _ in range(10) for store in (one, two))
    )
    hands: dict[str, list[tuple[int, str]]] = {}
    for turn, batch in enumerate(taken):
        for message in batch:
            hands.setdefault(message.sender.key, []).append((turn % 2, message.message_id))
    assert sum(len(taken) for taken in hands.values()) == 30
    for took in hands.values():
        assert len({store for store, _ in took}) == 1, "one person's messages stay together"
        assert took == sorted(took), "and in order"
    owed = [found.punch.message_id for batch in deliveries for found in batch]
    told = [found.punch.message_id for batch in receipts for found in batch]
    assert sorted(owed) == sorted(told) == sorted(f"m{number}" for number in range(30))


async def test_a_punch_recorded_by_two_processes_is_one(postgresql_stage: PostgresqlStage) -> None:
    one, two = await both(postgresql_stage)
    results = await asyncio.gather(
        *(
            record(store, a_wish(f"m{number}", f"u{number}"), always(None))
            for number in range(30)
            for store in (one, two)
        )
    )
    for first, second in zip(results[::2], results[1::2], strict=True):
        assert {first.fresh, second.fresh} == {True, False}
        assert first.punch == second.punch


async def test_two_processes_cannot_both_fill_a_check(postgresql_stage: PostgresqlStage) -> None:
    one, two = await both(postgresql_stage)
    results = await asyncio.gather(
        *(
            record(store, a_wish(f"{name}{number}"))
            for number in range(10)
            for name, store in (("a", one), ("b", two))
        )
    )
    [punch] = [result.punch for result in results if result.punch]
    assert sum(result.decision == AlreadyPunched(punch) for result in results) == 19
    assert len(await two.ledger.punches("u1", ON_TUESDAY)) == 1


@pytest.mark.parametrize("ahead_s", [3600, -3600])
async def test_different_clocks_do_not_change_claims(
    postgresql_stage: PostgresqlStage, ahead_s: float
) -> None:
    one = await postgresql_stage.open("one")
    clock = HandClock()
    clock.move(ahead_s)
    two = open_store(postgresql_stage.url, clock=clock, owner="two")
    postgresql_stage.adopt(two)
    await two.open()
    punch = await punched(one, "m0", "u2")
    await one.inbox.accept(a_message("m1"))
    for _ in range(2):
        assert await two.inbox.take_over(10) == []
        assert await two.deliveries.take_due(punch.punched_at + timedelta(days=2), 10) == []
        await one.database.beat()
        await two.database.beat()
    postgresql_stage.clock.move(10.1)
    await two.database.beat()
    assert ids(await two.inbox.take_over(10)) == ["m1"]
    [found] = await two.deliveries.take_due(punch.punched_at + timedelta(days=2), 10)
    assert found.state is DeliveryState.UNKNOWN


def full(tx: Tx) -> None:
    """Fail like a server with a full disk."""
    raise psycopg.errors.DiskFull("no space left on device")


async def a_refused_claim(store: Store) -> None:
    """Refuse a claim of `store`, so that it takes a new name."""
    former = store.database.owner
    with pytest.raises(StoreRefused):
        await store.database.claim(full)
    assert store.database.owner != former


async def test_an_old_claim_is_no_claim_of_the_new_name(postgresql_stage: PostgresqlStage) -> None:
    one, two = await both(postgresql_stage)
    begun, go = Event(), Event()

    def slow(tx: Tx) -> None:
        begun.set()
        go.wait(10)

    earlier = asyncio.create_task(one.database.claim(slow))  # on another connection
    await asyncio.to_thread(begun.wait, 10)
    await a_refused_claim(one)
    go.set()
    await earlier
    assert await one.inbox.accept(a_message("m1")) is True
    assert await two.inbox.take_over(10) == [], "it is in the hands of a process that lives"
