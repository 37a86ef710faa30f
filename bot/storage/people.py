"""The directory as it was last read."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import lru_cache, partial
from sys import intern

from sqlalchemy import bindparam, select, update

from bot.clock import from_ms, to_ms
from bot.domain.people import Employee
from bot.storage.database import Database
from bot.storage.engine import Row, Tx
from bot.storage.role_doubts import doubt_people, settle_people
from bot.storage.statements import Statement, upsert
from bot.storage.tables import people
from bot.storage.texts import pack, storable, unpack

_known = select(
    *(people.c.user_id, people.c.name, people.c.union_id, people.c.department_ids),
    *(people.c.leads, people.c.active, people.c.read_ms),
).where(people.c.left_ms.is_(None))

_PUT = upsert(people, *people.c.keys())
_GET = Statement(_known.where(people.c.user_id == bindparam("user_id")))
_ALL = Statement(_known.order_by(people.c.user_id))
_CHANGED = Statement(
    _known.where(people.c.read_ms >= bindparam("since"), people.c.read_ms != bindparam("crawled"))
)
_LEFT = Statement(select(people.c.user_id, people.c.left_ms).where(people.c.left_ms >= bindparam("since")))
_REMOVE = Statement(
    update(people)
    .values(union_id=None, department_ids="[]", leads="[]", active=0, left_ms=bindparam("now"))
    .where(people.c.user_id == bindparam("this"))
)
_NEVER = -1


class SqlPeople:
    """`services.ports.People` in the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, user_id: str) -> tuple[Employee, datetime] | None:
        """Return the person and when they were read. Raises StoreRefused."""
        row = await self._database.read(lambda tx: tx.one(_GET, {"user_id": storable(user_id)}))
        return None if row is None else _employee(row)

    async def put(self, employees: Sequence[Employee], read_at: datetime) -> None:
        """Store people as read at `read_at`. Raises StoreRefused.

        All at once: somebody who leaves meanwhile is removed before all of it or after all of it.
        """
        await self._database.write(partial(_put, employees, to_ms(read_at)))

    async def doubt(self, user_ids: Collection[str], at: datetime) -> None:
        """Note that an event of `at` spoke of people; reading them later settles it. Raises StoreRefused."""
        await doubt_people(self._database, user_ids, at)

    async def remove(self, user_ids: Sequence[str]) -> None:
        """Forget people who left, but for the name that the ledger's export shows. Raises StoreRefused."""
        rows = [{"this": user_id, "now": self._database.now_ms} for user_id in user_ids]
        await self._database.write(lambda tx: tx.many(_REMOVE, rows))

    async def all(self) -> Sequence[tuple[Employee, datetime]]:
        """Return everybody known, by user id. Raises StoreRefused."""
        rows = await self._database.read(lambda tx: tx.all(_ALL))
        return await asyncio.to_thread(_employees, rows)

    async def changed(
        self, since: datetime, *, crawled_at: datetime | None
    ) -> tuple[Sequence[tuple[Employee, datetime]], Mapping[str, datetime]]:
        """Return who was read at `since` or later but not at `crawled_at`, and when those left who were forgotten.

        Raises StoreRefused.
        """
        params = {"since": to_ms(since)}
        but = {**params, "crawled": _NEVER if crawled_at is None else to_ms(crawled_at)}
        read, left = await self._database.read(lambda tx: (tx.all(_CHANGED, but), tx.all(_LEFT, params)))
        employees = await asyncio.to_thread(_employees, read)
        return employees, {user_id: from_ms(left_ms) for user_id, left_ms in left}


def _put(employees: Sequence[Employee], read_ms: int, tx: Tx) -> None:
    tx.many(_PUT, [{**_row(employee), "read_ms": read_ms, "left_ms": None} for employee in employees])
    settle_people(tx, [employee.user_id for employee in employees], read_ms)


def _row(employee: Employee) -> dict[str, object]:
    return {
        "user_id": storable(employee.user_id),
        "name": storable(employee.name),
        "union_id": employee.union_id,
        "department_ids": pack(employee.department_ids),
        "leads": pack(employee.leads),
        "active": int(employee.active),
    }


def _employee(row: Row) -> tuple[Employee, datetime]:
    user_id, name, union_id, department_ids, leads, active, read_ms = row
    departments, led = _departments(department_ids), _departments(leads)
    union_id = None if union_id is None else intern(union_id)
    return Employee(intern(user_id), name, union_id, departments, led, bool(active)), from_ms(read_ms)


@lru_cache(maxsize=4096)
def _departments(packed: str) -> tuple[int, ...]:
    """Return departments, as one object for all who are in the same."""
    return tuple(unpack(packed))


def _employees(rows: Sequence[Row]) -> Sequence[tuple[Employee, datetime]]:
    """Return the people of `rows`; to be called on a thread, since there may be 100,000."""
    return [_employee(row) for row in rows]
