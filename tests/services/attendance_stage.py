"""Rosters, absences and days over a scripted DingTalk and a real database."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, TypeVar, cast

from bot.domain.absences import Absence
from bot.domain.facts import AttendanceRecord
from bot.domain.memberships import Memberships
from bot.domain.people import Employee
from bot.domain.shifts import DayPlan
from bot.domain.slots import Days
from bot.services.base import Patience
from bot.services.organisation.rosters import DingTalkRosters
from bot.services.reporting.day_reader import DayReader
from bot.services.reporting.days import PeopleDays
from bot.storage.store import Store
from tests.bases import a_base
from tests.builders import SHANGHAI, a_plan, local
from tests.faults.a_store import StillClock
from tests.storage.stage import SqliteStage

T = TypeVar("T")


@dataclass
class People:
    user_ids: Sequence[str] = ("ann", "bob")
    changes: int = 1

    def employee(self, user_id: str) -> Employee | None:
        return Employee(user_id, user_id) if user_id in self.user_ids else None

    @property
    def view(self) -> SimpleNamespace:
        people = {user_id: Employee(user_id, user_id) for user_id in self.user_ids}
        memberships = Memberships(people, {}, (), {}, SHANGHAI)
        return SimpleNamespace(people=people, active=frozenset(people), memberships=memberships)


@dataclass
class Attendance:
    """Answers from its fields and notes each call in `asked`. A call named in `broken` raises.

    People in `planned` have their plan on every day except `off`. The person `silent` gets no
    answer.
    """

    planned: dict[str, DayPlan] = field(default_factory=lambda: {"ann": a_plan(), "bob": a_plan()})
    off: date | None = None
    shown: list[AttendanceRecord] = field(default_factory=list)
    leave: list[Absence] = field(default_factory=list)
    approved: list[Absence] = field(default_factory=list)
    broken: dict[str, Exception] = field(default_factory=dict)
    silent: str = ""
    asked: list[tuple[str, Any]] = field(default_factory=list)
    gate: asyncio.Event | None = None  # holds the next answer back

    def at(self, priority: object) -> "Attendance":
        return self

    def calls(self, name: str) -> list[Any]:
        return [what for called, what in self.asked if called == name]

    async def plans(self, user_ids: Sequence[str], dates: Days) -> Mapping[str, Sequence[DayPlan]]:
        plans = {user_id: [self._on(user_id, day) for day in dates] for user_id in user_ids}
        return await self._answer("plans", list(user_ids), plans)

    async def records(
        self, user_ids: Sequence[str], first: datetime, last: datetime
    ) -> list[AttendanceRecord]:
        if self.silent in user_ids:
            await asyncio.Event().wait()
        found = [
            record
            for record in self.shown
            if record.user_id in user_ids and first <= record.checked_at <= last
        ]
        return await self._answer("records", list(user_ids), found)

    async def leaves(
        self, user_ids: Sequence[str], first: datetime, last: datetime
    ) -> list[Absence]:
        return await self._answer(
            "leaves",
            list(user_ids),
            [absence for absence in self.leave if absence.user_id in user_ids],
        )

    async def approvals(
        self, user_id: str, day: date, *, is_expected: bool = False
    ) -> list[Absence]:
        found = [absence for absence in self.approved if absence.user_id == user_id]
        return await self._answer("approvals", (user_id, day), found)

    def _on(self, user_id: str, day: date) -> DayPlan:
        plan = self.planned.get(user_id)
        if plan is None or not plan.points or day == self.off:
            return DayPlan(day)
        return a_plan(plan.points[0].shift, day)

    async def _answer(self, name: str, what: object, answer: T) -> T:
        self.asked.append((name, what))
        gate, self.gate = self.gate, None
        if gate is not None:
            await gate.wait()
        if name in self.broken:
            raise self.broken[name]
        return answer


class Stage:
    """The services of one process. `another` is a second process on the same database."""

    def __init__(
        self, store: Store, clock: StillClock, people: People, attendance: Attendance
    ) -> None:
        self.store, self.clock, self.people, self.dingtalk = store, clock, people, attendance
        self.base = a_base(store, clock=clock, patience=Patience(team_s=2), attendance=attendance)
        self.rosters = DingTalkRosters(self.base, cast(Any, people))
        self.reader = DayReader(self.base, self.rosters)
        self.days = PeopleDays(self.base, self.rosters, self.reader)

    def another(self) -> "Stage":
        return Stage(
            self.store, self.clock, self.people, Attendance(planned=dict(self.dingtalk.planned))
        )


@asynccontextmanager
async def a_stage(folder: Path, at: str = "08:50", **attendance: Any) -> AsyncIterator[Stage]:
    """Open an empty database at a local time of the Tuesday.

    `attendance` sets fields of `Attendance`.
    """
    sqlite = SqliteStage(folder)
    clock = StillClock(local(at))
    sqlite.clock = cast(Any, clock)
    try:
        yield Stage(await sqlite.open(), clock, People(), Attendance(**attendance))
    finally:
        await sqlite.close()
