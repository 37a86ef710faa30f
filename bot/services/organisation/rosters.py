"""Who works which shift on which work date."""

import asyncio
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Literal, Protocol
from zoneinfo import ZoneInfo

from bot.clock import Clock, local_date
from bot.dingtalk.attendance import PEOPLE_A_CALL, Attendance
from bot.domain.calendars import NO_CALENDAR, Calendar
from bot.domain.people import Employee, Members
from bot.domain.shifts import DayPlan, Shift, day_plan
from bot.errors import OperatorError, StoreRefused, UpstreamError
from bot.storage.plans import Plans

log = logging.getLogger(__name__)

GATHER_S = 0.02  # how long a first question waits for others to share its call
PATIENCE_S = 2.0  # a punch does not wait longer for its plan

PlanSource = Literal["dingtalk", "config"]


class Rosters(Protocol):
    """Where plans come from."""

    @property
    def source(self) -> PlanSource:
        """Return who decides the plan: DingTalk's attendance groups, or the configuration."""
        ...

    async def plans_around(self, who: Employee, day: date) -> Sequence[DayPlan] | None:
        """Return the person's plans of the day before, the day and the day after; None when unreadable."""
        ...


@dataclass(frozen=True, slots=True)
class Assignment:
    """A configured shift, the weekdays it is worked (0 is Monday) and by whom.

    `follows_calendar` is false for one that is worked on public holidays too, and on no make-up day.
    """

    shift: Shift
    weekdays: frozenset[int]
    members: Members
    follows_calendar: bool = True

    def is_worked(self, day: date, calendar: Calendar) -> bool | None:
        """Tell whether this shift is worked on `day` at all, None where nobody can know."""
        return (calendar if self.follows_calendar else NO_CALENDAR).is_worked(self.weekdays, day)


class ConfiguredRosters:
    """Plans from the configuration: the first assignment that is for the person and worked on the day."""

    source: PlanSource = "config"

    def __init__(
        self, assignments: Sequence[Assignment], zone: ZoneInfo, calendar: Calendar = NO_CALENDAR
    ) -> None:
        self._assignments = assignments
        self._calendar = calendar
        self._plan = lru_cache(maxsize=512)(lambda shift, day: day_plan(shift, day, zone))
        self._planned = lru_cache(maxsize=512)(self._plans_of)  # by date, since a shift takes longer to look up

    async def plans_around(self, who: Employee, day: date) -> Sequence[DayPlan] | None:
        """Return the person's plans of the day before, the day and the day after.

        None where they depend on departments of somebody whom the directory does not know yet, or on the holidays
        of an unknown year: another shift, or none, would be a guess. A day beside `day` is left out if only its
        year is unknown, so that the last day of a known year keeps its plan.
        """
        plans = {one: self.plan_on(who, one) for one in (day + timedelta(days=offset) for offset in (-1, 0, 1))}
        if any(plan is None and (one == day or self._calendar.knows(one)) for one, plan in plans.items()):
            return None
        return [plan for plan in plans.values() if plan is not None]

    def plan_on(self, who: Employee, day: date) -> DayPlan | None:
        """Return the person's plan of a day, one without checks for a day off; None as in `plans_around`."""
        for assignment, plan in self._planned(day):
            if assignment.members.may_include(who):
                return None
            if assignment.members.include(who):
                return plan
        return DayPlan(day)

    def day_plans(self, everyone: Iterable[Employee], day: date) -> Mapping[DayPlan | None, Sequence[str]]:
        """Return the people of each plan on `day`. None holds people whose plan needs an unknown holiday year.

        Those who work none, or whom the directory does not know, are in no group. Made for 100,000 people: what a
        set of departments works is found once.
        """
        worked = self._worked(day)
        named = frozenset[str]().union(*(assignment.members.users for assignment in worked))
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
        return self._book(worked, groups, day)

    def unknown_year(self, today: date) -> int | None:
        """Return the year that lacks its holidays, None if no year does."""
        follow = any(assignment.follows_calendar for assignment in self._assignments)
        return self._calendar.unknown_year(today) if follow else None

    def _worked(self, day: date) -> list[Assignment]:
        """Return the shifts that are worked on a day, or may be."""
        return [one for one in self._assignments if one.is_worked(day, self._calendar) is not False]

    def _plans_of(self, day: date) -> Sequence[tuple[Assignment, DayPlan | None]]:
        return [(one, self._plan_of(one, day)) for one in self._worked(day)]

    def _plan_of(self, assignment: Assignment, day: date) -> DayPlan | None:
        known = assignment.is_worked(day, self._calendar) is not None
        return self._plan(assignment.shift, day) if known else None

    def _book(
        self, worked: Sequence[Assignment], groups: Sequence[list[str]], day: date
    ) -> Mapping[DayPlan | None, Sequence[str]]:
        book: dict[DayPlan | None, list[str]] = {}
        for assignment, group in zip(worked, groups, strict=True):
            if group:
                book.setdefault(self._plan_of(assignment, day), []).extend(group)
        return book


def _first_for(worked: Sequence[Assignment], who: Employee) -> int | None:
    """Return which of `worked` is for `who`, None for none."""
    return next((place for place, one in enumerate(worked) if one.members.include(who)), None)


class DingTalkRosters:
    """Plans read from DingTalk on demand, many people a call, kept for the day."""

    source: PlanSource = "dingtalk"

    def __init__(
        self,
        attendance: Attendance,
        plans: Plans,
        clock: Clock,
        zone: ZoneInfo,
        *,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self._attendance = attendance
        self._plans = plans
        self._clock = clock
        self._zone = zone
        self._patience_s = patience_s
        self._kept: dict[tuple[str, date], tuple[Sequence[DayPlan], date]] = {}
        self._wanted: dict[date, dict[str, asyncio.Future[Sequence[DayPlan] | None]]] = {}
        self._calls: set[asyncio.Task[None]] = set()

    async def plans_around(self, who: Employee, day: date) -> Sequence[DayPlan] | None:
        """Return the person's plans around `day`, from today's reading if there is one; None when unreadable."""
        today = local_date(self._clock, self._zone)
        kept = self._kept.get((who.user_id, day)) or await self._stored(who.user_id, day)
        if kept is not None and kept[1] == today:
            return kept[0]
        try:
            asked = asyncio.shield(self._ask(who.user_id, day))
            fresh = await asyncio.wait_for(asked, self._patience_s)
        except TimeoutError:
            fresh = None
        return fresh if fresh is not None else (kept[0] if kept else None)

    async def _stored(self, user_id: str, day: date) -> tuple[Sequence[DayPlan], date] | None:
        try:
            row = await self._plans.get(user_id, day - timedelta(days=1), day + timedelta(days=1))
        except StoreRefused:
            return None
        if row is None:
            return None
        kept = (row[0], row[1].astimezone(self._zone).date())
        self._keep(user_id, day, *kept)
        return kept

    def _keep(self, user_id: str, day: date, plans: Sequence[DayPlan], read_on: date) -> None:
        if len(self._kept) > 50_000:
            self._kept.clear()
        self._kept[user_id, day] = (plans, read_on)

    def _ask(self, user_id: str, day: date) -> "asyncio.Future[Sequence[DayPlan] | None]":
        """Join the next call for `day`, or begin to gather one."""
        waiting = self._wanted.get(day)
        if waiting is None:
            waiting = self._wanted[day] = {}
            call = asyncio.create_task(self._call(day), name=f"plans of {day}")
            self._calls.add(call)
            call.add_done_callback(self._calls.discard)
        return waiting.setdefault(user_id, asyncio.get_running_loop().create_future())

    async def _call(self, day: date) -> None:
        await asyncio.sleep(GATHER_S)
        waiting = list(self._wanted.pop(day).items())
        batches = [dict(waiting[start : start + PEOPLE_A_CALL]) for start in range(0, len(waiting), PEOPLE_A_CALL)]
        await asyncio.gather(*(self._read(day, batch) for batch in batches))

    async def _read(self, day: date, waiting: Mapping[str, "asyncio.Future[Sequence[DayPlan] | None]"]) -> None:
        plans: dict[str, Sequence[DayPlan]] = {}
        begun_at = self._clock.now()
        try:
            read = await self._attendance.plans(list(waiting), day - timedelta(days=1), day + timedelta(days=1))
            plans.update(read)
            for user_id, days in read.items():
                self._keep(user_id, day, days, local_date(self._clock, self._zone))
            for user_id, _ in await self._plans.put(read, self._clock.now(), begun_at=begun_at):
                self._kept.pop((user_id, day), None)  # what was begun to be read later is stored, and counts
                stored = await self._stored(user_id, day)
                plans[user_id] = stored[0] if stored is not None else plans[user_id]
        except (UpstreamError, OperatorError) as error:
            log.warning("plans of %d people could not be read: %s", len(waiting), error)
        except StoreRefused as error:
            log.warning("plans could not be stored: %s", error)
        finally:
            for user_id, future in waiting.items():
                if not future.done():
                    future.set_result(plans.get(user_id))
