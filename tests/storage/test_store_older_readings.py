"""Of two readings of one thing the store keeps the one that was begun later, whichever ends first."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta

from bot.clock import to_ms
from bot.domain.absences import Absence, AbsenceSource
from bot.domain.people import Department, Employee, Organisation
from bot.domain.shifts import DayPlan
from bot.storage import Store
from bot.storage.absences import LATER_READINGS
from bot.storage.statements import listing
from tests.builders import TUESDAY, a_plan
from tests.storage.stage import LATER, NOON, SqliteStage, Stage

LI, ROOT, SALES = Employee("u1", "李雷"), Department(1, "all"), Department(2, "sales", 1)
WEDNESDAY = TUESDAY + timedelta(days=1)
BEFORE = NOON - timedelta(minutes=1)
DAY = (NOON, LATER)
MONTH = (NOON - timedelta(days=30), LATER)
LEAVE = AbsenceSource.LEAVE


def leave(name: str, days: float, person: str = "u1") -> Absence:
    """Return an hour of leave that many days after noon."""
    starts_at = NOON + timedelta(days=days)
    return Absence(person, starts_at, starts_at + timedelta(hours=1), name)


async def kept(store: Store) -> list[str]:
    return [absence.absence_id for absence in await store.absences.touching(*MONTH)]


async def test_people_and_departments(stage: Stage) -> None:
    store = await stage.open()
    assert await store.people.put([LI], NOON) == frozenset()
    assert await store.people.put([replace(LI, name="older"), Employee("u2", "new")], BEFORE) == {"u1"}
    assert await store.people.all() == [(LI, NOON), (Employee("u2", "new"), BEFORE)]
    await store.people.replace(Organisation((LI,), (ROOT,)), NOON)
    await store.people.replace(Organisation((Employee("u3", "older"),), (ROOT, SALES)), BEFORE)
    assert await store.people.tree() == ([ROOT], NOON)
    assert await store.people.all() == [(LI, NOON)]
    await store.people.replace(Organisation((LI,), (ROOT, SALES)), NOON)
    assert await store.people.tree() == ([ROOT, SALES], NOON)


async def test_what_was_read_while_a_clock_was_ahead_outweighs_nothing(stage: Stage) -> None:
    store = await stage.open()
    await store.people.replace(Organisation((LI,), (SALES,)), LATER)
    await store.plans.put({"u1": [a_plan()]}, LATER)
    await store.absences.put(["u1"], *DAY, [leave("ahead", 0)], source=LEAVE, begun_at=LATER)
    assert await store.people.put([replace(LI, name="right")], NOON) == frozenset()
    await store.people.replace(Organisation((replace(LI, name="right"),), (ROOT,)), NOON)
    assert await store.plans.put({"u1": [DayPlan(TUESDAY)]}, NOON) == frozenset()
    assert await store.absences.put(["u1"], *DAY, [leave("right", 0)], source=LEAVE, begun_at=NOON) == frozenset()
    assert await store.people.all() == [(replace(LI, name="right"), NOON)]
    assert await store.people.tree() == ([ROOT], NOON)
    assert await store.plans.get("u1", TUESDAY, TUESDAY) == ([DayPlan(TUESDAY)], NOON)
    assert await kept(store) == ["right"]


async def test_plans_go_by_when_their_reading_was_begun_and_are_followed_by_when_it_ended(stage: Stage) -> None:
    store = await stage.open()
    await store.plans.put({"u1": [a_plan()]}, NOON)
    stage.clock.move(60)
    ended = stage.clock.now()
    older = {user_id: [DayPlan(TUESDAY), DayPlan(WEDNESDAY)] for user_id in ("u1", "u2")}
    assert await store.plans.put(older, ended, begun_at=BEFORE) == {("u1", TUESDAY)}
    assert await store.plans.get("u1", TUESDAY, TUESDAY) == ([a_plan()], NOON)
    read = await store.plans.changed(TUESDAY, WEDNESDAY, NOON)
    assert [(one.user_id, one.plan.work_date) for one in read] == [
        ("u2", TUESDAY),
        ("u1", WEDNESDAY),
        ("u2", WEDNESDAY),
    ]


async def test_an_older_reading_of_a_longer_time_counts_beside_a_newer_one(stage: Stage) -> None:
    store = await stage.open()
    await store.absences.put(["u1", "u2"], *MONTH, [leave("moved", -9), leave("ended", 0)], source=LEAVE)
    newer = [leave("today", 0.5), leave("moved", 0.1)]
    stage.clock.move(60)
    assert await store.absences.put(["u1"], *DAY, newer, source=LEAVE, begun_at=stage.clock.now()) == frozenset()
    older = [leave("past", -9), leave("moved", -9), leave("ended", 0), leave("other", 0, "u2")]
    assert await store.absences.put(
        ["u1", "u2"], *MONTH, older, source=LEAVE, begun_at=NOON + timedelta(seconds=1)
    ) == {"u1"}
    assert sorted(await kept(store)) == ["moved", "other", "past", "today"]


async def test_of_others_later_readings_are_not_looked_through(sqlite_stage: SqliteStage) -> None:
    store = await sqlite_stage.open()
    company = [f"u{number}" for number in range(300)]
    await store.absences.put(company, *DAY, [], source=LEAVE, begun_at=NOON)
    assert await store.absences.put(["u7", "new"], *DAY, [], source=LEAVE, begun_at=BEFORE) == {"u7"}
    form = LATER_READINGS["sqlite"]
    told = {"told_by": "leave", "first": 0, "last": 2**60, "begun": to_ms(BEFORE), "now": 2**60}
    params = {**form.constants, **told, **listing("user_ids", [("u7",), ("new",)])}
    with closing(sqlite3.connect(sqlite_stage.file)) as database:
        steps = [step for *_, step in database.execute(f"EXPLAIN QUERY PLAN {form.text}", params)]
        assert "(user_id=? AND source=?" in steps[0]
        assert [user_id for user_id, *_ in database.execute(form.text, params)] == ["u7"]


async def test_leave_that_is_taken_back_while_it_is_read_stays_so(stage: Stage) -> None:
    store = await stage.open()
    stage.clock.move(1)
    await store.absences.put(["u1"], *DAY, [], source=LEAVE)  # as an event told
    assert await store.absences.put(["u1"], *DAY, [leave("back", 0)], source=LEAVE, begun_at=NOON) == {"u1"}
    trip = replace(leave("trip", 0), source=AbsenceSource.APPROVAL)
    assert not await store.absences.put(["u1"], *DAY, [trip], source=trip.source, begun_at=NOON)
    assert await kept(store) == ["trip"]


async def test_that_something_was_read_is_known_for_a_day(stage: Stage) -> None:
    store = await stage.open()
    await store.absences.put(["u1"], *DAY, [], source=LEAVE)
    for seconds, overtaken in ((86_400, {"u1"}), (1, set())):
        stage.clock.move(seconds)
        await store.absences.forget(NOON)
        assert await store.absences.put(["u1"], *DAY, [], source=LEAVE, begun_at=BEFORE) == overtaken
