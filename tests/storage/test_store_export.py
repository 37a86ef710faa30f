"""The export of the ledger on both databases, read beside a running bot."""

import asyncio
from datetime import date, timedelta
from typing import Any

from bot.domain.absences import Absence, AbsenceSource
from bot.domain.people import Department, Employee
from bot.domain.punches import Accepted, Counts, DeliveryState, ExportRow, PunchSource
from bot.domain.shifts import CheckType, DayPlan, TimeResult
from bot.domain.sites import Datum, Fix, LocationResult, LocationSource, Whereabouts
from bot.domain.slots import Days
from bot.storage import Store, read_export
from tests.builders import ON_TUESDAY, SHANGHAI, TUESDAY, a_plan, a_shift, local
from tests.storage.stage import NOON, SqliteStage, Stage, a_wish, always, delivery, punched, record
from tests.storage.test_store_corrections import MONDAY, approve, asked

AT_GATE = Whereabouts(
    LocationResult.OUTSIDE,
    "HQ",
    612.5,
    Fix(39.91, 116.4, None, Datum.WGS84, LocationSource.BROWSER),
)


async def test_a_punch_is_exported_with_all_its_fields(store: Store, stage: Stage) -> None:
    who = Employee("u1", "李雷", department_ids=(7, 8), job_number="007")
    await store.people.replace([who], [Department(7, "研发部"), Department(8, "测试部")], NOON)
    recorded = await record(store, a_wish("m1", where=AT_GATE))
    assert recorded.punch is not None
    await store.deliveries.settle(delivery(recorded.punch), DeliveryState.SENT)
    expected = ExportRow(
        punch_id=recorded.punch.punch_id,
        user_id="u1",
        name="李雷",
        work_date=TUESDAY,
        check_type=CheckType.ON_DUTY,
        punched_at=NOON,
        received_at=NOON,
        site="HQ",
        latitude=39.91,
        longitude=116.4,
        accuracy_m=None,
        datum=Datum.WGS84,
        location_source=LocationSource.BROWSER,
        location_result=LocationResult.OUTSIDE,
        time_result=TimeResult.LATE,
        status=DeliveryState.SENT,
        source=PunchSource.CHAT,
        message_id="m1",
        note="traffic",
        job_number="007",
        department="研发部, 测试部",
        counts=Counts.YES,
    )
    assert list(read_export(stage.url, ON_TUESDAY, SHANGHAI)) == [expected]


async def test_unknown_fields_are_empty_and_a_leaver_keeps_name_and_department(
    store: Store, stage: Stage
) -> None:
    leaver = Employee("u2", "李雷", department_ids=(7,))
    await store.people.replace([leaver], [Department(7, "研发部")], NOON)
    await store.people.store([], NOON, gone=["u2"])
    await punched(store, "m1")
    await punched(store, "m2", "u2")
    row, of_leaver = read_export(stage.url, ON_TUESDAY, SHANGHAI)
    assert (row.name, of_leaver.name, of_leaver.department) == ("", "李雷", "研发部")
    assert (row.site, row.latitude, row.longitude, row.datum, row.location_source) == (None,) * 5
    assert row.location_result is LocationResult.UNKNOWN


async def test_rows_are_ordered_and_both_dates_are_included(store: Store, stage: Stage) -> None:
    for number, (day, person, minute) in enumerate(
        [
            (1, "u2", 0),
            (0, "u2", 5),
            (0, "u1", 9),
            (0, "u1", 3),
            (0, "U1", 1),
            (2, "u0", 0),
            (-1, "u0", 0),
        ]
    ):
        work_date = TUESDAY + timedelta(days=day)
        decision = Accepted(work_date, CheckType.ON_DUTY, None, TimeResult.NORMAL, 0, "")
        await record(
            store, a_wish(f"m{number}", person, at=NOON + timedelta(minutes=minute)), decision
        )
    rows = read_export(stage.url, Days(TUESDAY, TUESDAY + timedelta(days=1)), SHANGHAI)
    assert [row.message_id for row in rows] == ["m4", "m3", "m2", "m1", "m0"]


async def test_an_export_shows_one_moment_of_the_ledger(store: Store, stage: Stage) -> None:
    await asyncio.gather(*(punched(store, f"m{number}", f"u{number}") for number in range(1500)))
    rows = read_export(stage.url, ON_TUESDAY, SHANGHAI)
    first = next(rows)
    await punched(store, "later", "u1")
    rest = list(rows)
    assert len({first.punch_id, *(row.punch_id for row in rest)}) == 1500


async def test_an_export_beside_a_bot_changes_nothing(sqlite_stage: SqliteStage) -> None:
    store = await sqlite_stage.open()
    await punched(store, "m1")
    before = {path: path.read_bytes() for path in (sqlite_stage.file, sqlite_stage.log)}
    assert len(before[sqlite_stage.log]) > 0
    assert len(list(read_export(sqlite_stage.url, ON_TUESDAY, SHANGHAI))) == 1
    assert {path: path.read_bytes() for path in before} == before
    await punched(store, "m2")
    assert len(list(read_export(sqlite_stage.url, ON_TUESDAY, SHANGHAI))) == 2


def results(stage: Stage, **more: Any) -> dict[str, TimeResult]:
    """Return the exported verdicts by message id."""
    rows = read_export(stage.url, ON_TUESDAY, SHANGHAI, **more)
    return {row.message_id: row.time_result for row in rows}


async def _clocks_out(store: Store, message_id: str, user_id: str, at: str) -> None:
    """Record a clock-out with the verdict `Late`, which no clock-out has."""
    decision = always("OffDuty/0", CheckType.OFF_DUTY)
    await record(store, a_wish(message_id, user_id, at=local(at)), decision)


async def test_the_exported_verdict_is_that_of_the_day(store: Store, stage: Stage) -> None:
    plan = a_plan(a_shift(grace_minutes=5))
    await store.plans.store({"u1": [plan]}, NOON)
    span = (local("00:00"), local("23:59"))
    half = Absence("u1", local("13:00"), local("18:00"), "half")
    await store.absences.store(["u1"], span, [half], AbsenceSource.LEAVE)
    await _clocks_out(store, "half", "u1", "13:02")
    await _clocks_out(store, "before", "u1", "12:58")  # a later one counts
    await _clocks_out(store, "no plan", "u4", "13:02")
    await punched(store, "no check", "u1")
    assert results(stage) == {
        "half": TimeResult.NORMAL,
        "before": TimeResult.EARLY,
        "no plan": TimeResult.LATE,
        "no check": TimeResult.LATE,
    }


async def test_configured_plans_judge_the_people_of_the_directory(
    store: Store, stage: Stage
) -> None:
    await store.people.store([Employee("u1", "Ann", department_ids=(7,))], NOON)
    for user_id in ("u1", "u2"):
        await _clocks_out(store, user_id, user_id, "18:10")

    def plan_on(who: Employee, day: date) -> DayPlan:
        return a_plan(day=day) if who.department_ids == (7,) else DayPlan(day)

    judged = results(stage, plan_on=plan_on)
    assert judged == {"u1": TimeResult.NORMAL, "u2": TimeResult.LATE}


async def test_an_export_marks_replaced_and_rejected_punches(store: Store, stage: Stage) -> None:
    decision = Accepted(MONDAY, CheckType.OFF_DUTY, "OffDuty/0", TimeResult.EARLY, 60, "")
    await record(store, a_wish("replaced", at=local("17:00", MONDAY)), decision)
    await approve(store, await asked(store))
    await punched(store, "yes", "u2")
    rejected = await punched(store, "rejected", "u3")
    await store.deliveries.settle(delivery(rejected), DeliveryState.REJECTED)
    of_two = await punched(store, "of two", "u4", "signed", "record_upload")
    await store.deliveries.settle(delivery(of_two), DeliveryState.REJECTED)
    rows = read_export(stage.url, Days(MONDAY, TUESDAY), SHANGHAI)
    assert [(row.source, row.user_id, row.counts) for row in rows] == [
        (PunchSource.CHAT, "u1", Counts.REPLACED),
        (PunchSource.CORRECTION, "u1", Counts.YES),
        (PunchSource.CHAT, "u2", Counts.YES),
        (PunchSource.CHAT, "u3", Counts.REJECTED),
        (PunchSource.CHAT, "u4", Counts.YES),
    ]
