"""What a message asks for is stored only by the process that has it: others may have answered it since."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from threading import Event

import pytest

from bot.domain.absences import Excuse
from bot.domain.corrections import CorrectionState, Missing
from bot.domain.digests import DigestKind
from bot.domain.punches import Punch
from bot.domain.reminders import Reminder, ReminderKind, Wishes
from bot.errors import ClaimLost, StoreRefused
from bot.storage import Store
from bot.storage.links import Link
from bot.storage.presses import carrying_out
from tests.builders import TUESDAY
from tests.storage.stage import LATER, NOON, PostgresqlStage, Stage, a_message
from tests.storage.stubborn_disk import Stubborn
from tests.storage.test_store_corrections import SIGNED, TO_ASKER, a_request

ASKED = a_request("AAAAAA")
NUDGE = Reminder("u2", TUESDAY, "OnDuty/0", "nudge", ReminderKind.NUDGE, NOON, NOON)
LINK = Link("u1", "m1", "en", None, None, None, NOON, NOON, NOON, LATER)
Doing = Callable[[Store], Awaitable[object]]


def mute(store: Store) -> Awaitable[Wishes]:
    return store.wishes.change("u1", lambda old: Wishes("u1", is_muted=True))


def ask(store: Store) -> Awaitable[object]:
    return store.corrections.ask("u1", "m1", [TUESDAY], lambda *found: Missing(TUESDAY, ()), told=[])


def approve(store: Store) -> Awaitable[object]:
    def make(punch_id: str, punches: Sequence[Punch]) -> Punch:
        raise AssertionError("it is not even decided")

    return store.corrections.approve(ASKED, "lead", make, targets=SIGNED, address=TO_ASKER)


WORDS: dict[str, Doing] = {
    "a wish of reminders": mute,
    "a wish of digests": lambda store: store.digests.change("u1", lambda old: frozenset(DigestKind)),
    "an excuse": lambda store: store.excuses.put(Excuse("u2", TUESDAY, "u1", "doctor", NOON)),
    "a make-up request": ask,
    "its approval": approve,
    "its end": lambda store: store.corrections.close(ASKED, CorrectionState.WITHDRAWN, "u1"),
    "a nudge": lambda store: store.nudge_trace.claim("u1", NUDGE),
    "a link": lambda store: store.links.put(LINK, "a" * 64),
}


@pytest.mark.parametrize("word", WORDS)
async def test_a_message_that_was_answered_changes_nothing_any_more(stage: Stage, word: str) -> None:
    store = await stage.open()
    await store.inbox.accept(a_message("m1"))
    await store.inbox.finish("m1")
    with carrying_out("m1"), pytest.raises(ClaimLost):
        await WORDS[word](store)


async def test_while_the_message_is_in_hand_it_is_done_and_what_no_message_asks_for_always(stage: Stage) -> None:
    store = await stage.open()
    await store.inbox.accept(a_message("m1"))
    with carrying_out("m1"):
        for word in ("a wish of reminders", "a wish of digests", "an excuse"):
            await WORDS[word](store)
    assert (await store.wishes.get("u1")).is_muted
    assert await store.excuses.last("u2", TUESDAY) is not None
    await store.inbox.finish("m1")
    await store.wishes.change("u1", lambda old: Wishes("u1"))
    assert not (await store.wishes.get("u1")).is_muted


async def test_what_another_took_over_is_not_undone_by_whoever_had_it_before(
    postgresql_stage: PostgresqlStage,
) -> None:
    one, two = await postgresql_stage.open("one"), await postgresql_stage.open("two")
    await one.inbox.accept(a_message("m1"))
    postgresql_stage.clock.move(10.1)
    await two.beat()
    assert [message.message_id for message in await two.inbox.take_over(10)] == ["m1"]
    await one.beat()  # alive again, under the same name
    with carrying_out("m1"):
        with pytest.raises(ClaimLost):
            await mute(one)
        await mute(two)
    await two.inbox.finish("m1")
    await two.wishes.change("u1", lambda old: Wishes("u1"))
    with carrying_out("m1"), pytest.raises(ClaimLost):
        await mute(one)
    assert await one.wishes.get("u1") == Wishes("u1")


async def test_the_link_that_another_gave_out_outlives_the_one_of_whoever_had_the_message_before(
    postgresql_stage: PostgresqlStage,
) -> None:
    one, two = await postgresql_stage.open("one"), await postgresql_stage.open("two")
    await one.inbox.accept(a_message("m1"))
    postgresql_stage.clock.move(10.1)
    await two.beat()
    assert len(await two.inbox.take_over(10)) == 1
    await one.beat()
    with carrying_out("m1"):
        assert await two.links.put(LINK, "b" * 64)
        await two.inbox.finish("m1")
        with pytest.raises(ClaimLost):
            await one.links.put(LINK, "a" * 64)
    assert await two.links.owner("b" * 64) == "u1"
    assert await one.links.owner("a" * 64) is None


async def test_nobody_takes_a_message_over_while_what_it_asks_for_is_being_stored(
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
    async with asyncio.timeout(60):
        await storing.wait()
    postgresql_stage.clock.move(10.1)
    await two.beat()
    assert await two.inbox.take_over(10) == []
    taken.set()
    await changing
    assert len(await two.inbox.take_over(10)) == 1


async def test_a_message_claimed_under_a_former_name_is_still_ours(stubborn: Stubborn) -> None:
    store, disk = stubborn
    await store.inbox.accept(a_message("m1"))
    disk.faults.append("before")
    with pytest.raises(StoreRefused):
        await store.inbox.accept(a_message("m2", "u2"))
    with carrying_out("m1"):
        assert (await mute(store)).is_muted
