"""What summaries read of named people's days, on both databases."""

import sqlite3
from contextlib import closing
from datetime import timedelta

from bot.domain.absences import Absence, AbsenceSource
from bot.domain.punches import DeliveryState
from bot.domain.reconciling import AttendanceRecord
from bot.domain.shifts import CheckType, DayPlan
from bot.domain.sites import LocationResult
from bot.storage.statements import listing
from bot.storage.summaries import PUNCHES_OF_DAY, KnownDays
from tests.builders import TUESDAY, a_plan, a_shift
from tests.storage.stage import LATER, NOON, SqliteStage, Stage, delivery, punched, punches_known

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


async def test_only_the_named_peoples_punches_are_read(stage: Stage) -> None:
    store = await stage.open()
    for number, person in enumerate(("u1", "u2", "u3")):
        await punched(store, f"m{number}", person)
    found = await punches_known(store, ["u1", "u3", "nobody"])
    assert sorted(found) == ["u1", "u3"]
    assert (found["u1"][0].at, found["u1"][0].check_type, found["u1"][0].work_date) == (
        NOON,
        CheckType.ON_DUTY,
        TUESDAY,
    )
    assert await punches_known(store, []) == {}
    assert await punches_known(store, ["u1"], TUESDAY + DAY) == {}


async def test_one_day_is_read_by_the_index_of_days(sqlite_stage: SqliteStage) -> None:
    await sqlite_stage.open()
    form = PUNCHES_OF_DAY["sqlite"]
    params = {**form.constants, "first": "2026-11-24", **listing("user_ids", [("u1",)])}
    with closing(sqlite3.connect(sqlite_stage.file)) as database:
        steps = [step for *_, step in database.execute(f"EXPLAIN QUERY PLAN {form.text}", params)]
    assert steps[0] == "SEARCH punches USING INDEX punches_of_day (work_date=? AND user_id=?)"


async def test_a_punch_is_pending_until_a_target_took_it_and_gone_once_all_rejected_it(stage: Stage) -> None:
    store = await stage.open()
    punch = await punched(store, "m1", "u1", "signed", "record_upload")
    assert (await punches_known(store, ["u1"]))["u1"][0].pending
    await store.deliveries.settle(delivery(punch, "signed"), DeliveryState.SENT)
    assert not (await punches_known(store, ["u1"]))["u1"][0].pending
    other = await punched(store, "m2", "u2", "signed", "record_upload")
    for target in ("signed", "record_upload"):
        assert "u2" in await punches_known(store, ["u2"])
        await store.deliveries.settle(delivery(other, target), DeliveryState.REJECTED, reason="no")
    assert await punches_known(store, ["u2"]) == {}


async def test_a_stored_plan_is_not_replaced_by_what_is_read_later(stage: Stage) -> None:
    store = await stage.open()
    await store.plans.put({"u1": [a_plan()]}, NOON)
    later = a_plan(a_shift(("13:00", "22:00")))
    await store.days.add_plans({"u1": [later, DayPlan(TUESDAY + DAY)], "u2": [later]}, LATER)
    found = await store.days.plans(["u1", "u2"], TUESDAY, TUESDAY + DAY)
    assert found == {"u1": {TUESDAY: a_plan(), TUESDAY + DAY: DayPlan(TUESDAY + DAY)}, "u2": {TUESDAY: later}}
    assert list(await store.days.plans(["u2"], TUESDAY, TUESDAY)) == ["u2"]


async def test_up_to_when_a_day_was_read_only_grows(stage: Stage) -> None:
    store = await stage.open()
    await store.days.note_read(["u1", "u2"], TUESDAY, TUESDAY + DAY, NOON + HOUR)
    await store.days.note_read(["u1"], TUESDAY, TUESDAY, NOON)
    assert await store.days.read_until(["u1"], TUESDAY, TUESDAY) == {"u1": {TUESDAY: NOON + HOUR}}
    await store.days.note_read(["u1"], TUESDAY, TUESDAY, NOON + 2 * HOUR)
    assert (await store.days.read_until(["u1"], TUESDAY, TUESDAY))["u1"][TUESDAY] == NOON + 2 * HOUR
    await store.days.forget(TUESDAY + DAY)
    assert await store.days.read_until(["u1", "u2"], TUESDAY, TUESDAY + DAY) == {
        "u1": {TUESDAY + DAY: NOON + HOUR},
        "u2": {TUESDAY + DAY: NOON + HOUR},
    }


async def test_absences_are_read_also_those_that_wait(stage: Stage) -> None:
    store = await stage.open()
    leave = Absence("u1", NOON, NOON + HOUR, "a", source=AbsenceSource.EVENT)
    asked = Absence("u1", NOON, NOON + HOUR, "b", pending=True, source=AbsenceSource.EVENT)
    for one in (leave, asked, Absence("u2", NOON, NOON + HOUR, "c", source=AbsenceSource.EVENT)):
        await store.absences.note(one)
    known = await store.days.known(["u1"], TUESDAY, TUESDAY, NOON, NOON)
    assert known == KnownDays({}, {}, {"u1": [leave, asked]})
    assert (await store.days.known(["u1"], TUESDAY, TUESDAY, NOON + 2 * HOUR, LATER)).absences == {}


async def test_what_a_reading_tells_of_a_punch_past_the_bot_is_kept_with_it(stage: Stage) -> None:
    store = await stage.open()
    await store.native_punches.note([("u1", NOON), ("u1", NOON + HOUR), ("u2", NOON)])
    told = AttendanceRecord(
        "u1", NOON, check_type=CheckType.ON_DUTY, planned_at=NOON - HOUR, location=LocationResult.OUTSIDE
    )
    await store.native_punches.keep([told, AttendanceRecord("u1", NOON + HOUR, "not in the window")])
    await store.native_punches.note([("u1", NOON)])  # the event once more changes nothing
    known = await store.days.known(["u1"], TUESDAY, TUESDAY, NOON - HOUR, NOON + 2 * HOUR)
    assert (list(known.native), known.punches, known.absences) == (["u1"], {}, {})
    (seen,) = known.native["u1"]
    assert (seen.at, seen.check_type, seen.due_at) == (NOON, CheckType.ON_DUTY, NOON - HOUR)
    assert seen.where.result is LocationResult.OUTSIDE
    assert await store.native_punches.since(NOON) == {"u1": [NOON], "u2": [NOON]}
