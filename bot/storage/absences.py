"""Leave, trips and outings as they were last heard of."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache

from sqlalchemy import bindparam, delete, exists, select, tuple_

from bot.clock import from_ms, to_ms
from bot.domain.absences import Absence, AbsenceSource
from bot.storage.database import Database
from bot.storage.engine import Row, Tx
from bot.storage.statements import Statement, upsert
from bot.storage.tables import absences
from bot.storage.texts import storable

_moment = lru_cache(maxsize=4096)(from_ms)  # all are read every minute, and most begin and end at the same times
_LOCK = "absences"  # taken like a person's lock: what is read of somebody replaces all that was read before

_touching = (absences.c.starts_ms <= bindparam("last")) & (absences.c.ends_ms >= bindparam("first"))

_STORED = tuple(column for column in absences.c if column.name != "heard_ms")

_PUT = upsert(absences, *absences.c.keys())
_CLEAR = Statement(
    delete(absences).where(
        absences.c.user_id == bindparam("of_user"), absences.c.source == bindparam("told_by"), _touching
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


class SqlAbsences:
    """`services.ports.Absences` in the database."""

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
        outweighs: datetime | None = None,
    ) -> None:
        """Let `found` be all that `source` tells of these people from `first` to `last`.

        Others' words stay, but for approved leave that begins in that time, of which an event told before
        `outweighs` and `found` has nothing. Raises StoreRefused.
        """
        span = {"told_by": source.value, "first": to_ms(first), "last": to_ms(last)}
        spans = [{"of_user": storable(user_id), **span} for user_id in user_ids]
        rows = [_row(absence) for absence in found]

        def work(tx: Tx) -> None:
            tx.many(_CLEAR, spans)
            tx.many(_PUT, rows)
            if outweighs is not None:
                tx.many(_OUTWEIGH, [{**one, "heard_before": to_ms(outweighs)} for one in spans])

        await self._database.write(work, person=_LOCK)

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
        while await self._database.write(lambda tx: tx.one(_FORGET, params), person=_LOCK) is not None:
            pass


def _row(absence: Absence, heard_at: datetime | None = None) -> dict[str, object]:
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
