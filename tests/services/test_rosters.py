"""Rosters from DingTalk and from the configuration, shared between processes."""

from collections.abc import Collection, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from bot.dingtalk.attendance import PEOPLE_A_CALL
from bot.domain.people import EVERYBODY, Employee, Members
from bot.domain.shifts import WORKING_WEEK, Calendar, DayPlan
from bot.errors import NotSent
from bot.services.organisation.rosters import Assignment, ConfiguredRosters, Rosters, Schedule
from tests.bases import a_base
from tests.builders import SHANGHAI, TUESDAY, a_plan, a_shift, local
from tests.faults.a_store import StillClock
from tests.services.attendance_stage import People, a_stage

MONDAY, WEDNESDAY = TUESDAY - timedelta(days=1), TUESDAY + timedelta(days=1)
ANN, BOB = Employee("ann", "Ann"), Employee("bob", "Bob")
LATE = a_plan(a_shift(("10:00", "19:00")))
BOTH_AT_NINE = {"09:00": ["ann", "bob"]}


def who(rosters: Rosters, day: date = TUESDAY) -> dict[str, list[str]]:
    """Return user ids by the start of their shift on a day."""
    return {
        f"{plan.points[0].due_at.astimezone(SHANGHAI):%H:%M}": sorted(user_ids)
        for plan, user_ids in rosters.plans.items()
        if plan.work_date == day and user_ids
    }


# --- DingTalk


async def test_plans_of_three_days_reach_every_process(tmp_path: Path) -> None:
    async with a_stage(tmp_path) as stage:
        await stage.rosters.read()
        other = stage.another().rosters
        assert [await other.catch_up() for _ in range(2)] == [True, False]
        for day in (MONDAY, TUESDAY, WEDNESDAY):
            assert who(stage.rosters, day) == who(other, day) == BOTH_AT_NINE
        stage.clock.advance(minutes=2)
        del stage.dingtalk.planned["bob"]
        await stage.rosters.read()
        assert await other.catch_up()
        assert who(stage.rosters) == who(other) == {"09:00": ["ann"]}
        stage.clock.advance(days=1)
        assert await other.catch_up()
        assert (who(other, MONDAY), who(other, TUESDAY)) == ({}, {"09:00": ["ann"]})


async def test_plans_are_read_for_fifty_people_a_call(tmp_path: Path) -> None:
    async with a_stage(tmp_path) as stage:
        stage.people.user_ids = [f"u{number:03}" for number in range(2 * PEOPLE_A_CALL + 1)]
        stage.dingtalk.planned = dict.fromkeys(stage.people.user_ids, a_plan())
        await stage.rosters.read()
        assert sorted(map(len, stage.dingtalk.calls("plans"))) == [1, PEOPLE_A_CALL, PEOPLE_A_CALL]
        assert who(stage.rosters) == {"09:00": list(stage.people.user_ids)}
        assert len({id(plan) for plan in stage.rosters.plans}) == 3, "equal plans are one object"
        stage.dingtalk.broken["plans"] = NotSent("schedule", "no way there")
        with pytest.raises(NotSent):
            await stage.rosters.read()
        assert who(stage.rosters) == {"09:00": list(stage.people.user_ids)}


async def test_a_punch_reads_missing_plans_once(tmp_path: Path) -> None:
    async with a_stage(tmp_path) as stage:
        around = [a_plan(day=day) for day in (MONDAY, TUESDAY, WEDNESDAY)]
        stage.dingtalk.broken["plans"] = NotSent("schedule", "no way there")
        assert await stage.rosters.plans_around(ANN, TUESDAY) is None
        stage.dingtalk.broken.clear()
        stage.dingtalk.asked.clear()
        for _ in range(2):
            assert await stage.rosters.plans_around(ANN, TUESDAY) == around
        assert stage.dingtalk.calls("plans") == [["ann"]]


# --- the configuration

HOLIDAY, MAKE_UP_SATURDAY, SATURDAY = date(2026, 10, 1), date(2026, 10, 10), date(2026, 10, 17)
CALENDAR = Calendar(frozenset({HOLIDAY}), frozenset({MAKE_UP_SATURDAY}), frozenset({2026}))
SHOP = Assignment(
    a_shift(("10:00", "20:00")),
    frozenset(range(7)),
    Members(frozenset({7}), frozenset({"named"})),
    False,
)
OFFICE = Assignment(a_shift(), WORKING_WEEK, EVERYBODY)
SCHEDULE = Schedule([SHOP, OFFICE], SHANGHAI, CALENDAR)
CLERK = Employee("clerk", "Clerk", department_ids=(1,))
SELLER = Employee("seller", "Seller", department_ids=(1, 7))
NAMED = Employee("named", "Named", department_ids=(1,))
STRANGER = Employee("stranger", "Stranger", known=False)


def working(day: date) -> dict[int, Collection[str]]:
    """Return the people at work by the starting hour of their shift."""
    book = SCHEDULE.people_by_plan_on([CLERK, SELLER, NAMED, STRANGER], day)
    return {plan.points[0].due_at.astimezone(SHANGHAI).hour: who for plan, who in book.items()}


@pytest.mark.parametrize(
    ("day", "office"),
    [
        (TUESDAY, True),
        (HOLIDAY, False),
        (MAKE_UP_SATURDAY, True),
        (SATURDAY, False),
        (date(2027, 10, 1), False),
    ],
)
def test_shifts_follow_the_calendar(day: date, office: bool) -> None:
    assert working(day) == ({9: ["clerk"]} if office else {}) | {10: ["seller", "named"]}
    book = SCHEDULE.people_by_plan_on([CLERK, SELLER, NAMED], day)
    for who in (CLERK, SELLER, NAMED):
        plan = SCHEDULE.plan_on(who, day)
        assert [found for found, people in book.items() if who.user_id in people] == (
            [plan] if plan and plan.points else []
        )


async def plans_around(
    who: Employee, day: date, schedule: Schedule = SCHEDULE
) -> Sequence[DayPlan] | None:
    return await ConfiguredRosters(a_base(), schedule, cast(Any, None)).plans_around(who, day)


async def test_the_last_day_of_a_known_year_keeps_its_plan() -> None:
    last = await plans_around(CLERK, date(2026, 12, 31))
    assert last is not None and [plan.work_date.day for plan in last] == [30, 31]
    assert await plans_around(CLERK, date(2027, 1, 1)) is None
    assert await plans_around(SELLER, date(2027, 1, 1)) is not None
    assert SCHEDULE.unknown_year(date(2026, 12, 1)) == 2027
    assert Schedule([SHOP], SHANGHAI, CALENDAR).unknown_year(date(2026, 12, 1)) is None


async def test_an_unknown_person_has_no_department_shift() -> None:
    assert await plans_around(STRANGER, TUESDAY) is None
    assert await plans_around(Employee("named", "", known=False), TUESDAY) is not None
    office = Schedule([OFFICE], SHANGHAI, CALENDAR)
    assert await plans_around(STRANGER, TUESDAY, office) is not None


async def test_configured_rosters_follow_the_directory_and_the_day() -> None:
    people, clock = People(), StillClock(local("08:00"))
    schedule = Schedule([OFFICE], SHANGHAI, CALENDAR)
    rosters = ConfiguredRosters(a_base(clock=clock), schedule, cast(Any, people))
    assert [await rosters.catch_up() for _ in range(2)] == [True, False]
    assert who(rosters) == BOTH_AT_NINE
    people.user_ids, people.changes = ("ann",), 2
    assert await rosters.catch_up()
    assert who(rosters) == {"09:00": ["ann"]}
    clock.advance(days=4)  # Saturday; the plans hold the days around it
    assert await rosters.catch_up()
    assert {plan.work_date for plan in rosters.plans} == {TUESDAY + timedelta(days=3)}
