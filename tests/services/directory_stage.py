"""A directory over a scripted DingTalk and a database in memory, for tests of how it is kept in step."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.clock import from_ms, to_ms
from bot.domain.messages import Message, MessageKind, Sender
from bot.domain.people import GONE_FOR, Department, Employee, Organisation, is_overtaken
from bot.errors import StoreRefused
from bot.services.organisation.directory import Directory
from bot.storage.people import Changes
from tests.dingtalk.board import Board

NINE = datetime(2026, 11, 24, 1, tzinfo=UTC)
ROOT = Department(1, "all")
ANN, BOB, CAT = (Employee(name, name.title(), department_ids=(1,)) for name in ("ann", "bob", "cat"))


class MovedClock:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.at = NINE

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return 0.0

    def pass_by(self, span: timedelta) -> None:
        self.at += span


class ScriptedContacts:
    """DingTalk's directory. `refusals` are raised by look-ups; both can be held up at a gate."""

    def __init__(self, board: Board, *people: Employee) -> None:
        self.people = {person.user_id: person for person in people}
        self.departments: tuple[Department, ...] = (ROOT,)
        self.refusals: dict[str, Exception] = {}
        self.down: Exception | None = None
        self.asked: list[str] = []
        self.walks = 0
        self.under_way = 0
        self.most = 0
        self.gate = asyncio.Event()
        self.gate.set()
        self.walk_gate = asyncio.Event()
        self.walk_gate.set()
        self._board = board

    async def employee(self, user_id: str) -> Employee | None:
        self.asked.append(user_id)
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        self._board.changed()
        found = self.people.get(user_id)
        await self.gate.wait()
        await asyncio.sleep(0)
        self.under_way -= 1
        if user_id in self.refusals:
            raise self.refusals[user_id]
        return found

    async def managers(self, department_id: int) -> tuple[str, ...]:
        return next((one.managers for one in self.departments if one.department_id == department_id), ())

    async def user_id_of(self, union_id: str) -> str | None:
        return None

    async def organisation(self) -> Organisation:
        self.walks += 1
        found = Organisation(tuple(self.people.values()), self.departments)
        self._board.changed()
        await self.walk_gate.wait()
        if self.down is not None:
            raise self.down
        return found


class SharedDatabase:
    """`storage.people.People` in memory, as several processes would see it; can refuse."""

    def __init__(self, board: Board, clock: MovedClock) -> None:
        self.rows: dict[str, tuple[Employee, datetime]] = {}
        self.removed: dict[str, datetime] = {}  # when those left who are gone
        self.gone_until: dict[str, datetime] = {}
        self.told: dict[str, datetime] = {}
        self.departments: tuple[Sequence[Department], datetime | None] = ((), None)
        self.refusing = False
        self.whole_reads = 0
        self.gate = asyncio.Event()  # at which reading everybody waits, after it was looked
        self.gate.set()
        self.passed_on: list[str] = []  # of whom `changed` told
        self._board = board
        self._clock = clock

    async def get(self, user_id: str) -> tuple[Employee, datetime] | None:
        return self.rows.get(user_id)

    async def has_left(self, user_id: str) -> bool:
        return user_id in self.gone_until

    async def put(self, employees: Sequence[Employee], read_at: datetime) -> frozenset[str]:
        self._refuse()
        refused = frozenset(one.user_id for one in employees if self._knows_better(one.user_id, read_at))
        for employee in employees:
            user_id = employee.user_id
            if user_id not in refused:
                self.rows[user_id] = (employee, _kept(read_at))
                for kept in (self.removed, self.gone_until):
                    kept.pop(user_id, None)
        self._board.changed()
        return refused

    async def replace(self, found: Organisation, read_at: datetime) -> None:
        await self.put(found.employees, read_at)
        there = {one.user_id for one in found.employees}
        await self.remove([one for one in self.rows if one not in there], read_at)
        self.departments = (found.departments, _kept(read_at))

    async def remove(self, user_ids: Sequence[str], read_at: datetime) -> None:
        older = [one for one in user_ids if one in self.rows and self.rows[one][1] <= _kept(read_at)]
        self._forget(older, read_at)

    async def left(self, user_ids: Sequence[str], at: datetime) -> None:
        leave = [one for one in user_ids if self.told.get(one, at) <= at]
        self._forget(leave, self._clock.now() + GONE_FOR)
        self.told.update(dict.fromkeys(leave, at))

    async def joined(self, user_ids: Sequence[str], at: datetime) -> None:
        self._refuse()
        for user_id in user_ids:
            if self.told.get(user_id, at) <= at:
                self.told[user_id] = at
                self.gone_until.pop(user_id, None)

    async def tree(self) -> tuple[Sequence[Department], datetime | None]:
        return self.departments

    async def all(self) -> Sequence[tuple[Employee, datetime]]:
        self.whole_reads += 1
        found = list(self.rows.values())
        self._board.changed()
        await self.gate.wait()
        return found

    async def changed(self, since: datetime, *, walked_at: datetime | None) -> Changes | None:
        if walked_at != self.departments[1]:
            return None
        read = [row for row in self.rows.values() if row[1] >= since and row[1] != walked_at]
        self.passed_on += [employee.user_id for employee, _ in read]
        return Changes(read, [user_id for user_id, at in self.removed.items() if at >= since])

    def _forget(self, user_ids: Sequence[str], until: datetime) -> None:
        self._refuse()
        for user_id in user_ids:
            self.rows.pop(user_id, None)
            self.gone_until[user_id] = max(until, self.gone_until.get(user_id, until))
            self.removed[user_id] = self._clock.now()
        self._board.changed()

    def _knows_better(self, user_id: str, read_at: datetime) -> bool:
        _, kept_at = self.rows.get(user_id, (None, None))
        was_read_later = is_overtaken(_kept(read_at), kept_at, self._clock.now())
        return was_read_later or self.gone_until.get(user_id, read_at) > read_at

    def _refuse(self) -> None:
        if self.refusing:
            raise StoreRefused("disk full")


def _kept(moment: datetime) -> datetime:
    """Return a moment as a database has it: to the millisecond."""
    return from_ms(to_ms(moment))


class Stage:
    """One process with its directory, and what is around it."""

    def __init__(self, *people: Employee) -> None:
        self.board = Board()
        self.clock = MovedClock()
        self.contacts = ScriptedContacts(self.board, *people)
        self.database = SharedDatabase(self.board, self.clock)
        self.naps: list[float] = []
        self.directory = self.process()

    def process(self) -> Directory:
        """Return another process over the same database."""
        contacts: Any = self.contacts
        people: Any = self.database
        return Directory(contacts, people, self.clock, extra_leads={"cat": [1]}, sleep=self._nap)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Let the directory read those who changed."""
        running = asyncio.create_task(self.directory.run())
        try:
            yield
            assert not running.done(), "the directory stopped reading"
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

    async def until(self, holds: Callable[[], bool]) -> None:
        await self.board.until(holds)

    async def _nap(self, seconds: float) -> None:
        self.naps.append(seconds)
        self.board.changed()
        await asyncio.sleep(0)


def names(directory: Directory) -> list[str]:
    return sorted(directory.active())


def said_by(user_id: str) -> Message:
    return Message("m1", Sender(user_id, None, None), "c1", False, MessageKind.TEXT, "hi", NINE, NINE)
