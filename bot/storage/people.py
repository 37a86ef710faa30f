"""The directory as it was last read: people and the department tree."""

import asyncio
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import lru_cache, partial
from sys import intern
from typing import NamedTuple

from sqlalchemy import BigInteger, and_, bindparam, case, delete, not_, null, or_, select, true, update

from bot.clock import from_ms, to_ms
from bot.domain.people import GONE_FOR, Department, Employee, Organisation, is_overtaken
from bot.storage.database import Database, StoreNow, overtakes
from bot.storage.engine import Row, Tx
from bot.storage.replicas import Moment
from bot.storage.rows import Rows
from bot.storage.statements import Statement, add, naming, pack, storable, these, unpack, values
from bot.storage.tables import departments, doubts, people

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
_READ = ("name", "union_id", "department_ids", "leads", "active", "read_ms")
_NOBODY = {"union_id": None, "department_ids": "[]", "leads": "[]", "active": 0}
_GONE_FOR_MS = GONE_FOR // timedelta(milliseconds=1)
_HIDDEN = 0  # `left_ms` of whoever joined and was not read yet: any reading shows them

_departments = lru_cache(maxsize=4096)(lambda packed: tuple(unpack(packed)))  # one object for many people
_lists = (_departments, pack)
_text = (intern, None)
_EMPLOYEES = Rows(Employee, people, user_id=_text, union_id=_text, department_ids=_lists, leads=_lists)
_READ_AT = len(_EMPLOYEES.columns)
_DEPARTMENTS = Rows(Department, departments)

_person = (*_EMPLOYEES.columns, people.c.read_ms, people.c.left_ms)
_here = people.c.left_ms.is_(None)
_this = people.c.user_id == bindparam("this")
_begun = bindparam("begun", type_=BigInteger)  # when a reading began, by the clock that all processes share
_read = bindparam("read", type_=BigInteger)  # the same by the clock of its process
_at = bindparam("at", type_=BigInteger)
_now = bindparam("now", type_=BigInteger)
_newest_event = not_(and_(people.c.told_ms.is_not(None), overtakes(people.c.told_ms, _at)))

_PUT = Statement(
    lambda insert: (row := insert(people).values(values(people, "user_id", *_READ))).on_conflict_do_update(
        index_elements=["user_id"],
        set_={**{name: row.excluded[name] for name in _READ}, "left_ms": None},
        where=and_(
            or_(_here, people.c.left_ms <= _begun - _GONE_FOR_MS),
            not_(overtakes(people.c.read_ms, row.excluded.read_ms)),
        ),
    )
)
_STORED = Statement(select(people.c.user_id).where(_this, _here, people.c.read_ms == _read))
_OLDER = Statement(
    select(people.c.user_id, people.c.department_ids).where(_here, not_(overtakes(people.c.read_ms, _read)))
)
_REMOVE = Statement(
    update(people)
    .values(**_NOBODY, read_ms=_read, left_ms=_begun - _GONE_FOR_MS)
    .where(_this, _here, not_(overtakes(people.c.read_ms, _read)))
)
_LEAVE = Statement(
    lambda insert: (
        row := insert(people).values(
            **_NOBODY, user_id=bindparam("this"), name="", read_ms=_now, left_ms=StoreNow(), told_ms=_at
        )
    ).on_conflict_do_update(
        index_elements=["user_id"],
        set_={**_NOBODY, **{name: row.excluded[name] for name in ("read_ms", "left_ms", "told_ms")}},
        where=_newest_event,
    )
)
# Whoever was never read gets a row too: an older event may come later that they left.
_JOIN = Statement(
    lambda insert: (
        row := insert(people).values(
            **_NOBODY, user_id=bindparam("this"), name="", read_ms=0, left_ms=_HIDDEN, told_ms=_at
        )
    ).on_conflict_do_update(
        index_elements=["user_id"],
        set_={"left_ms": case((_here, null()), else_=_HIDDEN), "told_ms": row.excluded.told_ms},
        where=_newest_event,
    )
)
_ALL = Statement(select(*_person).where(_here).order_by(people.c.user_id))
_GET = Statement(select(*_person).where(_this, _here))
_CHANGED = Statement(select(*_person).where(people.c.read_ms >= bindparam("since"), people.c.read_ms != _read))
_HAS_LEFT = Statement(select(people.c.user_id).where(_this, people.c.left_ms > _HIDDEN))
_STORE_NOW = Statement(select(StoreNow()))

_PERSON, _DEPARTMENT, _ALL_DEPARTMENTS = "person", "department", ""
_DOUBT = Statement(
    lambda insert: (
        insert(doubts)
        .values(**values(doubts, "kind", "subject"), doubted_ms=StoreNow())
        .on_conflict_do_update(index_elements=["kind", "subject"], set_={"doubted_ms": StoreNow()})
    )
)
_TRUST_DEPARTMENTS = Statement(delete(doubts).where(doubts.c.kind == _DEPARTMENT, doubts.c.doubted_ms <= _begun))
_TRUST_PEOPLE = Statement(
    delete(doubts).where(doubts.c.kind == _PERSON, these(doubts.c.subject), doubts.c.doubted_ms <= _begun)
)
_DOUBTED = Statement(select(doubts.c.kind, doubts.c.subject))

_TREE = Statement(select(*_DEPARTMENTS.columns).order_by(departments.c.department_id))
_CUT_TREE = Statement(delete(departments).where(true()))
_PLANT = add(departments)
_NEVER = -1


class People:
    """People and departments. Each call raises StoreRefused.

    Whoever left keeps a row with their name, which the ledger's export shows. Readings and events are stored in
    the order in which they began, whichever comes first.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, user_id: str) -> PersonRead | None:
        """Return the person and when they were read."""
        row = await self._database.one(_GET, {"this": user_id})
        return None if row is None else _employee(row)

    async def has_left(self, user_id: str) -> bool:
        """Tell whether an event said last that somebody left, or a reading missed them."""
        return await self._database.one(_HAS_LEFT, {"this": user_id}) is not None

    async def all(self) -> Sequence[PersonRead]:
        """Return everybody, by user id."""
        return await asyncio.to_thread(_employees, await self._database.all(_ALL))

    async def tree(self) -> tuple[Sequence[Department], datetime | None]:
        """Return all departments, by id, and when the last walk began, None without one."""
        rows, read_ms = await self._database.read(lambda tx: (tx.all(_TREE), Moment.DEPARTMENTS_READ.get(tx)))
        return [_DEPARTMENTS.read(row) for row in rows], None if read_ms is None else from_ms(read_ms)

    async def changed(self, since: datetime, *, walked_at: datetime | None) -> Changes | None:
        """Return what changed since, but for the walk of `walked_at`; None when a newer walk was stored."""
        walked_ms = None if walked_at is None else to_ms(walked_at)
        params = {"since": to_ms(since), "read": _NEVER if walked_ms is None else walked_ms}

        def work(tx: Tx) -> Sequence[Row] | None:
            return tx.all(_CHANGED, params) if Moment.DEPARTMENTS_READ.get(tx) == walked_ms else None

        rows = await self._database.read(work)
        if rows is None:
            return None
        here = await asyncio.to_thread(_employees, [row for row in rows if row[-1] is None])
        return Changes(here, [row[0] for row in rows if row[-1] is not None])

    async def put(self, employees: Sequence[Employee], read_at: datetime) -> frozenset[str]:
        """Store people as read from `read_at` on. Return the ids of those who left or were read later."""

        def work(tx: Tx) -> list[Employee]:
            self._put(tx, employees, to_ms(read_at))
            self._trust(tx, [one.user_id for one in employees], to_ms(read_at))
            read = {"read": to_ms(read_at)}
            return [one for one in employees if tx.one(_STORED, {"this": storable(one.user_id), **read}) is None]

        return frozenset(one.user_id for one in await self._database.write(work))

    async def replace(self, found: Organisation, read_at: datetime) -> None:
        """Let `found` be the whole organisation, as walked from `read_at` on, unless a later walk is stored."""
        read_ms = to_ms(read_at)
        rows = {one.department_id: _DEPARTMENTS.row(one) for one in found.departments}
        there = {storable(one.user_id) for one in found.employees}

        def work(tx: Tx) -> None:
            kept_ms = Moment.DEPARTMENTS_READ.get(tx)
            kept_at = None if kept_ms is None else from_ms(kept_ms)
            if is_overtaken(from_ms(read_ms), kept_at, self._database.clock.now()):
                return
            self._put(tx, found.employees, read_ms)
            older = tx.all(_OLDER, {"read": read_ms, "now": self._database.now_ms})
            missing = [
                user_id
                for user_id, packed in older
                if user_id not in there and found.unsure.isdisjoint(_departments(packed))
            ]
            self._remove(tx, missing, read_ms)
            tx.run(_CUT_TREE)
            tx.many(_PLANT, list(rows.values()))
            Moment.DEPARTMENTS_READ.put(tx, read_ms)
            kept = {user_id for user_id, _ in older} - there - set(missing)  # of unsure departments: not read
            read = [one for kind, one in tx.all(_DOUBTED) if kind == _PERSON and one not in kept]
            self._trust(tx, read, read_ms)
            tx.run(_TRUST_DEPARTMENTS, {"begun": self._begun(tx, read_ms)})

        await self._database.write(work, person=_LOCK)

    async def remove(self, user_ids: Sequence[str], read_at: datetime) -> None:
        """Forget people whom a reading of `read_at` did not find, unless they were read later."""
        some = sorted(map(storable, user_ids))

        def work(tx: Tx) -> None:
            self._remove(tx, some, to_ms(read_at))
            self._trust(tx, some, to_ms(read_at))

        await self._database.write(work)

    async def left(self, user_ids: Sequence[str], at: datetime) -> None:
        """Forget people who left at `at`, as an event tells. No reading shows them again within GONE_FOR."""
        await self._database.write(partial(self._tell, _LEAVE, user_ids, at))

    async def joined(self, user_ids: Sequence[str], at: datetime) -> None:
        """Let the next reading show people who joined at `at`, as an event tells."""
        await self._database.write(partial(self._tell, _JOIN, user_ids, at))

    async def doubt(self, user_ids: Iterable[str] = (), department_ids: Iterable[int | None] = ()) -> None:
        """Mark what an event called changed, until a reading that begins later; no id means all departments."""
        now = self._database.now_ms
        rows = [
            *({"kind": _PERSON, "subject": user_id, "now": now} for user_id in sorted(set(user_ids))),
            *(
                {"kind": _DEPARTMENT, "subject": _ALL_DEPARTMENTS if one is None else str(one), "now": now}
                for one in dict.fromkeys(department_ids)
            ),
        ]
        await self._database.write(lambda tx: tx.many(_DOUBT, rows))

    async def doubted(self) -> Doubted:
        """Return what an event called changed and nobody has read since, on whichever process."""
        rows = await self._database.all(_DOUBTED)
        subjects = [subject for kind, subject in rows if kind == _DEPARTMENT]
        return Doubted(
            frozenset(subject for kind, subject in rows if kind == _PERSON),
            frozenset(None if one == _ALL_DEPARTMENTS else int(one) for one in subjects),
        )

    def _put(self, tx: Tx, employees: Sequence[Employee], read_ms: int) -> None:
        moments = {"begun": self._begun(tx, read_ms), "now": self._database.now_ms, "read_ms": read_ms}
        in_order = sorted(employees, key=lambda one: one.user_id)  # so that no two processes wait for each other
        tx.many(_PUT, [_EMPLOYEES.row(employee, **moments) for employee in in_order])

    def _remove(self, tx: Tx, user_ids: Sequence[str], read_ms: int) -> None:
        moments = {"begun": self._begun(tx, read_ms), "now": self._database.now_ms, "read": read_ms}
        tx.many(_REMOVE, [{"this": user_id, **moments} for user_id in user_ids])

    def _trust(self, tx: Tx, user_ids: Sequence[str], read_ms: int) -> None:
        """Forget the doubts about people that a reading covers."""
        tx.run(_TRUST_PEOPLE, {"begun": self._begun(tx, read_ms), **naming(user_ids)})

    def _tell(self, event: Statement, user_ids: Sequence[str], at: datetime, tx: Tx) -> None:
        moments = {"now": self._database.now_ms, "at": to_ms(at)}
        tx.many(event, [{"this": user_id, **moments} for user_id in sorted(set(map(storable, user_ids)))])

    def _begun(self, tx: Tx, read_ms: int) -> int:
        """Return when a reading began by the clock that all processes share, from its age by ours."""
        now = self._database.now_ms
        (store_now,) = tx.all(_STORE_NOW, {"now": now})[0]
        return int(store_now) - max(0, now - read_ms)


def _employee(row: Row) -> PersonRead:
    return _EMPLOYEES.read(row), from_ms(row[_READ_AT])


def _employees(rows: Sequence[Row]) -> Sequence[PersonRead]:
    """Return the people of `rows`; to be called on a thread, since there may be 100,000."""
    return [_employee(row) for row in rows]
