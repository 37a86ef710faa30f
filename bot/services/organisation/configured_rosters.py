"""The rosters that the configuration describes."""

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import get_args
from zoneinfo import ZoneInfo

from chinese_calendar import constants

from bot.domain.calendars import NO_CALENDAR, Calendar
from bot.domain.people import Employee, Members
from bot.domain.shifts import DayPlan, Section, Shift, day_plan
from bot.services.base import Base
from bot.services.organisation.directory import Directory
from bot.services.organisation.rosters import A_DAY, Book, Plans, PlanSource, around, dates_of
from bot.settings import Settings, Weekday


@dataclass(frozen=True, slots=True)
class Assignment:
    """A configured shift, its weekdays (0 is Monday) and its members.

    `follows_calendar` is false for a shift that is also worked on public holidays, and on no make-up day.
    """

    shift: Shift
    weekdays: frozenset[int]
    members: Members
    follows_calendar: bool = True


class Schedule:
    """The configured plans: the first assignment that is for the person and is worked on the day."""

    def __init__(
        self, assignments: Sequence[Assignment], zone: ZoneInfo, calendar: Calendar = NO_CALENDAR
    ) -> None:
        self._assignments = assignments
        self._calendar = calendar
        self._zone = zone
        self._worked_on = lru_cache(maxsize=512)(self._worked)

    def plan_on(self, who: Employee, day: date) -> DayPlan | None:
        """Return a person's plan, without check points for a day off.

        Return None if it depends on unknown departments of the person, or on the holidays of an unknown year.
        """
        for assignment, plan in self._worked_on(day):
            if assignment.members.may_include(who):
                return None
            if assignment.members.include(who):
                return plan
        return DayPlan(day)

    def plans_around(self, who: Employee, day: date) -> Sequence[DayPlan] | None:
        """Return the plans of the day before, the day and the day after; None if they are unknown.

        A neighbouring day of an unknown year is left out, so that the last day of a known year keeps its plan.
        """
        plans = {one: self.plan_on(who, one) for one in (day - A_DAY, day, day + A_DAY)}
        if any(plan is None and (one == day or self._calendar.knows(one)) for one, plan in plans.items()):
            return None
        return [plan for plan in plans.values() if plan is not None]

    def people_of_plans(self, everyone: Iterable[Employee], day: date) -> Book:
        """Return the people of each plan of a day. People without work or without a known plan are in none."""
        book: dict[DayPlan, list[str]] = {}
        for who in everyone:
            plan = self.plan_on(who, day) if who.known else None
            if plan is not None and plan.points:
                book.setdefault(plan, []).append(who.user_id)
        return book

    def unknown_year(self, today: date) -> int | None:
        """Return the year whose holidays are needed and unknown, None if there is none."""
        follow = any(assignment.follows_calendar for assignment in self._assignments)
        return self._calendar.unknown_year(today) if follow else None

    def _worked(self, day: date) -> Sequence[tuple[Assignment, DayPlan | None]]:
        """Return the shifts of a day; with None instead of the plan if nobody knows whether it is worked."""
        found: list[tuple[Assignment, DayPlan | None]] = []
        for one in self._assignments:
            calendar = self._calendar if one.follows_calendar else NO_CALENDAR
            is_worked = calendar.is_worked(one.weekdays, day)
            if is_worked is not False:
                found.append((one, day_plan(one.shift, day, self._zone) if is_worked else None))
        return found


def schedule_of(settings: Settings) -> Schedule:
    """Return the plans that the configuration makes, with the company's own holidays and make-up days."""
    asked = settings.schedule
    official = chinese_calendar() if asked.calendar == "cn" else NO_CALENDAR
    calendar = official.with_days(frozenset(asked.holidays), frozenset(asked.make_up_days))
    assignments = []
    for one in asked.shifts:
        sections = tuple(Section(start, end) for start, end in one.sections)
        shift = Shift(one.name, sections, one.earliest_minutes, one.latest_minutes, one.grace_minutes)
        weekdays = frozenset(get_args(Weekday).index(day) for day in one.days)
        assignments.append(Assignment(shift, weekdays, one.people, one.holidays))
    return Schedule(assignments, settings.zone, calendar)


def chinese_calendar() -> Calendar:
    """Return the holidays and make-up days of the State Council's announcements.

    A year is known when its National Day is: the library carries whole announcements and guesses none.
    """
    holidays, make_up_days = frozenset(constants.holidays), frozenset(constants.workdays)
    known = frozenset(day.year for day in holidays if day == date(day.year, 10, 1))
    return Calendar(holidays, make_up_days, known)


class ConfiguredRosters:
    """Plans from the configuration, for the people of the directory. There is nothing to read."""

    source: PlanSource = "config"

    def __init__(self, base: Base, schedule: Schedule, directory: Directory) -> None:
        self._base = base
        self.schedule = schedule
        self._directory = directory
        self._made_for: tuple[int, date] | None = None
        self.plans: Book = {}
        self.outdated = False

    async def plans_of(self, user_ids: Sequence[str], first: date, last: date) -> Plans:
        people = [one for user_id in user_ids if (one := self._directory.employee(user_id)) is not None]
        return {one.user_id: self._plans_of(one, first, last) for one in people if one.known}

    async def plans_around(self, who: Employee, day: date) -> Sequence[DayPlan] | None:
        return self.schedule.plans_around(who, day)

    async def refresh(self, user_ids: Sequence[str], day: date) -> Collection[str]:
        plans = await self.plans_of(user_ids, day, day)
        return [user_id for user_id, days in plans.items() if days]

    async def read(self) -> None:
        """There is nothing to read."""

    async def follow(self) -> bool:
        """Make the plans anew on a new day, or when the directory changed."""
        days = around(self._base.clock.now(), self._base.zone)
        made_for = (self._directory.changes, days[-1])
        if made_for == self._made_for:
            return False
        people = [one for one in self._directory.known() if one.active]
        plans: dict[DayPlan, Sequence[str]] = {}
        for day in days:
            plans.update(await asyncio.to_thread(self.schedule.people_of_plans, people, day))
        self.plans, self._made_for = plans, made_for
        return True

    def _plans_of(self, who: Employee, first: date, last: date) -> Mapping[date, DayPlan]:
        plans = {day: self.schedule.plan_on(who, day) for day in dates_of(first, last)}
        return {day: plan for day, plan in plans.items() if plan is not None}
