"""The rosters that the configuration describes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

from bot.domain.calendars import NO_CALENDAR, Calendar
from bot.domain.people import Employee, Members
from bot.domain.shifts import DayPlan, Shift, day_plan

PlanSource = Literal["dingtalk", "config"]
Book = Mapping[DayPlan, Sequence[str]]  # the people of each plan that has check points
_DAY = timedelta(days=1)


def around(now: datetime, zone: ZoneInfo) -> tuple[date, date, date]:
    """Return the days that matter at `now`: yesterday, as a night shift may still run, today and tomorrow."""
    today = now.astimezone(zone).date()
    return today - _DAY, today, today + _DAY


@dataclass(frozen=True, slots=True)
class Assignment:
    """A configured shift, the weekdays it is worked (0 is Monday) and its members.

    `follows_calendar` is false for one that is worked on public holidays too, and on no make-up day.
    """

    shift: Shift
    weekdays: frozenset[int]
    members: Members
    follows_calendar: bool = True


class Schedule:
    """The configured plans: the first assignment that is for the person and worked on the day."""

    def __init__(
        self, assignments: Sequence[Assignment], zone: ZoneInfo, calendar: Calendar = NO_CALENDAR
    ) -> None:
        self._assignments = assignments
        self._calendar = calendar
        self._plan = lru_cache(maxsize=512)(lambda shift, day: day_plan(shift, day, zone))
        self._planned = lru_cache(maxsize=512)(self._worked)  # by date, since a shift takes longer to look up

    def plan_on(self, who: Employee, day: date) -> DayPlan | None:
        """Return the person's plan of a day, one without checks for a day off.

        None where it depends on departments of somebody whom the directory does not know yet, or on the holidays
        of an unknown year: another shift, or none, would be a guess.
        """
        for assignment, plan in self._planned(day):
            if assignment.members.may_include(who):
                return None
            if assignment.members.include(who):
                return plan
        return DayPlan(day)

    def plans_around(self, who: Employee, day: date) -> Sequence[DayPlan] | None:
        """Return the person's plans of the day before, the day and the day after, None if they are unknown.

        A day beside `day` is left out if only its year is unknown: the last day of a known year keeps its plan.
        """
        plans = {one: self.plan_on(who, one) for one in (day - _DAY, day, day + _DAY)}
        if any(plan is None and (one == day or self._calendar.knows(one)) for one, plan in plans.items()):
            return None
        return [plan for plan in plans.values() if plan is not None]

    def day_plans(self, everyone: Iterable[Employee], day: date) -> Mapping[DayPlan | None, Sequence[str]]:
        """Return the people of each plan on `day`. None holds people whose plan needs an unknown holiday year.

        Those who work none, or whom the directory does not know, are in no group. Made for 100,000 people: what a
        set of departments works is found once.
        """
        worked = self._planned(day)
        named = frozenset[str]().union(*(assignment.members.users for assignment, _ in worked))
        groups: list[list[str]] = [[] for _ in worked]
        by_departments: dict[tuple[int, ...], int | None] = {}
        for who in everyone:
            if not who.known:
                continue
            if who.user_id in named:
                place = _first_for(worked, who)
            elif who.department_ids in by_departments:
                place = by_departments[who.department_ids]
            else:
                place = by_departments[who.department_ids] = _first_for(worked, who)
            if place is not None:
                groups[place].append(who.user_id)
        book: dict[DayPlan | None, list[str]] = {}
        for (_, plan), group in zip(worked, groups, strict=True):
            if group:
                book.setdefault(plan, []).extend(group)
        return book

    def unknown_year(self, today: date) -> int | None:
        """Return the year that lacks its holidays, None if no year does."""
        follow = any(assignment.follows_calendar for assignment in self._assignments)
        return self._calendar.unknown_year(today) if follow else None

    def _worked(self, day: date) -> Sequence[tuple[Assignment, DayPlan | None]]:
        """Return the shifts that are worked on a day or, with None, may be."""
        found: list[tuple[Assignment, DayPlan | None]] = []
        for one in self._assignments:
            is_worked = (self._calendar if one.follows_calendar else NO_CALENDAR).is_worked(one.weekdays, day)
            if is_worked is not False:
                found.append((one, self._plan(one.shift, day) if is_worked else None))
        return found


def _first_for(worked: Sequence[tuple[Assignment, DayPlan | None]], who: Employee) -> int | None:
    """Return which of `worked` is for `who`, None for none."""
    return next((place for place, (one, _) in enumerate(worked) if one.members.include(who)), None)
