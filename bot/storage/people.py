"""The directory as it was last read: people, departments, and which of them changed since."""

import asyncio
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from sys import intern
from typing import NamedTuple

from bot.clock import from_ms, to_ms
from bot.domain.people import GONE_FOR, Department, Employee, Organisation
from bot.storage.database import Database, overtakes
from bot.storage.engine import Params, Row, Tx
from bot.storage.replicas import Moment
from bot.storage.statements import Rows, Statement, insert, pack, put, storable, unpack
from bot.storage.tables import departments, people

PersonRead = tuple[Employee, datetime]  # a person, and when the reading of them began


class Changes(NamedTuple):
    """Who was read since a moment, and who left since."""

    read: Sequence[PersonRead]
    left: Sequence[str]


class Doubted(NamedTuple):
    """People and departments that changed since they were read; None stands for all departments."""

    people: frozenset[str]
    departments: frozenset[int | None]


_LOCK = "departments"  # taken like a person's lock: of two walks that end at once each is stored as a whole
_ALL_DEPARTMENTS = ""
_NEVER = -1

_departments = lru_cache(maxsize=4096)(lambda packed: tuple(unpack(packed)))  # one object for many people
_lists = (_departments, pack)
_text = (intern, None)
_EMPLOYEES = Rows(Employee, people, user_id=_text, union_id=_text, department_ids=_lists, leads=_lists)
_DEPARTMENTS = Rows(Department, departments)

# `begun` is when a reading began by the clock that all processes share: its age is told by their own.
_BEGUN = "(STORE_NOW() - :age)"
_GONE = f"{_BEGUN} - {GONE_FOR // timedelta(milliseconds=1)}"
_NOBODY = "union_id = NULL, department_ids = '[]', leads = '[]', active = 0"

_PUT = Statement(
    put(people, *_EMPLOYEES.names, "read_ms")
    + f""", left_ms = NULL
    WHERE (people.left_ms IS NULL OR people.left_ms <= {_GONE})
      AND NOT {overtakes("people.read_ms", "excluded.read_ms")}"""
)
_STORED = Statement(
    "SELECT user_id FROM people WHERE user_id IN [:user_ids] AND left_ms IS NULL AND read_ms = :read_ms"
)
_OLDER = Statement(
    f"""SELECT user_id, department_ids FROM people
    WHERE left_ms IS NULL AND NOT {overtakes("read_ms", ":read_ms")}"""
)
_REMOVE = Statement(
    f"""UPDATE people SET {_NOBODY}, read_ms = :read_ms, left_ms = {_GONE}
    WHERE user_id IN [:user_ids] AND left_ms IS NULL AND NOT {overtakes("read_ms", ":read_ms")}"""
)
_LEAVE = Statement(
    f"""INSERT INTO people (user_id, name, department_ids, leads, active, read_ms, left_ms)
    VALUES (:user_id, '', '[]', '[]', 0, :now, STORE_NOW())
    ON CONFLICT (user_id) DO UPDATE SET {_NOBODY}, read_ms = excluded.read_ms, left_ms = excluded.left_ms"""
)
# `left_ms` 0 is that of somebody who left and joined again, and was not read yet.
_JOIN = Statement("UPDATE people SET left_ms = 0 WHERE user_id = :user_id AND left_ms IS NOT NULL")
_PERSON = f"SELECT {_EMPLOYEES.sql()}, read_ms, left_ms FROM people"
_ALL = Statement(f"{_PERSON} WHERE left_ms IS NULL ORDER BY user_id")
_GET = Statement(f"{_PERSON} WHERE user_id = :user_id AND left_ms IS NULL")
_CHANGED = Statement(f"{_PERSON} WHERE read_ms >= :since AND read_ms <> :walked_ms")
_HAS_LEFT = Statement("SELECT user_id FROM people WHERE user_id = :user_id AND left_ms > 0")

_DOUBT = Statement(
    """INSERT INTO doubts (kind, subject, doubted_ms) VALUES (:kind, :subject, STORE_NOW())
    ON CONFLICT (kind, subject) DO UPDATE SET doubted_ms = excluded.doubted_ms"""
)
_TRUST = f"DELETE FROM doubts WHERE doubted_ms <= {_BEGUN}"
_TRUST_ALL = Statement(f"{_TRUST} AND NOT subject IN [:unread]")
_TRUST_PEOPLE = Statement(f"{_TRUST} AND kind = 'person' AND subject IN [:user_ids]")
_DOUBTED = Statement("SELECT kind, subject FROM doubts")

_TREE = Statement(f"SELECT {_DEPARTMENTS.sql()} FROM departments ORDER BY department_id")
_CUT_TREE = Statement("DELETE FROM departments")
_PLANT = Statement(insert(departments))


class People:
    """People and departments. Each call raises StoreRefused.

    Whoever left keeps a row with their name, which the ledger's export shows. Readings and events are stored in
    the order in which they began, whichever comes first.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._walked = Moment(database, "departments read")

    async def get(self, user_id: str) -> PersonRead | None:
        """Return the person and when they were read."""
        row = await self._database.one(_GET, {"user_id": user_id})
        return None if row is None else _read(row)

    async def has_left(self, user_id: str) -> bool:
        """Tell whether an event said last that somebody left, or a reading missed them."""
        return await self._database.one(_HAS_LEFT, {"user_id": user_id}) is not None

    async def all(self) -> Sequence[PersonRead]:
        """Return everybody, by user id."""
        return await asyncio.to_thread(_all_read, await self._database.all(_ALL))

    async def tree(self) -> tuple[Sequence[Department], datetime | None]:
        """Return all departments, by id, and when the last walk began, None without one."""
        rows, read_ms = await self._database.read(lambda tx: (tx.all(_TREE), self._walked.get(tx)))
        return [_DEPARTMENTS.read(row) for row in rows], None if read_ms is None else from_ms(read_ms)

    async def changed(self, since: datetime, *, walked_at: datetime | None) -> Changes | None:
        """Return what changed since, but for the walk of `walked_at`; None when a newer walk was stored."""
        walked_ms = None if walked_at is None else to_ms(walked_at)
        params = {"since": since, "walked_ms": _NEVER if walked_ms is None else walked_ms}

        def work(tx: Tx) -> Sequence[Row] | None:
            return tx.all(_CHANGED, params) if self._walked.get(tx) == walked_ms else None

        rows = await self._database.read(work)
        if rows is None:
            return None
        here = await asyncio.to_thread(_all_read, [row for row in rows if row[-1] is None])
        return Changes(here, [row[0] for row in rows if row[-1] is not None])

    async def put(self, employees: Sequence[Employee], read_at: datetime) -> frozenset[str]:
        """Store people as read from `read_at` on. Return the ids of those who left or were read later."""
        ids = [storable(one.user_id) for one in employees]

        def work(tx: Tx) -> frozenset[str]:
            reading = {**self._reading(read_at), "user_ids": ids}
            _put(tx, employees, reading)
            tx.run(_TRUST_PEOPLE, reading)
            return frozenset(ids).difference(user_id for (user_id,) in tx.all(_STORED, reading))

        return await self._database.write(work)

    async def replace(self, found: Organisation, read_at: datetime) -> None:
        """Let `found` be the whole organisation, as walked from `read_at` on, unless a later walk is stored."""
        tree = {one.department_id: _DEPARTMENTS.row(one) for one in found.departments}
        there = {storable(one.user_id) for one in found.employees}

        def work(tx: Tx) -> None:
            kept_ms = self._walked.get(tx)
            if kept_ms is not None and to_ms(read_at) < kept_ms <= self._database.now_ms:
                return
            reading = self._reading(read_at)
            _put(tx, found.employees, reading)
            missing: list[str] = []
            unread: list[str] = []
            for user_id, packed in tx.all(_OLDER, reading):
                if user_id not in there:
                    (missing if found.unsure.isdisjoint(_departments(packed)) else unread).append(user_id)
            tx.run(_REMOVE, {**reading, "user_ids": missing})
            tx.run(_CUT_TREE)
            tx.many(_PLANT, list(tree.values()))
            tx.run(_TRUST_ALL, {**reading, "unread": unread})
            self._walked.put(tx, to_ms(read_at))

        await self._database.write(work, person=_LOCK)

    async def remove(self, user_ids: Sequence[str], read_at: datetime) -> None:
        """Forget people whom a reading of `read_at` did not find, unless they were read later."""

        def work(tx: Tx) -> None:
            reading = {**self._reading(read_at), "user_ids": list(user_ids)}
            tx.run(_REMOVE, reading)
            tx.run(_TRUST_PEOPLE, reading)

        await self._database.write(work)

    async def left(self, user_ids: Sequence[str]) -> None:
        """Forget people who left, as an event tells. No reading shows them again within GONE_FOR."""
        await self._database.store(_LEAVE, self._named(user_ids))

    async def joined(self, user_ids: Sequence[str]) -> None:
        """Let the next reading show people who joined, as an event tells."""
        await self._database.store(_JOIN, self._named(user_ids))

    async def doubt(self, user_ids: Iterable[str] = (), department_ids: Iterable[int | None] = ()) -> None:
        """Mark what an event called changed, until a reading that begins later; no id means all departments."""
        named = [("person", user_id) for user_id in user_ids]
        named += [("department", _ALL_DEPARTMENTS if one is None else str(one)) for one in department_ids]
        now = self._database.now_ms
        rows = [{"kind": kind, "subject": subject, "now": now} for kind, subject in sorted(set(named))]
        await self._database.store(_DOUBT, rows)

    async def doubted(self) -> Doubted:
        """Return what an event called changed and nobody has read since, on whichever process."""
        rows = await self._database.all(_DOUBTED)
        departments = [subject for kind, subject in rows if kind == "department"]
        return Doubted(
            frozenset(subject for kind, subject in rows if kind == "person"),
            frozenset(None if one == _ALL_DEPARTMENTS else int(one) for one in departments),
        )

    def _reading(self, read_at: datetime) -> Params:
        """Return what tells when a reading began, by both clocks."""
        now, read_ms = self._database.now_ms, to_ms(read_at)
        return {"now": now, "read_ms": read_ms, "age": max(0, now - read_ms)}

    def _named(self, user_ids: Sequence[str]) -> Sequence[Params]:
        now = self._database.now_ms
        return [{"user_id": user_id, "now": now} for user_id in sorted(set(user_ids))]


def _put(tx: Tx, employees: Sequence[Employee], reading: Params) -> None:
    in_order = sorted(employees, key=lambda one: one.user_id)  # so that no two processes wait for each other
    tx.many(_PUT, [_EMPLOYEES.row(employee, **reading) for employee in in_order])


def _read(row: Row) -> PersonRead:
    return _EMPLOYEES.read(row), from_ms(row[-2])


def _all_read(rows: Sequence[Row]) -> Sequence[PersonRead]:
    """Return the people of `rows`; to be called on a thread, since there may be 100,000."""
    return [_read(row) for row in rows]
