"""Links, notices and flags on both databases: bound once, used with the punch, told until they are told."""

from dataclasses import replace
from datetime import timedelta

from bot.domain.flags import Flag, FlagKind
from bot.domain.punches import PunchSource
from bot.domain.shifts import CheckType
from bot.services.ports import Link
from tests.storage.stage import NOON, Stage, a_wish, always, record

TOKEN, DEVICE, OTHER = "t" * 64, "d" * 64, "e" * 64
LINK = Link("u1", "m1", "en", CheckType.ON_DUTY, "HQ", None, NOON, NOON, NOON, NOON + timedelta(minutes=5))
OUTSIDE = Flag(FlagKind.OUTSIDE, said="a client")


async def test_a_link_belongs_to_the_first_device_and_to_its_person(stage: Stage) -> None:
    store = await stage.open()
    await store.links.put(LINK, TOKEN)
    assert await store.links.open("x" * 64, DEVICE, None) is None
    assert await store.links.open(TOKEN, OTHER, "u2") is None  # and binds no device
    assert await store.links.open(TOKEN, DEVICE, "u1") == LINK
    assert await store.links.open(TOKEN, DEVICE, None) == LINK
    assert await store.links.open(TOKEN, OTHER, None) is None


async def test_a_link_ends_with_its_time_and_with_the_next_one(stage: Stage) -> None:
    store = await stage.open()
    await store.links.put(LINK, TOKEN)
    await store.links.put(replace(LINK, message_id="m2"), "n" * 64)
    assert await store.links.open(TOKEN, DEVICE, None) is None
    stage.clock.move(299)
    assert await store.links.open("n" * 64, DEVICE, None) is not None
    stage.clock.move(2)
    assert await store.links.open("n" * 64, DEVICE, None) is None


async def test_a_link_is_used_with_its_punch_and_its_message_makes_no_new_one(stage: Stage) -> None:
    store = await stage.open()
    await store.links.put(LINK, TOKEN)
    assert (await record(store, replace(a_wish("m1"), source=PunchSource.PAGE))).fresh
    assert await store.links.open(TOKEN, DEVICE, None) == replace(LINK, used=True)
    await store.links.put(LINK, "n" * 64)  # the message is answered once more after a crash
    assert await store.links.open("n" * 64, DEVICE, None) is None
    assert not (await record(store, replace(a_wish("m1"), source=PunchSource.PAGE))).fresh


async def test_a_notice_is_given_once(stage: Stage) -> None:
    store = await stage.open()
    assert not await store.links.noticed("u1")
    await store.links.notice("u1")
    await store.links.notice("u1")
    assert await store.links.noticed("u1")
    assert not await store.links.noticed("u2")


async def test_a_flag_is_owed_with_its_punch_and_taken_over_after_a_crash(stage: Stage) -> None:
    store = await stage.open()
    recorded = await record(store, a_wish("m1"), replace(always(), flags=(OUTSIDE,)))
    await record(store, a_wish("m2", "u2"), always(None))
    (flagged,) = await store.flags.take_due(stage.clock.now(), 10)
    assert (flagged.punch, flagged.flags) == (recorded.punch, (OUTSIDE,))
    assert list(await store.flags.take_due(stage.clock.now(), 10)) == []
    await stage.crash()
    again = await stage.open("two")
    (flagged,) = await again.flags.take_due(stage.clock.now(), 10)
    await again.flags.postpone(flagged.punch.punch_id, stage.clock.now() + timedelta(seconds=30))
    assert list(await again.flags.take_due(stage.clock.now(), 10)) == []
    stage.clock.move(31)
    (flagged,) = await again.flags.take_due(stage.clock.now(), 10)
    assert flagged.tries == 1
    await again.flags.told(flagged.punch.punch_id)
    stage.clock.move(4000)
    assert list(await again.flags.take_due(stage.clock.now(), 10)) == []
