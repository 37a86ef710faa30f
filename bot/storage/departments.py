"""The department tree as it was last read."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import delete, insert, select, true

from bot.clock import from_ms, to_ms
from bot.domain.people import Department
from bot.domain.readings import is_overtaken
from bot.storage.database import Database
from bot.storage.engine import Row, Tx
from bot.storage.moments import Moment
from bot.storage.role_doubts import Doubts, doubt_departments, doubts_in, settle_all
from bot.storage.statements import Statement, values
from bot.storage.tables import departments
from bot.storage.texts import pack, storable, unpack

_LOCK = "departments"  # taken like a person's lock: two that read the tree at once put one whole tree each

_ALL = Statement(select(departments).order_by(departments.c.department_id))
_CLEAR = Statement(delete(departments).where(true()))
_PUT = Statement(insert(departments).values(values(departments, *departments.c.keys())).inline())


class Departments:
    """The department tree as we last read it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, departments: Sequence[Department], read_at: datetime) -> bool:
        """Store the whole tree in place of the one that was there; all people were read with it.

        Return whether it is stored: not where the one that is there was begun to be read later. Raises
        StoreRefused.
        """
        rows = {department.department_id: _row(department) for department in departments}
        begun_at = from_ms(to_ms(read_at))

        def work(tx: Tx) -> bool:
            kept_ms = Moment.DEPARTMENTS_READ.get(tx)
            if kept_ms is not None and is_overtaken(begun_at, from_ms(kept_ms), self._database.clock.now()):
                return False
            tx.run(_CLEAR)
            tx.many(_PUT, list(rows.values()))
            Moment.DEPARTMENTS_READ.put(tx, to_ms(read_at))
            settle_all(tx, to_ms(read_at))
            return True

        return await self._database.write(work, person=_LOCK)

    async def all(self) -> tuple[Sequence[Department], datetime | None]:
        """Return all departments, by id, and when they were read, None for never. Raises StoreRefused."""
        rows, read_ms = await self._database.read(lambda tx: (tx.all(_ALL), Moment.DEPARTMENTS_READ.get(tx)))
        return [_department(row) for row in rows], None if read_ms is None else from_ms(read_ms)

    async def read_at(self) -> datetime | None:
        """Return when they were read, None for never. Raises StoreRefused."""
        read_ms = await self._database.read(Moment.DEPARTMENTS_READ.get)
        return None if read_ms is None else from_ms(read_ms)

    async def doubt(self, department_ids: Collection[int], at: datetime) -> None:
        """Note that an event of `at` spoke of departments, without any of all of them. Raises StoreRefused."""
        await doubt_departments(self._database, department_ids, at)

    async def doubts(self) -> Doubts:
        """Return of whom and of which departments an event came that were not read since. Raises StoreRefused."""
        return await self._database.read(doubts_in)


def _row(department: Department) -> dict[str, object]:
    return {
        "department_id": department.department_id,
        "name": storable(department.name),
        "parent_id": department.parent_id,
        "managers": pack(department.managers),
    }


def _department(row: Row) -> Department:
    department_id, name, parent_id, managers = row
    return Department(department_id, name, parent_id, tuple(unpack(managers)))
