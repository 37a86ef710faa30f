"""The position notice and flags on both databases: noted once, told until they are told."""

from dataclasses import replace
from datetime import timedelta

from tests.storage.stage import Stage, a_wish, always, record


async def test_a_notice_is_noted_once_with_its_first_moment(stage: Stage) -> None:
    store = await stage.open()
    assert not await store.position_notices.is_told("u1")
    await store.position_notices.note("u1")
    told = (await store.stored_rows.held("u1"))["position_notices"]
    stage.clock.move(86_400)
    await store.position_notices.note("u1")
    assert (await store.stored_rows.held("u1"))["position_notices"] == told
    assert await store.position_notices.is_told("u1")
    assert not await store.position_notices.is_told("u2")


async def test_a_flag_is_owed_with_its_punch_and_taken_over_after_a_crash(stage: Stage) -> None:
    store = await stage.open()
    recorded = await record(store, replace(a_wish("m1"), flagged=True), always())
    await record(store, a_wish("m2", "u2"), always(None))
    (flagged,) = await store.flags.take_due(stage.clock.now(), 10)
    assert flagged.punch == recorded.punch
    assert list(await store.flags.take_due(stage.clock.now(), 10)) == []
    await stage.crash()
    again = await stage.open("two")
    (flagged,) = await again.flags.take_due(stage.clock.now(), 10)
    await again.flags.postpone([flagged], stage.clock.now() + timedelta(seconds=30))
    assert list(await again.flags.take_due(stage.clock.now(), 10)) == []
    stage.clock.move(31)
    (flagged,) = await again.flags.take_due(stage.clock.now(), 10)
    assert flagged.tries == 1
    await again.flags.told([flagged])
    stage.clock.move(4000)
    assert list(await again.flags.take_due(stage.clock.now(), 10)) == []
