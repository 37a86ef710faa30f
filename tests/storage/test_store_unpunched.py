"""A position that led to no punch: kept with its decision, seen by all processes, removed; on both databases."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.domain.datum import Datum
from bot.domain.flags import FlagKind
from bot.domain.punches import OUTSIDE_REFUSED, Phone, PunchSource, Refused
from bot.domain.sites import Fix, LocationResult, LocationSource, Whereabouts
from bot.domain.unpunched import COUNTS_FOR
from bot.services.ports import Recorded
from bot.services.upkeep.retention import purge
from bot.storage import SqlStore
from tests.storage.stage import NOON, Stage, a_wish, always, record

THERE = Fix(31.23, 121.47, 20.0, Datum.WGS84, LocationSource.BROWSER)
AWAY = Whereabouts(LocationResult.OUTSIDE, "HQ", 1_067_000.0, THERE)
HQ = Fix(39.908823, 116.39747, 500.0, Datum.GCJ02, LocationSource.NAMED)
AT_HQ = Whereabouts(LocationResult.NORMAL, "HQ", None, HQ)
KEEP = timedelta(days=60)


async def refused(store: SqlStore, message_id: str, who: str = "u1", at: datetime = NOON) -> Recorded:
    tap = replace(a_wish(message_id, who, at=at, where=AWAY), source=PunchSource.PAGE)
    return await record(store, tap, Refused(OUTSIDE_REFUSED))


async def named(
    store: SqlStore, message_id: str, who: str = "u1", after: timedelta = timedelta()
) -> list[FlagKind]:
    """Let somebody say that they are at HQ; return what is flagged of it."""
    stated = await record(store, a_wish(message_id, who, at=NOON + after, where=AT_HQ), always(None))
    assert stated.punch is not None
    flags = [flag.kind for flagged in await store.flags.take_due(NOON + KEEP, 10) for flag in flagged.flags]
    assert (stated.punch.note == "traffic") == (not flags)
    return flags


async def test_what_was_refused_flags_what_its_person_says_next_and_nobody_else(stage: Stage) -> None:
    store = await stage.open()
    assert (await refused(store, "m1")).punch is None
    assert await named(store, "m2", "u2") == []
    assert await named(store, "m3", after=timedelta(minutes=3)) == [FlagKind.UNREACHED]


async def test_one_punch_is_looked_at_by_it_and_the_next_by_that_punch(stage: Stage) -> None:
    store = await stage.open()
    await refused(store, "m1")
    assert await named(store, "m2", after=timedelta(hours=5)) == []
    assert (await store.stored_rows.held("u1"))["unpunched_fixes"].count == 0


async def test_a_punch_that_is_not_stored_forgets_nothing(stage: Stage) -> None:
    store = await stage.open()
    phone = Phone("a" * 64, known=False, others=0)
    await record(store, replace(a_wish("m0", "u2", at=NOON), phone=phone), always(None))
    await refused(store, "m1")
    of_another = replace(a_wish("m2", at=NOON, where=AT_HQ), phone=phone)
    assert (await record(store, of_another, always(None))).punch is None
    assert await named(store, "m3") == [FlagKind.UNREACHED]


async def test_it_outlives_a_crash_and_a_refusal_that_is_answered_again(stage: Stage) -> None:
    store = await stage.open()
    for _ in range(2):
        assert (await refused(store, "m1")).decision == Refused(OUTSIDE_REFUSED)
    await stage.crash()
    assert await named(await stage.open("two"), "m2") == [FlagKind.UNREACHED]


async def test_another_process_has_seen_it(postgresql_stage: Stage) -> None:
    here, there = await postgresql_stage.open("one"), await postgresql_stage.open("two")
    await refused(here, "m1")
    assert await named(there, "m2") == [FlagKind.UNREACHED]


@pytest.mark.parametrize(
    ("keep", "age", "is_kept"),
    [
        (KEEP, COUNTS_FOR - timedelta(minutes=1), True),
        (KEEP, COUNTS_FOR + timedelta(minutes=1), False),
        (timedelta(days=1), timedelta(hours=23), True),
        (timedelta(days=1), timedelta(hours=25), False),
        (timedelta(), timedelta(seconds=1), False),
    ],
)
async def test_retention_removes_it_and_earlier_than_positions_of_punches(
    stage: Stage, keep: timedelta, age: timedelta, is_kept: bool
) -> None:
    store = await stage.open()
    await refused(store, "m1", at=NOON)
    stage.clock.move(age.total_seconds())
    await purge(store.retention, stage.clock, keep=keep)
    assert ((await store.stored_rows.held("u1"))["unpunched_fixes"].count == 1) == is_kept
    assert await named(store, "m2") == ([FlagKind.UNREACHED] if is_kept else [])


async def test_who_asks_for_it_loses_theirs_alone(stage: Stage) -> None:
    store = await stage.open()
    for number, who in enumerate(("u1", "u2")):
        await refused(store, f"m{number}", who)
    assert await store.retention.forget_positions_of("u1") == 1
    held = [(await store.stored_rows.held(who))["unpunched_fixes"].count for who in ("u1", "u2")]
    assert held == [0, 1]
