"""Which checks were punched: of each punch only what a reminder has to know."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial

from sqlalchemy import bindparam, select, tuple_

from bot.clock import from_ms
from bot.domain.shifts import CheckType
from bot.storage.database import Database, parts
from bot.storage.engine import Row, Tx
from bot.storage.standing import corrected, stands
from bot.storage.statements import Statement, listed, listing, storable
from bot.storage.tables import punches

_PAGE = 5000  # punches read at once

_order = (punches.c.user_id, punches.c.punched_ms, punches.c.punch_id)
_marks = (
    select(*_order, punches.c.check_type, punches.c.check_point)
    .where(punches.c.work_date == bindparam("work_date"), stands(punches), ~corrected)
    .order_by(*_order)
)
_OF_ALL = Statement(
    _marks.where(
        tuple_(*_order) > tuple_(bindparam("user_id"), bindparam("punched_ms"), bindparam("punch_id"))
    ).limit(_PAGE)
)
_OF_SOME = Statement(_marks.where(punches.c.user_id.in_(listed("user_ids", punches.c.user_id))))


@dataclass(frozen=True, slots=True)
class PunchMark:
    """That somebody punched: what a reminder has to know of it."""

    user_id: str
    work_date: date
    check_type: CheckType
    check_point: str | None
    punched_at: datetime


async def read_marks(database: Database, work_date: date, user_ids: Sequence[str] | None) -> list[PunchMark]:
    """Return the marks of one work date, by person and oldest first; of everybody for None.

    In several readings, so that others get in between. Raises StoreRefused.
    """
    marks: list[PunchMark] = []
    pages = _of_all(database, work_date) if user_ids is None else _of_some(database, work_date, user_ids)
    async for rows in pages:
        marks += [_mark(work_date, row) for row in rows]
    return marks


async def _of_all(database: Database, work_date: date) -> AsyncIterator[Sequence[Row]]:
    after: Row = (work_date.isoformat(), "", 0, "")
    while True:
        params = dict(zip(("work_date", "user_id", "punched_ms", "punch_id"), after, strict=True))
        rows = await database.read(partial(Tx.all, statement=_OF_ALL, params=params))
        yield rows
        if len(rows) < _PAGE:
            return
        after = (after[0], *rows[-1][:3])


async def _of_some(database: Database, work_date: date, user_ids: Sequence[str]) -> AsyncIterator[Sequence[Row]]:
    for part in parts(sorted(map(storable, user_ids))):
        params = {"work_date": work_date.isoformat(), **listing("user_ids", ((user_id,) for user_id in part))}
        yield await database.read(partial(Tx.all, statement=_OF_SOME, params=params))


def _mark(work_date: date, row: Row) -> PunchMark:
    user_id, punched_ms, _, check_type, check_point = row
    return PunchMark(user_id, work_date, CheckType(check_type), check_point, from_ms(punched_ms))
