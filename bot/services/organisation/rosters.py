"""Rosters: the plan of each person on each work date, from the configuration or from DingTalk."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache, partial
from typing import NamedTuple, TypeVar, get_args
from zoneinfo import ZoneInfo

from chinese_calendar import constants

from bot.dingtalk.attendance import PEOPLE_A_CALL, Attendance
from bot.dingtalk.limits import Priority
from bot.domain.memberships import plans_by_membership
from bot.domain.people import Employee, Members
from bot.domain.shifts import NO_CALENDAR, Calendar, DayPlan, Section, Shift, day_plan
from bot.domain.slots import A_DAY, Days
from bot.errors import UpstreamError
from bot.services.base import Base
from bot.services.organisation.directory import Directory
from bot.settings import Settings, Weekday

log = logging.getLogger(__name__)

# user ids; a plan without check points is left out
PeopleByPlan = Mapping[DayPlan, Sequence[str]]
# by user id and work date; a day off is a plan without check points
Plans = Mapping[str, Mapping[date, DayPlan]]
CALLS_AT_ONCE = 8
AT_A_STRETCH = 10_000  # plans that are taken over before other work gets a turn
OVERLAP = timedelta(minutes=1)  # clocks of processes may differ, and commits may be late
T = TypeVar("T")


def in_batches(items: Sequence[T], most: int = PEOPLE_A_CALL) -> list[Sequence[T]]:
    """Return items in batches of at most `most`, by default the people of one call."""
    return [items[begin : begin + most] for begin in range(0, len(items), most)]


async def in_turn(
    read: Callable[[T], Awaitable[object]], parts: Iterable[T], most_s: float | None = None
) -> bool:
    """Call `read` for each part, some at a time. After `most_s` seconds the rest stays unread.

    Return whether all were read in time.
    """
    turn = asyncio.Semaphore(CALLS_AT_ONCE)

    async def read_part(part: T) -> None:
        async with turn:
            await read(part)

    try:
        async with asyncio.timeout(most_s):
            await asyncio.gather(*map(read_part, parts))
    except TimeoutError:
        log.warning("something could not be read within %s s: it is unknown", most_s)
        return False
    return True


class Assignment(NamedTuple):
    """A configured shift, its weekdays (0 is Monday) and its members.

    Without `follows_calendar` public holidays are worked, and make-up days change nothing.
    """

    shift: Shift
    weekdays: frozenset[int]
    members: Members
    follows_calendar: bool = True


class Schedule:
    """The configured plans. The first assignment that fits person and day counts."""

    def __init__(
        self, assignments: Sequence[Assignment], zone: ZoneInfo, calendar: Calendar = NO_CALENDAR
    ) -> None:
        self._assignments = assignments
        self.calendar = calendar
        self._zone = zone
        self._day_plan = lru_cache(maxsize=4096)(day_plan)

    def plan_on(self, who: Employee, day: date) -> DayPlan | None:
        """Return a person's plan. A day off has no check points.

        Return None if the plan depends on unknown departments, or on the holidays of an unknown
        year.
        """
        for assignment in self._assignments:
            calendar = self.calendar if assignment.follows_calendar else NO_CALENDAR
            is_worked = calendar.is_worked(assignment.weekdays, day)
            if is_worked is False:
                continue
            if assignment.members.may_include(who):
                return None
            if assignment.members.include(who):
                return self._day_plan(assignment.shift, day, self._zone) if is_worked else None
        return DayPlan(day)

    def people_by_plan_on(self, everyone: Iterable[Employee], day: date) -> PeopleByPlan:
        """Return the user ids of a day's plans with check points."""
        people_by_plan: dict[DayPlan, list[str]] = {}
        for who in everyone:
            plan = self.plan_on(who, day) if who.known else None
            if plan is not None and plan.points:
                people_by_plan.setdefault(plan, []).append(who.user_id)
        return people_by_plan

    def unknown_year(self, today: date) -> int | None:
        """Return a year that plans need soon and whose holidays are unknown, None without one."""
        needs_calendar = any(assignment.follows_calendar for assignment in self._assignments)
        return self.calendar.unknown_year(today) if needs_calendar else None


def schedule_of(settings: Settings) -> Schedule:
    """Return the configured plans, with the company's own holidays and make-up days."""
    schedule = settings.schedule
    official = chinese_calendar() if schedule.calendar == "cn" else NO_CALENDAR
    calendar = official.with_days(frozenset(schedule.holidays), frozenset(schedule.make_up_days))
    assignments = []
    for configured in schedule.shifts:
        sections = tuple(Section(start, end) for start, end in configured.sections)
        shift = Shift(
            name=configured.name,
            sections=sections,
            earliest_minutes=configured.earliest_minutes,
            latest_minutes=configured.latest_minutes,
            grace_minutes=configured.grace_minutes,
            breaks=tuple(configured.breaks),
        )
        weekdays = frozenset(get_args(Weekday).index(day) for day in configured.days)
        # `holidays` of a shift says whether it has the holidays of the calendar
        assignments.append(Assignment(shift, weekdays, configured.people, configured.holidays))
    return Schedule(assignments, settings.zone, calendar)


def chinese_calendar() -> Calendar:
    """Return the holidays and make-up days of the State Council's announcements.

    An announcement covers a whole year. The library has no guesses, so a year with a National Day
    is known.
    """
    holidays = frozenset(constants.holidays)
    make_up_days = frozenset(constants.workdays)
    known = frozenset(day.year for day in holidays if day == date(day.year, 10, 1))
    return Calendar(holidays, make_up_days, known)


class ConfiguredRosters:
    """Plans from the configuration, for the people of the directory.

    It has the methods of `DingTalkRosters`, and reads nothing.
    """

    def __init__(self, base: Base, schedule: Schedule, directory: Directory) -> None:
        self._base = base
        self.schedule = schedule
        self.directory = directory
        self._made_for: tuple[int, Days] | None = None
        self.plans: PeopleByPlan = {}  # of yesterday, today and tomorrow
        self.outdated = False

    async def plans_of(self, user_ids: Sequence[str], dates: Days) -> Plans:
        """Return the known plans of these work dates."""
        memberships = self.directory.view.memberships
        return {
            user_id: plans_by_membership(self.schedule.plan_on, memberships, user_id, dates)
            for user_id in user_ids
        }

    async def plans_around(self, who: Employee, day: date) -> Sequence[DayPlan] | None:
        """Return the plans of the day before, the day and the day after, None if one is unknown.

        Leave out a neighbouring day of an unknown year: the last day of a known year keeps its plan.
        """
        plans: list[DayPlan] = []
        for near in Days.around(day):
            plan = self.schedule.plan_on(who, near)
            if plan is not None:
                plans.append(plan)
            elif near == day or self.schedule.calendar.knows(near):
                return None
        return plans

    async def refresh(self, user_ids: Sequence[str], day: date) -> Collection[str]:
        """Return who has a plan. Configured plans need no read."""
        plans = await self.plans_of(user_ids, Days(day, day))
        return [user_id for user_id, days in plans.items() if days]

    async def read(self) -> None:
        """There is nothing to read."""

    async def catch_up(self) -> bool:
        """Make the plans anew on a new day, and after a change of the directory.

        Return whether that was necessary.
        """
        days = Days.around(self._base.today)
        made_for = (self.directory.changes, days)
        if made_for == self._made_for:
            return False
        people = [who for who in self.directory.view.people.values() if who.active]
        plans: dict[DayPlan, Sequence[str]] = {}
        for day in days:
            plans.update(await asyncio.to_thread(self.schedule.people_by_plan_on, people, day))
        self.plans = plans
        self._made_for = made_for
        return True


class DingTalkRosters:
    """Plans of yesterday, today and tomorrow from DingTalk, in memory.

    Plans of other days are read on request. Processes share plans by the database.
    """

    def __init__(self, base: Base, directory: Directory) -> None:
        self._base = base
        self._attendance = base.dingtalk.attendance
        self._unhurried = base.dingtalk.attendance.at(Priority.REMINDER)
        self._stored = base.store.plans
        self.directory = directory
        self._plans_by_day: dict[date, dict[str, DayPlan]] = {}
        self._people_by_plan: PeopleByPlan | None = None
        self._has_changed = False
        self._loaded: tuple[datetime, date] | None = None
        self.outdated = False  # read again: an event came, or a read failed

    @property
    def plans(self) -> PeopleByPlan:
        """Return the user ids of each plan of yesterday, today and tomorrow."""
        if self._people_by_plan is None:
            people_by_plan: dict[DayPlan, list[str]] = {}
            for plans in self._plans_by_day.values():
                # equal plans are mostly one object: this saves comparisons
                by_object: dict[int, list[str]] = {}
                for user_id, plan in plans.items():
                    if id(plan) not in by_object:
                        by_object[id(plan)] = (
                            people_by_plan.setdefault(plan, []) if plan.points else []
                        )
                    by_object[id(plan)].append(user_id)
            self._people_by_plan = people_by_plan
        return self._people_by_plan

    async def plans_of(self, user_ids: Sequence[str], dates: Days) -> Plans:
        """Return the known plans of these work dates, without a call. Raises StoreRefused."""
        plans: dict[str, dict[date, DayPlan]] = {user_id: {} for user_id in user_ids}
        others = []
        for day in dates:
            in_memory = self._plans_by_day.get(day)
            if in_memory is None:
                others.append(day)
                continue
            for user_id in in_memory.keys() & plans.keys():
                plans[user_id][day] = in_memory[user_id]
        if others:
            stored = await self._stored.of(user_ids, Days(others[0], others[-1]))
            for user_id, plans_by_day in stored.items():
                plans[user_id] = {**plans_by_day, **plans[user_id]}
        return plans

    async def plans_around(self, who: Employee, day: date) -> Sequence[DayPlan] | None:
        """Return the plans of the day before, the day and the day after, None if one is unknown.

        If one is missing, read them first, for at most `Patience.person_s`.
        """
        dates = Days.around(day)
        user_ids = [who.user_id]
        plans = (await self.plans_of(user_ids, dates))[who.user_id]
        if len(plans) < 3:
            try:
                async with asyncio.timeout(self._base.patience.person_s):
                    await self._read(self._attendance, dates, user_ids)
            except (TimeoutError, UpstreamError) as error:
                log.warning("the plans of a person could not be read: %r", error)
            plans = (await self.plans_of(user_ids, dates))[who.user_id]
        return [plans[day] for day in dates] if len(plans) == 3 else None

    async def refresh(self, user_ids: Sequence[str], day: date) -> Collection[str]:
        """Read the plans of at most 50 people and store the changed ones.

        Return who has a plan. Raises UpstreamError, StoreRefused.
        """
        return await self._read(self._unhurried, Days(day, day), user_ids)

    async def read(self) -> None:
        """Read everybody's plans from yesterday to the day after tomorrow.

        At midnight that day becomes tomorrow, perhaps before the next read. Raises UpstreamError,
        StoreRefused.
        """
        tomorrow = self._base.today + A_DAY
        dates = Days(tomorrow - 2 * A_DAY, tomorrow + A_DAY)
        active = self.directory.view.active
        begun_at = self._base.now
        await in_turn(partial(self._read, self._unhurried, dates), in_batches(sorted(active)))
        for day in self._plans_by_day.keys() & {tomorrow, tomorrow + A_DAY}:
            # people who left have these days off; plans of days that they worked stay
            plans = self._plans_by_day[day]
            gone = [
                user_id for user_id, plan in plans.items() if plan.points and user_id not in active
            ]
            await self._store_and_keep({user_id: [DayPlan(day)] for user_id in gone}, begun_at)

    async def catch_up(self) -> bool:
        """Load the plans that any process stored since the last call. On a new day load all.

        Return whether a plan changed. Raises StoreRefused.
        """
        now = self._base.now
        today = self._base.today
        dates = Days.around(today)
        loaded_at, loaded_on = self._loaded or (now, None)
        # load all at the start, on a new day, and after a clock that was ahead
        is_later = loaded_on == today and loaded_at <= now
        since = loaded_at - OVERLAP if is_later else None
        readings = await self._stored.load_changes(dates, since)
        for gone in self._plans_by_day.keys() - set(dates):
            del self._plans_by_day[gone]
            self._people_by_plan = None
            self._has_changed = True
        for number, (user_id, plan) in enumerate(readings, 1):
            self._keep(user_id, plan)
            if number % AT_A_STRETCH == 0:
                await asyncio.sleep(0)
        changed = self._has_changed
        self._has_changed = False
        self._loaded = (now, today)
        return changed

    async def _read(
        self, attendance: Attendance, dates: Days, user_ids: Sequence[str]
    ) -> Collection[str]:
        """Read the plans of at most 50 people and store the changed ones. Return who has a plan."""
        begun_at = self._base.now
        read = await attendance.plans(user_ids, dates)
        await self._store_and_keep(self._differences(read), begun_at)
        return read.keys()

    async def _store_and_keep(
        self, read: Mapping[str, Sequence[DayPlan]], begun_at: datetime
    ) -> None:
        """Store plans of a read that began at `begun_at`. Then keep the newest stored plans."""
        if not read:
            return
        await self._stored.store(read, begun_at)
        around = Days.around(self._base.today)  # a night shift of yesterday may still run
        for user_id, plans in (await self._stored.of(list(read), around)).items():
            for plan in plans.values():
                self._keep(user_id, plan)

    def _keep(self, user_id: str, plan: DayPlan) -> None:
        """Keep a plan in memory."""
        plans = self._plans_by_day.setdefault(plan.work_date, {})
        known = plans.get(user_id)
        if known is not plan and known != plan:
            plans[user_id] = plan
            self._people_by_plan = None
            self._has_changed = True

    def _differences(self, read: Mapping[str, Sequence[DayPlan]]) -> dict[str, Sequence[DayPlan]]:
        """Return the plans that differ from the plans in memory."""
        differences = {
            user_id: [
                plan
                for plan in plans
                if self._plans_by_day.get(plan.work_date, {}).get(user_id) != plan
            ]
            for user_id, plans in read.items()
        }
        return {user_id: plans for user_id, plans in differences.items() if plans}


Rosters = ConfiguredRosters | DingTalkRosters
