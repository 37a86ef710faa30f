"""The plans of DingTalk's attendance groups."""

import asyncio
import logging
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime, timedelta
from sys import intern
from zoneinfo import ZoneInfo

from bot.clock import Clock, local_date
from bot.dingtalk.attendance import PEOPLE_A_CALL, Attendance
from bot.dingtalk.limits import Priority
from bot.domain.people import Employee
from bot.domain.shifts import DayPlan
from bot.errors import OperatorError, OutcomeUnknown, Rejected, StoreRefused, UpstreamError
from bot.services.organisation.directory import Directory
from bot.services.organisation.schedule import Book, PlanSource, around
from bot.services.waiting import Together
from bot.storage.plans import Plans

log = logging.getLogger(__name__)

GATHER_S = 0.02  # how long a first question waits for others to share its call
AT_ONCE = 8  # calls under way of a reading person by person
AT_A_STRETCH = 10_000  # plans taken in before others get a turn
MANY = 5  # people who lose their plan in one answer: a fault rather than a decision
SCHEDULE = "schedule"  # what operators are told does not answer
OVERLAP = timedelta(minutes=1)  # by which clocks of replicas may differ, and commits be late
_DAY = timedelta(days=1)


class DingTalkRosters:
    """Plans of yesterday, today and tomorrow in memory, shared with other processes by the database.

    Other plans, and those of people who are not read yet, are read when somebody asks. An answer that takes the
    plan from everybody it is about, five people or more, counts as one that failed.
    """

    source: PlanSource = "dingtalk"

    def __init__(
        self,
        attendance: Attendance,
        plans: Plans,
        directory: Directory,
        clock: Clock,
        zone: ZoneInfo,
        *,
        patience_s: float = 2.0,
    ) -> None:
        """A punch waits `patience_s` for its plan."""
        self._attendance = attendance
        self._unhurried = attendance.at(Priority.REMINDER)
        self._plans = plans
        self._directory = directory
        self._clock = clock
        self._zone = zone
        self._patience_s = patience_s
        self._days: dict[date, dict[str, DayPlan]] = {}
        self._groups: Book | None = None
        self._has_changed = False
        self._followed: tuple[datetime, date] | None = None
        self._joined_by = -1  # the directory's number of changes when it was last looked through for new people
        self._asked = Together(self._read_around, gather_s=GATHER_S)
        self.outdated = False  # after an event, and after an answer that was not believed

    @property
    def plans(self) -> Book:
        """Return the people of each plan of yesterday, today and tomorrow."""
        if self._groups is None:
            groups: dict[DayPlan, list[str]] = {}
            for page in self._days.values():
                by_object: dict[int, list[str]] = {}  # most plans are one object: few have to be compared
                for user_id, plan in page.items():
                    if id(plan) not in by_object:
                        by_object[id(plan)] = groups.setdefault(plan, []) if plan.points else []
                    by_object[id(plan)].append(user_id)
            self._groups = groups
        return self._groups

    def plan_of(self, user_id: str, day: date) -> DayPlan | None:
        """Return one person's plan of one day as it is known, None if none is."""
        return self._days.get(day, {}).get(user_id)

    def known(self, user_ids: Sequence[str], day: date) -> Mapping[str, DayPlan]:
        """Return the plans of these people for `day` that are known, days without work included."""
        page = self._days.get(day, {})
        return {user_id: page[user_id] for user_id in user_ids if user_id in page}

    async def plans_around(self, who: Employee, day: date) -> Sequence[DayPlan] | None:
        """Return the person's plans around `day`, of today's reading if there is one; None when unreadable."""
        days = (day - _DAY, day, day + _DAY)
        known = [plan for one in days if (plan := self.plan_of(who.user_id, one)) is not None]
        if len(known) == len(days):
            return known
        try:
            stored = await self._plans.get(who.user_id, day - _DAY, day + _DAY)
        except StoreRefused:
            stored = None
        if stored is not None and stored[1].astimezone(self._zone).date() == local_date(self._clock, self._zone):
            return stored[0]
        fresh: Mapping[str, Sequence[DayPlan]] = {}
        with suppress(TimeoutError):
            fresh = await asyncio.wait_for(self._asked.of(day, who.user_id), self._patience_s)
        return fresh.get(who.user_id, stored[0] if stored is not None else None)

    async def current(self, user_ids: Sequence[str], day: date) -> Mapping[str, DayPlan]:
        """Read the plans of at most 50 people for `day`; what changed is stored."""
        begun_at = self._clock.now()
        read = await self._unhurried.plans(user_ids, day, day)
        plans = {user_id: plans[0] for user_id, plans in read.items() if plans}
        try:
            _believe(self._working(day, user_ids), plans)
        except OutcomeUnknown:
            self.outdated = True
            raise
        for user_id, _ in await self._enter(self._changed({who: [plan] for who, plan in plans.items()}), begun_at):
            if stored := await self._plans.get(user_id, day, day):
                plans[user_id] = stored[0][0]
        return plans

    def changed(self) -> None:
        """Have everybody's plans read soon, after an event said that they are not what they were."""
        self.outdated = True

    async def read(self) -> None:
        """Read the plans of yesterday, today and tomorrow, and store them."""
        days = around(self._clock.now(), self._zone)
        self.outdated = False
        read = {day: (self._clock.now(), await self._of_day(day)) for day in days}
        if not any(found for _, found in read.values()):
            _believe({user_id for day in days for user_id in self._working(day)}, {})
        for day, (begun_at, found) in read.items():
            page, rest = self._days.get(day, {}), DayPlan(day)
            off = ({*page} | self._directory.active()) - found.keys()
            plans = {**found, **{one: rest for one in off if one not in page or page[one].points}}
            await self._enter({user_id: [plan] for user_id, plan in plans.items()}, begun_at)

    async def read_new(self) -> None:
        """Read the plans of people who joined after everybody's were read."""
        now, changes, active = self._clock.now(), self._directory.changes, self._directory.active()
        first, today, last = around(now, self._zone)
        page = self._days.get(today, {})
        if 2 * len(page) < len(active) or changes == self._joined_by:
            return
        for batch in _batches(sorted(active.difference(page))):
            begun_at = self._clock.now()
            plans = await self._unhurried.plans(batch, first, last)
            await self._enter(self._changed(plans), begun_at)
        self._joined_by = changes

    async def follow(self) -> bool:
        """Take in what was read since the last time."""
        now = self._clock.now()
        first, today, last = around(now, self._zone)
        followed_at, followed_on = self._followed or (now, None)
        since = followed_at - OVERLAP if followed_on == today else None
        readings = await self._plans.changed(first, last, since)
        for gone in self._days.keys() - {first, today, last}:
            del self._days[gone]
            self._groups, self._has_changed = None, True
        for begin in range(0, len(readings), AT_A_STRETCH):
            for reading in readings[begin : begin + AT_A_STRETCH]:
                self._keep(intern(reading.user_id), reading.plan)
            await asyncio.sleep(0)  # others get a turn
        changed, self._has_changed, self._followed = self._has_changed, False, (now, today)
        return changed

    async def _read_around(self, day: date, user_ids: Sequence[str]) -> Mapping[str, Sequence[DayPlan]]:
        """Return the plans around `day` that can be read."""
        first, last = day - _DAY, day + _DAY
        found: dict[str, Sequence[DayPlan]] = {}

        async def read(batch: Sequence[str]) -> None:
            begun_at = self._clock.now()
            plans = await self._attendance.plans(batch, first, last)
            found.update(plans)
            for user_id in {user_id for user_id, _ in await self._enter(plans, begun_at)}:
                if stored := await self._plans.get(user_id, first, last):
                    found[user_id] = stored[0]  # a reading that was begun later counts

        try:
            await asyncio.gather(*map(read, _batches(user_ids)))
        except (UpstreamError, OperatorError, StoreRefused) as error:
            log.warning("plans of %d people could not be read: %s", len(user_ids) - len(found), error)
        return found

    async def _of_day(self, day: date) -> Mapping[str, DayPlan]:
        try:
            return await self._unhurried.day_plans(day)
        except Rejected as error:  # DingTalk reads a whole day only for organisations below 10,000 people
            log.info("the plans of %s are read person by person: %s", day, error)
        people = sorted(self._directory.active())
        turn = asyncio.Semaphore(AT_ONCE)
        found: dict[str, DayPlan] = {}
        same: dict[DayPlan, DayPlan] = {}  # equal plans as one object, so that everybody's take no room

        async def read(batch: Sequence[str]) -> None:
            async with turn:
                plans = await self._unhurried.plans(batch, day, day)
            worked = {user_id: days[0] for user_id, days in plans.items() if days and days[0].points}
            found.update((user_id, same.setdefault(plan, plan)) for user_id, plan in worked.items())

        await asyncio.gather(*map(read, _batches(people)))
        for batch in _batches(people) if found else ():
            _believe(self._working(day, batch), found)
        return found

    async def _enter(
        self, read: Mapping[str, Sequence[DayPlan]], begun_at: datetime
    ) -> Collection[tuple[str, date]]:
        """Store what was read from `begun_at` on and take it in, but where another reading was begun later.

        Return of whom and of which days that is.
        """
        later = await self._plans.put(read, self._clock.now(), begun_at=begun_at) if read else ()
        days = around(self._clock.now(), self._zone)
        for user_id, plans in read.items():
            for plan in plans:
                if (user_id, plan.work_date) not in later and plan.work_date in days:
                    self._keep(user_id, plan)
        return later

    def _keep(self, user_id: str, plan: DayPlan) -> None:
        page = self._days.setdefault(plan.work_date, {})
        known = page.get(user_id)
        if known is not plan and known != plan:
            page[user_id] = plan
            self._groups, self._has_changed = None, True

    def _changed(self, read: Mapping[str, Sequence[DayPlan]]) -> dict[str, Sequence[DayPlan]]:
        """Return what of `read` is not what was known."""
        found = {
            user_id: [plan for plan in plans if self.plan_of(user_id, plan.work_date) != plan]
            for user_id, plans in read.items()
        }
        return {user_id: plans for user_id, plans in found.items() if plans}

    def _working(self, day: date, user_ids: Collection[str] | None = None) -> list[str]:
        """Return the known plans of a day, of everybody or of `user_ids`."""
        page = self._days.get(day, {})
        some = page if user_ids is None else user_ids
        return [user_id for user_id in some if (plan := page.get(user_id)) is not None and plan.points]


def _batches(user_ids: Sequence[str]) -> list[Sequence[str]]:
    return [user_ids[start : start + PEOPLE_A_CALL] for start in range(0, len(user_ids), PEOPLE_A_CALL)]


def _believe(planned: Collection[str], read: Mapping[str, DayPlan]) -> None:
    """Raise OutcomeUnknown where `read` takes the plan from all of those who were `planned`, and they are many."""
    still = any((plan := read.get(user_id)) is not None and plan.points for user_id in planned)
    if len(planned) >= MANY and not still:
        raise OutcomeUnknown(SCHEDULE, f"answered without a plan for any of {len(planned)} people who had one")
