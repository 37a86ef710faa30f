"""Wishes on both databases. Only the process that has a message may store its change."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import time, timedelta
from threading import Event

import pytest

from bot.domain.absences import Excuse
from bot.domain.corrections import CorrectionState, Obstacle
from bot.domain.punches import Punch
from bot.domain.quiet import Hours, quiet_days, quiet_hours
from bot.domain.reminders import Reminder, ReminderKind, Wishes
from bot.domain.slots import Days
from bot.errors import ClaimLost, StoreRefused
from bot.storage import Store
from bot.storage.database import carrying_out
from tests.builders import TUESDAY
from tests.storage.stage import NOON, PostgresqlStage, Stubborn, a_message
from tests.storage.test_store_corrections import a_request
from tests.waiting import LONGEST_S

WEDNESDAY = TUESDAY + timedelta(days=1)
ASKED = a_request("AAAAAA")
NUDGE = Reminder("u2", ReminderKind.NUDGE, TUESDAY, "OnDuty/0", NOON, NOON, asked_by="u1")


async def put(store: Store, wishes: Wishes) -> None:
    await store.wishes.change(wishes.user_id, lambda _: wishes)


def mute(store: Store) -> Awaitable[Wishes]:
    return store.wishes.change("u1", lambda old: Wishes("u1", is_muted=True))


async def test_wishes_are_stored_with_all_fields(store: Store) -> None:
    later = NOON + timedelta(minutes=10)
    quiet = (quiet_days(Days(TUESDAY, WEDNESDAY)), quiet_hours(WEDNESDAY, Hours(time(9), time(12))))
    wishes = Wishes(
        user_id="小明",
        language="zh",
        language_at=NOON,
        before_minutes=15,
        is_muted=True,
        quiet=quiet,
        snoozed_until=later,
        digest=True,
    )
    await put(store, wishes)
    assert await store.wishes.get("小明") == wishes
    assert await store.wishes.get("u2") == Wishes("u2")


async def test_two_changes_at_once_are_both_kept(store: Store) -> None:
    await asyncio.gather(
        store.wishes.change("u1", lambda old: replace(old, language="en")),
        store.wishes.change("u1", lambda old: replace(old, before_minutes=15)),
    )
    assert await store.wishes.get("u1") == Wishes("u1", "en", before_minutes=15)


async def test_only_changed_wishes_are_returned(store: Store) -> None:
    assert await store.wishes.load_changes(0) == ([], 0)
    await put(store, Wishes("u1", "zh"))
    await put(store, Wishes("u2", "en"))
    found, number = await store.wishes.load_changes(0)
    assert found == [Wishes("u1", "zh"), Wishes("u2", "en")]
    await put(store, Wishes("u2", "en"))
    assert await store.wishes.load_changes(number) == ([], number), "it changed nothing"
    await put(store, Wishes("u1", "zh", is_muted=True))
    found, newest = await store.wishes.load_changes(number)
    assert found == [Wishes("u1", "zh", is_muted=True)]
    assert await store.wishes.load_changes(0) == (
        [Wishes("u2", "en"), Wishes("u1", "zh", is_muted=True)],
        newest,
    )


# --- changes by a message that another process may have answered ---


def ask(store: Store) -> Awaitable[object]:
    return store.corrections.ask(
        "u1", "m1", lambda earlier: Obstacle("what"), reason="", now=NOON, deciders=[]
    )


def approve(store: Store) -> Awaitable[object]:
    def make(punch_id: str, punches: Sequence[Punch]) -> Punch:
        raise AssertionError("it is not even decided")

    return store.corrections.approve(ASKED, "lead", make, targets=["signed"], language="zh")


WORDS: dict[str, Callable[[Store], Awaitable[object]]] = {
    "a wish": mute,
    "an excuse": lambda store: store.excuses.store(Excuse("u2", TUESDAY, "u1", "doctor", NOON)),
    "a make-up request": ask,
    "its approval": approve,
    "its end": lambda store: store.corrections.close(ASKED, CorrectionState.WITHDRAWN, "u1"),
    "a nudge": lambda store: store.reminders.claim([NUDGE]),
}


@pytest.mark.parametrize("word", WORDS)
async def test_an_answered_message_changes_nothing(store: Store, word: str) -> None:
    await store.inbox.accept(a_message("m1"))
    await store.inbox.finish("m1")
    with carrying_out("m1"), pytest.raises(ClaimLost):
        await WORDS[word](store)


async def test_a_former_process_cannot_undo_a_change(
    postgresql_stage: PostgresqlStage,
) -> None:
    one, two = await postgresql_stage.open("one"), await postgresql_stage.open("two")
    await one.inbox.accept(a_message("m1"))
    postgresql_stage.clock.move(10.1)
    await two.database.beat()
    assert [message.message_id for message in await two.inbox.take_over(10)] == ["m1"]
    await one.database.beat()  # alive again with the same name
    with carrying_out("m1"):
        with pytest.raises(ClaimLost):
            await mute(one)
        await mute(two)
    await two.inbox.finish("m1")
    await put(two, Wishes("u1"))
    with carrying_out("m1"), pytest.raises(ClaimLost):
        await mute(one)
    assert await one.wishes.get("u1") == Wishes("u1")


async def test_a_message_stays_claimed_during_its_change(
    postgresql_stage: PostgresqlStage,
) -> None:
    one, two = await postgresql_stage.open("one"), await postgresql_stage.open("two")
    await one.inbox.accept(a_message("m1"))
    storing, taken = asyncio.Event(), Event()
    loop = asyncio.get_running_loop()

    def slowly(old: Wishes) -> Wishes:
        loop.call_soon_threadsafe(storing.set)
        assert taken.wait(60)
        return Wishes("u1", is_muted=True)

    with carrying_out("m1"):
        changing = asyncio.create_task(one.wishes.change("u1", slowly))
    async with asyncio.timeout(LONGEST_S):
        await storing.wait()
    postgresql_stage.clock.move(10.1)
    await two.database.beat()
    assert await two.inbox.take_over(10) == []
    taken.set()
    await changing
    assert len(await two.inbox.take_over(10)) == 1


async def test_a_claim_under_a_former_name_still_holds(stubborn: Stubborn) -> None:
    store, disk = stubborn
    await store.inbox.accept(a_message("m1"))
    disk.outcomes.append("lost")
    with pytest.raises(StoreRefused):
        await store.inbox.accept(a_message("m2", "u2"))
    with carrying_out("m1"):
        assert (await mute(store)).is_muted
