"""Of whom and of which departments an event said that their roles may have changed, until they are read anew."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BigInteger, bindparam, delete, select

from bot.clock import from_ms, to_ms
from bot.storage.database import Database
from bot.storage.engine import Tx
from bot.storage.statements import Statement, values
from bot.storage.tables import role_doubts
from bot.storage.texts import storable

_PERSON, _DEPARTMENT = "person", "department"
_EVERY = ""  # all departments, of an event that names none

_NOTE = Statement(
    lambda insert: (
        row := insert(role_doubts).values(values(role_doubts, *role_doubts.c.keys()))
    ).on_conflict_do_update(
        index_elements=["kind", "about"],
        set_={"since_ms": row.excluded.since_ms},
        where=role_doubts.c.since_ms < row.excluded.since_ms,
    )
)
_ALL = Statement(select(role_doubts))
_until_read = role_doubts.c.since_ms <= bindparam("read_ms", type_=BigInteger)
_PEOPLE = Statement(
    select(role_doubts.c.about).where(role_doubts.c.kind == _PERSON, _until_read).order_by(role_doubts.c.about)
)
_SETTLE = Statement(
    delete(role_doubts).where(
        role_doubts.c.kind == _PERSON, role_doubts.c.about == bindparam("user_id"), _until_read
    )
)
_SETTLE_ALL = Statement(delete(role_doubts).where(_until_read))


@dataclass(frozen=True, slots=True)
class Doubts:
    """Of whom, of which departments and of all of them an event came, and when, that were not read since."""

    people: Mapping[str, datetime]
    departments: Mapping[int, datetime]
    all_departments: datetime | None


async def _note(database: Database, kind: str, about: Iterable[str], at: datetime) -> None:
    """Write down that an event of `at` spoke of these; of two events the later one holds. Raises StoreRefused."""
    rows = [{"kind": kind, "about": one, "since_ms": to_ms(at)} for one in sorted(set(about))]
    await database.write(lambda tx: tx.many(_NOTE, rows))


async def doubt_people(database: Database, user_ids: Collection[str], at: datetime) -> None:
    """Write down that an event of `at` spoke of these people. Raises StoreRefused."""
    await _note(database, _PERSON, map(storable, user_ids), at)


async def doubt_departments(database: Database, department_ids: Collection[int], at: datetime) -> None:
    """Write down that an event of `at` spoke of these departments, without any of all. Raises StoreRefused."""
    await _note(database, _DEPARTMENT, [str(one) for one in department_ids] or [_EVERY], at)


def doubts_in(tx: Tx) -> Doubts:
    """Return what is in doubt."""
    found = {(kind, about): from_ms(since_ms) for kind, about, since_ms in tx.all(_ALL)}
    every = found.pop((_DEPARTMENT, _EVERY), None)
    people = {about: since for (kind, about), since in found.items() if kind == _PERSON}
    departments = {int(about): since for (kind, about), since in found.items() if kind == _DEPARTMENT}
    return Doubts(people, departments, every)


def settle_people(tx: Tx, user_ids: Sequence[str], read_ms: int) -> None:
    """Forget doubts of people who were read at `read_ms`; there are few doubts, and may be many people."""
    doubted = [row[0] for row in tx.all(_PEOPLE, {"read_ms": read_ms})]
    read = set(map(storable, user_ids)) if doubted else set()
    tx.many(_SETTLE, [{"user_id": one, "read_ms": read_ms} for one in doubted if one in read])


def settle_all(tx: Tx, read_ms: int) -> None:
    """Forget all doubts of before `read_ms`, when the whole organisation was read."""
    tx.run(_SETTLE_ALL, {"read_ms": read_ms})
