"""Leave, trips and outings as they were last heard of."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import BigInteger, bindparam, delete, exists, not_, select, tuple_

from bot.clock import from_ms, to_ms
from bot.domain.absences import Absence, AbsenceSource
from bot.storage.database import Database
from bot.storage.engine import Params, Row, Tx
from bot.storage.listed import listed, listing
from bot.storage.readings import overtakes
from bot.storage.statements import Statement, upsert, values
from bot.storage.tables import absence_readings, absences
from bot.storage.texts import storable

_moment = lru_cache(maxsize=4096)(from_ms)  # all are read every minute, and most begin and end at the same times
_LOCK = "absences"  # taken like a person's lock: what is read of somebody replaces all that was read before

_UNDER_WAY_MS = timedelta(days=1) // timedelta(milliseconds=1)  # longer than any reading takes

_touching = (absences.c.starts_ms <= bindparam("last")) & (absences.c.ends_ms >= bindparam("first"))

_STORED = tuple(column for column in absences.c if column.name != "heard_ms")

_PUT = upsert(absences, *absences.c.keys())
_begun = bindparam("begun", type_=BigInteger)
_of_source = absence_readings.c.source == bindparam("told_by")
_BEGUN = Statement(
    lambda insert: (
        row := insert(absence_readings).values(values(absence_readings, *absence_readings.c.keys()))
    ).on_conflict_do_update(
        index_elements=["user_id", "source", "starts_ms", "ends_ms"],
        set_={"begun_ms": row.excluded.begun_ms},
        where=not_(overtakes(absence_readings.c.begun_ms, row.excluded.begun_ms)),
    )
)
LATER_READINGS = Statement(  # of the people that are told of alone: others' readings may be a whole company's
    select(absence_readings.c.user_id, absence_readings.c.starts_ms, absence_readings.c.ends_ms).where(
        absence_readings.c.user_id.in_(listed("user_ids", absence_readings.c.user_id)),
        _of_source,
        overtakes(absence_readings.c.begun_ms, _begun),
        absence_readings.c.starts_ms <= bindparam("last"),
        absence_readings.c.ends_ms >= bindparam("first"),
    )
)
_reading_key = tuple_(*absence_readings.primary_key.columns)
_FORGET_BEGUN = Statement(
    delete(absence_readings)
    .where(
        _reading_key.in_(
            select(*absence_readings.primary_key.columns)
            .where(absence_readings.c.begun_ms < bindparam("before"))
            .limit(500)
        )
    )
    .returning(absence_readings.c.begun_ms)
)
_CLEAR = Statement(
    delete(absences).where(
        absences.c.user_id == bindparam("of_user"),
        absences.c.source == bindparam("told_by"),
        _touching,
        ~exists().where(
            absence_readings.c.user_id == absences.c.user_id,
            _of_source,
            overtakes(absence_readings.c.begun_ms, _begun),
            absence_readings.c.starts_ms <= absences.c.ends_ms,
            absence_readings.c.ends_ms >= absences.c.starts_ms,
        ),
    )
)
_LEFT = Statement(
    select(absences.c.absence_id).where(
        absences.c.user_id == bindparam("of_user"), absences.c.source == bindparam("told_by")
    )
)
_read = absences.alias("told")
_OUTWEIGH = Statement(
    delete(absences).where(
        absences.c.user_id == bindparam("of_user"),
        absences.c.source == AbsenceSource.EVENT.value,
        absences.c.pending == 0,
        absences.c.heard_ms < bindparam("heard_before"),
        absences.c.starts_ms.between(bindparam("first"), bindparam("last")),
        ~exists().where(
            _read.c.user_id == absences.c.user_id,
            _read.c.source == bindparam("told_by"),
            _read.c.starts_ms <= absences.c.ends_ms,
            _read.c.ends_ms >= absences.c.starts_ms,
        ),
    )
)
_REMOVE = Statement(
    delete(absences).where(
        absences.c.user_id == bindparam("of_user"),
        absences.c.source == AbsenceSource.EVENT.value,
        absences.c.absence_id == bindparam("this"),
    )
)
_TOUCHING = Statement(select(*_STORED).where(_touching).order_by(absences.c.starts_ms, absences.c.user_id))

_key = tuple_(absences.c.user_id, absences.c.source, absences.c.absence_id)
_FORGET = Statement(
    delete(absences)
    .where(
        _key.in_(
            select(absences.c.user_id, absences.c.source, absences.c.absence_id)
            .where(absences.c.ends_ms < bindparam("before"))
            .limit(500)
        )
    )
    .returning(absences.c.ends_ms)
)


class Absences:
    """Leave, trips and outings as last heard of."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(
        self,
        user_ids: Sequence[str],
        first: datetime,
        last: datetime,
        found: Sequence[Absence],
        *,
        source: AbsenceSource,
        begun_at: datetime | None = None,
        outweighs: datetime | None = None,
    ) -> frozenset[str]:
        """Let `found` be all that `source` tells of these people from `first` to `last`.

        It was begun to be read at `begun_at`, without one it is told now. Of whom a reading of that time was begun
        later, what that one told stays, and `found` counts beside it; return their ids. Others' words stay, but
        for approved leave that begins in that time, of which an event told before `outweighs` and `found` has
        nothing. Raises StoreRefused.
        """
        now = self._database.now_ms
        begun_ms = now if begun_at is None else to_ms(begun_at)
        span = {"told_by": source.value, "first": to_ms(first), "last": to_ms(last)}
        moments: Params = {"begun": begun_ms, "now": now}
        spans: list[Params] = [{"of_user": storable(user_id), **span} for user_id in user_ids]
        readings = [_reading(one, begun_ms) | {"now": now} for one in spans]
        rows = [_row(absence) for absence in found]
        people = dict.fromkeys([*(one["of_user"] for one in spans), *(row["user_id"] for row in rows)])
        told_of = listing("user_ids", ((user_id,) for user_id in people))

        def work(tx: Tx) -> frozenset[str]:
            later: dict[str, list[tuple[int, int]]] = {}
            for user_id, starts_ms, ends_ms in tx.all(LATER_READINGS, {**span, **moments, **told_of}):
                later.setdefault(user_id, []).append((starts_ms, ends_ms))
            tx.many(_BEGUN, readings)
            tx.many(_CLEAR, [{**one, **moments} for one in spans])
            tx.many(_PUT, _but_told_later(tx, rows, later) if later else rows)
            if outweighs is not None:
                tx.many(_OUTWEIGH, [{**one, "heard_before": to_ms(outweighs)} for one in spans])
            return frozenset(user_id for user_id in user_ids if storable(user_id) in later)

        return await self._database.write(work, person=_LOCK)

    async def note(self, absence: Absence, heard_at: datetime | None = None) -> None:
        """Store one that an event tells of, in place of one with the same id. Raises StoreRefused.

        Without `heard_at`, as for what was stored before it was noted, no reading outweighs it.
        """
        row = _row(absence, heard_at)
        await self._database.write(lambda tx: tx.run(_PUT, row), person=_LOCK)

    async def remove(self, user_id: str, absence_id: str) -> None:
        """Forget one that an event told of and that was refused or taken back. Raises StoreRefused."""
        params = {"of_user": storable(user_id), "this": storable(absence_id)}
        await self._database.write(lambda tx: tx.run(_REMOVE, params), person=_LOCK)

    async def touching(self, first: datetime, last: datetime) -> Sequence[Absence]:
        """Return all that touch `first` to `last`, both ends included, in the order of their starts.

        Raises StoreRefused.
        """
        params = {"first": to_ms(first), "last": to_ms(last)}
        rows = await self._database.read(lambda tx: tx.all(_TOUCHING, params))
        return [_absence(row) for row in rows]

    async def forget(self, before: datetime) -> None:
        """Delete those that ended before `before`, in small steps. Raises StoreRefused."""
        params = {"before": to_ms(before)}
        begun = {"before": self._database.now_ms - _UNDER_WAY_MS}
        while await self._database.write(lambda tx: tx.one(_FORGET_BEGUN, begun), person=_LOCK) is not None:
            pass
        while await self._database.write(lambda tx: tx.one(_FORGET, params), person=_LOCK) is not None:
            pass


def _reading(span: Params, begun_ms: int) -> dict[str, object]:
    """Return that somebody's time was read, as it is stored."""
    time = {"starts_ms": span["first"], "ends_ms": span["last"], "begun_ms": begun_ms}
    return {"user_id": span["of_user"], "source": span["told_by"], **time}


def _but_told_later(
    tx: Tx, rows: Sequence[dict[str, Any]], later: Mapping[str, Sequence[tuple[int, int]]]
) -> Sequence[dict[str, Any]]:
    """Return the rows that no reading which was begun later tells of: it has them, or has nothing in that time."""
    of = {(row["user_id"], row["source"]) for row in rows if row["user_id"] in later}
    left = {
        (who, absence_id) for who, by in of for (absence_id,) in tx.all(_LEFT, {"of_user": who, "told_by": by})
    }
    return [
        row
        for row in rows
        if (row["user_id"], row["absence_id"]) not in left
        and not any(
            row["starts_ms"] <= ends_ms and row["ends_ms"] >= starts_ms
            for starts_ms, ends_ms in later.get(row["user_id"], ())
        )
    ]


def _row(absence: Absence, heard_at: datetime | None = None) -> dict[str, Any]:
    return {
        "user_id": storable(absence.user_id),
        "absence_id": storable(absence.absence_id),
        "starts_ms": to_ms(absence.starts_at),
        "ends_ms": to_ms(absence.ends_at),
        "pending": int(absence.pending),
        "source": absence.source.value,
        "heard_ms": None if heard_at is None else to_ms(heard_at),
    }


@lru_cache(maxsize=10_000)  # each minute the same ones are read again, to see whether any changed
def _absence(row: Row) -> Absence:
    user_id, source, absence_id, starts_ms, ends_ms, pending = row
    span = _moment(starts_ms), _moment(ends_ms)
    return Absence(user_id, *span, absence_id, bool(pending), AbsenceSource(source))
