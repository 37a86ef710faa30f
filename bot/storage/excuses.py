"""Days that leads excused: a row for each word on a day, never changed; the last one holds."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from functools import partial

from sqlalchemy import bindparam, insert, select

from bot.clock import from_ms, to_ms
from bot.domain.excuses import Excuse, ExcuseState, follows
from bot.domain.outbox import Kind, Owed
from bot.storage.database import Database, parts
from bot.storage.engine import Row, Tx
from bot.storage.listed import listed, listing
from bot.storage.outbox import owe
from bot.storage.statements import Statement, values
from bot.storage.tables import excuse_decisions
from bot.storage.texts import storable

_columns = excuse_decisions.c
_PUT = Statement(insert(excuse_decisions).values(values(excuse_decisions, *_columns.keys())).inline())
_LAST = Statement(
    select(excuse_decisions)
    .where(_columns.user_id == bindparam("user_id"), _columns.work_date == bindparam("work_date"))
    .order_by(_columns.number.desc())
    .limit(1)
)
_BETWEEN = Statement(
    select(excuse_decisions)
    .where(
        _columns.work_date.between(bindparam("first"), bindparam("last")),
        _columns.user_id.in_(listed("user_ids", _columns.user_id)),
    )
    .order_by(_columns.user_id, _columns.work_date, _columns.number)
)


class Excuses:
    """What leads said of days: excused, or that taken back. The last word on a day holds."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, said: Excuse) -> tuple[Excuse | None, bool]:
        """Store a lead's word, numbered, and owe the person a note of it, if it changes how the day stands.

        Returns the last word on that day, and whether it is this one. Raises StoreRefused.
        """

        def work(tx: Tx) -> tuple[Excuse | None, bool]:
            last = _last(tx, said.user_id, said.work_date)
            if not follows(said, last):
                return last, False
            fresh = replace(said, reason=storable(said.reason), number=last.number + 1 if last else 1)
            tx.run(_PUT, _row(fresh))
            about = f"{fresh.work_date.isoformat()}/{fresh.number}"
            owe(tx, Owed(Kind.EXCUSED, about, fresh.user_id), self._database.now_ms)
            return fresh, True

        return await self._database.write(self._database.if_ours(work), person=said.user_id)

    async def last(self, user_id: str, work_date: date) -> Excuse | None:
        """Return the last word on a day, None where nobody said any. Raises StoreRefused."""
        return await self._database.read(lambda tx: _last(tx, user_id, work_date))

    async def between(self, user_ids: Sequence[str], first: date, last: date) -> Sequence[Excuse]:
        """Return the excuses that hold of these people for `first` to `last`. Raises StoreRefused."""
        days = {"first": first.isoformat(), "last": last.isoformat()}
        found: dict[tuple[str, date], Excuse] = {}
        for part in parts(sorted(map(storable, user_ids))):
            params = {**days, **listing("user_ids", ((user_id,) for user_id in part))}
            for row in await self._database.read(partial(Tx.all, statement=_BETWEEN, params=params)):
                one = _excuse(row)
                found[one.user_id, one.work_date] = one  # the last word comes last
        return [one for one in found.values() if one.state is ExcuseState.EXCUSED]


def _last(tx: Tx, user_id: str, work_date: date) -> Excuse | None:
    row = tx.one(_LAST, {"user_id": storable(user_id), "work_date": work_date.isoformat()})
    return None if row is None else _excuse(row)


def _row(one: Excuse) -> dict[str, object]:
    return {
        "user_id": storable(one.user_id),
        "work_date": one.work_date.isoformat(),
        "number": one.number,
        "state": one.state.value,
        "decided_by": storable(one.decided_by),
        "reason": one.reason,
        "decided_ms": to_ms(one.decided_at),
    }


def _excuse(row: Row) -> Excuse:
    user_id, work_date, number, state, decided_by, reason, decided_ms = row
    return Excuse(
        user_id=user_id,
        work_date=date.fromisoformat(work_date),
        decided_by=decided_by,
        reason=reason,
        decided_at=from_ms(decided_ms),
        state=ExcuseState(state),
        number=number,
    )
