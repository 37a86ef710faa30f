"""A directory over a scripted DingTalk and a database in memory, for tests of how it is kept in step."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from bot.clock import from_ms, to_ms
from bot.dingtalk.contacts import Contacts
from bot.domain.messages import Message, MessageKind, Sender
from bot.domain.people import GONE_FOR, Department, Employee, Organisation
from bot.domain.readings import is_overtaken
from bot.errors import StoreRefused
from bot.services.organisation.directory import Directory
from bot.storage.departments import Departments
from bot.storage.people import People
from bot.storage.role_doubts import Doubts
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
    """People and departments in memory, as several processes would see them; can refuse."""

    def __init__(self, board: Board, clock: MovedClock) -> None:
        self.rows: dict[str, tuple[Employee, datetime]] = {}
        self.removed: dict[str, datetime] = {}
        self.gone_until: dict[str, datetime] = {}
        self.told: dict[str, datetime] = {}
        self.tree: tuple[Sequence[Department], datetime | None] = ((), None)
        self.refusing = False
        self.refusing_to_forget = False
        self.doubted: dict[str, datetime] = {}
        self.doubted_departments: dict[int | None, datetime] = {}
        self.whole_reads = 0
        self.gate = asyncio.Event()  # at which reading everybody waits, after it was looked
        self.gate.set()
        self.passed_on: list[str] = []  # of whom `changed` told
        self._board = board
        self._clock = clock

    async def get(self, user_id: str) -> tuple[Employee, datetime] | None:
        return self.rows.get(user_id)

    async def put(self, employees: Sequence[Employee], read_at: datetime) -> frozenset[str]:
        self._refuse()
        refused = frozenset(one.user_id for one in employees if self._knows_better(one.user_id, read_at))
        for employee in employees:
            user_id = employee.user_id
            if self.doubted.get(user_id, read_at) <= read_at:
                self.doubted.pop(user_id, None)
            if user_id not in refused:
                self.rows[user_id] = (employee, _kept(read_at))
                for kept in (self.removed, self.gone_until):
                    kept.pop(user_id, None)
        self._board.changed()
        return refused

    async def doubt(self, user_ids: Collection[str], at: datetime) -> None:
        self._refuse()
        self.doubted.update(dict.fromkeys(user_ids, at))

    def settle(self, read_at: datetime) -> None:
        """Forget the doubts of before a reading of all."""
        self.doubted = {one: since for one, since in self.doubted.items() if since > read_at}
        departments = self.doubted_departments.items()
        self.doubted_departments = {one: since for one, since in departments if since > read_at}

    async def remove(self, user_ids: Sequence[str], read_at: datetime) -> frozenset[str]:
        later = frozenset(one for one in user_ids if one in self.rows and self.rows[one][1] > _kept(read_at))
        self._forget([one for one in user_ids if one not in later], read_at)
        return later

    async def left(self, user_ids: Sequence[str], at: datetime) -> frozenset[str]:
        later = frozenset(one for one in user_ids if self.told.get(one, at) > at)
        leave = [one for one in user_ids if one not in later]
        self._forget(leave, self._clock.now() + GONE_FOR)
        self.told.update(dict.fromkeys(leave, at))
        return later

    async def joined(self, user_ids: Sequence[str], at: datetime) -> None:
        self._refuse()
        for user_id in user_ids:
            if self.told.get(user_id, at) <= at:
                self.told[user_id] = at
                self.gone_until.pop(user_id, None)

    async def all(self) -> Sequence[tuple[Employee, datetime]]:
        self.whole_reads += 1
        found = list(self.rows.values())
        self._board.changed()
        await self.gate.wait()
        return found

    async def changed(
        self, since: datetime, *, crawled_at: datetime | None
    ) -> tuple[Sequence[tuple[Employee, datetime]], Mapping[str, datetime]]:
        read = [row for row in self.rows.values() if row[1] >= since and row[1] != crawled_at]
        self.passed_on += [employee.user_id for employee, _ in read]
        return read, {user_id: at for user_id, at in self.removed.items() if at >= since}

    def _forget(self, user_ids: Sequence[str], until: datetime) -> None:
        self._refuse()
        if self.refusing_to_forget:
            raise StoreRefused("disk full")
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


class SharedTree:
    """The departments of a SharedDatabase."""

    def __init__(self, database: SharedDatabase) -> None:
        self._database = database

    async def put(self, departments: Sequence[Department], read_at: datetime) -> bool:
        self._database.tree = (tuple(departments), _kept(read_at))
        self._database.settle(read_at)
        return True

    async def doubt(self, department_ids: Collection[int], at: datetime) -> None:
        self._database._refuse()
        self._database.doubted_departments.update(dict.fromkeys([*department_ids] or [None], at))

    async def doubts(self) -> Doubts:
        named = {one: since for one, since in self._database.doubted_departments.items() if one is not None}
        return Doubts(dict(self._database.doubted), named, self._database.doubted_departments.get(None))

    async def all(self) -> tuple[Sequence[Department], datetime | None]:
        return self._database.tree

    async def read_at(self) -> datetime | None:
        return self._database.tree[1]


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
        contacts: Contacts = self.contacts
        people: People = self.database
        departments: Departments = SharedTree(self.database)
        return Directory(
            contacts,
            people,
            self.clock,
            departments=departments,
            extra_leads={"cat": [1]},
            sleep=self._nap,
        )

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
    return [employee.user_id for employee in directory.everyone()]


def said_by(user_id: str) -> Message:
    return Message("m1", Sender(user_id, None, None), "c1", False, MessageKind.TEXT, "hi", NINE, NINE)
