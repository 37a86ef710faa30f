"""The directory as it was last read."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache, partial
from sys import intern

from sqlalchemy import BigInteger, and_, bindparam, case, not_, or_, select, update

from bot.clock import from_ms, to_ms
from bot.domain.people import GONE_FOR, Employee
from bot.storage.database import Database, StoreNow
from bot.storage.engine import Row, Tx
from bot.storage.readings import overtakes
from bot.storage.role_doubts import doubt_people, settle_people
from bot.storage.statements import Statement, values
from bot.storage.tables import people
from bot.storage.texts import pack, storable, unpack

_known = select(
    *(people.c.user_id, people.c.name, people.c.union_id, people.c.department_ids),
    *(people.c.leads, people.c.active, people.c.read_ms),
).where(people.c.left_ms.is_(None))

_READ = ("name", "union_id", "department_ids", "leads", "active", "read_ms")
_NOBODY = {"union_id": None, "department_ids": "[]", "leads": "[]", "active": 0}
_BACK = {"left_ms": None, "gone_until_ms": None}  # `told_ms` stays: an older event that comes late is one still
_GONE_FOR_MS = GONE_FOR // timedelta(milliseconds=1)
_begun = bindparam("begun", type_=BigInteger)
_now = bindparam("now", type_=BigInteger)
_this = people.c.user_id == bindparam("this")
_at = bindparam("at", type_=BigInteger)
_told_later = overtakes(people.c.told_ms, _at)  # of readings and of events alike
_told_before = or_(people.c.told_ms.is_(None), not_(_told_later))
_read = bindparam("read", type_=BigInteger)

# What the row itself says decides: an event that another process commits meanwhile is seen under the row's lock.
_PUT = Statement(
    lambda insert: (row := insert(people).values(values(people, "user_id", *_READ))).on_conflict_do_update(
        index_elements=["user_id"],
        set_={**{name: row.excluded[name] for name in _READ}, **_BACK},
        where=and_(
            or_(people.c.gone_until_ms.is_(None), people.c.gone_until_ms <= _begun),
            not_(overtakes(people.c.read_ms, row.excluded.read_ms)),
        ),
    )
)
_NOW = Statement(select(StoreNow()))
_REFUSED = Statement(
    select(people.c.user_id).where(or_(people.c.gone_until_ms > _begun, overtakes(people.c.read_ms, _read)))
)
_GET = Statement(_known.where(people.c.user_id == bindparam("user_id")))
_ALL = Statement(_known.order_by(people.c.user_id))
_CHANGED = Statement(
    _known.where(people.c.read_ms >= bindparam("since"), people.c.read_ms != bindparam("crawled"))
)
_LEFT = Statement(select(people.c.user_id, people.c.left_ms).where(people.c.left_ms >= bindparam("since")))
_REMOVE = Statement(
    update(people)
    .values(
        **_NOBODY,
        left_ms=_now,
        gone_until_ms=case((people.c.gone_until_ms > _begun, people.c.gone_until_ms), else_=_begun),
    )
    .where(_this, people.c.read_ms <= _read)
)
_READ_LATER = Statement(select(people.c.user_id).where(people.c.read_ms > _read))
_LEAVE = Statement(
    lambda insert: (
        row := insert(people).values(
            **_NOBODY,
            user_id=bindparam("this"),
            name="",
            read_ms=0,  # whoever was never read is not to be brought back by what is being read of them either
            left_ms=_now,
            told_ms=_at,
            gone_until_ms=StoreNow() + _GONE_FOR_MS,
        )
    ).on_conflict_do_update(
        index_elements=["user_id"],
        set_={**_NOBODY, **{name: row.excluded[name] for name in (*_BACK, "told_ms")}},
        where=_told_before,
    )
)
_TOLD_LATER = Statement(select(people.c.user_id).where(_this, _told_later))
# Whoever was never read gets a row too: an older event may come later that they left.
_JOIN = Statement(
    lambda insert: (
        row := insert(people).values(
            **_NOBODY, user_id=bindparam("this"), name="", read_ms=0, left_ms=_now, told_ms=_at, gone_until_ms=None
        )
    ).on_conflict_do_update(
        index_elements=["user_id"],
        set_={name: row.excluded[name] for name in ("told_ms", "gone_until_ms")},
        where=_told_before,
    )
)
_NEVER = -1
_NO_ONE: frozenset[str] = frozenset()


class People:
    """The directory as we last read it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, user_id: str) -> tuple[Employee, datetime] | None:
        """Return the person and when they were read. Raises StoreRefused."""
        row = await self._database.read(lambda tx: tx.one(_GET, {"user_id": storable(user_id)}))
        return None if row is None else _employee(row)

    async def put(self, employees: Sequence[Employee], read_at: datetime) -> frozenset[str]:
        """Store people as read from `read_at` on, but for those who are gone or were read later; return their ids.

        All at once: somebody who leaves meanwhile is removed before all of it or after all of it. Raises
        StoreRefused.
        """
        return await self._database.write(partial(self._put, employees, to_ms(read_at)))

    async def doubt(self, user_ids: Collection[str], at: datetime) -> None:
        """Note that an event of `at` spoke of people; reading them later settles it. Raises StoreRefused."""
        await doubt_people(self._database, user_ids, at)

    async def remove(self, user_ids: Sequence[str], read_at: datetime) -> frozenset[str]:
        """Forget people whom a reading of `read_at` no longer has, but for those read later; return these.

        The name stays, which the ledger's export shows. Raises StoreRefused.
        """
        return await self._database.write(partial(self._remove, user_ids, to_ms(read_at)))

    async def left(self, user_ids: Sequence[str], at: datetime) -> frozenset[str]:
        """Forget people who left at `at`, as an event tells, but for their names; return who stays.

        Of them an event of later than `at` has told already. Raises StoreRefused.
        """
        moments = {"now": self._database.now_ms, "at": to_ms(at)}
        rows = [{"this": user_id, **moments} for user_id in sorted(set(map(storable, user_ids)))]

        def work(tx: Tx) -> set[str]:
            tx.many(_LEAVE, rows)
            return {user_id for row in rows for (user_id,) in tx.all(_TOLD_LATER, row)}

        stay = await self._database.write(work)
        return frozenset(user_id for user_id in user_ids if storable(user_id) in stay)

    async def joined(self, user_ids: Sequence[str], at: datetime) -> None:
        """Let a reading bring back those who joined at `at` and did not leave after that. Raises StoreRefused."""
        moments = {"now": self._database.now_ms, "at": to_ms(at)}
        rows = [{"this": user_id, **moments} for user_id in sorted(set(map(storable, user_ids)))]
        await self._database.write(lambda tx: tx.many(_JOIN, rows))

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

    def _put(self, employees: Sequence[Employee], read_ms: int, tx: Tx) -> frozenset[str]:
        moments = {"begun": self._begun(tx, read_ms), "now": self._database.now_ms}
        tx.many(_PUT, [{**_row(employee), "read_ms": read_ms, **moments} for employee in employees])
        settle_people(tx, [employee.user_id for employee in employees], read_ms)
        refused = {user_id for (user_id,) in tx.all(_REFUSED, {**moments, "read": read_ms})}
        user_ids = (employee.user_id for employee in employees)
        return frozenset(one for one in user_ids if storable(one) in refused) if refused else _NO_ONE

    def _remove(self, user_ids: Sequence[str], read_ms: int, tx: Tx) -> frozenset[str]:
        moments = {"now": self._database.now_ms, "begun": self._begun(tx, read_ms), "read": read_ms}
        tx.many(_REMOVE, [{"this": user_id, **moments} for user_id in sorted(map(storable, user_ids))])
        later = {user_id for (user_id,) in tx.all(_READ_LATER, {"read": read_ms})}
        return frozenset(user_id for user_id in user_ids if storable(user_id) in later) if later else _NO_ONE

    def _begun(self, tx: Tx, read_ms: int) -> int:
        """Return when a reading of `read_ms` began by the clock that all processes share, from its age by ours."""
        now = self._database.now_ms
        (store_now,) = tx.all(_NOW, {"now": now})[0]
        return int(store_now) - max(0, now - read_ms)


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
