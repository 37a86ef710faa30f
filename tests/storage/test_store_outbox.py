"""The outbox on both databases: each row once, in the hands of one process at a time, until it is told."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.outbox import Kind, Owed
from tests.storage.stage import NOON, Stage

LAMP = [Owed(Kind.ALERT, "lamp", who, ["Alert", "The lamp is out."]) for who in ("admin1", "admin2")]
EARLIER = NOON - timedelta(hours=12)


async def test_a_row_is_taken_by_one_process_and_told_once(stage: Stage) -> None:
    store = await stage.open()
    await store.alerts.raise_anew(LAMP, EARLIER)
    taken = await store.alerts.take_due(NOON, 10)
    assert sorted(taken, key=lambda one: one.recipient) == LAMP
    assert list(await store.alerts.take_due(NOON, 10)) == []
    await store.alerts.told(taken)
    stage.clock.move(4000)
    assert list(await store.alerts.take_due(stage.clock.now(), 10)) == []


async def test_what_is_postponed_comes_again_then_and_counts_its_tries(stage: Stage) -> None:
    store = await stage.open()
    await store.alerts.raise_anew(LAMP[:1], EARLIER)
    await store.alerts.postpone(await store.alerts.take_due(NOON, 10), NOON + timedelta(seconds=30))
    assert list(await store.alerts.take_due(NOON + timedelta(seconds=29), 10)) == []
    stage.clock.move(31)
    again = await store.alerts.take_due(stage.clock.now(), 10)
    assert list(again) == [replace(LAMP[0], tries=1)]
    await store.alerts.told(again)
    await store.alerts.postpone(again, NOON)  # as somebody who comes too late
    assert list(await store.alerts.take_due(stage.clock.now(), 10)) == []


async def test_what_a_dead_process_had_comes_again(stage: Stage) -> None:
    store = await stage.open()
    await store.alerts.raise_anew(LAMP, EARLIER)
    assert len(await store.alerts.take_due(NOON, 1)) == 1
    await stage.crash()
    again = await stage.open("two")
    assert len(await again.alerts.take_due(stage.clock.now(), 10)) == 2


@pytest.mark.parametrize("stage", ["postgresql"], indirect=True)  # SQLite: one process
async def test_two_living_processes_share_the_rows(stage: Stage) -> None:
    store, other = await stage.open(), await stage.open("two")
    await store.alerts.raise_anew(LAMP, EARLIER)
    taken = [await one.alerts.take_due(NOON, 1) for one in (store, other, store)]
    assert [len(some) for some in taken] == [1, 1, 0]
    assert {one.recipient for some in taken for one in some} == {"admin1", "admin2"}


async def test_a_row_that_a_clock_ahead_made_due_late_is_due_at_once(stage: Stage) -> None:
    store = await stage.open()
    await store.alerts.raise_anew(LAMP[:1], EARLIER)
    await store.alerts.postpone(await store.alerts.take_due(NOON, 1), NOON + timedelta(days=300))
    assert len(await store.alerts.take_due(NOON, 1)) == 1


async def test_each_kind_has_its_own_rows(stage: Stage) -> None:
    store = await stage.open()
    await store.alerts.raise_anew(LAMP, EARLIER)
    assert list(await store.notes.take_due(NOON, 10)) == []
    assert list(await store.flags.take_due(NOON, 10)) == []


async def test_an_alert_is_raised_again_only_where_the_one_before_is_older(stage: Stage) -> None:
    store = await stage.open()
    await store.alerts.raise_anew(LAMP, EARLIER)
    await store.alerts.told(await store.alerts.take_due(NOON, 10))
    stage.clock.move(60)
    await store.alerts.raise_anew(LAMP, NOON)  # by a process that began again, or another one
    assert list(await store.alerts.take_due(stage.clock.now(), 10)) == []
    other = [replace(one, payload=["Alert", "The lamp is out again."]) for one in LAMP]
    await store.alerts.raise_anew(other, stage.clock.now() - timedelta(seconds=1))  # it had ended meanwhile
    again = await store.alerts.take_due(stage.clock.now(), 10)
    assert sorted(again, key=lambda one: one.recipient) == other
