"""Who works which shift on which work date."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Protocol
from zoneinfo import ZoneInfo

from bot.clock import Clock
from bot.domain.people import Employee
from bot.domain.shifts import DayPlan, Shift, day_plan
from bot.errors import OperatorError, StoreRefused, UpstreamError
from bot.services.ports import Attendance, Plans

log = logging.getLogger(__name__)

BATCH = 50  # people a call of schedule/listbyusers
GATHER_S = 0.02  # how long a first question waits for others to share its call
PATIENCE_S = 2.0  # a punch does not wait longer for its plan


class Rosters(Protocol):
    """Where plans come from."""

    async def plans_around(self, who: Employee, day: date) -> Sequence[DayPlan] | None:
        """Return the person's plans of the day before, the day and the day after; None when unreadable."""
        ...


@dataclass(frozen=True, slots=True)
class Assignment:
    """A configured shift, the weekdays it is worked (0 is Monday) and for whom (None: everybody)."""

    shift: Shift
    weekdays: frozenset[int]
    departments: frozenset[int] | None
    users: frozenset[str]

    def covers(self, who: Employee, day: date) -> bool:
        """Tell whether `who` works this shift on `day`."""
        if day.weekday() not in self.weekdays:
            return False
        if self.departments is None:
            return True
        return who.user_id in self.users or not self.departments.isdisjoint(who.department_ids)

    def hangs_on_departments(self, who: Employee, day: date) -> bool:
        """Tell whether only the departments of `who` can tell whether they work this shift on `day`."""
        return day.weekday() in self.weekdays and bool(self.departments) and who.user_id not in self.users


class ConfiguredRosters:
    """Plans from the configuration: the first assignment that covers the person and the day."""

    def __init__(self, assignments: Sequence[Assignment], zone: ZoneInfo) -> None:
        self._assignments = assignments
        self._plan = lru_cache(maxsize=512)(lambda shift, day: day_plan(shift, day, zone))

    async def plans_around(self, who: Employee, day: date) -> Sequence[DayPlan] | None:
        """Return the person's plans of the day before, the day and the day after.

        None where they hang on departments of somebody whom the directory does not know yet: another shift, or
        none, would be a guess.
        """
        plans = [self._on(who, day + timedelta(days=offset)) for offset in (-1, 0, 1)]
        readable = [plan for plan in plans if plan is not None]
        return readable if len(readable) == len(plans) else None

    def _on(self, who: Employee, day: date) -> DayPlan | None:
        for assignment in self._assignments:
            if not who.known and assignment.hangs_on_departments(who, day):
                return None
            if assignment.covers(who, day):
                return self._plan(assignment.shift, day)
        return DayPlan(day)


class DingTalkRosters:
    """Plans read from DingTalk on demand, many people a call, kept for the day."""

    def __init__(self, attendance: Attendance, plans: Plans, clock: Clock, zone: ZoneInfo) -> None:
        self._attendance = attendance
        self._plans = plans
        self._clock = clock
        self._zone = zone
        self._kept: dict[tuple[str, date], tuple[Sequence[DayPlan], date]] = {}
        self._wanted: dict[date, dict[str, asyncio.Future[Sequence[DayPlan] | None]]] = {}
        self._calls: set[asyncio.Task[None]] = set()

    async def plans_around(self, who: Employee, day: date) -> Sequence[DayPlan] | None:
        """Return the person's plans around `day`, from today's reading if there is one; None when unreadable."""
        today = self._today()
        kept = self._kept.get((who.user_id, day)) or await self._stored(who.user_id, day)
        if kept is not None and kept[1] == today:
            return kept[0]
        try:
            fresh = await asyncio.wait_for(asyncio.shield(self._ask(who.user_id, day)), PATIENCE_S)
        except TimeoutError:
            fresh = None
        return fresh if fresh is not None else (kept[0] if kept else None)

    def _today(self) -> date:
        return self._clock.now().astimezone(self._zone).date()

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
        batches = [dict(waiting[start : start + BATCH]) for start in range(0, len(waiting), BATCH)]
        await asyncio.gather(*(self._read(day, batch) for batch in batches))

    async def _read(self, day: date, waiting: Mapping[str, "asyncio.Future[Sequence[DayPlan] | None]"]) -> None:
        plans: Mapping[str, Sequence[DayPlan]] = {}
        try:
            plans = await self._attendance.plans(list(waiting), day - timedelta(days=1), day + timedelta(days=1))
            for user_id, days in plans.items():
                self._keep(user_id, day, days, self._today())
            await self._plans.put(plans, self._clock.now())
        except (UpstreamError, OperatorError) as error:
            log.warning("plans of %d people could not be read: %s", len(waiting), error)
        except StoreRefused as error:
            log.warning("plans could not be stored: %s", error)
        finally:
            for user_id, future in waiting.items():
                if not future.done():
                    future.set_result(plans.get(user_id))
