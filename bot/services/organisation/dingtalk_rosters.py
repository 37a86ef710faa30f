"""The rosters of DingTalk's attendance groups."""

import asyncio
import logging
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from sys import intern

from bot.dingtalk.limits import Priority
from bot.domain.people import Employee
from bot.domain.shifts import DayPlan
from bot.errors import OperatorError, UpstreamError
from bot.services.base import Base
from bot.services.organisation.directory import Directory
from bot.services.organisation.rosters import A_DAY, Book, Plans, PlanSource, around, dates_of, in_calls

log = logging.getLogger(__name__)

CALLS_AT_ONCE = 8  # of a reading person by person
AT_A_STRETCH = 10_000  # plans taken over before other work gets a turn
OVERLAP = timedelta(minutes=1)  # clocks of processes may differ, and commits may be late


class DingTalkRosters:
    """Keeps plans in memory, and shares them with other processes by the database."""

    source: PlanSource = "dingtalk"

    def __init__(self, base: Base, directory: Directory) -> None:
        self._base = base
        self._attendance = base.dingtalk.attendance
        self._unhurried = base.dingtalk.attendance.at(Priority.REMINDER)
        self._stored = base.store.plans
        self._directory = directory
        self._days: dict[date, dict[str, DayPlan]] = {}
        self._book: Book | None = None
        self._has_changed = False
        self._followed: tuple[datetime, date] | None = None
        self.outdated = False

    @property
    def plans(self) -> Book:
        """Return the people of each plan of yesterday, today and tomorrow."""
        if self._book is None:
            book: dict[DayPlan, list[str]] = {}
            for page in self._days.values():
                by_object: dict[int, list[str]] = {}  # most plans are one object: few have to be compared
                for user_id, plan in page.items():
                    if id(plan) not in by_object:
                        by_object[id(plan)] = book.setdefault(plan, []) if plan.points else []
                    by_object[id(plan)].append(user_id)
            self._book = book
        return self._book

    async def plans_of(self, user_ids: Sequence[str], first: date, last: date) -> Plans:
        """Return known plans, from memory if it holds these days. Raises StoreRefused."""
        dates = dates_of(first, last)
        if not self._days.keys() >= set(dates):
            return await self._stored.of(user_ids, first, last)
        pages = [(day, self._days[day]) for day in dates]
        return {one: {day: page[one] for day, page in pages if one in page} for one in user_ids}

    async def plans_around(self, who: Employee, day: date) -> Sequence[DayPlan] | None:
        """Return known plans; if one is missing, read them first, within the patience. Raises StoreRefused."""
        first, last = day - A_DAY, day + A_DAY
        plans = (await self.plans_of([who.user_id], first, last)).get(who.user_id, {})
        if len(plans) < 3:
            try:
                async with asyncio.timeout(self._base.patience.facts_s):
                    begun_at = self._base.clock.now()
                    await self._enter(await self._attendance.plans([who.user_id], first, last), begun_at)
            except (TimeoutError, UpstreamError, OperatorError) as error:
                log.warning("the plans of a person could not be read: %r", error)
            plans = (await self.plans_of([who.user_id], first, last)).get(who.user_id, {})
        return [plans[one] for one in sorted(plans)] if len(plans) == 3 else None

    async def refresh(self, user_ids: Sequence[str], day: date) -> Collection[str]:
        """Read plans for `day` and store those that changed."""
        begun_at = self._base.clock.now()
        read = await self._unhurried.plans(user_ids, day, day)
        await self._enter(self._changed(read), begun_at)
        return [user_id for user_id, plans in read.items() if plans]

    async def read(self) -> None:
        """Read the plans of yesterday, today and tomorrow."""
        self.outdated = False
        for day in around(self._base.clock.now(), self._base.zone):
            begun_at, found = self._base.clock.now(), await self._of_day(day)
            page, rest = self._days.get(day, {}), DayPlan(day)
            off = ({*page} | self._directory.active()) - found.keys()
            plans = {**found, **{one: rest for one in off if one not in page or page[one].points}}
            await self._enter({user_id: [plan] for user_id, plan in plans.items()}, begun_at)

    async def follow(self) -> bool:
        """Take over what was read since the last time; on a new day everything."""
        now = self._base.clock.now()
        first, today, last = around(now, self._base.zone)
        followed_at, followed_on = self._followed or (now, None)
        since = followed_at - OVERLAP if followed_on == today else None
        readings = await self._stored.changed(first, last, since)
        for gone in self._days.keys() - {first, today, last}:
            del self._days[gone]
            self._book, self._has_changed = None, True
        for number, (user_id, plan) in enumerate(readings, 1):
            self._keep(intern(user_id), plan)
            if number % AT_A_STRETCH == 0:
                await asyncio.sleep(0)
        changed, self._has_changed, self._followed = self._has_changed, False, (now, today)
        return changed

    async def _of_day(self, day: date) -> Mapping[str, DayPlan]:
        """Return the plans of everybody who works on a day."""
        turn = asyncio.Semaphore(CALLS_AT_ONCE)
        found: dict[str, DayPlan] = {}
        same: dict[DayPlan, DayPlan] = {}  # equal plans as one object, so that everybody's take no room

        async def read(some: Sequence[str]) -> None:
            async with turn:
                plans = await self._unhurried.plans(some, day, day)
            for user_id, (plan, *_) in plans.items():
                if plan.points:
                    found[user_id] = same.setdefault(plan, plan)

        await asyncio.gather(*map(read, in_calls(sorted(self._directory.active()))))
        return found

    async def _enter(self, read: Mapping[str, Sequence[DayPlan]], begun_at: datetime) -> None:
        """Store what was read from `begun_at` on, and keep in memory what is stored then."""
        if not read:
            return
        await self._stored.put(read, begun_at)
        first, _, last = around(self._base.clock.now(), self._base.zone)
        for user_id, plans in (await self._stored.of(list(read), first, last)).items():
            for plan in plans.values():
                self._keep(user_id, plan)

    def _keep(self, user_id: str, plan: DayPlan) -> None:
        page = self._days.setdefault(plan.work_date, {})
        known = page.get(user_id)
        if known is not plan and known != plan:
            page[user_id] = plan
            self._book, self._has_changed = None, True

    def _changed(self, read: Mapping[str, Sequence[DayPlan]]) -> dict[str, Sequence[DayPlan]]:
        """Return the plans that differ from the known ones."""
        found = {
            user_id: [plan for plan in plans if self._days.get(plan.work_date, {}).get(user_id) != plan]
            for user_id, plans in read.items()
        }
        return {user_id: plans for user_id, plans in found.items() if plans}
