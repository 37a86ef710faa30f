"""Configured shifts: for whom, on which days, with holidays and make-up days; everybody's at once."""

import logging
from datetime import UTC, date, datetime
from typing import Any

import pytest

from bot.dingtalk.robot import SendResult
from bot.domain.calendars import WORKING_WEEK, Calendar
from bot.domain.people import EVERYBODY, Employee, Members
from bot.i18n import Texts
from bot.services.organisation.reads import Reads
from bot.services.organisation.rosters import ConfiguredRosters
from bot.services.organisation.schedule import Assignment, Schedule
from bot.services.speaking import Operators
from bot.views.reply import Reply
from tests.builders import SHANGHAI, TUESDAY, a_shift
from tests.services.test_reads import Turns

HOLIDAY, MAKE_UP_SATURDAY = date(2026, 10, 1), date(2026, 10, 10)
CALENDAR = Calendar(frozenset({HOLIDAY}), frozenset({MAKE_UP_SATURDAY}), frozenset({2026}))
EVERY_DAY = frozenset(range(7))
SHOP = Assignment(a_shift(("10:00", "20:00")), EVERY_DAY, Members(frozenset({7}), frozenset({"named"})), False)
OFFICE = Assignment(a_shift(), WORKING_WEEK, EVERYBODY)
SCHEDULE = Schedule([SHOP, OFFICE], SHANGHAI, CALENDAR)
CLERK = Employee("clerk", "Clerk", department_ids=(1,))
SELLER = Employee("seller", "Seller", department_ids=(1, 7))
NAMED = Employee("named", "Named", department_ids=(1,))
STRANGER = Employee("stranger", "Stranger", known=False)


class Admins:
    """Takes what administrators are told."""

    def __init__(self) -> None:
        self.told: list[str] = []

    async def answer(self, webhook: object, reply: Reply) -> None:
        raise AssertionError("nobody asked")

    async def send(self, user_ids: list[str], reply: Reply, **more: object) -> SendResult:
        self.told.append(reply.text)
        return SendResult()


class SetClock:
    """Stands where it is put."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at


def watching(schedule: Schedule, operators: Operators, turns: Turns, clock: SetClock) -> Reads:
    """Return what looks for an unknown year."""
    unused: Any = None
    any_clock: Any = clock
    rosters = ConfiguredRosters(schedule, unused, any_clock, SHANGHAI)
    jobs: Any = turns
    return Reads(
        unused,
        rosters,
        unused,
        jobs=jobs,
        operators=operators,
        clock=any_clock,
        zone=SHANGHAI,
        on_walked=lambda: None,
    )


def names(day: date) -> dict[int, list[str]]:
    """Return who works, by the hour at which the shift starts."""
    book = SCHEDULE.day_plans([CLERK, SELLER, NAMED, STRANGER], day)
    known = {plan: who for plan, who in book.items() if plan is not None}
    return {plan.points[0].due_at.astimezone(SHANGHAI).hour: list(who) for plan, who in known.items()}


def test_everybodys_plans_are_grouped_by_the_same_plan() -> None:
    assert names(TUESDAY) == {9: ["clerk"], 10: ["seller", "named"]}


def test_a_holiday_empties_the_shifts_that_follow_the_calendar() -> None:
    assert names(HOLIDAY) == {10: ["seller", "named"]}


def test_a_make_up_saturday_is_worked_by_the_office() -> None:
    assert names(MAKE_UP_SATURDAY) == {9: ["clerk"], 10: ["seller", "named"]}
    assert names(date(2026, 10, 17)) == {10: ["seller", "named"]}


async def test_one_persons_plan_is_the_one_of_the_book() -> None:
    for day in (TUESDAY, HOLIDAY, MAKE_UP_SATURDAY, date(2026, 10, 17)):
        book = SCHEDULE.day_plans([CLERK, SELLER, NAMED], day)
        for who in (CLERK, SELLER, NAMED):
            plans = SCHEDULE.plans_around(who, day)
            assert plans is not None
            in_book = [plan for plan, user_ids in book.items() if who.user_id in user_ids]
            assert in_book == ([plans[1]] if plans[1].points else [])
            assert all(plan is plans[1] for plan in in_book)


def test_two_assignments_of_one_shift_are_one_plan() -> None:
    both = [Assignment(a_shift(), WORKING_WEEK, Members(frozenset({one}))) for one in (1, 2)]
    people = [Employee("a", "A", department_ids=(1,)), Employee("b", "B", department_ids=(2,))]
    (user_ids,) = Schedule(both, SHANGHAI).day_plans(people, TUESDAY).values()
    assert list(user_ids) == ["a", "b"]


@pytest.mark.parametrize("departments", ["shared", "own"])
def test_a_hundred_thousand_people_are_grouped(departments: str) -> None:
    people = [
        Employee(f"u{n}", "N", department_ids=(n % 300 if departments == "shared" else n,)) for n in range(100_000)
    ]
    book = SCHEDULE.day_plans(people, TUESDAY)
    assert sum(len(user_ids) for user_ids in book.values()) == 100_000


def test_no_year_is_needed_when_no_shift_follows_the_calendar() -> None:
    assert SCHEDULE.unknown_year(date(2026, 12, 1)) == 2027
    assert Schedule([SHOP], SHANGHAI, CALENDAR).unknown_year(date(2026, 12, 1)) is None


async def test_an_unknown_year_is_said_once_and_is_over_when_it_is_known(
    caplog: pytest.LogCaptureFixture,
) -> None:
    admins, clock = Admins(), SetClock(datetime(2026, 10, 31, 15, 59, tzinfo=UTC))
    operators = Operators(admins, ["boss"], Texts("en", SHANGHAI))
    turns = Turns()
    watch = watching(SCHEDULE, operators, turns, clock)
    await watch.check_calendar()
    assert not admins.told
    clock.at = datetime(2026, 10, 31, 16, 0, tzinfo=UTC)  # 1 November in Shanghai
    with caplog.at_level(logging.ERROR):
        await watch.check_calendar()
        await watch.check_calendar()
    assert len(admins.told) == len(caplog.records) == 1
    assert "2027 are not known" in admins.told[0]
    assert "`schedule.holidays`" in admins.told[0]
    assert "calendar" in operators.troubles
    known = Schedule([OFFICE], SHANGHAI, Calendar(known_years=frozenset({2026, 2027})))
    await watching(known, operators, turns, clock).check_calendar()
    assert not operators.troubles


def test_in_an_unknown_year_only_shifts_that_follow_the_calendar_are_unknown() -> None:
    day = date(2027, 10, 1)
    assert names(day) == {10: ["seller", "named"]}
    assert list(SCHEDULE.day_plans([CLERK, SELLER], day)[None]) == ["clerk"]


async def test_the_last_day_of_a_known_year_keeps_its_plan() -> None:
    last = SCHEDULE.plans_around(CLERK, date(2026, 12, 31))
    assert last is not None and [plan.work_date.day for plan in last] == [30, 31]
    assert SCHEDULE.plans_around(CLERK, date(2027, 1, 1)) is None
    assert SCHEDULE.plans_around(SELLER, date(2027, 1, 1)) is not None


async def test_of_processes_that_share_a_database_one_tells_of_an_unknown_year_and_each_shows_it() -> None:
    admins, clock, turns = Admins(), SetClock(datetime(2026, 12, 1, 4, tzinfo=UTC)), Turns()
    boards = [Operators(admins, ["boss"], Texts("en", SHANGHAI)) for _ in range(2)]
    for operators in boards:
        await watching(SCHEDULE, operators, turns, clock).check_calendar()
    assert len(admins.told) == 1
    assert all("2027" in operators.troubles["calendar"] for operators in boards)
