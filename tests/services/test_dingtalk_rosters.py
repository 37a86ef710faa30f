"""The plans of DingTalk and of the configuration, in memory."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from bot.dingtalk.attendance import PEOPLE_A_CALL
from bot.domain.people import EVERYBODY, Employee
from bot.domain.shifts import DayPlan
from bot.errors import NotSent, Rejected, UpstreamError
from bot.services.organisation.dingtalk_rosters import OVERLAP, DingTalkRosters
from bot.services.organisation.rosters import ConfiguredRosters, Rosters
from bot.services.organisation.schedule import Assignment, Schedule
from bot.storage.plans import PlanReading
from tests.builders import SHANGHAI, TUESDAY, a_plan, a_shift, local

MONDAY, WEDNESDAY = TUESDAY - timedelta(days=1), TUESDAY + timedelta(days=1)
ANN = Employee("ann", "Ann")
LATER = a_shift(("10:00", "19:00"))


class MovableClock:
    def __init__(self) -> None:
        self.at = local("08:00")

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return 0.0


@dataclass
class People:
    """Who is in the directory."""

    user_ids: Sequence[str] = ("ann", "bob")
    changes: int = 1

    def employee(self, user_id: str) -> Employee | None:
        return Employee(user_id, user_id) if user_id in self.user_ids else None

    def known(self) -> tuple[Employee, ...]:
        return tuple(Employee(user_id, user_id) for user_id in self.user_ids)

    def active(self) -> frozenset[str]:
        return frozenset(self.user_ids)


@dataclass
class DingTalk:
    """Plans the same for each of `planned` on every day but `off`.

    `trouble` is raised by reading a whole day, `silent` by reading the plans of some people.
    """

    planned: dict[str, DayPlan] = field(default_factory=lambda: {"ann": a_plan(), "bob": a_plan()})
    trouble: UpstreamError | None = None
    silent: UpstreamError | None = None
    off: date | None = None  # on which nobody works
    batches: list[int] = field(default_factory=list)

    def at(self, priority: object) -> "DingTalk":
        return self

    def _on(self, user_id: str, day: date) -> DayPlan:
        plan = self.planned.get(user_id)
        works = plan is not None and plan.points and day != self.off
        return a_plan(plan.points[0].shift, day) if works and plan else DayPlan(day)

    async def day_plans(self, day: date) -> Mapping[str, DayPlan]:
        if self.trouble is not None:
            raise self.trouble
        return {user_id: self._on(user_id, day) for user_id in self.planned if day != self.off}

    async def plans(self, user_ids: Sequence[str], first: date, last: date) -> Mapping[str, Sequence[DayPlan]]:
        if self.silent is not None:
            raise self.silent
        self.batches.append(len(user_ids))
        days = [first + timedelta(days=offset) for offset in range((last - first).days + 1)]
        return {user_id: [self._on(user_id, day) for day in days] for user_id in user_ids}


@dataclass
class Shelf:
    """Plans as a database keeps them, shared by books."""

    rows: dict[tuple[str, date], tuple[DayPlan, datetime]] = field(default_factory=dict)
    asked: list[datetime | None] = field(default_factory=list)

    async def get(self, user_id: str, first: date, last: date) -> None:
        return None

    async def changed(self, first: date, last: date, since: datetime | None) -> Sequence[PlanReading]:
        self.asked.append(since)
        return [
            PlanReading(user_id, plan, at)
            for (user_id, day), (plan, at) in self.rows.items()
            if first <= day <= last and (since is None or at > since)
        ]

    async def put(
        self, plans: Mapping[str, Sequence[DayPlan]], read_at: datetime, *, begun_at: datetime | None = None
    ) -> frozenset[tuple[str, date]]:
        for user_id, days in plans.items():
            self.rows.update({(user_id, plan.work_date): (plan, read_at) for plan in days})
        return frozenset()


class Stage:
    def __init__(self) -> None:
        self.clock, self.dingtalk, self.shelf, self.people = MovableClock(), DingTalk(), Shelf(), People()
        self.book = self.another()

    def another(self) -> DingTalkRosters:
        """Return the book of another process that shares the database."""
        return DingTalkRosters(self.dingtalk, self.shelf, self.people, self.clock, SHANGHAI)  # type: ignore[arg-type]


def who(book: Rosters, day: date = TUESDAY) -> dict[str, list[str]]:
    """Return who begins when on a day."""
    return {
        f"{plan.points[0].due_at.astimezone(SHANGHAI):%H:%M}": sorted(user_ids)
        for plan, user_ids in book.plans.items()
        if plan.work_date == day
    }


async def test_yesterday_today_and_tomorrow_are_read_and_kept_for_all_processes() -> None:
    stage = Stage()
    await stage.book.read()
    other = stage.another()
    assert await other.follow()
    for day in (MONDAY, TUESDAY, WEDNESDAY):
        assert who(stage.book, day) == who(other, day) == {"09:00": ["ann", "bob"]}


async def test_a_reading_of_ones_own_is_a_change_once() -> None:
    stage = Stage()
    await stage.book.read()
    assert [await stage.book.follow() for _ in range(3)] == [True, False, False]


async def test_what_reads_the_same_is_no_change() -> None:
    stage = Stage()
    await stage.book.read()
    await stage.book.follow()
    await stage.book.read()
    assert not await stage.book.follow()


async def test_later_looks_read_what_is_new_with_a_little_overlap() -> None:
    stage = Stage()
    await stage.book.follow()
    seen_at = stage.clock.at
    stage.clock.at += timedelta(minutes=1)
    await stage.book.follow()
    assert stage.shelf.asked == [None, seen_at - OVERLAP]


async def test_on_a_new_day_everything_is_read_again_and_the_day_before_yesterday_forgotten() -> None:
    stage = Stage()
    await stage.book.read()
    await stage.book.follow()
    stage.clock.at += timedelta(days=1)
    assert await stage.book.follow()
    assert stage.shelf.asked[-1] is None
    assert (who(stage.book, MONDAY), who(stage.book, TUESDAY)) == ({}, {"09:00": ["ann", "bob"]})


async def test_somebody_who_is_no_longer_planned_is_taken_off_everywhere() -> None:
    stage = Stage()
    other = stage.another()
    await stage.book.read()
    await other.follow()
    del stage.dingtalk.planned["bob"]
    await stage.book.read()
    assert await other.follow()
    assert who(stage.book) == who(other) == {"09:00": ["ann"]}


async def test_a_plan_that_changed_is_known_right_after_it_was_looked_at() -> None:
    stage = Stage()
    await stage.book.read()
    await stage.book.follow()
    stage.dingtalk.planned["ann"] = a_plan(LATER)
    assert (await stage.book.current(["ann"], TUESDAY))["ann"].points[0].due_at == local("10:00")
    assert who(stage.book) == {"09:00": ["bob"], "10:00": ["ann"]}
    other = stage.another()
    assert await stage.book.follow()
    assert await other.follow()
    assert other.plan_of("ann", TUESDAY) == stage.book.plan_of("ann", TUESDAY) == a_plan(LATER)


async def test_a_look_that_finds_no_change_stores_nothing() -> None:
    stage = Stage()
    await stage.book.read()
    stored = dict(stage.shelf.rows)
    stage.clock.at += timedelta(minutes=1)
    await stage.book.current(["ann", "bob"], TUESDAY)
    assert stage.shelf.rows == stored


async def test_an_organisation_that_is_too_big_for_a_whole_day_is_read_person_by_person() -> None:
    stage = Stage()
    stage.people.user_ids = [f"u{number}" for number in range(2 * PEOPLE_A_CALL + 1)]
    stage.dingtalk.planned = dict.fromkeys(stage.people.user_ids, a_plan())
    stage.dingtalk.trouble = Rejected("day_schedule", "too many people")
    await stage.book.read()
    assert sorted(stage.dingtalk.batches) == sorted([1, PEOPLE_A_CALL, PEOPLE_A_CALL] * 3)
    assert who(stage.book) == {"09:00": sorted(stage.people.user_ids)}
    assert len({id(stage.book.plan_of(one, TUESDAY)) for one in stage.people.user_ids}) == 1, "equal plans are one"


async def test_a_whole_day_that_does_not_answer_is_no_reason_to_ask_for_each_person() -> None:
    stage = Stage()
    stage.dingtalk.trouble = NotSent("day_schedule", "no way there")
    with pytest.raises(NotSent):
        await stage.book.read()
    assert (stage.dingtalk.batches, who(stage.book)) == ([], {})


async def test_a_rest_day_is_in_no_group_but_known() -> None:
    stage = Stage()
    stage.dingtalk.planned["bob"] = DayPlan(TUESDAY)
    await stage.book.read()
    assert who(stage.book) == {"09:00": ["ann"]}
    assert stage.book.plan_of("bob", TUESDAY) == DayPlan(TUESDAY)
    assert stage.book.plan_of("stranger", TUESDAY) is None


async def test_who_joins_after_everybody_was_read_is_read_once_without_an_event() -> None:
    stage = Stage()
    await stage.book.read_new()
    assert stage.dingtalk.batches == [], "everybody is read first"
    await stage.book.read()
    stage.people.user_ids, stage.people.changes = ("ann", "bob", "cy"), 2
    stage.dingtalk.planned["cy"] = a_plan(LATER)
    for _ in range(2):
        await stage.book.read_new()
    assert stage.dingtalk.batches == [1]
    other = stage.another()
    assert await stage.book.follow()
    assert await other.follow()
    for day in (MONDAY, TUESDAY, WEDNESDAY):
        assert who(stage.book, day) == who(other, day) == {"09:00": ["ann", "bob"], "10:00": ["cy"]}


async def test_who_joins_while_plans_cannot_be_read_is_read_later() -> None:
    stage = Stage()
    await stage.book.read()
    stage.people.user_ids, stage.people.changes = ("ann", "bob", "cy"), 2
    stage.dingtalk.planned["cy"] = a_plan()
    stage.dingtalk.silent = NotSent("schedule", "no way there")
    with pytest.raises(NotSent):
        await stage.book.read_new()
    stage.dingtalk.silent = None
    await stage.book.read_new()
    assert who(stage.book) == {"09:00": ["ann", "bob", "cy"]}


async def test_a_punch_finds_its_plans_in_memory_once_everybody_was_read() -> None:
    stage = Stage()
    await stage.book.read()
    assert await stage.book.plans_around(ANN, TUESDAY) == [a_plan(day=day) for day in (MONDAY, TUESDAY, WEDNESDAY)]
    assert stage.dingtalk.batches == []


async def test_punches_at_once_share_a_call_while_nobody_was_read() -> None:
    stage = Stage()
    both = (ANN, Employee("bob", "Bob"))
    found = await asyncio.gather(*(stage.book.plans_around(one, TUESDAY) for one in both))
    assert found[0] == found[1] == [a_plan(day=day) for day in (MONDAY, TUESDAY, WEDNESDAY)]
    await stage.book.plans_around(ANN, TUESDAY)
    assert stage.dingtalk.batches == [2]


async def test_plans_that_cannot_be_read_are_unknown() -> None:
    stage = Stage()
    stage.dingtalk.silent = NotSent("schedule", "no way there")
    assert await stage.book.plans_around(ANN, TUESDAY) is None


async def test_a_configured_book_follows_the_directory_and_the_day() -> None:
    people, clock = People(), MovableClock()
    workdays = Assignment(a_shift(), frozenset(range(5)), EVERYBODY)
    directory: Any = people
    book = ConfiguredRosters(Schedule([workdays], SHANGHAI), directory, clock, SHANGHAI)
    assert [await book.follow() for _ in range(2)] == [True, False]
    assert who(book) == {"09:00": ["ann", "bob"]}
    people.user_ids, people.changes = ("ann",), 2
    assert await book.follow()
    assert (who(book), await book.current(["bob"], TUESDAY)) == ({"09:00": ["ann"]}, {"bob": DayPlan(TUESDAY)})
    clock.at += timedelta(days=4)  # Saturday: the day before and the two after count
    assert await book.follow()
    assert {plan.work_date for plan in book.plans} == {TUESDAY + timedelta(days=3)}
